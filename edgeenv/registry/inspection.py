"""A whole root under inspection: every run, its row, and what lies around them. Nothing is written."""

from __future__ import annotations

import os
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Self

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.bundle.origin import read_origin
from edgeenv.evidence.check import EvidenceDefect
from edgeenv.evidence.disk import explained, is_real_directory
from edgeenv.evidence.files import STAGING, TRASH, Kind, is_run_id
from edgeenv.evidence.integrity import NEVER_SEALED, check_integrity
from edgeenv.evidence.stage import leftovers, strange_names
from edgeenv.registry.index_view import IndexView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from edgeenv.evidence.integrity import Integrity


class Outcome(Enum):
    """What can be said of a run: it is what it was, nothing proves it, or something is wrong."""

    VERIFIED = "verified"
    UNPROVEN = "unproven"
    DEFECTIVE = "defective"


class RunReport(NamedTuple):
    """One run after its inspection.

    Attributes:
        defects: everything that is wrong with it; paths are relative to its directory.
        digest: of its evidence as it is now; None when it is gone.
    """

    run_id: str
    kind: Kind
    defects: tuple[EvidenceDefect, ...]
    digest: str | None

    @property
    def outcome(self) -> Outcome:
        """The worst that was found."""
        codes = {defect.code for defect in self.defects}
        if codes - {NEVER_SEALED}:
            return Outcome.DEFECTIVE
        return Outcome.UNPROVEN if codes else Outcome.VERIFIED


class Inspection:
    """Looks at a root as it is; to be used in a ``with`` block.

    Args:
        root: the root directory; it exists.
        thorough: True to read every file and to hold every document against its contract; False to compare
            the index with the evidence, looking at no more of the logs than their sizes.

    Raises:
        EdgeEnvError: a folder of the root cannot be read, or the index stays locked.
    """

    def __init__(self, root: Path, *, thorough: bool) -> None:
        self._root = root
        self._thorough = thorough
        self._view = IndexView(root)
        self._foreign: list[EvidenceDefect] = []

    def __enter__(self) -> Self:
        self._view.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._view.__exit__()

    def run(self, run_id: str, kind: Kind) -> RunReport:
        """Inspect one run; ``run_id`` is an id, never a text from outside."""
        directory = self._root / kind.folder / run_id
        with explained(directory):
            integrity = self._integrity(directory, kind)
            found = [*integrity.defects, *self._origin_defects(run_id, integrity)]
            if kind is Kind.RUN and integrity.found.files:
                found.extend(self._view.defects_of(directory, integrity))
        twin = next(other for other in Kind if other is not kind)
        if os.path.lexists(self._root / twin.folder / run_id):
            found.append(EvidenceDefect("id-twice", ".", f"{twin.folder}/ holds a run of this id as well"))
        digest = integrity.found.digest if integrity.found.files else None
        return RunReport(run_id, kind, tuple(found), digest)

    def runs(
        self, kinds: Sequence[Kind], watch: Callable[[int, int], None] | None = None
    ) -> Iterator[RunReport]:
        """Inspect every run of these kinds, by id, and every row whose run is gone.

        Args:
            kinds: which folders are gone through.
            watch: told after each run how many are done, and of how many.
        """
        named = [(kind, name) for kind in kinds for name in self._ids(kind)]
        for number, (kind, name) in enumerate(named, 1):
            report = self.run(name, kind)
            # A run that was deleted while we looked at it is no longer ours to judge.
            if os.path.lexists(self._root / kind.folder / name):
                yield report
            if watch is not None:
                watch(number, len(named))
        if Kind.RUN in kinds:
            for defect in self._view.rows_without_run():
                if defect.code == "run-missing":
                    yield RunReport(defect.path, Kind.RUN, (replace(defect, path="."),), None)
                else:
                    self._foreign.append(defect)

    def index_defects(self) -> tuple[EvidenceDefect, ...]:
        """What is wrong with the index itself, as far as it was looked at until now."""
        found = [*self._view.defects, *self._foreign]
        return tuple(defect for defect in found if defect.code != "index-missing" or self._ids(Kind.RUN))

    def surroundings(self) -> tuple[EvidenceDefect, ...]:
        """What is wrong with the root besides its runs, which are gone through before; paths are its own."""
        with explained(self._root):
            self._view.look_for_faults()
            return (*self.index_defects(), *self._strays(), *self._left_behind())

    def _integrity(self, directory: Path, kind: Kind) -> Integrity:
        if self._thorough:
            from edgeenv.evidence.verification import verify

            return verify(directory, kind)
        return check_integrity(directory, kind, read_logs=False)

    def _origin_defects(self, run_id: str, integrity: Integrity) -> Iterator[EvidenceDefect]:
        """Is an imported run still what was imported?"""
        place = f"imports/{run_id}.json"
        try:
            origin = read_origin(self._root, run_id)
        except EdgeEnvError as error:
            yield EvidenceDefect("origin-invalid", place, error.message)
            return
        manifest = integrity.manifest
        if origin is not None and manifest is not None and origin.evidence_digest != manifest.digest:
            text = f"imported as {origin.evidence_digest[:19]}…, the manifest gives {manifest.digest[:19]}…"
            yield EvidenceDefect("origin-differs", place, text)

    def _ids(self, kind: Kind) -> list[str]:
        with explained(self._root / kind.folder):
            return [name for name in _names(self._root / kind.folder) if is_run_id(name)]

    def _strays(self) -> Iterator[EvidenceDefect]:
        for folder in (*(kind.folder for kind in Kind), TRASH):
            for name in _names(self._root / folder):
                if not is_run_id(name) or (
                    folder == TRASH and not is_real_directory(self._root / folder / name)
                ):
                    yield _stray(f"{folder}/{name}")
        for name in strange_names(self._root):
            yield _stray(f"{STAGING}/{name}")

    def _left_behind(self) -> Iterator[EvidenceDefect]:
        for leftover in leftovers(self._root):
            with leftover:
                place = f"{STAGING}/{leftover.directory.name}"
                what = "an unfinished run" if leftover.has_stage() else "a mark"
                text = f"{place}: {what} that an interrupted command left"
                yield EvidenceDefect("interrupted", place, text)


def _names(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except FileNotFoundError:
        return []


def _stray(place: str) -> EvidenceDefect:
    return EvidenceDefect("stray-entry", place, f"{place}: is nothing that EdgeEnv made")
