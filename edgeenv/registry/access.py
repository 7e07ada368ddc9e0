"""Getting at a sound index, whatever lies in its place: fill it, set it aside, or make do in memory."""

from __future__ import annotations

import os
from contextlib import closing, suppress
from typing import TYPE_CHECKING, TypeVar

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.files import RUNS, is_run_id
from edgeenv.evidence.refusal import OF_THE_EVIDENCE
from edgeenv.model.finding import Finding
from edgeenv.registry.index import Index
from edgeenv.registry.reconciling import changed_at, reconcile
from edgeenv.registry.trouble import (
    IndexBusyError,
    IndexDamagedError,
    IndexMissingError,
    IndexOutdatedError,
    IndexTroubleError,
    IndexUnavailableError,
    locked_out,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from edgeenv.evidence.store import StoredRun

T = TypeVar("T")

INDEX = "runs.db"
_TRIES = 3
_LASTING = {*OF_THE_EVIDENCE, "no-permission"}


class IndexAccess:
    """One root's index, opened for each use and closed after it.

    Args:
        root: the root directory.
        notices: where to tell what was mended.
        mend: False to leave an index that is not usable as it is, and to do with one in memory.
    """

    def __init__(self, root: Path, notices: list[Finding], *, mend: bool = True) -> None:
        self._root = root
        self._path = root / INDEX
        self._notices = notices
        self._mend = mend
        self._memory: Index | None = None
        self._reconciled = False

    def read(self, action: Callable[[Index], T]) -> T:
        """Do something with the index; when it cannot be mended on disk, with one in memory.

        Raises:
            EdgeEnvError: another process keeps the index locked.
        """
        if self._memory is None:
            try:
                if not self._mend:
                    return self._as_it_is(action)
                self._reconcile()
                return self._with_index(action, create=self._has_evidence)
            except IndexBusyError as trouble:
                raise locked_out(self._path, trouble) from trouble
            except (IndexTroubleError, OSError) as trouble:
                self._memory = self._made_in_memory(trouble)
        return action(self._memory)

    def change(self, action: Callable[[Index], T]) -> T:
        """Write what can be had from the evidence again; where the disk cannot take it, in memory.

        Raises:
            EdgeEnvError: as `read`, which has been used before.
        """
        if self._memory is None and not self._mend:
            self._memory = self.read(Index.copy_in_memory)
        if self._memory is None:
            try:
                return self._with_index(action, create=self._has_evidence)
            except IndexBusyError as trouble:
                raise locked_out(self._path, trouble) from trouble
            except (IndexTroubleError, OSError):
                self._memory = self.read(Index.copy_in_memory)
        return action(self._memory)

    def keep(self, action: Callable[[Index], None]) -> None:
        """Write what only saves time later; where that cannot be done, nothing is lost."""
        if self._memory is None and self._mend:
            with suppress(IndexTroubleError, OSError):
                self._with_index(action, create=self._has_evidence)

    def add(self, stored: StoredRun, *, before: int | None = None) -> None:
        """Add a run to the index on disk, and make sure that others will see it.

        Args:
            stored: the run, as it lies in the root.
            before: `changed_at` before the caller's own rename into ``runs/``.

        Raises:
            IndexTroubleError, OSError: it could not be added; the evidence is not touched by that.
        """
        moved = None if before is None else (before, changed_at(self._root))
        self._with_index(lambda index: index.add(stored, moved=moved), create=_always)

    def is_on_disk(self, run_id: str) -> bool:
        """Does the index on disk know a run? Raises like `add`."""
        return self._with_index(lambda index: index.digest_of(run_id), create=_always) is not None

    def remove(self, run_id: str) -> bool:
        """Take a run out of the index on disk; False when it was not in it. Raises like `add`."""
        return self._with_index(lambda index: index.remove(run_id), create=self._has_evidence)

    def prepare(self) -> None:
        """Make sure that there is a sound index on disk; raises like `add`."""
        self._with_index(lambda _: None, create=_always)

    def prepare_first(self) -> None:
        """Make the index of a root that holds no run yet; any other is not waited for. Raises like `add`."""
        if not os.path.lexists(self._path) and not self._has_evidence():
            self.prepare()

    def rebuild(self, runs: Callable[[], Iterable[StoredRun]] | None = None) -> int:
        """Make the index anew, in one transaction: until it is whole, the old one is what everybody sees.

        An index that cannot be kept is set aside first, and so is one that ``runs`` refuses by raising an
        `IndexDamagedError`.

        Args:
            runs: gives the evidence, when the caller wants to see it pass; it is asked again when the work
                has to start over.

        Returns:
            the number of runs. Raises like `add`.
        """
        trouble: IndexTroubleError | None = None
        for _ in range(_TRIES):
            if trouble is not None and (aside := self._set_aside(trouble.identity)) is not None:
                self._tell("index-set-aside", f"the old index was kept as {aside}: {trouble.reason}")
            try:
                with closing(self._kept_or_new()) as index:
                    count = index.fill((runs or self.evidence)(), anew=True, true_at=changed_at(self._root))
                    if index.is_current():
                        return count or 0
            except (IndexDamagedError, IndexOutdatedError) as found:
                trouble = found
        raise trouble or IndexUnavailableError("it keeps being replaced by another process", None)

    def digests(self) -> dict[str, str]:
        """What the index on disk knows, as it is: the digest of each run when it was indexed."""
        try:
            return self._as_it_is(lambda index: dict(index.digests()))
        except (IndexTroubleError, OSError):
            return {}

    def add_in_memory(self, stored: StoredRun) -> None:
        """Let this process see a run that cannot be added on disk."""
        if self._memory is None:
            self._memory = self.read(Index.copy_in_memory)
        self._memory.add(stored)

    def evidence(
        self, *, patient: bool = False, watch: Callable[[int, int], None] | None = None
    ) -> Iterator[StoredRun]:
        """Every readable run of the root; those that are not are told of.

        Args:
            patient: go on when a run cannot be read just now. An index on disk must not be made without it:
                nobody would look for that run again.
            watch: told after each run how many are done, and of how many.
        """
        from edgeenv.evidence.store import load_run

        try:
            names = sorted(entry.name for entry in (self._root / RUNS).iterdir() if is_run_id(entry.name))
        except FileNotFoundError:
            return
        for number, name in enumerate(names, 1):
            try:
                stored = load_run(self._root / RUNS / name)
                stored.must_hold()
                yield stored
            except EdgeEnvError as error:
                if not (patient or error.code in _LASTING):
                    raise IndexUnavailableError(error.message, None) from error
                self._tell(
                    "run-unreadable", f"{name} was left out of the index: {error.message}", run_id=name
                )
            if watch is not None:
                watch(number, len(names))

    def _reconcile(self) -> None:
        """Once a command, and only when ``runs/`` has changed by other hands than ours."""
        if self._reconciled:
            return
        self._reconciled = True
        create = self._has_evidence
        self._notices.extend(self._with_index(lambda index: reconcile(self._root, index), create=create))

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

    def _as_it_is(self, action: Callable[[Index], T]) -> T:
        """Do something with the index on disk, and mend nothing."""
        try:
            opened = Index.open(self._path)
        except IndexMissingError:
            if self._has_evidence():
                raise
            opened = Index.in_memory()
        with closing(opened) as index:
            return action(index)

    def _kept_or_new(self) -> Index:
        try:
            return Index.open(self._path)
        except IndexMissingError:
            return Index.create(self._path)

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
        kept = "" if aside is None else f", and was set aside as {aside}"
        self._fill(f"it was not usable ({trouble.reason}){kept}")

    def _fill(self, reason: str) -> None:
        with closing(Index.create(self._path)) as index:
            count = index.fill(self.evidence(), true_at=changed_at(self._root))
        if count:
            self._tell("index-rebuilt", f"the index was rebuilt from the evidence of {count} runs: {reason}")

    def _set_aside(self, identity: tuple[int, int] | None) -> str | None:
        from edgeenv.registry.setting_aside import set_aside

        return set_aside(self._path, identity)

    def _made_in_memory(self, trouble: IndexTroubleError | OSError) -> Index:
        reason = trouble.reason if isinstance(trouble, IndexTroubleError) else str(trouble.strerror)
        self._tell(
            "index-not-usable",
            f"the index {self._path} cannot be used or mended ({reason}); the evidence was read instead",
        )
        index = Index.in_memory()
        try:
            index.fill(self.evidence(patient=True), anew=True)
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

    def _tell(self, code: str, text: str, **operands: str) -> None:
        finding = Finding(code, text, tuple(operands.items()))
        if finding not in self._notices:
            self._notices.append(finding)


def _always() -> bool:
    return True
