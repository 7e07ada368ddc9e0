"""What a caller demands of a judgement, and the exit status when it does not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeenv.cli.output import message
from edgeenv.errors import ExitStatus
from edgeenv.model.judgement import Verdict
from edgeenv.policy.rules import SAME_CONDITION

if TYPE_CHECKING:
    from edgeenv.model.judgement import Judgement

CONDITIONAL = "conditional"
REQUIREMENTS = (SAME_CONDITION, CONDITIONAL)


def gate_status(judgement: Judgement, require: str | None) -> int:
    """The exit status that a stated requirement asks for."""
    if require is None or judgement.verdict is Verdict.COMPARABLE:
        return ExitStatus.DONE
    if judgement.verdict is Verdict.CONDITIONAL and require == CONDITIONAL:
        return ExitStatus.DONE
    message(f"Required: {require}; found: {judgement.verdict.display}")
    if judgement.verdict is Verdict.INDETERMINATE:
        return ExitStatus.UNDECIDED
    return ExitStatus.REQUIREMENT_FAILED
