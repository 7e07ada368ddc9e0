"""The digest of a model, be it a file or a directory, and a cheap way to see that it is untouched."""

from __future__ import annotations

import hashlib
import itertools
import os
import stat
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CHUNK_BYTES = 1 << 20
MAX_ENTRIES = 10_000
"""A directory with more entries than this is a mistyped path rather than a model."""

MAX_DEPTH = 64

_HEADER = b"edgeenv.model-directory.v1\n"


class UnreadableError(Exception):
    """The content is there and cannot be digested; the text says why."""


class StoppedError(Exception):
    """The caller has asked to stop before the digest was complete."""


class Stamp(NamedTuple):
    """What the file system tells about one file without reading it.

    Attributes:
        relative: the path below the model directory, with ``/``; empty for a model that is one file.
        place: device and inode; another one means another file of the same name.
        state: size, and the times of the last change of content and of metadata, in nanoseconds.
    """

    relative: bytes
    place: tuple[int, int]
    state: tuple[int, int, int]


class Content(NamedTuple):
    """What lay at a path.

    Attributes:
        basis: ``file`` or ``directory``.
        digest: SHA-256 as 64 hex digits.
        size_bytes: the size of the file, or of all files together.
        stamps: one for each file, taken before it was read, so that a later change shows.
    """

    basis: str
    digest: str
    size_bytes: int
    stamps: tuple[Stamp, ...]


def stamps(path: Path) -> tuple[Stamp, ...]:
    """The stamps of a file, or of every file of a directory in the order of their paths' bytes.

    Links are followed, to files and to directories.

    Raises:
        FileNotFoundError: there is nothing.
        UnreadableError: it is neither a file nor a directory, holds such a thing, a link that leads nowhere
            or round in a circle, too many or too deep directories, or may not be read.
    """
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(path) from None
    except (OSError, ValueError) as error:
        raise UnreadableError(str(error)) from error
    if stat.S_ISREG(status.st_mode):
        return (_stamp(b"", status),)
    found = list(itertools.islice(_below(path, b"", status, ()), MAX_ENTRIES + 1))
    if len(found) > MAX_ENTRIES:
        raise UnreadableError(f"{path} holds more than {MAX_ENTRIES} files and directories")
    return tuple(sorted((stamp for stamp in found if stamp), key=lambda stamp: stamp.relative))


def examine(path: Path, stopped: Callable[[], bool]) -> Content:
    """Digest what lies at a path, in pieces of 1 MiB.

    The digest of a file is the SHA-256 of its bytes. The digest of a directory is the SHA-256 of the line
    ``edgeenv.model-directory.v1`` and, for each file in the order of the bytes of its path, of: the file's
    own SHA-256 in hex, a blank, its size in decimal, a blank, its path below the directory with ``/``, and a
    NUL. Empty directories, permissions and times do not count.

    Args:
        path: a file or a directory.
        stopped: asked between the pieces whether to give up.

    Raises:
        FileNotFoundError: there is nothing.
        UnreadableError: as `stamps`.
        StoppedError: ``stopped`` answered yes.
    """
    found = stamps(path)
    if len(found) == 1 and not found[0].relative:
        digest, size = _digest(path, stopped)
        return Content("file", digest, size, found)
    whole, total = hashlib.sha256(_HEADER), 0
    for stamp in found:
        digest, size = _digest(path / os.fsdecode(stamp.relative), stopped)
        whole.update(f"{digest} {size} ".encode() + stamp.relative + b"\0")
        total += size
    return Content("directory", whole.hexdigest(), total, found)


def _digest(path: Path, stopped: Callable[[], bool]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb", buffering=0) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                if stopped():
                    raise StoppedError
                digest.update(chunk)
                size += len(chunk)
    except OSError as error:
        raise UnreadableError(str(error)) from error
    return digest.hexdigest(), size


def _below(
    directory: Path, prefix: bytes, status: os.stat_result, above: tuple[tuple[int, int], ...]
) -> Iterator[Stamp | None]:
    """A stamp for each file, None for each directory."""
    here = (status.st_dev, status.st_ino)
    if not stat.S_ISDIR(status.st_mode):
        raise UnreadableError(f"{directory} is neither a file nor a directory")
    if len(above) >= MAX_DEPTH:
        raise UnreadableError(f"{directory} lies deeper than {MAX_DEPTH} directories")
    if here in above:
        raise UnreadableError(f"{directory} is a link to a directory above it")
    try:
        for path in directory.iterdir():
            relative = prefix + os.fsencode(path.name)
            inner = path.stat()
            if stat.S_ISREG(inner.st_mode):
                yield _stamp(relative, inner)
            else:
                yield None
                yield from _below(path, relative + b"/", inner, (*above, here))
    except OSError as error:
        raise UnreadableError(str(error)) from error


def _stamp(relative: bytes, status: os.stat_result) -> Stamp:
    return Stamp(
        relative,
        (status.st_dev, status.st_ino),
        (status.st_size, status.st_mtime_ns, status.st_ctime_ns),
    )
