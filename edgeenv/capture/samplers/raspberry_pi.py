"""Temperature of a Raspberry Pi, and whether its firmware had to slow it down."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from edgeenv.capture import firmware, thermal
from edgeenv.capture.samplers import programs
from edgeenv.capture.samplers.aggregation import Aggregation
from edgeenv.capture.samplers.base import SamplerUnavailableError
from edgeenv.capture.samplers.board_power import board_temperature
from edgeenv.capture.samplers.closing import Report, close
from edgeenv.capture.samplers.polling import Poller
from edgeenv.capture.samplers.samples import Samples
from edgeenv.capture.samplers.summary import Tool
from edgeenv.capture.sysroot import Sysroot

if TYPE_CHECKING:
    from edgeenv.capture.samplers.base import SamplerContext
    from edgeenv.capture.samplers.summary import SamplerSummary
    from edgeenv.capture.window import Window

NAME = "raspberry-pi"

_ANSWER_S = 2.0
_TEMPERATURE = re.compile(r"temp=(-?[0-9]{1,3}(?:\.[0-9]{1,3})?)'C")
_NO_POWER = "the board has no sensor for its total power"


class RaspberryPi:
    """The sampler ``raspberry-pi``: the kernel's files where they are, else ``vcgencmd``."""

    def __init__(self) -> None:
        self._samples = Samples()
        self._program: str | None = None
        self._zones: dict[str, Path] = {}
        self._basis = ""
        self._before: int | None = None
        self._after: int | None = None

    def start(self, context: SamplerContext) -> None:
        """Read the firmware's flags once and the temperature from now on.

        Raises:
            SamplerUnavailableError: neither the firmware's files nor ``vcgencmd`` are there.
        """
        self._context = context
        self._sysroot = Sysroot(context.sysroot or Path("/"))
        self._zones = thermal.zones(self._sysroot)
        try:
            self._program = programs.find(context, context.settings.vcgencmd_path, "vcgencmd_path")
        except SamplerUnavailableError:
            if firmware.throttled(self._sysroot) is None:
                raise
        self._before = self._flags()
        self._poller = Poller(context, self._samples, self._read)
        self._poller.start()

    def command_started(self, pid: int) -> None:
        """Nothing changes: the numbers are about the whole board."""

    def stop(self) -> None:
        """Take the last readings, and the flags again."""
        if self._poller.stop():
            self._after = self._flags()

    def summary(self, window: Window) -> SamplerSummary:
        """The temperature of the samples inside a window, and the flags before and after."""
        found = Aggregation(NAME, window, self._context.longest_gap_ns)
        if "temperature_c" in self._samples.channels:
            temperature = self._samples.series("temperature_c")
            found.peak("temperature_peak_c", temperature, self._basis, self._basis)
        else:
            found.missing("neither a thermal zone nor vcgencmd tells a temperature", "temperature_peak_c")
        found.missing(_NO_POWER, "power_mean_w", "power_peak_w", "energy_j")
        report = Report(Tool("vcgencmd" if self._program else "linux-sysfs", "host", self._program))
        report.shortfalls += self._poller.shortfalls("the board")
        for when, flags in (("before", self._before), ("after", self._after)):
            if flags is not None:
                report.details[f"throttled_{when}"] = hex(flags)
        happened = firmware.happened(self._before, self._after)
        if happened:
            report.warnings.append(f"while sampling, the firmware reported: {', '.join(happened)}")
        return close(self._context, self._samples, found, report)

    def _read(self) -> dict[str, float]:
        degrees = {
            name: celsius
            for name, path in self._zones.items()
            if (celsius := thermal.celsius(self._sysroot, path)) is not None
        }
        temperature = board_temperature(degrees)
        if temperature is not None:
            self._basis = temperature.basis
            return {"temperature_c": temperature.value}
        found = _TEMPERATURE.search(self._ask("measure_temp"))
        if found is None:
            return {}
        self._basis = "vcgencmd measure_temp"
        return {"temperature_c": float(found[1])}

    def _flags(self) -> int | None:
        flags = firmware.throttled(self._sysroot)
        return firmware.parse_throttled(self._ask("get_throttled")) if flags is None else flags

    def _ask(self, question: str) -> str:
        if self._program is None:
            return ""
        try:
            answer = subprocess.run(  # noqa: S603 - a program that the target profile names, no shell
                [self._program, question],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_ANSWER_S,
                env=dict(self._context.environment),
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return answer.stdout[:1000].decode("ascii", "replace")


SAMPLER = RaspberryPi
