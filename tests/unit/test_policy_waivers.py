"""Waivers: what they do to a verdict, on which day, for which runs; and the laws that hold with them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_cases import DAYS, documents, policy, rule, run, runs, waiving
from test_policy_difference import counted
from test_policy_lint import HEIR, found, looked_at

from edgeenv.errors import EdgeEnvError
from edgeenv.model.facts import Facts
from edgeenv.model.judgement import Level, Verdict
from edgeenv.policy.cohort import Profiler, cohort_key, why_no_cohorts
from edgeenv.policy.difference import difference
from edgeenv.policy.document import digest_of, inspect, judging_members, load_policy
from edgeenv.policy.judge import judge
from edgeenv.policy.probe import probe
from edgeenv.policy.trial import Case, Expectation, asymmetries, try_case
from edgeenv.policy.trial_file import read_trial_file
from edgeenv.policy.verdict_changes import VerdictChanges
from edgeenv.policy.waivers import NO_DAY
from edgeenv.report.remedy import axis_line

ORDER = list(Verdict)
RULES = {
    "modes": ["mode-a"],
    "rules": {
        "task": rule("protocol.task"),
        "precision": rule("protocol.precision"),
        "os": rule("target.os", "conditional"),
        "note": rule("env.kernel", "advisory"),
    },
    "same_reasons": [{"reason": "Same task", "rules": ["task"]}],
    "metrics": {"m": {"path": "metrics.latency_mean_ms", "unit": "ms", "better": "lower"}},
}
WAIVER = {
    "rule": "precision",
    "runs": {"target.board_name": ["orin-*", "nano"]},
    "reason": "Ships until 2.4",
    "owner": "Kim",
    "expires": "2026-12-31",
}
LAST, AFTER = "2026-12-31", "2027-01-01"
OTHER = {"protocol.precision": "fp16"}


def waived(*changes, **more):
    return policy({**RULES, "waivers": [{**WAIVER, **change} for change in changes or ({},)], **more})


def judged(changes, today=LAST, rules=None):
    return judge(rules or waived(), run(), run(changes), today=today)


def test_a_waived_difference_does_not_count_and_keeps_its_reason():
    judgement = judged(OTHER)
    assert (judgement.verdict, judgement.mode, judgement.day) == (Verdict.COMPARABLE, "same-condition", LAST)
    assert judgement.reasons == (
        "Same task",
        "Waived until 2026-12-31 by Kim: Different protocol.precision (Ships until 2.4)",
    )
    assert judgement.deltas
    assert judgement.remedy is None
    (outcome,) = (each for each in judgement.rules if each.rule == "precision")
    assert (outcome.outcome.value, outcome.is_waived, outcome.waiver.selected) == (
        "different",
        True,
        ("A", "B"),
    )


def test_an_expired_waiver_leaves_the_verdict_undecided_and_says_so():
    judgement = judged(OTHER, AFTER)
    assert judgement.verdict is Verdict.INDETERMINATE
    assert judgement.reasons == (
        "Waiver by Kim expired on 2026-12-31: Different protocol.precision (Ships until 2.4)",
    )
    named = judged(OTHER, AFTER, waived({"id": "orin-fp16"}))
    assert named.reasons[0].startswith("Waiver 'orin-fp16' by Kim expired on 2026-12-31: ")
    assert [step.path for step in judgement.remedy.steps] == ["protocol.precision"]


def test_another_required_difference_stays_no_and_the_waiver_is_still_said():
    for today, words in ((LAST, "Waived until"), (AFTER, "Waiver by Kim expired")):
        judgement = judged({**OTHER, "protocol.task": "x"}, today)
        assert judgement.verdict is Verdict.NOT_COMPARABLE
        assert judgement.reasons[0] == "Different protocol.task"
        assert judgement.reasons[1].startswith(words)
    steps = judged({**OTHER, "protocol.task": "x"}).remedy.steps
    assert [step.path for step in steps] == ["protocol.task"]


def test_a_conditional_rule_is_waived_and_expires_alike():
    rules = waived({"rule": "os"})
    assert judged({"target.os": "qnx"}, LAST, rules).verdict is Verdict.COMPARABLE
    assert judged({"target.os": "qnx"}, AFTER, rules).verdict is Verdict.INDETERMINATE
    both = judged({"target.os": "qnx", **OTHER}, LAST, waived())
    assert (both.verdict, both.mode) == (Verdict.CONDITIONAL, "mode-a")
    assert [line[:9] for line in both.reasons] == ["Same task", "Different", "Waived un"]


def test_a_waived_rule_that_was_varied_says_why_the_axis_is_not_controlled():
    rules = waived({"rule": "os"})
    found = judge(rules, run(), run({"target.os": "macOS"}), ("os",), today=LAST)
    assert found.verdict is Verdict.COMPARABLE
    assert axis_line(found) == "os (not controlled; waived: os)"


def test_missing_evidence_is_waived_too():
    lacking = judge(waived(), run(), run(without=("protocol.precision",)), today=LAST)
    assert lacking.verdict is Verdict.COMPARABLE
    assert "by Kim: Missing evidence: protocol.precision (B) (Ships" in lacking.reasons[1]


@pytest.mark.parametrize(
    ("a", "b", "selected"),
    [
        ("orin-nano", "other", ("A",)),
        ("other", "orin-nano", ("B",)),
        ("nano", "orin-", ("A", "B")),
        ("other", "Orin-nano", None),
        ("other", None, None),
        ("other", 1, None),
    ],
)
def test_one_selected_run_is_enough_and_no_selected_run_is_not(a, b, selected):
    pair = (run({"target.board_name": a}), run({"target.board_name": b, **OTHER}))
    judgement = judge(waived(), *pair, today=LAST)
    (outcome,) = (each for each in judgement.rules if each.rule == "precision")
    assert (outcome.waiver and outcome.waiver.selected) == selected
    assert (judgement.verdict is Verdict.COMPARABLE) is (selected is not None)


def test_every_path_of_a_selector_must_hold_and_values_are_typed():
    def verdict(runs_):
        return judged({**OTHER, "protocol.batch_size": 8}, LAST, waived({"runs": runs_})).verdict

    both = {"protocol.batch_size": [8.0], "target.os": ["linux"]}
    assert verdict(both) is Verdict.COMPARABLE
    for change in ({"target.os": ["qnx"]}, {"protocol.batch_size": ["8"]}, {"protocol.batch_size": [True]}):
        assert verdict({**both, **change}) is Verdict.NOT_COMPARABLE
    assert verdict({"run_id": ["run-20260101-000001-bbbbbbbb"]}) is Verdict.COMPARABLE


def test_of_several_the_one_that_lasts_longest_counts():
    rules = waived({"expires": "2026-01-01", "owner": "Lee"}, {}, {"owner": "Park"})
    assert "by Kim" in judged(OTHER, LAST, rules).reasons[1]
    assert judged(OTHER, AFTER, rules).reasons[0].startswith("Waiver by Kim expired on 2026-12-31")


def test_without_a_day_no_waiver_is_in_force_and_a_note_says_so():
    judgement = judged(OTHER, None)
    assert (judgement.verdict, judgement.day) == (Verdict.NOT_COMPARABLE, None)
    assert NO_DAY in judgement.notes
    assert judge(policy(RULES), run(), run(), today=LAST).day is None


# Laws.


@given(waiving(), runs(), runs(), st.sampled_from(DAYS))
def test_judging_with_waivers_is_symmetric_and_total(document, a, b, today):
    rules = policy(document)
    forth, back = judge(rules, a, b, today=today), judge(rules, b, a, today=today)
    assert list(asymmetries(forth, back)) == []
    assert forth == judge(policy(document), a, b, today=today)


@given(waiving(), runs(), st.sampled_from(DAYS))
def test_a_run_never_differs_from_itself_whatever_is_waived(document, a, today):
    judgement = judge(policy(document), a, a, today=today)
    assert judgement.verdict is not Verdict.NOT_COMPARABLE
    bare = judge(policy({**document, "waivers": []}), a, a)
    if bare.verdict is Verdict.COMPARABLE:
        assert judgement.verdict is Verdict.COMPARABLE


@given(waiving(), runs(), runs())
def test_a_verdict_never_gets_better_with_time(document, a, b):
    rules = policy(document)
    verdicts = [ORDER.index(judge(rules, a, b, today=day).verdict) for day in (*DAYS, "2026-01-04")]
    assert verdicts == sorted(verdicts)


@given(waiving(), runs(), runs(), st.sampled_from(DAYS))
def test_a_waiver_in_force_only_softens_and_an_expired_one_never_gives_yes(document, a, b, today):
    bare = judge(policy({**document, "waivers": []}), a, b)
    judgement = judge(policy(document), a, b, today=today)
    speaking = [each for each in judgement.rules if each.waiver is not None]
    expired = [each for each in speaking if not each.is_waived]
    if not speaking:
        assert (judgement.verdict, judgement.reasons) == (bare.verdict, bare.reasons)
    if not expired:
        assert ORDER.index(judgement.verdict) <= ORDER.index(bare.verdict)
    else:
        assert ORDER.index(judgement.verdict) >= ORDER.index(Verdict.INDETERMINATE)
    assert sum(line.startswith("Waive") for line in judgement.reasons) == len(speaking)
    assert all(each.level in (Level.REQUIRED, Level.CONDITIONAL) for each in speaking)


@given(waiving(), runs(), runs(), st.sampled_from(DAYS))
def test_profiles_agree_with_the_judge_under_waivers(document, a, b, today):
    rules = policy(document)
    profiler = Profiler(rules, today)
    for one, other in ((a, b), (b, a), (a, a)):
        expected = judge(rules, one, other, today=today).verdict
        assert profiler.verdict(profiler.profile(one), profiler.profile(other)) is expected
    dayless = Profiler(rules)
    assert dayless.verdict(dayless.profile(a), dayless.profile(b)) is judge(rules, a, b).verdict


@given(waiving(), documents(), st.lists(runs(), max_size=6), st.sampled_from(DAYS))
def test_the_changes_of_verdicts_are_exact_under_waivers(old, new, facts, today):
    before, after = policy(old), policy(new)
    changes = VerdictChanges(before, after, today)
    for number, each in enumerate(facts):
        changes.add(f"run-{number}", each)
    found_ = {(t.before, t.after): t.pairs for t in changes.transitions()}
    assert found_ == counted(before, after, facts, today)


@given(waiving())
def test_waivers_are_part_of_the_digest_and_of_what_a_judgement_carries(document):
    whole = {"schema_version": "edgeenv.policy.v1", "name": "test", "version": "1.0.0", **document}
    assert digest_of(judging_members(whole)) == digest_of(whole)
    assert digest_of({**whole, "waivers": []}) == digest_of(
        {k: v for k, v in whole.items() if k != "waivers"}
    )
    assert digest_of(whole) != digest_of({**whole, "waivers": []})
    later = [{**each, "expires": "2030-01-01"} for each in whole["waivers"]]
    assert digest_of(whole) != digest_of({**whole, "waivers": later})


def test_a_policy_with_waivers_has_no_cohorts():
    for wide in (False, True):
        assert "waives the rule 'precision'" in why_no_cohorts(waived(), wide=wide)
    with pytest.raises(ValueError, match="waives"):
        cohort_key(waived(), run())


def test_a_probe_looks_at_rules_alone():
    assert [each.unnoticed for each in probe(waived(), run({"env.kernel": "k"}).document)] == [""] * 4


def test_the_difference_of_two_policies_tells_waivers():
    (change,) = difference(policy(RULES), waived()).others
    assert change == (
        "waiver",
        "",
        "precision until 2026-12-31 by Kim, where target.board_name is orin-* or nano: Ships until 2.4",
        "",
    )
    gone, came = difference(waived(), waived({"id": "x", "expires": "2027-06-30"})).others
    assert (gone.before, gone.after) == (change.after, "")
    assert came.after.endswith("Ships until 2.4 [x]")


# In files.

FILE = """\
waivers:
  - rule: precision
    runs: {target.board_name: [orin-nano]}
    reason: Ships
    owner: Kim
    expires: "2026-12-31"
