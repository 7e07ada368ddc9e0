"""Deleted runs: whole directories in ``trash/``, moved there and back by one rename each."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, NamedTuple

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.disk import is_real_directory, make_directory, sync_directory
from edgeenv.evidence.files import TRASH, Kind, is_run_id

if TYPE_CHECKING:
    from pathlib import Path

_TAKEN = {errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR}


class TrashedRun(NamedTuple):
    """A run that was deleted and can still be restored."""

    run_id: str
    kind: Kind
    directory: Path


def trashed_runs(root: Path) -> tuple[TrashedRun, ...]:
    """Everything that can be restored, by id.

    Raises:
        OSError: the trash cannot be listed.
    """
    folder = root / TRASH
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except FileNotFoundError:
        return ()
    return tuple(
        TrashedRun(name, _kind_of(folder / name), folder / name)
        for name in names
        if is_run_id(name) and is_real_directory(folder / name)
    )


def move_run(source: Path, destination: Path) -> None:
    """Move a run's directory by one rename; what is there already is never overwritten.

    Raises:
        EdgeEnvError: something has the name already (code ``run-exists``).
        OSError: it could not be moved; it is where it was.
    """
    make_directory(destination.parent)
    try:
        if os.path.lexists(destination):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(destination))
        source.rename(destination)
    except OSError as error:
        if error.errno in _TAKEN and os.path.lexists(destination):
            raise EdgeEnvError(
                f"{source} is not moved: {destination} exists already",
                "stored evidence is never overwritten; compare both, then move one of them away",
                code="run-exists",
            ) from error
        raise


def sync_move(source: Path, destination: Path) -> None:
    """Make a move durable.

    Raises:
        OSError: it could not be confirmed; the run is at its new place all the same.
    """
    sync_directory(destination.parent)
    sync_directory(source.parent)


def _kind_of(directory: Path) -> Kind:
    """What was deleted, told by the document that it holds."""
    failed = os.path.lexists(directory / Kind.FAILED_RUN.document)
    return Kind.FAILED_RUN if failed and not os.path.lexists(directory / Kind.RUN.document) else Kind.RUN
