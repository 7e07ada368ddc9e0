"""Where an editor finds a shipped schema, for the first line of the files that EdgeEnv begins."""

from __future__ import annotations

import os
from pathlib import Path

from edgeenv import resources


def schema_place(name: str, directory: Path) -> str:
    """A relative path from the file's directory where possible, which names no home directory."""
    there = resources.place("schemas", f"{name}.schema.json")
    folder = directory.absolute()
    if len(Path(os.path.commonpath((there, folder))).parts) > 1:
        return Path(os.path.relpath(there, folder)).as_posix()
    return there.as_posix()
