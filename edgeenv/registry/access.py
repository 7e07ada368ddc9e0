"""Getting at a sound index, whatever lies in its place: fill it, set it aside, or make do in memory."""

from __future__ import annotations

import fcntl
import os
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, TypeVar

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.files import RUNS, is_run_id
from edgeenv.evidence.refusal import OF_THE_EVIDENCE
from edgeenv.model.finding import Finding
from edgeenv.registry.index import Index, file_identity
from edgeenv.registry.trouble import (
    IndexBusyError,
    IndexDamagedError,
    IndexMissingError,
    IndexOutdatedError,
    IndexTroubleError,
    IndexUnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from edgeenv.evidence.store import StoredRun

T = TypeVar("T")

INDEX = "runs.db"
ROOT_LOCK = "root.lock"
_BESIDE = ("-journal", "-wal", "-shm", "")  # the database last: without it the others mean nothing
_TRIES = 3
_LASTING = {*OF_THE_EVIDENCE, "no-permission"}


class IndexAccess:
    """One root's index, opened for each use and closed after it."""

    def __init__(self, root: Path, notices: list[Finding]) -> None:
        self._root = root
        self._path = root / INDEX
        self._notices = notices
        self._memory: Index | None = None

    def read(self, action: Callable[[Index], T]) -> T:
        """Do something with the index; when it cannot be mended on disk, with one in memory.

        Raises:
            EdgeEnvError: another process keeps the index locked.
        """
        if self._memory is None:
            try:
                return self._with_index(action, create=self._has_evidence)
            except IndexBusyError as trouble:
                raise EdgeEnvError(
                    f"the index {self._path} is locked by another process ({trouble.reason})",
                    "wait until that process has ended, then run the command again",
                    code="index-busy",
                ) from trouble
            except (IndexTroubleError, OSError) as trouble:
                self._memory = self._made_in_memory(trouble)
        return action(self._memory)

    def add(self, stored: StoredRun) -> None:
        """Add a run to the index on disk, and make sure that others will see it.

        Raises:
            IndexTroubleError, OSError: it could not be added; the evidence is not touched by that.
        """
        self._with_index(lambda index: index.add(stored), create=_always)

    def is_on_disk(self, run_id: str) -> bool:
        """Does the index on disk know a run? Raises like `add`."""
        return self._with_index(lambda index: index.digest_of(run_id), create=_always) is not None

    def prepare(self) -> None:
        """Make sure that there is a sound index on disk; raises like `add`."""
        self._with_index(lambda _: None, create=_always)

    def rebuild(self) -> int:
        """Read all evidence again into the index, in place; gives the number of runs, raises like `add`."""

        def anew(index: Index) -> int:
            return index.fill(self._evidence(), anew=True) or 0

        return self._with_index(anew, create=_always)

    def add_in_memory(self, stored: StoredRun) -> None:
        """Let this process see a run that cannot be added on disk."""
        if self._memory is None:
            self._memory = self.read(Index.copy_in_memory)
        self._memory.add(stored)

    def _with_index(self, action: Callable[[Index], T], *, create: Callable[[], bool]) -> T:
        trouble: IndexTroubleError | None = None
        for _ in range(_TRIES):
            if trouble is not None:
                self._replace(trouble)
            try:
                with closing(self._opened(create=create)) as index:
                    answer = action(index)
                    if index.is_current():
                        return answer
            except IndexDamagedError as damage:
                trouble = damage
        raise trouble or IndexUnavailableError("it keeps being replaced by another process", None)

    def _opened(self, *, create: Callable[[], bool]) -> Index:
        try:
            return Index.open(self._path)
        except IndexMissingError as missing:
            if not create():
                return Index.in_memory()
            self._fill(missing.reason)
        except IndexOutdatedError as outdated:
            self._replace(outdated)
        return Index.open(self._path)

    def _replace(self, trouble: IndexTroubleError) -> None:
        aside = self._set_aside(trouble.identity)
        set_aside = "" if aside is None else f", and was set aside as {aside}"
        self._fill(f"it was not usable ({trouble.reason}){set_aside}")

    def _fill(self, reason: str) -> None:
        with closing(Index.create(self._path)) as index:
            count = index.fill(self._evidence())
        if count:
            self._tell("index-rebuilt", f"the index was rebuilt from the evidence of {count} runs: {reason}")

    def _set_aside(self, identity: tuple[int, int] | None) -> str | None:
        """Rename the index away, unless another process has replaced it meanwhile; gives the new name."""
        with self._root_lock():
            if identity is None or file_identity(self._path) != identity:
                return None
            number = 1
            while os.path.lexists(self._aside(number, "")):
                number += 1
            for suffix in _BESIDE:
                beside = self._path.with_name(f"{INDEX}{suffix}")
                if os.path.lexists(beside):
                    beside.rename(self._aside(number, suffix))
        return self._aside(number, "").name

    def _aside(self, number: int, suffix: str) -> Path:
        return self._path.with_name(f"{INDEX}.damaged-{number}{suffix}")

    @contextmanager
    def _root_lock(self) -> Iterator[None]:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(self._root / ROOT_LOCK, flags, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _made_in_memory(self, trouble: IndexTroubleError | OSError) -> Index:
        reason = trouble.reason if isinstance(trouble, IndexTroubleError) else str(trouble.strerror)
        self._tell(
            "index-not-usable",
            f"the index {self._path} cannot be used or mended ({reason}); the evidence was read instead",
        )
        index = Index.in_memory()
        try:
            index.fill(self._evidence(patient=True), anew=True)
        except IndexTroubleError as again:
            raise EdgeEnvError(
                f"the runs of {self._root} cannot be read: {again.reason}",
                "look at that place, then run the command again",
                code="storage-failed",
            ) from again
        return index

    def _has_evidence(self) -> bool:
        try:
            with os.scandir(self._root / RUNS) as entries:
                return any(is_run_id(entry.name) for entry in entries)
        except FileNotFoundError:
            return False

    def _evidence(self, *, patient: bool = False) -> Iterator[StoredRun]:
        """Every readable run of the root; those that are not are told of.

        Args:
            patient: go on when a run cannot be read just now. An index on disk must not be made without it:
                nobody would look for that run again.
        """
        from edgeenv.evidence.store import load_run

        try:
            names = sorted(entry.name for entry in (self._root / RUNS).iterdir() if is_run_id(entry.name))
        except FileNotFoundError:
            return
        for name in names:
            try:
                stored = load_run(self._root / RUNS / name)
                _ = stored.run  # what has no typed reading cannot be indexed
                yield stored
            except EdgeEnvError as error:
                if not (patient or error.code in _LASTING):
                    raise IndexUnavailableError(error.message, None) from error
                self._tell("run-unreadable", f"{name} was left out of the index: {error.message}")

    def _tell(self, code: str, text: str) -> None:
        finding = Finding(code, text)
        if finding not in self._notices:
            self._notices.append(finding)


def _always() -> bool:
    return True
