"""One recorded execution: a run with its metrics, or a failed run with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edgeenv.model.document import read, write

if TYPE_CHECKING:
    from collections.abc import Mapping

RESULT_SCHEMA = "edgeenv.result.v1"
FAILED_RUN_SCHEMA = "edgeenv.failed-run.v1"


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
class StreamRecord:
    """How much a command wrote to one stream, and how much of it is stored, in bytes."""

    bytes: int
    stored_bytes: int


@dataclass(frozen=True, slots=True)
class Execution:
    """What was started, when, and how it ended.

    Attributes:
        started_at: UTC, ISO 8601 with ``Z``; None when nothing could be started.
        duration_s: monotonic seconds from start to end.
        exit_code: the command's exit status; negative for a signal; None when it never ended by itself.
        argv: the words that were executed.
        executable: the absolute path that the first word was resolved to.
        working_directory: the command's directory, absolute.
        extra_env: the variables that the benchmark config adds.
        injected_env: the ``EDGEENV_`` variables that the command was given.
        stdout: the size of standard output; absent for a fake run.
        stderr: the size of standard error; absent for a fake run.
    """

    started_at: str | None = None
    finished_at: str | None = None
    duration_s: float | None = None
    exit_code: int | None = None
    argv: tuple[str, ...] | None = None
    executable: str | None = None
    working_directory: str | None = None
    extra_env: Mapping[str, str] | None = None
    injected_env: Mapping[str, str] | None = None
    stdout: StreamRecord | None = None
    stderr: StreamRecord | None = None


@dataclass(frozen=True, slots=True)
class Environment:
    """The machine and the software, as far as they explain an edge number; no variables, no host name.

    Attributes:
        memory_total_bytes: installed memory.
        packages: versions of the runtime packages that the command's interpreter sees, by package name with
            ``_`` for every other separator.
        conditions: what the machine was like before and after the run.
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
class RunFinding:
    """Something that happened to a run and that a reader of its numbers must know, with a stable code."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Run:
    """One recorded execution that gave valid metrics: the typed reading of ``result.json``."""

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
    resource_metrics: ResourceMetrics | None = None
    execution: Execution | None = None
    findings: tuple[RunFinding, ...] | None = None
    extensions: Mapping[str, Any] | None = None

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Run:
        """Read a document that the ``result`` schema has accepted."""
        resources = document.get("resource_metrics")
        execution = document.get("execution")
        return read(
            cls,
            {"schema_version": RESULT_SCHEMA, **document},
            model=read(ModelIdentity, document["model"]),
            runtime=read(Runtime, document["runtime"]),
            target=read(Target, document["target"]),
            protocol=read(Protocol, document["protocol"]),
            metrics=read(Metrics, document["metrics"]),
            env=read(Environment, document["env"]),
            resource_metrics=None if resources is None else read(ResourceMetrics, resources),
            execution=None if execution is None else _execution(execution),
            findings=_findings(document),
        )

    def to_document(self) -> dict[str, Any]:
        """The members of ``result.json``, in the order of the contract."""
        document: dict[str, Any] = write(self)
        return {name: document[name] for name in _RESULT_ORDER if name in document}


@dataclass(frozen=True, slots=True)
class FailedRun:
    """One execution that gave no valid metrics: the typed reading of ``failure.json``.

    Attributes:
        error_code: the stable name of the failure, such as ``metrics-missing``.
        error_hint: what to do about it.
        return_code: the command's exit status; None when it never ended by itself.
    """

    schema_version: str
    run_id: str
    created_at: str
    benchmark_name: str
    target_name: str
    target_type: str
    command: str
    error_type: str
    error_message: str
    return_code: int | None
    error_code: str | None = None
    error_hint: str | None = None
    execution: Execution | None = None
    findings: tuple[RunFinding, ...] | None = None
    extensions: Mapping[str, Any] | None = None

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> FailedRun:
        """Read a document that the ``failed-run`` schema has accepted."""
        execution = document.get("execution")
        return read(
            cls,
            document,
            execution=None if execution is None else _execution(execution),
            findings=_findings(document),
        )

    def to_document(self) -> dict[str, Any]:
        """The members of ``failure.json``."""
        document: dict[str, Any] = write(self)
        return document


def _findings(document: Mapping[str, Any]) -> tuple[RunFinding, ...] | None:
    if "findings" not in document:
        return None
    return tuple(read(RunFinding, finding) for finding in document["findings"])


def _execution(document: Mapping[str, Any]) -> Execution:
    streams = {name: read(StreamRecord, document[name]) for name in ("stdout", "stderr") if name in document}
    return read(Execution, document, **streams)


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
    "resource_metrics",
    "execution",
    "env",
    "findings",
    "extensions",
)
