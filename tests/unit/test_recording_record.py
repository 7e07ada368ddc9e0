from __future__ import annotations

import errno
import json
import os
import signal
import sqlite3
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from recorded_samples import (
    Hands,
    a_request,
    local_request,
    metrics_line,
    printing,
    record_fake,
    tree,
)

from edgeenv import schema
from edgeenv.capture import runner
from edgeenv.documents import load_json
from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.check import defects
from edgeenv.evidence.store import load_failure, load_run
from edgeenv.recording import record
from edgeenv.registry.registry import Registry
from edgeenv.registry.rows import RunQuery

ALL = RunQuery()
RUN_FILES = {
    "result.json",
    "config.yaml",
    "target.yaml",
    "env.json",
    "stdout.log",
    "stderr.log",
    "manifest.json",
}


def test_a_run_is_stored_whole(root):
    request = a_request(root)
    recorded = record(request)
    directory = recorded.directory
    assert directory == root / "runs" / recorded.run_id
    assert recorded.failed is None
    assert recorded.signal is None
    assert recorded.notices == ()
    assert {path.name for path in directory.iterdir()} == RUN_FILES
    stored = load_run(directory)
    assert stored.run == recorded.run
    assert defects(directory, stored.manifest) == ()
    assert (directory / "config.yaml").read_bytes() == request.config.raw
    assert (directory / "target.yaml").read_bytes() == request.target.raw
    assert sorted(path.name for path in root.iterdir()) == ["runs", "runs.db", "tmp"]
    assert list((root / "tmp").iterdir()) == []


def test_the_documents_are_written_as_the_contract_says(root):
    directory = record_fake(root).directory
    result = (directory / "result.json").read_text("utf-8")
    document = json.loads(result)
    assert result == json.dumps(document, indent=2, ensure_ascii=False)
    assert list(document)[:6] == [
        "schema_version",
        "run_id",
        "created_at",
        "benchmark_name",
        "command",
        "model",
    ]
    assert document["schema_version"] == "edgeenv.result.v1"
    assert document["created_at"].endswith("Z")
    assert schema.check_value("result", load_json(directory / "result.json"), "result.json") == ()
    env = (directory / "env.json").read_text("utf-8")
    assert env == json.dumps(document["env"], indent=2, sort_keys=True, ensure_ascii=False)
    manifest = json.loads((directory / "manifest.json").read_text("utf-8"))
    assert manifest["created_at"] == document["created_at"].replace("Z", "+00:00")
    assert manifest["run_id"] == document["run_id"] == directory.name


def test_the_id_is_the_time_in_utc_and_random_digits(root):
    assert record_fake(root).run_id == "run-20260301-120001-00000001"


def test_the_bytes_that_were_validated_are_stored_whatever_happens_to_the_file(root, tmp_path):
    config = tmp_path / "config.yaml"
    config.write_bytes(b"# as it was\n")
    request = local_request(root, f"sh -c 'echo changed > {config}; {printing(tmp_path, metrics_line())}'")
    recorded = record(request)
    assert recorded.run is not None
    assert (recorded.directory / "config.yaml").read_bytes() == request.config.raw


def test_extensions_of_both_documents_are_kept_apart(root):
    request = a_request(root, config={"extensions": {"a": 1}}, target={"extensions": {"a": 2}})
    document = json.loads((record(request).directory / "result.json").read_text("utf-8"))
    assert document["extensions"] == {"benchmark": {"a": 1}, "target": {"a": 2}}


def test_a_local_run_is_stored_with_its_logs(root, tmp_path):
    recorded = record(local_request(root, printing(tmp_path, "hello", metrics_line(latency_mean_ms=12.5))))
    assert recorded.run.metrics.latency_mean_ms == 12.5
    assert (recorded.directory / "stdout.log").read_bytes().startswith(b"hello\n")
    assert recorded.run.execution.exit_code == 0
    assert Registry(root).resolve("latest") == recorded.run_id


