"""One line connects a script: what it prints and hands over, what it refuses, every order of imports."""

from __future__ import annotations

import gc
import json
import math
import os
import shutil
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import edgeenv
from edgeenv.emit import MAX_SAMPLES, emit, latency_metrics, measure

REPOSITORY = Path(__file__).resolve().parents[2]
TIMES = st.lists(st.floats(1e-9, 1e12), min_size=1, max_size=300)


@pytest.fixture(autouse=True)
def outside_edgeenv(monkeypatch):
    for name in [name for name in os.environ if name.startswith("EDGEENV_")]:
        monkeypatch.delenv(name)


def lines(capsys):
    """The lines of standard output that are markers, by name; the last one counts."""
    out = capsys.readouterr().out
    return {
        name: json.loads(payload)
        for name, mark, payload in (line.partition("=") for line in out.split("\n"))
        if mark and name.startswith("EDGEENV_")
    }


def test_mean_and_throughput_show_no_noise_of_the_division():
    metrics = latency_metrics([0.1, 0.2, 0.4], batch_size=1)
    assert (metrics["latency_mean_ms"], metrics["throughput_fps"]) == (0.233333333, 4285.71429)


def test_the_five_numbers_are_printed_and_returned(capsys):
    metrics = emit([4.0, 1.0, 2.0, 3.0])
    assert metrics == {
        "latency_mean_ms": 2.5,
        "latency_p50_ms": 2.0,
        "latency_p95_ms": 4.0,
        "latency_p99_ms": 4.0,
        "throughput_fps": 400.0,
    }
    assert lines(capsys) == {"EDGEENV_METRICS_JSON": metrics}


def test_a_marker_starts_a_line_whatever_was_printed_before(capsys):
    sys.stdout.write("progress: 100 %")
    emit([1.0])
    assert "\nEDGEENV_METRICS_JSON={" in capsys.readouterr().out


def test_the_batch_size_is_the_argument_else_the_variable_else_one(monkeypatch):
    assert emit([10.0])["throughput_fps"] == 100.0
    monkeypatch.setenv("EDGEENV_BATCH_SIZE", "4")
    assert emit([10.0])["throughput_fps"] == 400.0
    assert emit([10.0], batch_size=2)["throughput_fps"] == 200.0


def test_a_measured_throughput_stands_as_it_is_given():
    assert emit([10.0], throughput_fps=7.5)["throughput_fps"] == 7.5


def test_resources_get_a_line_of_their_own(capsys):
    emit([1.0], resources={"memory_peak_mb": 12, "temperature_peak_c": -3.5, "source": "my-meter"})
    found = lines(capsys)
    assert found["EDGEENV_RESOURCE_METRICS_JSON"] == {
        "memory_peak_mb": 12.0,
        "temperature_peak_c": -3.5,
        "source": "my-meter",
    }
    assert list(found) == ["EDGEENV_RESOURCE_METRICS_JSON", "EDGEENV_METRICS_JSON"]


def test_the_samples_are_handed_over_in_the_file_that_edgeenv_names(tmp_path, monkeypatch):
    place = tmp_path / "samples"
    monkeypatch.setenv("EDGEENV_SAMPLES_FILE", str(place))
    emit([2, 0.1, 1e-9], keep_samples=False)
    assert not place.exists()
    emit([9.0, 9.0, 9.0])
    emit([2, 0.1, 1e-9])
    assert place.read_bytes() == b"2.0\n0.1\n1e-09\n"


def test_numbers_of_other_libraries_are_taken(capsys):
    assert emit(iter([Fraction(1, 2)]))["latency_mean_ms"] == 0.5
    numpy = pytest.importorskip("numpy")
    assert emit(numpy.array([1, 3], dtype="float32"))["latency_mean_ms"] == 2.0
    assert emit(numpy.array([1, 3]))["latency_p99_ms"] == 3.0
    capsys.readouterr()


