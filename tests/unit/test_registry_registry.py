from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded_samples import (
    START,
    Hands,
    a_request,
    local_request,
    metrics_line,
    printing,
    record_fake,
    store_old_failure,
    store_old_run,
)

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.moments import normal_time, utc_text
from edgeenv.recording import record
from edgeenv.registry import references
from edgeenv.registry.registry import Registry
from edgeenv.registry.rows import RunQuery

ALL = RunQuery()
YEAR_2, YEAR_9998 = datetime(2, 1, 1), datetime(9998, 1, 1)  # noqa: DTZ001 - hypothesis wants them so


def ids(registry: Registry, query: RunQuery = ALL) -> list[str]:
    return [row.run_id for row in registry.runs(query)]


def codes(registry: Registry) -> list[str]:
    return [notice.code for notice in registry.notices]


def refusal_of(call, *args) -> EdgeEnvError:
    with pytest.raises(EdgeEnvError) as refusal:
        call(*args)
    return refusal.value


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def three(root, hands) -> list[str]:
    """Three runs, the newest last."""
    return [record_fake(root, hands, model_name=f"model-{n}", runtime=f"rt-{n % 2}").run_id for n in range(3)]


def test_runs_are_listed_newest_first(root, three):
    registry = Registry(root)
    assert ids(registry) == three[::-1]
    assert registry.count(ALL) == 3
    assert registry.notices == []


@pytest.mark.usefixtures("three")
def test_a_row_says_what_the_run_says(root):
    registry = Registry(root)
    row = registry.runs(ALL)[0]
    stored = registry.run(row.run_id)
    run = stored.run
    assert row.created_at == run.created_at
    assert (row.benchmark_name, row.model_name, row.model_version) == ("sample", "model-2", "1.0")
    assert (row.target_name, row.target_type, row.board_name) == ("bench", "fake", "board")
    assert (row.runtime, row.execution_provider, row.precision, row.batch_size) == ("rt-0", "cpu", "fp32", 1)
    assert (row.model_hash, row.hash_basis) == (run.model.model_hash, "synthetic")
    assert row.latency_mean_ms == run.metrics.latency_mean_ms
    assert row.latency_p50_ms == run.metrics.latency_p50_ms
    assert row.latency_p95_ms == run.metrics.latency_p95_ms
    assert row.latency_p99_ms == run.metrics.latency_p99_ms
    assert row.throughput_fps == run.metrics.throughput_fps
    assert row.digest == stored.digest
    assert row.synthetic
    assert row.present


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (RunQuery(model="model-1"), [1]),
        (RunQuery(model="model"), []),
        (RunQuery(model="\udcff"), []),
        (RunQuery(model="model-1' OR '1'='1"), []),
        (RunQuery(runtime="rt-0"), [2, 0]),
        (RunQuery(runtime="rt-0", model="model-0"), [0]),
        (RunQuery(provider="cpu"), [2, 1, 0]),
        (RunQuery(provider="gpu"), []),
        (RunQuery(target="bench"), [2, 1, 0]),
        (RunQuery(target="elsewhere"), []),
        (RunQuery(benchmark="sample"), [2, 1, 0]),
        (RunQuery(benchmark="another"), []),
        (RunQuery(synthetic=True), [2, 1, 0]),
        (RunQuery(synthetic=False), []),
        (RunQuery(limit=2), [2, 1]),
        (RunQuery(limit=0), []),
        (RunQuery(runtime="rt-0", limit=1), [2]),
        (RunQuery(since=START), [2, 1, 0]),
        (RunQuery(since=START + timedelta(days=1)), []),
    ],
)
def test_filters(root, three, query, expected):
    registry = Registry(root)
    assert ids(registry, query) == [three[number] for number in expected]
    if query.limit is None:
        assert registry.count(query) == len(expected)


def test_since_is_inclusive_and_knows_offsets(root, three):
    registry = Registry(root)
    moment = datetime.fromisoformat(registry.runs(RunQuery(model="model-1"))[0].created_at)
    elsewhere = moment.astimezone(timezone(timedelta(hours=9)))
    assert ids(registry, RunQuery(since=elsewhere)) == [three[2], three[1]]
    assert ids(registry, RunQuery(since=moment.replace(tzinfo=None))) == [three[2], three[1]]
    assert ids(registry, RunQuery(since=moment + timedelta(microseconds=1))) == [three[2]]


