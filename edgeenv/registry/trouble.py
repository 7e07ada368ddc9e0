"""The few ways in which an index can fail, told apart by what is to be done about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeenv.errors import EdgeEnvError

if TYPE_CHECKING:
    from pathlib import Path


class IndexTroubleError(Exception):
    """The index cannot be used as it is.

    Attributes:
        reason: what was found, beginning with ``it`` or in SQLite's own words.
        identity: device and inode of the file that was found so; None when there was none.
    """

    def __init__(self, reason: str, identity: tuple[int, int] | None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.identity = identity


class IndexMissingError(IndexTroubleError):
    """There is no index, or an empty one: fill it in place."""


class IndexDamagedError(IndexTroubleError):
    """What is there is no sound index: set it aside and start anew."""


class IndexOutdatedError(IndexTroubleError):
    """What is there is of another release or another program: set it aside and start anew.

    Attributes:
        version: the version of its columns, 0 for another program.
    """

    def __init__(self, reason: str, identity: tuple[int, int] | None, version: int = 0) -> None:
        super().__init__(reason, identity)
        self.version = version


class IndexBusyError(IndexTroubleError):
    """Another process has kept it locked for longer than we wait."""


class IndexUnavailableError(IndexTroubleError):
    """It cannot be read or written just now: full, read-only, or a failing disk."""


class ForeignContentError(Exception):
    """It holds something that no release of ours has written."""


def file_identity(path: Path) -> tuple[int, int] | None:
    """Device and inode of a file, without opening it; None when there is none."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def locked_out(path: Path, trouble: IndexBusyError) -> EdgeEnvError:
    """What a user is told when another process keeps the index locked."""
    return EdgeEnvError(
        f"the index {path} is locked by another process ({trouble.reason})",
        "wait until that process has ended, then run the command again",
        code="index-busy",
    )
