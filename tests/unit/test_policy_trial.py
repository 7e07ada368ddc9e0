"""Cases for a policy: what passes, every way in which a case fails, coverage, and the probe."""

from __future__ import annotations

import copy

import pytest
from policy_cases import BASE, policy, rule

from edgeenv.model.judgement import Outcome
from edgeenv.policy import trial
from edgeenv.policy.coverage import coverage
from edgeenv.policy.document import load_policy
from edgeenv.policy.judge import judge
from edgeenv.policy.probe import probe
from edgeenv.policy.trial import Case, Expectation, Trial, try_case
from edgeenv.policy.trial_suite import run_trials

DEFAULT = load_policy("default")


def tried(expect, **members):
    return try_case(DEFAULT, BASE, Case("case", expect, **members))


def failures(expect, **members):
    return tried(expect, **members).failures


def test_a_case_that_comes_out_as_expected_passes_and_tells_every_outcome():
    result = tried(
        Expectation(
            "not-comparable",
            (None,),
            ("Different precision",),
            (),
            (("precision", "different"), ("runtime", "different"), ("task", "same")),
        ),
        set={"protocol.precision": "int8", "runtime.runtime": "tensorrt"},
    )
    assert result.passed
    assert dict(result.outcomes)["precision"] is Outcome.DIFFERENT
    assert [name for name, _ in result.outcomes] == [rule.id for rule in DEFAULT.rules]


@pytest.mark.parametrize(
    ("expect", "words"),
    [
        (Expectation("conditional"), "verdict: expected conditional, found comparable"),
        (Expectation("comparable", (None,)), "mode: expected none, found same-condition"),
        (Expectation("comparable", ("x",)), "mode: expected x, found same-condition"),
        (
            Expectation("comparable", reasons=("Same model hash",)),
            "reasons: expected [Same model hash], found [Same model hash, Same input shape]",
        ),
        (
            Expectation("comparable", reasons=("Same input shape", "Same model hash")),
            "reasons: expected [Same input shape, Same model hash], found [Same model hash, ",
        ),
        (Expectation("comparable", notes=("N",)), "notes: expected [N], found []"),
        (
            Expectation("comparable", rules=(("task", "missing"),)),
            "rule 'task': expected missing, found same",
        ),
        (
            Expectation("comparable", rules=(("precison", "same"),)),
            "rule 'precison': the policy has no such rule; did you mean 'precision'?",
        ),
    ],
)
def test_each_expectation_that_is_not_met_is_a_failure(expect, words):
    (failure,) = failures(expect)
    assert failure.startswith(words)


def test_what_is_not_expected_is_not_compared():
    assert failures(Expectation("not-comparable"), set={"protocol.task": "x"}) == ()


def test_a_disabled_rule_has_no_outcome_to_expect():
    rules = policy({"rules": {"a": rule("x.a"), "b": rule("x.b", level="disabled")}})
    result = try_case(rules, {"x": {"a": 1}}, Case("c", Expectation("comparable", rules=(("b", "same"),))))
    assert result.failures == ("rule 'b': it is disabled, so it has no outcome",)


def test_both_changes_both_runs_and_remove_takes_from_b_alone():
    assert not failures(
        Expectation("indeterminate", reasons=("Missing evidence: model.model_hash (A and B)",)),
        both={"model.model_hash": None},
    )
    assert not failures(
        Expectation("indeterminate", reasons=("Missing evidence: protocol.task (B)",)),
        remove=("protocol.task",),
    )


def test_the_base_is_never_changed():
    before = copy.deepcopy(BASE)
    tried(
        Expectation("comparable"),
        both={"protocol.task": "x"},
        set={"target.runtime_tags": ["y"]},
        remove=("env",),
    )
    assert before == BASE


@pytest.mark.parametrize(
    ("members", "words"),
    [
        (
            {"set": {"protocol.precision.bits": 8}},
            "cannot set protocol.precision.bits: protocol.precision is no",
        ),
        ({"both": {"benchmark_name.x": 8}}, "cannot set benchmark_name.x: benchmark_name is no object"),
        ({"remove": ("env.kernel",)}, "cannot remove env.kernel: run B does not hold it"),
        ({"remove": ("benchmark_name.x",)}, "cannot remove benchmark_name.x"),
    ],
)
def test_a_pair_that_cannot_be_made_is_a_failure(members, words):
    (failure,) = failures(Expectation("comparable"), **members)
    assert failure.startswith(words)


