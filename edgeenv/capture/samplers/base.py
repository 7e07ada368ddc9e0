"""What every sampler offers, what it is given, and how it says that it cannot go on."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from edgeenv.capture.request import Clock
    from edgeenv.capture.samplers.summary import SamplerSummary
    from edgeenv.capture.window import Window

STOP_TIMEOUT_MS = 3000
INTERVAL_MS = 500
TOOL_STARTUP_WAIT_MS = 600


class SamplerError(Exception):
    """A sampler cannot do what it is there for.

    Attributes:
        code: a stable name, such as ``sampler-unavailable``.
        message: what was found and what was expected.
        hint: what to do about it.
    """

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


class RecoverableSamplerError(SamplerError):
    """The run goes on without this sampler, unless the target profile requires it."""


class SamplerUnavailableError(RecoverableSamplerError):
    """There is nothing to sample with here: a program, a permission, a file or a library is missing."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__("sampler-unavailable", message, hint)


class FatalSamplerError(SamplerError):
    """A required sampler has failed, and the run with it; everything that was captured is kept."""


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What a sampler owes after a run; a warning for an optional sampler, a failed run for a required one.

    Attributes:
        code: ``sampler-no-samples``, ``sampler-unparseable``, ``sampler-early-exit``,
            ``sampler-stop-timeout``, ``sampler-raw-log-lost``, ``sampler-samples-lost`` or
            ``sampler-crashed``.
    """

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class SamplerSettings:
    """One sampler as the target profile asks for it; the one place of every default.

    Attributes:
        name: which sampler, one of `catalogue.names`.
        required: whether the run fails without its evidence.
        interval_ms: time between two samples; None for the sampler's own.
        startup_wait_ms: time from the sampler's start to the command's; None for the sampler's own. It is
            never less than one interval.
        stop_timeout_ms: the longest time that stopping may take, and so the most that a run can be delayed.
        raw_log: whether the output of the sampling tool is stored.
        power_rails: the rails whose sum is the board's power; empty to go by the known boards.
        tegrastats_path: the tegrastats program, by path or by name on PATH.
        vcgencmd_path: the vcgencmd program, by path or by name on PATH.
        gpu_index: which NVIDIA GPU.
    """

    name: str
    required: bool = False
    interval_ms: int | None = None
    startup_wait_ms: int | None = None
    stop_timeout_ms: int = STOP_TIMEOUT_MS
    raw_log: bool = True
    power_rails: tuple[str, ...] = ()
    tegrastats_path: str = "tegrastats"
    vcgencmd_path: str = "vcgencmd"
    gpu_index: int = 0

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> SamplerSettings:
        """Read a sampler block that the ``target-profile`` schema has accepted."""
        known = {field_.name for field_ in fields(cls)}
        values = {name: value for name, value in document.items() if name in known}
        values["power_rails"] = tuple(values.get("power_rails", ()))
        return cls(**values)


@dataclass(frozen=True, slots=True)
class SamplerContext:
    """What a sampler works with; all that it may know of the world.

    Attributes:
        settings: what the target profile asks for, with ``interval_ms`` and ``startup_wait_ms`` filled in.
        directory: where its files go; it exists.
        artifact_prefix: the same directory as seen from the run's, such as ``sampler/``.
        clock: the clock that stamps every sample.
        environment: the variables for programs that it starts; their PATH is where they are looked for.
        current_directory: where ``edgeenv`` was started; relative paths of the profile count from here.
        sysroot: the directory that stands for ``/`` when files of the kernel are read.
    """

    settings: SamplerSettings
    directory: Path
    artifact_prefix: str
    clock: Clock
    environment: Mapping[str, str] = field(default_factory=dict)
    current_directory: Path | None = None
    sysroot: Path | None = None

    def now_ns(self) -> int:
        """The monotonic clock in nanoseconds."""
        return round(self.clock.monotonic() * 1e9)

    @property
    def interval_s(self) -> float:
        """Seconds between two samples."""
        return (self.settings.interval_ms or INTERVAL_MS) / 1000

    @property
    def stop_timeout_s(self) -> float:
        """Seconds that stopping may take at most."""
        return self.settings.stop_timeout_ms / 1000

    @property
    def longest_gap_ns(self) -> int:
        """Two samples further apart than this tell nothing about the time between them."""
        return round(max(5 * self.interval_s, 1.0) * 1e9)


class Sampler(Protocol):
    """One source of resource evidence during one run.

    The calls come in this order: `start`, `command_started`, `stop`, `summary`; `stop` also when the command
    could not be started. None of them is called twice, and `stop` ends whatever `start` has begun.
    """

    def start(self, context: SamplerContext) -> None:
        """Begin to sample, and return at once.

        Raises:
            SamplerUnavailableError: there is nothing to sample with here.
        """

    def command_started(self, pid: int) -> None:
        """The command runs now, as the leader of its own process group and session."""

    def stop(self) -> None:
        """Take what is still to be had and end, within the stop timeout; troubles are told by `summary`."""

    def summary(self, window: Window) -> SamplerSummary:
        """What was sampled inside a window."""
