"""What a judge says of two runs: verdict, mode, reasons, findings and, when allowed, deltas.

The values are named tuples: every comparison imports them, and making a frozen slotted dataclass costs seven
times as much.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from edgeenv.model.finding import Finding
    from edgeenv.model.remedy import Remedy


class Verdict(Enum):
    """May two runs be compared? In the order of worsening."""

    COMPARABLE = "comparable"
    CONDITIONAL = "conditional"
    INDETERMINATE = "indeterminate"
    NOT_COMPARABLE = "not-comparable"

    @property
    def display(self) -> str:
        """The word that people read after ``Comparable:``."""
        return _DISPLAY[self]


_DISPLAY = {
    Verdict.COMPARABLE: "Yes",
    Verdict.CONDITIONAL: "Conditional",
    Verdict.INDETERMINATE: "Indeterminate",
    Verdict.NOT_COMPARABLE: "No",
}


class Level(Enum):
    """What a rule's difference does to the verdict."""

    REQUIRED = "required"
    CONDITIONAL = "conditional"
    ADVISORY = "advisory"
    DISABLED = "disabled"


class Outcome(Enum):
    """How one rule came out for one pair of runs."""

    SAME = "same"
    DIFFERENT = "different"
    MISSING = "missing"
    NOT_APPLICABLE = "not-applicable"
    NOT_EVALUATED = "not-evaluated"


class FieldOutcome(NamedTuple):
    """One field of a rule: both recorded values (None where absent) and how they came out.

    Attributes:
        lacking: the sides, ``A`` and ``B``, whose value is absent, counts as unknown or cannot be read.
    """

    path: str
    a: Any
    b: Any
    outcome: Outcome
    lacking: tuple[str, ...] = ()


class AppliedWaiver(NamedTuple):
    """A waiver that applies to what one rule found in a pair of runs.

    Attributes:
        reason: why the difference is put up with, owner: who answers for that.
        expires: the last day on which it holds, ISO.
        in_force: False for one that had expired on the day of judging, which then waives nothing.
        selected: the sides, ``A`` and ``B``, that its selector picks.
    """

    id: str | None
    reason: str
    owner: str
    expires: str
    in_force: bool
    selected: tuple[str, ...]


class RuleOutcome(NamedTuple):
    """One rule's part in a judgement.

    Attributes:
        matcher: the operator in words, such as ``exact`` or ``number within 5``.
        reason: the policy's sentence for a difference.
        mode: the conditional mode that a difference means; None for other levels.
        waiver: what the policy says of this difference; one in force keeps it out of the verdict.
    """

    rule: str
    level: Level
    outcome: Outcome
    matcher: str
    reason: str
    mode: str | None
    fields: tuple[FieldOutcome, ...]
    waiver: AppliedWaiver | None = None

    @property
    def is_waived(self) -> bool:
        """Whether a waiver in force keeps the rule out of the verdict."""
        return self.waiver is not None and self.waiver.in_force


class Difference(NamedTuple):
    """A recorded fact that differs and that no enabled rule of the policy reads."""

    path: str
    a: Any
    b: Any


class MetricDelta(NamedTuple):
    """One metric of the candidate against the baseline.

    Attributes:
        a: the baseline's value, b: the candidate's value, in ``unit``; None where absent.
        delta: ``b - a``.
        percent: ``100 * delta / a``; None when ``a`` is zero or a value is absent.
        better: ``lower``, ``higher`` or ``neither``.
        status: ``improved``, ``worse``, ``flagged``, ``unchanged`` or ``n/a``.
    """

    metric: str
    unit: str
    a: float | None
    b: float | None
    delta: float | None
    percent: float | None
    better: str
    status: str


class PolicyIdentity(NamedTuple):
    """Which policy judged: its name, version, the digest of its resolved form, and where it came from.

    Attributes:
        digest: ``sha256:`` and 64 hex digits over the resolved policy.
        chain: ``(name, version)`` of every ancestor, oldest first, ending in the policy itself.
        weakened: ``(rule, from, to)`` for every rule whose level an heir has lowered.
    """

    name: str
    version: str
    digest: str
    chain: tuple[tuple[str, str], ...]
    weakened: tuple[tuple[str, str, str], ...] = ()


class Axis(NamedTuple):
    """What an experiment changes on purpose, and whether that is all that changed.

    Attributes:
        rules: the conditional rules that were declared, in the policy's order.
        differing: those of them that differ.
        same: those that do not differ, so that nothing was varied.
        lacking: those that could not be told for want of evidence.
        surplus: conditional rules that were not declared and differ or lack evidence.
        controlled: whether the verdict is Conditional by exactly the declared differences.
    """

    rules: tuple[str, ...]
    differing: tuple[str, ...]
    same: tuple[str, ...]
    lacking: tuple[str, ...]
    surplus: tuple[str, ...]
    controlled: bool


class Judgement(NamedTuple):
    """The answer of one policy to one pair of runs.

    Attributes:
        mode: ``same-condition``, a conditional mode of the policy, or None for No and Indeterminate.
        modes: every conditional mode that applies, strongest first.
        reasons: the sentences that carry the verdict, in the policy's order.
        rules: the outcome of every enabled rule.
        notes: sentences that never change the verdict (advisory rules, evidence not checked).
        advisories: what the engine itself has to say about the evidence of the pair.
        unjudged: recorded facts that differ and that no enabled rule reads.
        deltas: the metrics side by side; empty unless the verdict is COMPARABLE.
        axis: what was varied on purpose; None when nothing was declared.
        remedy: what would make the runs comparable; None when they are.
        day: the day on which waivers were looked at; None where the policy has none.
    """

    verdict: Verdict
    mode: str | None
    modes: tuple[str, ...]
    reasons: tuple[str, ...]
    rules: tuple[RuleOutcome, ...]
    notes: tuple[str, ...]
    advisories: tuple[Finding, ...]
    unjudged: tuple[Difference, ...]
    deltas: tuple[MetricDelta, ...]
    policy: PolicyIdentity
    engine: str
    axis: Axis | None = None
    remedy: Remedy | None = None
    day: str | None = None
