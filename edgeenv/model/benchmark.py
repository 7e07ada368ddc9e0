"""What is to be run (benchmark config) and where (target profile)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from edgeenv.model.document import read

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class BenchmarkConfig:
    """One benchmark: the command, the model it loads, and the protocol it is asked to follow.

    Attributes:
        command: the command line, split by POSIX shell rules and started without a shell.
        model_path: where the command opens the model, relative to ``working_directory``.
        model_sha256: the model's digest as declared, for a model that this machine cannot read.
        input_shape: the dimensions of the model's input, batch included.
        timeout_seconds: the limit of the whole command in seconds; None for no limit.
        working_directory: the command's directory, relative to where ``edgeenv`` is started; None for there.
        extra_env: environment variables for the command, names in upper case.
        extensions: members of other tools; kept, never judged unless a policy names one.
    """

    name: str
    command: str
    model_name: str
    model_version: str
    model_format: str
    model_path: str
    task: str
    input_shape: tuple[int, ...]
    input_dtype: str
    runtime: str
    execution_provider: str
    precision: str
    batch_size: int
    warmup_runs: int
    repeat_runs: int
    include_preprocess: bool
    include_postprocess: bool
    timeout_seconds: float | None = None
    working_directory: str | None = None
    extra_env: Mapping[str, str] = field(default_factory=dict)
    model_sha256: str | None = None
    extensions: Mapping[str, Any] | None = None

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> BenchmarkConfig:
        """Read a document that the ``bench-config`` schema has accepted."""
        return read(cls, document)


@dataclass(frozen=True, slots=True)
class TargetProfile:
    """One place where benchmarks run.

    Attributes:
        target_type: ``fake`` (numbers made up from the names) or ``local`` (this machine).
        runtime_tags: free labels; their order is part of the target's identity.
        sampler: what collects resource evidence during a run; not part of the target's identity.
        samplers: several of them, the one that counts first; never beside ``sampler``.
    """

    target_name: str
    target_type: str
    board_name: str
    os: str
    runtime_tags: tuple[str, ...] = ()
    sampler: Mapping[str, Any] | None = None
    samplers: tuple[Mapping[str, Any], ...] | None = None
    extensions: Mapping[str, Any] | None = None

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> TargetProfile:
        """Read a document that the ``target-profile`` schema has accepted."""
        return read(cls, document)

    @property
    def sampler_blocks(self) -> tuple[Mapping[str, Any], ...]:
        """What is to sample a local run, in the order in which it counts; a fake run is never sampled."""
        if self.target_type != "local":
            return ()
        return self.samplers or (() if self.sampler is None else (self.sampler,))
