"""What a set of cases has shown of a policy: which rules were seen to agree, and which to differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from edgeenv.model.judgement import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edgeenv.policy.rules import Policy
    from edgeenv.policy.trial import CaseResult


class RuleCoverage(NamedTuple):
    """One enabled rule, and whether any case has seen it the same and different."""

    rule: str
    same: bool
    different: bool

    @property
    def covered(self) -> bool:
        """Whether both were seen."""
        return self.same and self.different

    @property
    def gap(self) -> str:
        """What was never seen, in words; empty for a covered rule."""
        unseen = [word for word, seen in (("same", self.same), ("different", self.different)) if not seen]
        return f"{self.rule} never {' nor '.join(unseen)}" if unseen else ""


def coverage(policy: Policy, results: Iterable[CaseResult]) -> tuple[RuleCoverage, ...]:
    """What the cases have seen of each enabled rule, in the order of the policy."""
    seen = {outcome for result in results for outcome in result.outcomes}
    return tuple(
        RuleCoverage(rule.id, (rule.id, Outcome.SAME) in seen, (rule.id, Outcome.DIFFERENT) in seen)
        for rule in policy.rules
        if rule.enabled
    )
