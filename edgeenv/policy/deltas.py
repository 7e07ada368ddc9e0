"""The metrics of two comparable runs side by side: supplemental, never combined, never ranked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from edgeenv.model.judgement import MetricDelta

if TYPE_CHECKING:
    from edgeenv.model.facts import Facts
    from edgeenv.policy.rules import MetricRule

# 18.0 -> 16.4 is -1.6 and not -1.6000000000000014: far finer than any timer, coarser than float noise.
_DECIMALS = 9


def deltas(metrics: tuple[MetricRule, ...], a: Facts, b: Facts) -> tuple[MetricDelta, ...]:
    """One delta per metric of the policy, in its order, with ``a`` as the baseline."""
    return tuple(_delta(metric, _number(a.at(metric.path)), _number(b.at(metric.path))) for metric in metrics)


def _delta(metric: MetricRule, a: float | None, b: float | None) -> MetricDelta:
    if a is None or b is None:
        return MetricDelta(metric.name, metric.unit, a, b, None, None, metric.better, "n/a")
    delta = _finite(b - a)
    if delta is None:
        return MetricDelta(metric.name, metric.unit, a, b, None, None, metric.better, "n/a")
    percent = None if a == 0 else _finite(100 * (delta / a))
    return MetricDelta(
        metric.name, metric.unit, a, b, delta, percent, metric.better, _status(metric, a, delta)
    )


def _finite(value: float) -> float | None:
    """A number that JSON can hold, without float noise; None beyond the range of floats."""
    if not math.isfinite(value):
        return None
    rounded = round(value, _DECIMALS)
    return rounded if rounded or not value else value


def _status(metric: MetricRule, a: float, delta: float) -> str:
    if delta == 0:
        return "unchanged"
    if metric.better == "neither":
        return "n/a"
    if (delta < 0) == (metric.better == "lower"):
        return "improved"
    limits = [
        limit
        for limit in (metric.flag_abs, None if metric.flag_rel is None else metric.flag_rel * abs(a))
        if limit is not None
    ]
    return "flagged" if limits and all(abs(delta) > limit for limit in limits) else "worse"


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