"""


@pytest.mark.parametrize(
    ("old", "new", "defect", "words"),
    [
        ("rule: precision", "rule: precison", ("unfit-waiver", 7, 5), "did you mean 'precision'?"),
        ("rule: precision", "rule: cpu-governor", ("unfit-waiver", 7, 5), "is advisory"),
        ("rule: precision", "rule: tags", ("unfit-waiver", 7, 5), "is disabled"),
        ("target.board_name", "target.board_nam", ("unknown-path", 8, 12), "did you mean target.board_name?"),
        ("[orin-nano]", "[orin-nano, 8]", ("unfit-waiver-value", 8, 43), "can never have the value 8"),
        ("[orin-nano]", "[null]", ("unfit-waiver-value", 8, 32), "can never have the value None"),
        ("[orin-nano]", '["*"]', ("waiver-of-every-run", 8, 5), "takes every run"),
        ("target.board_name: [orin-nano]", "run_id: [run-*]", ("waiver-of-every-run", 8, 5), "every run"),
        (
            "target.board_name: [orin-nano]",
            "protocol.include_preprocess: [true, false]",
            ("waiver-of-every-run", 8, 5),
            "every run",
        ),
        ("2026-12-31", "2026-02-30", ("impossible-date", 11, 5), "no day that the calendar knows"),
    ],
)
def test_each_defect_of_a_waiver_is_told_at_its_place(tmp_path, old, new, defect, words):
    text = HEIR + "rules: {tags: {level: disabled, fields: [target.runtime_tags], reason: x}}\n"
    inspected = looked_at(tmp_path, text + FILE)
    assert (inspected.problems, inspected.warnings) == ((), ())
    inspected = looked_at(tmp_path, text + FILE.replace(old, new))
    assert found(inspected.problems) == [defect]
    assert words in inspected.problems[0].message
    with pytest.raises(EdgeEnvError):
        load_policy(str(tmp_path / "lab.yaml"))


def test_waivers_that_stand_twice_are_told(tmp_path):
    again = FILE + FILE.removeprefix("waivers:\n")
    assert found(looked_at(tmp_path, HEIR + "rules: {}\n" + again).problems) == [("duplicate-waiver", 12, 5)]
    named = again.replace("    reason", "    id: one\n    reason").replace("[orin-nano]", "[other]", 1)
    problems = looked_at(tmp_path, HEIR + "rules: {}\n" + named).problems
    assert [(problem.code, problem.path) for problem in problems] == [("duplicate-waiver", "$.waivers[1].id")]


def test_odd_waivers_are_warned_of(tmp_path):
    text = HEIR + "rules: {}\n" + FILE.replace("target.board_name", "env.packages.numpy")
    assert [each.code for each in looked_at(tmp_path, text).warnings] == ["open-path"]
    (tmp_path / "lab.yaml").write_text(HEIR + "rules: {}\n" + FILE)
    for today, codes in ((LAST, []), (AFTER, ["expired-waiver"]), (None, [])):
        inspected = inspect("lab.yaml", directory=tmp_path, today=today)
        assert [each.code for each in inspected.warnings] == codes
        assert inspected.problems == ()


def test_an_heir_replaces_the_whole_list(tmp_path):
    (tmp_path / "parent.yaml").write_text(HEIR + "rules: {}\n" + FILE)
    heir = HEIR.replace("edgeenv:default", "parent.yaml") + "rules: {}\n"
    (tmp_path / "keeps.yaml").write_text(heir)
    (tmp_path / "drops.yaml").write_text(heir + "waivers: []\n")
    assert len(load_policy("keeps.yaml", directory=tmp_path).waivers) == 1
    assert load_policy("drops.yaml", directory=tmp_path).waivers == ()


# In tests of policies.

TEST = """\
schema_version: edgeenv.policy-test.v1
policy: ./lab.yaml
base: {target: {board_name: orin-nano}}
cases:
  - name: one
    expect: {verdict: indeterminate}
