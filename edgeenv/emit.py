"""One line to connect a benchmark of your own: print the numbers that EdgeEnv records.

    import edgeenv
    edgeenv.emit(samples_ms=[12.1, 11.9, 12.4])     # you have measured
    edgeenv.measure(lambda: session.run(inputs))    # or let it be measured

This file needs nothing but Python's standard library, so it also works as a copy beside your script, on a
board where EdgeEnv is not installed: ``from emit import emit, measure``.

Percentiles are nearest-rank: of n samples in ascending order the p-th percentile is the one at the place
ceil(n * p / 100), counted from 1. It is always a sample that was measured, never a number between two
(definition 1 of Hyndman and Fan, "Sample Quantiles in Statistical Packages", The American Statistician 50,
1996; ``inverted_cdf`` in NumPy). Mean and throughput are given to nine significant digits.
"""

from __future__ import annotations

import gc
import json
import math
import os
import sys
import time
from numbers import Real
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["Measurement", "emit", "latency_metrics", "measure"]

METHOD = "nearest-rank"
MAX_SAMPLES = 1_000_000
SHORTEST_MS = 1e-9
LONGEST_MS = 1e12

_PERCENTS = (50, 95, 99)
_RESOURCES = (
    "memory_peak_mb",
    "memory_mean_mb",
    "power_mean_w",
    "power_peak_w",
    "energy_j",
    "temperature_peak_c",
)
_SOURCE = "source"
_TEMPERATURE = "temperature_peak_c"
_WARMUP_RUNS = 10
_REPEAT_RUNS = 100


class Measurement(NamedTuple):
    """What `measure` has found.

    Attributes:
        samples_ms: the time of each counted call in milliseconds, in the order of the calls.
        metrics: the five numbers that EdgeEnv records.
    """

    samples_ms: tuple[float, ...]
    metrics: dict[str, float]


def emit(
    samples_ms: Iterable[float],
    *,
    batch_size: int | None = None,
    throughput_fps: float | None = None,
    resources: Mapping[str, float | str] | None = None,
    keep_samples: bool = True,
) -> dict[str, float]:
    """Report the times of a benchmark to EdgeEnv: on standard output, in lines that it reads.

    Under ``edgeenv bench run`` the samples themselves are handed over too, in the file that the variable
    EDGEENV_SAMPLES_FILE names, and become evidence of the run. Elsewhere the lines are printed and nothing
    else happens. Each line begins with a line feed, so that it starts a line whatever was printed before.

    Args:
        samples_ms: the time of each counted inference in milliseconds; one call of a batch is one sample.
        batch_size: inputs per call, for the throughput; else EDGEENV_BATCH_SIZE, else 1.
        throughput_fps: inputs per second, where you have measured it; else it follows from the mean.
        resources: what you have measured of memory, power, energy and temperature, by the names of the
            contract, and ``source``.
        keep_samples: False to report the five numbers only.

    Returns:
        the five numbers.

    Raises:
        TypeError: something is no number.
        ValueError: there are no samples, or a number cannot be what it is said to be. Nothing was printed.
        OSError: the samples could not be written.
    """
    samples = checked_samples(samples_ms)
    metrics = latency_metrics(samples, batch_size=batch_size, throughput_fps=throughput_fps)
    supplement = None if resources is None else _checked_resources(resources)
    place = os.environ.get("EDGEENV_SAMPLES_FILE")
    if place and keep_samples:
        with open(place, "w", encoding="ascii", newline="\n") as file:  # noqa: PTH123 - one call is no reason to import pathlib
            file.writelines(f"{sample!r}\n" for sample in samples)
    if supplement is not None:
        _say("EDGEENV_RESOURCE_METRICS_JSON", supplement)
    _say("EDGEENV_METRICS_JSON", metrics)
    return metrics


def measure(  # noqa: PLR0913 - one argument for each thing that a protocol may fix
    call: Callable[[], object],
    *,
    warmup_runs: int | None = None,
    repeat_runs: int | None = None,
    batch_size: int | None = None,
    collect_garbage: bool = False,
    report: bool = True,
) -> Measurement:
    """Time a call as the benchmark config asks for, and report it to EdgeEnv.

    First come the warm-up calls, which are not counted. Then each counted call is timed by itself with
    ``time.perf_counter_ns``; nothing else happens between two calls. The stretch of the counted calls is
    reported as well, so that samplers leave out loading and warm-up.

    Work that an accelerator does later is not waited for: let the call itself synchronize.

    Args:
        call: one inference (of one batch), without arguments: ``lambda: session.run(inputs)``.
        warmup_runs: calls before the counted ones; else EDGEENV_WARMUP_RUNS, else 10.
        repeat_runs: counted calls; else EDGEENV_REPEAT_RUNS, else 100.
        batch_size: inputs per call; else EDGEENV_BATCH_SIZE, else 1.
        collect_garbage: Python's cyclic garbage collector is run once before the counted calls and is off
            during them, as in ``timeit``, so that no sample pays for the others. True leaves it as it is,
            which is right where collecting is part of what is measured, or where garbage would not fit.
        report: False to measure without printing anything.

    Raises:
        ValueError: a number of calls cannot be, or a call took no time that the clock can see.
        Exception: whatever the call raises.
    """
    warmup = _count("warmup_runs", warmup_runs, "EDGEENV_WARMUP_RUNS", _WARMUP_RUNS, least=0)
    repeat = _count("repeat_runs", repeat_runs, "EDGEENV_REPEAT_RUNS", _REPEAT_RUNS, least=1)
    if repeat > MAX_SAMPLES:
        raise ValueError(f"repeat_runs is {repeat}, expected at most {MAX_SAMPLES}")
    batch = _count("batch_size", batch_size, "EDGEENV_BATCH_SIZE", 1, least=1)
    for _ in range(warmup):
        call()
    samples, window = _timed(call, repeat, collect_garbage=collect_garbage)
    if report:
        _say("EDGEENV_WINDOW_JSON", window)
        return Measurement(tuple(samples), emit(samples, batch_size=batch))
    return Measurement(tuple(samples), latency_metrics(samples, batch_size=batch))


