"""Kills at random moments, many recorders at once, disks that are full or may not be written."""

from __future__ import annotations

import os
import random
import resource
import secrets
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from faulty_process import in_process
from recorded_samples import START, Hands, record_fake, tree
from sound_root import ALL, earlier_is_untouched, heals, is_sound

from edgeenv.evidence.stage import Stage
from edgeenv.registry.registry import Registry

NOBODY = 65534
RECORDERS, EACH = 16, 20
RANDOM_KILLS = 20


class RandomHands(Hands):
    def random_hex(self, count: int) -> str:
        return secrets.token_hex(count)


def frozen() -> Hands:
    return RandomHands(now=START, step=timedelta(0))


@pytest.mark.slow
def test_killed_at_random_moments(root):
    record_fake(root, RandomHands())
    chance = random.Random(7)  # noqa: S311 - the moments may be known
    for _ in range(RANDOM_KILLS):
        before = tree(root)
        child = os.fork()
        if child == 0:
            hands = frozen()
            while True:
                record_fake(root, hands)
        time.sleep(chance.uniform(0.002, 0.08))
        os.kill(child, signal.SIGKILL)
        assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
        earlier_is_untouched(root, before)
        heals(root)
    assert Registry(root).count(ALL) > 1  # how many more depends on the machine


@pytest.mark.slow
def test_many_recorders_at_once_lose_nothing(root):
    """The clock of all stands still, that of one goes backwards, and two others only look."""

    def start(work) -> int:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                status = 0 if work() else 2
            finally:
                os._exit(status)
        return child

    def recorder(number: int) -> bool:
        step = timedelta(seconds=-3600 if number == 0 else 0)
        hands = RandomHands(now=START, step=step)
        return all(record_fake(root, hands).notices == () for _ in range(EACH))

    def looker() -> bool:
        seen = 0
        while seen < RECORDERS * EACH:
            registry = Registry(root)
            found = len(registry.runs(ALL))
            if found < seen or registry.notices:
                return False
            seen = found
            time.sleep(0.05)
        return True

    begin = time.monotonic()
    children = [start(lambda n=n: recorder(n)) for n in range(RECORDERS)] + [start(looker) for _ in range(2)]
    assert [os.waitpid(child, 0)[1] for child in children[:RECORDERS]] == [0] * RECORDERS
    assert Registry(root).count(ALL) == RECORDERS * EACH
    assert [os.waitpid(child, 0)[1] for child in children[RECORDERS:]] == [0, 0]
    assert time.monotonic() - begin < 120
    is_sound(root)


