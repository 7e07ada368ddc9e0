"""The stretch of time that resource evidence is about: the whole command, or the part that it names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from edgeenv.documents import parse_json
from edgeenv.errors import EdgeEnvError

WINDOW = "EDGEENV_WINDOW_JSON"
"""The marker by which a command names the part of its run that was measured."""

WHOLE_COMMAND = "whole_command"
REPORTED = "reported_by_command"
SAMPLING = "sampling"

_MEMBERS = ("start_monotonic_ns", "end_monotonic_ns")
_HINT = (
    f'The window is optional: omit the line, or print {WINDOW}={{"start_monotonic_ns": ..., '
    '"end_monotonic_ns": ...} with two readings of the monotonic clock, for example of time.monotonic_ns().'
)


class WindowError(Exception):
    """A window that cannot be used.

    Attributes:
        code: ``window-json``, ``window-schema`` or ``window-outside-command``.
        message: what was found and what is expected.
        hint: what to do about it.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = _HINT


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of monotonic time, both ends included.

    Attributes:
        start_ns: its start on the machine's monotonic clock, in nanoseconds.
        end_ns: its end, later than the start.
        basis: ``whole_command``, from the start of the process to its end; ``reported_by_command``; or
            ``sampling``, when no command ran.
    """

    start_ns: int
    end_ns: int
    basis: str = WHOLE_COMMAND

    def __post_init__(self) -> None:
        if self.end_ns <= self.start_ns:
            raise ValueError(f"a window must end after its start: {self.start_ns} to {self.end_ns}")

    @property
    def duration_s(self) -> float:
        """Its length in seconds."""
        return (self.end_ns - self.start_ns) / 1e9

    def document(self) -> dict[str, Any]:
        """The window as JSON members."""
        return {"basis": self.basis, "start_monotonic_ns": self.start_ns, "end_monotonic_ns": self.end_ns}


def narrowed(whole: Window, payload: bytes) -> Window:
    """The window that a command has reported, which must lie inside its own run.

    Args:
        whole: the command's run from start to end.
        payload: what stands behind the marker and ``=``.

    Raises:
        WindowError: the payload is not exactly two whole numbers in order, or they lie outside the run.
    """
    try:
        value = parse_json(payload, WINDOW)
    except EdgeEnvError as error:
        told = "; ".join(problem.message for problem in error.problems) or error.message
        raise WindowError("window-json", f"Invalid {WINDOW} JSON: {told}") from error
    start, end = _members(value)
    if start >= end:
        raise _invalid(f"start_monotonic_ns {start} is not before end_monotonic_ns {end}")
    if start < whole.start_ns or end > whole.end_ns:
        raise WindowError(
            "window-outside-command",
            f"Invalid {WINDOW}: {start} to {end} lies outside the command's own run, {whole.start_ns} to "
            f"{whole.end_ns} on the monotonic clock",
        )
    return Window(start, end, REPORTED)


def _members(value: Any) -> tuple[int, int]:
    if not isinstance(value, dict):
        raise _invalid("expected one JSON object")
    unknown = sorted(set(value) - set(_MEMBERS))
    if unknown:
        raise _invalid(f"unknown member {unknown[0]!r}, expected only {' and '.join(_MEMBERS)}")
    for name in _MEMBERS:
        if name not in value:
            raise _invalid(f"{name} is missing")
        if isinstance(value[name], bool) or not isinstance(value[name], int):
            raise _invalid(f"{name} must be a whole number of nanoseconds")
    return value[_MEMBERS[0]], value[_MEMBERS[1]]


def _invalid(what: str) -> WindowError:
    return WindowError("window-schema", f"Invalid {WINDOW} schema: {what}")
