from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from recorded_samples import (
    FAILURE,
    METRICS,
    RESULT,
    local_request,
    record_fake,
    store_old_failure,
    store_old_run,
)

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.check import defects
from edgeenv.evidence.store import load_failure, load_run, read_failure
from edgeenv.recording import record

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def stored(root) -> Path:
    return record_fake(root).directory


@pytest.fixture
def failed(root) -> Path:
    return record(local_request(root, "false")).directory


def refusal_of(load, directory: Path) -> EdgeEnvError:
    with pytest.raises(EdgeEnvError) as refusal:
        load(directory)
    return refusal.value


def test_a_run_is_read_back_with_its_facts(stored):
    run = load_run(stored)
    assert run.run.run_id == stored.name
    assert run.document == json.loads((stored / "result.json").read_bytes())
    assert run.facts.at("target.target_type") == "fake"
    assert run.directory == stored
    assert run.digest == run.manifest.digest
    assert run.sealed
    assert defects(stored, run.manifest) == ()


def test_a_failed_run_is_read_back(failed):
    failure = load_failure(failed)
    assert failure.failed.run_id == failed.name
    assert failure.failed.error_code == "nonzero-exit"
    assert failure.sealed
    assert read_failure(failed) == failure.failed
    assert defects(failed, failure.manifest) == ()


def test_an_edited_result_is_refused_and_says_what_differs(stored):
    result = stored / "result.json"
    result.write_text(result.read_text("utf-8").replace("12.", "11."), "utf-8")
    refusal = refusal_of(load_run, stored)
    assert refusal.code == "altered-evidence"
    assert "result.json: has SHA-256" in refusal.message
    assert stored.name in refusal.message
    assert "backup" in refusal.hint


def test_an_edited_failure_is_refused(failed):
    path = failed / "failure.json"
    path.write_text(path.read_text("utf-8").replace("exit code 1", "exit code 2"), "utf-8")
    assert refusal_of(load_failure, failed).code == "altered-evidence"


@pytest.mark.parametrize("name", ["result.json", "manifest.json"])
def test_a_missing_document_is_refused(stored, name):
    (stored / name).unlink()
    refusal = refusal_of(load_run, stored)
    assert refusal.code == "altered-evidence"
    assert f"{name}: is missing" in refusal.message


def test_a_missing_manifest_of_a_failed_run_is_refused(failed):
    (failed / "manifest.json").unlink()
    assert refusal_of(load_failure, failed).code == "altered-evidence"


@pytest.mark.parametrize("name", ["result.json", "manifest.json"])
@pytest.mark.parametrize("kind", ["link", "directory", "pipe"])
def test_only_regular_files_are_read(stored, name, kind):
    path = stored / name
    elsewhere = stored.parent / "elsewhere"
    path.rename(elsewhere)
    if kind == "link":
        path.symlink_to(elsewhere)
    elif kind == "directory":
        path.mkdir()
    else:
        os.mkfifo(path)
    refusal = refusal_of(load_run, stored)
    assert refusal.code == "altered-evidence"
    assert name in refusal.message


def test_a_run_that_is_a_link_is_refused(stored):
    link = stored.with_name("run-20260301-120000-0000ffff")
    link.symlink_to(stored)
    refusal = refusal_of(load_run, link)
    assert refusal.code == "run-missing"
    assert "is not a directory of its own" in refusal.message


def test_a_run_under_another_name_is_refused(stored):
    other = stored.with_name("run-20260301-120000-0000ffff")
    stored.rename(other)
    assert refusal_of(load_run, other).code == "invalid-evidence"


def test_the_manifest_of_another_run_is_refused(root, stored):
    other = record_fake(root, model_name="another").directory
    (other / "manifest.json").replace(stored / "manifest.json")
    assert refusal_of(load_run, stored).code == "altered-evidence"


def test_the_manifest_of_another_kind_is_refused(stored, failed):
    (failed / "manifest.json").replace(stored / "manifest.json")
    assert "is of a failed-run" in refusal_of(load_run, stored).message


@pytest.mark.parametrize("size", [(4 << 20) + 1])
def test_a_huge_document_is_refused_without_reading_it_all(stored, size):
    os.truncate(stored / "result.json", size)
    refusal = refusal_of(load_run, stored)
    assert "larger than" in refusal.message


SPOILED = {
    "a list": [],
    "no model": {k: v for k, v in RESULT.items() if k != "model"},
    "a text for the model": {**RESULT, "model": "m"},
    "a text for a number": {**RESULT, "metrics": {**METRICS, "latency_mean_ms": "12"}},
    "a boolean for a number": {**RESULT, "metrics": {**METRICS, "latency_mean_ms": True}},
    "a number for a text": {**RESULT, "benchmark_name": 5},
    "no time": {**RESULT, "created_at": "yesterday"},
    "a huge integer": {**RESULT, "protocol": {**RESULT["protocol"], "batch_size": 9_999_999_999_999_999_999}},
    "texts in the shape": {**RESULT, "protocol": {**RESULT["protocol"], "input_shape": ["1"]}},
    "a finding without message": {**RESULT, "findings": [{"code": "x"}]},
    "findings of numbers": {**RESULT, "findings": [1]},
    "a stream of texts": {**RESULT, "execution": {"stdout": {"bytes": "1", "stored_bytes": 1}}},
    "an execution of another type": {**RESULT, "execution": 5},
}


