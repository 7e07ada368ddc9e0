from __future__ import annotations

import dataclasses
import hashlib

import pytest
from capture_support import FAKE, LOCAL, request

from edgeenv.capture import runner
from edgeenv.errors import EdgeEnvError


def test_the_numbers_of_the_contract(tmp_path):
    capture = runner.run(request(tmp_path, "no such command", target=FAKE))
    metrics = capture.metrics
    assert dataclasses.astuple(metrics) == (12.588, 12.238, 14.338, 15.088, 79.441)
    assert capture.resource_metrics is None
    assert capture.failure is None
    assert capture.findings == ()


def test_its_streams_and_times(tmp_path):
    capture = runner.run(request(tmp_path, target=FAKE))
    said = b"FakeRunner completed benchmark 'yolov8n-fire-fake' on 'local-fake'."
    assert (tmp_path / "stdout.log").read_bytes() == said
    assert (tmp_path / "stderr.log").read_bytes() == b""
    execution = capture.execution
    assert execution.started_at <= execution.finished_at
    assert execution.started_at.endswith("Z")
    assert execution.duration_s >= 0
    assert execution.argv is None
    assert execution.exit_code is None


def test_its_model_is_the_declared_one(tmp_path):
    model = runner.run(request(tmp_path, target=FAKE)).model
    text = (
        '{"model_format":"onnx","model_name":"yolov8n-fire","model_path":"models/yolov8n-fire.onnx",'
        '"model_version":"1.0"}'
    )
    assert model.model_hash == hashlib.sha256(text.encode()).hexdigest()
    assert model.hash_basis == "synthetic"
    assert model.size_bytes is None


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"name": "other"}, False),
        ({"model_name": "other"}, False),
        ({"runtime": "other"}, False),
        ({"model_version": "2"}, True),
        ({"precision": "int8"}, True),
        ({"input_shape": (1,)}, True),
        ({"batch_size": 2}, True),
    ],
)
def test_what_enters_the_numbers(tmp_path, change, same):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one = runner.run(request(tmp_path / "a", target=FAKE)).metrics
    other = runner.run(request(tmp_path / "b", target=FAKE, **change)).metrics
    assert (one.latency_mean_ms == other.latency_mean_ms) == same


def test_a_batch_multiplies_the_throughput_before_rounding(tmp_path):
    metrics = runner.run(request(tmp_path, target=FAKE, batch_size=8)).metrics
    assert metrics.throughput_fps == round(1000 / 12.588 * 8, 3)


def test_a_sampler_is_ignored(tmp_path):
    target = dataclasses.replace(FAKE, sampler={"name": "jetson-tegrastats", "required": True})
    capture = runner.run(request(tmp_path, target=target))
    assert capture.failure is None
    assert capture.findings == ()


def test_it_never_writes_over_a_log(tmp_path):
    (tmp_path / "stdout.log").write_text("kept")
    with pytest.raises(FileExistsError):
        runner.run(request(tmp_path, target=FAKE))
    assert (tmp_path / "stdout.log").read_text() == "kept"


def test_another_target_type_is_refused(tmp_path):
    with pytest.raises(EdgeEnvError, match="Unsupported target_type for v1: ssh") as caught:
        runner.run(request(tmp_path, target=dataclasses.replace(LOCAL, target_type="ssh")))
    assert caught.value.code == "unsupported-target-type"
    assert not (tmp_path / "stdout.log").exists()
