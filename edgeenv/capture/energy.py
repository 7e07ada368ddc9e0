"""Energy over a window, from a counter or from power readings, or the reason why it is not known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from edgeenv.capture.series import Series

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edgeenv.capture.window import Window

LEAST_COVERAGE = 0.9
LEAST_SAMPLES = 3

_NS = 1e9
_ROUNDING = 1e-9


class CounterError(Exception):
    """A counter that went backwards in a way that no wrap-around explains; the text says how."""


@dataclass(frozen=True, slots=True)
class Energy:
    """The energy of one window, and how far it can be believed.

    Attributes:
        joules: None when the evidence does not carry a number.
        method: ``counter`` or ``trapezoid``.
        coverage: the share of the window that lies between readings, 0 to 1.
        longest_gap_s: the greatest distance between two readings that reach into the window.
        samples_inside: readings inside the window.
        reason: why there is no number; None when there is one.
    """

    joules: float | None
    method: str
    coverage: float
    longest_gap_s: float | None
    samples_inside: int
    reason: str | None = None

    @classmethod
    def unknown(cls, method: str, series: Series, window: Window, longest_gap_ns: int | None) -> Energy:
        """No number yet, only how the readings lie in the window."""
        coverage, gap_s = series.coverage(window, longest_gap_ns), series.longest_gap_s(window)
        return cls(None, method, coverage, gap_s, len(series.inside(window)))

    def document(self) -> dict[str, Any]:
        """The evidence as JSON members, absent ones left out."""
        members = {
            "joules": self.joules,
            "method": self.method,
            "coverage": round(self.coverage, 4),
            "longest_gap_s": None if self.longest_gap_s is None else round(self.longest_gap_s, 6),
            "samples_inside": self.samples_inside,
            "reason": self.reason,
        }
        return {name: value for name, value in members.items() if value is not None}


def from_power(power_w: Series, window: Window, longest_gap_ns: int | None = None) -> Energy:
    """The trapezoid sum of power readings over a window, interpolated at both of its edges.

    Args:
        power_w: power in watts.
        window: the stretch of time.
        longest_gap_ns: a longer distance between two readings counts as not covered.
    """
    found = Energy.unknown("trapezoid", power_w, window, longest_gap_ns)
    reason = _too_little(power_w, found, LEAST_SAMPLES)
    return replace(found, reason=reason) if reason else replace(found, joules=power_w.integral(window))


def from_counter(total_j: Series, window: Window, longest_gap_ns: int | None = None) -> Energy:
    """The difference of an energy counter over a window.

    At the window's edges the counter is interpolated, and beyond its first or last reading it is continued
    with the power of the nearest two.

    Args:
        total_j: the counter in joules, never decreasing (see `unwrapped`).
        window: the stretch of time.
        longest_gap_ns: a longer distance between two readings counts as not covered.
    """
    found = Energy.unknown("counter", total_j, window, longest_gap_ns)
    reason, gap_s = _too_little(total_j, found, 0), found.longest_gap_s
    if reason is None and gap_s is not None and gap_s > window.duration_s:
        reason = f"the counter was read every {gap_s:.3g} s, the window lasts only {window.duration_s:.3g} s"
    if reason is not None:
        return replace(found, reason=reason)
    joules = _continued(total_j, window.end_ns) - _continued(total_j, window.start_ns)
    return replace(found, joules=joules)


def unwrapped(readings: Iterable[tuple[int, int]], highest: int | None) -> list[tuple[int, int]]:
    """A counter that starts again at zero, turned into one that only grows.

    Args:
        readings: times and raw counts, in order of time.
        highest: the greatest count before the counter starts again; None when it never does.

    Raises:
        CounterError: it went backwards, and ``highest`` does not explain it.
    """
    grown: list[tuple[int, int]] = []
    turns = 0
    before: int | None = None
    for time_ns, count in readings:
        if before is not None and count < before:
            if highest is None or highest < before:
                raise CounterError(f"the counter went backwards, from {before} to {count}")
            turns += highest
        before = count
        grown.append((time_ns, count + turns))
    return grown


def power_of(total_j: Series) -> Series:
    """The power in watts between each two readings of a counter, at the later one."""
    steps = pairwise(zip(total_j.times_ns, total_j.values, strict=True))
    return Series.of(
        (later, (count - earlier_count) / ((later - earlier) / _NS))
        for (earlier, earlier_count), (later, count) in steps
    )


def _too_little(series: Series, found: Energy, least_samples: int) -> str | None:
    inside, coverage = found.samples_inside, found.coverage
    if not len(series):
        return "there are no readings"
    if inside < least_samples:
        one = "reading lies" if inside == 1 else "readings lie"
        return f"{inside} {one} inside the window, at least {least_samples} are needed"
    if coverage < LEAST_COVERAGE - _ROUNDING:
        return f"the readings cover {coverage:.0%} of the window, at least {LEAST_COVERAGE:.0%} are needed"
    return None


def _continued(total_j: Series, time_ns: int) -> float:
    times, values = total_j.times_ns, total_j.values
    if times[0] <= time_ns <= times[-1]:
        return total_j.at(time_ns)
    near, far = (0, 1) if time_ns < times[0] else (-1, -2)
    slope = (values[near] - values[far]) / (times[near] - times[far])
    return values[near] + slope * (time_ns - times[near])
