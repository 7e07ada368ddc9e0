"""Does the zip end with the file, and its list of entries right before that? Then nothing hides behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgeenv.evidence.bundle.checking import EXPORT_AGAIN, TOO_LARGE, Check
from edgeenv.evidence.bundle.records import END_BYTES, END_SIGNATURE, LOCAL_SIGNATURE, EndRecord, parse_end

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edgeenv.evidence.bundle.archive import Archive
    from edgeenv.evidence.bundle.limits import Limits

_COMMENT_MOST = 0xFFFF
_FULL_16, _FULL_32 = 0xFFFF, 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Ending:
    """The last bytes of a file, as far as an end record with a comment can reach."""

    path: str
    size: int
    first: bytes
    tail: bytes
    limits: Limits

    @classmethod
    def of(cls, archive: Archive, limits: Limits) -> Ending:
        """Read both ends of a file."""
        length = min(archive.size, END_BYTES + _COMMENT_MOST)
        tail = archive.read(archive.size - length, length)
        return cls(str(archive.path), archive.size, archive.read(0, len(LOCAL_SIGNATURE)), tail, limits)

    @property
    def record(self) -> EndRecord | None:
        """The end record, where it is the very last of the file."""
        return parse_end(self.tail[-END_BYTES:])


@dataclass(frozen=True, slots=True)
class Placed:
    """An end record and the size of the file that it ends."""

    end: EndRecord
    size: int
    limits: Limits


def _too_large(ending: Ending) -> Iterator[str]:
    if ending.size > ending.limits.archive_bytes:
        yield f"the bundle has {ending.size} bytes, expected at most {ending.limits.archive_bytes}"


def _not_a_zip(ending: Ending) -> Iterator[str]:
    if END_SIGNATURE in ending.tail:
        return
    if ending.size == 0:
        found = "the file is empty"
    elif ending.first == LOCAL_SIGNATURE:
        found = "it begins like a zip but its end is missing; it was cut off"
    else:
        found = "it is no zip file"
    yield f"Invalid run evidence zip: {ending.path}: {found}"


def _trailing_data(ending: Ending) -> Iterator[str]:
    if END_SIGNATURE in ending.tail and (ending.record is None or ending.record.comment_bytes):
        yield f"Invalid run evidence zip: {ending.path}: a comment or other data follows its end"


def _several_disks(end: EndRecord) -> Iterator[str]:
    if end.disk or end.first_disk:
        yield f"the zip is part {end.disk + 1} of a zip of several parts"


def _zip64(end: EndRecord) -> Iterator[str]:
    if _FULL_16 in (end.entries, end.entries_here) or _FULL_32 in (end.directory_bytes, end.directory_offset):
        yield "the zip needs ZIP64 extensions, which no bundle needs"


def _counts(directory: Placed) -> Iterator[str]:
    end = directory.end
    if end.entries != end.entries_here:
        yield f"the zip counts {end.entries_here} entries here and {end.entries} in all, expected one number"


def _too_many(directory: Placed) -> Iterator[str]:
    if directory.end.entries > directory.limits.entries:
        yield f"the zip has {directory.end.entries} entries, expected at most {directory.limits.entries}"


def _misplaced(directory: Placed) -> Iterator[str]:
    end = directory.end
    expected = directory.size - END_BYTES
    if end.directory_offset + end.directory_bytes != expected:
        yield (
            f"the list of entries ends at byte {end.directory_offset + end.directory_bytes}, "
            f"expected {expected}, where the end record begins: there is data that no entry names"
        )


def _too_long(directory: Placed) -> Iterator[str]:
    if directory.end.directory_bytes > directory.limits.directory_bytes:
        yield (
            f"the list of entries has {directory.end.directory_bytes} bytes, "
            f"expected at most {directory.limits.directory_bytes}"
        )


ENDING: tuple[Check[Ending], ...] = (
    Check("archive-too-large", "the zip is not too large", _too_large, TOO_LARGE),
    Check("not-a-zip", "it is a zip", _not_a_zip),
    Check("zip-trailing-data", "nothing follows the end of the zip", _trailing_data, EXPORT_AGAIN),
)
END: tuple[Check[EndRecord], ...] = (
    Check("zip-several-disks", "the zip is in one part", _several_disks, EXPORT_AGAIN),
    Check("zip64", "the zip needs no extensions", _zip64, EXPORT_AGAIN),
)
PLACE: tuple[Check[Placed], ...] = (
    Check("zip-counts-differ", "the zip counts its entries consistently", _counts),
    Check("too-many-entries", "there are not too many entries", _too_many, EXPORT_AGAIN),
    Check("zip-list-too-long", "the list of entries is not too long", _too_long, EXPORT_AGAIN),
    Check("zip-list-misplaced", "the list of entries reaches up to the end record", _misplaced, EXPORT_AGAIN),
)
