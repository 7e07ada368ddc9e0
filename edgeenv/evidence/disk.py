"""Files that last and files that may be trusted: new files are synced, only regular files are read."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from edgeenv.errors import EdgeEnvError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CHUNK = 1 << 20
_HINTS = {
    errno.ENOSPC: "free some space there, or choose another root with --edgeenv-root",
    errno.EDQUOT: "free some space within your quota, or choose another root with --edgeenv-root",
    errno.EROFS: "choose a root on a writable file system with --edgeenv-root",
    errno.EACCES: "change the permissions of that place, or choose another root with --edgeenv-root",
    errno.EPERM: "change the permissions of that place, or choose another root with --edgeenv-root",
    errno.EMFILE: "raise the limit of open files, for example: ulimit -n 1024",
    errno.ENOTDIR: "choose a root that is a directory with --edgeenv-root",
    errno.EXDEV: "let runs/, failed-runs/ and tmp/ of a root lie on one file system",
}
_CODES = {
    errno.ENOSPC: "no-space",
    errno.EDQUOT: "no-space",
    errno.EROFS: "not-writable",
    errno.EACCES: "no-permission",
    errno.EPERM: "no-permission",
}
# What these say is true of the file itself, today and tomorrow; others may be gone at the next try.
_OF_THE_FILE = {
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.ELOOP,
    errno.EINVAL,
    errno.EFBIG,
    errno.ENXIO,
}


def is_of_the_file(error: OSError) -> bool:
    """Does an error of reading say what is there, such as nothing, a link or a pipe?"""
    return error.errno in _OF_THE_FILE


def explain(error: OSError, path: Path, before_hint: str = "") -> EdgeEnvError:
    """The error of a file system in words: its cause, then the path it is about.

    Args:
        error: what was raised.
        path: what was being worked on, for an error that names no file itself.
        before_hint: what else the reader must know, put before what to do next.
    """
    named = error.filename if isinstance(error.filename, str) else str(path)
    cause = error.strerror or str(error) or "input/output error"
    number = error.errno or 0
    usual = _HINTS.get(number, "look at that place, then run the command again")
    return EdgeEnvError(f"{cause}: {named}", before_hint + usual, code=_CODES.get(number, "storage-failed"))


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn every ``OSError`` inside into one `EdgeEnvError` that names path and cause."""
    try:
        yield
    except OSError as error:
        raise explain(error, path) from error


def write_new(path: Path, content: bytes) -> None:
    """Create a file, write it whole and sync it; an existing one is an error, never overwritten."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    except OSError as error:
        error.filename = str(path)
        raise
    finally:
        os.close(descriptor)


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable, where the file system can."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:
            error.filename = str(path)
            raise
    finally:
        os.close(descriptor)


def make_directory(path: Path) -> None:
    """Make a directory and what it lies in, durably; one that is there already is fine."""
    if path.is_dir():
        return
    if not path.parent.is_dir():
        make_directory(path.parent)
    try:
        path.mkdir()
    except FileExistsError:
        if not path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "Not a directory", str(path)) from None
    else:
        sync_directory(path.parent)


def open_regular(path: Path) -> int:
    """Open a regular file for reading; a link, pipe or device is refused.

    Returns:
        a descriptor that the caller closes.

    Raises:
        OSError: there is no such file, or it is not a regular one.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EINVAL, "not a regular file", str(path))


def read_regular(path: Path, limit: int) -> bytes:
    """The bytes of a regular file of at most ``limit`` bytes.

    Raises:
        OSError: as `open_regular`, or the file is larger than the limit.
    """
    descriptor = open_regular(path)
    pieces, size = [], 0
    try:
        while size <= limit and (piece := os.read(descriptor, min(_CHUNK, limit + 1 - size))):
            pieces.append(piece)
            size += len(piece)
    except OSError as error:
        error.filename = str(path)
        raise
    finally:
        os.close(descriptor)
    if size > limit:
        raise OSError(errno.EFBIG, f"larger than {limit} bytes", str(path))
    return b"".join(pieces)


def digest_regular(path: Path, *, sync: bool = False) -> tuple[str, int]:
    """SHA-256 in hex and the size in bytes of a regular file, read in constant memory.

    Args:
        path: the file.
        sync: also make its content durable.

    Raises:
        OSError: as `open_regular`.
    """
    from hashlib import sha256

    digest, size = sha256(), 0
    descriptor = open_regular(path)
    try:
        while piece := os.read(descriptor, _CHUNK):
            digest.update(piece)
            size += len(piece)
        if sync:
            os.fsync(descriptor)
    except OSError as error:
        error.filename = str(path)
        raise
    finally:
        os.close(descriptor)
    return digest.hexdigest(), size


def is_real_directory(path: Path) -> bool:
    """Is this a directory, and not a link to one?"""
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False
