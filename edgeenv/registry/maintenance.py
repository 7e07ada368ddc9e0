"""Looking after a root: the index made anew from the evidence, and what nobody needs any more removed."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, NamedTuple

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.bundle.origin import forget_origin
from edgeenv.evidence.disk import explain, explained, is_real_directory
from edgeenv.evidence.files import Kind
from edgeenv.evidence.stage import Claim, is_claimed, leftovers, remove_tree
from edgeenv.evidence.trash import trashed_runs
from edgeenv.registry.access import INDEX
from edgeenv.registry.trouble import IndexBusyError, IndexDamagedError, IndexTroubleError, file_identity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from edgeenv.evidence.store import StoredRun
    from edgeenv.registry.registry import Registry

_SET_ASIDE = f"{INDEX}.damaged-"


class Rebuilt(NamedTuple):
    """What a rebuild has made of the index.

    Attributes:
        runs: how many runs are in it.
        added: ids that the old index did not know; all of them when it could not be read.
        dropped: ids that only the old index knew; their directories are gone.
        changed: ids whose evidence is no longer what the old index recorded.
        left_out: ids whose evidence is there, but not sound.
    """

    runs: int
    added: tuple[str, ...]
    dropped: tuple[str, ...]
    changed: tuple[str, ...]
    left_out: tuple[str, ...]


def rebuild_index(registry: Registry, watch: Callable[[int, int], None] | None = None) -> Rebuilt:
    """Make the index anew from the evidence alone; until it is whole, the old one holds.

    When evidence has changed since it was indexed, the old index is a witness: it is set aside, not written
    over.

    Args:
        registry: the root; what could not be indexed is told of in its notices.
        watch: told after each run how many are done, and of how many.

    Raises:
        EdgeEnvError: the index could not be made; the old one is as it was, or set aside.
    """
    registry.open()
    known = registry.access.digests()
    found: dict[str, str] = {}
    changed: set[str] = set()
    witnessed: set[str] = set()

    def evidence() -> Iterator[StoredRun]:
        found.clear()
        for stored in registry.access.evidence(watch=watch):
            found[stored.directory.name] = stored.digest
            yield stored
        if not witnessed:
            changed.update(name for name in found.keys() & known if found[name] != known[name])
            witnessed.update(changed, _left_out(registry) & known.keys())
            if witnessed:
                raise IndexDamagedError(
                    f"it is the witness of what {len(witnessed)} runs were when they were indexed",
                    file_identity(registry.root / INDEX),
                )

    try:
        count = registry.access.rebuild(evidence)
    except IndexTroubleError as trouble:
        busy = isinstance(trouble, IndexBusyError)
        raise EdgeEnvError(
            f"the index {registry.root / INDEX} cannot be rebuilt: {trouble.reason}",
            "wait until the other process has ended, then run the command again"
            if busy
            else "look at that place, then run the command again; the evidence is not touched",
            code="index-busy" if busy else "index-not-usable",
        ) from trouble
    except OSError as error:
        raise explain(error, registry.root / INDEX) from error
    left_out = _left_out(registry)
    added, dropped = found.keys() - known.keys(), known.keys() - found.keys() - left_out
    return Rebuilt(count, *(tuple(sorted(ids)) for ids in (added, dropped, changed, left_out)))


def _left_out(registry: Registry) -> set[str]:
    told = [dict(notice.operands) for notice in registry.notices if notice.code == "run-unreadable"]
    return {operands["run_id"] for operands in told if "run_id" in operands}


class Rubbish(NamedTuple):
    """Something under a root that can be removed without losing a run that is listed.

    Attributes:
        what: ``deleted-run``, ``set-aside-index`` or ``interrupted``.
        path: where it is.
        bytes: how much its files hold.
        run_id: the run that it was; None for an index.
    """

    what: str
    path: Path
    bytes: int
    run_id: str | None = None


def rubbish(root: Path) -> tuple[Rubbish, ...]:
    """Everything that `prune` would remove.

    Raises:
        EdgeEnvError: the root cannot be read.
    """
    with explained(root):
        deleted = [Rubbish("deleted-run", run.directory, 0, run.run_id) for run in trashed_runs(root)]
        aside = [
            Rubbish("set-aside-index", entry, 0)
            for entry in sorted(root.iterdir())
            if entry.name.startswith(_SET_ASIDE)
        ]
        interrupted = []
        for leftover in leftovers(root):
            with leftover:
                place = leftover.directory if leftover.has_stage() else leftover.lock
                interrupted.append(Rubbish("interrupted", place, 0, leftover.run_id))
        found = (*deleted, *aside, *interrupted)
        return tuple(item._replace(bytes=_size_of(item.path)) for item in found)


def prune(registry: Registry, item: Rubbish, random_hex: Callable[[int], str]) -> None:
    """Remove one piece of rubbish for good.

    A deleted run leaves the trash by one rename, so that nothing that could be restored is ever half there.

    Args:
        registry: the root.
        item: one of `rubbish`; what interrupted commands left goes when the registry is opened.
        random_hex: gives at least so many random hex digits.

    Raises:
        EdgeEnvError: it could not be removed.
    """
    with explained(item.path):
        if item.what == "deleted-run" and item.run_id is not None:
            _empty(registry.root, item.path, item.run_id, random_hex)
        elif item.what == "set-aside-index":
            if is_real_directory(item.path):
                remove_tree(item.path)
            else:
                item.path.unlink(missing_ok=True)
        else:
            registry.open()


def _empty(root: Path, directory: Path, run_id: str, random_hex: Callable[[int], str]) -> None:
    is_here = any(os.path.lexists(root / kind.folder / run_id) for kind in Kind)
    forgotten = not is_here and not is_claimed(root, run_id)
    claim = Claim.open(root, run_id, random_hex)
    try:
        directory.rename(claim.directory)
        if forgotten:
            forget_origin(root, run_id)
        remove_tree(claim.directory)
    except FileNotFoundError:
        pass  # another process was faster
    except BaseException:
        claim.release()
        raise
    claim.finish()


def _size_of(path: Path) -> int:
    """The bytes of the files at and below a path; links count as nothing."""
    try:
        mode = path.lstat()
    except OSError:
        return 0
    if stat.S_ISREG(mode.st_mode):
        return mode.st_size
    if not stat.S_ISDIR(mode.st_mode):
        return 0
    try:
        return sum(_size_of(entry) for entry in path.iterdir())
    except OSError:
        return 0