def test_synthetic_and_real_runs_are_told_apart(root, tmp_path, hands):
    made_up = record_fake(root, hands).run_id
    real = record(local_request(root, printing(tmp_path, metrics_line()), hands)).run_id
    registry = Registry(root)
    assert ids(registry, RunQuery(synthetic=True)) == [made_up]
    assert ids(registry, RunQuery(synthetic=False)) == [real]


def test_imported_offsets_do_not_disturb_the_order(root):
    early = store_old_run(root, run_id="run-a", created_at="2024-01-01T09:00:00+09:00").name  # 00:00 UTC
    late = store_old_run(root, run_id="run-b", created_at="2024-01-01T01:00:00Z").name
    assert ids(Registry(root)) == [late, early]


def test_runs_of_one_moment_are_ordered_by_id(root):
    hands = Hands(step=timedelta(0))
    recorded = [record_fake(root, hands).run_id for _ in range(4)]
    assert len(set(recorded)) == 4
    assert ids(Registry(root)) == sorted(recorded, reverse=True)


def test_a_clock_that_goes_backwards_loses_nothing(root):
    hands = Hands(step=timedelta(seconds=-90))
    recorded = [record_fake(root, hands).run_id for _ in range(3)]
    assert ids(Registry(root)) == recorded


def test_a_reference_is_an_id_or_a_part_of_one_or_latest(root, three):
    registry = Registry(root)
    assert registry.resolve(three[0]) == three[0]
    assert registry.resolve(three[1][:-1]) == three[1]
    assert registry.resolve(three[1][-8:]) == three[1]
    assert registry.resolve("latest") == three[2]
    assert registry.resolve("latest~0") == three[2]
    assert registry.resolve("latest~2") == three[0]
    assert refusal_of(registry.resolve, "latest~3").message == (
        "Run not found: latest~3: only 3 runs are recorded"
    )


def test_an_ambiguous_reference_lists_its_candidates(root, three):
    refusal = refusal_of(Registry(root).resolve, "run-2026")
    assert refusal.code == "ambiguous-run"
    assert all(run_id in refusal.message for run_id in three)


def test_many_candidates_are_not_all_listed(root):
    for number in range(15):
        store_old_run(root, run_id=f"run-{number:02}")
    refusal = refusal_of(Registry(root).resolve, "run")
    assert refusal.message.count("run-") == 10
    assert "and more" in refusal.message


def test_an_unknown_reference_says_what_is_near(root, three):
    mistyped = three[0][:-2] + "xx"
    refusal = refusal_of(Registry(root).resolve, mistyped)
    assert refusal.code == "unknown-run"
    assert refusal.message == f"Run not found: {mistyped}"
    assert three[0] in refusal.hint
    assert "edgeenv runs list" in refusal.hint


@pytest.mark.parametrize(
    "reference",
    [
        "",
        ".",
        "..",
        "../runs",
        "runs/x",
        "a\0b",
        "x" * 5000,
        "latest~",
        "latest~9999999999",
        "latest~-1",
        "\udcff",
        "%",
        "*",
        "_",
    ],
)
@pytest.mark.usefixtures("three")
def test_a_reference_from_outside_is_only_ever_unknown(root, reference):
    refusal = refusal_of(Registry(root).run, reference)
    assert refusal.code == "unknown-run"
    assert len(refusal.message) < 300


@given(st.text(max_size=40))
def test_any_text_is_unknown_in_a_root_that_is_not_there(tmp_path_factory, text):
    root = tmp_path_factory.getbasetemp() / "nowhere"
    assert refusal_of(Registry(root).resolve, text).code == "unknown-run"
    assert not root.exists()


def test_latest_of_nothing_is_unknown(root):
    for _ in range(2):
        refusal = refusal_of(Registry(root).resolve, "latest")
        assert refusal.code == "unknown-run"
        assert refusal.message == "Run not found: latest: no run is recorded yet"
        assert (refusal.hint or "").startswith("record one: edgeenv bench run ")
        root.mkdir(exist_ok=True)


@pytest.mark.parametrize(("count", "there"), [(1, "only 1 run is recorded"), (2, "only 2 runs are recorded")])
def test_latest_beyond_the_first_run_says_how_many_there_are(count, there):
    refusal = references.beyond("latest~7", count)
    assert refusal.message == f"Run not found: latest~7: {there}"


