"""What two policies ask for differently, and which pairs of runs that changes."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_cases import documents, policy, rule, run, runs

from edgeenv.model.judgement import Verdict
from edgeenv.policy.difference import Change, difference
from edgeenv.policy.document import load_policy
from edgeenv.policy.judge import judge
from edgeenv.policy.verdict_changes import VerdictChanges

RULES = {
    "modes": ["mode-a", "mode-b"],
    "unknown_values": ["n/a"],
    "aliases": {"p": {"fp16": ["half"]}},
    "rules": {
        "a": rule("x.a"),
        "b": rule("x.b", level="conditional", match={"text": {"aliases": "p"}}),
        "c": rule("y.c", level="advisory"),
    },
    "same_reasons": [{"reason": "Same a", "rules": ["a"]}],
    "metrics": {"m": {"path": "x.m", "unit": "ms", "better": "lower"}},
}


def changed(**members):
    return difference(policy(RULES), policy({**RULES, **members}))


def with_rule(name, **members):
    return changed(rules={**RULES["rules"], name: {**RULES["rules"][name], **members}})


@given(documents())
def test_a_policy_does_not_differ_from_itself(document):
    found = difference(policy(document), policy(document))
    assert (found.rules, found.others) == ((), ())


@pytest.mark.parametrize(
    ("name", "members", "change"),
    [
        ("a", {"level": "advisory"}, Change("level", "required", "advisory", "weaker")),
        ("c", {"level": "required"}, Change("level", "advisory", "required", "stricter")),
        ("a", {"fields": ["x.a", "x.z"]}, Change("fields", "x.a", "x.a, x.z")),
        ("a", {"reason": "Other"}, Change("reason", "Different x.a", "Other")),
        ("a", {"missing": "allow-both"}, Change("missing", "fail", "allow-both")),
        ("a", {"match": {"version": {"parts": 2}}}, Change("match", "exact", "version, first 2 parts")),
        ("b", {"mode": "mode-b"}, Change("mode", "mode-a", "mode-b")),
        ("c", {"when": {"a": ["int8", 1]}}, Change("when", "", "a is int8 or 1")),
    ],
)
def test_every_member_of_a_rule_that_differs_is_told(name, members, change):
    found = with_rule(name, **members)
    assert [(each.rule, each.kind, each.changes) for each in found.rules] == [(name, "changed", (change,))]
    assert found.others == ()


def test_other_spellings_in_a_vocabulary_change_the_rule_that_uses_it():
    (found,) = changed(aliases={"p": {"fp16": ["half", "float16"]}}).rules
    assert found.rule == "b"
    (change,) = found.changes
    assert change.before.endswith("(fp16 = half)")
    assert change.after.endswith("(fp16 = half = float16)")


def test_a_rule_that_one_policy_lacks_is_told_in_full():
    fewer = {name: each for name, each in RULES["rules"].items() if name != "b"}
    (removed,) = changed(rules=fewer).rules
    assert (removed.rule, removed.kind) == ("b", "removed")
    assert {change.member for change in removed.changes} == {
        "level",
        "mode",
        "fields",
        "match",
        "missing",
        "reason",
    }
    (added,) = difference(policy({**RULES, "rules": fewer}), policy(RULES)).rules
    assert (added.rule, added.kind) == ("b", "added")
    assert all(change.before == "" and change.after for change in added.changes)


@pytest.mark.parametrize(
    ("members", "change"),
    [
        ({"modes": ["mode-b", "mode-a"]}, ("modes, strongest first", "mode-a, mode-b", "mode-b, mode-a")),
        ({"unknown_values": ["N/A", ""]}, ("unknown values", "'n/a'", "'', 'n/a'")),
        ({"same_reasons": []}, ("same reasons", "Same a (a)", "")),
        (
            {"rules": dict(reversed(RULES["rules"].items()))},
            ("order of the rules", "a, b, c", "c, b, a"),
        ),
        ({"metrics": {}}, ("metric m", "x.m in ms, lower is better", "")),
        (
            {"metrics": {"m": {**RULES["metrics"]["m"], "flag_change": {"rel": 0.15, "abs": 2}}}},
            (
                "metric m",
                "x.m in ms, lower is better",
                "x.m in ms, lower is better, flagged beyond 0.15 of the baseline and 2 ms",
            ),
        ),
    ],
)
def test_what_differs_beside_the_rules_is_told(members, change):
    found = changed(**members)
    assert found.rules == ()
    assert [tuple(each[:3]) for each in found.others] == [change]


@pytest.mark.parametrize(
    ("heir", "raised", "others"),
    [
        ("strict", ["power-mode", "cpu-governor"], ["unknown values"]),
        ("edge", ["power-mode", "cpu-governor", "throttling", "cpu-affinity"], []),
    ],
)
def test_an_heir_that_is_stricter_only_raises_and_adds(heir, raised, others):
    found = difference(load_policy("default"), load_policy(heir))
    assert {each.kind for each in found.rules} == {"changed", "added"}
    levels = {
        each.rule: change
        for each in found.rules
        if each.kind == "changed"
        for change in each.changes
        if change.member == "level"
    }
    assert levels == dict.fromkeys(raised, Change("level", "advisory", "required", "stricter"))
    assert [each.rule for each in found.rules if each.kind == "changed"] == raised
    assert [each.member for each in found.others] == others


# What that does to pairs.


def counted(before, after, facts, today=None):
    found = {}
    for a, b in combinations(facts, 2):
        kind = tuple(judge(rules, a, b, today=today).verdict for rules in (before, after))
        if kind[0] is not kind[1]:
            found[kind] = found.get(kind, 0) + 1
    return found


def changes(before, after, facts):
    taker = VerdictChanges(before, after)
    for number, each in enumerate(facts):
        taker.add(f"run-{number}", each)
    return taker


@given(documents(), documents(), st.lists(runs(), max_size=6))
def test_the_counts_are_those_of_judging_every_pair(old, new, facts):
    before, after = policy(old), policy(new)
    found = changes(before, after, [*facts, *facts[:2]])
    transitions = found.transitions()
    assert {(t.before, t.after): t.pairs for t in transitions} == counted(before, after, [*facts, *facts[:2]])
    assert found.pairs == (len(facts) + len(facts[:2])) * (len(facts) + len(facts[:2]) - 1) // 2


@given(documents(), documents(), st.lists(runs(), max_size=8))
def test_every_example_is_a_pair_that_changes_so(old, new, facts):
    before, after = policy(old), policy(new)
    for transition in changes(before, after, facts).transitions(examples=2):
        assert 1 <= len(transition.examples) <= min(2, transition.pairs)
        for first, second in transition.examples:
            numbers = [int(name.removeprefix("run-")) for name in (first, second)]
            assert numbers[0] < numbers[1]
            a, b = (facts[number] for number in numbers)
            assert judge(before, a, b).verdict is transition.before
            assert judge(after, a, b).verdict is transition.after


def test_transitions_stand_in_the_order_of_worsening():
    before = load_policy("default")
    after = policy({"rules": {"os": rule("target.os")}})
    facts = [run(), run({"target.os": "qnx"}), run({"protocol.task": "x"}), run({"target.board_name": None})]
    found = changes(before, after, facts).transitions()
    kinds = [(transition.before, transition.after) for transition in found]
    order = list(Verdict)
    assert kinds == sorted(kinds, key=lambda kind: (order.index(kind[0]), order.index(kind[1])))
    assert len(kinds) >= 3


def test_runs_that_are_alike_are_judged_once(monkeypatch):
    """A thousand runs of four kinds: the work is that of four, the count is that of a thousand."""
    from edgeenv.policy import verdict_changes

    asked = []
    verdict = verdict_changes.Profiler.verdict

    def counting(self, a, b):
        asked.append(1)
        return verdict(self, a, b)

    monkeypatch.setattr(verdict_changes.Profiler, "verdict", counting)
    facts = [run({"env.cpu_count": number % 4, "env.kernel": "k"}) for number in range(1000)]
    default = load_policy("default")
    stricter = policy({"rules": {"cpu": rule("env.cpu_count")}})
    found = changes(default, stricter, facts)
    (transition,) = found.transitions()
    assert transition.pairs == 6 * 250 * 250
    assert found.pairs == 499500
    assert len(asked) == 2 * 4


@given(
    documents(equivalences_only=True),
    documents(equivalences_only=True),
    st.lists(runs(), max_size=7),
)
def test_pairs_that_are_counted_by_cohort_are_those_of_judging_every_pair(old, new, facts):
    before, after = policy(old), policy(new)
    facts = [*facts, *facts[:3]]
    transitions = changes(before, after, facts).transitions()
    assert {(t.before, t.after): t.pairs for t in transitions} == counted(before, after, facts)
    for transition in transitions:
        assert transition.examples


def test_a_thousand_runs_that_all_differ_are_not_judged_pair_by_pair(monkeypatch):
    from edgeenv.policy import cohort

    asked = []
    agreement = cohort._agreement
    monkeypatch.setattr(cohort, "_agreement", lambda *each: asked.append(1) or agreement(*each))
    default = load_policy("default")
    level = default.rules[0].level.__class__
    tuned = default._replace(
        rules=tuple(
            each._replace(level=level.CONDITIONAL, mode="target-comparison")
            if each.id == "batch-size"
            else each
            for each in default.rules
        )
    )
    facts = [run({"protocol.batch_size": number}) for number in range(1000)]
    (transition,) = changes(default, tuned, facts).transitions()
    assert (transition.pairs, transition.examples[0]) == (499500, ("run-0", "run-1"))
    assert len(asked) < 50_000
