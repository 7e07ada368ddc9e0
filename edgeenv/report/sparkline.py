"""The samples of a run in a terminal: one line of bars for each quantity."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from edgeenv.report.sampler_plot import Plot

_BLOCKS = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"
_ASCII = "_.-=+*%#"
_BARS = 32


def sparklines(plot: Plot, *, block_characters: bool) -> Iterator[str]:
    """A title, and for each quantity its name, its bars from the lowest to the highest value, and these two.

    Args:
        plot: what is to be shown.
        block_characters: whether the terminal shows them; plain characters otherwise.
    """
    yield f"{plot.title} ({plot.subtitle})"
    ramp = _BLOCKS if block_characters else _ASCII
    rows = [
        (curve.name, _bars([value for _, value in curve.points], ramp), curve.points, panel.unit)
        for panel in plot.panels
        for curve in panel.curves
    ]
    width = max((len(name) for name, *_ in rows), default=0)
    for name, bars, points, unit in rows:
        values = [value for _, value in points]
        span = f"{min(values):.4g} to {max(values):.4g} {unit}"
        yield f"{name:<{width}}  {bars:<{_BARS}}  {span}".rstrip()
    if not rows:
        yield "No samples were stored with this run."


def _bars(values: Sequence[float], ramp: str) -> str:
    lowest, highest = min(values), max(values)
    if highest == lowest:
        return ramp[0] * min(len(values), _BARS)
    bars = []
    for number in range(min(_BARS, len(values))):
        part = values[number * len(values) // _BARS if len(values) > _BARS else number :]
        size = max(1, -(-len(values) // _BARS))
        share = (max(part[:size]) - lowest) / (highest - lowest)
        bars.append(ramp[min(len(ramp) - 1, int(share * len(ramp)))])
    return "".join(bars)
