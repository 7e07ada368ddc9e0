"""Latency samples from a command: in its marker line, in the file it was told of, and all that is refused."""

from __future__ import annotations

import dataclasses
import json

import pytest
from capture_support import printing, request
from hypothesis import given
from hypothesis import strategies as st

from edgeenv.capture import failures, latency, local
from edgeenv.emit import MAX_SAMPLES, latency_metrics

FOUR = [4.0, 1.0, 2.0, 3.0]
METRICS = latency_metrics(FOUR, batch_size=1)


def attempt(tmp_path, *lines, file=None, batch_size=1, then=""):
    """A command that prints lines and leaves a file."""
    place = tmp_path / "handed" / "samples"
    place.parent.mkdir()
    if file is not None:
        raw = file if isinstance(file, bytes) else file.encode()
        then = f"open(os.environ['EDGEENV_SAMPLES_FILE'], 'wb').write({raw!r}); {then}"
    asked = request(tmp_path, printing(*lines, then=then), batch_size=batch_size)
    return local.run(asked._replace(samples_file=place))


def marker(**members):
    return f"EDGEENV_METRICS_JSON={json.dumps(members)}"


def accepted(tmp_path, *lines, **options):
    capture = attempt(tmp_path, *lines, **options)
    assert capture.failure is None, capture.failure
    return capture


def refused(tmp_path, *lines, **options):
    capture = attempt(tmp_path, *lines, **options)
    assert capture.failure is not None
    assert (capture.metrics, capture.samples, capture.latency_samples) == (None, None, None)
    assert capture.failure.code in failures.CODES
    return capture.failure.code, capture.failure.message


def test_samples_in_the_marker_give_the_metrics(tmp_path):
    capture = accepted(tmp_path, marker(latency_samples_ms=[4, 1.0, 2, 3.0]))
    assert dataclasses.asdict(capture.metrics) == METRICS
    assert capture.samples == FOUR
    assert dataclasses.astuple(capture.latency_samples) == (4, "nearest-rank", "mean-latency", "marker")


@pytest.mark.parametrize(
    "text",
    [
        "4.0\n1.0\n2.0\n3.0\n",
        "4\r\n1\r\n\r\n2\r\n  3",
        "[4, 1, 2, 3]",
        "\ufeff [4.0,1e0,\n2,3.0]\n",
        "+4\n1.\n2e0\n.3e1",
    ],
)
def test_a_file_alone_gives_the_metrics_without_any_marker(tmp_path, text):
    capture = accepted(tmp_path, file=text)
    assert dataclasses.asdict(capture.metrics) == METRICS
    assert capture.samples == FOUR
    assert dataclasses.astuple(capture.latency_samples) == (4, "nearest-rank", "mean-latency", "file")


def test_the_place_of_the_file_is_told_to_the_command_and_not_recorded(tmp_path):
    capture = accepted(tmp_path, file="1\n")
    assert "EDGEENV_SAMPLES_FILE" not in capture.execution.injected_env


def test_the_throughput_follows_from_the_batch_or_is_reported(tmp_path):
    capture = accepted(tmp_path, marker(latency_samples_ms=FOUR), batch_size=8)
    assert capture.metrics.throughput_fps == 3200.0


def test_a_reported_throughput_stands(tmp_path):
    capture = accepted(tmp_path, marker(latency_samples_ms=FOUR, throughput_fps=7))
    assert capture.metrics.throughput_fps == 7.0
    assert capture.latency_samples.throughput == "reported"


def test_what_emit_prints_and_hands_over_agrees_with_itself(tmp_path):
    capture = accepted(tmp_path, marker(**METRICS), file="4.0\n1.0\n2.0\n3.0\n")
    assert dataclasses.asdict(capture.metrics) == METRICS
    assert capture.latency_samples.throughput == "mean-latency"


def test_rounded_metrics_beside_samples_are_accepted_and_the_exact_ones_recorded(tmp_path):
    capture = accepted(tmp_path, marker(latency_samples_ms=[1 / 3], latency_mean_ms=0.333))
    assert capture.metrics.latency_mean_ms == 1 / 3


def test_equal_samples_in_both_places_are_accepted(tmp_path):
    assert accepted(tmp_path, marker(latency_samples_ms=FOUR), file="[4,1,2,3]").samples == FOUR


