"""A file that is there whole or not at all: written aside, synced, then given its name."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.disk import explain, sync_directory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_UNLIKE_SUFFIXES = 100
_LOOK = "look at that place, or choose another with --output"


@dataclass(frozen=True, slots=True)
class Aside:
    """A file in the making, open for writing and reading."""

    path: Path
    descriptor: int


@contextmanager
def placed(output: Path, *, force: bool) -> Iterator[Aside]:
    """Make a file: what is written in the ``with`` block appears at ``output`` when the block ends well.

    Args:
        output: the file; its directory must exist.
        force: replace one that is there.

    Raises:
        EdgeEnvError: there is one already (code ``output-exists``), or the disk fails.
    """
    if not force and os.path.lexists(output):
        raise _exists(output)
    aside = _open_aside(output)
    try:
        try:
            yield aside
            os.fsync(aside.descriptor)
            _put_in_place(aside.path, output, force=force)
        except OSError as error:
            raise explain(error, output, _LOOK) from error
    except BaseException:
        with suppress(OSError):
            aside.path.unlink()
        raise
    finally:
        os.close(aside.descriptor)


def write_at(descriptor: int, offset: int, content: bytes) -> None:
    """Write all of these bytes at a place of an open file."""
    view = memoryview(content)
    while view:
        count = os.pwrite(descriptor, view, offset)
        view, offset = view[count:], offset + count


def _open_aside(output: Path) -> Aside:
    for number in range(_UNLIKE_SUFFIXES):
        path = output.with_name(f".{output.name}.part{number or ''}")
        try:
            return Aside(path, os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))
        except FileExistsError:
            continue  # of another process, or of one that was killed
        except (OSError, ValueError) as error:
            if isinstance(error, ValueError):
                raise EdgeEnvError(
                    f"{output}: no file can have such a name", _LOOK, code="storage-failed"
                ) from error
            raise explain(error, output, _LOOK) from error
    raise EdgeEnvError(
        f"too many unfinished files beside {output}",
        f"remove {output.parent}/.*.part*",
        code="storage-failed",
    )


def _put_in_place(aside: Path, output: Path, *, force: bool) -> None:
    if force:
        aside.replace(output)
    else:
        try:
            os.link(aside, output)  # unlike a rename, it never replaces what appeared meanwhile
        except FileExistsError as error:
            raise _exists(output) from error
        except OSError as error:  # a file system without links
            if os.path.lexists(output):
                raise _exists(output) from error
            aside.rename(output)
        else:
            aside.unlink()
    sync_directory(output.parent)


def _exists(output: Path) -> EdgeEnvError:
    return EdgeEnvError(
        f"{output} exists already",
        "choose another name with --output, or replace it with --force",
        code="output-exists",
    )
