from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeenv.capture import markers
from edgeenv.capture.markers import METRICS, RESOURCE_METRICS


def found(tmp_path: Path, raw: bytes) -> dict[str, bytes]:
    log = tmp_path / "stdout.log"
    log.write_bytes(raw)
    return {name: line.payload for name, line in markers.find(log).items()}


@pytest.mark.parametrize(
    ("raw", "payload"),
    [
        (b"EDGEENV_METRICS_JSON={}\n", b"{}"),
        (b"EDGEENV_METRICS_JSON={}", b"{}"),
        (b"EDGEENV_METRICS_JSON={} \t\r\n", b"{}"),
        (b"before\nEDGEENV_METRICS_JSON=1\nafter\n", b"1"),
        (b"EDGEENV_METRICS_JSON=1\nEDGEENV_METRICS_JSON=2\n", b"2"),
        (b"EDGEENV_METRICS_JSON={}\nEDGEENV_METRICS_JSON={bad\n", b"{bad"),
        (b"EDGEENV_METRICS_JSON={bad\nEDGEENV_METRICS_JSON={}\n", b"{}"),
        (b"EDGEENV_METRICS_JSON=", b""),
        (b"\n\n\nEDGEENV_METRICS_JSON=a\x00b\n", b"a\x00b"),
        ("EDGEENV_METRICS_JSON=a\u2028b\u0085c\fd\ve\n".encode(), "a\u2028b\u0085c\fd\ve".encode()),
        (b"EDGEENV_METRICS_JSON=\xff\xfe\n", b"\xff\xfe"),
    ],
)
def test_the_last_line_that_starts_with_the_marker_counts(tmp_path, raw, payload):
    assert found(tmp_path, raw) == {METRICS: payload}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" EDGEENV_METRICS_JSON={}\n",
        b"\tEDGEENV_METRICS_JSON={}\n",
        b"INFO EDGEENV_METRICS_JSON={}\n",
        b"progress\rEDGEENV_METRICS_JSON={}\n",
        "a\u2028EDGEENV_METRICS_JSON={}\n".encode(),
        b"\x1b[0mEDGEENV_METRICS_JSON={}\n",
        b"EDGEENV_METRICS_JSON\n={}\n",
        b"EDGEENV_METRICS_JSON ={}\n",
        b"edgeenv_metrics_json={}\n",
        b"EDGEENV_METRICS_JSO\x00N={}\n",
    ],
)
def test_what_does_not_start_a_line_is_no_marker(tmp_path, raw):
    assert found(tmp_path, raw) == {}


def test_the_markers_stand_in_any_order(tmp_path):
    first = b"EDGEENV_METRICS_JSON=1\n"
    second = b"EDGEENV_RESOURCE_METRICS_JSON=2\n"
    assert found(tmp_path, first + second) == found(tmp_path, second + first)
    assert found(tmp_path, first + second) == {METRICS: b"1", RESOURCE_METRICS: b"2"}


@pytest.mark.parametrize("shift", range(-40, 3))
def test_a_marker_across_two_chunks_is_found(tmp_path, shift):
    padding = b"x" * (markers.CHUNK_BYTES + shift - 1) + b"\n"
    log = tmp_path / "stdout.log"
    log.write_bytes(padding + b"EDGEENV_RESOURCE_METRICS_JSON=r\nEDGEENV_METRICS_JSON=m\n" + b"y" * 70_000)
    lines = markers.find(log)
    assert {name: line.payload for name, line in lines.items()} == {METRICS: b"m", RESOURCE_METRICS: b"r"}
    assert lines[RESOURCE_METRICS].offset == len(padding)
    assert markers.line_number(log, lines[METRICS].offset) == 3


@pytest.mark.parametrize("beyond", [0, 1, 2])
def test_a_marker_line_has_a_greatest_length(tmp_path, beyond):
    start = b"EDGEENV_METRICS_JSON="
    log = tmp_path / "stdout.log"
    log.write_bytes(start + b"x" * (markers.MAX_LINE_BYTES - len(start) + beyond) + b"\nEDGEENV_METRICS\n")
    line = markers.find(log)[METRICS]
    assert line.too_long == (beyond > 0)
    assert len(line.line) <= markers.MAX_LINE_BYTES + 1


PIECES = [
    b"EDGEENV_METRICS_JSON=",
    b"EDGEENV_RESOURCE_METRICS_JSON=",
    b"EDGEENV_",
    b"\n",
    b"\r\n",
    b" ",
    b"{}",
    "\u2028".encode(),
    b"\x00",
    b"x" * 5,
]


def naive(raw: bytes) -> dict[str, bytes]:
    result = {}
    for line in raw.split(b"\n"):
        for name in (METRICS, RESOURCE_METRICS):
            if line.startswith(name.encode() + b"="):
                result[name] = line[len(name) + 1 :].rstrip(b" \t\r")
    return result


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join), st.integers(1, 50))
def test_any_chunk_size_finds_what_splitting_the_whole_finds(raw, chunk_bytes):
    with tempfile.TemporaryDirectory() as directory, pytest.MonkeyPatch.context() as patch:
        patch.setattr(markers, "CHUNK_BYTES", chunk_bytes)
        assert found(Path(directory), raw) == naive(raw)
