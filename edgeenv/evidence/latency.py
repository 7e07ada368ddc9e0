"""Latency samples as they are stored: one number per line, in the order in which they were measured."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LINE = re.compile(rb"(?:[0-9]+\.[0-9]+|[0-9]+(?:\.[0-9]+)?e[+-][0-9]+)\n", re.ASCII)
_LONGEST_LINE = 32


def written(samples: Sequence[float]) -> bytes:
    """The content of ``latency-samples.txt``: the shortest digits that give each number back."""
    return b"".join(b"%a\n" % sample for sample in samples)


def read_samples(content: bytes) -> list[float]:
    """The samples of ``latency-samples.txt``.

    Raises:
        ValueError: a line is not as `written` writes it, or a number is no time that can be a sample.
    """
    from edgeenv.emit import MAX_SAMPLES, checked_samples

    if content.count(b"\n") > MAX_SAMPLES:
        raise ValueError(f"has more than {MAX_SAMPLES} lines")
    samples: list[float] = []
    at = 0
    while at < len(content):
        match = _LINE.match(content, at, at + _LONGEST_LINE)
        if match is None:
            raise ValueError(f"line {len(samples) + 1} is not one number above 0")
        samples.append(float(match[0]))
        at = match.end()
    return checked_samples(samples, "samples")
