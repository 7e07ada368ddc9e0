"""The declared axis labels a judgement and never changes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_cases import documents, policy, rule, run, runs

from edgeenv.model.judgement import Axis, Verdict
from edgeenv.policy.axis import axis_faults
from edgeenv.policy.document import load_policy
from edgeenv.policy.judge import judge

CUDA = {"runtime.execution_provider": "cuda"}
MACOS = {"target.os": "macOS"}


def axis(changes, *vary, without=()):
    return judge(load_policy("default"), run(), run(changes, without=without), vary).axis


@given(documents(), runs(), runs(), st.lists(st.sampled_from(["guard", "rule-0", "rule-1", "nope"])))
def test_an_axis_changes_nothing_else_of_a_judgement(document, a, b, vary):
    rules = policy(document)
    declared, plain = judge(rules, a, b, vary), judge(rules, a, b)
    assert declared._replace(axis=None) == plain
    assert judge(rules, b, a, vary).axis == declared.axis
    if declared.axis is not None and declared.axis.controlled:
        assert declared.verdict is Verdict.CONDITIONAL


def test_no_declaration_is_no_axis():
    assert axis(CUDA) is None


@pytest.mark.parametrize(
    ("changes", "vary", "expected"),
    [
        (CUDA, ("runtime",), Axis(("runtime",), ("runtime",), (), (), (), controlled=True)),
        (CUDA, ("target",), Axis(("target",), (), ("target",), (), ("runtime",), controlled=False)),
        (
            {**CUDA, **MACOS},
            ("runtime",),
            Axis(("runtime",), ("runtime",), (), (), ("target",), controlled=False),
        ),
        (
            {**CUDA, **MACOS},
            ("target", "runtime"),
            Axis(("runtime", "target"), ("runtime", "target"), (), (), (), controlled=True),
        ),
        (
            CUDA,
            ("runtime", "target"),
            Axis(("runtime", "target"), ("runtime",), ("target",), (), (), controlled=False),
        ),
        ({}, ("runtime",), Axis(("runtime",), (), ("runtime",), (), (), controlled=False)),
        (
            {**CUDA, "protocol.task": "x"},
            ("runtime",),
            Axis(("runtime",), ("runtime",), (), (), (), controlled=False),
        ),
        (
            {"target.os": None},
            ("target",),
            Axis(("target",), (), (), ("target",), (), controlled=False),
        ),
    ],
    ids=["controlled", "other", "surplus", "both", "half", "nothing", "no", "lacking"],
)
def test_what_comes_of_an_axis(changes, vary, expected):
    assert axis(changes, *vary) == expected


def test_a_judgement_under_a_rule_that_ignores_absence_cannot_tell_its_axis():
    rules = policy(
        {
            "modes": ["mode-a"],
            "rules": {
                "hash": rule("model.model_hash"),
                "t": rule("env.temperature", "conditional", missing="ignore"),
            },
        }
    )
    assert judge(rules, run(), run(), ("t",)).axis == Axis(("t",), (), (), ("t",), (), controlled=False)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("runtme", "the policy has no rule 'runtme'; did you mean 'runtime'?"),
        ("precison", "the policy has no rule 'precison'; did you mean 'precision'?"),
        ("zzz", "the policy has no rule 'zzz'"),
        (
            "precision",
            "the rule 'precision' is required, and only a conditional rule can be varied",
        ),
    ],
)
def test_what_can_be_no_axis_is_told(name, fault):
    assert list(axis_faults(load_policy("default"), (name,))) == [fault]


def test_a_disabled_rule_can_be_no_axis():
    rules = policy({"rules": {"a": rule("model.model_hash"), "b": rule("protocol.task", "disabled")}})
    (fault,) = axis_faults(rules, ("b",))
    assert "is disabled" in fault