def test_a_failed_run_is_stored_without_a_row(root):
    recorded = record(local_request(root, "sh -c 'echo out; echo err >&2; exit 3'"))
    assert recorded.run is None
    assert recorded.signal is None
    assert recorded.directory == root / "failed-runs" / recorded.run_id
    assert {path.name for path in recorded.directory.iterdir()} == RUN_FILES - {"result.json"} | {
        "failure.json"
    }
    stored = load_failure(recorded.directory)
    assert stored.failed == recorded.failed
    assert stored.failed.error_type == "LocalRunnerError"
    assert stored.failed.error_message == "Local benchmark command failed with exit code 3"
    assert stored.failed.error_code == "nonzero-exit"
    assert stored.failed.return_code == 3
    assert recorded.run_id in stored.failed.error_hint
    assert (recorded.directory / "stdout.log").read_bytes() == b"out\n"
    assert (recorded.directory / "stderr.log").read_bytes() == b"err\n"
    raw = (recorded.directory / "failure.json").read_text("utf-8")
    assert raw == json.dumps(json.loads(raw), indent=2, sort_keys=True, ensure_ascii=False)
    assert schema.check_value("failed-run", json.loads(raw), "failure.json") == ()
    assert sorted(path.name for path in root.iterdir()) == ["failed-runs", "tmp"]


def test_a_command_that_cannot_start_leaves_empty_logs(root):
    recorded = record(local_request(root, "/no/such/program"))
    assert recorded.failed.error_code == "cannot-start"
    assert (recorded.directory / "stdout.log").read_bytes() == b""
    assert defects(recorded.directory, load_failure(recorded.directory).manifest) == ()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_is_stored_as_failed(root, number):
    def interrupt():
        while not any(log.stat().st_size for log in root.glob("tmp/*/stdout.log")):
            time.sleep(0.01)
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=interrupt, daemon=True)
    thread.start()
    recorded = record(local_request(root, "sh -c 'echo begun; sleep 60'"))
    thread.join()
    assert recorded.signal == number
    assert recorded.failed.error_code == "interrupted"
    assert (recorded.directory / "stdout.log").read_bytes() == b"begun\n"
    assert not (root / "runs").exists()


def test_an_id_that_is_taken_is_not_used_again(root):
    hands = Hands(step=Hands().step * 0)
    first = record_fake(root, hands).run_id
    (root / "failed-runs" / first.replace("00000001", "00000003")).mkdir(parents=True)
    hands.digits = iter([1, 3, 4, 5])
    assert record_fake(root, hands).run_id == first.replace("00000001", "00000004")


def test_a_random_source_that_stands_still_is_told_of(root):
    hands = Hands(step=Hands().step * 0)
    record_fake(root, hands)
    hands.random_hex = lambda count: "0" * (count - 1) + "1"
    with pytest.raises(EdgeEnvError) as refusal:
        record_fake(root, hands)
    assert refusal.value.code == "no-free-run-id"


def test_a_result_that_breaks_its_own_contract_is_a_bug_and_is_not_stored(root, monkeypatch):
    from dataclasses import replace

    def wrong(request):
        capture = real(request)
        return capture._replace(metrics=replace(capture.metrics, latency_mean_ms=-1.0))

    real = runner.run
    monkeypatch.setattr(runner, "run", wrong)
    with pytest.raises(RuntimeError, match="latency_mean_ms"):
        record_fake(root)
    assert tree(root) == {}
    assert list((root / "tmp").iterdir()) == []


def test_an_interrupt_outside_the_command_leaves_nothing(root, monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        record_fake(root)
    assert list((root / "tmp").iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_after_the_command_has_ended_does_not_cost_the_run(root, monkeypatch, number):
    from edgeenv.capture import machine

    observe = machine.observe

    def interrupted(**facts):
        os.kill(os.getpid(), number)
        return observe(**facts)

    monkeypatch.setattr(machine, "observe", interrupted)
    before = signal.getsignal(number)
    recorded = record_fake(root)
    assert Registry(root).run(recorded.run_id).run == recorded.run
    assert signal.getsignal(number) is before


def test_a_locked_index_does_not_keep_a_run_from_being_stored(root, monkeypatch):
    """What waits for the index waits after the rename."""
    from edgeenv.registry.access import IndexAccess
    from edgeenv.registry.trouble import IndexBusyError

    seen = []

    def busy(_, stored, **_moved):
        seen.append(stored.directory.is_dir())
        raise IndexBusyError("locked", None)

    record_fake(root, Hands(digits=iter(range(16, 99))))
    monkeypatch.setattr(IndexAccess, "prepare", lambda _: pytest.fail("the index was waited for"))
    monkeypatch.setattr(IndexAccess, "add", busy)
    assert [notice.code for notice in record_fake(root).notices] == ["index-not-updated"]
    assert seen == [True]


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.ENOSPC, "No space left on device"), (errno.EIO, "Input/output error"), (errno.EDQUOT, "quota")],
)
def test_a_disk_that_fails_after_the_command_is_one_error_and_nothing_is_kept(
    root, monkeypatch, number, said
):
    earlier = record_fake(root)
    before = tree(root)
    real = os.fsync

    def fsync(descriptor):
        if "result.json" in str(Path(f"/proc/self/fd/{descriptor}").readlink()):
            raise OSError(number, os.strerror(number))
        real(descriptor)

    monkeypatch.setattr("edgeenv.evidence.disk.os.fsync", fsync)
    with pytest.raises(EdgeEnvError) as refusal:
        record_fake(root)
    assert said in refusal.value.message
    assert "result.json" in refusal.value.message
    assert "the benchmark had ended, but nothing of its run could be kept" in refusal.value.hint
    assert tree(root) == before
    assert list((root / "tmp").iterdir()) == []
    assert Registry(root).resolve("latest") == earlier.run_id


