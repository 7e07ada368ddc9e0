"""What EdgeEnv says when it cannot go on: one exception, and the problems it may carry."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class ExitStatus(IntEnum):
    """The exit statuses that pipelines may rely on."""

    DONE = 0
    COULD_NOT = 1
    USAGE = 2
    REQUIREMENT_FAILED = 3
    REGRESSION = 4
    UNDECIDED = 5
    BUG = 70
    INTERRUPTED = 130
    TERMINATED = 143


class EdgeEnvError(Exception):
    """Something that EdgeEnv cannot do, in words for the person who asked.

    Args:
        message: what was found, what was expected and where; one sentence, no trailing full stop needed.
        hint: what to do next, if possible a command that can be pasted.
        code: a stable, greppable name of the kind of error.
        exit_status: the status with which the command line ends.
        problems: every single defect behind the error, when there are several to show.
    """

    def __init__(
        self,
        message: str,
        hint: str | None = None,
        *,
        code: str = "error",
        exit_status: int = ExitStatus.COULD_NOT,
        problems: tuple[Problem, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code
        self.exit_status = exit_status
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Problem:
    """One defect of one file, placed so that a person or an editor can jump to it.

    Attributes:
        code: stable name of the defect, such as ``required`` or ``duplicate-key``.
        file: the file as the user named it.
        line: 1-based line, or None where the source has no lines (a Python value).
        column: 1-based column, or None like ``line``.
        path: JSONPath-like place of the value, ``$`` for the whole document.
        message: what was found and what is expected.
        hint: how to mend it, where the cause is known.
    """

    code: str
    file: str
    line: int | None
    column: int | None
    path: str
    message: str
    hint: str | None = None

    def render(self) -> str:
        """The problem as one line, ``file:line:column: path: message``."""
        return f"{self.place}: {self.path}: {self.message}"

    @property
    def place(self) -> str:
        """``file:line:column``, or the file alone where it has no lines."""
        return self.file if self.line is None else f"{self.file}:{self.line}:{self.column}"
