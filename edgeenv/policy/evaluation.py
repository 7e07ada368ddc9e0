"""How one rule comes out for one pair of runs: the part of judging that knows nothing of the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edgeenv.model.judgement import FieldOutcome, Outcome
from edgeenv.policy.matchers import UNREADABLE, NumberWithin
from edgeenv.policy.rules import Missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeenv.model.facts import Facts
    from edgeenv.policy.rules import Policy, Rule

FAILING = (Outcome.DIFFERENT, Outcome.MISSING)
"""The outcomes that worsen a verdict, where the level of the rule lets them."""


def applies(policy: Policy, rule: Rule, a: Facts, b: Facts) -> bool:
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


def field_outcome(policy: Policy, rule: Rule, path: str, a: Facts, b: Facts) -> FieldOutcome:
    """How one field of a rule comes out, whatever the rule's guard says."""
    return outcome_of_values(policy, rule, path, (a.at(path), b.at(path)))


def outcome_of_values(policy: Policy, rule: Rule, path: str, values: tuple[Any, Any]) -> FieldOutcome:
    """The same for two values that need not be recorded."""
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