def test_a_rename_that_cannot_be_confirmed_is_a_notice(root, monkeypatch):
    def failing(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("edgeenv.evidence.stage.Stage.sync_published", failing)
    recorded = record_fake(root)
    assert [notice.code for notice in recorded.notices] == ["not-synced"]
    assert Registry(root).run(recorded.run_id).run == recorded.run


def test_everything_is_on_disk_before_the_rename_and_the_rename_before_the_row(root, monkeypatch):
    """A power cut may come at any moment: the order of syncs and renames is what survives it."""
    events = []
    real_fsync, real_rename = os.fsync, Path.rename

    def fsync(descriptor):
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        events.append(("sync", path.name if path.is_file() else f"{path.name}/"))
        real_fsync(descriptor)

    def rename(self, target):
        events.append(("rename", target.name))
        return real_rename(self, target)

    def add(self, stored, **moved):
        events.append(("index", stored.run.run_id))
        return real_add(self, stored, **moved)

    from edgeenv.registry.access import IndexAccess

    real_add = IndexAccess.add
    record_fake(root)
    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "rename", rename)
    monkeypatch.setattr(IndexAccess, "add", add)
    run_id = record_fake(root, Hands(digits=iter(range(16, 99)))).run_id
    published = events.index(("rename", run_id))
    synced = {name for event, name in events[:published] if event == "sync"}
    assert synced >= RUN_FILES
    stage = next(name for name in synced if name.startswith(f"{run_id}."))
    last_write = max(events.index(("sync", name)) for name in RUN_FILES)
    assert last_write < events.index(("sync", stage)) < published
    assert events[0] == ("sync", "tmp/")  # the lock, before anything is made
    after = events[published + 1 :]
    assert after == [("sync", "runs/"), ("sync", "tmp/"), ("index", run_id)]


def test_a_root_of_many_runs_is_not_looked_through(root, monkeypatch):
    """What a recording lists is ``tmp/``, whatever lies in ``runs/``."""
    record_fake(root)
    listed = []
    real = os.scandir

    def scandir(path="."):
        listed.append(str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    record_fake(root, Hands(digits=iter(range(100, 200))))
    Registry(root).runs(ALL)
    assert str(root / "runs") not in listed


def test_the_row_is_durable_before_the_trace_is_removed(root, monkeypatch):
    """Only then may a power cut come at any moment."""
    seen = []

    def finish(self):
        with closing(sqlite3.connect(root / "runs.db")) as db:
            seen.extend(db.execute("SELECT run_id FROM runs").fetchall())
        real(self)

    from edgeenv.evidence.stage import Stage

    real = Stage.finish
    monkeypatch.setattr(Stage, "finish", finish)
    recorded = record_fake(root)
    assert seen == [(recorded.run_id,)]


def test_many_threads_of_one_process_may_record(root):
    hands = Hands()
    errors = []

    def one():
        try:
            record_fake(root, hands)
        except BaseException as error:  # noqa: BLE001 - told of below
            errors.append(error)

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert Registry(root).count(ALL) == 6


def test_the_interpreter_is_the_one_that_was_handed_in(root, tmp_path):
    script = tmp_path / "print.py"
    script.write_text(f"import sys\nprint(sys.executable)\nprint({metrics_line()!r})", "utf-8")
    request = local_request(root, f"{sys.executable} {script}")
    assert record(request).run.execution.executable == sys.executable
