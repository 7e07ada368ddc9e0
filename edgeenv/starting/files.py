"""The three files of a beginning: made in memory, held against their contracts, then placed together."""

from __future__ import annotations

import os
from contextlib import suppress
from tempfile import mkstemp
from typing import TYPE_CHECKING, NamedTuple

from edgeenv import documents, resources, schema
from edgeenv.errors import EdgeEnvError
from edgeenv.starting.pages import config_page, profile_page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edgeenv.documents import Document
    from edgeenv.starting.pages import Beginning

CONFIG_NAME, PROFILE_NAME, SCRIPT_NAME = "bench.yaml", "target.yaml", "bench.py"


class NewFile(NamedTuple):
    """One file that is to be written.

    Attributes:
        kind: ``bench-config``, ``target-profile`` or ``script``.
        path: where.
        content: the whole of it.
        document: what it says, for the two YAML files.
    """

    kind: str
    path: Path
    content: bytes
    document: Document | None = None


def new_files(beginning: Beginning, directory: Path) -> tuple[NewFile, ...]:
    """The files, the two YAML ones valid.

    Raises:
        EdgeEnvError: ``not-valid`` when what the user has named cannot stand in a valid file.
    """
    template = "init_command.py" if beginning.words else "init_function.py"
    return (
        _checked("bench-config", directory / CONFIG_NAME, config_page(beginning)),
        _checked("target-profile", directory / PROFILE_NAME, profile_page(beginning)),
        NewFile("script", directory / SCRIPT_NAME, resources.read_bytes("templates", template)),
    )


def place(files: Sequence[NewFile], *, replace: bool, mode: int) -> None:
    """Write all files or none.

    Args:
        files: the files, all in one directory, which is made when it is not there.
        replace: whether files that are there may be replaced.
        mode: the permissions of new files.

    Raises:
        EdgeEnvError: ``file-exists`` or ``not-writable``; nothing has changed then.
    """
    there = [str(file.path) for file in files if os.path.lexists(file.path)]
    if there and not replace:
        raise EdgeEnvError(
            f"not overwritten, since already there: {', '.join(there)}",
            "name another directory, or add --force to replace them",
            code="file-exists",
        )
    directory = files[0].path.parent
    was_there = os.path.lexists(directory)
    staged: list[str] = []
    try:
        directory.mkdir(parents=True, exist_ok=True)
        staged.extend(_stage(file, mode) for file in files)
        _exchange(files, staged)
    except OSError as error:
        for name in staged:
            with suppress(OSError):
                os.unlink(name)  # noqa: PTH108 - mkstemp gives a name
        if not was_there:
            with suppress(OSError):
                directory.rmdir()
        raise EdgeEnvError(
            f"cannot write to {directory}: {error.strerror}",
            "name a directory that you may write to",
            code="not-writable",
        ) from error


def _checked(kind: str, path: Path, text: str) -> NewFile:
    content = text.encode()
    document = documents.parse_yaml(content, str(path))
    problems = schema.check(kind, document)
    if kind == "bench-config":
        problems += schema.check_command(document)
    if problems:
        raise EdgeEnvError(
            f"what you have named gives no valid {kind.replace('-', ' ')}",
            "change the name, the path or the command that the lines above speak of",
            code="not-valid",
            problems=problems,
        )
    return NewFile(kind, path, content, document)


def _stage(file: NewFile, mode: int) -> str:
    """The content beside its place, under a name of its own."""
    descriptor, name = mkstemp(dir=file.path.parent, prefix=f".{file.path.name}.")
    with open(descriptor, "wb") as stream:  # noqa: PTH123 - a descriptor
        stream.write(file.content)
    os.chmod(name, mode)  # noqa: PTH101 - mkstemp gives a name
    return name


def _exchange(files: Sequence[NewFile], staged: Sequence[str]) -> None:
    """Move every staged file into its place; on a failure put back what was there."""
    before: list[tuple[Path, bytes | None]] = []
    try:
        for file, name in zip(files, staged, strict=True):
            old = file.path.read_bytes() if file.path.is_file() else None
            os.replace(name, file.path)  # noqa: PTH105 - mkstemp gives a name
            before.append((file.path, old))
    except OSError:
        for path, old in before:
            with suppress(OSError):
                if old is None:
                    path.unlink()
                else:
                    path.write_bytes(old)
        raise