def test_a_value_below_nothing_makes_its_objects():
    assert not failures(
        Expectation("comparable"), both={"env": None}, set={"env.packages.numpy": "1", "extensions.a.b": 2}
    )


def test_an_engine_that_breaks_is_a_failure_of_the_case(monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(trial, "judge", broken)
    assert failures(Expectation("comparable")) == (
        "the case could not be judged: ZeroDivisionError: planted",
    )


@pytest.mark.parametrize(
    "change",
    [
        {"mode": "runtime-comparison"},
        {"reasons": ("Different x",)},
        {"notes": ("Different x",)},
        {"rules": ()},
    ],
)
def test_a_judgement_that_depends_on_the_order_is_a_failure(monkeypatch, change):
    def lopsided(policy, a, b, **_):
        found = judge(policy, a, b)
        return found if b.at("protocol.task") == "x" else found._replace(**change)

    monkeypatch.setattr(trial, "judge", lopsided)
    found = failures(Expectation("not-comparable"), set={"protocol.task": "x"})
    assert found
    assert all("the order of the runs matters" in failure for failure in found)


def test_missing_evidence_on_either_side_is_the_same_from_both_sides():
    """The labels A and B change places with the runs; that is no dependence on the order."""
    document = {
        "modes": ["mode-a"],
        "rules": {
            "a": rule("x.a"),
            "b": rule("x.b", level="conditional", missing="ignore"),
            "c": rule("y.c", level="conditional"),
        },
    }
    base = {"x": {"a": 1, "b": 1}, "y": {"c": 1}}
    case = Case("c", Expectation("conditional"), remove=("x.b", "y.c"))
    assert try_case(policy(document), base, case).passed
    both = Case("c", Expectation("conditional"), both={"x.b": None}, set={"y.c": None})
    assert try_case(policy(document), base, both).passed


def test_coverage_names_what_was_never_seen():
    cases = (
        Case("a", Expectation("comparable"), both={"runtime.runtime": "x"}),
        Case("b", Expectation("not-comparable"), set={"protocol.task": "x"}),
        Case("c", Expectation("comparable"), both={"target.os": None}),
    )
    found = {each.rule: each for each in coverage(DEFAULT, [try_case(DEFAULT, BASE, case) for case in cases])}
    assert found["task"].covered
    assert found["task"].gap == ""
    assert (found["target"].same, found["target"].different) == (True, False)
    assert found["target"].gap == "target never different"
    nothing = coverage(DEFAULT, ())
    assert {each.gap for each in nothing} == {f"{each.rule} never same nor different" for each in nothing}


def test_missing_is_neither_same_nor_different():
    case = Case("c", Expectation("indeterminate"), both={"protocol.task": None})
    (found,) = (each for each in coverage(DEFAULT, [try_case(DEFAULT, BASE, case)]) if each.rule == "task")
    assert not found.covered
    assert found.gap == "task never same nor different"


def test_files_of_one_policy_are_counted_together_and_others_apart():
    first = Trial("a", DEFAULT, BASE, (Case("one", Expectation("comparable")),))
    second = Trial(
        "b",
        load_policy("default"),
        BASE,
        (Case("two", Expectation("not-comparable"), set={"protocol.task": "x"}),),
    )
    other = Trial("c", load_policy("strict"), BASE, (Case("three", Expectation("comparable")),))
    default, strict = run_trials([first, other, second])
    assert default.sources == ("a", "b")
    assert [result.case.name for result in default.results] == ["one", "two"]
    assert "task" not in {each.rule for each in default.uncovered}
    assert (len(default.failed), len(strict.failed)) == (0, 1)
    assert default.probed is None


# The probe.


def unnoticed(rules, base, **members):
    document = {"modes": ["mode-a"], "rules": rules, **members}
    return {
        (field.rule, field.path): field.unnoticed
        for field in probe(policy(document), base)
        if field.unnoticed
    }


def test_the_default_policy_notices_every_field():
    settings = {"power_mode": "15W", "platform_profile": "balanced", "cpu_governor": "schedutil"}
    before = {**settings, "cpu_affinity": "0-5", "samplers_active": []}
    base = {**BASE, "env": {"conditions": {"before": before, "during": {"throttled": False}}}}
    assert [field for field in probe(DEFAULT, base) if field.unnoticed] == []
    assert [field.path for field in probe(DEFAULT, base)] == [
        path for rule in DEFAULT.rules for path in rule.fields
    ]


@pytest.mark.parametrize(
    ("match", "value"),
    [
        ({"exact": {}}, 1),
        ({"exact": {}}, 1.5),
        ({"exact": {}}, False),
        ({"exact": {}}, "x"),
        ({"exact": {}}, []),
        ({"exact": {}}, {"a": 1}),
        ({"exact": {}}, 10**18),
        ({"text": {"ignore_case": True, "aliases": "v"}}, "Jetson Nano"),
        ({"list": {"ignore_order": True}}, ["a", "b"]),
        ({"version": {"parts": 1}}, "v1.17.0"),
        ({"version": {"parts": 4}}, "0"),
        ({"number": {"abs": 5}}, 20),
        ({"number": {"rel": 0.9}}, 20.0),
        ({"number": {"rel": 0.9}}, -20.0),
        ({"number": {"abs": 1000, "rel": 0.5}}, 0),
        ({"number": {"abs": 0}}, 3),
    ],
)
@pytest.mark.parametrize("level", ["required", "conditional", "advisory"])
def test_every_matcher_notices_a_change_that_is_large_enough(match, value, level):
    rules = {"a": rule("x.a", level=level, match=match)}
    assert unnoticed(rules, {"x": {"a": value}}, aliases={"v": {"nano": ["*nano*"]}}) == {}


@pytest.mark.parametrize(
    ("members", "base", "words"),
    [
        ({}, {}, "base holds no value there"),
        ({}, {"x": {"a": None}}, "base holds no value there"),
        ({"missing": "allow-both"}, {}, "base holds no value there"),
        ({}, {"x": {"a": "n/a"}}, "is no readable evidence"),
        ({"match": {"text": {}}}, {"x": {"a": 3}}, "is no readable evidence"),
        ({"match": {"text": {"aliases": "all"}}}, {"x": {"a": "fp32"}}, "takes every other value for 'fp32'"),
    ],
)
def test_what_a_rule_cannot_notice_is_told(members, base, words):
    found = unnoticed(
        {"a": rule("x.a", **members)}, base, unknown_values=["N/A"], aliases={"all": {"any": ["*"]}}
    )
    assert words in found["a", "x.a"]


def test_one_blind_field_among_several_is_told_by_itself():
    several = {"level": "required", "fields": ["x.a", "x.b"], "reason": "Different x"}
    assert list(unnoticed({"a": several}, {"x": {"a": 1}})) == [("a", "x.b")]


def test_a_guarded_rule_is_probed_where_its_guard_holds():
    rules = {"p": rule("x.a"), "c": rule("x.b", when={"p": ["int8"]})}
    assert unnoticed(rules, {"x": {"a": "fp32", "b": "hash"}}) == {}
    assert unnoticed(rules, {"x": {"a": "fp32"}}).keys() == {("c", "x.b")}
    blocked = {"p": rule("x.a.deep"), "c": rule("x.b", when={"p": ["int8"]})}
    assert "its guard cannot be met" in unnoticed(blocked, {"x": {"a": "fp32", "b": 1}})["c", "x.b"]


def test_a_judgement_that_hides_a_difference_is_told(monkeypatch):
    from edgeenv.policy import probe as module

    def silent(policy, a, b):
        return judge(policy, a, b)._replace(reasons=(), notes=())

    monkeypatch.setattr(module, "judge", silent)
    found = unnoticed({"a": rule("x.a"), "n": rule("x.b", level="advisory")}, {"x": {"a": 1, "b": 1}})
    assert set(found.values()) == {"the rule differs, but the judgement does not say so"}


def test_what_one_base_notices_is_noticed():
    rules = policy({"rules": {"a": rule("x.a"), "b": rule("x.b")}})
    bases = ({"x": {"a": 1}}, {"x": {"b": 1}})
    case = Case("c", Expectation("indeterminate"))
    (both,) = run_trials([Trial(str(base), rules, base, (case,)) for base in bases], with_probe=True)
    assert both.unnoticed == ()
    (alone,) = run_trials([Trial("x", rules, bases[0], (case,))], with_probe=True)
    assert [field.path for field in alone.unnoticed] == ["x.b"]
