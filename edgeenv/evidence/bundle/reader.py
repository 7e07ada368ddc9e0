"""A bundle as it comes in: everything is verified before anything is written."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.bundle.agreement import AGREEMENT
from edgeenv.evidence.bundle.archive import Archive, DamagedEntryError
from edgeenv.evidence.bundle.checking import CheckOutcome, Examination, Result, StoppedError, refusal
from edgeenv.evidence.bundle.contents import DATA, Contents
from edgeenv.evidence.bundle.documents import CONTRACTS, RunDocuments
from edgeenv.evidence.bundle.ending import END, ENDING, PLACE, Ending, Placed
from edgeenv.evidence.bundle.layout import LAYOUT, Layout
from edgeenv.evidence.bundle.limits import DEFAULT_LIMITS, Limits
from edgeenv.evidence.bundle.listing import (
    DELIVERED,
    ENTERED,
    LISTED,
    MARKED,
    PARSED,
    SHAPED,
    Delivery,
    Listing,
    RawManifest,
    Shape,
)
from edgeenv.evidence.bundle.sampler import SAMPLED, SamplerFiles
from edgeenv.evidence.bundle.structure import DIRECTORY, ENTRIES, HEADERS, SIZES, Directory, LocalHeaders
from edgeenv.evidence.disk import make_directory, sync_directory, write_new
from edgeenv.evidence.files import MANIFEST, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Any

    from edgeenv.evidence.manifest import FileEntry, Manifest

PHASES = (
    ENDING, END, PLACE, DIRECTORY, ENTRIES, LAYOUT, HEADERS, SIZES, DATA,
    PARSED, MARKED, LISTED, ENTERED, SHAPED, DELIVERED, SAMPLED, CONTRACTS, AGREEMENT,
)  # fmt: skip
"""Every check in the order of asking; a phase is asked when all before it have passed."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle in which every check has passed; valid while its archive is open.

    Attributes:
        manifest: what it consists of, manifest_bytes: the manifest as it came.
        document: ``result.json`` or ``failure.json``.
        documents: all documents of the run.
    """

    archive: Archive
    contents: Contents
    manifest: Manifest
    manifest_bytes: bytes
    documents: RunDocuments

    @property
    def run_id(self) -> str:
        """The run that it holds."""
        return self.manifest.run_id

    @property
    def kind(self) -> Kind:
        """Whether it holds a run or a failed one."""
        return self.manifest.kind

    @property
    def document(self) -> Mapping[str, Any]:
        """``result.json`` or ``failure.json``, parsed."""
        return self.documents.main

    def unpack_into(self, directory: Path) -> None:
        """Write every file of the run, hashed once more on its way, and the manifest; all of it is synced.

        Args:
            directory: an empty one, such as that of a stage.

        Raises:
            EdgeEnvError: the archive changed since it was verified (code ``bundle-changed``).
            OSError: a file could not be written.
        """
        for entry in self.manifest.files:
            path = directory / entry.path
            make_directory(path.parent)
            self._unpack(entry, path)
        write_new(directory / MANIFEST, self.manifest_bytes)
        inner = {(directory / entry.path).parent for entry in self.manifest.files}
        for folder in sorted(inner, key=lambda path: len(path.parts), reverse=True):
            sync_directory(folder)

    def _unpack(self, entry: FileEntry, path: Path) -> None:
        digest = sha256()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(path, flags, 0o666), "wb", buffering=0) as file:
            try:
                for piece in self.archive.unpack(self.contents.records[entry.path]):
                    digest.update(piece)
                    _write_all(file.fileno(), piece)
            except DamagedEntryError as error:
                raise self._changed(entry) from error
            os.fsync(file.fileno())
        if digest.hexdigest() != entry.sha256:
            raise self._changed(entry)

    def _changed(self, entry: FileEntry) -> EdgeEnvError:
        return EdgeEnvError(
            f"{self.archive.path} was changed while it was imported: {entry.path} is not what was verified",
            "import it again when nothing writes to it any more",
            code="bundle-changed",
        )


@contextmanager
def open_bundle(path: Path, limits: Limits = DEFAULT_LIMITS) -> Iterator[Bundle]:
    """Open a bundle and verify all of it; nothing is written.

    Raises:
        EdgeEnvError: it cannot be read, or a check found a defect; the code is that of the check.
    """
    with Archive.open(path) as archive:
        yield require_bundle(archive, limits)


def require_bundle(archive: Archive, limits: Limits = DEFAULT_LIMITS) -> Bundle:
    """The same as `open_bundle` for an archive that is open already."""
    examination = Examination()
    bundle = examine(archive, limits, examination)
    if bundle is None:
        raise refusal(str(archive.path), tuple(examination.failures()))
    return bundle


def examine(archive: Archive, limits: Limits, examination: Examination) -> Bundle | None:
    """Ask every check that can be asked; None when one has failed.

    Raises:
        EdgeEnvError: the archive cannot be read.
    """
    try:
        contents = _unpacked(archive, limits, examination)
        manifest = _manifest(contents, examination)
        examination.run(SAMPLED, SamplerFiles.of(contents))
        documents = RunDocuments.of(manifest, contents)
        examination.run(CONTRACTS, documents)
        examination.run(AGREEMENT, documents)
    except StoppedError:
        return None
    return Bundle(archive, contents, manifest, contents.document(MANIFEST), documents)


def all_outcomes(examination: Examination) -> tuple[CheckOutcome, ...]:
    """What every check answered, those that were not reached included."""
    asked = {outcome.code: outcome for outcome in examination.outcomes}
    checks = [(check.code, check.title) for phase in PHASES for check in phase]
    return tuple(asked.get(code) or CheckOutcome(code, title, Result.NOT_REACHED) for code, title in checks)


def _unpacked(archive: Archive, limits: Limits, examination: Examination) -> Contents:
    ending = Ending.of(archive, limits)
    examination.run(ENDING, ending)
    if ending.record is None:
        raise StoppedError
    examination.run(END, ending.record)
    examination.run(PLACE, Placed(ending.record, archive.size, limits))
    directory = Directory.of(archive, ending.record, limits)
    examination.run(DIRECTORY, directory)
    examination.run(ENTRIES, directory)
    layout = Layout.of(directory.records)
    examination.run(LAYOUT, layout)
    examination.run(HEADERS, LocalHeaders.of(archive, directory))
    examination.run(SIZES, directory)
    contents = Contents.of(archive, layout.tops[0], layout.by_path(directory.records))
    examination.run(DATA, contents)
    return contents


def _manifest(contents: Contents, examination: Examination) -> Manifest:
    raw = RawManifest.of(contents)
    examination.run(PARSED, raw)
    listing = Listing(raw.value)
    examination.run(MARKED, listing)
    examination.run(LISTED, listing)
    examination.run(ENTERED, listing)
    shape = Shape.of(raw.raw)
    examination.run(SHAPED, shape)
    if shape.manifest is None:
        raise StoppedError
    examination.run(DELIVERED, Delivery(shape.manifest, contents))
    return shape.manifest


def _write_all(descriptor: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(descriptor, view) :]
