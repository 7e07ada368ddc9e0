"""A measured number as people read it; JSON has it in full."""

from __future__ import annotations

_SMALLEST_PLAIN = 1e-6
_LARGEST_PLAIN = 1e16


def number(value: float) -> str:
    """A number with at most six decimals and at least one; in full where these would hide it."""
    if 0 < abs(value) < _SMALLEST_PLAIN or abs(value) >= _LARGEST_PLAIN:
        return repr(value)
    text = f"{value:.6f}".rstrip("0")
    text = f"{text}0" if text.endswith(".") else text
    return "0.0" if text == "-0.0" else text
