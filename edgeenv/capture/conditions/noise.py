"""What would disturb a benchmark on this machine now, in plain words, and how to calm it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_BUSY_PRESSURE = 5.0
_BUSY_SHARE = 0.25
_LITTLE_MEMORY_MB = 512
_HOT_C = 80.0
_FREE_GOVERNORS = ("schedutil", "ondemand", "conservative", "interactive")


@dataclass(frozen=True, slots=True)
class Noise:
    """One thing that disturbs.

    Attributes:
        code: a stable name, such as ``governor``.
        message: what is so and what it does to a number.
        remedy: what to do about it, if possible a command that can be pasted.
        facts: the conditions that it rests on.
    """

    code: str
    message: str
    remedy: str
    facts: tuple[str, ...]


def noise_findings(conditions: Mapping[str, Any]) -> tuple[Noise, ...]:
    """Everything in one observation that would disturb a benchmark, worst first; empty on a calm machine."""
    return tuple(noise for look in _LOOKS for noise in look(conditions))


def _throttled(conditions: Mapping[str, Any]) -> Iterator[Noise]:
    flags = conditions.get("firmware_flags_now") or []
    if flags or conditions.get("under_voltage_alarm"):
        told = ", ".join(flags) or "under-voltage"
        yield Noise(
            "firmware-throttled",
            f"The firmware reports now: {told}. It lowers the clocks while that lasts",
            "use a power supply and cable that the board's maker recommends, and cool the board",
            ("firmware_flags_now", "under_voltage_alarm"),
        )


def _hot(conditions: Mapping[str, Any]) -> Iterator[Noise]:
    hottest = max(conditions.get("temperatures_c", {}).items(), key=lambda pair: pair[1], default=None)
    if hottest is not None and hottest[1] >= _HOT_C:
        yield Noise(
            "hot",
            f"The sensor {hottest[0]} shows {hottest[1]:.0f} degrees Celsius before the benchmark has begun; "
            f"it may be throttled on the way",
            "let the machine cool down, or cool it",
            ("temperatures_c",),
        )


def _busy(conditions: Mapping[str, Any]) -> Iterator[Noise]:
    load, cpus = conditions.get("load_1m"), conditions.get("cpu_count")
    if load is not None and cpus and load > max(1.0, cpus * _BUSY_SHARE):
        above = "more than there are CPUs" if load > cpus else "other work takes CPU time and caches"
        yield Noise(
            "load",
            f"On average {load:g} processes wanted to run in the last minute on {cpus} CPUs: {above}",
            "end other work and wait a minute; see who it is with: top",
            ("load_1m", "cpu_count"),
        )
    pressure = conditions.get("pressure_cpu_avg10")
    if pressure is not None and pressure > _BUSY_PRESSURE:
        yield Noise(
            "cpu-pressure",
            f"In the last ten seconds, work had to wait for a CPU {pressure:g} % of the time",
            "end other work; see who it is with: top",
            ("pressure_cpu_avg10",),
        )


def _swapping(conditions: Mapping[str, Any]) -> Iterator[Noise]:
    pressure = conditions.get("pressure_memory_avg10")
    if pressure is not None and pressure > _BUSY_PRESSURE:
        yield Noise(
            "memory-pressure",
            f"In the last ten seconds, work had to wait for memory {pressure:g} % of the time",
            "close programs until memory is free; on a small board, stop the desktop: "
            "sudo systemctl isolate multi-user.target",
            ("pressure_memory_avg10",),
        )
    available = conditions.get("memory_available_mb")
    if available is not None and available < _LITTLE_MEMORY_MB:
        yield Noise(
            "little-memory",
            f"Only {available} MB of memory are free; a model that does not fit is swapped",
            "close programs, or use a smaller model or batch",
            ("memory_available_mb",),
        )


def _governor(conditions: Mapping[str, Any]) -> Iterator[Noise]:
    governor = conditions.get("cpu_governor")
    free = [name for name in (governor or "").split("+") if name in _FREE_GOVERNORS]
    if free and not conditions.get("cpu_clocks_fixed"):
        yield Noise(
            "governor",
            f"The CPU governor {governor} changes the clock with the load, so short measurements run at "
            f"whatever clock it has just chosen",
            "sudo cpupower frequency-set -g performance (on a Jetson: sudo jetson_clocks)",
            ("cpu_governor", "cpu_clocks_fixed"),
        )
    elif governor == "powersave" and not _pstate(conditions):
        yield Noise(
            "powersave",
            "The CPU governor powersave keeps every CPU at its lowest clock",
            "sudo cpupower frequency-set -g performance",
            ("cpu_governor",),
        )


def _pstate(conditions: Mapping[str, Any]) -> bool:
    """Drivers for which ``powersave`` means: as the load asks for."""
    drivers = {cluster.get("driver") for cluster in conditions.get("cpu_clusters", [])}
    return bool(drivers & {"intel_pstate", "amd-pstate-epp"})


def _turbo(conditions: Mapping[str, Any]) -> Iterator[Noise]:
    if conditions.get("cpu_boost"):
        yield Noise(
            "boost",
            "The CPU may boost above its rated clock for as long as temperature and power allow, so the "
            "first seconds are faster than the rest",
            "warm up for longer, or switch it off: echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost "
            "(intel_pstate: echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo)",
            ("cpu_boost",),
        )


def _gpu(conditions: Mapping[str, Any]) -> Iterator[Noise]:
    if conditions.get("gpu_clocks_fixed") is False:
        yield Noise(
            "gpu-clocks",
            "The GPU's clock follows its load, so the first inferences run slower than the rest",
            "warm up for longer, or fix it (on a Jetson: sudo jetson_clocks)",
            ("gpu_clocks_fixed",),
        )


def _battery(conditions: Mapping[str, Any]) -> Iterator[Noise]:
    if conditions.get("battery_status") == "Discharging" or conditions.get("on_mains") is False:
        yield Noise(
            "battery",
            "The machine runs on its battery and saves power",
            "connect it to the mains",
            ("battery_status", "on_mains"),
        )
    if conditions.get("platform_profile") in ("low-power", "quiet", "cool"):
        yield Noise(
            "platform-profile",
            f"The platform profile is {conditions['platform_profile']}, which limits power",
            "echo performance | sudo tee /sys/firmware/acpi/platform_profile",
            ("platform_profile",),
        )


def _walls(conditions: Mapping[str, Any]) -> Iterator[Noise]:
    limit, cpus = conditions.get("cgroup_cpu_limit"), conditions.get("cpu_count")
    if limit is not None and cpus and limit < cpus:
        yield Noise(
            "cgroup-limit",
            f"This container may use {limit:g} of {cpus} CPUs and is put to sleep when it has used its share",
            "raise the limit (docker run --cpus), or set the benchmark's threads to that number",
            ("cgroup_cpu_limit", "cpu_count"),
        )
    machine = conditions.get("virtual_machine")
    if machine:
        yield Noise(
            "virtual-machine",
            "This is a virtual machine: clocks, heat and neighbours are the host's and cannot be seen",
            "measure on the board itself; here, look at relative numbers only",
            ("virtual_machine",),
        )


_LOOKS: tuple[Callable[[Mapping[str, Any]], Iterator[Noise]], ...] = (
    _throttled,
    _hot,
    _busy,
    _swapping,
    _governor,
    _turbo,
    _gpu,
    _battery,
    _walls,
)
