"""Readings over time, and what may be said of them inside a window: pure arithmetic."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from edgeenv.capture.window import Window

_NS = 1e9


@dataclass(frozen=True, slots=True)
class Series:
    """Readings of one quantity, in order of time and with one reading at most for each instant.

    Between two readings the quantity is taken to change linearly; before the first and after the last one the
    nearest reading holds. How much of a window rests on that is told by `coverage`.

    Attributes:
        times_ns: monotonic nanoseconds, strictly increasing.
        values: as many finite numbers.
    """

    times_ns: Sequence[int]
    values: Sequence[float]

    @classmethod
    def of(cls, readings: Iterable[tuple[int, float]]) -> Series:
        """Put readings in order; those that are not finite are left out, the last of an instant counts."""
        kept = {time_ns: value for time_ns, value in readings if math.isfinite(value)}
        return cls(tuple(sorted(kept)), tuple(kept[time_ns] for time_ns in sorted(kept)))

    def __len__(self) -> int:
        return len(self.times_ns)

    def inside(self, window: Window) -> Series:
        """The readings taken inside a window, its two ends included."""
        first = bisect_left(self.times_ns, window.start_ns)
        last = bisect_right(self.times_ns, window.end_ns)
        return Series(self.times_ns[first:last], self.values[first:last])

    def before(self, time_ns: int) -> Series:
        """The readings taken before an instant."""
        last = bisect_left(self.times_ns, time_ns)
        return Series(self.times_ns[:last], self.values[:last])

    def at(self, time_ns: int) -> float:
        """The quantity at an instant.

        Raises:
            ValueError: there are no readings at all.
        """
        if not self.times_ns:
            raise ValueError("a series without readings has no value anywhere")
        after = bisect_right(self.times_ns, time_ns)
        if after == 0:
            return self.values[0]
        if after == len(self.times_ns):
            return self.values[-1]
        earlier, later = self.times_ns[after - 1], self.times_ns[after]
        share = (time_ns - earlier) / (later - earlier)
        return self.values[after - 1] * (1 - share) + self.values[after] * share

    def integral(self, window: Window) -> float:
        """The trapezoid sum over a window, in units of the quantity times seconds.

        The quantity at the window's edges is interpolated.

        Raises:
            ValueError: there are no readings at all.
        """
        inner = self.inside(window)
        points = {window.start_ns: self.at(window.start_ns), window.end_ns: self.at(window.end_ns)}
        points |= dict(zip(inner.times_ns, inner.values, strict=True))
        return _trapezoid([(time_ns, points[time_ns]) for time_ns in sorted(points)])

    def mean(self, window: Window) -> float | None:
        """The mean of the readings inside a window, weighted by time; None when there are none inside."""
        inner = self.inside(window)
        if not inner.times_ns:
            return None
        if len(inner) == 1:
            return inner.values[0]
        points = list(zip(inner.times_ns, inner.values, strict=True))
        return _trapezoid(points) / ((inner.times_ns[-1] - inner.times_ns[0]) / _NS)

    def peak(self, window: Window) -> float | None:
        """The greatest reading inside a window; None when there are none inside."""
        return max(self.inside(window).values, default=None)

    def coverage(self, window: Window, longest_gap_ns: int | None = None) -> float:
        """The share of a window, 0 to 1, that lies between two neighbouring readings.

        Args:
            window: the stretch of time.
            longest_gap_ns: readings further apart than this tell nothing about the time between them; None to
                accept any distance.
        """
        covered = sum(
            max(0, min(later, window.end_ns) - max(earlier, window.start_ns))
            for earlier, later in self._steps(window)
            if longest_gap_ns is None or later - earlier <= longest_gap_ns
        )
        return covered / (window.end_ns - window.start_ns)

    def longest_gap_s(self, window: Window) -> float | None:
        """The greatest distance of two neighbouring readings that reach into a window; None without any."""
        widths = [later - earlier for earlier, later in self._steps(window)]
        return max(widths) / _NS if widths else None

    def _steps(self, window: Window) -> Iterator[tuple[int, int]]:
        first = max(0, bisect_right(self.times_ns, window.start_ns) - 1)
        last = bisect_left(self.times_ns, window.end_ns) + 1
        yield from pairwise(self.times_ns[first:last])


def _trapezoid(points: Sequence[tuple[int, float]]) -> float:
    return math.fsum(
        (later_value + earlier_value) / 2 * ((later - earlier) / _NS)
        for (earlier, earlier_value), (later, later_value) in pairwise(points)
    )
