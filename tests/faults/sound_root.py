"""What must hold of a root whatever happened to the process that worked on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recorded_samples import tree

from edgeenv.evidence.check import defects
from edgeenv.evidence.store import load_failure, load_run
from edgeenv.registry.registry import Registry
from edgeenv.registry.rows import RunQuery

if TYPE_CHECKING:
    from pathlib import Path

ALL = RunQuery()


def earlier_is_untouched(root: Path, before: dict[str, bytes]) -> None:
    now = tree(root)
    assert {name: now.get(name) for name in before} == before


def heals(root: Path) -> Registry:
    """The next command works, mends what is to be mended, and the one after it has nothing to say."""
    healing = Registry(root)
    healing.runs(ALL)
    healing.failed_runs()
    assert not {notice.code for notice in healing.notices} & {
        "not-healed",
        "run-unreadable",
        "failed-run-unreadable",
        "index-not-usable",
    }, healing.notices
    is_sound(root)
    return healing


def is_sound(root: Path) -> None:
    """Every run is whole and has its row, nothing else is left, nothing is left to be said."""
    registry = Registry(root)
    rows = {row.run_id for row in registry.runs(ALL)}
    directories = {path.name for path in root.glob("runs/*")}
    assert rows == directories
    for run_id in directories:
        stored = load_run(registry.run_directory(run_id))
        assert defects(stored.directory, stored.manifest) == ()
        assert registry.run(run_id) == stored
    for directory in root.glob("failed-runs/*"):
        assert defects(directory, load_failure(directory).manifest) == ()
    registry.failed_runs()
    assert registry.notices == []
    assert list(root.glob("tmp/*")) == []
