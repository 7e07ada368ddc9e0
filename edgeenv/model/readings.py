"""What was read over time."""

from __future__ import annotations

from typing import NamedTuple


class Readings(NamedTuple):
    """One quantity over time.

    Attributes:
        sampler: the label of its sampler where there are several, else empty.
        channel: its name, which ends in its unit, such as ``memory_mb``.
        points: monotonic nanoseconds and values, in the order in which they were stored.
    """

    sampler: str
    channel: str
    points: list[tuple[int, float]]