def test_the_last_marker_counts_with_samples_as_without(tmp_path):
    capture = accepted(tmp_path, marker(latency_samples_ms=[9.0]), marker(**METRICS))
    assert (capture.samples, capture.latency_samples) == (None, None)


def test_without_samples_nothing_is_new(tmp_path):
    capture = accepted(tmp_path, marker(**METRICS))
    assert (capture.samples, capture.latency_samples) == (None, None)


@pytest.mark.parametrize(
    ("members", "code", "words"),
    [
        ({"latency_samples_ms": []}, "samples-empty", "latency_samples_ms holds no samples"),
        ({"latency_samples_ms": 4}, "samples-invalid", "latency_samples_ms is no list"),
        ({"latency_samples_ms": {"a": 1}}, "samples-invalid", "is no list"),
        ({"latency_samples_ms": None}, "samples-invalid", "is no list"),
        (
            {"latency_samples_ms": [1, "2"]},
            "samples-invalid",
            "latency_samples_ms[1] is '2', expected a number",
        ),
        ({"latency_samples_ms": [True]}, "samples-invalid", "latency_samples_ms[0] is True"),
        ({"latency_samples_ms": [1, 0]}, "samples-invalid", "latency_samples_ms[1] is 0.0"),
        ({"latency_samples_ms": [-1]}, "samples-invalid", "latency_samples_ms[0] is -1.0"),
        ({"latency_samples_ms": [1e300]}, "samples-invalid", "latency_samples_ms[0] is 1e+300"),
        ({"latency_samples_ms": [float("nan")]}, "metrics-json", "NaN"),
        ({"latency_samples_ms": [1], "latency_mean_ms": 2}, "samples-contradict", "latency_mean_ms is 2"),
        ({"latency_samples_ms": FOUR, "latency_p50_ms": 2.5}, "samples-contradict", "the samples give 2.0"),
        ({"latency_samples_ms": [1], "latency_p90_ms": 1}, "metrics-schema", "latency_p90_ms"),
        ({"latency_samples_ms": [1], "throughput_fps": -1}, "metrics-schema", "throughput_fps"),
        ({"latency_samples_ms": [1], "throughput_fps": "9"}, "metrics-schema", "throughput_fps"),
        ({"latency_samples": [1]}, "metrics-schema", "latency_samples"),
    ],
)
def test_samples_in_a_marker_that_do_not_hold_fail_the_run(tmp_path, members, code, words):
    found, message = refused(tmp_path, marker(**members))
    assert found == code
    assert words in message


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "samples-empty", "EDGEENV_SAMPLES_FILE holds no samples"),
        (b"\n \n", "samples-empty", "EDGEENV_SAMPLES_FILE holds no samples"),
        (b"[]", "samples-empty", "EDGEENV_SAMPLES_FILE holds no samples"),
        (b"1\nnan\n", "samples-invalid", "EDGEENV_SAMPLES_FILE[1] is nan"),
        (b"inf", "samples-invalid", "EDGEENV_SAMPLES_FILE[0] is inf"),
        (b"0\n", "samples-invalid", "EDGEENV_SAMPLES_FILE[0] is 0.0"),
        (b"-3\n", "samples-invalid", "EDGEENV_SAMPLES_FILE[0] is -3.0"),
        (b"[1, NaN]", "samples-invalid", "EDGEENV_SAMPLES_FILE[1] is nan"),
        (b"[true]", "samples-invalid", "EDGEENV_SAMPLES_FILE[0] is True"),
        (b'["1"]', "samples-invalid", "EDGEENV_SAMPLES_FILE[0] is '1'"),
        (b"[[1]]", "samples-invalid", "EDGEENV_SAMPLES_FILE[0] is [1.0]"),
        (b"1\n2 ms\n", "samples-file-syntax", "has '2 ms' in line 2, expected one number per line"),
        (b"1,2\n", "samples-file-syntax", "has '1,2' in line 1"),
        (b"1_0\n", "samples-file-syntax", "has '1_0' in line 1"),
        ("٣\n".encode(), "samples-file-syntax", "in line 1"),
        (b"x" * 1000, "samples-file-syntax", "...' in line 1"),
        (b"1" * 500_000 + b"x", "samples-file-syntax", "...' in line 1"),
        (b"[1, 2", "samples-file-syntax", "begins with [ and is no JSON list"),
        (b"[" * 200_000, "samples-file-syntax", "is no JSON list: too deeply nested"),
        (b"[1] 2", "samples-file-syntax", "is no JSON list: Extra data"),
        (b"1\n\xff\n", "samples-file-syntax", "is not UTF-8 at its byte 3"),
        (b"1\n" * (MAX_SAMPLES + 1), "samples-too-many", f"more than {MAX_SAMPLES} samples"),
        (b"[" + b"1," * MAX_SAMPLES + b"1]", "samples-too-many", f"more than {MAX_SAMPLES} samples"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_file_that_does_not_hold_is_refused(tmp_path, content, code, words):
    place = tmp_path / "samples"
    place.write_bytes(content)
    with pytest.raises(failures.RefusedError) as caught:
        latency.from_file(place)
    assert caught.value.code == code
    assert words in caught.value.message
    assert len(caught.value.message) < 300


def test_a_bad_file_fails_the_run_though_the_marker_is_good(tmp_path):
    code, message = refused(tmp_path, marker(**METRICS), file="fast\n")
    assert code == "samples-file-syntax"
    assert message == (
        "Invalid latency samples: the file of EDGEENV_SAMPLES_FILE has 'fast' in line 1, "
        "expected one number per line"
    )


def test_a_file_that_contradicts_the_marker_fails_the_run(tmp_path):
    code, message = refused(tmp_path, marker(**METRICS), file="5.0\n1.0\n2.0\n3.0\n")
    assert code == "samples-contradict"
    assert "latency_mean_ms is 2.5, the samples give 2.75 (nearest-rank)" in message


def test_a_file_that_contradicts_the_samples_of_the_marker_fails_the_run(tmp_path):
    code, message = refused(tmp_path, marker(latency_samples_ms=FOUR), file="1.0\n2.0\n3.0\n4.0\n")
    assert code == "samples-contradict"
    assert "are not the same" in message


def test_a_malformed_marker_is_not_saved_by_a_file(tmp_path):
    assert refused(tmp_path, "EDGEENV_METRICS_JSON={bad", file="1\n")[0] == "metrics-json"


def test_a_command_that_fails_is_told_of_before_its_samples(tmp_path):
    assert refused(tmp_path, file="fast\n", then="sys.exit(3)")[0] == "nonzero-exit"


@pytest.mark.parametrize(
    "then",
    [
        "os.symlink('/etc/hostname', os.environ['EDGEENV_SAMPLES_FILE'])",
        "os.symlink('/no/such', os.environ['EDGEENV_SAMPLES_FILE'])",
        "os.mkdir(os.environ['EDGEENV_SAMPLES_FILE'])",
        "os.mkfifo(os.environ['EDGEENV_SAMPLES_FILE'])",
        "f = open(os.environ['EDGEENV_SAMPLES_FILE'], 'wb'); f.truncate(32 * 1024 * 1024 + 1)",
    ],
)
def test_what_is_no_plain_file_of_some_size_is_refused(tmp_path, then):
    assert refused(tmp_path, then=then)[0] == "samples-file-unusable"


def test_a_marker_line_of_a_mebibyte_of_samples_is_read_in_a_moment(tmp_path):
    code = "print('EDGEENV_METRICS_JSON={\"latency_samples_ms\":', [1 + i / 7 for i in range(40_000)], '}')"
    capture = attempt(tmp_path, then=code)
    assert capture.failure is None
    assert capture.latency_samples.count == 40_000
    assert capture.samples[-1] == 1 + 39_999 / 7


@given(st.lists(st.floats(1e-9, 1e12), min_size=1, max_size=60))
def test_every_list_of_times_survives_both_forms_of_the_file(tmp_path, samples):
    place = tmp_path / "samples"
    place.write_text("".join(f"{sample!r}\n" for sample in samples))
    assert latency.from_file(place) == samples
    place.write_text(json.dumps(samples))
    assert latency.from_file(place) == samples


def test_every_code_of_samples_has_its_advice():
    codes = {code for code in failures.CODES if code.startswith("samples-")}
    assert codes == {
        "samples-empty",
        "samples-too-many",
        "samples-invalid",
        "samples-contradict",
        "samples-file-syntax",
        "samples-file-unusable",
    }
