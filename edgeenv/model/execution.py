"""What was executed and what happened to it: common to runs and failed runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edgeenv.model.document import read

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """How much a command wrote to one stream, and how much of it is stored, in bytes."""

    bytes: int
    stored_bytes: int


@dataclass(frozen=True, slots=True)
class Execution:
    """What was started, when, and how it ended.

    Attributes:
        started_at: UTC, ISO 8601 with ``Z``; None when nothing could be started.
        duration_s: monotonic seconds from start to end.
        exit_code: the command's exit status; negative for a signal; None when it never ended by itself.
        argv: the words that were executed.
        executable: the absolute path that the first word was resolved to.
        working_directory: the command's directory, absolute.
        extra_env: the variables that the benchmark config adds.
        injected_env: the ``EDGEENV_`` variables that the command was given.
        stdout: the size of standard output; absent for a fake run.
        stderr: the size of standard error; absent for a fake run.
    """

    started_at: str | None = None
    finished_at: str | None = None
    duration_s: float | None = None
    exit_code: int | None = None
    argv: tuple[str, ...] | None = None
    executable: str | None = None
    working_directory: str | None = None
    extra_env: Mapping[str, str] | None = None
    injected_env: Mapping[str, str] | None = None
    stdout: StreamRecord | None = None
    stderr: StreamRecord | None = None


@dataclass(frozen=True, slots=True)
class RunFinding:
    """Something that happened to a run and that a reader of its numbers must know, with a stable code."""

    code: str
    message: str


def read_execution(document: Mapping[str, Any]) -> Execution | None:
    """The ``execution`` of a validated document; None where it has none."""
    if "execution" not in document:
        return None
    members = document["execution"]
    streams = {name: read(StreamRecord, members[name]) for name in ("stdout", "stderr") if name in members}
    return read(Execution, members, **streams)


def read_findings(document: Mapping[str, Any]) -> tuple[RunFinding, ...] | None:
    """The ``findings`` of a validated document; None where it has none."""
    if "findings" not in document:
        return None
    return tuple(read(RunFinding, finding) for finding in document["findings"])
