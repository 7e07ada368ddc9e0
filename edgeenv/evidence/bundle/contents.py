"""Every file of a bundle, unpacked once within bounds: its digest, and its bytes where it is a document."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from edgeenv.evidence.bundle.archive import DamagedEntryError
from edgeenv.evidence.bundle.checking import Check
from edgeenv.evidence.bundle.limits import DOCUMENTS
from edgeenv.evidence.bundle.names import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from edgeenv.evidence.bundle.archive import Archive
    from edgeenv.evidence.bundle.records import CentralRecord


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What one entry unpacks to.

    Attributes:
        sha256: hex digest of the content.
        size: its bytes.
        content: the bytes themselves, for documents; None for logs, which may be large.
        fault: why it does not unpack, None when it does.
    """

    sha256: str
    size: int
    content: bytes | None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """The files of a bundle.

    Attributes:
        top: the bundle's one directory.
        records: where each file lies, by its path inside that directory.
        files: what each unpacks to, by the same path.
    """

    top: str
    records: Mapping[str, CentralRecord]
    files: Mapping[str, Unpacked]

    @classmethod
    def of(cls, archive: Archive, top: str, records: Mapping[str, CentralRecord]) -> Contents:
        """Unpack every file, in constant memory."""
        return cls(top, records, {path: _unpacked(archive, path, record) for path, record in records.items()})

    def document(self, path: str) -> bytes:
        """The bytes of a document; empty when there is none."""
        file = self.files.get(path)
        return b"" if file is None or file.content is None else file.content


def _unpacked(archive: Archive, path: str, record: CentralRecord) -> Unpacked:
    digest, size = sha256(), 0
    kept: list[bytes] | None = [] if path in DOCUMENTS else None
    fault = None
    try:
        for piece in archive.unpack(record):
            digest.update(piece)
            size += len(piece)
            if kept is not None:
                kept.append(piece)
    except DamagedEntryError as error:
        fault = str(error)
    return Unpacked(digest.hexdigest(), size, None if kept is None else b"".join(kept), fault)


def _damaged(contents: Contents) -> Iterator[str]:
    for path, file in contents.files.items():
        if file.fault is not None:
            yield f"{shown(path)} {file.fault}"


DATA: tuple[Check[Contents], ...] = (
    Check("zip-data-damaged", "every file unpacks to its checksum", _damaged),
)
