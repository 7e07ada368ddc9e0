"""Runs without a benchmark: numbers made up from names, the same on every machine and day."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from edgeenv import documents
from edgeenv.capture.request import Capture
from edgeenv.capture.timing import duration, instant
from edgeenv.model.document import read
from edgeenv.model.execution import Execution
from edgeenv.model.run import Metrics, ModelIdentity

if TYPE_CHECKING:
    from edgeenv.capture.request import CaptureRequest
    from edgeenv.model.benchmark import BenchmarkConfig


def run(request: CaptureRequest) -> Capture:
    """Record made-up metrics; the command, its limits and its variables are not looked at.

    Raises:
        OSError: the log files could not be written.
    """
    started, begin = request.clock.now(), request.clock.monotonic()
    name, target = request.config.name, request.target.target_name
    with request.stdout.open("xb") as stdout, request.stderr.open("xb"):
        stdout.write(f"FakeRunner completed benchmark '{name}' on '{target}'.".encode())
    metrics = made_up(request.config, target)
    execution = Execution(
        started_at=instant(started),
        finished_at=instant(request.clock.now()),
        duration_s=duration(request.clock.monotonic() - begin),
    )
    return Capture(synthetic_identity(request.config), execution, metrics, None, None)


def made_up(config: BenchmarkConfig, target_name: str) -> Metrics:
    """The five numbers that belong to the names of benchmark, model, runtime and target."""
    seed = f"{config.name}|{config.model_name}|{config.runtime}|{target_name}"
    digest = hashlib.sha256(seed.encode("utf-8")).hexdigest()
    mean = round(12.0 + int(digest[:4], 16) % 1000 / 1000, 3)
    return Metrics(
        latency_mean_ms=mean,
        latency_p50_ms=round(mean - 0.35, 3),
        latency_p95_ms=round(mean + 1.75, 3),
        latency_p99_ms=round(mean + 2.5, 3),
        throughput_fps=round(1000 / mean * config.batch_size, 3),
    )


def synthetic_identity(config: BenchmarkConfig) -> ModelIdentity:
    """The identity of a model that nobody opens.

    Its hash is the SHA-256 of the canonical JSON (sorted keys, no blanks, UTF-8) of an object with the
    members ``model_format``, ``model_name``, ``model_path`` and ``model_version``.
    """
    declared = {
        "model_name": config.model_name,
        "model_version": config.model_version,
        "model_format": config.model_format,
        "model_path": config.model_path,
    }
    digest = hashlib.sha256(documents.canonical_json(declared)).hexdigest()
    return read(ModelIdentity, {**declared, "model_hash": digest, "hash_basis": "synthetic"})
