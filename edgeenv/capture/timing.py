"""How instants and durations of an execution are written."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def instant(when: datetime) -> str:
    """An aware instant as UTC, ISO 8601 with microseconds and ``Z``."""
    return when.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def duration(seconds: float) -> float:
    """Monotonic seconds to the microsecond, never below zero."""
    return max(0.0, round(seconds, 6))
