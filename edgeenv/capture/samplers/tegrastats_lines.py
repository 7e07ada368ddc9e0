"""The lines of ``tegrastats`` as samples, and a count of what could not be read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from edgeenv.capture.samplers.board_power import board_temperature, total_power
from edgeenv.capture.samplers.samples import Samples
from edgeenv.capture.samplers.tegrastats_grammar import parse_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeenv.capture.samplers.tegrastats_grammar import TegrastatsLine
    from edgeenv.capture.window import Window

_NAMED = 5
_TOKEN_CHARACTERS = 40
_TOKENS_OF_A_LINE = 50
_DISTINCT_TOKENS = 1000


class TegrastatsLines:
    """What has been read so far.

    Attributes:
        samples: one sample for each line that said something.
        count: lines that were not blank.
        rejected: how many of them held neither memory nor power nor temperature.
        power_bases: how often the board's power was taken from where.
        temperature_bases: the same for its temperature.
        rails: the names of the power rails.
    """

    def __init__(self, power_rails: Sequence[str] = ()) -> None:
        self.samples = Samples()
        self.count = 0
        self.rejected = 0
        self.power_bases: Counter[str] = Counter()
        self.temperature_bases: Counter[str] = Counter()
        self.rails: dict[str, None] = {}
        self._power_rails = power_rails
        self._unknown: Counter[str] = Counter()
        self._unknown_count = 0

    def add(self, time_ns: int, text: str) -> None:
        """Read one line that came at ``time_ns``."""
        if not text.strip():
            return
        self.count += 1
        line = parse_line(text)
        self._unknown_count += len(line.unknown)
        if len(self._unknown) < _DISTINCT_TOKENS:
            self._unknown.update(token[:_TOKEN_CHARACTERS] for token in line.unknown[:_TOKENS_OF_A_LINE])
        if line.empty:
            self.rejected += 1
        else:
            self.samples.add(time_ns, self._board(line) | _parts(line))
            self.rails |= dict.fromkeys(line.rails_mw)

    def no_power(self) -> str:
        """Why the power of the board is not known."""
        if not self.rails:
            return "the lines hold no power rails"
        rails = ", ".join(sorted(self.rails))
        if self._power_rails:
            return f"power_rails asks for {', '.join(self._power_rails)}; the lines hold {rails}"
        return f"no known board has the rails {rails}; name those to add up in `power_rails`"

    def details(self, window: Window) -> dict[str, Any]:
        """Facts beside the metrics: rails, the memory before the window, what was not understood."""
        memory = self.samples.series("memory_mb")
        details: dict[str, Any] = {"lines": self.count, "unknown_tokens": self._unknown_count}
        if self._unknown:
            details["unknown_named"] = [token for token, _ in self._unknown.most_common(_NAMED)]
        baseline, peak = memory.before(window.start_ns), memory.peak(window)
        if len(baseline) and peak is not None:
            before = sum(baseline.values) / len(baseline)
            details["memory_baseline_mb"] = round(before, 3)
            details["memory_above_baseline_mb"] = round(peak - before, 3)
        means = {rail: self.samples.series(f"rail_{rail}_w").mean(window) for rail in self.rails}
        if any(mean is not None for mean in means.values()):
            details["rails_mean_w"] = {name: round(w, 6) for name, w in means.items() if w is not None}
        return details

    def _board(self, line: TegrastatsLine) -> dict[str, float]:
        values: dict[str, float] = {}
        power = total_power(line.rails_mw, self._power_rails)
        if power is not None:
            self.power_bases[power.basis] += 1
            values["power_w"] = power.value
        temperature = board_temperature(line.temperatures_c)
        if temperature is not None:
            self.temperature_bases[temperature.basis] += 1
            values["temperature_c"] = temperature.value
        return values


def _parts(line: TegrastatsLine) -> dict[str, float]:
    values: dict[str, float] = {}
    if line.ram_mb is not None:
        values["memory_mb"] = line.ram_mb[0]
    if line.swap_mb is not None:
        values["swap_mb"] = line.swap_mb[0]
    loads = [core.load_percent for core in line.cores if core is not None]
    if loads:
        values["cpu_load_percent"] = sum(loads) / len(loads)
    if line.gpu_load_percent is not None:
        values["gpu_load_percent"] = line.gpu_load_percent
    values |= {f"clock_{unit}_mhz": max(clock.mhz) for unit, clock in line.clocks.items() if clock.mhz}
    values |= {f"rail_{rail}_w": milliwatts / 1000 for rail, milliwatts in line.rails_mw.items()}
    values |= {f"temp_{name}_c": celsius for name, celsius in line.temperatures_c.items()}
    return values
