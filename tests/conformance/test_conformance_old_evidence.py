"""Evidence of the system before this one: its roots are read as they are, its bundles come in.

Both are made here by hand, with the library that it used: no manifest in a run, a relative path in the index,
times with an offset, a model that was not there under the digest of its path.
"""

from __future__ import annotations

import json
import sqlite3
import zipfile
from hashlib import sha256

import pytest
from conformance_kit import FAILED_FILES, RUN_FILES, tree

RUN_ID, OTHER_ID, FAILED_ID = (f"run-20260507-12215{number}-0a1b2c3d" for number in range(3))
MODEL_PATH = "models/yolov8n-fire.onnx"
CONFIG = f"""\
name: old-bench
command: python bench.py
model_name: yolov8n-fire
model_version: "1.0"
model_format: onnx
model_path: {MODEL_PATH}
task: object-detection
input_shape: [1, 3, 640, 640]
input_dtype: float32
runtime: fake-runtime
execution_provider: fake-provider
precision: fp32
batch_size: 1
warmup_runs: 3
repeat_runs: 10
include_preprocess: true
include_postprocess: true
""".encode()
TARGET = b"""\
target_name: old-board
target_type: local
board_name: jetson
os: linux
runtime_tags: [jetson, edge]
"""
ENVIRONMENT = {
    "captured_at": "2026-05-07T12:21:53.482914+00:00",
    "python_version": "3.10.12",
    "platform": "Linux-5.15.148-tegra-aarch64-with-glibc2.35",
    "machine": "aarch64",
    "processor": "aarch64",
}


def result(run_id, mean=12.5):
    return {
        "schema_version": "edgeenv.result.v1",
        "run_id": run_id,
        "created_at": "2026-05-07T12:21:53.482914Z",
        "benchmark_name": "old-bench",
        "command": "python bench.py",
        "model": {
            "model_name": "yolov8n-fire",
            "model_version": "1.0",
            "model_format": "onnx",
            "model_path": MODEL_PATH,
            "model_hash": sha256(f"missing-model-path:{MODEL_PATH}".encode()).hexdigest(),
        },
        "runtime": {"runtime": "fake-runtime", "execution_provider": "fake-provider"},
        "target": {
            "target_name": "old-board",
            "target_type": "local",
            "board_name": "jetson",
            "os": "linux",
            "runtime_tags": ["jetson", "edge"],
        },
        "protocol": {
            "input_shape": [1, 3, 640, 640],
            "input_dtype": "float32",
            "task": "object-detection",
            "precision": "fp32",
            "batch_size": 1,
            "warmup_runs": 3,
            "repeat_runs": 10,
            "include_preprocess": True,
            "include_postprocess": True,
        },
        "metrics": {
            "latency_mean_ms": mean,
            "latency_p50_ms": 12.0,
            "latency_p95_ms": 14.0,
            "latency_p99_ms": 15.0,
            "throughput_fps": 80.0,
        },
        "env": ENVIRONMENT,
    }


FAILURE = {
    "schema_version": "edgeenv.failed-run.v1",
    "run_id": FAILED_ID,
    "created_at": "2026-05-07T12:21:53.482914Z",
    "benchmark_name": "old-bench",
    "target_name": "old-board",
    "target_type": "local",
    "command": "python bench.py",
    "error_type": "LocalRunnerError",
    "error_message": "Local benchmark command failed with exit code 2",
    "return_code": 2,
}


def files_of(document):
    failed = "error_type" in document
    raw = json.dumps(document, indent=2, sort_keys=failed).encode()
    rest = {
        "config.yaml": CONFIG,
        "target.yaml": TARGET,
        "env.json": json.dumps(ENVIRONMENT, indent=2, sort_keys=True).encode(),
        "stdout.log": b"some output\n",
        "stderr.log": b"",
    }
    return {"failure.json" if failed else "result.json": raw, **rest}


