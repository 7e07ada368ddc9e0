"""Power, energy, temperature, clocks and throttling of one NVIDIA GPU, by NVIDIA's management library."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from edgeenv.capture.samplers.aggregation import Aggregation
from edgeenv.capture.samplers.base import SamplerUnavailableError
from edgeenv.capture.samplers.closing import Report, close
from edgeenv.capture.samplers.polling import Poller
from edgeenv.capture.samplers.samples import Samples
from edgeenv.capture.samplers.summary import Tool

if TYPE_CHECKING:
    from collections.abc import Callable

    from edgeenv.capture.samplers.base import SamplerContext
    from edgeenv.capture.samplers.summary import SamplerSummary
    from edgeenv.capture.window import Window

NAME = "nvidia-nvml"

_BYTES_PER_MB = 1 << 20
# What slows a GPU down against its will; that it idles or was told to be slow is no throttling.
_SLOWDOWNS = {
    0x04: "power cap",
    0x08: "hardware slowdown",
    0x20: "software thermal slowdown",
    0x40: "hardware thermal slowdown",
    0x80: "power brake",
}


class NvidiaNvml:
    """The sampler ``nvidia-nvml``."""

    def __init__(self) -> None:
        self._nvml: Any = None
        self._samples = Samples()
        self._unsupported: dict[str, str] = {}
        self._power_basis = ""
        self._reasons = 0
        self._facts: dict[str, Any] = {}

    def start(self, context: SamplerContext) -> None:
        """Open the GPU and read it from now on.

        Raises:
            SamplerUnavailableError: the library, the driver or the GPU is missing.
        """
        self._context = context
        try:
            self._nvml = nvml = import_module("pynvml")
        except ImportError as error:
            raise SamplerUnavailableError(
                f"nvidia-ml-py is not installed: {error}", "install it: pip install 'edgeenv[nvml]'"
            ) from error
        index = context.settings.gpu_index
        try:
            nvml.nvmlInit()
            self._gpu = nvml.nvmlDeviceGetHandleByIndex(index)
        except nvml.NVMLError as error:
            raise SamplerUnavailableError(
                f"NVIDIA GPU {index} is not available: {error}", "look at: nvidia-smi -L"
            ) from error
        for fact, call in (
            ("gpu_name", lambda: nvml.nvmlDeviceGetName(self._gpu)),
            ("driver_version", nvml.nvmlSystemGetDriverVersion),
            ("gpu_count", nvml.nvmlDeviceGetCount),
        ):
            value = self._query(fact, call)
            if value is not None:
                self._facts[fact] = value.decode() if isinstance(value, bytes) else value
        self._poller = Poller(context, self._samples, self._read)
        self._poller.start()

    def command_started(self, pid: int) -> None:
        """Nothing changes: the numbers are about the whole GPU."""

    def stop(self) -> None:
        """Take the last readings and let go of the GPU."""
        if self._poller.stop():
            self._query("shutdown", self._nvml.nvmlShutdown)

    def summary(self, window: Window) -> SamplerSummary:
        """The metrics of the samples inside a window."""
        found = Aggregation(NAME, window, self._context.longest_gap_ns)
        samples = self._samples
        self._aggregate_power(found)
        if "temperature_c" in samples.channels:
            found.peak("temperature_peak_c", samples.series("temperature_c"), "gpu", "GPU temperature")
        else:
            found.missing(self._why("temperature_c"), "temperature_peak_c")
        report = Report(Tool("nvml", "device", version=self._facts.get("driver_version")))
        report.shortfalls += self._poller.shortfalls("the GPU")
        report.details |= {"gpu_index": self._context.settings.gpu_index, **self._facts}
        if self._unsupported:
            report.details["unsupported"] = dict(self._unsupported)
        memory = samples.series("gpu_memory_mb").peak(window)
        if memory is not None:
            report.details["gpu_memory_peak_mb"] = round(memory, 3)
        slowed = [name for bit, name in _SLOWDOWNS.items() if self._reasons & bit]
        report.details["throttle_reasons"] = slowed
        if slowed:
            report.warnings.append(f"the GPU was slowed down while sampling: {', '.join(slowed)}")
        return close(self._context, samples, found, report)

    def _aggregate_power(self, found: Aggregation) -> None:
        power, counter = self._samples.series("power_w"), self._samples.series("energy_counter_j")
        if len(counter):
            found.energy_from_counter(counter, "gpu_energy_counter", "total energy consumption")
            if len(power):
                found.drop("power_peak_w")  # a reading of power shows more than steps of the counter
                found.peak("power_peak_w", power, self._power_basis, "power")
        elif len(power):
            found.mean_and_peak("power", "w", power, self._power_basis, "power")
            found.energy_from_power(power, self._power_basis, "power")
        else:
            found.missing(self._why("power_w"), "power_mean_w", "power_peak_w", "energy_j")

    def _why(self, channel: str) -> str:
        return self._unsupported.get(channel, "the GPU gave no reading")

    def _read(self) -> dict[str, float]:
        nvml, gpu = self._nvml, self._gpu
        values: dict[str, float] = {}
        power = self._power()
        if power is not None:
            values["power_w"] = power / 1000
        queries: tuple[tuple[str, float, Callable[[], Any]], ...] = (
            ("energy_counter_j", 1000, lambda: nvml.nvmlDeviceGetTotalEnergyConsumption(gpu)),
            ("temperature_c", 1, lambda: nvml.nvmlDeviceGetTemperature(gpu, nvml.NVML_TEMPERATURE_GPU)),
            ("clock_sm_mhz", 1, lambda: nvml.nvmlDeviceGetClockInfo(gpu, nvml.NVML_CLOCK_SM)),
            ("clock_memory_mhz", 1, lambda: nvml.nvmlDeviceGetClockInfo(gpu, nvml.NVML_CLOCK_MEM)),
            ("gpu_memory_mb", _BYTES_PER_MB, lambda: nvml.nvmlDeviceGetMemoryInfo(gpu).used),
        )
        for channel, divisor, call in queries:
            value = self._query(channel, call)
            if value is not None:
                values[channel] = value / divisor
        reasons = self._query("throttle_reasons", lambda: nvml.nvmlDeviceGetCurrentClocksEventReasons(gpu))
        if reasons is not None:
            self._reasons |= int(reasons)
        return values

    def _power(self) -> float | None:
        """Milliwatts now; the plain query is an average over one second on newer GPUs, so it comes second."""
        nvml, gpu = self._nvml, self._gpu
        field = self._query("power_instant", lambda: self._instant(nvml, gpu))
        if field is not None:
            self._power_basis = "gpu_power_instant"
            return float(field)
        usage = self._query("power_w", lambda: nvml.nvmlDeviceGetPowerUsage(gpu))
        if usage is None:
            return None
        self._power_basis = "gpu_power_average"
        return float(usage)

    def _instant(self, nvml: Any, gpu: Any) -> Any:
        (value,) = nvml.nvmlDeviceGetFieldValues(gpu, [nvml.NVML_FI_DEV_POWER_INSTANT])
        if value.nvmlReturn:
            raise nvml.NVMLError(value.nvmlReturn)
        return value.value.uiVal

    def _query(self, what: str, call: Callable[[], Any]) -> Any:
        """The answer of the library; None for what this GPU or driver does not tell, asked for once only."""
        if what in self._unsupported:
            return None
        try:
            return call()
        except (self._nvml.NVMLError, AttributeError) as error:
            self._unsupported[what] = str(error) or type(error).__name__
            return None


SAMPLER = NvidiaNvml
