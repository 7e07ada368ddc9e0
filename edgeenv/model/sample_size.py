"""How many samples a percentile needs, to be there at all and to be held.

It *is there* when its nearest rank is not simply the last one: below 100 / (100 - p) samples the p-th
percentile is the largest sample, whatever was measured. It is *held* when, with 99 % confidence, at least two
of the samples lie at or above the true percentile, so that its upper end does not hang on one outlier: the
smallest n with P(Binomial(n, 1 - p/100) >= 2) >= 0.99. That is the second-order sample size of Wilks,
"Determination of Sample Sizes for Setting Tolerance Limits", Annals of Mathematical Statistics 12, 1941.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Need(NamedTuple):
    """The samples that one percentile needs: ``there`` to be more than the maximum, ``held`` to be held."""

    percent: int
    there: int
    held: int


NEEDS = (Need(95, 20, 130), Need(99, 100, 662))


def shortcomings(count: int) -> str | None:
    """What so many samples cannot carry, as the end of a sentence; None when they carry everything."""
    maxima = [need for need in NEEDS if count < need.there]
    loose = [need for need in NEEDS if need.there <= count < need.held]
    parts = []
    if maxima:
        several = len(maxima) > 1
        be = "are nothing but the largest one" if several else "is nothing but the largest one"
        parts.append(f"{_names(maxima)} {be} (needed: {_numbers(need.there for need in maxima)})")
    if loose:
        be = "are not held" if len(loose) > 1 else "is not held"
        parts.append(f"{_names(loose)} {be} (needed: {_numbers(need.held for need in loose)})")
    return ", ".join(parts) or None


def _names(needs: list[Need]) -> str:
    return " and ".join(f"p{need.percent}" for need in needs)


def _numbers(counts: Iterable[int]) -> str:
    return " and ".join(map(str, counts))
