"""The index as it is, held against the evidence; nothing is mended on the way."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Self

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.check import EvidenceDefect
from edgeenv.evidence.files import RUNS, Kind, is_run_id
from edgeenv.evidence.integrity import NEVER_SEALED
from edgeenv.evidence.stage import is_claimed
from edgeenv.evidence.store import StoredRun
from edgeenv.model.facts import Facts
from edgeenv.registry import likeness
from edgeenv.registry.access import INDEX
from edgeenv.registry.columns import COLUMNS, values_of
from edgeenv.registry.index import SCHEMA_VERSION, Index
from edgeenv.registry.trouble import (
    IndexBusyError,
    IndexDamagedError,
    IndexMissingError,
    IndexOutdatedError,
    IndexTroubleError,
    locked_out,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edgeenv.evidence.integrity import Integrity

_DIGESTS = {"evidence_digest", "result_sha256"}
_LONGEST = 60


class IndexView:
    """An open index, or the reason why there is none; to be used in a ``with`` block.

    Attributes:
        defects: what is wrong with the index itself.
    """

    def __init__(self, root: Path) -> None:
        self.defects: list[EvidenceDefect] = []
        self._root = root
        self._index: Index | None = None

    def __enter__(self) -> Self:
        try:
            self._index = Index.open(self._root / INDEX)
        except IndexMissingError as missing:
            self._defect("index-missing", missing)
        except (IndexTroubleError, OSError) as trouble:
            self._note(trouble)
        return self

    def __exit__(self, *_: object) -> None:
        if self._index is not None:
            self._index.close()

    def look_for_faults(self) -> None:
        """Let SQLite check the whole file."""
        if self._index is None:
            return
        try:
            for fault in self._index.faults():
                self.defects.append(EvidenceDefect("index-damaged", INDEX, f"{INDEX}: {_short(fault)}"))
        except IndexTroubleError as trouble:
            self._note(trouble)

    def defects_of(self, directory: Path, integrity: Integrity) -> Iterator[EvidenceDefect]:
        """How the row of a run differs from the run that is there."""
        if self._index is None:
            return
        try:
            row = self._index.row_of(directory.name)
            with self._index.reading() as database:
                noted = likeness.noted(database, directory.name)
        except IndexTroubleError as trouble:
            self._note(trouble)
            return
        if row is None:
            if not is_claimed(self._root, directory.name):  # else it is being recorded, or will be healed
                yield EvidenceDefect("row-missing", INDEX, f"{INDEX}: does not know the run")
            return
        codes = {defect.code for defect in integrity.defects}
        recorded = str(row["evidence_digest"])
        manifest = integrity.found if NEVER_SEALED in codes else integrity.manifest
        if manifest is not None and manifest.digest != recorded:
            what = "the files" if NEVER_SEALED in codes else "the manifest"
            text = f"{what} give {manifest.digest[:19]}…, the index recorded {recorded[:19]}…"
            yield EvidenceDefect("digest-differs", INDEX, text)
        elif codes <= {NEVER_SEALED}:
            yield from _row_defects(row, noted, directory, integrity)

    def rows_without_run(self) -> Iterator[EvidenceDefect]:
        """Rows whose directory is gone; the path of each is the run's id."""
        if self._index is None:
            return
        try:
            for run_id, _ in self._index.digests():
                if not is_run_id(run_id):
                    yield EvidenceDefect("row-foreign", INDEX, f"{INDEX}: {_short(run_id)!r} is no run id")
                elif not os.path.lexists(self._root / RUNS / run_id) and self._index.row_of(run_id):
                    yield EvidenceDefect("run-missing", run_id, "its directory is gone")
        except IndexTroubleError as trouble:
            self._note(trouble)

    def _note(self, trouble: IndexTroubleError | OSError) -> None:
        """Remember that the index cannot be used any further."""
        if isinstance(trouble, IndexBusyError):
            raise locked_out(self._root / INDEX, trouble) from trouble
        if isinstance(trouble, IndexOutdatedError):
            if trouble.version > SCHEMA_VERSION:
                self._defect("index-newer", trouble)
            else:
                text = f"{INDEX}: is of another program, or of an earlier EdgeEnv"
                self.defects.append(EvidenceDefect("index-foreign", INDEX, text))
        elif isinstance(trouble, IndexDamagedError):
            self._defect("index-damaged", trouble)
        else:
            self._defect("index-unreadable", trouble)
        if self._index is not None:
            self._index.close()
            self._index = None

    def _defect(self, code: str, trouble: IndexTroubleError | OSError) -> None:
        reason = (
            trouble.reason if isinstance(trouble, IndexTroubleError) else trouble.strerror or str(trouble)
        )
        reason = reason.removeprefix("it ").removeprefix("was ")
        self.defects.append(EvidenceDefect(code, INDEX, f"{INDEX}: {_short(reason)}"))


def _row_defects(
    row: dict[str, Any],
    noted: list[tuple[tuple[str, ...], str | None]],
    directory: Path,
    integrity: Integrity,
) -> Iterator[EvidenceDefect]:
    document = dict(integrity.document)
    manifest = integrity.manifest or integrity.found
    try:
        stored = StoredRun(Facts.of_result(document), document, directory, manifest)
        expected = dict(zip(COLUMNS, values_of(stored), strict=True))
    except EdgeEnvError:
        return  # its contract is broken, which is told elsewhere
    for column, value in expected.items():
        if column not in _DIGESTS and row[column] != value:
            found, wanted = _short(repr(row[column])), _short(repr(value))
            text = f"{INDEX}: {column} is {found}, {Kind.RUN.document} says {wanted}"
            yield EvidenceDefect("row-differs", INDEX, text)
    if any(facts not in (None, likeness.values_at(stored.facts, fields)) for fields, facts in noted):
        text = f"{INDEX}: what policies read of the run is not what {Kind.RUN.document} says"
        yield EvidenceDefect("row-differs", INDEX, text)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
