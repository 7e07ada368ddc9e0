"""The rule engine: a policy and the facts of two runs in, a judgement out.

`judge` has no input or output, never raises on the facts of valid results, and gives the same answer for the
same facts. Exchanging the runs exchanges the labels A and B and nothing else of verdict, mode and reasons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edgeenv.model.judgement import FieldOutcome, Judgement, Level, Outcome, RuleOutcome, Verdict
from edgeenv.policy.advisories import advisories
from edgeenv.policy.deltas import deltas
from edgeenv.policy.matchers import UNREADABLE, NumberWithin
from edgeenv.policy.residue import unjudged_differences
from edgeenv.policy.rules import SAME_CONDITION, Missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeenv.model.facts import Facts
    from edgeenv.policy.rules import Policy, Rule

# Names the semantics of this engine: the same policy under another one may judge otherwise.
ENGINE = "edgeenv-rules/1"

_FAILING = (Outcome.DIFFERENT, Outcome.MISSING)
# A rule of several fields is as bad as its worst field.
_WORST_FIRST = (Outcome.DIFFERENT, Outcome.MISSING, Outcome.NOT_EVALUATED, Outcome.SAME)


def judge(policy: Policy, a: Facts, b: Facts) -> Judgement:
    """Judge whether candidate ``b`` may be compared with baseline ``a`` under ``policy``."""
    outcomes = tuple(_evaluate(policy, rule, a, b) for rule in policy.rules if rule.enabled)
    verdict = _verdict(outcomes)
    modes = _modes(policy, outcomes) if verdict is Verdict.CONDITIONAL else ()
    mode = SAME_CONDITION if verdict is Verdict.COMPARABLE else next(iter(modes), None)
    return Judgement(
        verdict=verdict,
        mode=mode,
        modes=modes,
        reasons=_reasons(policy, verdict, outcomes),
        rules=outcomes,
        notes=_notes(outcomes),
        advisories=advisories(a, b),
        unjudged=unjudged_differences(outcomes, a, b),
        deltas=deltas(policy.metrics, a, b) if verdict is Verdict.COMPARABLE else (),
        policy=policy.identity,
        engine=ENGINE,
    )


def _evaluate(policy: Policy, rule: Rule, a: Facts, b: Facts) -> RuleOutcome:
    fields: tuple[FieldOutcome, ...]
    if _applies(policy, rule, a, b):
        fields = tuple(_evaluate_field(policy, rule, path, a, b) for path in rule.fields)
        seen = {field.outcome for field in fields}
        outcome = next(candidate for candidate in _WORST_FIRST if candidate in seen)
    else:
        fields = tuple(
            FieldOutcome(path, a.at(path), b.at(path), Outcome.NOT_APPLICABLE) for path in rule.fields
        )
        outcome = Outcome.NOT_APPLICABLE
    return RuleOutcome(rule.id, rule.level, outcome, rule.match.words(), rule.reason, rule.mode, fields)


def _applies(policy: Policy, rule: Rule, a: Facts, b: Facts) -> bool:
    """Whether a rule's guard holds on both sides.

    Where it holds on one side only, the guard rule itself differs, at the same or a stricter level (a policy
    that says otherwise is refused when it is read). So silence here never softens a verdict.
    """
    if rule.when is None:
        return True
    guard = policy.rule(rule.when.rule)
    if guard is None or not guard.enabled:
        return True
    wanted = {guard.match.canonical(value) for value in rule.when.values}
    return all(guard.match.canonical(facts.at(guard.fields[0])) in wanted for facts in (a, b))


def _evaluate_field(policy: Policy, rule: Rule, path: str, a: Facts, b: Facts) -> FieldOutcome:
    values = (a.at(path), b.at(path))
    canonical = [UNREADABLE if is_absent(policy, value) else rule.match.canonical(value) for value in values]
    lacking = tuple(label for label, value in zip(("A", "B"), canonical, strict=True) if value is UNREADABLE)
    return FieldOutcome(path, *values, _compare(rule, canonical), lacking)


def _compare(rule: Rule, canonical: Sequence[Any]) -> Outcome:
    absent = [value is UNREADABLE for value in canonical]
    if any(absent):
        if rule.missing is Missing.IGNORE:
            return Outcome.NOT_EVALUATED
        if rule.missing is Missing.ALLOW_BOTH and all(absent):
            return Outcome.SAME
        return Outcome.MISSING
    if isinstance(rule.match, NumberWithin):
        same = rule.match.agree(canonical[0], canonical[1])
    else:
        same = canonical[0] == canonical[1]
    return Outcome.SAME if same else Outcome.DIFFERENT


def is_absent(policy: Policy, value: Any) -> bool:
    """Whether a recorded value is no evidence: null, absent, or one that the policy takes for unknown."""
    return value is None or (isinstance(value, str) and value.casefold() in policy.unknown_values)


def _verdict(outcomes: tuple[RuleOutcome, ...]) -> Verdict:
    failing = {(rule.level, rule.outcome) for rule in outcomes if rule.outcome in _FAILING}
    if (Level.REQUIRED, Outcome.DIFFERENT) in failing:
        return Verdict.NOT_COMPARABLE
    if (Level.REQUIRED, Outcome.MISSING) in failing:
        return Verdict.INDETERMINATE
    if any(level is Level.CONDITIONAL for level, _ in failing):
        return Verdict.CONDITIONAL
    return Verdict.COMPARABLE


def _modes(policy: Policy, outcomes: tuple[RuleOutcome, ...]) -> tuple[str, ...]:
    named = {rule.mode for rule in _failing(outcomes, Level.CONDITIONAL)}
    return tuple(mode for mode in policy.modes if mode in named)


def _reasons(policy: Policy, verdict: Verdict, outcomes: tuple[RuleOutcome, ...]) -> tuple[str, ...]:
    required = _failing(outcomes, Level.REQUIRED)
    if verdict is Verdict.NOT_COMPARABLE:
        return tuple(rule.reason for rule in required if rule.outcome is Outcome.DIFFERENT)
    if verdict is Verdict.INDETERMINATE:
        return tuple(_sentence(rule) for rule in required)
    same = {rule.rule for rule in outcomes if rule.outcome is Outcome.SAME}
    agreeing = [line.reason for line in policy.same_reasons if same.issuperset(line.rules)]
    return (*agreeing, *(_sentence(rule) for rule in _failing(outcomes, Level.CONDITIONAL)))


def _notes(outcomes: tuple[RuleOutcome, ...]) -> tuple[str, ...]:
    notes = []
    for rule in outcomes:
        if rule.outcome is Outcome.NOT_EVALUATED:
            notes.append(f"Not checked, evidence missing: {_places(rule, Outcome.NOT_EVALUATED)}")
        elif rule.level is Level.ADVISORY and rule.outcome in _FAILING:
            notes.append(_sentence(rule))
    return tuple(notes)


def _failing(outcomes: tuple[RuleOutcome, ...], level: Level) -> tuple[RuleOutcome, ...]:
    return tuple(rule for rule in outcomes if rule.level is level and rule.outcome in _FAILING)


def _sentence(rule: RuleOutcome) -> str:
    if rule.outcome is Outcome.DIFFERENT:
        return rule.reason
    return f"Missing evidence: {_places(rule, Outcome.MISSING)}"


def _places(rule: RuleOutcome, outcome: Outcome) -> str:
    """The fields that lack evidence, each with the side that lacks it."""
    return ", ".join(
        f"{field.path} ({' and '.join(field.lacking)})" for field in rule.fields if field.outcome is outcome
    )
