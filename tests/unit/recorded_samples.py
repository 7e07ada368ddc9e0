"""Requests to record and stored runs for tests, with a clock and a random source that can be set."""

from __future__ import annotations

import itertools
import json
import os
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from edgeenv.capture.request import Clock
from edgeenv.documents import Document
from edgeenv.recording import RecordRequest, record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edgeenv.recording import Recorded

START = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)

CONFIG: dict[str, Any] = {
    "name": "sample",
    "command": "true",
    "model_name": "tiny",
    "model_version": "1.0",
    "model_format": "onnx",
    "model_path": "models/tiny.onnx",
    "task": "classification",
    "input_shape": [1, 3, 8, 8],
    "input_dtype": "float32",
    "runtime": "local-python",
    "execution_provider": "cpu",
    "precision": "fp32",
    "batch_size": 1,
    "warmup_runs": 1,
    "repeat_runs": 3,
    "include_preprocess": True,
    "include_postprocess": True,
}
TARGET: dict[str, Any] = {
    "target_name": "bench",
    "target_type": "fake",
    "board_name": "board",
    "os": "linux",
    "runtime_tags": ["local"],
}
METRICS = {
    "latency_mean_ms": 12.0,
    "latency_p50_ms": 11.5,
    "latency_p95_ms": 13.0,
    "latency_p99_ms": 14.0,
    "throughput_fps": 83.0,
}
RESULT: dict[str, Any] = {
    "schema_version": "edgeenv.result.v1",
    "run_id": "run-20240101-000000-00000000",
    "created_at": "2024-01-01T00:00:00Z",
    "benchmark_name": "old",
    "command": "true",
    "model": {
        "model_name": "tiny",
        "model_version": "1.0",
        "model_format": "onnx",
        "model_path": "models/tiny.onnx",
        "model_hash": "ab" * 32,
    },
    "runtime": {"runtime": "local-python", "execution_provider": "cpu"},
    "target": {**TARGET, "target_type": "local"},
    "protocol": {
        name: CONFIG[name]
        for name in (
            "input_shape",
            "input_dtype",
            "task",
            "precision",
            "batch_size",
            "warmup_runs",
            "repeat_runs",
            "include_preprocess",
            "include_postprocess",
        )
    },
    "metrics": METRICS,
    "env": {
        "captured_at": "2024-01-01T00:00:00Z",
        "python_version": "3.11.0",
        "platform": "Linux",
        "machine": "x86_64",
        "processor": "",
    },
}
FAILURE: dict[str, Any] = {
    "schema_version": "edgeenv.failed-run.v1",
    "run_id": "run-20240101-000000-0000000f",
    "created_at": "2024-01-01T00:00:00+00:00",
    "benchmark_name": "old",
    "target_name": "bench",
    "target_type": "local",
    "command": "false",
    "error_type": "LocalRunnerError",
    "error_message": "Local benchmark command failed with exit code 1",
    "return_code": 1,
}


def _from_one() -> Iterator[int]:
    return itertools.count(1)


@dataclass
class Hands:
    """A clock that moves by ``step`` at each look, and random digits that count."""

    now: datetime = START
    step: timedelta = timedelta(seconds=1)
    digits: Iterator[int] = field(default_factory=_from_one)

    def look(self) -> datetime:
        self.now += self.step
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()

    def random_hex(self, count: int) -> str:
        return f"{next(self.digits):0{count}x}"


def document(data: dict[str, Any], source: str) -> Document:
    return Document(data, json.dumps(data).encode(), source)


def a_request(
    root: Path,
    hands: Hands | None = None,
    *,
    config: dict[str, Any] | None = None,
    target: dict[str, Any] | None = None,
) -> RecordRequest:
    hands = hands or Hands()
    return RecordRequest(
        config=document({**CONFIG, **(config or {})}, "config.yaml"),
        target=document({**TARGET, **(target or {})}, "target.yaml"),
        root=root,
        environment={"PATH": os.environ["PATH"]},
        current_directory=root.parent,
        python=sys.executable,
        clock=Clock(now=hands.look, monotonic=hands.seconds),
        random_hex=hands.random_hex,
        watcher=None,
        edgeenv_version="0.1.0",
    )


def record_fake(root: Path, hands: Hands | None = None, **config: Any) -> Recorded:
    return record(a_request(root, hands, config=config))


def local_request(root: Path, command: str, hands: Hands | None = None, **config: Any) -> RecordRequest:
    """A request that runs a real command, with the real clock for its limits."""
    import time

    request = a_request(root, hands, config={"command": command, **config}, target={"target_type": "local"})
    return request._replace(clock=Clock(now=lambda: datetime.now(UTC), monotonic=time.monotonic))


def printing(directory: Path, *lines: str) -> str:
    """A command that prints these lines."""
    script = directory / "print.txt"
    script.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return f"cat {script}"


def metrics_line(**changes: Any) -> str:
    return f"EDGEENV_METRICS_JSON={json.dumps({**METRICS, **changes})}"


def store_old_run(root: Path, **changes: Any) -> Path:
    """A run as the earlier system left it: no manifest, no execution."""
    result = {**RESULT, **changes}
    directory = root / "runs" / result["run_id"]
    directory.mkdir(parents=True)
    (directory / "result.json").write_text(json.dumps(result, indent=2), "utf-8")
    for name in ("config.yaml", "target.yaml", "env.json", "stdout.log", "stderr.log"):
        (directory / name).write_text("{}", "utf-8")
    return directory


def store_old_failure(root: Path, **changes: Any) -> Path:
    failure = {**FAILURE, **changes}
    directory = root / "failed-runs" / failure["run_id"]
    directory.mkdir(parents=True)
    (directory / "failure.json").write_text(json.dumps(failure, indent=2), "utf-8")
    for name in ("config.yaml", "target.yaml", "env.json", "stdout.log", "stderr.log"):
        (directory / name).write_text("{}", "utf-8")
    return directory


def tree(root: Path) -> dict[str, bytes]:
    """Every file of the evidence under a root, byte for byte."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for folder in ("runs", "failed-runs")
        for path in sorted((root / folder).rglob("*"))
        if path.is_file()
    }