@pytest.mark.parametrize(
    ("samples", "error", "words"),
    [
        ([], ValueError, "samples_ms is empty"),
        ([1.0, math.nan], ValueError, "samples_ms[1] is nan"),
        ([math.inf], ValueError, "samples_ms[0] is inf"),
        ([10**400], ValueError, "samples_ms[0] is inf"),
        ([1.0, 2.0, -0.5], ValueError, "samples_ms[2] is -0.5, expected a number above 0"),
        ([0.0], ValueError, "samples_ms[0] is 0.0, expected a number above 0"),
        ([1e-10], ValueError, "expected milliseconds from 1e-09"),
        ([1e13], ValueError, "expected milliseconds from 1e-09"),
        (["1.0"], TypeError, "samples_ms[0] is '1.0', expected a number"),
        ([True], TypeError, "samples_ms[0] is True"),
        ([None], TypeError, "samples_ms[0] is None"),
        ([[1.0]], TypeError, "samples_ms[0] is [1.0]"),
        ([Decimal(1)], TypeError, "samples_ms[0] is Decimal"),
        ("1 2 3", TypeError, "samples_ms is '1 2 3', expected a list"),
        (12.5, TypeError, "samples_ms is 12.5, expected a list"),
        (None, TypeError, "samples_ms is None"),
    ],
)
def test_what_is_no_time_is_refused_and_nothing_is_printed(samples, error, words, capsys):
    with pytest.raises(error) as caught:
        emit(samples)
    assert words in str(caught.value)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"batch_size": 0}, ValueError, "batch_size is 0, expected at least 1"),
        ({"batch_size": 1.5}, TypeError, "batch_size is 1.5, expected a whole number"),
        ({"batch_size": True}, TypeError, "batch_size is True"),
        ({"throughput_fps": -1}, ValueError, "throughput_fps is -1.0"),
        ({"throughput_fps": math.nan}, ValueError, "throughput_fps is nan"),
        ({"throughput_fps": "fast"}, TypeError, "throughput_fps is 'fast'"),
        (
            {"resources": {"power_mean_w": -1}},
            ValueError,
            "power_mean_w is -1.0, expected a number not below",
        ),
        ({"resources": {"power_mean_w": "8"}}, TypeError, "power_mean_w is '8'"),
        ({"resources": {"watts": 8}}, ValueError, "'watts' is no resource metric, expected memory"),
        ({"resources": {"source": 8}}, TypeError, "source is 8"),
    ],
)
def test_what_else_cannot_be_is_refused_and_nothing_is_printed(arguments, error, words, capsys):
    with pytest.raises(error) as caught:
        emit([1.0], **arguments)
    assert words in str(caught.value)
    assert capsys.readouterr().out == ""


def test_too_many_samples_are_refused():
    with pytest.raises(ValueError, match=f"more than {MAX_SAMPLES} samples"):
        emit(1.0 for _ in range(MAX_SAMPLES + 1))


@given(TIMES, st.integers(1, 64))
def test_the_numbers_hold_their_laws_and_the_contract(samples, batch):
    from edgeenv import schema

    metrics = latency_metrics(samples, batch_size=batch)
    assert schema.check_part("result", "metrics", metrics, "metrics") == ()
    assert metrics == latency_metrics(sorted(samples, reverse=True), batch_size=batch)
    slack = 1e-12 * max(samples)
    assert min(samples) - slack <= metrics["latency_mean_ms"] <= max(samples) + slack
    for percent in (50, 95, 99):
        value = metrics[f"latency_p{percent}_ms"]
        assert value in samples
        not_above = sum(sample <= value for sample in samples)
        below = sum(sample < value for sample in samples)
        assert below * 100 < percent * len(samples) <= not_above * 100


@given(TIMES)
def test_the_percentiles_are_those_of_numpy(samples):
    numpy = pytest.importorskip("numpy")
    metrics = latency_metrics(samples, batch_size=1)
    found = numpy.percentile(samples, [50, 95, 99], method="inverted_cdf")
    assert [metrics[f"latency_p{percent}_ms"] for percent in (50, 95, 99)] == found.tolist()


