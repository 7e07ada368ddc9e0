"""Is it one plain zip, every byte of which is accounted for? Checked before anything is unpacked."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgeenv.evidence.bundle.checking import EXPORT_AGAIN, TOO_LARGE, Check
from edgeenv.evidence.bundle.names import shown
from edgeenv.evidence.bundle.records import (
    DEFLATED,
    ENCRYPTED,
    LOCAL_BYTES,
    STORED,
    STREAMED,
    UTF8,
    CentralRecord,
    EndRecord,
    Header,
    parse_central,
    parse_local,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edgeenv.evidence.bundle.archive import Archive
    from edgeenv.evidence.bundle.limits import Limits

_DEFLATE_OPTIONS = 1 << 1 | 1 << 2  # how hard the packer tried; means nothing to a reader
_PLAIN_VERSION = 20
_DOS_DIRECTORY = 0x10


@dataclass(frozen=True, slots=True)
class Directory:
    """The central directory, read as far as it makes sense.

    Attributes:
        fault: why it makes no sense, None when it does.
    """

    records: tuple[CentralRecord, ...]
    end: EndRecord
    limits: Limits
    fault: str | None = None

    @classmethod
    def of(cls, archive: Archive, end: EndRecord, limits: Limits) -> Directory:
        """Read the central directory that an end record names."""
        raw = archive.read(end.directory_offset, end.directory_bytes)
        records: list[CentralRecord] = []
        at = 0
        for number in range(1, end.entries + 1):
            parsed = parse_central(raw, at)
            if parsed is None:
                return cls(tuple(records), end, limits, f"entry {number} of {end.entries} is damaged")
            record, at = parsed
            records.append(record)
        fault = f"{len(raw) - at} bytes follow its last entry" if at != len(raw) else None
        return cls(tuple(records), end, limits, fault)


@dataclass(frozen=True, slots=True)
class LocalHeaders:
    """Each entry's central record, and what stands where it says that the local header is."""

    pairs: tuple[tuple[CentralRecord, Header | None], ...]

    @classmethod
    def of(cls, archive: Archive, directory: Directory) -> LocalHeaders:
        """Read the local header of every entry."""
        return cls(
            tuple(
                (record, parse_local(archive.read(record.offset, LOCAL_BYTES + len(record.header.name))))
                for record in directory.records
            )
        )


def _damaged_directory(directory: Directory) -> Iterator[str]:
    if directory.fault:
        yield f"the zip's list of entries is damaged: {directory.fault}"


def _encrypted(directory: Directory) -> Iterator[str]:
    for record in directory.records:
        if record.header.flags & ENCRYPTED:
            yield f"{_name(record)} is encrypted, expected plain evidence"


def _flags(directory: Directory) -> Iterator[str]:
    for record in directory.records:
        odd = record.header.flags & ~(ENCRYPTED | _DEFLATE_OPTIONS | UTF8)
        if odd & STREAMED:
            yield f"{_name(record)} was written as a stream, its sizes stand behind its data"
        elif odd:
            yield f"{_name(record)} has the flags 0x{record.header.flags:04x}, which no bundle has"


def _method(directory: Directory) -> Iterator[str]:
    for record in directory.records:
        if record.header.method not in (STORED, DEFLATED):
            yield f"{_name(record)} has method {record.header.method}, expected 0 (stored) or 8 (deflated)"


def _version(directory: Directory) -> Iterator[str]:
    for record in directory.records:
        if record.header.version > _PLAIN_VERSION:
            yield f"{_name(record)} needs version {record.header.version / 10} of zip, expected at most 2.0"


def _extra(directory: Directory) -> Iterator[str]:
    for record in directory.records:
        if record.header.extra_bytes or record.comment_bytes:
            yield f"{_name(record)} has an extra field or a comment, which no bundle has"


def _entry_disk(directory: Directory) -> Iterator[str]:
    for record in directory.records:
        if record.disk:
            yield f"{_name(record)} lies on part {record.disk + 1} of a zip of several parts"


def _stored_size(directory: Directory) -> Iterator[str]:
    for record in directory.records:
        head = record.header
        if head.method == STORED and head.compressed != head.size:
            yield f"{_name(record)} is stored in {head.compressed} bytes but declares {head.size}"


