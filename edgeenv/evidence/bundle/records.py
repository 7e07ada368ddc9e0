"""The three records of a zip file, as bytes and as values; nothing of it is interpreted here."""

from __future__ import annotations

import struct
from dataclasses import dataclass

LOCAL_SIGNATURE = b"PK\x03\x04"
CENTRAL_SIGNATURE = b"PK\x01\x02"
END_SIGNATURE = b"PK\x05\x06"

STORED = 0
DEFLATED = 8

ENCRYPTED = 1 << 0
STREAMED = 1 << 3
UTF8 = 1 << 11

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")

LOCAL_BYTES = _LOCAL.size
CENTRAL_BYTES = _CENTRAL.size
END_BYTES = _END.size


@dataclass(frozen=True, slots=True)
class Header:
    """What a local header and its central record both say of one entry.

    Attributes:
        version: the version of the format that is needed, times ten.
        flags: general purpose bits.
        method: 0 stored, 8 deflated.
        time: MS-DOS time, date: MS-DOS date.
        crc: CRC-32 of the content.
        compressed: bytes in the zip, size: bytes unpacked.
        name: as it stands there.
        extra_bytes: the length of the extra field.
    """

    version: int
    flags: int
    method: int
    time: int
    date: int
    crc: int
    compressed: int
    size: int
    name: bytes
    extra_bytes: int = 0

    def to_local(self) -> bytes:
        """The local header, name included."""
        numbers = (
            self.version,
            self.flags,
            self.method,
            self.time,
            self.date,
            self.crc,
            self.compressed,
            self.size,
        )
        return _LOCAL.pack(LOCAL_SIGNATURE, *numbers, len(self.name), 0) + self.name


@dataclass(frozen=True, slots=True)
class CentralRecord:
    """One entry of the central directory.

    Attributes:
        made_by: who wrote it; the upper byte tells how ``external`` is to be read.
        comment_bytes: the length of its comment.
        disk: on which disk it begins.
        external: file attributes, for Unix the mode in the upper 16 bits.
        offset: where its local header stands.
    """

    header: Header
    made_by: int
    comment_bytes: int
    disk: int
    external: int
    offset: int

    @property
    def mode(self) -> int:
        """The Unix mode, 0 where none was recorded."""
        return self.external >> 16

    @property
    def end(self) -> int:
        """Where the entry ends when its local header has no extra field."""
        return self.offset + LOCAL_BYTES + len(self.header.name) + self.header.compressed

    def to_bytes(self) -> bytes:
        """The record, name included."""
        head = self.header
        numbers = (
            head.version,
            head.flags,
            head.method,
            head.time,
            head.date,
            head.crc,
            head.compressed,
            head.size,
        )
        rest = (len(head.name), 0, 0, self.disk, 0, self.external, self.offset)
        return _CENTRAL.pack(CENTRAL_SIGNATURE, self.made_by, *numbers, *rest) + head.name


@dataclass(frozen=True, slots=True)
class EndRecord:
    """The end of the central directory.

    Attributes:
        disk: this disk, first_disk: the one where the directory begins.
        entries_here: entries on this disk, entries: all of them.
        directory_bytes: the directory's size, directory_offset: where it begins.
        comment_bytes: the length of the comment that follows.
    """

    disk: int
    first_disk: int
    entries_here: int
    entries: int
    directory_bytes: int
    directory_offset: int
    comment_bytes: int

    def to_bytes(self) -> bytes:
        """The record without comment."""
        places = (self.directory_bytes, self.directory_offset, self.comment_bytes)
        return _END.pack(END_SIGNATURE, self.disk, self.first_disk, self.entries_here, self.entries, *places)


def parse_end(raw: bytes) -> EndRecord | None:
    """The end record in exactly these bytes; None when they are none."""
    if len(raw) != END_BYTES or not raw.startswith(END_SIGNATURE):
        return None
    return EndRecord(*_END.unpack(raw)[1:])


def parse_local(raw: bytes) -> Header | None:
    """The local header at the beginning of these bytes; None when there is none."""
    if len(raw) < LOCAL_BYTES or not raw.startswith(LOCAL_SIGNATURE):
        return None
    numbers: tuple[int, ...] = _LOCAL.unpack_from(raw)[1:]
    name = raw[LOCAL_BYTES : LOCAL_BYTES + numbers[8]]
    return _header(numbers[:8], name, extra_bytes=numbers[9]) if len(name) == numbers[8] else None


def parse_central(raw: bytes, start: int) -> tuple[CentralRecord, int] | None:
    """The central record at an offset of these bytes, and where it ends; None when there is none."""
    if len(raw) - start < CENTRAL_BYTES or not raw.startswith(CENTRAL_SIGNATURE, start):
        return None
    made_by, *numbers = _CENTRAL.unpack_from(raw, start)[1:]
    name_bytes, extra_bytes, comment_bytes, disk, _, external, offset = numbers[8:]
    name_at = start + CENTRAL_BYTES
    end = name_at + name_bytes + extra_bytes + comment_bytes
    if end > len(raw):
        return None
    header = _header(tuple(numbers[:8]), raw[name_at : name_at + name_bytes], extra_bytes=extra_bytes)
    return CentralRecord(header, made_by, comment_bytes, disk, external, offset), end


def _header(numbers: tuple[int, ...], name: bytes, *, extra_bytes: int) -> Header:
    version, flags, method, time, date, crc, compressed, size = numbers
    return Header(version, flags, method, time, date, crc, compressed, size, name, extra_bytes)
