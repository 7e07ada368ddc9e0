"""Memory, CPU time and context switches of the command and its descendants, by psutil."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from edgeenv.capture.samplers import descendants
from edgeenv.capture.samplers.aggregation import Aggregation
from edgeenv.capture.samplers.base import SamplerUnavailableError
from edgeenv.capture.samplers.closing import Report, close
from edgeenv.capture.samplers.polling import Poller
from edgeenv.capture.samplers.samples import Samples
from edgeenv.capture.samplers.summary import Tool

if TYPE_CHECKING:
    from edgeenv.capture.samplers.base import SamplerContext
    from edgeenv.capture.samplers.summary import SamplerSummary
    from edgeenv.capture.window import Window

NAME = "process-tree"
BASIS = "rss_tree"

_MB = float(1 << 20)  # as tegrastats and most tools count a MB
_FAMILY_S = 0.3  # finding new descendants costs more than reading their memory
_PSS_S = 1.0  # a PSS reading walks all pages of a process
_PSS_GROWTH = 1.02
_MUCH_SHARED = 0.9
_WORTH_TELLING_MB = 16.0  # every process shares some megabytes of libraries


@dataclass(slots=True)
class _Usage:
    """What one process had used when it was last seen."""

    cpu_s: float = 0.0
    voluntary: int = 0
    involuntary: int = 0


class ProcessTree:
    """The sampler ``process-tree``."""

    def __init__(self) -> None:
        self._psutil: Any = None
        self._samples = Samples()
        self._root: Any = None
        self._family: dict[int, Any] = {}
        self._usage: dict[int, _Usage] = {}
        self._family_due = 0.0
        self._pss_due = 0.0
        self._pss_at_rss = 0.0
        self._pss: tuple[float, float] | None = None
        self._pss_refused = False
        self._most_processes = 0

    def start(self, context: SamplerContext) -> None:
        """Make ready; the first sample is taken when the command has started.

        Raises:
            SamplerUnavailableError: psutil is not installed.
        """
        try:
            self._psutil = import_module("psutil")
        except ImportError as error:
            raise SamplerUnavailableError(
                f"psutil is not installed: {error}", "install it: pip install 'edgeenv[sampling]'"
            ) from error
        self._context = context
        self._poller = Poller(context, self._samples, self._read)
        self._poller.start()

    def command_started(self, pid: int) -> None:
        """Watch this process and what it starts."""
        try:
            self._root = self._psutil.Process(pid)
        except self._psutil.Error:
            return  # it has ended already

    def stop(self) -> None:
        """End the readings."""
        self._poller.stop()

    def summary(self, window: Window) -> SamplerSummary:
        """The memory of the samples inside a window, and what the tree had used when last seen."""
        found = Aggregation(NAME, window, self._context.longest_gap_ns)
        found.mean_and_peak("memory", "mb", self._samples.series("memory_mb"), BASIS, "sum of RSS")
        report = Report(Tool("psutil", "process-tree", version=self._psutil.__version__))
        report.shortfalls += self._poller.shortfalls("the processes of the command")
        report.details |= {"memory_basis": BASIS, "most_processes": self._most_processes, **self._used()}
        if self._pss is not None:
            pss_mb, rss_mb = self._pss
            report.details |= {"pss_near_peak_mb": round(pss_mb, 3), "rss_near_peak_mb": round(rss_mb, 3)}
            counted_twice = self._most_processes > 1 and rss_mb - pss_mb > _WORTH_TELLING_MB
            if counted_twice and pss_mb < rss_mb * _MUCH_SHARED:
                report.warnings.append(
                    f"the sum of RSS counts shared pages once for each process: near the peak it was "
                    f"{rss_mb:.1f} MB, of which the processes really used {pss_mb:.1f} MB (PSS)"
                )
        return close(self._context, self._samples, found, report)

    def _used(self) -> dict[str, Any]:
        usage = self._usage.values()
        if not usage:
            return {}
        return {
            "cpu_time_s": round(sum(used.cpu_s for used in usage), 3),
            "voluntary_context_switches": sum(used.voluntary for used in usage),
            "involuntary_context_switches": sum(used.involuntary for used in usage),
        }

    def _read(self) -> dict[str, float]:
        if self._root is None:
            return {}
        now = self._context.clock.monotonic()
        if now >= self._family_due:
            self._find_family()
            self._family_due = now + _FAMILY_S
        rss, seen = 0, 0
        for pid, process in tuple(self._family.items()):
            found = self._look_at(pid, process)
            if found is None:
                del self._family[pid]
                continue
            rss += found
            seen += 1
        if not rss:
            return {}
        self._most_processes = max(self._most_processes, seen)
        memory_mb = rss / _MB
        values = {"memory_mb": memory_mb, "processes_count": float(seen)}
        values["cpu_time_s"] = sum(used.cpu_s for used in self._usage.values())
        if not self._pss_refused and now >= self._pss_due and memory_mb > self._pss_at_rss * _PSS_GROWTH:
            self._read_pss(now, memory_mb, values)
        return values

    def _look_at(self, pid: int, process: Any) -> int | None:
        try:
            with process.oneshot():
                rss = int(process.memory_info().rss)
                times = process.cpu_times()
                switches = process.num_ctx_switches()
        except (self._psutil.Error, OSError):
            return None
        if not rss:
            return None  # a zombie: it has ended
        self._usage[pid] = _Usage(times.user + times.system, switches.voluntary, switches.involuntary)
        return rss

    def _find_family(self) -> None:
        self._family.setdefault(self._root.pid, self._root)
        listed = descendants.of(self._root.pid)
        if listed is None:
            with suppress(self._psutil.Error, OSError):
                for process in self._root.children(recursive=True):
                    self._family.setdefault(process.pid, process)
            return
        for pid in listed:
            if pid not in self._family:
                with suppress(self._psutil.Error, OSError):  # it has just ended
                    self._family[pid] = self._psutil.Process(pid)

    def _read_pss(self, now: float, memory_mb: float, values: dict[str, float]) -> None:
        """Read the proportional set size near a new peak, seldom, since it is dear."""
        self._pss_due = now + _PSS_S
        try:
            pss = sum(process.memory_full_info().pss for process in self._family.values())
        except (AttributeError, OSError):
            self._pss_refused = True  # no PSS on this system
            return
        except self._psutil.AccessDenied:
            self._pss_refused = True
            return
        except self._psutil.Error:
            return
        self._pss_at_rss = memory_mb
        self._pss = (pss / _MB, memory_mb)
        values["pss_mb"] = pss / _MB


SAMPLER = ProcessTree
