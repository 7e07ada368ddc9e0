"""Recorded times as fixed-width UTC text, so that the order of texts is the order of time."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_text(moment: datetime) -> str:
    """A moment as ``YYYY-MM-DDTHH:MM:SS.ffffffZ``; without an offset it is taken as UTC.

    Raises:
        OverflowError: the moment has no UTC form within the years 1 to 9999.
    """
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def normal_time(text: str) -> str | None:
    """A recorded ISO 8601 time, of any offset, as `utc_text` writes it; None when it is not a time."""
    try:
        return utc_text(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None
