"""Deleting, restoring and pruning are stopped at every single file operation, and made to fail there."""

from __future__ import annotations

import errno
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from faulty_process import KILL, Fault, in_process
from recorded_samples import Hands, local_request, record_fake
from sound_root import heals

from edgeenv.evidence.files import Kind
from edgeenv.recording import record
from edgeenv.registry.maintenance import prune, rubbish
from edgeenv.registry.registry import Registry
from edgeenv.registry.removal import delete_run, removable, restore_run, trashed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MOST_OPERATIONS = 400
ERRORS = [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS, errno.EMFILE]


def hex_digits(count: int) -> str:
    return "d" * count


def delete(root: Path) -> tuple[str, ...]:
    registry = Registry(root)
    delete_run(registry, removable(registry, "latest", Kind.RUN), hex_digits)
    return tuple(notice.code for notice in registry.notices)


def delete_failed(root: Path) -> tuple[str, ...]:
    registry = Registry(root)
    delete_run(registry, removable(registry, "run-", Kind.FAILED_RUN), hex_digits)
    return tuple(notice.code for notice in registry.notices)


def restore(root: Path) -> tuple[str, ...]:
    registry = Registry(root)
    restore_run(registry, trashed(registry, "run-"), hex_digits)
    return tuple(notice.code for notice in registry.notices)


def prune_all(root: Path) -> tuple[str, ...]:
    registry = Registry(root)
    for item in rubbish(root):
        prune(registry, item, hex_digits)
    return tuple(notice.code for notice in registry.notices)


def deleted(root: Path) -> None:
    delete(root)


def failed_deleted(root: Path) -> None:
    delete_failed(root)


def nothing(root: Path) -> None:
    """The root as it is."""


@dataclass(frozen=True)
class Scene:
    """What is done before, what is done, and whether the run may be gone for good afterwards."""

    before: Callable[[Path], object]
    act: Callable[[Path], tuple[str, ...]]
    may_vanish: bool = False


SCENES = {
    "delete": Scene(nothing, delete),
    "delete a failed run": Scene(nothing, delete_failed),
    "restore": Scene(deleted, restore),
    "restore a failed run": Scene(failed_deleted, restore),
    "prune": Scene(deleted, prune_all, may_vanish=True),
}


def all_runs(root: Path) -> dict[str, dict[str, bytes]]:
    """Every run, wherever it lies, with its files."""
    return {
        directory.name: {path.name: path.read_bytes() for path in directory.iterdir()}
        for folder in ("runs", "failed-runs", "trash")
        for directory in (root / folder).glob("*")
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    "what", [KILL, *ERRORS], ids=["kill", *(errno.errorcode[number] for number in ERRORS)]
)
@pytest.mark.parametrize("name", SCENES)
def test_a_run_is_whole_in_one_of_two_places(tmp_path, name, what):
    scene = SCENES[name]
    template, root = tmp_path / "template", tmp_path / "root"
    hands = Hands()
    for _ in range(2):
        record_fake(template, hands)
    record(local_request(template, "false", hands))
    scene.before(template)
    expected = all_runs(template)
    assert len(expected) == 3
    for at in range(1, MOST_OPERATIONS):
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(template, root)
        ending = in_process(lambda: scene.act(root), Fault(root, at, what))
        assert ending.outcome in {"done", "refused", "killed"}, f"operation {at}: {ending.text}"
        if ending.outcome == "refused":
            assert str(root) in ending.text, f"operation {at}: {ending.text}"
        now = all_runs(root)
        if scene.may_vanish:
            assert now.items() <= expected.items(), at
            assert len(now) >= 2, at
        else:
            assert now == expected, at
        heals(root)
        assert all_runs(root) == now, at
        if not ending.fired:
            break
    assert 5 < at < MOST_OPERATIONS - 1
    assert ending.outcome == "done"
