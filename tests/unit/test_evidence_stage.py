from __future__ import annotations

import errno
import itertools
import os
import subprocess
import sys

import pytest

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.check import defects
from edgeenv.evidence.disk import digest_regular, make_directory, read_regular, write_new
from edgeenv.evidence.files import Kind
from edgeenv.evidence.stage import Stage, leftovers, remove_tree

RUN_ID = "run-20260301-120000-0000abcd"


def counting(count):
    numbers = itertools.count(1)
    return lambda digits: f"{next(numbers):0{digits}x}" if count else "0" * digits


@pytest.fixture
def stage(root) -> Stage:
    root.mkdir()
    return Stage.open(root, RUN_ID, counting(count=True))


def fill(stage: Stage, kind: Kind = Kind.RUN) -> None:
    for name in kind.files:
        stage.write(name, name.encode())


def publish(stage: Stage, kind: Kind = Kind.RUN):
    fill(stage, kind)
    manifest = stage.seal(kind, "2026-03-01T12:00:00+00:00", "edgeenv.result.v1", "0.1.0")
    return manifest, stage.publish(kind)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_published_run_is_whole(root, stage, kind):
    manifest, directory = publish(stage, kind)
    assert directory == root / kind.folder / RUN_ID
    assert not stage.directory.exists()
    assert defects(directory, manifest) == ()
    assert (directory / "manifest.json").read_bytes() == manifest.to_bytes()


def test_files_of_a_sampler_are_sealed_too(stage):
    (stage.directory / "sampler").mkdir()
    stage.write("sampler/tegrastats.log", b"raw")
    manifest, directory = publish(stage)
    assert manifest.files[-1].path == "sampler/tegrastats.log"
    assert not manifest.files[-1].required
    assert defects(directory, manifest) == ()


def test_a_run_that_lacks_a_file_cannot_be_sealed(stage):
    fill(stage)
    stage.path("env.json").unlink()
    with pytest.raises(FileNotFoundError):
        stage.seal(Kind.RUN, "2026-03-01T12:00:00+00:00", "edgeenv.result.v1", "0.1.0")


@pytest.mark.parametrize("there", ["run", "file", "link", "empty"])
def test_what_is_there_is_never_overwritten(root, stage, there):
    target = root / "runs" / RUN_ID
    target.parent.mkdir()
    if there == "run":
        target.mkdir()
        (target / "result.json").write_text("earlier", "utf-8")
    elif there == "empty":
        target.mkdir()
    elif there == "file":
        target.write_text("earlier", "utf-8")
    else:
        target.symlink_to(root)
    with pytest.raises(EdgeEnvError, match="Run artifact directory already exists") as refusal:
        publish(stage)
    assert refusal.value.code == "run-exists"
    assert stage.directory.is_dir()
    if there == "run":
        assert (target / "result.json").read_text("utf-8") == "earlier"


def test_a_rename_onto_a_run_that_appeared_meanwhile_is_refused(root, stage, monkeypatch):
    target = root / "runs" / RUN_ID
    target.mkdir(parents=True)
    (target / "result.json").write_text("earlier", "utf-8")
    monkeypatch.setattr("edgeenv.evidence.stage.os.path.lexists", lambda _: False)
    with pytest.raises(EdgeEnvError, match="Run artifact directory already exists"):
        publish(stage)
    assert (target / "result.json").read_text("utf-8") == "earlier"


def test_a_living_stage_is_nobody_elses_business(root, stage):
    assert list(leftovers(root)) == []
    stage.release()
    with next(leftovers(root)) as left:
        assert left.run_id == RUN_ID
        assert left.has_stage()
        assert list(leftovers(root)) == []  # whoever tidies holds it


def test_a_leftover_is_removed_with_its_lock(root, stage):
    fill(stage)
    (stage.directory / "link").symlink_to(root)
    (stage.directory / "inner").mkdir()
    stage.release()
    for left in leftovers(root):
        with left:
            left.remove()
    assert list((root / "tmp").iterdir()) == []
    assert root.is_dir()


def test_a_stage_without_a_lock_belongs_to_nobody(root):
    (root / "tmp" / f"{RUN_ID}.00000001").mkdir(parents=True)
    with next(leftovers(root)) as left:
        left.remove()
    assert list((root / "tmp").iterdir()) == []


