"""Benchmarks for the tests of whole commands."""

from __future__ import annotations

from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PROFILES = {"yolov8n_fire": "local_fake"}
# In the order of recording: the last one is `latest`.
RECORDED = ("yolov8n_fire", "local_compare_a", "local_compare_b", "local_resource_metrics")

CONFIG = """\
name: {name}
command: {command}
model_name: tiny
model_version: "1.0"
model_format: onnx
model_path: {model}
task: image-classification
input_shape: [1, 3, 8, 8]
input_dtype: float32
runtime: local-python
execution_provider: cpu
precision: fp32
batch_size: 1
warmup_runs: 0
repeat_runs: 1
include_preprocess: false
include_postprocess: false
"""
TARGET = """\
target_name: bench-1
target_type: local
board_name: board
os: linux
runtime_tags: [lab]
"""
METRICS = (
    '{"latency_mean_ms": 2.5, "latency_p50_ms": 2.4, "latency_p95_ms": 2.9, "latency_p99_ms": 3.0,'
    ' "throughput_fps": 400.0}'
)


def bench_run_words(name, root):
    profile = EXAMPLES / "profiles" / f"{PROFILES.get(name, 'local')}.yaml"
    config = EXAMPLES / "benches" / f"{name}.yaml"
    return ["bench", "run", "--target", str(profile), "--config", str(config), "--edgeenv-root", str(root)]


def write_config(directory, more="", **values):
    members = {"name": "tiny-bench", "command": "python bench.py", "model": "model.onnx", **values}
    (directory / "bench.yaml").write_text(CONFIG.format(**members) + more)