def test_measure_honours_the_variables(monkeypatch, capsys):
    monkeypatch.setenv("EDGEENV_WARMUP_RUNS", "2")
    monkeypatch.setenv("EDGEENV_REPEAT_RUNS", "5")
    monkeypatch.setenv("EDGEENV_BATCH_SIZE", "8")
    calls = []
    found = measure(lambda: calls.append(gc.isenabled()))
    assert calls == [True] * 2 + [False] * 5
    assert gc.isenabled()
    assert len(found.samples_ms) == 5
    assert found.metrics == latency_metrics(found.samples_ms, batch_size=8)
    printed = lines(capsys)
    assert printed["EDGEENV_METRICS_JSON"] == found.metrics
    window = printed["EDGEENV_WINDOW_JSON"]
    assert (window["end_monotonic_ns"] - window["start_monotonic_ns"]) / 1e6 >= sum(found.samples_ms)


def test_measure_has_defaults_of_its_own_and_can_be_silent(capsys):
    calls = []
    found = measure(lambda: calls.append(1), report=False)
    assert (len(calls), len(found.samples_ms)) == (110, 100)
    assert capsys.readouterr().out == ""


def test_arguments_of_measure_win_over_variables(monkeypatch, capsys):
    monkeypatch.setenv("EDGEENV_WARMUP_RUNS", "2")
    monkeypatch.setenv("EDGEENV_REPEAT_RUNS", "5")
    calls = []
    measure(lambda: calls.append(gc.isenabled()), warmup_runs=0, repeat_runs=3, collect_garbage=True)
    assert calls == [True] * 3
    capsys.readouterr()


def test_measure_leaves_the_collector_as_it_was_when_the_call_fails():
    with pytest.raises(ZeroDivisionError):
        measure(lambda: 1 / 0, warmup_runs=0)
    assert gc.isenabled()
    gc.disable()
    try:
        measure(lambda: None, warmup_runs=0, repeat_runs=1, report=False)
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("variable", "text"),
    [("EDGEENV_REPEAT_RUNS", "ten"), ("EDGEENV_WARMUP_RUNS", "-1"), ("EDGEENV_BATCH_SIZE", "")],
)
def test_a_variable_that_is_no_count_is_named(variable, text, monkeypatch):
    monkeypatch.setenv(variable, text)
    with pytest.raises(ValueError, match=f"{variable} is '{text}', expected a whole number"):
        measure(lambda: None)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"warmup_runs": -1}, "warmup_runs is -1"),
        ({"repeat_runs": 0}, "repeat_runs is 0, expected at least 1"),
        ({"repeat_runs": MAX_SAMPLES + 1}, "expected at most"),
    ],
)
def test_numbers_of_calls_that_cannot_be_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        measure(lambda: None, **arguments)


ORDERS = {
    "attribute": "import edgeenv; edgeenv.emit(samples_ms=[1.0])",
    "attribute twice": "import edgeenv; edgeenv.emit([2.0]); edgeenv.emit(samples_ms=[1.0])",
    "from package": "from edgeenv import emit; emit(samples_ms=[1.0])",
    "from module": "from edgeenv.emit import emit, measure; emit(samples_ms=[1.0])",
    "module then attribute": "import edgeenv.emit; edgeenv.emit(samples_ms=[1.0])",
    "module by its name": "import edgeenv.emit; edgeenv.emit.emit(samples_ms=[1.0])",
    "module renamed": "import edgeenv.emit as e; e(samples_ms=[2.0]); e.emit(samples_ms=[1.0])",
    "attribute then module": (
        "import edgeenv; f = edgeenv.emit; from edgeenv.emit import emit; f([2.0]); emit(samples_ms=[1.0])"
    ),
    "module then package": (
        "from edgeenv.emit import measure; from edgeenv import emit; emit(samples_ms=[1.0])"
    ),
    "measure first": "import edgeenv; edgeenv.measure; edgeenv.emit(samples_ms=[1.0])",
    "star": "from edgeenv import *; emit(samples_ms=[1.0])",
    "reloaded": (
        "import edgeenv, importlib; edgeenv.emit; importlib.reload(edgeenv); edgeenv.emit(samples_ms=[1.0])"
    ),
}


