"""The runs of one root: list, name, read. The evidence is the truth, the index only finds it."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.disk import explain, is_real_directory
from edgeenv.evidence.files import FAILED_RUNS, RUNS, STAGING, is_run_id
from edgeenv.evidence.refusal import RESTORE_HINT
from edgeenv.model.finding import Finding
from edgeenv.registry import references
from edgeenv.registry.trouble import IndexTroubleError

if TYPE_CHECKING:
    from collections.abc import Callable

    from edgeenv.evidence.store import StoredFailure, StoredRun
    from edgeenv.model.failed_run import FailedRun
    from edgeenv.registry.access import IndexAccess
    from edgeenv.registry.index import Index
    from edgeenv.registry.resources import ResourceQuery, ResourceRow
    from edgeenv.registry.rows import RunQuery, RunRow

T = TypeVar("T")


class Registry:
    """All runs under one root directory.

    Constructing it touches nothing, and reading never makes a root. The first use heals what interrupted
    commands have left; `notices` says what was healed, skipped or could not be mended.

    Args:
        root: the root directory, such as ``.edgeenv``.
        mend: False to look at everything as it is, and to heal nothing.
    """

    def __init__(self, root: str | os.PathLike[str], *, mend: bool = True) -> None:
        self.root = Path(root)
        self._mend = mend
        self.notices: list[Finding] = []
        self._access: IndexAccess | None = None
        self._is_open = False

    def runs(self, query: RunQuery | None = None) -> tuple[RunRow, ...]:
        """The runs that are wanted, newest first; every one without a query.

        One whose directory is gone is there, but not ``present``.

        Raises:
            EdgeEnvError: the root cannot be read.
        """
        if not self.open():
            return ()
        rows = self._read(lambda index: index.select(_or_all(query)))
        return tuple(
            row if is_real_directory(self.run_directory(row.run_id)) else row._replace(present=False)
            for row in rows
        )

    def count(self, query: RunQuery | None = None) -> int:
        """How many runs match, whatever the query's limit; raises like `runs`."""
        return self._read(lambda index: index.count(_or_all(query))) if self.open() else 0

    def resources(self, query: ResourceQuery) -> tuple[ResourceRow, ...]:
        """The resource metrics that are wanted, newest run first; raises like `runs`."""
        return tuple(self._read(lambda index: index.resources(query))) if self.open() else ()

    def resolve(self, reference: str) -> str:
        """The id of the run that a reference names.

        Args:
            reference: an id, a part that only one id begins or ends with, ``latest``, or ``latest~N`` for
                the N-th before the newest.

        Raises:
            EdgeEnvError: it names nothing (code ``unknown-run``) or several runs (``ambiguous-run``), or
                the root cannot be read.
        """
        steps = references.steps_back(reference)
        if not self.open():
            if steps is not None:
                raise references.beyond(reference, 0)
            raise references.unknown(reference, (), failed=False)
        if steps is not None:
            newest = self._read(lambda index: index.newest(steps, 1))
            if newest:
                return newest[0]
            raise references.beyond(reference, self.count())
        if not references.may_be_part(reference):
            raise self._unknown(reference)
        if is_run_id(reference) and self._knows(reference):
            return reference
        wanted = references.MATCHES_WANTED
        candidates = self._read(lambda index: index.beginning_or_ending(reference, wanted))
        if not candidates:
            raise self._unknown(reference)
        if len(candidates) > 1:
            raise references.ambiguous(reference, candidates)
        return candidates[0]

    def run(self, reference: str) -> StoredRun:
        """Read a run, checked against its manifest and against what the index knows of it.

        Raises:
            EdgeEnvError: as `resolve`; or the run's directory is gone (code ``run-missing``), the evidence
                was altered (``altered-evidence``) or is no valid run (``invalid-evidence``).
        """
        run_id = self.resolve(reference)
        return self.indexed_run(run_id, self._read(lambda index: index.digest_of(run_id)))

    def indexed_run(self, run_id: str, digest: str | None) -> StoredRun:
        """Read a run of which the index knows the digest, or knows nothing; checked and raising as `run`."""
        directory = self.run_directory(run_id)
        if not os.path.lexists(directory):
            raise EdgeEnvError(
                f"Run not found: {run_id}: it is in the index, but its directory {directory} is gone",
                "restore the directory from a backup, or import the run's bundle",
                code="run-missing",
            )
        from edgeenv.evidence.store import load_run

        stored = load_run(directory)
        if digest is not None and digest != stored.digest:
            raise EdgeEnvError(
                f"the evidence of {run_id} was altered after it was stored: its digest is {stored.digest}, "
                f"the index recorded {digest} (in {directory})",
                RESTORE_HINT,
                code="altered-evidence",
            )
        return stored

    def failed_runs(self) -> tuple[FailedRun, ...]:
        """Every readable failed run, newest first; what is not readable is told of in `notices`.

        Raises:
            EdgeEnvError: the root cannot be read.
        """
        if not self.open():
            return ()
        from edgeenv.registry import failures

        found, skipped = failures.list_failed(self.root)
        self.notices.extend(skipped)
        return tuple(found)

    def failed_run(self, reference: str) -> StoredFailure:
        """Read a failed run, checked against its manifest; references are as for `resolve`.

        Raises:
            EdgeEnvError: as `run`; a reference that cannot be an id has the code ``invalid-run-id``.
        """
        self.open()
        from edgeenv.evidence.store import load_failure
        from edgeenv.registry import failures

        return load_failure(self.failed_run_directory(failures.resolve_failed(self.root, reference)))

    def run_directory(self, run_id: str) -> Path:
        """Where a run's files are; ``run_id`` is an id, never a text from outside."""
        return self.root / RUNS / run_id

    def failed_run_directory(self, run_id: str) -> Path:
        """Where a failed run's files are, as `run_directory`."""
        return self.root / FAILED_RUNS / run_id

    def open(self) -> bool:
        """Look at the root and heal what interrupted recordings left, once; False when there is no root.

        Raises:
            EdgeEnvError: what is there is no directory.
        """
        if self._is_open:
            return True
        try:
            mode = self.root.stat().st_mode
        except FileNotFoundError as error:
            if self.root.is_symlink():
                raise EdgeEnvError(
                    f"the root {self.root} is a link to nothing",
                    "mend the link, or choose another root with --edgeenv-root",
                    code="root-not-a-directory",
                ) from error
            return False
        except OSError as error:
            raise explain(error, self.root) from error
        if not stat.S_ISDIR(mode):
            raise EdgeEnvError(
                f"Not a directory: {self.root}",
                "choose a root that is a directory with --edgeenv-root",
                code="root-not-a-directory",
            )
        self._is_open = True
        if self._mend and self._may_have_leftovers():
            from edgeenv.registry.healing import sweep

            self.notices.extend(sweep(self.root, self._index_published, self._unindex_deleted))
        return True

    def _may_have_leftovers(self) -> bool:
        """Mostly ``tmp/`` is empty, and nothing that heals needs to be imported."""
        try:
            return any((self.root / STAGING).iterdir())
        except FileNotFoundError:
            return False
        except OSError:
            return True  # the sweep says what is wrong

    @property
    def access(self) -> IndexAccess:
        """The way to the index, made when it is first needed, so that failed runs need no SQLite."""
        if self._access is None:
            from edgeenv.registry.access import IndexAccess

            self._access = IndexAccess(self.root, self.notices, mend=self._mend)
        return self._access

    def _read(self, action: Callable[[Index], T]) -> T:
        return self.access.read(action)

    def _knows(self, run_id: str) -> bool:
        """Is it in the index, or at least in the root? Then the index is mended."""
        if self._read(lambda index: index.digest_of(run_id)) is not None:
            return True
        if not is_real_directory(self.run_directory(run_id)):
            return False
        if not self._mend:
            return True
        from edgeenv.evidence.store import load_run

        stored = load_run(self.run_directory(run_id))
        stored.must_hold()
        try:
            self.access.add(stored)
        except (IndexTroubleError, OSError) as trouble:
            self.notices.append(Finding("not-healed", f"{run_id} cannot be added to the index: {trouble}"))
        else:
            self.notices.append(Finding("run-indexed", f"{run_id} was not in the index; added"))
        return True

    def _index_published(self, run_id: str) -> bool:
        """Put a run into the index on disk; the trace that it is missing stays until that is done."""
        from edgeenv.evidence.store import load_run

        try:
            if self.access.is_on_disk(run_id):
                return False
            self.access.add(load_run(self.run_directory(run_id)))
        except IndexTroubleError as trouble:
            self.access.add_in_memory(load_run(self.run_directory(run_id)))
            text = f"the index cannot take it ({trouble.reason})"
            raise EdgeEnvError(text, code="index-not-usable") from trouble
        return True

    def _unindex_deleted(self, run_id: str) -> bool:
        """Take a run that lies in the trash out of the index; the trace stays until that is done."""
        try:
            return self.access.remove(run_id)
        except IndexTroubleError as trouble:
            text = f"the index cannot be changed ({trouble.reason})"
            raise EdgeEnvError(text, code="index-not-usable") from trouble

    def _unknown(self, reference: str) -> EdgeEnvError:
        if is_run_id(reference) and is_real_directory(self.failed_run_directory(reference)):
            return EdgeEnvError(
                f"Run not found: {reference}: it is a failed run",
                f"see: edgeenv failed-runs show {reference}",
                code="unknown-run",
            )
        near = self._read(lambda index: index.newest(0, references.NEAR_AMONG))
        return references.unknown(reference, near, failed=False)


def _or_all(query: RunQuery | None) -> RunQuery:
    if query is not None:
        return query
    from edgeenv.registry.rows import RunQuery

    return RunQuery()