@pytest.mark.parametrize("document", SPOILED.values(), ids=SPOILED.keys())
def test_an_old_run_of_another_shape_is_refused(root, document):
    directory = store_old_run(root)
    (directory / "result.json").write_text(json.dumps(document), "utf-8")
    refusal = refusal_of(load_run, directory)
    assert refusal.code == "invalid-evidence"
    assert refusal.message.startswith(f"Invalid run artifact: {directory / 'result.json'}")


@pytest.mark.parametrize("raw", [b"", b"{", b'{"schema_version": NaN}', b"\xff\xfe"])
def test_a_result_that_is_no_json_is_refused(root, raw):
    directory = store_old_run(root)
    (directory / "result.json").write_bytes(raw)
    assert refusal_of(load_run, directory).code == "invalid-evidence"


def test_a_future_result_is_refused(root):
    directory = store_old_run(root, schema_version="edgeenv.result.v2")
    refusal = refusal_of(load_run, directory)
    assert refusal.code == "unsupported-schema"
    assert "edgeenv.result.v2" in refusal.message


def test_an_old_run_is_readable_and_its_digest_covers_its_logs(root):
    directory = store_old_run(root)
    before = load_run(directory)
    assert not before.sealed
    assert before.manifest.version is None
    assert before.manifest.files[0].path == "result.json"
    (directory / "stdout.log").write_text("edited", "utf-8")
    assert load_run(directory).digest != before.digest


def test_an_old_run_without_its_logs_is_refused(root):
    directory = store_old_run(root)
    (directory / "stdout.log").unlink()
    assert "stdout.log: is missing" in refusal_of(load_run, directory).message


def test_the_placeholder_hash_of_an_old_run_is_no_identity(root):
    from hashlib import sha256

    placeholder = sha256(b"missing-model-path:models/tiny.onnx").hexdigest()
    directory = store_old_run(root, model={**RESULT["model"], "model_hash": placeholder})
    assert load_run(directory).facts.at("model.model_hash") is None


def test_an_old_failed_run_is_readable(root):
    failure = load_failure(store_old_failure(root))
    assert failure.failed.return_code == 1
    assert not failure.sealed


FAILURES = {
    "a list": ([], "Invalid failed run artifact"),
    "another marker": (
        {**FAILURE, "schema_version": "edgeenv.failed-run.v9"},
        "Unsupported failed run schema",
    ),
    "no marker": ({"run_id": "x"}, "Unsupported failed run schema"),
    "no message": ({k: v for k, v in FAILURE.items() if k != "error_message"}, "Invalid failed run artifact"),
    "a number for the message": ({**FAILURE, "error_message": 5}, "Invalid failed run artifact"),
    "another run's id": ({**FAILURE, "run_id": "run-x"}, "Invalid failed run artifact"),
}


@pytest.mark.parametrize(("document", "message"), FAILURES.values(), ids=FAILURES.keys())
def test_a_failed_run_of_another_shape_is_refused(root, document, message):
    directory = store_old_failure(root)
    (directory / "failure.json").write_text(json.dumps(document), "utf-8")
    assert refusal_of(load_failure, directory).message.startswith(f"{message}: {directory}")


def test_every_defect_is_told_apart(stored):
    manifest = load_run(stored).manifest
    (stored / "env.json").write_text("{}", "utf-8")
    (stored / "stderr.log").unlink()
    (stored / "sampler").mkdir()
    (stored / "sampler" / "extra.log").write_text("x", "utf-8")
    (stored / "link").symlink_to(stored / "config.yaml")
    config = stored / "config.yaml"
    content = bytearray(config.read_bytes())
    content[0] ^= 1
    config.write_bytes(content)
    (stored / "stdout.log").unlink()
    (stored / "stdout.log").symlink_to(stored / "target.yaml")
    found = {(defect.code, defect.path) for defect in defects(stored, manifest)}
    assert found == {
        ("file-altered", "env.json"),
        ("file-missing", "stderr.log"),
        ("file-unexpected", "sampler/extra.log"),
        ("file-unexpected", "link"),
        ("file-altered", "config.yaml"),
        ("file-not-regular", "stdout.log"),
    }


@pytest.mark.usefixtures("stored", "failed")
def test_reading_needs_neither_jsonschema_nor_yaml(root):
    script = (
        "import sys, pathlib; from edgeenv.registry.registry import Registry;"
        "from edgeenv.registry.rows import RunQuery;"
        "registry = Registry(pathlib.Path(sys.argv[1])); registry.failed_runs(); "
        "print('sqlite3' in sys.modules);"
        "registry.runs(RunQuery()); registry.run('latest'); registry.failed_run('latest');"
        "print([name for name in ('jsonschema', 'yaml', 'click', 'jinja2') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, root], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines() == ["False", "[]"]
