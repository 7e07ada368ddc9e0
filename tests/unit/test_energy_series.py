"""Energy, means and coverage inside a window; the arithmetic and its laws."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from edgeenv.capture import energy
from edgeenv.capture.series import Series
from edgeenv.capture.window import Window

SECOND = 1_000_000_000


def at(seconds):
    return round(seconds * SECOND)


def window(start, end):
    return Window(at(start), at(end))


def sampled(power, step, until, since=0.0):
    count = round((until - since) / step) + 1
    times = [round(since + index * step, 9) for index in range(count)]
    return Series.of((at(time), power(time)) for time in times)


def job(time):
    """15 W for 3 s on 5 W idle."""
    return 15.0 if 2 <= time <= 5 else 5.0


@pytest.mark.parametrize("step", [0.1, 0.25, 0.5, 1.0])
def test_the_energy_of_a_job_on_an_idle_board(step):
    found = energy.from_power(sampled(job, step, 8), window(2, 5))
    assert found.joules == pytest.approx(45.0)
    assert found.coverage == 1.0
    assert found.reason is None


def test_the_mean_of_the_whole_log_would_be_a_third_too_low():
    series = sampled(job, 0.1, 8)
    wrong = sum(series.values) / len(series) * 3
    assert 26 < wrong < 31
    assert series.mean(window(2, 5)) == pytest.approx(15.0)


def test_too_few_samples_give_no_energy():
    found = energy.from_power(sampled(job, 2.0, 8), window(2, 5))
    assert found.joules is None
    assert found.reason == "2 readings lie inside the window, at least 3 are needed"


def test_a_late_sampler_gives_no_energy():
    found = energy.from_power(sampled(job, 0.1, 8, since=3.5), window(2, 5))
    assert (found.joules, found.coverage) == (None, pytest.approx(0.5))
    assert found.reason == "the readings cover 50% of the window, at least 90% are needed"


def test_a_sampler_that_stalls_gives_no_energy():
    times = [index / 10 for index in range(81) if not 3 < index / 10 < 4.5]
    series = Series.of((at(time), job(time)) for time in times)
    assert energy.from_power(series, window(2, 5), at(1)).joules is None
    assert energy.from_power(series, window(2, 5), at(1)).longest_gap_s == pytest.approx(1.5)
    assert energy.from_power(series, window(2, 5), at(2)).joules == pytest.approx(45)


def test_ninety_percent_are_enough_and_the_nearest_reading_holds_at_the_edge():
    series = sampled(lambda _: 10.0, 0.1, 8, since=2.3)
    found = energy.from_power(series, window(2, 5))
    assert found.coverage == pytest.approx(0.9)
    assert found.joules == pytest.approx(30.0)


def test_edges_between_readings_are_interpolated():
    series = Series.of([(at(0), 0.0), (at(1), 10.0), (at(2), 10.0), (at(3), 10.0), (at(4), 0.0)])
    found = energy.from_power(series, window(0.5, 3.5))
    assert found.joules == pytest.approx(3.75 + 20 + 3.75)


def test_no_readings_and_none_inside():
    assert energy.from_power(Series.of([]), window(0, 1)).reason == "there are no readings"
    outside = Series.of([(at(5), 1.0)])
    assert energy.from_power(outside, window(0, 1)).samples_inside == 0
    assert outside.mean(window(0, 1)) is None
    assert outside.peak(window(0, 1)) is None
    with pytest.raises(ValueError, match="without readings"):
        Series.of([]).at(0)


def test_the_mean_is_weighted_by_time():
    # Ten quick readings of a short peak count no more than the time they stand for.
    burst = [(at(1 + index / 1000), 100.0) for index in range(11)]
    series = Series.of([(at(0), 10.0), (at(0.999), 10.0), *burst, (at(1.011), 10.0), (at(10), 10.0)])
    assert series.mean(window(0, 10)) == pytest.approx(10.0, abs=0.2)
    assert series.peak(window(0, 10)) == 100.0


def test_the_mean_of_two_readings_is_the_mean_of_the_instants():
    series = Series.of([(at(1), 4.408), (at(1.5), 4.247)])
    assert series.mean(window(0, 2)) == pytest.approx(4.3275)


def test_readings_that_are_not_finite_are_left_out_and_order_does_not_matter():
    series = Series.of([(3, 3.0), (1, 1.0), (2, math.nan), (2, math.inf), (3, 4.0)])
    assert (series.times_ns, series.values) == ((1, 3), (1.0, 4.0))


# Counters.


def test_a_counter_gives_its_difference():
    series = Series.of((at(index), 100.0 + 7 * index) for index in range(10))
    found = energy.from_counter(series, window(2.5, 6.5))
    assert (found.joules, found.method) == (pytest.approx(28.0), "counter")


def test_a_counter_that_wraps_around_goes_on_growing():
    raw = [(0, 900), (1, 990), (2, 30), (3, 130), (4, 20)]
    assert energy.unwrapped(raw, 1000) == [(0, 900), (1, 990), (2, 1030), (3, 1130), (4, 2020)]


@pytest.mark.parametrize("highest", [None, 500])
def test_a_counter_that_goes_backwards_for_no_reason_is_refused(highest):
    with pytest.raises(energy.CounterError, match="from 900 to 30"):
        energy.unwrapped([(0, 900), (1, 30)], highest)


def test_a_counter_read_too_seldom_or_too_late_gives_nothing():
    series = Series.of([(at(0), 0.0), (at(10), 100.0)])
    assert "every 10 s" in energy.from_counter(series, window(4, 5)).reason
    late = Series.of([(at(4), 0.0), (at(5), 10.0)])
    assert "cover 33%" in energy.from_counter(late, window(2, 5)).reason
    assert energy.from_counter(Series.of([(at(3), 0.0)]), window(2, 5)).joules is None


def test_power_from_a_counter():
    series = Series.of([(at(0), 0.0), (at(1), 5.0), (at(3), 35.0)])
    assert energy.power_of(series).values == (5.0, 15.0)


# Laws.

READINGS = st.lists(
    st.tuples(st.integers(0, 60), st.floats(0, 100, allow_nan=False)), min_size=2, max_size=40
).map(lambda pairs: Series.of((at(second), value) for second, value in pairs))
EDGES = st.lists(st.integers(0, 600), min_size=3, max_size=3, unique=True).map(sorted)


@given(READINGS, EDGES)
def test_the_energies_of_two_windows_in_a_row_add_up(series, edges):
    a, b, c = (edge / 10 for edge in edges)
    whole = series.integral(window(a, c))
    assert series.integral(window(a, b)) + series.integral(window(b, c)) == pytest.approx(whole, abs=1e-6)


@given(st.floats(0.001, 1000), st.integers(1, 500), st.integers(1, 500))
def test_constant_power_gives_power_times_time(watts, start, length):
    series = sampled(lambda _: watts, 0.5, 110)
    span = window(start / 10, (start + length) / 10)
    assert series.integral(span) == pytest.approx(watts * length / 10)


@given(READINGS, EDGES, st.floats(0.001, 1000))
def test_other_units_scale_everything(series, edges, factor):
    span = window(edges[0] / 10, edges[2] / 10)
    scaled = Series.of((time, value * factor) for time, value in zip(*_columns(series), strict=True))
    assert scaled.integral(span) == pytest.approx(series.integral(span) * factor, abs=1e-6)
    if series.mean(span) is not None:
        assert scaled.mean(span) == pytest.approx(series.mean(span) * factor, abs=1e-6)


@given(READINGS, EDGES)
def test_a_mean_lies_between_the_extremes_and_coverage_between_none_and_all(series, edges):
    span = window(edges[0] / 10, edges[2] / 10)
    assert 0 <= series.coverage(span) <= 1 + 1e-9
    assert series.coverage(span, at(1)) <= series.coverage(span) + 1e-9
    mean = series.mean(span)
    assume(mean is not None)
    inside = series.inside(span).values
    assert min(inside) - 1e-6 <= mean <= max(inside) + 1e-6


@given(st.lists(st.integers(0, 400), min_size=2, max_size=50), st.integers(401, 1000))
def test_a_wrapped_counter_and_the_true_one_have_the_same_differences(steps, highest):
    true, raw, total = [], [], 0
    for time, step in enumerate(steps):
        total += step
        true.append((time, total))
        raw.append((time, total % highest))
    grown = energy.unwrapped(raw, highest)
    base = true[0][1] - grown[0][1]
    assert [count + base for _, count in grown] == [count for _, count in true]


def _columns(series):
    return series.times_ns, series.values