def test_a_failed_run_asked_for_as_a_run_is_pointed_to(root):
    run_id = record(local_request(root, "false")).run_id
    refusal = refusal_of(Registry(root).run, run_id)
    assert refusal.message == f"Run not found: {run_id}: it is a failed run"
    assert refusal.hint == f"see: edgeenv failed-runs show {run_id}"


def test_reading_makes_nothing(root):
    registry = Registry(root)
    assert registry.runs(ALL) == ()
    assert registry.count(ALL) == 0
    assert registry.failed_runs() == ()
    assert refusal_of(registry.failed_run, "latest").code == "unknown-run"
    assert not root.exists()
    root.mkdir()
    registry = Registry(root)
    assert registry.runs(ALL) == ()
    assert registry.failed_runs() == ()
    assert list(root.iterdir()) == []


@pytest.mark.parametrize("kind", ["file", "dangling", "under a file"])
def test_a_root_that_is_no_directory_is_refused(root, kind):
    if kind == "file":
        root.write_text("", "utf-8")
    elif kind == "dangling":
        root.symlink_to(root.parent / "gone")
    else:
        root.write_text("", "utf-8")
        root = root / "inner"
    for read in (
        lambda: Registry(root).runs(ALL),
        Registry(root).failed_runs,
        lambda: Registry(root).run("a"),
    ):
        assert str(root) in refusal_of(read).message
    assert str(root.parent if kind == "under a file" else root) in refusal_of(record, a_request(root)).message


