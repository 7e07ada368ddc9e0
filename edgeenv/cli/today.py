"""The day, for waivers: the one place that asks the clock for it."""

from __future__ import annotations

import time


def today() -> str:
    """Today in UTC, ISO, so that a waiver ends at the same moment everywhere."""
    return time.strftime("%Y-%m-%d", time.gmtime())
