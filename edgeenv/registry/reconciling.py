"""Runs that came into a root without a recorder of ours, and an index that came from elsewhere.

What our own commands leave half done has a lock in ``tmp/``. A run directory that somebody copied in, or an
index restored from a backup, has none. The time of the last change of ``runs/`` tells: the index remembers
the one that it was true for, and only when that differs are names and rows compared.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.files import RUNS, STAGING, is_run_id
from edgeenv.model.finding import Finding
from edgeenv.registry.trouble import IndexTroubleError

if TYPE_CHECKING:
    from pathlib import Path

    from edgeenv.registry.index import Index


def changed_at(root: Path) -> int:
    """When ``runs/`` last gained or lost an entry, in nanoseconds; 0 when there is none.

    Raises:
        OSError: it cannot be looked at.
    """
    try:
        return (root / RUNS).stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def reconcile(root: Path, index: Index) -> list[Finding]:
    """Add every sound run that the index does not know, if ``runs/`` has changed since it was true.

    A run that a living recorder has just published is left to that recorder. A run that does not hold is told
    of and left out.

    Raises:
        IndexTroubleError, OSError: the index cannot take them, or the root cannot be read.
    """
    now = changed_at(root)
    if index.true_at() == now:
        return []
    present = {entry.name for entry in (root / RUNS).iterdir() if is_run_id(entry.name)} if now else set()
    # In this order: a recorder gives up its claim only after its row is there.
    claimed = _claimed(root)
    unknown = present - {run_id for run_id, _ in index.digests()}
    notices = [_add(root, index, run_id) for run_id in sorted(unknown - claimed)]
    if not unknown & claimed:
        with suppress(IndexTroubleError):  # on read-only media the next command looks again
            index.set_true_at(now)
    return notices


def _add(root: Path, index: Index, run_id: str) -> Finding:
    from edgeenv.evidence.store import load_run

    try:
        stored = load_run(root / RUNS / run_id)
        stored.must_hold()
        index.add(stored)
    except EdgeEnvError as error:
        text = f"{run_id} was left out of the index: {error.message}"
        return Finding("run-unreadable", text, (("run_id", run_id),))
    return Finding("run-indexed", f"{run_id} was not in the index; added", (("run_id", run_id),))


def _claimed(root: Path) -> set[str]:
    """The ids that something in ``tmp/`` belongs to."""
    try:
        names = [entry.name for entry in (root / STAGING).iterdir()]
    except FileNotFoundError:
        return set()
    return {name.removesuffix(".lock").rpartition(".")[0] for name in names}
