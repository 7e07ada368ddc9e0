"""Which processes a process has started, as the kernel lists them; cheaper than a look at every process."""

from __future__ import annotations

import os
from pathlib import Path

PROC = Path("/proc")
_MAX_PROCESSES = 4096


def of(pid: int, proc: Path = PROC) -> list[int] | None:
    """The living descendants of a process; None where the kernel keeps no such lists.

    Args:
        pid: the process at the top, itself not among them.
        proc: where the process file system is mounted.
    """
    own = str(os.getpid())
    if not (proc / own / "task" / own / "children").exists():
        return None
    found: list[int] = []
    waiting = [pid]
    while waiting and len(found) < _MAX_PROCESSES:
        children = _children(waiting.pop(), proc)
        found += children
        waiting += children
    return found


def _children(pid: int, proc: Path) -> list[int]:
    found: list[int] = []
    try:
        for thread in os.scandir(proc / str(pid) / "task"):
            with open(f"{thread.path}/children", "rb", buffering=0) as stream:  # noqa: PTH123 - often
                found += [int(word) for word in stream.read().split()]
    except (OSError, ValueError):
        pass  # it has ended meanwhile
    return found
