"""Deleting runs and getting them back: one rename each way, then the index row."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.disk import explain, explained, is_real_directory
from edgeenv.evidence.files import TRASH, Kind, is_run_id
from edgeenv.evidence.refusal import OF_THE_EVIDENCE
from edgeenv.evidence.stage import Claim
from edgeenv.evidence.trash import TrashedRun, move_run, sync_move, trashed_runs
from edgeenv.model.finding import Finding
from edgeenv.registry import failures, references
from edgeenv.registry.trouble import IndexTroubleError, IndexUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edgeenv.registry.registry import Registry


class Removable(NamedTuple):
    """A run that may be deleted: it is a directory of its own, and its place in the trash is free."""

    run_id: str
    kind: Kind
    directory: Path


def removable(registry: Registry, reference: str, kind: Kind) -> Removable:
    """Find a run that is to be deleted; its evidence need not be sound.

    Args:
        registry: where it is.
        reference: an id, a part of one, or ``latest~N``.
        kind: whether a run or a failed run is meant.

    Raises:
        EdgeEnvError: it names nothing, or what cannot be deleted.
    """
    registry.open()
    run_id = _named(registry, reference, kind)
    directory = registry.root / kind.folder / run_id
    if not is_real_directory(directory):
        if os.path.lexists(directory):
            raise EdgeEnvError(
                f"{directory} is not a directory of its own, and is not touched",
                "look at it, then remove it yourself",
                code="run-not-a-directory",
            )
        raise EdgeEnvError(
            f"Run not found: {run_id}: it is in the index, but its directory {directory} is gone",
            "drop its row: edgeenv registry rebuild",
            code="run-missing",
        )
    trash = registry.root / TRASH / run_id
    if os.path.lexists(trash):
        raise EdgeEnvError(
            f"{run_id} was deleted before, and {trash} still holds what it was then",
            "empty the trash first: edgeenv registry prune",
            code="trash-occupied",
        )
    return Removable(run_id, kind, directory)


def delete_run(registry: Registry, run: Removable, random_hex: Callable[[int], str]) -> Path:
    """Move a run to the trash, then take it out of the index.

    Killed at any moment, the run is whole in one of the two places, and the next command does the rest.

    Args:
        registry: where it is.
        run: as `removable` found it.
        random_hex: gives at least so many random hex digits.

    Returns:
        where it is now.

    Raises:
        EdgeEnvError: it could not be moved; it is where it was.
    """
    destination = registry.root / TRASH / run.run_id
    _move(registry, run, destination, random_hex, lambda: registry.access.remove(run.run_id))
    return destination


def trashed(registry: Registry, reference: str) -> TrashedRun:
    """Find a run in the trash, by its id or a unique part of it.

    Raises:
        EdgeEnvError: it names nothing or several, or a run of its id is there (``run-exists``).
    """
    registry.open()
    with explained(registry.root / TRASH):
        known = {run.run_id: run for run in trashed_runs(registry.root)}
    ids = [reference] if reference in known else references.matching(reference, list(known))
    if not ids:
        near = f"; deleted runs: {', '.join(sorted(known, reverse=True)[:5])}" if known else ""
        raise EdgeEnvError(
            f"No deleted run: {references.shown(reference)}{near}",
            "see what can be restored: edgeenv registry prune --dry-run",
            code="unknown-run",
        )
    if len(ids) > 1:
        raise references.ambiguous(reference, ids)
    run = known[ids[0]]
    for kind in Kind:
        there = registry.root / kind.folder / run.run_id
        if os.path.lexists(there):
            raise EdgeEnvError(
                f"{run.run_id} is not restored: {there} exists already",
                "stored evidence is never overwritten; delete that one first, or leave this one in the trash",
                code="run-exists",
            )
    return run


def restore_run(registry: Registry, run: TrashedRun, random_hex: Callable[[int], str]) -> Path:
    """Move a deleted run back, then put it into the index; it may be killed at any moment, as deleting may.

    Args:
        registry: where it was.
        run: as `trashed` found it.
        random_hex: gives at least so many random hex digits.

    Returns:
        where it is now. Evidence that is not sound is restored as it is, and told of in the notices.

    Raises:
        EdgeEnvError: it could not be moved; it is where it was.
    """
    destination = registry.root / run.kind.folder / run.run_id

    def add_row() -> None:
        from edgeenv.evidence.store import load_run

        try:
            stored = load_run(destination)
            _ = stored.run
        except EdgeEnvError as error:
            if error.code not in OF_THE_EVIDENCE:
                raise IndexUnavailableError(error.message, None) from error
            text = f"{run.run_id} is restored, but not in the index: {error.message}"
            registry.notices.append(Finding("run-unreadable", text))
        else:
            registry.access.add(stored)

    _move(registry, run, destination, random_hex, add_row)
    return destination


def _named(registry: Registry, reference: str, kind: Kind) -> str:
    if is_run_id(reference) and os.path.lexists(registry.root / kind.folder / reference):
        return reference
    if kind is Kind.FAILED_RUN:
        return failures.resolve_failed(registry.root, reference)
    return registry.resolve(reference)


def _move(
    registry: Registry,
    run: Removable | TrashedRun,
    destination: Path,
    random_hex: Callable[[int], str],
    update_index: Callable[[], object],
) -> None:
    """One rename under a mark, which stays until the index agrees; no index knows failed runs."""
    if run.kind is Kind.FAILED_RUN:
        with explained(run.directory):
            move_run(run.directory, destination)
        _sync(registry, run.directory, destination)
        return
    moved = indexed = False
    with explained(run.directory):
        claim = Claim.open(registry.root, run.run_id, random_hex)
    try:
        with explained(run.directory):
            move_run(run.directory, destination)
        moved = True
        _sync(registry, run.directory, destination)
        update_index()
        indexed = True
    except (IndexTroubleError, OSError) as trouble:
        text = f"{run.run_id} was moved to {destination}, but the index could not be changed ({trouble})"
        registry.notices.append(Finding("index-not-updated", f"{text}; the next command tries again"))
    finally:
        if not moved:
            claim.discard()
        elif indexed:
            claim.finish()
        else:
            claim.release()


def _sync(registry: Registry, source: Path, destination: Path) -> None:
    try:
        sync_move(source, destination)
    except OSError as error:
        cause = explain(error, destination).message
        text = f"it is not sure that the move to {destination} outlives a power cut: {cause}"
        registry.notices.append(Finding("not-synced", text))