@pytest.fixture
def open_to_all():
    """A root below a directory that anybody may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="edgeenv-faults-"))
    folder.chmod(0o755)
    yield folder / "root"
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755)
    shutil.rmtree(folder)


def read_only(root: Path) -> None:
    for path in (root, *root.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)


def as_stranger(action):
    """Do it without the rights of root, who may write anywhere."""

    def act():
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        return action()

    return act


def leave_unindexed(root: Path, run_id: str) -> None:
    with closing(sqlite3.connect(root / "runs.db")) as db, db:
        db.execute("DELETE FROM runs WHERE run_id = ?", (run_id,))
    (root / "tmp" / f"{run_id}.00000001.lock").touch()


def leave_unfinished(root: Path, _: str) -> None:
    Stage.open(root, "run-20260301-120000-unfinish", lambda count: "f" * count).release()


READ_ONLY = {
    "sound": (lambda *_: None, set()),
    "a run without its row": (leave_unindexed, {"not-healed"}),
    "a run that was never finished": (leave_unfinished, {"not-healed"}),
    "no index": (lambda root, _: (root / "runs.db").unlink(), {"index-not-usable"}),
    "an empty index": (lambda root, _: os.truncate(root / "runs.db", 0), {"index-not-usable"}),
    "a damaged index": (
        lambda root, _: (root / "runs.db").write_bytes(b"no database" * 500),
        {"index-not-usable"},
    ),
}


@pytest.mark.parametrize(("spoil", "expected"), READ_ONLY.values(), ids=READ_ONLY.keys())
def test_a_root_that_may_not_be_written_is_read(open_to_all, spoil, expected):
    hands = Hands()
    run_ids = [record_fake(open_to_all, hands).run_id for _ in range(2)]
    spoil(open_to_all, run_ids[1])
    read_only(open_to_all)
    before = {path: path.lstat().st_mtime_ns for path in open_to_all.rglob("*")}

    def look():
        registry = Registry(open_to_all)
        assert [row.run_id for row in registry.runs(ALL)] == run_ids[::-1]
        assert registry.run("latest").run.run_id == run_ids[1]
        assert registry.run(run_ids[0]).run.run_id == run_ids[0]
        assert registry.failed_runs() == ()
        return tuple(notice.code for notice in registry.notices)

    ending = in_process(as_stranger(look))
    assert ending.outcome == "done", ending.text
    assert set(ending.notices) == expected
    assert {path: path.lstat().st_mtime_ns for path in open_to_all.rglob("*")} == before


def test_a_root_that_may_not_be_written_refuses_a_run(open_to_all):
    record_fake(open_to_all)
    before = tree(open_to_all)
    read_only(open_to_all)
    ending = in_process(as_stranger(lambda: record_fake(open_to_all, RandomHands()) and ()))
    assert ending.outcome == "refused", ending.text
    assert ending.text.startswith(f"Permission denied: {open_to_all}")
    assert tree(open_to_all) == before


def test_a_root_that_may_not_be_entered_is_told_of(open_to_all):
    record_fake(open_to_all)
    open_to_all.chmod(0)
    ending = in_process(as_stranger(lambda: Registry(open_to_all).runs(ALL) and ()))
    open_to_all.chmod(0o755)
    assert ending.outcome == "refused", ending.text
    assert str(open_to_all) in ending.text


def test_a_run_of_somebody_else_is_skipped_and_named(open_to_all):
    hands = Hands()
    hidden, seen = (record_fake(open_to_all, hands).run_id for _ in range(2))
    (open_to_all / "runs.db").unlink()
    read_only(open_to_all)
    (open_to_all / "runs" / hidden / "result.json").chmod(0)

    def look():
        registry = Registry(open_to_all)
        assert [row.run_id for row in registry.runs(ALL)] == [seen]
        return tuple(notice.code for notice in registry.notices)

    ending = in_process(as_stranger(look))
    assert ending.outcome == "done", ending.text
    assert set(ending.notices) == {"index-not-usable", "run-unreadable"}


@pytest.fixture
def small_disk(tmp_path):
    """A file system of one mebibyte."""
    point = tmp_path / "small"
    point.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(point)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a small file system cannot be mounted here")
    yield point
    subprocess.run(["umount", str(point)], check=True)


@pytest.mark.slow
def test_a_disk_that_is_full_at_any_point(small_disk):
    root, filler = small_disk / "root", small_disk / "filler"
    record_fake(root)
    refused = succeeded = 0
    for pages in range(44):
        filler.unlink(missing_ok=True)
        state = os.statvfs(small_disk)
        filler.write_bytes(bytes(max(0, (state.f_bavail - pages) * state.f_frsize)))
        before = tree(root)
        ending = in_process(lambda: tuple(n.code for n in record_fake(root, RandomHands()).notices))
        assert ending.outcome in {"done", "refused"}, ending.text
        earlier_is_untouched(root, before)
        if ending.outcome == "refused":
            refused += 1
            assert ending.text.startswith(f"No space left on device: {root}"), ending.text
            assert tree(root) == before
            assert list(root.glob("tmp/*")) == []
        else:
            succeeded += 1
            assert set(ending.notices) <= {"index-not-updated"}
            assert len(tree(root)) > len(before)
        filler.unlink(missing_ok=True)
        heals(root)
        for run in sorted(root.glob("runs/*"))[1:]:  # keep the disk as empty as it was
            shutil.rmtree(run)
        (root / "runs.db").unlink()
        Registry(root).runs(ALL)
    assert refused
    assert succeeded


@pytest.mark.parametrize("size", [0, 100, 1000, 5000, 20_000])
def test_files_that_may_not_grow(root, size):
    record_fake(root)
    before = tree(root)

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        return tuple(notice.code for notice in record_fake(root, RandomHands()).notices)

    ending = in_process(limited)
    assert ending.outcome in {"done", "refused"}, ending.text
    if ending.outcome == "refused":
        assert str(root) in ending.text
        assert tree(root) == before
    else:
        assert ending.notices == ("index-not-updated",)
    heals(root)


def test_a_process_that_may_open_no_more_files(root):
    record_fake(root)
    before = tree(root)
    for spare in range(1, 12):

        def limited(spare=spare):
            used = len(list(Path("/proc/self/fd").iterdir())) - 1
            resource.setrlimit(resource.RLIMIT_NOFILE, (used + spare, used + spare))
            return tuple(notice.code for notice in record_fake(root, RandomHands()).notices)

        ending = in_process(limited)
        assert ending.outcome in {"done", "refused"}, ending.text
        earlier_is_untouched(root, before)
        heals(root)
