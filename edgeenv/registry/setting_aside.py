"""An index that cannot be used is kept under another name: it may be the witness of what was."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from edgeenv.evidence.locks import locked
from edgeenv.registry.trouble import file_identity

if TYPE_CHECKING:
    from pathlib import Path

ROOT_LOCK = "root.lock"
_BESIDE = ("-journal", "-wal", "-shm", "")  # the database last: without it the others mean nothing


def set_aside(index: Path, identity: tuple[int, int] | None) -> str | None:
    """Rename an index away, unless another process has replaced it meanwhile; gives the new name.

    Args:
        index: where the index is.
        identity: of the file that is meant.

    Raises:
        OSError: it cannot be renamed.
    """
    with locked(index.with_name(ROOT_LOCK)):
        if identity is None or file_identity(index) != identity:
            return None
        number = 1
        while os.path.lexists(_aside(index, number, "")):
            number += 1
        for suffix in _BESIDE:
            beside = index.with_name(f"{index.name}{suffix}")
            if os.path.lexists(beside):
                beside.rename(_aside(index, number, suffix))
    return _aside(index, number, "").name


def _aside(index: Path, number: int, suffix: str) -> Path:
    return index.with_name(f"{index.name}.damaged-{number}{suffix}")
