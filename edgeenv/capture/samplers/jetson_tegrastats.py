"""Memory, power and temperature of an NVIDIA Jetson, from the lines of ``tegrastats``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeenv.capture.samplers import programs
from edgeenv.capture.samplers.aggregation import Aggregation
from edgeenv.capture.samplers.base import SamplerUnavailableError, Shortfall
from edgeenv.capture.samplers.closing import Report, close
from edgeenv.capture.samplers.raw_log import RawLog
from edgeenv.capture.samplers.summary import Tool
from edgeenv.capture.samplers.tegrastats_lines import TegrastatsLines
from edgeenv.capture.samplers.tool_process import ToolEnding, ToolProcess

if TYPE_CHECKING:
    from edgeenv.capture.samplers.base import SamplerContext
    from edgeenv.capture.samplers.summary import SamplerSummary
    from edgeenv.capture.window import Window

NAME = "jetson-tegrastats"
RAW_LOG = "tegrastats.log"

_LAST_LINE_INTERVALS = 1.5


class JetsonTegrastats:
    """The sampler ``jetson-tegrastats``."""

    def __init__(self) -> None:
        self._ending = ToolEnding()

    def start(self, context: SamplerContext) -> None:
        """Start ``tegrastats --interval`` and drain it from now on.

        Raises:
            SamplerUnavailableError: there is no such program, or it cannot be started.
        """
        settings = context.settings
        self._context = context
        self._path = programs.find(context, settings.tegrastats_path, "tegrastats_path")
        self._lines = TegrastatsLines(settings.power_rails)
        self._raw_log = RawLog(context.directory / RAW_LOG) if settings.raw_log else None
        self._tool = ToolProcess(context.now_ns, self._lines.add, self._raw_log)
        try:
            self._tool.start((self._path, "--interval", str(settings.interval_ms)), context.environment)
        except OSError as error:
            if self._raw_log is not None:
                self._raw_log.discard()
            kind = "permission denied" if isinstance(error, PermissionError) else "unavailable"
            raise SamplerUnavailableError(f"tegrastats {kind}: {self._path}: {error}") from error

    def command_started(self, pid: int) -> None:
        """Nothing changes: the numbers are about the whole board."""

    def stop(self) -> None:
        """Wait for one more line, so that the window's end lies between two, and end the tool."""
        context = self._context
        self._ending = self._tool.stop(context.stop_timeout_s, _LAST_LINE_INTERVALS * context.interval_s)

    def summary(self, window: Window) -> SamplerSummary:
        """The metrics of the lines inside a window."""
        found = Aggregation(NAME, window, self._context.longest_gap_ns)
        self._aggregate(found)
        report = Report(Tool("tegrastats", "host", self._path))
        if self._raw_log is not None and self._raw_log.lost is None:
            report.artifacts.append(RAW_LOG)
        report.warnings += self._warnings()
        report.shortfalls += self._shortfalls()
        rejected = self._lines.rejected + self._tool.overlong_lines + int(self._tool.unfinished)
        report.details |= {
            "memory_basis": "system_used",
            "exit": self._ending.document(),
            "rejected_lines": rejected,
            **self._lines.details(window),
        }
        return close(self._context, self._lines.samples, found, report)

    def _aggregate(self, found: Aggregation) -> None:
        lines = self._lines
        memory = lines.samples.series("memory_mb")
        found.mean_and_peak("memory", "mb", memory, "system_used", "RAM used")
        if lines.power_bases:
            basis = lines.power_bases.most_common(1)[0][0]
            power, field = lines.samples.series("power_w"), f"{basis.partition(':')[2]} instant"
            found.mean_and_peak("power", "w", power, basis, field)
            found.energy_from_power(power, basis, field)
        else:
            found.missing(lines.no_power(), "power_mean_w", "power_peak_w", "energy_j")
        if lines.temperature_bases:
            basis = lines.temperature_bases.most_common(1)[0][0]
            temperature = lines.samples.series("temperature_c")
            found.peak("temperature_peak_c", temperature, basis, f"{basis.removeprefix('max:')}@...C")
        else:
            found.missing("the lines hold no temperature of the silicon", "temperature_peak_c")

    def _warnings(self) -> list[str]:
        told = []
        noise = self._tool.stderr.decode("utf-8", "replace").strip()
        if noise:
            told.append(f"tegrastats wrote to standard error: {noise}")
        bases = sorted(self._lines.power_bases)
        if len(bases) > 1:
            told.append(f"the board's power was taken from {' and from '.join(bases)}")
        if any(basis.startswith("sum:") for basis in bases):
            told.append("power is the sum of module rails, below what a meter at the board's input reads")
        if self._raw_log is not None and self._raw_log.left_out:
            told.append(f"{RAW_LOG} is full; {self._raw_log.left_out} bytes are left out")
        if self._lines.rejected and len(self._lines.samples):
            told.append(f"{self._lines.rejected} of {self._lines.count} lines held nothing of use")
        return told

    def _shortfalls(self) -> list[Shortfall]:
        owed = []
        if not self._lines.count:
            owed.append(Shortfall("sampler-no-samples", "tegrastats produced no samples"))
        elif not len(self._lines.samples):
            owed.append(Shortfall("sampler-unparseable", "tegrastats output had no supported fields"))
        if self._ending.early:
            told = f"tegrastats ended before it was stopped, with exit status {self._ending.status}"
            owed.append(Shortfall("sampler-early-exit", told))
        if self._ending.killed:
            owed.append(Shortfall("sampler-stop-timeout", "tegrastats stop timed out; process was killed"))
        if self._tool.crashed is not None:
            owed.append(Shortfall("sampler-crashed", f"reading tegrastats failed: {self._tool.crashed!r}"))
        if self._raw_log is not None and self._raw_log.lost is not None:
            owed.append(Shortfall("sampler-raw-log-lost", self._raw_log.lost))
        return owed


SAMPLER = JetsonTegrastats
