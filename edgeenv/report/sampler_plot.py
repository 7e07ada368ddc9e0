"""The samples of a run as a picture: one panel for each unit, a common axis of time, the window shaded."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edgeenv.model.readings import Readings

_UNITS = {
    "mb": "MB",
    "w": "W",
    "j": "J",
    "c": "\N{DEGREE SIGN}C",
    "s": "s",
    "mhz": "MHz",
    "percent": "%",
    "count": "count",
}
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9", "#444444", "#e69f00")
_DASHES = ("", "6 3", "2 3")
_MOST_POINTS = 600
_TICKS = 4
_NS = 1e9

WIDTH, LEFT, RIGHT = 760, 64, 16
TOP, PANEL, GAP, LEGEND_LINE = 64, 120, 34, 16
_LEGEND_COLUMNS = 3


@dataclass(frozen=True, slots=True)
class Curve:
    """One quantity over time.

    Attributes:
        name: the quantity, with its sampler where there are several.
        points: seconds since the start of the window, and values.
    """

    name: str
    points: Sequence[tuple[float, float]]
    colour: str
    dash: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """One mark of an axis: where it is in the picture, and what stands beside it."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Panel:
    """All quantities of one unit.

    Attributes:
        top: where its area begins in the picture; ``legend_top`` below it.
    """

    unit: str
    curves: tuple[Curve, ...]
    top: float
    ticks: tuple[Tick, ...]

    @property
    def bottom(self) -> float:
        """Where its area ends."""
        return self.top + PANEL

    @property
    def legend(self) -> list[tuple[float, float, Curve]]:
        """Where the name of each curve stands."""
        step = (WIDTH - LEFT - RIGHT) / _LEGEND_COLUMNS
        return [
            (
                LEFT + step * (number % _LEGEND_COLUMNS),
                self.top - 8 - LEGEND_LINE * (_lines(len(self.curves)) - 1 - number // _LEGEND_COLUMNS),
                curve,
            )
            for number, curve in enumerate(self.curves)
        ]


@dataclass(frozen=True, slots=True)
class Plot:
    """A whole picture; coordinates are in its own units.

    Attributes:
        window: the begin and the end of the shaded stretch; None when the metadata tells none.
        window_told: what the shaded stretch is.
    """

    title: str
    subtitle: str
    panels: tuple[Panel, ...]
    ticks: tuple[Tick, ...]
    window: tuple[float, float] | None
    window_told: str
    height: float
    width: float = WIDTH
    left: float = LEFT
    right: float = WIDTH - RIGHT
    top: float = TOP


def plot_of(titles: tuple[str, str], metadata: Mapping[str, Any], readings: Sequence[Readings]) -> Plot:
    """Lay the samples of a run out.

    Args:
        titles: the title and the subtitle.
        metadata: the document of ``sampler/metadata.json``.
        readings: what was read over time.
    """
    window = _window(metadata)
    times = [time_ns for reading in readings for time_ns in (reading.points[0][0], reading.points[-1][0])]
    zero = window[0] if window else min(times, default=0)
    ends = [(time_ns - zero) / _NS for time_ns in (*times, *(window or ()))]
    first, last = min(ends, default=0.0), max(ends, default=1.0)
    last = max(last, first + 1e-3)
    panels, top = [], float(TOP)
    for unit, curves in _by_unit(readings, zero).items():
        top += LEGEND_LINE * _lines(len(curves))
        panels.append(_panel(unit, curves, top, (first, last)))
        top += PANEL + GAP
    return Plot(
        title=titles[0],
        subtitle=titles[1],
        panels=tuple(panels),
        ticks=tuple(
            Tick(_x(value, first, last), f"{_number(value)} s") for value in _round_values(first, last, 8)
        ),
        window=None if window is None else (_x(0.0, first, last), _x((window[1] - zero) / _NS, first, last)),
        window_told=_told(metadata),
        height=top + 4,
    )


def _window(metadata: Mapping[str, Any]) -> tuple[int, int] | None:
    window = metadata.get("window")
    if not isinstance(window, dict):
        return None
    start, end = window.get("start_monotonic_ns"), window.get("end_monotonic_ns")
    return (start, end) if type(start) is int and type(end) is int and start < end else None


def _told(metadata: Mapping[str, Any]) -> str:
    window = metadata.get("window")
    basis = window.get("basis") if isinstance(window, dict) else None
    stretch = {
        "whole_command": "the whole command",
        "reported_by_command": "the stretch that the command has named",
        "sampling": "all samples: the command never ran",
    }
    return f"shaded: {stretch.get(str(basis), str(basis))}"


def _by_unit(readings: Sequence[Readings], zero: int) -> dict[str, list[Curve]]:
    panels: dict[str, list[Curve]] = {}
    for reading in readings:
        quantity, _, suffix = reading.channel.rpartition("_")
        unit = _UNITS.get(suffix) if quantity else None
        name = quantity.replace("_", " ") if unit else reading.channel
        curves = panels.setdefault(unit or "", [])
        number = len(curves)
        curves.append(
            Curve(
                name=f"{reading.sampler}: {name}" if reading.sampler else name,
                points=_thinned([((time_ns - zero) / _NS, value) for time_ns, value in reading.points]),
                colour=_COLOURS[number % len(_COLOURS)],
                dash=_DASHES[number // len(_COLOURS) % len(_DASHES)],
            )
        )
    return panels


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most so many points as a picture can show, with every peak and every trough among them."""
    points.sort()
    if len(points) <= _MOST_POINTS:
        return points
    size = math.ceil(2 * len(points) / _MOST_POINTS)
    kept: list[tuple[float, float]] = []
    for begin in range(0, len(points), size):
        part = points[begin : begin + size]
        ends = {min(part, key=lambda point: point[1]), max(part, key=lambda point: point[1])}
        kept += sorted(ends)
    return kept


def _panel(unit: str, curves: list[Curve], top: float, span: tuple[float, float]) -> Panel:
    values = [value for curve in curves for _, value in curve.points]
    lowest, highest = min(values), max(values)
    lowest = min(lowest, 0.0) if lowest < highest / 2 else lowest  # near zero, zero belongs to the picture
    if highest - lowest < 1e-9 * max(1.0, abs(highest)):
        lowest, highest = lowest - 0.5, highest + 0.5
    room = (highest - lowest) * 0.05
    low, high = lowest - (room if lowest else 0.0), highest + room

    def y(value: float) -> float:
        return round(top + PANEL * (high - value) / (high - low), 2)

    drawn = tuple(
        Curve(
            curve.name,
            curve.points,
            curve.colour,
            curve.dash,
            " ".join(f"{_x(seconds, *span)},{y(value)}" for seconds, value in curve.points),
        )
        for curve in curves
    )
    ticks = tuple(Tick(y(value), _number(value)) for value in _round_values(low, high, _TICKS))
    return Panel(unit, drawn, top, ticks)


def _x(seconds: float, first: float, last: float) -> float:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * (seconds - first) / (last - first), 2)


def _round_values(low: float, high: float, about: int) -> list[float]:
    """Round numbers between two others, about so many."""
    raw = (high - low) / about
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * size for factor in (1, 2, 5, 10) if factor * size >= raw)
    first = math.ceil(low / step)
    return [round(number * step, 12) for number in range(first, math.floor(high / step) + 1)]


def _number(value: float) -> str:
    return f"{value:g}"


def _lines(curves: int) -> int:
    return math.ceil(curves / _LEGEND_COLUMNS)
