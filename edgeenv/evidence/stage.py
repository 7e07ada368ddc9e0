"""Where a run is made before it is published: a locked folder under ``tmp/``, and what interrupted ones left.

A run becomes visible by one rename, so that a directory in ``runs/`` is whole or not there. The lock file
stays until the run is in the index. Whoever opens the root afterwards sees from a lock that nobody holds
that something was interrupted, and needs to look nowhere else.
"""

from __future__ import annotations

import errno
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.check import files_below
from edgeenv.evidence.disk import digest_regular, is_real_directory, make_directory, sync_directory, write_new
from edgeenv.evidence.files import MANIFEST, STAGING, Kind, is_run_id
from edgeenv.evidence.locks import take_free, take_new
from edgeenv.evidence.manifest import FileEntry, Manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

_LOCK = ".lock"
_STAGE = re.compile(r"(?P<run_id>.+)\.[0-9a-f]{8}", re.ASCII)
_TRIES = 20


class Claim:
    """A mark under ``tmp/`` that this process is at work on a run; it holds the lock of the mark.

    What it does to the run is one rename. The mark stays until the index says the same as the folders, so
    that whoever comes after an interruption knows where to look.
    """

    def __init__(self, root: Path, run_id: str, name: str, descriptor: int) -> None:
        self.root = root
        self.run_id = run_id
        self.directory = root / STAGING / name
        self._lock = root / STAGING / f"{name}{_LOCK}"
        self._descriptor: int | None = descriptor

    @classmethod
    def open(cls, root: Path, run_id: str, random_hex: Callable[[int], str]) -> Self:
        """Mark a run as being worked on, durably, in a root that exists.

        Args:
            root: the root directory.
            run_id: the run that is to be made or moved.
            random_hex: gives at least so many random hex digits.

        Raises:
            OSError: the mark could not be made; nothing of it is left.
        """
        folder = root / STAGING
        make_directory(folder)
        for _ in range(_TRIES):
            name = f"{run_id}.{random_hex(8)[:8]}"
            descriptor = take_new(folder / f"{name}{_LOCK}")
            if descriptor is None:
                continue
            claim = cls(root, run_id, name, descriptor)
            try:
                sync_directory(folder)
                claim._prepare()
            except BaseException:
                claim.discard()
                raise
            return claim
        raise FileExistsError(errno.EEXIST, "no free name for a stage", str(folder))

    def discard(self) -> None:
        """Remove the mark and what was made under it, as far as possible; the next command does the rest."""
        try:
            remove_tree(self.directory)
            with suppress(FileNotFoundError):
                self._lock.unlink()
        except OSError:
            pass
        finally:
            self.release()

    def finish(self) -> None:
        """Say that nothing is left to be done for this run, neither here nor by a later command."""
        with suppress(OSError):
            self._lock.unlink()
        self.release()

    def release(self) -> None:
        """Let go of the lock and leave its file: the next command that opens the root does what is left."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _prepare(self) -> None:
        """Make what the work needs, once the lock is held."""


class Stage(Claim):
    """The folder in which one run is made; this process holds its lock."""

    def path(self, name: str) -> Path:
        """Where a file of the run is made."""
        return self.directory / name

    def write(self, name: str, content: bytes) -> None:
        """Create a file of the run, whole and synced.

        Raises:
            OSError: it could not be written.
        """
        write_new(self.path(name), content)

    def seal(self, kind: Kind, created_at: str, source_schema: str, version: str) -> Manifest:
        """Digest and sync every file, and write the manifest: afterwards the run can be published.

        Raises:
            OSError: a file could not be read, synced or written, or one of the six is missing.
        """
        others = [path for path in files_below(self.directory) if path not in kind.files]
        entries = []
        for path in (*kind.files, *others):
            digest, size = digest_regular(self.path(path), sync=True)
            entries.append(FileEntry(path, required=path in kind.files, sha256=digest, bytes=size))
        manifest = Manifest(kind, self.run_id, created_at, source_schema, tuple(entries), version)
        self.write(MANIFEST, manifest.to_bytes())
        inner = {parent for path in others for parent in self.path(path).parents}
        for directory in sorted(inner, key=lambda path: len(path.parts), reverse=True):
            if self.directory in directory.parents:
                sync_directory(directory)
        sync_directory(self.directory)
        return manifest

    def publish(self, kind: Kind) -> Path:
        """Make the run visible by one rename: the commit point.

        Returns:
            where the run now is.

        Raises:
            EdgeEnvError: something is there already; it is never overwritten.
            OSError: the rename failed; the run is still a stage.
        """
        destination = self.root / kind.folder / self.run_id
        make_directory(destination.parent)
        try:
            if os.path.lexists(destination):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(destination))
            self.directory.rename(destination)
        except OSError as error:
            if error.errno in {errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR}:
                raise EdgeEnvError(
                    f"Run artifact directory already exists: {destination}",
                    "stored evidence is never overwritten; run the benchmark again",
                    code="run-exists",
                ) from error
            raise
        return destination

    def sync_published(self, kind: Kind) -> None:
        """Make the rename durable.

        Raises:
            OSError: it could not be confirmed; the run is visible all the same.
        """
        sync_directory(self.root / kind.folder)
        sync_directory(self.root / STAGING)

    def _prepare(self) -> None:
        self.directory.mkdir()


@dataclass(frozen=True, slots=True)
class Leftover:
    """What a recording that no longer lives has left under ``tmp/``; its lock is held while in a with block.

    Attributes:
        run_id: the run that was being made.
        directory: its stage; it may be gone.
        lock: its lock file; it may be gone.
    """

    run_id: str
    directory: Path
    lock: Path
    _descriptor: int | None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)

    def has_stage(self) -> bool:
        """Is an unfinished run still there?"""
        return is_real_directory(self.directory)

    def remove(self) -> None:
        """Remove the stage, then the lock.

        Raises:
            OSError: something could not be removed.
        """
        remove_tree(self.directory)
        self.lock.unlink(missing_ok=True)


def leftovers(root: Path) -> Iterator[Leftover]:
    """Everything under ``tmp/`` that belongs to no living process, one at a time.

    Names that are not ours are left alone. Each is to be used in a ``with`` block.

    Raises:
        OSError: ``tmp/`` cannot be listed, or a lock cannot be opened.
    """
    folder = root / STAGING
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except FileNotFoundError:
        return
    for name in names:
        stage = name.removesuffix(_LOCK)
        if not _is_ours(stage):
            continue
        run_id = stage.rpartition(".")[0]
        lock = folder / f"{stage}{_LOCK}"
        if name == stage:
            # A living process makes its lock before its stage and removes it after: no lock, no owner.
            if not os.path.lexists(lock) and is_real_directory(folder / stage):
                yield Leftover(run_id, folder / stage, lock, None)
        elif (descriptor := take_free(lock)) is not None:
            yield Leftover(run_id, folder / stage, lock, descriptor)


def strange_names(root: Path) -> list[str]:
    """What lies under ``tmp/`` and is neither a stage nor the lock of one.

    Raises:
        OSError: ``tmp/`` cannot be listed.
    """
    try:
        names = sorted(entry.name for entry in (root / STAGING).iterdir())
    except FileNotFoundError:
        return []
    return [name for name in names if not _is_ours(name.removesuffix(_LOCK))]


def is_claimed(root: Path, run_id: str) -> bool:
    """Is a process at work on this run, or was one interrupted at it?

    Raises:
        OSError: ``tmp/`` cannot be listed.
    """
    try:
        return any(entry.name.startswith(f"{run_id}.") for entry in (root / STAGING).iterdir())
    except FileNotFoundError:
        return False


def remove_tree(path: Path) -> None:
    """Remove a directory and all in it without following links; one that is gone already is fine.

    Raises:
        OSError: something could not be removed.
    """
    try:
        with os.scandir(path) as entries:
            inner = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    except FileNotFoundError:
        return
    for name, is_directory in inner:
        if is_directory:
            remove_tree(path / name)
        else:
            (path / name).unlink(missing_ok=True)
    with suppress(FileNotFoundError):
        path.rmdir()


def _is_ours(stage: str) -> bool:
    match = _STAGE.fullmatch(stage)
    return match is not None and is_run_id(match["run_id"])