def write_bundle(place, document):
    failed = "error_type" in document
    run_id = document["run_id"]
    contents = files_of(document)
    marker = "source_failed_schema_version" if failed else "source_result_schema_version"
    manifest = {
        "schema_version": "edgeenv.export.v1",
        "bundle_type": "failed-run" if failed else "successful-run",
        "run_id": run_id,
        "created_at": "2026-05-07T12:21:53.482914+00:00",
        marker: document["schema_version"],
        "files": [
            {"path": path, "required": True, "sha256": sha256(raw).hexdigest(), "bytes": len(raw)}
            for path, raw in contents.items()
        ],
        "exported_at": "2026-05-08T07:00:00.123456+00:00",
        "exported_by": {"tool": "edgeenv", "package": "inferedge_env", "version": "0.1.5"},
    }
    path = place / f"{run_id}.zip"
    with zipfile.ZipFile(path, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{run_id}/manifest.json", json.dumps(manifest, indent=2, sort_keys=True))
        for name, raw in contents.items():
            source = place / run_id / name
            source.parent.mkdir(exist_ok=True)
            source.write_bytes(raw)
            archive.write(source, f"{run_id}/{name}")
    return path


@pytest.fixture
def old_root(place):
    """A root with two runs and a failed one, as it was left in the directory where it was made."""
    root = place / ".edgeenv"
    for document in (result(RUN_ID), result(OTHER_ID, 11.5), FAILURE):
        folder = root / ("failed-runs" if "error_type" in document else "runs") / document["run_id"]
        folder.mkdir(parents=True)
        for name, raw in files_of(document).items():
            (folder / name).write_bytes(raw)
    index = sqlite3.connect(root / "runs.db")
    columns = ("created_at", "target", "model", "runtime", "protocol", "metrics", "result_path")
    rows = ", ".join(f"{column} TEXT NOT NULL" for column in columns)
    index.execute(f"CREATE TABLE runs (run_id TEXT PRIMARY KEY, {rows})")
    index.execute(
        "CREATE TABLE resource_metric_index (run_id TEXT, metric_name TEXT, metric_value REAL NOT NULL, "
        "unit TEXT NOT NULL, source TEXT, PRIMARY KEY (run_id, metric_name))"
    )
    for document in (result(RUN_ID), result(OTHER_ID, 11.5)):
        texts = [json.dumps(document[name], sort_keys=True) for name in columns[1:-1]]
        path = f".edgeenv/runs/{document['run_id']}/result.json"
        values = (document["run_id"], "2026-05-07T12:21:53.482914+00:00", *texts, path)
        index.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
    index.commit()
    index.close()
    return root


def test_an_old_root_is_read_where_it_lies(program, place, old_root):
    before = tree(old_root)
    listed = program("runs", "list", "--json", cwd=place).must().json
    assert {run["run_id"] for run in listed["runs"]} == {RUN_ID, OTHER_ID}
    assert RUN_ID in program("runs", "show", RUN_ID, cwd=place).must().stdout
    assert FAILED_ID in program("failed-runs", "list", cwd=place).must().stdout
    program("failed-runs", "show", FAILED_ID, cwd=place).must()
    after = tree(old_root)
    assert {path: raw for path, raw in after.items() if path in before and path != "runs.db"} == {
        path: raw for path, raw in before.items() if path != "runs.db"
    }


def test_an_old_root_that_was_moved_is_rebuilt(program, place, old_root):
    moved = old_root.rename(place / "moved")
    before = tree(moved / "runs")
    rebuilt = program("registry", "rebuild", "--json", "--edgeenv-root", moved, cwd=place).must().json
    assert rebuilt["runs"] == 2
    assert program("registry", "check", "--edgeenv-root", moved, cwd=place).status == 5
    listed = program("runs", "list", "--json", "--edgeenv-root", moved, cwd=place).must().json
    assert listed["total"] == 2
    assert tree(moved / "runs") == before


def test_what_was_never_sealed_is_not_called_verified(program, place, old_root):
    program("registry", "rebuild", "--edgeenv-root", old_root, cwd=place).must()
    done = program("runs", "verify", "--json", "--edgeenv-root", old_root, cwd=place)
    assert done.status == 5
    assert {run["outcome"] for run in done.json["runs"]} == {"unproven"}


def test_a_model_that_was_not_there_is_no_identity(program, place, old_root):
    words = ("report", "compare", RUN_ID, OTHER_ID, "--json", "--edgeenv-root", old_root)
    judged = program(*words, cwd=place).must().json
    assert judged["display"] == "Indeterminate"
    assert judged["deltas"] == []


def test_old_bundles_come_in_byte_for_byte(program, place):
    for document in (result(RUN_ID), result(OTHER_ID), FAILURE):
        write_bundle(place, document)
    program("runs", "import", place, "--edgeenv-root", "new", cwd=place).must()
    for document in (result(RUN_ID), result(OTHER_ID), FAILURE):
        failed = "error_type" in document
        there = tree(place / "new" / ("failed-runs" if failed else "runs") / document["run_id"])
        assert set(there) == {*(FAILED_FILES if failed else RUN_FILES), "manifest.json"}
        assert there.items() >= files_of(document).items()
    program("runs", "verify", "--edgeenv-root", "new", cwd=place).must()


def test_the_same_judgement_from_an_old_root_and_from_its_bundles(program, place, old_root):
    for document in (result(RUN_ID), result(OTHER_ID, 11.5)):
        write_bundle(place, document)
        program("runs", "import", f"{document['run_id']}.zip", "--edgeenv-root", "new", cwd=place).must()
    judged = [
        program("report", "compare", RUN_ID, OTHER_ID, "--json", "--edgeenv-root", root, cwd=place)
        .must()
        .json
        for root in (old_root, "new")
    ]
    for member in ("verdict", "mode", "reasons", "rules"):
        assert judged[0][member] == judged[1][member]