def _not_a_file(directory: Directory) -> Iterator[str]:
    for record in directory.records:
        kind = stat.S_IFMT(record.mode)
        if record.header.name.endswith(b"/") or kind == stat.S_IFDIR or record.external & _DOS_DIRECTORY:
            what = "a directory"
        elif kind == stat.S_IFLNK:
            what = "a symbolic link"
        elif kind not in (0, stat.S_IFREG):
            what = "a device or another special file"
        else:
            continue
        yield f"Archive symlinks and directories are not importable: {_name(record)} is {what}"


def _set_id(directory: Directory) -> Iterator[str]:
    for record in directory.records:
        if record.mode & (stat.S_ISUID | stat.S_ISGID):
            yield f"{_name(record)} would run with the rights of its owner, expected a plain file"


def _gaps(directory: Directory) -> Iterator[str]:
    at = 0
    for record in sorted(directory.records, key=lambda record: record.offset):
        if record.offset != at:
            found = (
                "overlaps the entry before it"
                if record.offset < at
                else f"has {record.offset - at} bytes before it"
            )
            yield f"{_name(record)} {found}, expected it at byte {at}"
        at = record.end
    if at != directory.end.directory_offset:
        start = directory.end.directory_offset
        yield f"the entries end at byte {at}, expected {start}, the start of their list"


def _disagreement(headers: LocalHeaders) -> Iterator[str]:
    for record, local in headers.pairs:
        if local is None:
            yield f"{_name(record)} has no header of its own where the zip's list says"
        elif local != record.header:
            differing = [
                name for name in Header.__slots__ if getattr(local, name) != getattr(record.header, name)
            ]
            yield f"{_name(record)} has another {', '.join(differing)} in its header than in the zip's list"


def _bundle_size(directory: Directory) -> Iterator[str]:
    total = sum(record.header.size for record in directory.records)
    if total > directory.limits.total_bytes:
        yield f"the bundle unpacks to {total} bytes, expected at most {directory.limits.total_bytes}"


def _file_size(directory: Directory) -> Iterator[str]:
    for record in directory.records:
        path = record.header.name.decode("ascii", "replace").partition("/")[2]
        limit = directory.limits.file_limit(path)
        if record.header.size > limit:
            yield f"{_name(record)} unpacks to {record.header.size} bytes, expected at most {limit}"


def _ratio(directory: Directory) -> Iterator[str]:
    for record in directory.records:
        if directory.limits.expands_too_much(record.header.size, record.header.compressed):
            yield (
                f"{_name(record)} unpacks from {record.header.compressed} to {record.header.size} bytes, "
                f"more than {directory.limits.ratio} times"
            )


def _name(record: CentralRecord) -> str:
    return shown(record.header.name.decode("utf-8", "backslashreplace"))


DIRECTORY: tuple[Check[Directory], ...] = (
    Check("zip-list-damaged", "the list of entries can be read", _damaged_directory),
)
ENTRIES: tuple[Check[Directory], ...] = (
    Check("zip-encrypted", "no entry is encrypted", _encrypted, EXPORT_AGAIN),
    Check("zip-flags", "no entry uses special features of zip", _flags, EXPORT_AGAIN),
    Check("zip-method", "entries are stored or deflated", _method, EXPORT_AGAIN),
    Check("zip-version", "no entry needs a newer zip format", _version, EXPORT_AGAIN),
    Check("entry-not-a-file", "every entry is a regular file", _not_a_file, EXPORT_AGAIN),
    Check("entry-set-id", "no entry carries special rights", _set_id, EXPORT_AGAIN),
    Check("zip-extra", "no entry has an extra field or a comment", _extra, EXPORT_AGAIN),
    Check("zip-entry-disk", "every entry is in this file", _entry_disk, EXPORT_AGAIN),
    Check("zip-stored-size", "stored entries are as large as they say", _stored_size),
    Check("zip-gaps", "the entries lie side by side, without gap or overlap", _gaps, EXPORT_AGAIN),
)
HEADERS: tuple[Check[LocalHeaders], ...] = (
    Check("zip-headers-differ", "each entry's own header agrees with the list", _disagreement, EXPORT_AGAIN),
)
SIZES: tuple[Check[Directory], ...] = (
    Check("bundle-too-large", "the bundle does not unpack to too much", _bundle_size, TOO_LARGE),
    Check("file-too-large", "no file unpacks to too much", _file_size, TOO_LARGE),
    Check("compression-ratio", "no file is a decompression bomb", _ratio, EXPORT_AGAIN),
)
