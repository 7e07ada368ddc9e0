"""The laws of judging, over generated runs and policies, with the counter-examples that bound them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from policy_cases import documents, policy, rule, run, runs

from edgeenv.model.facts import Facts
from edgeenv.model.judgement import Judgement, Level, Outcome, Verdict
from edgeenv.policy.judge import judge

ORDER = list(Verdict)


def sides_swapped(sentences: tuple[str, ...]) -> tuple[str, ...]:
    """The sentences with the labels A and B exchanged."""
    return tuple(line.replace("(A)", "(#)").replace("(B)", "(A)").replace("(#)", "(B)") for line in sentences)


def shuffled(document: dict) -> dict:
    return {
        key: shuffled(value) if isinstance(value, dict) else value
        for key, value in reversed(document.items())
    }


@given(documents(), runs(), runs())
def test_judging_is_deterministic_whatever_the_order_of_members(document, a, b):
    rules = policy(document)
    assert judge(rules, a, b) == judge(rules, Facts(shuffled(a.document)), Facts(shuffled(b.document)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner),
    max_leaves=6,
)


@given(
    documents(),
    st.dictionaries(st.sampled_from(["x", "y"]), JSON),
    st.dictionaries(st.sampled_from(["x", "y"]), JSON),
)
def test_judging_is_total(document, a, b):
    assert isinstance(judge(policy(document), Facts(a), Facts(b)), Judgement)


@given(documents(), runs(), runs())
def test_judging_is_symmetric(document, a, b):
    rules = policy(document)
    forth, back = judge(rules, a, b), judge(rules, b, a)
    assert (forth.verdict, forth.mode, forth.modes) == (back.verdict, back.mode, back.modes)
    assert forth.reasons == sides_swapped(back.reasons)
    assert forth.notes == sides_swapped(back.notes)
    assert [(d.path, d.a, d.b) for d in forth.unjudged] == [(d.path, d.b, d.a) for d in back.unjudged]
    assert [(r.rule, r.outcome) for r in forth.rules] == [(r.rule, r.outcome) for r in back.rules]


@given(documents(), runs())
def test_a_run_never_differs_from_itself_and_is_comparable_exactly_when_complete(document, a):
    judgement = judge(policy(document), a, a)
    outcomes = {rule.outcome for rule in judgement.rules if rule.level is not Level.ADVISORY}
    assert Outcome.DIFFERENT not in {rule.outcome for rule in judgement.rules}
    assert (judgement.verdict is Verdict.COMPARABLE) is (Outcome.MISSING not in outcomes)
    assert not judgement.unjudged


@given(documents(equivalences_only=True), runs(), runs(), runs())
def test_comparability_is_transitive_without_tolerance_and_ignore(document, a, b, c):
    rules = policy(document)
    for verdicts in ({Verdict.COMPARABLE}, {Verdict.COMPARABLE, Verdict.CONDITIONAL}):
        if judge(rules, a, b).verdict in verdicts and judge(rules, b, c).verdict in verdicts:
            assert judge(rules, a, c).verdict in verdicts


@given(documents(), runs(), runs())
def test_the_verdict_is_monotone_in_the_levels(document, a, b):
    before = ORDER.index(judge(policy(document), a, b).verdict)
    for name, members in document["rules"].items():
        if members.get("missing") == "ignore" or name == "guard":
            continue
        stricter = {**document["rules"], name: {**members, "level": "required"}}
        assert ORDER.index(judge(policy({**document, "rules": stricter}), a, b).verdict) >= before
        softer = {**document["rules"], name: {**members, "level": "disabled"}}
        assert ORDER.index(judge(policy({**document, "rules": softer}), a, b).verdict) <= before


@given(documents(), runs(), runs())
def test_every_differing_fact_is_judged_or_named(document, a, b):
    judgement = judge(policy(document), a, b)
    read = {
        field.path for r in judgement.rules if r.outcome is not Outcome.NOT_APPLICABLE for field in r.fields
    }
    named = {difference.path for difference in judgement.unjudged}
    left, right = dict(a.leaves()), dict(b.leaves())
    for path in left.keys() | right.keys():
        if repr(left.get(path)) != repr(right.get(path)) and path not in read:
            # An object that is empty on one side is told by the other side's members, which come by here too.
            has_members = any(other.startswith(f"{path}.") for other in left.keys() | right.keys())
            assert path in named or has_members


def test_no_name_and_no_empty_object_hides_a_difference():
    rules = policy({"rules": {"a": rule("model.model_hash")}})
    plain = run({"extensions.lab": {"a": {"b": 1}}})
    dotted = run({"extensions.lab": {"a.b": 1}})
    assert [d.path for d in judge(rules, plain, dotted).unjudged] == [
        "extensions.lab.['a.b']",
        "extensions.lab.a.b",
    ]
    empty, absent = run({"extensions.lab": {}}), run({"extensions": {}})
    assert [d.path for d in judge(rules, empty, absent).unjudged] == ["extensions.lab"]
    filled = run({"extensions.lab": {"x": 1}})
    assert [d.path for d in judge(rules, empty, filled).unjudged] == ["extensions.lab.x"]


def test_numbers_beyond_the_range_of_floats_are_absent_not_wrong():
    metric = {"value": {"path": "m.value", "unit": "ms", "better": "lower"}}
    rules = policy({"rules": {"a": rule("model.model_hash")}, "metrics": metric})
    pairs = ((1e-300, 1e300), (1e308, -1e308), (10**400, 1.0), (5e-324, 1e-323))
    for a, b in pairs:
        delta = judge(rules, run({"m.value": a}), run({"m.value": b})).deltas[0]
        for number in (delta.delta, delta.percent):
            assert number is None or abs(number) < float("inf")


@given(documents(), runs(), runs())
def test_numbers_are_there_only_for_comparable_runs(document, a, b):
    judgement = judge(policy(document), a, b)
    assert bool(judgement.deltas) is (judgement.verdict is Verdict.COMPARABLE)


def temperature(value: float | None) -> Facts:
    return run({"env.temperature_c": value})


def test_a_tolerance_is_not_transitive():
    rules = policy(
        {
            "modes": ["thermal"],
            "rules": {
                "hash": rule("model.model_hash"),
                "t": rule("env.temperature_c", "conditional", mode="thermal", match={"number": {"abs": 5}}),
            },
        }
    )
    a, b, c = temperature(20), temperature(24), temperature(28.5)
    verdicts = [judge(rules, *pair).verdict for pair in ((a, b), (b, c), (a, c))]
    assert verdicts == [Verdict.COMPARABLE, Verdict.COMPARABLE, Verdict.CONDITIONAL]


def test_ignored_absence_is_not_transitive_but_noted():
    rules = policy(
        {
            "modes": ["thermal"],
            "rules": {
                "hash": rule("model.model_hash"),
                "t": rule(
                    "env.temperature_c",
                    "conditional",
                    mode="thermal",
                    match={"number": {"abs": 5}},
                    missing="ignore",
                ),
            },
        }
    )
    a, b, c = temperature(20), temperature(None), temperature(40)
    judgements = [judge(rules, *pair) for pair in ((a, b), (b, c), (a, c))]
    assert [j.verdict for j in judgements] == [Verdict.COMPARABLE, Verdict.COMPARABLE, Verdict.CONDITIONAL]
    assert judgements[0].notes == ("Not checked, evidence missing: env.temperature_c (B)",)


def test_absence_allowed_on_both_sides_is_one_more_value():
    rules = policy({"rules": {"t": rule("env.temperature_c", missing="allow-both")}})
    none, some = temperature(None), temperature(20)
    assert judge(rules, none, none).verdict is Verdict.COMPARABLE
    assert judge(rules, none, some).verdict is Verdict.INDETERMINATE


def test_a_disabled_rule_is_not_in_the_judgement():
    rules = policy({"rules": {"a": rule("model.model_hash"), "b": rule("protocol.task", "disabled")}})
    judgement = judge(rules, run(), run({"protocol.task": "other"}))
    assert [outcome.rule for outcome in judgement.rules] == ["a"]
    assert [difference.path for difference in judgement.unjudged] == ["protocol.task"]


def test_the_judge_does_not_read_the_identity_of_a_policy():
    rules = policy({"rules": {"a": rule("model.model_hash")}})
    other = rules._replace(identity=rules.identity._replace(name="other"))
    assert judge(rules, run(), run())._replace(policy=other.identity) == judge(other, run(), run())
