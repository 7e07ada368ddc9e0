"""A root as the earlier system left it: hand-written files, and its index made from their SQL text."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

FILES = Path(__file__).resolve().parents[1] / "data" / "old_root"
OLD_RUNS = ("run-20260508-081502-89abcdef", "run-20260507-123011-4e5f6a7b", "run-20260507-122153-0a1b2c3d")
OLD_FAILURE = "run-20260508-090000-0badf00d"


def make_old_root(root: Path) -> Path:
    """Runs newest first are OLD_RUNS."""
    shutil.copytree(FILES, root, ignore=shutil.ignore_patterns("runs.sql"))
    with closing(sqlite3.connect(root / "runs.db")) as db:
        db.executescript((FILES / "runs.sql").read_text("utf-8"))
    return root


def snapshot(root: Path) -> dict[str, tuple[int, bytes]]:
    """Every byte under a root, and when it was written."""
    return {
        str(path.relative_to(root)): (path.lstat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in (root, *sorted(root.rglob("*")))
    }
