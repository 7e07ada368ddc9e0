"""A rule in words, and where its members come from."""

from __future__ import annotations

import pytest
from hypothesis import given
from policy_cases import documents, policy, rule

from edgeenv.errors import EdgeEnvError
from edgeenv.policy.document import load_policy
from edgeenv.policy.explanation import explain
from edgeenv.policy.fields import description, named_paths
from edgeenv.policy.history import history

HEAD = 'schema_version: edgeenv.policy.v1\nname: {name}\nversion: "1.0.0"\nextends: {parent}\nrules:\n'


def explained(**members):
    rules = policy(
        {
            "modes": ["mode-a"],
            "unknown_values": ["N/A"],
            "aliases": {"p": {"fp16": ["half"]}},
            "rules": {
                "g": rule("x.g"),
                "a": rule("x.a", **members),
                "z": rule("x.z", level="advisory", when={"a": [1]}),
            },
            "same_reasons": [{"reason": "Same both", "rules": ["g", "a"]}],
        }
    )
    return explain(rules, rules.rule("a"))


@given(documents())
def test_every_rule_can_be_explained(document):
    rules = policy(document)
    for each in rules.rules:
        found = explain(rules, each)
        assert all((found.matches, found.differs, found.missing, found.applies))
        assert all(found.weaker)


@pytest.mark.parametrize(
    ("match", "words"),
    [
        ({"exact": {}}, "equal as JSON"),
        ({"text": {}}, "upper and lower case count"),
        ({"text": {"ignore_case": True}}, "whatever their case"),
        ({"text": {"aliases": "p"}}, "spellings of one value of the aliases 'p'"),
        ({"list": {}}, "in the same order"),
        ({"list": {"ignore_order": True}}, "in any order"),
        ({"version": {"parts": 1}}, "the first number of"),
        ({"version": {"parts": 3}}, "the first 3 numbers of"),
        ({"number": {"abs": 5}}, "within 5 of each other"),
    ],
)
def test_each_matcher_is_said_in_words(match, words):
    assert words in explained(match=match).matches


def test_a_vocabulary_is_spelled_out():
    assert explained(match={"text": {"aliases": "p"}}).spellings == (("fp16", ("half",)),)
    assert explained().spellings == ()


@pytest.mark.parametrize(
    ("level", "differs", "lacks"),
    [
        ("required", "the verdict is No;", "the verdict is Indeterminate."),
        ("conditional", "the verdict is Conditional, with the mode mode-a;", "the verdict is Conditional."),
        ("advisory", "a note says so;", "a note says so."),
        ("disabled", "not looked at", "not looked at"),
    ],
)
def test_each_level_says_what_a_difference_and_absence_do(level, differs, lacks):
    found = explained(level=level)
    assert differs in found.differs
    assert lacks in found.missing


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("fail", "Two runs without it are not the same"),
        ("allow-both", "Two runs without it are the same"),
        ("ignore", "is not evaluated"),
    ],
)
def test_what_absence_means_is_said(missing, words):
    found = explained(level="conditional", missing=missing).missing
    assert words in found
    assert "'n/a'" in found


def test_guards_and_sentences_are_told_from_both_ends():
    assert explained().serves == (
        "the rule 'z' applies only where this one reads certain values",
        '"Same both" is printed when this rule is the same, and g too',
    )
    assert "the rule 'g' reads int8 or 2 in both runs" in explained(when={"g": ["int8", 2]}).applies


def test_what_is_already_as_weak_as_can_be_is_not_offered():
    assert explained(level="disabled").weaker == ()
    assert not any("missing" in line for line in explained(level="advisory", missing="ignore").weaker)
    assert not any("ignore" in line for line in explained(level="required").weaker if "missing" in line)
    assert not any("when" in line for line in explained(when={"g": [1]}).weaker)


def test_the_history_names_every_file_that_writes_something(tmp_path):
    (tmp_path / "team.yaml").write_text(
        HEAD.format(name="team", parent="edgeenv:default") + "  task: {level: advisory}\n"
    )
    (tmp_path / "mine.yaml").write_text(
        HEAD.format(name="mine", parent="./team.yaml")
        + "  other: {level: advisory, fields: [command], reason: O}\n"
        "  task:\n    missing: allow-both\n    why: because\n"
    )
    steps = history("mine.yaml", "task", directory=tmp_path)
    assert [(step.policy, step.members) for step in steps] == [
        ("edgeenv-default 1.0.0", ("level", "fields", "reason")),
        ("team 1.0.0", ("level",)),
        ("mine 1.0.0", ("missing", "why")),
    ]
    assert [(step.source, step.line) for step in steps[1:]] == [
        (str(tmp_path / "team.yaml"), 6),
        (str(tmp_path / "mine.yaml"), 7),
    ]
    assert [step.policy for step in history("mine.yaml", "other", directory=tmp_path)] == ["mine 1.0.0"]
    with pytest.raises(EdgeEnvError):
        history("nothing.yaml", "task", directory=tmp_path)


def test_every_field_that_a_shipped_rule_reads_is_described():
    paths = {
        path
        for name in ("default", "edge", "strict")
        for each in load_policy(name).rules
        for path in each.fields
    }
    assert paths <= set(named_paths())
    assert all(description(path) for path in paths)
    assert description("protocol.nothing") is None
