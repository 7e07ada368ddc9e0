"""Is anything at a path that somebody wrote? One that no file system can hold leads nowhere."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def is_file(path: Path) -> bool:
    """Does the path lead to a regular file?"""
    return os.path.isfile(path)  # noqa: PTH113 - Path.is_file raises for a path that is too long


def is_directory(path: Path) -> bool:
    """Does the path lead to a directory?"""
    return os.path.isdir(path)  # noqa: PTH112 - as above


def is_there(path: Path) -> bool:
    """Does the path lead to anything?"""
    return os.path.exists(path)  # noqa: PTH110 - as above
