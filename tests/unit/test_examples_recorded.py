"""The examples as a user records them: the contract's numbers in the evidence, the verdicts between them."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
MODEL = Path("examples", "models", "magika_standard_v3_3.onnx")
HAS_ONNX = all(importlib.util.find_spec(name) is not None for name in ("onnxruntime", "magika"))
needs_onnx = pytest.mark.skipif(not HAS_ONNX, reason="the onnx extra is not installed")

# mean, p50, p95, p99, fps; then how many resource metrics there are.
NUMBERS = {
    "local_echo_metrics": ([12.3, 12.0, 14.1, 15.0, 81.3], 0),
    "local_resource_metrics": ([12.8, 12.4, 14.2, 15.1, 78.125], 6),
    "local_template": ([21.4, 20.9, 24.2, 26.0, 46.7], 2),
    "local_adapter_template": ([19.2, 18.9, 21.5, 23.0, 52.1], 2),
    "local_runtime_adapter": ([18.5, 18.1, 20.3, 20.9, 54.1], 2),
    "local_compare_a": ([18.0, 17.6, 20.5, 22.0, 55.5], 0),
    "local_compare_b": ([16.4, 16.0, 18.2, 19.7, 61.0], 0),
    "yolov8n_fire": ([12.588, 12.238, 14.338, 15.088, 79.441], 0),
}
DELTAS = """\
Comparable: Yes
Mode: same-condition
Reason:
- Same model hash
- Same input shape
Metrics Delta:
- latency_mean_ms: 18.0 ms -> 16.4 ms (delta -1.6 ms, -8.89%)
- latency_p50_ms: 17.6 ms -> 16.0 ms (delta -1.6 ms, -9.09%)
- latency_p95_ms: 20.5 ms -> 18.2 ms (delta -2.3 ms, -11.22%)
- latency_p99_ms: 22.0 ms -> 19.7 ms (delta -2.3 ms, -10.45%)
- throughput_fps: 55.5 fps -> 61.0 fps (delta +5.5 fps, +9.91%)
"""


class Workplace:
    """A directory with the examples and the runs recorded in it."""

    def __init__(self, directory):
        self.directory = directory
        leave_out = shutil.ignore_patterns("magika*.onnx", "__pycache__")
        shutil.copytree(EXAMPLES, directory / "examples", ignore=leave_out)
        self.run_ids = {}

    def call(self, *words):
        # As in an activated environment: `python` is the interpreter that runs the tests.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("EDGEENV_")}
        return subprocess.run(
            [sys.executable, *words],
            cwd=self.directory,
            env={**inherited, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def edgeenv(self, *words):
        return self.call("-m", "edgeenv", *words)

    def bench(self, name):
        profile = "local_fake" if name == "yolov8n_fire" else "local"
        target, config = f"examples/profiles/{profile}.yaml", f"examples/benches/{name}.yaml"
        return self.edgeenv("bench", "run", "--target", target, "--config", config)

    def record(self, name):
        done = self.bench(name)
        assert done.returncode == 0, done.stdout + done.stderr
        (line,) = [line for line in done.stdout.splitlines() if line.startswith("Run ID: ")]
        self.run_ids[name] = line.removeprefix("Run ID: ")

    def result(self, name):
        return json.loads(
            (self.directory / ".edgeenv" / "runs" / self.run_ids[name] / "result.json").read_text()
        )

    def compare(self, a, b):
        done = self.edgeenv("report", "compare", self.run_ids[a], self.run_ids[b])
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def fixed(tmp_path_factory):
    """Every example whose numbers are fixed, recorded once."""
    workplace = Workplace(tmp_path_factory.mktemp("fixed"))
    for name in NUMBERS:
        workplace.record(name)
    return workplace


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """The real model on one thread and on two, and the small one, recorded once."""
    workplace = Workplace(tmp_path_factory.mktemp("real"))
    placed = workplace.call("examples/scripts/place_magika_model.py")
    assert placed.returncode == 0, placed.stderr
    for name in ("onnx_magika", "onnx_magika_threads2", "onnx_tiny"):
        workplace.record(name)
    return workplace


@pytest.mark.parametrize("name", NUMBERS)
def test_the_evidence_holds_the_numbers_of_the_contract(fixed, name):
    result = fixed.result(name)
    metrics, resources = NUMBERS[name]
    assert list(result["metrics"].values()) == metrics
    measured = {key for key in result.get("resource_metrics", {}) if key != "source"}
    assert len(measured) == resources


@pytest.mark.parametrize("name", NUMBERS)
def test_no_example_has_an_identity_that_it_does_not_deserve(fixed, name):
    expected = "synthetic" if name == "yolov8n_fire" else "file"
    assert fixed.result(name)["model"]["hash_basis"] == expected


def test_the_compare_pair_shows_exactly_its_delta_block(fixed):
    assert fixed.compare("local_compare_a", "local_compare_b").startswith(DELTAS)


def test_a_fake_run_is_never_the_same_condition_as_a_real_one(fixed):
    output = fixed.compare("yolov8n_fire", "local_compare_a")
    assert output.startswith("Comparable: No\n")
    assert "Metrics Delta" not in output


@needs_onnx
def test_the_real_model_is_known_by_its_content(real):
    model = real.result("onnx_magika")["model"]
    assert model["hash_basis"] == "file"
    assert model["size_bytes"] == (real.directory / MODEL).stat().st_size
    assert model["model_hash"].startswith("fe2d2eb49c5f88a9")


@needs_onnx
def test_another_thread_count_is_the_same_condition_but_is_not_left_unsaid(real):
    output = real.compare("onnx_magika", "onnx_magika_threads2")
    assert output.startswith("Comparable: Yes\nMode: same-condition\n")
    unjudged = output[output.index("Unjudged differences:") :]
    assert "ORT_INTRA_OP_NUM_THREADS: 1 -> 2" in unjudged


@needs_onnx
def test_the_small_model_cannot_be_compared_with_the_real_one(real):
    output = real.compare("onnx_magika", "onnx_tiny")
    assert output.startswith("Comparable: No\n")
    assert "- Different model hash\n- Different input shape\n- Different input dtype\n" in output
    assert "Metrics Delta" not in output


@needs_onnx
def test_a_model_that_differs_from_its_declaration_is_refused_before_it_is_run(tmp_path):
    workplace = Workplace(tmp_path)
    (tmp_path / MODEL).write_bytes(b"not the model that is declared")
    done = workplace.bench("onnx_magika")
    assert done.returncode == 1
    assert "model_sha256 declares fe2d2eb4" in done.stderr
    (failed,) = (tmp_path / ".edgeenv" / "failed-runs").iterdir()
    assert (failed / "stdout.log").read_bytes() == b""
    assert "Traceback" not in done.stderr


@needs_onnx
def test_a_model_that_is_not_in_place_fails_with_the_command_that_places_it(tmp_path):
    done = Workplace(tmp_path).bench("onnx_magika")
    assert done.returncode == 1
    (failed,) = (tmp_path / ".edgeenv" / "failed-runs").iterdir()
    assert "python examples/scripts/place_magika_model.py" in (failed / "stderr.log").read_text()
