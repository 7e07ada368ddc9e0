"""A recording, a listing and a repair are stopped at every single file operation, and made to fail there."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from faulty_process import KILL, Fault, in_process
from policy_cases import policy, rule
from recorded_samples import Hands, local_request, record_fake, tree
from sound_root import ALL, earlier_is_untouched, heals, is_sound

from edgeenv.cohorts.grouping import Extent, find_cohorts
from edgeenv.evidence.stage import Stage
from edgeenv.recording import record
from edgeenv.registry.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MOST_OPERATIONS = 400
CORES = policy({"rules": {"cores": rule("env.cpu_count", missing="allow-both")}})


def later() -> Hands:
    """Ids that the prepared root does not have."""
    return Hands(digits=iter(range(1000, 100_000)))


@dataclass(frozen=True)
class Scene:
    """A prepared root and what is done to it."""

    prepare: Callable[[Path], None]
    act: Callable[[Path], tuple[str, ...]]
    adds: int


def nothing(root: Path) -> None:
    """No root yet."""


def one_run(root: Path) -> None:
    record_fake(root)


def interrupted(root: Path) -> None:
    """One run, one that lacks its row, and one that was never finished."""
    hands = Hands()
    record_fake(root, hands)
    lacking = record_fake(root, hands).run_id
    with closing(sqlite3.connect(root / "runs.db")) as db, db:
        db.execute("DELETE FROM runs WHERE run_id = ?", (lacking,))
    (root / "tmp" / f"{lacking}.00000001.lock").touch()
    stage = Stage.open(root, "run-20260301-120000-unfinish", lambda count: "f" * count)
    stage.write("config.yaml", b"unfinished")
    stage.release()


def damaged(root: Path) -> None:
    record_fake(root)
    (root / "runs.db").write_bytes(b"no database at all" * 500)


def recording(root: Path) -> tuple[str, ...]:
    return tuple(notice.code for notice in record_fake(root, later()).notices)


def failing(root: Path) -> tuple[str, ...]:
    recorded = record(local_request(root, "false", later()))
    assert recorded.failed is not None
    return tuple(notice.code for notice in recorded.notices)


def listing(count: int) -> Callable[[Path], tuple[str, ...]]:
    def act(root: Path) -> tuple[str, ...]:
        registry = Registry(root)
        found = len(registry.runs(ALL))
        notices = tuple(notice.code for notice in registry.notices)
        assert found == count or {"not-healed", "run-unreadable"} & set(notices), notices
        return notices

    return act


def grouping(root: Path) -> tuple[str, ...]:
    """By a policy whose fields the index does not note yet."""
    registry = Registry(root)
    found = find_cohorts(CORES, registry, ALL, Extent(None, None))
    notices = tuple(notice.code for notice in registry.notices)
    assert found.runs == 1 or found.unread or {"not-healed", "run-unreadable"} & set(notices), notices
    return notices


SCENES = {
    "first run": Scene(nothing, recording, 1),
    "next run": Scene(one_run, recording, 1),
    "failed run": Scene(one_run, failing, 1),
    "healing": Scene(interrupted, listing(2), 0),
    "grouping": Scene(one_run, grouping, 0),
    "damaged index": Scene(damaged, listing(1), 0),
    "run into a damaged index": Scene(damaged, recording, 1),
}


def visible(root: Path) -> set[Path]:
    return {*root.glob("runs/*"), *root.glob("failed-runs/*")}


@pytest.fixture
def prepared(tmp_path):
    """Makes a fresh copy of a scene's root for each try."""

    def prepare(scene: Scene) -> Callable[[], Path]:
        template, copy = tmp_path / "template", tmp_path / "root"
        scene.prepare(template)

        def fresh() -> Path:
            shutil.rmtree(copy, ignore_errors=True)
            if template.exists():
                shutil.copytree(template, copy)
            return copy

        return fresh

    return prepare


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENES)
def test_killed_at_any_operation(prepared, name):
    scene = SCENES[name]
    fresh = prepared(scene)
    for at in range(1, MOST_OPERATIONS):
        root = fresh()
        before, there = tree(root), visible(root)
        ending = in_process(lambda root=root: scene.act(root), Fault(root, at, KILL))
        earlier_is_untouched(root, before)
        added = len(visible(root) - there)
        assert added <= scene.adds, at
        if ending.outcome == "done":
            assert added == scene.adds
            is_sound(root)
            break
        assert ending.outcome == "killed", ending.text
        heals(root)
        assert len(visible(root) - there) == added, at
    assert at > 10
    assert at < MOST_OPERATIONS - 1


@pytest.mark.slow
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS, errno.EMFILE])
@pytest.mark.parametrize("name", ["next run", "healing"])
def test_failing_at_any_operation(prepared, name, number):
    fails_clearly(prepared, SCENES[name], number)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["first run", "failed run", "grouping", "damaged index", "run into a damaged index"]
)
def test_full_at_any_operation(prepared, name):
    fails_clearly(prepared, SCENES[name], errno.ENOSPC)


def fails_clearly(prepared, scene: Scene, number: int) -> None:
    fresh = prepared(scene)
    for at in range(1, MOST_OPERATIONS):
        root = fresh()
        before, there = tree(root), visible(root)
        ending = in_process(lambda root=root: scene.act(root), Fault(root, at, number))
        assert ending.outcome in {"done", "refused"}, f"operation {at}: {ending.text}"
        earlier_is_untouched(root, before)
        added = len(visible(root) - there)
        if ending.outcome == "refused":
            assert str(root) in ending.text, ending.text
            assert "\n" not in ending.text
            assert added == 0, f"operation {at} was refused, yet a run is visible"
        else:
            assert added == scene.adds, at
        if root.exists():
            heals(root)
        if not ending.fired:
            break
    assert at > 10
    assert at < MOST_OPERATIONS - 1
