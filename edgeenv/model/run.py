"""One recorded execution that gave valid metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edgeenv.model.contracts import RESULT_SCHEMA
from edgeenv.model.document import read, write
from edgeenv.model.execution import read_execution, read_findings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edgeenv.model.execution import Execution, RunFinding


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """Which model was run.

    Attributes:
        model_hash: SHA-256 as 64 lower-case hex digits; None when there was no model to hash.
        hash_basis: what was hashed: ``file``, ``directory``, ``declared`` (by the benchmark config),
            ``synthetic`` (a fake run's declared identity) or ``missing``; None in older results.
        size_bytes: the model's size, where its content was hashed.
    """

    model_name: str
    model_version: str
    model_format: str
    model_path: str
    model_hash: str | None
    hash_basis: str | None = None
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Runtime:
    """What executes the model, and on which execution provider."""

    runtime: str
    execution_provider: str


@dataclass(frozen=True, slots=True)
class Target:
    """Where the run took place, as the target profile declares it."""

    target_name: str
    target_type: str
    board_name: str
    os: str
    runtime_tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Protocol:
    """How the measurement was to be made."""

    input_shape: tuple[int, ...]
    input_dtype: str
    task: str
    precision: str
    batch_size: int
    warmup_runs: int
    repeat_runs: int
    include_preprocess: bool
    include_postprocess: bool


@dataclass(frozen=True, slots=True)
class Metrics:
    """Latencies in milliseconds and throughput in frames per second; finite and above zero."""

    latency_mean_ms: float
    latency_p50_ms: float
    latency_p95_ms: float
    latency_p99_ms: float
    throughput_fps: float


@dataclass(frozen=True, slots=True)
class LatencySamples:
    """How the metrics came from the samples that are stored beside them.

    Attributes:
        count: how many samples.
        method: the definition of a percentile: ``nearest-rank``.
        throughput: ``mean-latency``, from the mean and the batch size, or ``reported`` by the command.
        reported_in: ``marker``, a line of standard output, or ``file``.
    """

    count: int
    method: str
    throughput: str
    reported_in: str


@dataclass(frozen=True, slots=True)
class ResourceMetrics:
    """Supplemental evidence: memory in MB, power in W, energy in J, temperature in degrees Celsius."""

    memory_peak_mb: float | None = None
    memory_mean_mb: float | None = None
    power_mean_w: float | None = None
    power_peak_w: float | None = None
    energy_j: float | None = None
    temperature_peak_c: float | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Environment:
    """The machine and the software, as far as they explain an edge number; no variables, no host name.

    Attributes:
        memory_total_bytes: installed memory.
        packages: versions of the runtime packages that the command's interpreter sees, by package name with
            ``_`` for every other separator.
        conditions: what the machine was like ``before`` and ``after`` the run, what happened ``during`` it,
            and where each fact was read (``sources``).
    """

    captured_at: str
    python_version: str
    platform: str
    machine: str
    processor: str
    cpu_model: str | None = None
    cpu_count: int | None = None
    memory_total_bytes: int | None = None
    kernel: str | None = None
    libc: str | None = None
    edgeenv_version: str | None = None
    packages: Mapping[str, str] | None = None
    conditions: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One recorded execution that gave valid metrics: the typed reading of ``result.json``.

    Attributes:
        latency_samples: how the metrics were computed, where the command gave its samples.
        resource_evidence: every resource metric of every source with its origin, when a sampler ran; those
            whose ``chosen`` is true are the ``resource_metrics``.
    """

    schema_version: str
    run_id: str
    created_at: str
    benchmark_name: str
    command: str
    model: ModelIdentity
    runtime: Runtime
    target: Target
    protocol: Protocol
    metrics: Metrics
    env: Environment
    latency_samples: LatencySamples | None = None
    resource_metrics: ResourceMetrics | None = None
    resource_evidence: tuple[Mapping[str, Any], ...] | None = None
    execution: Execution | None = None
    findings: tuple[RunFinding, ...] | None = None
    extensions: Mapping[str, Any] | None = None

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Run:
        """Read a document that the ``result`` schema has accepted."""
        resources, samples = document.get("resource_metrics"), document.get("latency_samples")
        return read(
            cls,
            {"schema_version": RESULT_SCHEMA, **document},
            model=read(ModelIdentity, document["model"]),
            runtime=read(Runtime, document["runtime"]),
            target=read(Target, document["target"]),
            protocol=read(Protocol, document["protocol"]),
            metrics=read(Metrics, document["metrics"]),
            env=read(Environment, document["env"]),
            latency_samples=None if samples is None else read(LatencySamples, samples),
            resource_metrics=None if resources is None else read(ResourceMetrics, resources),
            execution=read_execution(document),
            findings=read_findings(document),
        )

    def to_document(self) -> dict[str, Any]:
        """The members of ``result.json``, in the order of the contract."""
        document: dict[str, Any] = write(self)
        return {name: document[name] for name in _RESULT_ORDER if name in document}


_RESULT_ORDER = (
    "schema_version",
    "run_id",
    "created_at",
    "benchmark_name",
    "command",
    "model",
    "runtime",
    "target",
    "protocol",
    "metrics",
    "latency_samples",
    "resource_metrics",
    "resource_evidence",
    "execution",
    "env",
    "findings",
    "extensions",
)
