"""Power, energy and temperature of any Linux machine, from its kernel's files; needs no tool and no root."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edgeenv.capture import thermal
from edgeenv.capture.energy import CounterError
from edgeenv.capture.samplers import power_monitors
from edgeenv.capture.samplers.aggregation import Aggregation
from edgeenv.capture.samplers.base import SamplerUnavailableError, Shortfall
from edgeenv.capture.samplers.board_power import board_temperature, total_power
from edgeenv.capture.samplers.closing import Report, close
from edgeenv.capture.samplers.polling import Poller
from edgeenv.capture.samplers.powercap import Packages
from edgeenv.capture.samplers.samples import Samples
from edgeenv.capture.samplers.summary import Tool
from edgeenv.capture.sysroot import Sysroot

if TYPE_CHECKING:
    from edgeenv.capture.samplers.base import SamplerContext
    from edgeenv.capture.samplers.summary import SamplerSummary
    from edgeenv.capture.window import Window

NAME = "linux-power"

_POWER = ("power_mean_w", "power_peak_w", "energy_j")


class LinuxPower:
    """The sampler ``linux-power``: powercap counters where they are, else power monitor chips."""

    def __init__(self) -> None:
        self._samples = Samples()
        self._power_basis = ""
        self._temperature_basis = ""
        self._throttled: dict[str, int] = {}

    def start(self, context: SamplerContext) -> None:
        """Find what this machine has, and read it from now on.

        Raises:
            SamplerUnavailableError: it has neither energy counters, power monitors nor temperatures.
        """
        self._context = context
        self._sysroot = Sysroot(context.sysroot or Path("/"))
        self._packages = Packages.find(self._sysroot)
        self._rails = power_monitors.find(self._sysroot)
        self._zones = thermal.zones(self._sysroot)
        if not (self._packages.zones or self._rails or self._zones):
            raise SamplerUnavailableError(
                f"this machine shows neither power nor temperature: {self._packages.refusal}",
                "virtual machines and containers usually have none; run on the board itself",
            )
        self._throttled_before = thermal.throttle_events(self._sysroot)
        self._poller = Poller(context, self._samples, self._read)
        self._poller.start()

    def command_started(self, pid: int) -> None:
        """Nothing changes: the numbers are about the whole machine."""

    def stop(self) -> None:
        """Take the last readings."""
        self._poller.stop()
        now = thermal.throttle_events(self._sysroot)
        before = self._throttled_before
        self._throttled = {name: count - before[name] for name, count in now.items() if name in before}

    def summary(self, window: Window) -> SamplerSummary:
        """The metrics of the samples inside a window."""
        found = Aggregation(NAME, window, self._context.longest_gap_ns)
        report = Report(Tool("linux-sysfs", "package" if self._packages.zones else "host"))
        report.shortfalls += self._poller.shortfalls("the kernel's power files")
        self._aggregate_power(found, report)
        if self._temperature_basis:
            temperature, basis = self._samples.series("temperature_c"), self._temperature_basis
            found.peak("temperature_peak_c", temperature, basis, basis.removeprefix("max:"))
        else:
            found.missing("no thermal zone of the silicon can be read", "temperature_peak_c")
        if self._throttled:
            report.details["throttle_events"] = self._throttled
        slowed = {name: count for name, count in self._throttled.items() if count > 0}
        if slowed:
            told = ", ".join(f"{name} {count} times" for name, count in slowed.items())
            report.warnings.append(f"the hardware slowed itself down while sampling: {told}")
        return close(self._context, self._samples, found, report)

    def _aggregate_power(self, found: Aggregation, report: Report) -> None:
        if self._packages.zones:
            try:
                total = self._packages.total_j()
            except CounterError as error:
                found.missing(str(error), *_POWER)
                report.shortfalls.append(Shortfall("sampler-unparseable", f"powercap: {error}"))
                return
            found.energy_from_counter(total, self._packages.basis, "energy_uj")
        elif self._power_basis:
            power, basis = self._samples.series("power_w"), self._power_basis
            field = basis.partition(":")[2]
            found.mean_and_peak("power", "w", power, basis, field)
            found.energy_from_power(power, basis, field)
            if basis.startswith("sum:"):
                report.warnings.append(
                    "power is the sum of module rails, below what a meter at the board's input reads"
                )
        elif self._rails:
            rails = ", ".join(rail.name for rail in self._rails)
            found.missing(
                f"no known board has the rails {rails}; name those to add up in `power_rails`", *_POWER
            )
        else:
            found.missing(self._packages.refusal or "", *_POWER)
        if self._packages.refusal is not None and "permission" in self._packages.refusal:
            report.warnings.append(self._packages.refusal)

    def _read(self) -> dict[str, float]:
        values: dict[str, float] = {}
        if self._packages.zones:
            joules = self._packages.read(self._sysroot, self._context.now_ns())
            if joules is not None:
                values["energy_counter_j"] = joules
        rails_mw = {rail.name: mw for rail in self._rails if (mw := rail.read_mw()) is not None}
        values |= {f"rail_{name}_w": milliwatts / 1000 for name, milliwatts in rails_mw.items()}
        power = total_power(rails_mw, self._context.settings.power_rails)
        if power is not None:
            self._power_basis = self._power_basis or power.basis
            if power.basis == self._power_basis:
                values["power_w"] = power.value
        degrees = {
            name: celsius
            for name, path in self._zones.items()
            if (celsius := thermal.celsius(self._sysroot, path)) is not None
        }
        values |= {f"temp_{name}_c": celsius for name, celsius in degrees.items()}
        temperature = board_temperature(degrees)
        if temperature is not None:
            self._temperature_basis = self._temperature_basis or temperature.basis
            values["temperature_c"] = temperature.value
        return values


SAMPLER = LinuxPower