"""


def test_a_case_knows_its_day_and_one_without_is_refused(tmp_path):
    (tmp_path / "lab.yaml").write_text(HEIR + "rules: {}\n" + FILE)
    path = tmp_path / "lab.policy-test.yaml"

    def read(text):
        path.write_text(text)
        return read_trial_file(path).cases[0].today

    assert read(TEST + f'    today: "{AFTER}"\n') == AFTER
    assert read(TEST + f'today: "{LAST}"\n') == LAST
    assert read(TEST + f'    today: "{AFTER}"\ntoday: "{LAST}"\n') == AFTER
    for text, code, line in ((TEST, "no-day", 5), (TEST + 'today: "2026-02-30"\n', "impossible-date", 7)):
        with pytest.raises(EdgeEnvError) as caught:
            read(text)
        assert [(each.code, each.line) for each in caught.value.problems] == [(code, line)]


@pytest.mark.parametrize(("today", "verdict"), [(LAST, "comparable"), (AFTER, "indeterminate")])
def test_a_case_judges_on_its_day(today, verdict):
    case = Case("x", Expectation(verdict), set=OTHER, today=today)
    assert try_case(waived(), run().document, case).failures == ()
    lacking = Case("x", Expectation(verdict), remove=("protocol.precision",), today=today)
    assert try_case(waived(), run().document, lacking).failures == ()


def test_facts_that_are_no_objects_select_nothing():
    assert judge(waived(), Facts({}), Facts({"target": 1}), today=LAST).verdict is Verdict.INDETERMINATE