@pytest.mark.parametrize(
    "name", ["notes.txt", "a.lock", ".lock", "x.0000000g", "ü.00000001", "..00000001.lock"]
)
def test_what_is_not_ours_stays(root, name):
    (root / "tmp").mkdir(parents=True)
    (root / "tmp" / name).write_text("mine", "utf-8")
    assert list(leftovers(root)) == []


def test_a_name_that_is_not_utf8_stays(root):
    (root / "tmp" / os.fsdecode(b"\xff\xfe.00000001")).mkdir(parents=True)
    assert list(leftovers(root)) == []


def test_the_lock_of_a_killed_process_is_free(root):
    script = (
        "import os, pathlib, sys; from edgeenv.evidence.stage import Stage;"
        f"Stage.open(pathlib.Path(sys.argv[1]), {RUN_ID!r}, lambda n: '0' * n);"
        "print('staged', flush=True); sys.stdin.read()"
    )
    root.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", script, root], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"staged\n"
        assert list(leftovers(root)) == []
        process.kill()
    assert [left.run_id for left in leftovers(root)] == [RUN_ID]


def test_a_lock_that_a_sweep_took_away_is_not_relied_on(root, monkeypatch):
    """A sweep may remove a lock file between its creation and its locking: then another name is taken."""
    import fcntl

    root.mkdir()
    real, swept = fcntl.flock, []

    def flock(descriptor, operation):
        if not swept:
            swept.extend((root / "tmp").iterdir())
            swept[0].unlink()
        real(descriptor, operation)

    monkeypatch.setattr("edgeenv.evidence.locks.fcntl.flock", flock)
    stage = Stage.open(root, RUN_ID, counting(count=True))
    assert stage.directory.name.endswith(".00000002")
    assert list(leftovers(root)) == []


def test_a_random_source_that_stands_still_is_told_of(root, stage):
    Stage.open(root, "run-b", counting(count=False))
    with pytest.raises(FileExistsError):
        Stage.open(root, "run-b", counting(count=False))
    assert stage.directory.is_dir()


def test_discarding_removes_stage_and_lock(root, stage):
    fill(stage)
    stage.discard()
    assert list((root / "tmp").iterdir()) == []


def test_a_stage_that_cannot_be_made_leaves_nothing(root, monkeypatch):
    def full(path):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    root.mkdir()
    (root / "tmp").mkdir()
    monkeypatch.setattr("edgeenv.evidence.stage.sync_directory", full)
    with pytest.raises(OSError, match="No space"):
        Stage.open(root, RUN_ID, counting(count=True))
    assert list((root / "tmp").iterdir()) == []


def test_writing_never_overwrites(tmp_path):
    write_new(tmp_path / "a", b"first")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "a", b"second")
    assert (tmp_path / "a").read_bytes() == b"first"


def test_a_file_written_in_small_pieces_is_whole(tmp_path, monkeypatch):
    real = os.write
    monkeypatch.setattr("edgeenv.evidence.disk.os.write", lambda fd, data: real(fd, bytes(data)[:3]))
    write_new(tmp_path / "a", b"0123456789")
    assert (tmp_path / "a").read_bytes() == b"0123456789"


def test_reading_is_bounded(tmp_path):
    (tmp_path / "a").write_bytes(b"12345")
    assert read_regular(tmp_path / "a", 5) == b"12345"
    with pytest.raises(OSError, match="larger than 4 bytes"):
        read_regular(tmp_path / "a", 4)


def test_a_pipe_or_device_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="not a regular file"):
        digest_regular(tmp_path / "pipe")


def test_a_directory_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "a").write_text("", "utf-8")
    with pytest.raises(NotADirectoryError):
        make_directory(tmp_path / "a" / "b")
    make_directory(tmp_path / "c" / "d")
    assert (tmp_path / "c" / "d").is_dir()


def test_removing_a_tree_does_not_follow_links(tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_text("", "utf-8")
    (tmp_path / "gone").mkdir()
    (tmp_path / "gone" / "link").symlink_to(tmp_path / "kept")
    remove_tree(tmp_path / "gone")
    remove_tree(tmp_path / "gone")
    assert (tmp_path / "kept" / "file").is_file()
    assert not (tmp_path / "gone").exists()
