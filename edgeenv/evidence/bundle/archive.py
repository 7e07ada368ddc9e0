"""A zip that somebody sent: opened once, read at places that its records name, unpacked within bounds."""

from __future__ import annotations

import errno
import os
import stat
import zlib
from contextlib import contextmanager
from hashlib import sha256
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.bundle.records import LOCAL_BYTES, STORED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edgeenv.evidence.bundle.records import CentralRecord

CHUNK = 1 << 16


class DamagedEntryError(Exception):
    """An entry does not unpack to what its record says; the text is a predicate of the entry."""


class Archive:
    """An open regular file that does not get replaced while it is read; close it."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.descriptor = descriptor
        self.size = os.fstat(descriptor).st_size

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator[Archive]:
        """Open a bundle; a pipe or device is refused and never waited for.

        Raises:
            EdgeEnvError: with the code ``not-found``, ``not-a-regular-file`` or ``unreadable``.
        """
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (OSError, ValueError) as error:
            raise _cannot_open(path, error) from error
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise EdgeEnvError(
                    f"{path} is not a regular file, expected a bundle",
                    "name the zip that edgeenv runs export wrote",
                    code="not-a-regular-file",
                )
            yield cls(path, descriptor)
        finally:
            os.close(descriptor)

    @contextmanager
    def private_copy(self) -> Iterator[Archive]:
        """The same bytes in a nameless file that nobody else can change: what is signed is what is parsed.

        Raises:
            EdgeEnvError: there is no space for it (code ``no-space``), or as `read`.
        """
        with TemporaryFile(prefix="edgeenv-", buffering=0) as file:
            offset = 0
            while piece := self.read(offset, CHUNK):
                try:
                    offset += os.pwrite(file.fileno(), piece, offset)
                except OSError as error:
                    raise EdgeEnvError(
                        f"{self.path} cannot be copied to be checked: {error.strerror}",
                        "free some space in the directory for temporary files, or set TMPDIR to another",
                        code="no-space",
                    ) from error
            yield Archive(self.path, file.fileno())

    def read(self, offset: int, count: int) -> bytes:
        """At most ``count`` bytes from an offset; fewer only at the end of the file.

        Raises:
            EdgeEnvError: the disk could not be read (code ``unreadable``).
        """
        try:
            pieces = []
            while count > 0 and (piece := os.pread(self.descriptor, min(count, CHUNK), offset)):
                pieces.append(piece)
                offset += len(piece)
                count -= len(piece)
        except OSError as error:
            raise _cannot_open(self.path, error) from error
        return b"".join(pieces)

    def digest(self) -> str:
        """SHA-256 of the whole file in hex."""
        digest, offset = sha256(), 0
        while piece := self.read(offset, CHUNK):
            digest.update(piece)
            offset += len(piece)
        return digest.hexdigest()

    def unpack(self, record: CentralRecord) -> Iterator[bytes]:
        """The content of an entry, in pieces of at most 64 KiB; never more than its record says.

        Raises:
            DamagedEntryError: it does not unpack, or to another size or checksum than its record says.
        """
        crc, size = 0, 0
        for piece in self._stored(record) if record.header.method == STORED else self._inflated(record):
            size += len(piece)
            if size > record.header.size:
                raise DamagedEntryError(
                    f"unpacks to more than the {record.header.size} bytes that it declares"
                )
            crc = zlib.crc32(piece, crc)
            yield piece
        if size != record.header.size:
            raise DamagedEntryError(f"unpacks to {size} bytes, it declares {record.header.size}")
        if crc != record.header.crc:
            raise DamagedEntryError(f"has the CRC-32 {crc:08x}, it declares {record.header.crc:08x}")

    def _packed(self, record: CentralRecord) -> Iterator[bytes]:
        offset = record.offset + LOCAL_BYTES + len(record.header.name)
        left = record.header.compressed
        while left > 0:
            piece = self.read(offset, min(CHUNK, left))
            if not piece:
                raise DamagedEntryError("ends with the file, before its own end")
            offset += len(piece)
            left -= len(piece)
            yield piece

    def _stored(self, record: CentralRecord) -> Iterator[bytes]:
        yield from self._packed(record)

    def _inflated(self, record: CentralRecord) -> Iterator[bytes]:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        packed = self._packed(record)
        waiting, is_all_read = b"", False
        while not inflater.eof:
            if not waiting:
                waiting = next(packed, b"")
                is_all_read = not waiting
            try:
                piece = inflater.decompress(waiting, CHUNK)
            except zlib.error:
                raise DamagedEntryError("is not deflated data") from None
            waiting = inflater.unconsumed_tail
            if piece:
                yield piece
            elif is_all_read and not inflater.eof:
                raise DamagedEntryError("ends before its deflated data does")
        after = len(inflater.unused_data) + sum(len(piece) for piece in packed)
        if after:
            raise DamagedEntryError(f"has {after} bytes behind its deflated data")


def _cannot_open(path: Path, error: OSError | ValueError) -> EdgeEnvError:
    number = getattr(error, "errno", None)
    if number in {None, errno.ENOENT, errno.ENOTDIR}:
        return EdgeEnvError(f"{path}: no such file", "check the path of the bundle", code="not-found")
    if number == errno.ENXIO:
        return EdgeEnvError(f"{path} is not a regular file, expected a bundle", code="not-a-regular-file")
    reason = getattr(error, "strerror", None) or str(error)
    return EdgeEnvError(f"{path}: cannot be read: {reason}", "check its permissions", code="unreadable")
