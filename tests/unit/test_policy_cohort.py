"""Profiles and cohort keys agree with the judge, pair by pair, over generated runs and policies."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from policy_cases import BASE, documents, policy, rule, run, runs, waiving

from edgeenv.model.facts import Facts
from edgeenv.model.judgement import Verdict
from edgeenv.policy.cohort import Profiler, cohort_key, judged_fields, why_no_cohorts
from edgeenv.policy.document import load_policy
from edgeenv.policy.judge import judge

YES = {Verdict.COMPARABLE}
YES_OR_CONDITIONAL = {Verdict.COMPARABLE, Verdict.CONDITIONAL}


@given(waiving(), runs(), runs(), runs())
def test_the_judged_fields_are_all_that_a_verdict_rests_on(document, a, b, other):
    rules = policy(document)
    fields = judged_fields(rules)
    if all(a.at(path) == other.at(path) and type(a.at(path)) is type(other.at(path)) for path in fields):
        verdicts = {judge(rules, each, b, today="2026-01-02").verdict for each in (a, other)}
        assert len(verdicts) == 1
    assert {path for waiver in rules.waivers for path, _ in waiver.runs} <= set(fields)


@given(documents(), runs(), runs())
def test_the_verdict_of_two_profiles_is_that_of_the_judge_under_every_policy(document, a, b):
    rules = policy(document)
    profiler = Profiler(rules)
    for one, other in ((a, b), (b, a), (a, a)):
        found = profiler.verdict(profiler.profile(one), profiler.profile(other))
        assert found is judge(rules, one, other).verdict


@given(documents(equivalences_only=True), runs(), runs())
def test_equal_keys_are_the_same_as_comparable(document, a, b):
    rules = policy(document)
    for wide, verdicts in ((False, YES), (True, YES_OR_CONDITIONAL)):
        one, other = (cohort_key(rules, facts, wide=wide) for facts in (a, b))
        assert (one is not None and one == other) is (judge(rules, a, b).verdict in verdicts)


@given(documents(equivalences_only=True), runs())
def test_a_run_has_a_key_exactly_when_it_is_comparable_with_itself(document, a):
    rules = policy(document)
    assert (cohort_key(rules, a) is not None) is (judge(rules, a, a).verdict in YES)
    has_wide_key = cohort_key(rules, a, wide=True) is not None
    assert has_wide_key is (judge(rules, a, a).verdict in YES_OR_CONDITIONAL)


@given(documents(), runs(), runs())
def test_the_wide_key_may_stand_where_only_conditional_rules_are_no_equivalences(document, a, b):
    rules = policy(document)
    assume(why_no_cohorts(rules, wide=True) is None)
    one, other = (cohort_key(rules, facts, wide=True) for facts in (a, b))
    assert (one is not None and one == other) is (judge(rules, a, b).verdict in YES_OR_CONDITIONAL)


@pytest.mark.parametrize("name", ["default", "strict"])
@given(data=st.data())
def test_the_keys_of_the_shipped_policies_agree_with_the_judge(name, data):
    rules = load_policy(name)
    paths = [path for each in rules.rules for path in each.fields]
    change = st.dictionaries(
        st.sampled_from(paths),
        st.sampled_from([None, 1, 1.0, True, "x", "X", ["a", "b"], ["b", "a"], {"n": 1}]),
    )
    a, b = (run(data.draw(change) or None) for _ in range(2))
    assert why_no_cohorts(rules) is None
    one, other = cohort_key(rules, a), cohort_key(rules, b)
    assert (one is not None and one == other) is (judge(rules, a, b).verdict in YES)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, 1.0, True),
        (0, -0.0, True),
        (10**18, 1e18, True),
        (2**53 + 1, float(2**53), False),
        (1, True, False),
        (1, "1", False),
        ("a,b", ["a", "b"], False),
        (["a", "b"], ["a,b"], False),
        (["a", ["b"]], [["a"], "b"], False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, False),
        ([None], [False], False),
        ("silent", "unreadable", False),
        ("\udcff", "\\udcff", False),
        ("é", "e\u0301", False),
    ],
)
def test_keys_tell_json_values_apart_as_the_judge_does(one, other, equal):
    rules = policy({"rules": {"a": rule("x.a")}})
    keys = {cohort_key(rules, Facts({"x": {"a": value}})) for value in (one, other)}
    assert (len(keys) == 1) is equal
    assert None not in keys


def test_a_key_is_the_same_on_every_machine():
    """It may be stored: it must not depend on the hash seed, on the order of members or on this release."""
    known = "sha256:feaa502cd2d3"
    document = {"x": {"a": {"p": [1, 2.5, "ü"], "q": None}}}
    key = cohort_key(policy({"rules": {"a": rule("x.a")}}), Facts(document))
    assert key is not None
    assert (len(key), key[: len(known)]) == (71, known)


@pytest.mark.parametrize(
    ("members", "narrow", "wide"),
    [
        ({"level": "required", "match": {"number": {"abs": 1}}}, "tolerance", "tolerance"),
        ({"level": "conditional", "match": {"number": {"abs": 1}}}, "tolerance", None),
        ({"level": "advisory", "match": {"number": {"abs": 1}}}, None, None),
        ({"level": "disabled", "match": {"number": {"abs": 1}}}, None, None),
        ({"level": "conditional", "missing": "ignore"}, "ignores missing evidence", None),
        ({"level": "advisory", "missing": "ignore"}, None, None),
        ({"level": "required", "missing": "allow-both"}, None, None),
    ],
)
def test_a_policy_without_cohorts_is_refused_with_the_rule_to_blame(members, narrow, wide):
    rules = policy({"modes": ["mode-a"], "rules": {"z": rule("x.b"), "a": rule("x.a", **members)}})
    for words, is_wide in ((narrow, False), (wide, True)):
        why = why_no_cohorts(rules, wide=is_wide)
        if words is None:
            assert why is None
            assert cohort_key(rules, Facts({"x": {"b": 1}, **BASE}), wide=is_wide) is not None or members
        else:
            assert words in why
            assert "'a'" in why
            with pytest.raises(ValueError, match=words):
                cohort_key(rules, Facts({}), wide=is_wide)
