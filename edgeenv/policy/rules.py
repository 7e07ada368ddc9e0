"""A resolved policy as values, named tuples for a quick start: what the judge evaluates."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from edgeenv.model.judgement import Level

if TYPE_CHECKING:
    from edgeenv.model.judgement import PolicyIdentity
    from edgeenv.policy.matchers import Matcher


SAME_CONDITION = "same-condition"
"""The mode of a Yes; no policy may give it to a conditional rule."""


class Missing(Enum):
    """What absent evidence means for a field.

    FAIL: any absent side is missing evidence. ALLOW_BOTH: absent on both sides is the same. IGNORE: the field
    is evaluated only where both sides have a value.
    """

    FAIL = "fail"
    ALLOW_BOTH = "allow-both"
    IGNORE = "ignore"


class Guard(NamedTuple):
    """The condition of a rule: it applies only where the canonical value of another rule is one of these."""

    rule: str
    values: tuple[Any, ...]


class Rule(NamedTuple):
    """One thing that must hold for a pair of runs.

    Attributes:
        fields: dotted paths into ``result.json``; the rule is the same only if every one is.
        reason: the sentence for a difference.
        mode: the conditional mode that a difference means; None for other levels.
        why: the rationale, for people; no part of the policy's digest.
        origin: the name of the policy in the chain that last wrote the rule.
    """

    id: str
    level: Level
    fields: tuple[str, ...]
    reason: str
    match: Matcher
    mode: str | None = None
    missing: Missing = Missing.FAIL
    when: Guard | None = None
    why: str | None = None
    origin: str | None = None

    @property
    def enabled(self) -> bool:
        """Whether the rule is evaluated at all."""
        return self.level is not Level.DISABLED


class SameReason(NamedTuple):
    """A sentence that is printed when every one of its rules came out the same."""

    reason: str
    rules: tuple[str, ...]


class MetricRule(NamedTuple):
    """One metric to show for comparable runs; never part of a verdict.

    Attributes:
        better: ``lower``, ``higher`` or ``neither``.
        flag_rel: flag a change for the worse above this fraction of the baseline; None for no such limit.
        flag_abs: the same in the metric's unit; a change is flagged when it exceeds every limit given.
    """

    name: str
    path: str
    unit: str
    better: str
    label: str | None = None
    flag_rel: float | None = None
    flag_abs: float | None = None


class Waiver(NamedTuple):
    """A difference that somebody puts up with, for some runs, until some day.

    Attributes:
        rule: whose difference, or missing evidence, it is.
        runs: dotted path and the accepted values; a run is selected that has one of them under every path.
        reason: why, for people.
        owner: who answers for it.
        expires: the last day on which it holds, ISO.
    """

    rule: str
    runs: tuple[tuple[str, tuple[Any, ...]], ...]
    reason: str
    owner: str
    expires: str
    id: str | None = None


class Policy(NamedTuple):
    """A complete policy, its chain resolved.

    Attributes:
        modes: the closed vocabulary of conditional modes, strongest first.
        unknown_values: texts that count as absent evidence, compared without case.
        rules: every rule, disabled ones included, in report order.
    """

    identity: PolicyIdentity
    description: str | None
    modes: tuple[str, ...]
    unknown_values: frozenset[str]
    rules: tuple[Rule, ...]
    same_reasons: tuple[SameReason, ...]
    metrics: tuple[MetricRule, ...]
    waivers: tuple[Waiver, ...] = ()

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of that id, or None."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)
