"""The declared axis: what an experiment changes on purpose, held against what came out different."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeenv.model.judgement import Axis, Level, Outcome, Verdict
from edgeenv.policy.evaluation import FAILING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from edgeenv.model.judgement import RuleOutcome
    from edgeenv.policy.rules import Policy


def declared_axis(
    policy: Policy, verdict: Verdict, outcomes: tuple[RuleOutcome, ...], vary: Collection[str]
) -> Axis | None:
    """What the declared rules have come to; None when none was declared. It changes no verdict."""
    rules = tuple(rule.id for rule in policy.rules if rule.id in vary)
    if not rules:
        return None
    conditional = {rule.rule: rule.outcome for rule in outcomes if rule.level is Level.CONDITIONAL}
    differing = tuple(name for name in rules if conditional.get(name) is Outcome.DIFFERENT)
    unseen = (Outcome.MISSING, Outcome.NOT_EVALUATED)
    lacking = tuple(name for name in rules if conditional.get(name) in unseen)
    surplus = tuple(name for name, outcome in conditional.items() if outcome in FAILING and name not in rules)
    return Axis(
        rules=rules,
        differing=differing,
        same=tuple(name for name in rules if name not in (*differing, *lacking)),
        lacking=lacking,
        surplus=surplus,
        controlled=verdict is Verdict.CONDITIONAL and differing == rules and not surplus,
    )


def axis_faults(policy: Policy, vary: Collection[str]) -> Iterator[str]:
    """Why names can be no axis under a policy, one sentence for each that cannot."""
    known = {rule.id: rule for rule in policy.rules}
    axes = [rule.id for rule in policy.rules if rule.level is Level.CONDITIONAL]
    for name in vary:
        rule = known.get(name)
        if rule is None:
            # Imported for a mistake only: every comparison imports this module.
            from edgeenv.policy.nearest import suggestion

            yield f"the policy has no rule '{name}'{suggestion(name, axes) or suggestion(name, known)}"
        elif rule.level is Level.DISABLED:
            yield f"the rule '{name}' is disabled, so that a difference in it would not be seen"
        elif rule.level is not Level.CONDITIONAL:
            yield f"the rule '{name}' is {rule.level.value}, and only a conditional rule can be varied"
