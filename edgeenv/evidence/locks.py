"""Lock files that say who is at work: held while their process lives, free as soon as it has gone."""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def take_new(lock: Path) -> int | None:
    """Create and hold a lock file; None when the name is taken or a sweep has just removed it."""
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    except FileExistsError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if _is_at(descriptor, lock):
            return descriptor
    except BaseException:
        os.close(descriptor)
        with suppress(OSError):
            lock.unlink()
        raise
    os.close(descriptor)
    return None


def take_free(lock: Path) -> int | None:
    """Hold a lock file that nobody holds; None when somebody does, or when it has gone."""
    how = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        try:
            descriptor = os.open(lock, os.O_RDWR | how)  # network file systems lock only what may be written
        except OSError as error:
            if error.errno not in {errno.EACCES, errno.EROFS}:
                raise
            descriptor = os.open(lock, os.O_RDONLY | how)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_at(descriptor, lock):
            return descriptor
    except BlockingIOError:
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


@contextmanager
def locked(lock: Path) -> Iterator[None]:
    """Wait for a lock file that stays where it is, made when it is not there, and hold it."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(lock, flags, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _is_at(descriptor: int, path: Path) -> bool:
    """Is the opened file still the one with this name?"""
    try:
        there = path.lstat()
    except FileNotFoundError:
        return False
    opened = os.fstat(descriptor)
    return (there.st_dev, there.st_ino) == (opened.st_dev, opened.st_ino)