def latency_metrics(
    samples_ms: Iterable[float], *, batch_size: int | None = None, throughput_fps: float | None = None
) -> dict[str, float]:
    """The five numbers that EdgeEnv records, of samples in any order; the arguments are those of `emit`."""
    samples = sorted(checked_samples(samples_ms))
    mean = math.fsum(samples) / len(samples)
    # Within the samples: nine digits may lie outside a mean of equal ones.
    metrics = {"latency_mean_ms": min(max(_significant(mean), samples[0]), samples[-1])}
    for percent in _PERCENTS:
        metrics[f"latency_p{percent}_ms"] = samples[-(-len(samples) * percent // 100) - 1]
    if throughput_fps is None:
        batch = _count("batch_size", batch_size, "EDGEENV_BATCH_SIZE", 1, least=1)
        metrics["throughput_fps"] = _significant(1000.0 / mean * batch)
    else:
        metrics["throughput_fps"] = _number("throughput_fps", throughput_fps)
    return metrics


def _significant(value: float) -> float:
    """The value to nine significant digits: finer than any clock, and no noise of the division is shown."""
    return float(f"{value:.9g}")


def checked_samples(samples_ms: Iterable[float], name: str = "samples_ms") -> list[float]:
    """The samples as plain numbers; raises as `emit` does, calling them by a name."""
    if isinstance(samples_ms, str | bytes) or not hasattr(samples_ms, "__iter__"):
        raise TypeError(f"{name} is {samples_ms!r:.80}, expected a list of times in milliseconds")
    samples = []
    for index, value in enumerate(samples_ms):
        if index == MAX_SAMPLES:
            raise ValueError(f"{name} has more than {MAX_SAMPLES} samples")
        sample = _number(f"{name}[{index}]", value)
        if not SHORTEST_MS <= sample <= LONGEST_MS:
            raise ValueError(
                f"{name}[{index}] is {sample!r}, expected milliseconds from {SHORTEST_MS} to {LONGEST_MS}"
            )
        samples.append(sample)
    if not samples:
        raise ValueError(f"{name} is empty, expected at least one time in milliseconds")
    return samples


def _timed(
    call: Callable[[], object], repeat: int, *, collect_garbage: bool
) -> tuple[list[float], dict[str, int]]:
    """The time of each call, and the stretch of all of them."""
    clock = time.perf_counter_ns
    elapsed = [0] * repeat
    was_on = gc.isenabled()
    if not collect_garbage:
        gc.collect()
        gc.disable()
    try:
        start = time.monotonic_ns()
        for index in range(repeat):
            begin = clock()
            call()
            elapsed[index] = clock() - begin
        end = time.monotonic_ns()
    finally:
        if was_on:
            gc.enable()
    window = {"start_monotonic_ns": start, "end_monotonic_ns": end}
    return [nanoseconds / 1e6 for nanoseconds in elapsed], window


def _number(what: str, value: object, *, above: float | None = 0.0) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | Real):
        raise TypeError(f"{what} is {value!r:.80}, expected a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{what} is {number!r}, expected a finite number")
    if above is not None and number <= above:
        raise ValueError(f"{what} is {number!r}, expected a number above {above:g}")
    return number


def _count(what: str, given: int | None, variable: str, otherwise: int, *, least: int) -> int:
    """A whole number: the one that is given, else that of a variable, else a usual one."""
    if given is None:
        text = os.environ.get(variable)
        if text is None:
            return otherwise
        if not (text.isascii() and text.isdecimal()):
            raise ValueError(f"{variable} is {text!r:.80}, expected a whole number")
        what, given = variable, int(text)
    if isinstance(given, bool) or not isinstance(given, int):
        raise TypeError(f"{what} is {given!r:.80}, expected a whole number")
    if given < least:
        raise ValueError(f"{what} is {given}, expected at least {least}")
    return given


def _checked_resources(resources: Mapping[str, float | str]) -> dict[str, float | str]:
    found: dict[str, float | str] = {}
    for name, value in resources.items():
        if name == _SOURCE:
            if not isinstance(value, str):
                raise TypeError(f"source is {value!r:.80}, expected a text that says who measured")
            found[name] = value
        elif name not in _RESOURCES:
            raise ValueError(
                f"{name!r:.80} is no resource metric, expected {', '.join(_RESOURCES)}, {_SOURCE}"
            )
        else:
            number = _number(name, value, above=None)
            if number < 0 and name != _TEMPERATURE:
                raise ValueError(f"{name} is {number!r}, expected a number not below 0")
            found[name] = number
    return found


def _say(marker: str, members: Mapping[str, float | str]) -> None:
    sys.stdout.write(f"\n{marker}={json.dumps(members)}\n")
    sys.stdout.flush()


class _Callable(ModuleType):
    """The module itself can be called, so that ``edgeenv.emit(...)`` works whoever imported what before."""

    __call__ = staticmethod(emit)


if (_module := sys.modules.get(__name__)) is not None:
    _module.__class__ = _Callable
