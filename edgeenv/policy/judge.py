"""The rule engine: a policy and the facts of two runs in, a judgement out.

`judge` has no input or output, never raises on the facts of valid results, and gives the same answer for the
same facts. Exchanging the runs exchanges the labels A and B and nothing else of verdict, mode and reasons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeenv.model.judgement import FieldOutcome, Judgement, Level, Outcome, RuleOutcome, Verdict
from edgeenv.policy.advisories import advisories
from edgeenv.policy.axis import declared_axis
from edgeenv.policy.deltas import deltas
from edgeenv.policy.evaluation import FAILING, applies, field_outcome
from edgeenv.policy.residue import unjudged_differences
from edgeenv.policy.rules import SAME_CONDITION
from edgeenv.policy.waivers import NO_DAY, waived_sentence, with_waiver

if TYPE_CHECKING:
    from collections.abc import Collection

    from edgeenv.model.facts import Facts
    from edgeenv.model.remedy import Remedy
    from edgeenv.policy.rules import Policy, Rule

# Names the semantics of this engine: the same policy under another one may judge otherwise.
ENGINE = "edgeenv-rules/1"

# A rule of several fields is as bad as its worst field.
_WORST_FIRST = (Outcome.DIFFERENT, Outcome.MISSING, Outcome.NOT_EVALUATED, Outcome.SAME)


def judge(
    policy: Policy, a: Facts, b: Facts, vary: Collection[str] = (), *, today: str | None = None
) -> Judgement:
    """Judge whether candidate ``b`` may be compared with baseline ``a`` under ``policy``.

    Args:
        policy: what must hold.
        a: the baseline.
        b: the candidate.
        vary: the conditional rules that the experiment changes on purpose; they never change the verdict.
        today: the day on which waivers are looked at, ISO; without one no waiver is in force, and a note says
            so. It has no part in the judgement of a policy without waivers.
    """
    day = today if policy.waivers else None
    outcomes = tuple(
        with_waiver(policy, _evaluate(policy, rule, a, b), a, b, day) for rule in policy.rules if rule.enabled
    )
    verdict = _verdict(outcomes)
    modes = _modes(policy, outcomes) if verdict is Verdict.CONDITIONAL else ()
    mode = SAME_CONDITION if verdict is Verdict.COMPARABLE else next(iter(modes), None)
    return Judgement(
        verdict=verdict,
        mode=mode,
        modes=modes,
        reasons=_reasons(policy, verdict, outcomes),
        rules=outcomes,
        notes=(*_notes(outcomes), *((NO_DAY,) if policy.waivers and today is None else ())),
        advisories=advisories(a, b),
        unjudged=unjudged_differences(outcomes, a, b),
        deltas=deltas(policy.metrics, a, b) if verdict is Verdict.COMPARABLE else (),
        policy=policy.identity,
        engine=ENGINE,
        axis=declared_axis(policy, verdict, outcomes, vary),
        remedy=None if verdict is Verdict.COMPARABLE else _remedy(policy, outcomes, a, b),
        day=day,
    )


def _evaluate(policy: Policy, rule: Rule, a: Facts, b: Facts) -> RuleOutcome:
    fields: tuple[FieldOutcome, ...]
    if applies(policy, rule, a, b):
        fields = tuple(field_outcome(policy, rule, path, a, b) for path in rule.fields)
        seen = {field.outcome for field in fields}
        outcome = next(candidate for candidate in _WORST_FIRST if candidate in seen)
    else:
        fields = tuple(
            FieldOutcome(path, a.at(path), b.at(path), Outcome.NOT_APPLICABLE) for path in rule.fields
        )
        outcome = Outcome.NOT_APPLICABLE
    return RuleOutcome(rule.id, rule.level, outcome, rule.match.words(), rule.reason, rule.mode, fields)


def _remedy(policy: Policy, outcomes: tuple[RuleOutcome, ...], a: Facts, b: Facts) -> Remedy:
    from edgeenv.policy.remedy import remedy  # a Yes needs none of it

    return remedy(policy, a, b, spared={rule.rule for rule in outcomes if rule.is_waived})


def _verdict(outcomes: tuple[RuleOutcome, ...]) -> Verdict:
    """The worst of what counts: a waived rule does not, and an expired waiver leaves its rule undecided."""
    failing = {
        (rule.level, rule.outcome) for rule in outcomes if rule.outcome in FAILING and rule.waiver is None
    }
    if (Level.REQUIRED, Outcome.DIFFERENT) in failing:
        return Verdict.NOT_COMPARABLE
    has_expired = any(rule.waiver is not None and not rule.waiver.in_force for rule in outcomes)
    if has_expired or (Level.REQUIRED, Outcome.MISSING) in failing:
        return Verdict.INDETERMINATE
    if any(level is Level.CONDITIONAL for level, _ in failing):
        return Verdict.CONDITIONAL
    return Verdict.COMPARABLE


def _modes(policy: Policy, outcomes: tuple[RuleOutcome, ...]) -> tuple[str, ...]:
    named = {rule.mode for rule in _failing(outcomes, Level.CONDITIONAL)}
    return tuple(mode for mode in policy.modes if mode in named)


def _reasons(policy: Policy, verdict: Verdict, outcomes: tuple[RuleOutcome, ...]) -> tuple[str, ...]:
    required = _failing(outcomes, Level.REQUIRED)
    # Whatever the verdict: a difference that a waiver speaks of is never left unsaid.
    waived = tuple(
        waived_sentence(rule.waiver, _sentence(rule)) for rule in outcomes if rule.waiver is not None
    )
    if verdict is Verdict.NOT_COMPARABLE:
        differing = (rule.reason for rule in required if rule.outcome is Outcome.DIFFERENT)
        return (*differing, *waived)
    if verdict is Verdict.INDETERMINATE:
        return (*(_sentence(rule) for rule in required), *waived)
    same = {rule.rule for rule in outcomes if rule.outcome is Outcome.SAME}
    agreeing = [line.reason for line in policy.same_reasons if same.issuperset(line.rules)]
    return (*agreeing, *(_sentence(rule) for rule in _failing(outcomes, Level.CONDITIONAL)), *waived)


def _notes(outcomes: tuple[RuleOutcome, ...]) -> tuple[str, ...]:
    notes = []
    for rule in outcomes:
        if rule.outcome is Outcome.NOT_EVALUATED:
            notes.append(f"Not checked, evidence missing: {_places(rule, Outcome.NOT_EVALUATED)}")
        elif rule.level is Level.ADVISORY and rule.outcome in FAILING:
            notes.append(_sentence(rule))
    return tuple(notes)


def _failing(outcomes: tuple[RuleOutcome, ...], level: Level) -> tuple[RuleOutcome, ...]:
    """The rules of one level that fail, but for those of which a waiver speaks."""
    return tuple(
        rule for rule in outcomes if rule.level is level and rule.outcome in FAILING and rule.waiver is None
    )


def _sentence(rule: RuleOutcome) -> str:
    if rule.outcome is Outcome.DIFFERENT:
        return rule.reason
    return f"Missing evidence: {_places(rule, Outcome.MISSING)}"


def _places(rule: RuleOutcome, outcome: Outcome) -> str:
    """The fields that lack evidence, each with the side that lacks it."""
    return ", ".join(
        f"{field.path} ({' and '.join(field.lacking)})" for field in rule.fields if field.outcome is outcome
    )
