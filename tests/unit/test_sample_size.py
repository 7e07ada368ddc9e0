"""Where the four numbers come from, computed; and what is said below each."""

from __future__ import annotations

from fractions import Fraction
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeenv.model.facts import Facts
from edgeenv.model.sample_size import NEEDS, shortcomings
from edgeenv.policy.advisories import advisories

CONFIDENCE = Fraction(99, 100)


def rank(n, percent):
    return -(-n * percent // 100)


def at_least_two_above(n, percent):
    """The chance that the second largest of n samples is not below the true percentile."""
    below = Fraction(percent, 100)
    return 1 - below**n - n * (1 - below) * below ** (n - 1)


@pytest.mark.parametrize("need", NEEDS, ids=lambda need: f"p{need.percent}")
def test_the_numbers_follow_from_their_definitions(need):
    assert need.there == next(n for n in count(1) if rank(n, need.percent) < n)
    assert all(rank(n, need.percent) < n for n in range(need.there, 2000))
    assert need.held == next(n for n in count(2) if at_least_two_above(n, need.percent) >= CONFIDENCE)


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (1, "p95 and p99 are nothing but the largest one (needed: 20 and 100)"),
        (19, "p95 and p99 are nothing but the largest one (needed: 20 and 100)"),
        (20, "p99 is nothing but the largest one (needed: 100), p95 is not held (needed: 130)"),
        (99, "p99 is nothing but the largest one (needed: 100), p95 is not held (needed: 130)"),
        (100, "p95 and p99 are not held (needed: 130 and 662)"),
        (129, "p95 and p99 are not held (needed: 130 and 662)"),
        (130, "p99 is not held (needed: 662)"),
        (661, "p99 is not held (needed: 662)"),
        (662, None),
        (1_000_000, None),
    ],
)
def test_what_so_many_samples_cannot_carry(n, text):
    assert shortcomings(n) == text


def facts(n=None, repeat_runs=None, target_type="local"):
    document = {"target": {"target_type": target_type}}
    if n is not None:
        document["latency_samples"] = {"count": n}
    if repeat_runs is not None:
        document["protocol"] = {"repeat_runs": repeat_runs}
    return Facts(document)


def told(a, b):
    return [finding.text for finding in advisories(a, b) if finding.code == "few-samples"]


def test_recorded_samples_count_before_declared_ones():
    assert told(facts(662, 3), facts(5000, 3)) == []
    assert told(facts(130, 5000), facts(662)) == ["A: of 130 samples p99 is not held (needed: 662)"]


def test_two_sides_of_one_number_are_told_together():
    short = shortcomings(50)
    assert told(facts(50), facts(50)) == [f"A and B: of 50 samples {short}"]
    assert told(facts(50), facts(51)) == [f"A: of 50 samples {short}", f"B: of 51 samples {short}"]


def test_declared_repeats_are_named_as_declared():
    short = shortcomings(1)
    assert told(facts(repeat_runs=1), facts(1)) == [
        f"A: of the 1 sample that repeat_runs declares {short}",
        f"B: of 1 sample {short}",
    ]


def test_a_synthetic_run_and_one_without_any_number_are_left_alone():
    assert told(facts(repeat_runs=3, target_type="fake"), facts()) == []


@given(st.integers(1, 2000), st.integers(1, 2000))
def test_sides_are_treated_alike(n, m):
    swapped = [text.translate(str.maketrans("AB", "BA")) for text in told(facts(m), facts(n))]
    both = told(facts(n), facts(m))
    assert sorted(both) == sorted(text.replace("B and A", "A and B") for text in swapped)
