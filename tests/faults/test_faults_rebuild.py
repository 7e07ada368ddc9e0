"""A rebuild of the index is stopped at every single file operation, made to fail, killed, and crowded."""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from faulty_process import KILL, Fault, in_process
from old_root import OLD_RUNS, make_old_root, snapshot
from recorded_samples import Hands, record_fake, tree
from sound_root import ALL, heals, is_sound

from edgeenv.cli.main import cli
from edgeenv.registry.maintenance import rebuild_index
from edgeenv.registry.registry import Registry
from edgeenv.registry.rows import RunQuery

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_OPERATIONS = 400
ERRORS = [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS, errno.EMFILE]


def rebuild(root: Path) -> tuple[str, ...]:
    registry = Registry(root)
    rebuild_index(registry)
    return tuple(notice.code for notice in registry.notices)


def sound(root: Path) -> None:
    hands = Hands()
    for _ in range(2):
        record_fake(root, hands)


def damaged(root: Path) -> None:
    sound(root)
    (root / "runs.db").write_bytes(b"no database" * 500)


def missing(root: Path) -> None:
    sound(root)
    (root / "runs.db").unlink()


SCENES: dict[str, Callable[[Path], object]] = {
    "a sound index": sound,
    "a damaged index": damaged,
    "no index": missing,
    "an old root": make_old_root,
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "what", [KILL, *ERRORS], ids=["kill", *(errno.errorcode[number] for number in ERRORS)]
)
@pytest.mark.parametrize("name", SCENES)
def test_a_rebuild_that_is_stopped_loses_nothing(tmp_path, name, what):
    template, root = tmp_path / "template", tmp_path / "root"
    SCENES[name](template)
    before, count = tree(template), len(list(template.glob("runs/*")))
    for at in range(1, MOST_OPERATIONS):
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(template, root)
        ending = in_process(lambda: rebuild(root), Fault(root, at, what))
        assert ending.outcome in {"done", "refused", "killed"}, f"operation {at}: {ending.text}"
        if ending.outcome == "refused":
            assert str(root) in ending.text, f"operation {at}: {ending.text}"
        assert tree(root) == before, at
        # A run that may not be read now is left out, as one of somebody else is, and that is told.
        if "run-unreadable" not in ending.notices:
            assert len(Registry(root).runs(ALL)) == count, at
            if name != "an old root":
                heals(root)
        if not ending.fired:
            break
    assert 3 < at < MOST_OPERATIONS - 1
    assert ending.outcome == "done"


@pytest.mark.slow
def test_a_rebuild_may_be_killed_at_any_time(root):
    hands = Hands()
    for _ in range(30):
        record_fake(root, hands)
    before = tree(root)
    chance = random.Random(7)  # noqa: S311 - a test that can be repeated
    for _ in range(20):
        child = os.fork()
        if child == 0:
            rebuild(root)
            os._exit(0)
        time.sleep(chance.random() * 0.03)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert Registry(root).count(ALL) == 30
    assert tree(root) == before
    is_sound(root)


@pytest.mark.slow
def test_nobody_is_disturbed_by_rebuilds(root):
    record_fake(root)
    children = []
    for number in range(1, 4):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                hands = Hands(digits=iter(range(number * 1000, number * 1000 + 900)))
                quiet = all(record_fake(root, hands).notices == () for _ in range(8))
                status = 0 if quiet else 2
            finally:
                os._exit(status)
        children.append(child)
    for _ in range(10):
        rebuild(root)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
    assert Registry(root).count(RunQuery()) == 25
    is_sound(root)


@pytest.fixture
def open_to_all():
    """A place that anybody may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="edgeenv-faults-"))
    folder.chmod(0o755)
    yield folder
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    shutil.rmtree(folder)


LOOKING = {
    "list": (("runs", "list"), 0),
    "show": (("runs", "show", OLD_RUNS[0]), 0),
    "compare": (("report", "compare", *OLD_RUNS[1:]), 0),
    "failed-runs": (("failed-runs", "show", "latest"), 0),
    "verify": (("runs", "verify"), 3),
    "check": (("registry", "check"), 3),
    "prune": (("registry", "prune", "--dry-run"), 0),
}


@pytest.mark.parametrize("name", LOOKING)
def test_an_old_root_that_may_not_be_written_is_read_without_a_trace(open_to_all, name):
    words, status = LOOKING[name]
    root = make_old_root(open_to_all / "root")
    for path in (root, *root.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = snapshot(root)
    ending = in_process(lambda: as_stranger(*words, "--edgeenv-root", str(root)))
    assert ending.outcome == "done", ending.text
    assert ending.notices == (str(status),)
    assert snapshot(root) == before


def as_stranger(*words: str) -> tuple[str, ...]:
    """Run a command without the rights of root, who may write anywhere; gives its exit status."""
    for module in ("cli.bench", "cli.registry", "cli.verify", "evidence.verification", "policy.judge"):
        import_module(f"edgeenv.{module}")  # while what it imports can still be read
    import_module("edgeenv.schema.validation")
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    result = CliRunner().invoke(cli, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return (str(result.exit_code),)
