"""What is asked of the index and what it answers, as plain values that cost little to import."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

SYNTHETIC_TARGET_TYPE = "fake"


class RunQuery(NamedTuple):
    """Which runs are wanted; what is None does not matter, texts match exactly.

    Attributes:
        provider: the execution provider.
        target: the target's name.
        benchmark: the benchmark's name.
        since: recorded at this time or later; without an offset it is taken as UTC.
        synthetic: only runs with made-up numbers (True) or only real ones (False).
        limit: at most so many, the newest.
    """

    model: str | None = None
    runtime: str | None = None
    provider: str | None = None
    target: str | None = None
    benchmark: str | None = None
    since: datetime | None = None
    synthetic: bool | None = None
    limit: int | None = None


class RunRow(NamedTuple):
    """One run as the index knows it, for lists; the evidence itself is the truth.

    Attributes:
        created_at: UTC, always ``YYYY-MM-DDTHH:MM:SS.ffffffZ``.
        digest: of the evidence, as it was when the run was indexed.
        present: is the run's directory still there?
    """

    run_id: str
    created_at: str
    benchmark_name: str
    target_name: str
    target_type: str
    board_name: str
    model_name: str
    model_version: str
    model_hash: str | None
    hash_basis: str | None
    runtime: str
    execution_provider: str
    precision: str
    batch_size: int
    latency_mean_ms: float
    latency_p50_ms: float
    latency_p95_ms: float
    latency_p99_ms: float
    throughput_fps: float
    digest: str
    present: bool = True

    @property
    def synthetic(self) -> bool:
        """Are the numbers made up from names, by the fake runner?"""
        return self.target_type == SYNTHETIC_TARGET_TYPE