def test_a_root_may_be_a_link_and_may_be_moved(root, three, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(root)
    assert ids(Registry(link)) == three[::-1]
    moved = root.rename(tmp_path / "moved")
    registry = Registry(moved)
    assert registry.run("latest").directory == moved / "runs" / three[2]


def test_a_run_whose_directory_is_gone_is_shown_as_missing(root, three):
    shutil.rmtree(root / "runs" / three[1])
    registry = Registry(root)
    assert [(row.run_id, row.present) for row in registry.runs(ALL)] == [
        (three[2], True),
        (three[1], False),
        (three[0], True),
    ]
    refusal = refusal_of(registry.run, three[1])
    assert refusal.code == "run-missing"
    assert refusal.message.startswith(f"Run not found: {three[1]}")


def test_a_run_that_the_index_does_not_know_is_found_by_its_id(root, three):
    with closing(sqlite3.connect(root / "runs.db")) as db, db:
        db.execute("DELETE FROM runs WHERE run_id = ?", (three[0],))
    registry = Registry(root)
    assert len(registry.runs(ALL)) == 2
    assert registry.run(three[0]).run.run_id == three[0]
    assert codes(registry) == ["run-indexed"]
    again = Registry(root)
    assert ids(again) == three[::-1]
    assert again.notices == []


def test_evidence_edited_together_with_its_manifest_is_found_by_the_index(root, three):
    directory = root / "runs" / three[0]
    result = directory / "result.json"
    result.write_text(result.read_text("utf-8").replace('"sample"', '"simple"'), "utf-8")
    manifest = json.loads((directory / "manifest.json").read_text("utf-8"))
    from hashlib import sha256

    manifest["files"][0]["sha256"] = sha256(result.read_bytes()).hexdigest()
    (directory / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    refusal = refusal_of(Registry(root).run, three[0])
    assert refusal.code == "altered-evidence"
    assert "the index recorded" in refusal.message


def test_an_altered_run_is_refused(root, three):
    result = root / "runs" / three[0] / "result.json"
    result.write_text(result.read_text("utf-8") + " ", "utf-8")
    assert refusal_of(Registry(root).run, three[0]).code == "altered-evidence"


def test_rebuilding_drops_what_is_gone_and_finds_what_is_there(root, three):
    shutil.rmtree(root / "runs" / three[1])
    old = store_old_run(root).name
    registry = Registry(root)
    assert registry.access.rebuild() == 3
    assert ids(registry) == [three[2], three[0], old]
    with closing(sqlite3.connect(root / "runs.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_what_a_stranger_put_into_the_root_is_left_alone(root, three):
    (root / "runs" / "notes.txt").write_text("", "utf-8")
    (root / "runs" / "not a run").mkdir()
    (root / "runs" / os.fsdecode(b"\xff\xfe")).mkdir()
    (root / "runs" / "linked").symlink_to(root / "runs" / three[0])
    (root / "runs.db").unlink()
    registry = Registry(root)
    assert ids(registry) == three[::-1]
    assert codes(registry).count("index-rebuilt") == 1
    assert [notice.text.split()[0] for notice in registry.notices if notice.code == "run-unreadable"] == [
        "linked",
        "notes.txt",
    ]


def test_the_index_stores_no_absolute_path(root, three):
    with closing(sqlite3.connect(root / "runs.db")) as db:
        assert db.execute("SELECT path FROM runs WHERE run_id = ?", (three[0],)).fetchone() == (
            f"runs/{three[0]}",
        )
    assert os.fsencode(root.parent.name) not in (root / "runs.db").read_bytes()


@pytest.mark.usefixtures("three")
def test_lists_use_an_index_of_the_database(root):
    queries = {
        "": "runs_by_time",
        "WHERE model_name = 'm'": "runs_by_model_name",
        "WHERE runtime = 'm'": "runs_by_runtime",
        "WHERE execution_provider = 'm'": "runs_by_execution_provider",
        "WHERE target_name = 'm'": "runs_by_target_name",
        "WHERE benchmark_name = 'm'": "runs_by_benchmark_name",
        "WHERE synthetic = 0": "runs_by_synthetic",
    }
    with closing(sqlite3.connect(root / "runs.db")) as db:
        for where, name in queries.items():
            wanted = f"SELECT * FROM runs {where} ORDER BY created_at DESC, run_id DESC LIMIT 50"  # noqa: S608 - ours
            sql = f"EXPLAIN QUERY PLAN {wanted}"
            plan = " ".join(row[3] for row in db.execute(sql))
            assert name in plan, where
            assert "TEMP B-TREE" not in plan, where


def test_failed_runs_are_listed_newest_first_without_an_index(root, hands):
    request = local_request(root, "false", hands)
    recorded = [record(request).run_id for _ in range(2)]
    old = store_old_failure(root).name
    registry = Registry(root)
    assert [failed.run_id for failed in registry.failed_runs()] == [*recorded[::-1], old]
    assert not (root / "runs.db").exists()
    assert not (root / "runs").exists()
    assert registry.failed_run("latest").failed.run_id == recorded[1]
    assert registry.failed_run("latest~2").failed.run_id == old
    assert registry.failed_run(old[-8:]).failed.run_id == old
    assert refusal_of(registry.failed_run, "run-").code == "ambiguous-run"


def test_failed_runs_that_are_not_readable_are_skipped_and_told_of(root):
    kept = store_old_failure(root).name
    for number, content in enumerate((b"[]", b"", b"\xff", b'{"schema_version": 5}')):
        directory = store_old_failure(root, run_id=f"run-{number}")
        (directory / "failure.json").write_bytes(content)
    (root / "failed-runs" / "run-empty").mkdir()
    (root / "failed-runs" / "run-file").write_text("", "utf-8")
    registry = Registry(root)
    assert [failed.run_id for failed in registry.failed_runs()] == [kept]
    assert codes(registry) == ["failed-run-unreadable"] * 6


@pytest.mark.parametrize("reference", ["", ".", "..", "...", "a/b", "/", "a\\b"])
def test_what_cannot_be_the_id_of_a_failed_run(root, reference):
    store_old_failure(root)
    refusal = refusal_of(Registry(root).failed_run, reference)
    assert refusal.message == f"Invalid failed run id: {reference}"
    assert refusal.code == "invalid-run-id"


def test_an_unknown_failed_run(root):
    known = store_old_failure(root).name
    refusal = refusal_of(Registry(root).failed_run, known[:-1] + "x")
    assert refusal.message == f"Failed run not found: {known[:-1]}x"
    assert known in refusal.hint


def test_a_failed_run_that_is_no_failed_run(root):
    directory = store_old_failure(root)
    (directory / "failure.json").write_text("[]", "utf-8")
    refusal = refusal_of(Registry(root).failed_run, directory.name)
    assert refusal.message.startswith(f"Invalid failed run artifact: {directory / 'failure.json'}")


@given(st.datetimes(timezones=st.timezones(), min_value=YEAR_2, max_value=YEAR_9998))
def test_the_order_of_normal_times_is_the_order_of_time(moment):
    text = utc_text(moment)
    assert len(text) == len("2026-03-01T12:00:00.000000Z")
    assert datetime.fromisoformat(text) == moment.astimezone(UTC)
    assert normal_time(text) == text
    assert (text < utc_text(START)) == (moment < START)


@pytest.mark.parametrize("text", ["", "yesterday", "2024-13-01T00:00:00Z", "0001-01-01T00:00:00+23:00"])
def test_what_is_no_time(text):
    assert normal_time(text) is None
