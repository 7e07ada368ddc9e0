"""What a caller demands of a judgement, and what the answer is when it does not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from edgeenv.errors import ExitStatus
from edgeenv.model.judgement import Level, Outcome, Verdict

if TYPE_CHECKING:
    from edgeenv.model.judgement import Judgement, MetricDelta, RuleOutcome

SAME_CONDITION = "same-condition"
CONDITIONAL = "conditional"
FLAGGED = "flagged"
REQUIREMENTS = (SAME_CONDITION, CONDITIONAL)
FAILURES = (CONDITIONAL, Verdict.NOT_COMPARABLE.value, Verdict.INDETERMINATE.value, FLAGGED)


class Gate(NamedTuple):
    """A demand on the verdict, on single verdicts, and on change; without any, every judgement passes.

    Attributes:
        require: the verdict must be at least this, ``same-condition`` or ``conditional``.
        fail_on: verdicts that fail by themselves, and ``flagged`` for a change beyond a policy's limit.
    """

    require: str | None = None
    fail_on: tuple[str, ...] = ()

    @property
    def stated(self) -> bool:
        """Whether anything is demanded at all."""
        return self.require is not None or bool(self.fail_on)

    def refuses(self, verdict: Verdict) -> bool:
        """Whether a verdict does not pass."""
        if verdict is Verdict.COMPARABLE:
            return False
        enough = self.require is None or (verdict is Verdict.CONDITIONAL and self.require == CONDITIONAL)
        return not enough or verdict.value in self.fail_on

    def stops_at(self, rule: RuleOutcome, judgement: Judgement) -> bool:
        """Whether a rule stands behind a verdict that does not pass."""
        found = _verdict_of(rule)
        return found is not None and self.refuses(found) and self.refuses(judgement.verdict)

    def flagged(self, judgement: Judgement) -> tuple[MetricDelta, ...]:
        """The changes that do not pass."""
        if FLAGGED not in self.fail_on:
            return ()
        return tuple(delta for delta in judgement.deltas if delta.status == FLAGGED)

    def status(self, judgement: Judgement) -> int:
        """The exit status: 3 and 5 are about the verdict, 4 is about change; so they never compete."""
        if self.refuses(judgement.verdict):
            if judgement.verdict is Verdict.INDETERMINATE:
                return ExitStatus.UNDECIDED
            return ExitStatus.REQUIREMENT_FAILED
        return ExitStatus.REGRESSION if self.flagged(judgement) else ExitStatus.DONE

    def complaints(self, judgement: Judgement) -> tuple[str, ...]:
        """Why a judgement does not pass, in sentences; empty when it does."""
        found = []
        if self.refuses(judgement.verdict):
            if Gate(self.require).refuses(judgement.verdict):
                found.append(f"Required: {self.require}; found: {judgement.verdict.display}")
            if judgement.verdict.value in self.fail_on:
                found.append(f"Fails on: {judgement.verdict.value}; found: {judgement.verdict.display}")
        found += [
            f"Fails on: {FLAGGED}; found: {delta.metric}, a single-run change beyond the policy limit"
            for delta in self.flagged(judgement)
        ]
        return tuple(found)

    def blind_spots(self, judgement: Judgement) -> tuple[str, ...]:
        """What a demand on change could not look at although nothing fails."""
        if FLAGGED not in self.fail_on:
            return ()
        if judgement.verdict is not Verdict.COMPARABLE:
            why = f"since the verdict is {judgement.verdict.display}"
            return (f"no change was looked at, {why}; --require {SAME_CONDITION} makes that a failure",)
        absent = [delta.metric for delta in judgement.deltas if delta.a is None or delta.b is None]
        return (f"no change was looked at in {', '.join(absent)}: a run lacks it",) if absent else ()


def _verdict_of(rule: RuleOutcome) -> Verdict | None:
    """The verdict that a rule by itself leads to; None where it worsens none."""
    if rule.outcome not in (Outcome.DIFFERENT, Outcome.MISSING) or rule.is_waived:
        return None
    if rule.waiver is not None:
        return Verdict.INDETERMINATE  # it has expired
    if rule.level is Level.REQUIRED:
        return Verdict.NOT_COMPARABLE if rule.outcome is Outcome.DIFFERENT else Verdict.INDETERMINATE
    return Verdict.CONDITIONAL if rule.level is Level.CONDITIONAL else None
