"""What a runner is asked to do, and what it answers: the one interface of all runners."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from edgeenv.model.benchmark import BenchmarkConfig, TargetProfile
    from edgeenv.model.execution import Execution, RunFinding
    from edgeenv.model.run import LatencySamples, Metrics, ModelIdentity, ResourceMetrics


class Clock(NamedTuple):
    """Time as the caller hands it in: ``now`` is aware UTC, ``monotonic`` counts seconds."""

    now: Callable[[], datetime]
    monotonic: Callable[[], float]


class Watcher(Protocol):
    """Somebody who wants to see a run while it goes on; never allowed to slow it down."""

    def tick(self, elapsed_s: float, stdout: Path, stderr: Path) -> None:
        """Called at most twice a second while the command runs, and once when it has ended.

        Args:
            elapsed_s: seconds since the start.
            stdout: the growing log of standard output.
            stderr: the growing log of standard error.
        """


class CaptureRequest(NamedTuple):
    """One execution to be made.

    Attributes:
        environment: the variables that the command inherits.
        current_directory: where ``edgeenv`` was started; relative paths of the config count from here.
        python: the interpreter that stands for ``python`` when PATH has none.
        stdout: the file to be created for the command's standard output; must not exist.
        stderr: the same for standard error.
        samples_file: where the command may leave its latency samples, in a directory that is there; None for
            nowhere.
        sampler_directory: where samplers put their files; None for beside ``stdout``.
        sysroot: the directory that stands for ``/`` when files of the kernel are read.
    """

    run_id: str
    config: BenchmarkConfig
    target: TargetProfile
    environment: Mapping[str, str]
    current_directory: Path
    python: str
    stdout: Path
    stderr: Path
    clock: Clock
    watcher: Watcher | None = None
    sampler_directory: Path | None = None
    samples_file: Path | None = None
    sysroot: Path = Path("/")


class CaptureFailure(NamedTuple):
    """Why an execution gave no valid metrics.

    Attributes:
        code: stable name, such as ``metrics-missing`` or ``timeout``.
        return_code: the command's exit status, None when it never ended by itself.
        signal: the signal that interrupted EdgeEnv itself, None otherwise.
    """

    code: str
    message: str
    hint: str
    return_code: int | None
    signal: int | None = None


class Capture(NamedTuple):
    """What one execution gave: metrics, or the reason why there are none; never both.

    Attributes:
        latency_samples: how the metrics came from samples, samples: the samples; None where the command gave
            its metrics only.
        resource_evidence: every resource metric of every source with its origin, when a sampler ran.
        conditions: what the machine was like before, during and after; None for a fake run.
        sampler_metadata: the document of ``sampler/metadata.json``; None when no sampler ran.
    """

    model: ModelIdentity
    execution: Execution
    metrics: Metrics | None
    resource_metrics: ResourceMetrics | None
    failure: CaptureFailure | None
    findings: tuple[RunFinding, ...] = ()
    resource_evidence: tuple[Mapping[str, Any], ...] | None = None
    conditions: Mapping[str, Any] | None = None
    sampler_metadata: Mapping[str, Any] | None = None
    latency_samples: LatencySamples | None = None
    samples: Sequence[float] | None = None
