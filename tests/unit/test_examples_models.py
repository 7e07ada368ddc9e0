"""The example models: ours is what its script writes; the real one is placed only if it is the known one."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
TINY = EXAMPLES / "models" / "tiny_classifier.onnx"
BENCHMARK = EXAMPLES / "scripts" / "onnxruntime_benchmark.py"
PLACE = EXAMPLES / "scripts" / "place_magika_model.py"

needs_onnxruntime = pytest.mark.skipif(
    importlib.util.find_spec("onnxruntime") is None, reason="the onnx extra is not installed"
)
needs_magika = pytest.mark.skipif(
    importlib.util.find_spec("magika") is None, reason="the onnx extra is not installed"
)

TINY_PROTOCOL = {
    "EDGEENV_MODEL_PATH": str(TINY),
    "EDGEENV_INPUT_SHAPE": "1,3,32,32",
    "EDGEENV_INPUT_DTYPE": "float32",
    "EDGEENV_BATCH_SIZE": "1",
    "EDGEENV_WARMUP_RUNS": "1",
    "EDGEENV_REPEAT_RUNS": "20",
    "EDGEENV_INCLUDE_PREPROCESS": "false",
    "EDGEENV_INCLUDE_POSTPROCESS": "false",
    "EDGEENV_EXECUTION_PROVIDER": "CPUExecutionProvider",
}


def run_script(script, *words, environment=None, without=()):
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("EDGEENV_", "ORT_"))
    }
    variables = {**inherited, **(environment or {})}
    for name in without:
        variables.pop(name, None)
    return subprocess.run(
        [sys.executable, str(script), *map(str, words)],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def load(script):
    spec = importlib.util.spec_from_file_location(script.stem, script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def metrics_of(done):
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("EDGEENV_METRICS_JSON=")]
    return json.loads(line.partition("=")[2])


def test_the_script_writes_the_very_bytes_that_are_committed(tmp_path):
    done = run_script(EXAMPLES / "scripts" / "make_tiny_model.py", tmp_path / "tiny.onnx")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "tiny.onnx").read_bytes() == TINY.read_bytes()
    assert hashlib.sha256(TINY.read_bytes()).hexdigest() in done.stdout
    assert TINY.stat().st_size < 8 * 1024


@needs_onnxruntime
@pytest.mark.parametrize("shape", [(1, 3, 224, 224), (2, 3, 8, 8)])
def test_the_tiny_model_gives_probabilities_for_images_of_any_size(shape):
    import numpy as np
    import onnxruntime

    session = onnxruntime.InferenceSession(str(TINY), providers=["CPUExecutionProvider"])
    rows = session.run(None, {"image": np.ones(shape, dtype=np.float32)})[0]
    assert rows.shape == (shape[0], 10)
    assert rows.sum(axis=1) == pytest.approx([1.0] * shape[0], abs=1e-5)
    assert rows.max() > 0.11, "a model that answers the same for every class does nothing"


@needs_onnxruntime
def test_the_benchmark_reports_five_metrics_of_its_own_samples():
    metrics = metrics_of(run_script(BENCHMARK, environment=TINY_PROTOCOL))
    assert list(metrics) == [
        "latency_mean_ms",
        "latency_p50_ms",
        "latency_p95_ms",
        "latency_p99_ms",
        "throughput_fps",
    ]
    assert 0 < metrics["latency_p50_ms"] <= metrics["latency_p95_ms"] <= metrics["latency_p99_ms"] < 1000
    assert metrics["throughput_fps"] == pytest.approx(1000 / metrics["latency_mean_ms"], rel=1e-3)


@needs_onnxruntime
def test_the_thread_count_comes_from_the_variable():
    environment = {**TINY_PROTOCOL, "ORT_INTRA_OP_NUM_THREADS": "2"}
    assert " threads=2" in run_script(BENCHMARK, environment=environment).stdout
    assert " threads=default" in run_script(BENCHMARK, environment=TINY_PROTOCOL).stdout


def test_warm_up_calls_are_made_and_not_counted():
    benchmark, calls = load(BENCHMARK), []
    protocol = benchmark.Protocol(Path("m"), "p", (1,), "int32", 1, warmup=3, repeat=5, threads=0)
    samples, window = benchmark.measure(lambda: calls.append(1), protocol)
    assert (len(calls), len(samples)) == (8, 5)
    assert 0 < window["start_monotonic_ns"] < window["end_monotonic_ns"]
    assert all(sample > 0 for sample in samples)


def test_percentiles_are_nearest_rank_and_throughput_counts_inputs():
    benchmark = load(BENCHMARK)
    milliseconds = [number * 1_000_000 for number in range(100, 0, -1)]
    assert benchmark.summarise(milliseconds, batch=4) == {
        "latency_mean_ms": 50.5,
        "latency_p50_ms": 50.0,
        "latency_p95_ms": 95.0,
        "latency_p99_ms": 99.0,
        "throughput_fps": pytest.approx(4 * 1000 / 50.5),
    }
    assert benchmark.summarise([7_000_000], batch=1)["latency_p99_ms"] == 7.0


def test_integer_input_is_the_beginning_and_the_end_of_the_file():
    pytest.importorskip("numpy")
    benchmark = load(BENCHMARK)
    protocol = benchmark.Protocol(Path("m"), "p", (1, 8), "int32", 1, 0, 1, 1)
    assert benchmark.make_input(b"abcdefghij", protocol).tolist() == [[97, 98, 99, 100, 103, 104, 105, 106]]
    assert benchmark.make_input(b"ab", protocol).tolist() == [[97, 98, 256, 256, 256, 256, 97, 98]]


def test_floating_input_is_the_bytes_scaled_to_one():
    pytest.importorskip("numpy")
    benchmark = load(BENCHMARK)
    protocol = benchmark.Protocol(Path("m"), "p", (1, 1, 2, 2), "float32", 1, 0, 1, 1)
    assert benchmark.make_input(b"\x00\xff", protocol).tolist() == [[[[0.0, 1.0], [0.0, 1.0]]]]


@needs_onnxruntime
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"EDGEENV_MODEL_PATH": "nowhere.onnx"}, "no model at nowhere.onnx"),
        ({"EDGEENV_MODEL_PATH": str(BENCHMARK)}, "onnxruntime cannot load"),
        ({"EDGEENV_MODEL_PATH": "magika_standard_v3_3.onnx"}, "place_magika_model.py"),
        ({"EDGEENV_EXECUTION_PROVIDER": "NoSuchProvider"}, "'NoSuchProvider'; this onnxruntime has"),
        ({"EDGEENV_INPUT_SHAPE": "1,4,32,32"}, "the protocol says float32 [1, 4, 32, 32]"),
        ({"EDGEENV_INPUT_SHAPE": "1,3"}, "the model takes tensor(float)"),
        ({"EDGEENV_INPUT_SHAPE": "1,x"}, "EDGEENV_INPUT_SHAPE is '1,x'"),
        ({"EDGEENV_INPUT_DTYPE": "int32"}, "the protocol says int32"),
        ({"EDGEENV_INPUT_DTYPE": "complex"}, "input_dtype is 'complex'"),
        ({"EDGEENV_BATCH_SIZE": "2"}, "batch_size is 2, but input_shape begins with 1"),
        ({"EDGEENV_REPEAT_RUNS": "0"}, "EDGEENV_REPEAT_RUNS is '0'"),
        ({"EDGEENV_INCLUDE_PREPROCESS": "true"}, "times the model alone"),
        ({"ORT_INTRA_OP_NUM_THREADS": "many"}, "ORT_INTRA_OP_NUM_THREADS is 'many'"),
    ],
)
def test_a_measurement_that_was_not_asked_for_is_refused(changes, expected):
    done = run_script(BENCHMARK, environment={**TINY_PROTOCOL, **changes})
    assert done.returncode == 1
    assert expected in done.stderr
    assert "hint: " in done.stderr
    assert "Traceback" not in done.stderr
    assert "EDGEENV_METRICS_JSON" not in done.stdout


def test_the_benchmark_started_by_hand_says_how_to_start_it():
    done = run_script(BENCHMARK)
    assert done.returncode == 1
    assert "is not set" in done.stderr
    assert "edgeenv bench run" in done.stderr


def test_without_onnxruntime_the_benchmark_says_what_to_install(tmp_path):
    (tmp_path / "onnxruntime.py").write_text("raise ImportError('not on this machine')\n")
    done = run_script(BENCHMARK, environment={**TINY_PROTOCOL, "PYTHONPATH": str(tmp_path)})
    assert done.returncode == 1
    assert "not on this machine" in done.stderr
    assert "pip install 'edgeenv[onnx]'" in done.stderr


@pytest.fixture
def placing(tmp_path):
    """The placing script in an empty examples directory of its own."""
    (tmp_path / "examples" / "scripts").mkdir(parents=True)
    (tmp_path / "examples" / "models").mkdir()
    return Path(shutil.copy(PLACE, tmp_path / "examples" / "scripts"))


def fake_magika(directory, model):
    folder = directory / "site" / "magika" / "models" / "standard_v9"
    folder.mkdir(parents=True)
    (directory / "site" / "magika" / "__init__.py").write_text("")
    (folder / "model.onnx").write_bytes(model)
    return {"PYTHONPATH": str(directory / "site")}


@needs_magika
def test_the_known_model_is_placed_once(placing):
    target = placing.parents[1] / "models" / "magika_standard_v3_3.onnx"
    first, second = run_script(placing), run_script(placing)
    assert first.stdout.startswith("Model placed: "), first.stderr
    assert second.stdout.startswith("Model already in place: ")
    assert hashlib.sha256(target.read_bytes()).hexdigest() == load(PLACE).KNOWN_SHA256
    assert [path.name for path in target.parent.iterdir()] == [target.name]


@needs_magika
def test_a_damaged_copy_is_replaced(placing):
    target = placing.parents[1] / "models" / "magika_standard_v3_3.onnx"
    target.write_bytes(b"half a mod")
    assert run_script(placing).stdout.startswith("Model placed: ")
    assert hashlib.sha256(target.read_bytes()).hexdigest() == load(PLACE).KNOWN_SHA256


def test_an_unknown_model_is_refused(placing, tmp_path):
    done = run_script(placing, environment=fake_magika(tmp_path, b"another model"))
    assert done.returncode == 1
    assert hashlib.sha256(b"another model").hexdigest() in done.stderr
    assert load(PLACE).KNOWN_SHA256 in done.stderr
    assert not list((placing.parents[1] / "models").iterdir())


def test_the_config_declares_the_digest_that_the_script_checks():
    for name in ("onnx_magika.yaml", "onnx_magika_threads2.yaml"):
        text = (EXAMPLES / "benches" / name).read_text()
        assert f"model_sha256: {load(PLACE).KNOWN_SHA256}\n" in text
        assert "model_path: examples/models/magika_standard_v3_3.onnx\n" in text
