"""The laws of judging hold for every policy: the shipped ones, the examples, and any that can be written."""

from __future__ import annotations

import tempfile
from itertools import permutations, product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from whole_policies import policy_files, runs_for, yaml_of

from edgeenv import schema
from edgeenv.model.facts import Facts
from edgeenv.model.judgement import Judgement, Level, Outcome, Verdict
from edgeenv.policy.chain import shipped_names
from edgeenv.policy.cohort import Profiler, why_no_cohorts
from edgeenv.policy.document import inspect, load_policy
from edgeenv.policy.judge import judge
from edgeenv.policy.rules import Missing
from edgeenv.policy.trial import asymmetries

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "policies"
POLICIES = {name: name for name in shipped_names()}
POLICIES |= {path.stem: str(path) for path in EXAMPLES.glob("*.yaml") if "." not in path.stem}
ORDER = list(Verdict)
YES = {Verdict.COMPARABLE}
YES_OR_CONDITIONAL = {Verdict.COMPARABLE, Verdict.CONDITIONAL}
RUNS = 5
# A policy is too much to be made small in good time; the example that fails is told as it is.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
LIGHT = settings(max_examples=5, phases=PHASES, suppress_health_check=list(HealthCheck))


def shuffled(value):
    if isinstance(value, dict):
        return {key: shuffled(member) for key, member in reversed(value.items())}
    return value


def is_deterministic_and_total(policy, a, b, found):
    assert isinstance(found, Judgement)
    assert found == judge(policy, Facts(shuffled(a.document)), Facts(shuffled(b.document)))


def is_symmetric(forth, back):
    assert list(asymmetries(forth, back)) == []
    assert [(d.path, d.a, d.b) for d in forth.unjudged] == [(d.path, d.b, d.a) for d in back.unjudged]


def is_reflexive(found):
    assert Outcome.DIFFERENT not in {rule.outcome for rule in found.rules}
    judged = {rule.outcome for rule in found.rules if rule.level is not Level.ADVISORY}
    assert (found.verdict is Verdict.COMPARABLE) is (Outcome.MISSING not in judged)
    assert found.unjudged == ()


def is_transitive_where_claimed(policy, verdicts):
    for wide, wanted in ((False, YES), (True, YES_OR_CONDITIONAL)):
        if why_no_cohorts(policy, wide=wide) is None:
            for one, two, three in permutations(range(RUNS), 3):
                if verdicts[one, two] in wanted and verdicts[two, three] in wanted:
                    assert verdicts[one, three] in wanted


def has_keys_that_say_what_the_judge_says(policy, runs, verdicts):
    profiler = Profiler(policy)
    profiles = [profiler.profile(facts) for facts in runs]
    for (one, other), verdict in verdicts.items():
        assert profiler.verdict(profiles[one], profiles[other]) is verdict
    for wide, wanted in ((False, YES), (True, YES_OR_CONDITIONAL)):
        if why_no_cohorts(policy, wide=wide) is None:
            keys = [profiler.key(facts, wide=wide) for facts in runs]
            for (one, other), verdict in verdicts.items():
                assert (keys[one] is not None and keys[one] == keys[other]) is (verdict in wanted)


def is_monotone(policy, a, b, some):
    before = ORDER.index(judge(policy, a, b).verdict)
    guards = {rule.when.rule for rule in policy.rules if rule.when is not None}
    for index, rule in enumerate(policy.rules):
        if rule.id in guards or index not in some:
            continue
        for level in Level:
            if level is Level.REQUIRED and rule.missing is Missing.IGNORE:
                continue
            other = rule._replace(level=level, mode=rule.mode or policy.modes[0] if policy.modes else None)
            changed = policy._replace(rules=(*policy.rules[:index], other, *policy.rules[index + 1 :]))
            after = ORDER.index(judge(changed, a, b).verdict)
            levels = list(Level)
            if levels.index(level) < levels.index(rule.level):
                assert after >= before, f"{rule.id} at {level}"
            else:
                assert after <= before, f"{rule.id} at {level}"


def every_law_holds(policy, data):
    runs = data.draw(st.lists(runs_for(policy), min_size=RUNS, max_size=RUNS))
    found = {(i, j): judge(policy, runs[i], runs[j]) for i, j in product(range(RUNS), repeat=2)}
    verdicts = {pair: judgement.verdict for pair, judgement in found.items()}
    for (i, j), judgement in found.items():
        is_symmetric(judgement, found[j, i])
        if i == j:
            is_reflexive(judgement)
    is_deterministic_and_total(policy, runs[0], runs[1], found[0, 1])
    is_transitive_where_claimed(policy, verdicts)
    has_keys_that_say_what_the_judge_says(policy, runs, verdicts)
    some = data.draw(st.sets(st.sampled_from(range(len(policy.rules))), min_size=1, max_size=3))
    is_monotone(policy, runs[0], runs[1], some)


@pytest.mark.parametrize("name", sorted(POLICIES))
@LIGHT
@given(data=st.data())
def test_every_law_holds_of_every_policy_that_is_shipped(name, data):
    policy = load_policy(POLICIES[name])
    every_law_holds(policy, data)


@settings(LIGHT, max_examples=40)
@given(files=policy_files(), data=st.data())
def test_every_law_holds_of_any_policy_that_can_be_written(files, data):
    with tempfile.TemporaryDirectory() as folder:
        for name, members in files:
            Path(folder, name).write_text(yaml_of(members), encoding="utf-8")
        path = str(Path(folder, files[-1][0]))
        inspected = inspect(path)
        assert inspected.problems == (), "the strategy writes policies that hold"
        policy = load_policy(path)
        assert policy == load_policy(path)
    assert schema.check_value("policy", inspected.document["policy"], "resolved") == ()
    every_law_holds(policy, data)
