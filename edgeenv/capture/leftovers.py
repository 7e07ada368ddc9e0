"""Which processes of a command are still alive: in its group, or escaped from it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PROC = Path("/proc")
_MAX_ENVIRONMENT_BYTES = 1 << 20
_STATE, _GROUP = 0, 2  # fields of /proc/<pid>/stat, counted behind the name in parentheses


@dataclass(frozen=True, slots=True)
class Leftover:
    """A process that a command started and that was not ended with the command's group."""

    pid: int
    name: str


def group_lives(group: int, proc: Path = PROC) -> bool:
    """Whether a process group has a member that is more than a zombie nobody collects."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    if not (proc / "self").exists():
        return True
    return any(
        fields[_GROUP] == str(group).encode() and fields[_STATE] not in (b"Z", b"X")
        for fields in map(_stat, _processes(proc))
        if fields
    )


def find(run_id: str, logs: tuple[Path, ...], proc: Path = PROC) -> tuple[Leftover, ...]:
    """The live processes that carry the run's id in their environment or print into its logs.

    Looks at ``/proc`` only, and at the processes that may be read; elsewhere it finds nothing.

    Args:
        run_id: the run whose processes are looked for.
        logs: the files that its standard output and error go to.
        proc: where the process file system is mounted.
    """
    marker = b"\0EDGEENV_RUN_ID=" + run_id.encode() + b"\0"
    targets = frozenset(os.path.realpath(log) for log in logs)
    own = str(os.getpid())
    found = []
    for directory in _processes(proc):
        if directory.name == own or not (_carries(directory, marker) or _prints_into(directory, targets)):
            continue
        fields = _stat(directory)
        if fields and fields[_STATE] not in (b"Z", b"X"):
            found.append(Leftover(int(directory.name), _name(directory)))
    return tuple(found)


def _processes(proc: Path) -> Iterator[Path]:
    try:
        yield from (directory for directory in proc.iterdir() if directory.name.isdigit())
    except OSError:
        return


def _carries(directory: Path, marker: bytes) -> bool:
    try:
        with (directory / "environ").open("rb", buffering=0) as stream:
            return marker in b"\0" + (stream.read(_MAX_ENVIRONMENT_BYTES) or b"")
    except OSError:
        return False


def _prints_into(directory: Path, targets: frozenset[str]) -> bool:
    for descriptor in ("1", "2"):
        try:
            if str((directory / "fd" / descriptor).readlink()) in targets:
                return True
        except OSError:
            continue
    return False


def _stat(directory: Path) -> list[bytes]:
    try:
        with (directory / "stat").open("rb", buffering=0) as stream:
            # The name stands in parentheses and may itself hold blanks and parentheses.
            return stream.read(4096).rpartition(b")")[2].split()
    except OSError:
        return []


def _name(directory: Path) -> str:
    try:
        with (directory / "comm").open("rb") as stream:
            return "".join(
                c if c.isprintable() else "?" for c in stream.read(64).decode("utf-8", "replace").strip()
            )
    except OSError:
        return "?"