@pytest.mark.parametrize("order", ORDERS)
def test_one_line_works_in_every_order_of_imports(order, tmp_path):
    done = python(ORDERS[order], tmp_path, PYTHONPATH=str(REPOSITORY))
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "EDGEENV_METRICS_JSON=" + json.dumps(latency_metrics([1.0]))


def python(program, directory, **variables):
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=directory,
        env={**{k: v for k, v in os.environ.items() if not k.startswith("EDGEENV_")}, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_single_file_works_where_edgeenv_is_not_installed(tmp_path):
    shutil.copy(REPOSITORY / "edgeenv" / "emit.py", tmp_path / "emit.py")
    program = (
        "import sys; sys.modules['edgeenv'] = None\n"
        "import emit; emit([2.0]); from emit import emit, measure\n"
        "emit(samples_ms=[3.0, 1.5, 2.5], batch_size=2)"
    )
    done = python(program, tmp_path, PYTHONPATH="")
    assert done.stderr == ""
    printed = json.loads(done.stdout.splitlines()[-1].partition("=")[2])
    assert printed == latency_metrics([3.0, 1.5, 2.5], batch_size=2)


def test_the_single_file_can_be_run_from_any_loader():
    namespace = {"__name__": "loaded_by_hand"}
    exec(compile((REPOSITORY / "edgeenv" / "emit.py").read_text(), "emit.py", "exec"), namespace)  # noqa: S102
    assert namespace["latency_metrics"]([1.0])["latency_mean_ms"] == 1.0


def test_importing_the_package_brings_nothing_and_emit_the_standard_library_only(tmp_path):
    program = (
        "import sys; before = set(sys.modules); import edgeenv; first = set(sys.modules) - before\n"
        "edgeenv.emit; print(sorted(first)); new = set(sys.modules) - before\n"
        "print(sorted({name.split('.')[0] for name in new} - set(sys.stdlib_module_names)))"
    )
    done = python(program, tmp_path, PYTHONPATH=str(REPOSITORY))
    assert done.stdout.splitlines() == ["['edgeenv']", "['edgeenv']"]


def test_the_package_names_what_it_offers():
    assert {"emit", "measure", "__version__"} <= set(dir(edgeenv))
    with pytest.raises(AttributeError, match="no attribute 'emitt'"):
        _ = edgeenv.emitt


CONSUMER = """\
import edgeenv
import edgeenv.emit as module
from edgeenv import measure as second
from edgeenv.emit import emit, measure

first: dict[str, float] = edgeenv.emit(samples_ms=[1.0, 2])
again: dict[str, float] = emit([1.0], batch_size=2, resources={"power_mean_w": 1.0, "source": "x"})
found = measure(lambda: None, repeat_runs=3)
times: tuple[float, ...] = second(lambda: 1).samples_ms
other = module.latency_metrics([1.0])
edgeenv.emit(samples_ms="1")  # WRONG
edgeenv.emitted  # WRONG
"""


@pytest.mark.slow
def test_a_consumer_under_mypy_strict_sees_types(tmp_path):
    pytest.importorskip("mypy")
    (tmp_path / "consumer.py").write_text(CONSUMER)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "consumer.py"],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    wrong = [number for number, line in enumerate(CONSUMER.splitlines(), 1) if "WRONG" in line]
    told = [line for line in done.stdout.splitlines() if ": error:" in line]
    assert [int(line.split(":")[1]) for line in told] == wrong, done.stdout
