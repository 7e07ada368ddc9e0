"""What a sampler has read so far: columns of numbers over monotonic time, bounded, written as JSON lines."""

from __future__ import annotations

import json
import math
from array import array
from typing import TYPE_CHECKING

from edgeenv.capture.series import Series

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MAX_SAMPLES = 200_000
"""Five and a half hours at ten samples a second; what comes later is counted, not kept."""

MAX_CHANNELS = 256


class Samples:
    """Samples in the order in which they came.

    A channel's name ends in its unit: ``_mb``, ``_w``, ``_j``, ``_c``, ``_s``, ``_mhz``, ``_percent`` or
    ``_count``. One thread adds; the others read when it has ended.

    Attributes:
        dropped: samples that came after there were too many.
    """

    def __init__(self, limit: int = MAX_SAMPLES) -> None:
        self.dropped = 0
        self._limit = limit
        self._times = array("q")
        self._columns: dict[str, array[float]] = {}

    def __len__(self) -> int:
        return len(self._times)

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of all quantities that were read at least once."""
        return tuple(self._columns)

    def add(self, time_ns: int, values: Mapping[str, float]) -> None:
        """Add one sample; values that are not finite count as not read.

        Args:
            time_ns: when it was read, in monotonic nanoseconds.
            values: the reading of each channel.
        """
        if len(self._times) >= self._limit:
            self.dropped += 1
            return
        for name, value in values.items():
            if name not in self._columns and len(self._columns) < MAX_CHANNELS and math.isfinite(value):
                self._columns[name] = array("d", [math.nan]) * len(self._times)
        for name, column in self._columns.items():
            value = float(values.get(name, math.nan))
            column.append(value if math.isfinite(value) else math.nan)
        self._times.append(time_ns)  # last, so that every column is at least as long as the times

    def times(self) -> Series:
        """The samples themselves as a series, each with the value 1: how they cover a window."""
        return Series.of((time_ns, 1.0) for time_ns in self._times)

    def series(self, channel: str) -> Series:
        """The readings of one channel; empty for a channel that was never read."""
        return Series.of(zip(self._times, self._columns.get(channel, ()), strict=False))

    def write(self, path: Path) -> None:
        """Write one JSON object a line: ``t_ns`` and every reading of that sample.

        Raises:
            OSError: the file could not be created or written.
        """
        with path.open("x", encoding="ascii") as stream:
            for index, time_ns in enumerate(self._times):
                line: dict[str, float] = {"t_ns": time_ns}
                for name, column in self._columns.items():
                    if not math.isnan(column[index]):
                        line[name] = round(column[index], 6)
                stream.write(json.dumps(line, separators=(",", ":")) + "\n")
