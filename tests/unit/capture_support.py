"""Requests for the tests of the runners: real files, real clocks, small commands."""

from __future__ import annotations

import dataclasses
import os
import shlex
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from edgeenv.capture.request import CaptureRequest, Clock
from edgeenv.model.benchmark import BenchmarkConfig, TargetProfile

RUN_ID = "run-20260102-030405-0a1b2c3d"
GOOD = (
    'EDGEENV_METRICS_JSON={"latency_mean_ms": 12.3, "latency_p50_ms": 12.0, "latency_p95_ms": 14.1,'
    ' "latency_p99_ms": 15, "throughput_fps": 81.3}'
)
CLOCK = Clock(now=lambda: datetime.now(UTC), monotonic=time.monotonic)

CONFIG = BenchmarkConfig(
    name="yolov8n-fire-fake",
    command="true",
    model_name="yolov8n-fire",
    model_version="1.0",
    model_format="onnx",
    model_path="models/yolov8n-fire.onnx",
    task="object-detection",
    input_shape=(1, 3, 224, 224),
    input_dtype="float32",
    runtime="fake-runtime",
    execution_provider="cpu",
    precision="fp32",
    batch_size=1,
    warmup_runs=1,
    repeat_runs=3,
    include_preprocess=True,
    include_postprocess=False,
    timeout_seconds=20,
)
LOCAL = TargetProfile("local-machine", "local", "dev", "local", ("local",))
FAKE = TargetProfile("local-fake", "fake", "dev", "macOS", ("fake", "local"))


def python_command(code: str) -> str:
    """A command line that runs Python code with this interpreter, without its site packages."""
    return f"{shlex.quote(sys.executable)} -S -c {shlex.quote(code)}"


def printing(*lines: str | bytes, then: str = "") -> str:
    """A command line that writes lines to standard output, byte for byte, and then runs more code."""
    raw = b"".join(line if isinstance(line, bytes) else line.encode() + b"\n" for line in lines)
    return python_command(f"import sys, os; sys.stdout.buffer.write({raw!r}); sys.stdout.flush(); {then}")


def request(
    directory: Path, command: str = "true", *, target=LOCAL, watcher=None, environment=None, **config
):
    """A request whose logs and current directory lie in ``directory``."""
    directory = Path(directory)
    return CaptureRequest(
        run_id=RUN_ID,
        config=dataclasses.replace(CONFIG, command=command, **config),
        target=target,
        environment=dict(os.environ) if environment is None else environment,
        current_directory=directory,
        python=sys.executable,
        stdout=directory / "stdout.log",
        stderr=directory / "stderr.log",
        clock=CLOCK,
        watcher=watcher,
    )


def alive(pid: int) -> bool:
    """Whether a process lives and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def wait_for(condition, at_most_s: float = 10.0):
    """The condition's value as soon as it is true."""
    end = time.monotonic() + at_most_s
    while not (value := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)
    return value
