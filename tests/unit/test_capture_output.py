from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from capture_support import GOOD, printing, request
from hypothesis import given
from hypothesis import strategies as st

from edgeenv.capture import local, logs, markers, runner

MEASURED = """
import resource, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from capture_support import request
from edgeenv.capture import runner
capture = runner.run(request(Path({directory!r}), {command!r}))
assert capture.failure is None, capture.failure
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, capture.execution.stdout.bytes)
"""


def peak_kib(directory: Path, command: str) -> tuple[int, int]:
    directory.mkdir()
    source = MEASURED.format(tests=str(Path(__file__).parent), directory=str(directory), command=command)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", source],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    peak, size = done.stdout.split()
    return int(peak), int(size)


@pytest.mark.parametrize(
    "code",
    [
        'exec(\'for _ in range(300): sys.stdout.buffer.write((b"x" * 99 + b"\\\\n") * 10000)\')',
        "exec('for _ in range(100): sys.stdout.buffer.write(b\"y\" * 1000000)'); print()",
    ],
    ids=["300 MB of lines", "one line of 100 MB"],
)
def test_memory_does_not_grow_with_the_output(tmp_path, code):
    little, _ = peak_kib(tmp_path / "little", printing(GOOD))
    much, size = peak_kib(tmp_path / "much", printing(then=f"{code}; print({GOOD!r})"))
    assert size > 100_000_000
    assert much < little + 8 * 1024
    assert (tmp_path / "much/stdout.log").stat().st_size < 65 << 20


ODD = b"\x00a\r\nb\rc\x1b[31mred\x1b[0m\xff\xfe\x80\n\n\xe2\x80\xa8\x85 no final newline: \x00"


def test_output_is_stored_byte_for_byte(tmp_path):
    code = f"sys.stderr.buffer.write({ODD!r})"
    capture = runner.run(request(tmp_path, printing(GOOD, ODD, then=code)))
    assert capture.failure is None
    assert (tmp_path / "stdout.log").read_bytes() == GOOD.encode() + b"\n" + ODD
    assert (tmp_path / "stderr.log").read_bytes() == ODD


def test_a_long_log_keeps_both_ends_and_its_metrics(tmp_path):
    limits = local.Limits(cap=logs.Cap(1000, 100, 50))
    code = f"sys.stderr.write('e' * 2000); print('h' * 400); print({GOOD!r}); print('t' * 800)"
    capture = local.run(request(tmp_path, printing(then=code)), limits)
    assert capture.failure is None
    assert [finding.code for finding in capture.findings] == ["log-truncated", "log-truncated"]
    left_out = capture.execution.stdout.bytes - 150
    assert (tmp_path / "stdout.log").read_text() == (
        "h" * 100
        + f"\n[edgeenv: {left_out} bytes are left out here, but for the marker lines below]\n{GOOD}\n... "
        + "t" * 49
        + "\n"
    )
    notice = "\n[edgeenv: 1850 bytes are left out here]\n... "
    assert (tmp_path / "stderr.log").read_text() == "e" * 100 + notice + "e" * 50
    assert capture.execution.stderr.bytes == 2000
    assert capture.execution.stderr.stored_bytes == 150 + len(notice)
    assert list(tmp_path.glob("*.cut")) == []


@pytest.mark.parametrize(("size", "cut"), [(1000, False), (1001, True)])
def test_the_cap_is_exact(tmp_path, size, cut):
    log = tmp_path / "stdout.log"
    log.write_bytes(b"x" * size)
    record, findings = logs.store(log, (), logs.Cap(1000, 10, 10))
    assert bool(findings) == cut
    assert record.bytes == size
    assert record.stored_bytes == log.stat().st_size
    assert (record.stored_bytes < size) == cut


def test_the_default_cap_is_64_mib(tmp_path):
    log = tmp_path / "stdout.log"
    with log.open("wb") as stream:
        stream.truncate((64 << 20) + 1)
    record, _ = logs.store(log)
    assert 64 << 20 < record.stored_bytes < (64 << 20) + 100
    assert log.stat().st_size == record.stored_bytes


LINES = st.lists(
    st.one_of(
        st.integers(0, 30).map(lambda count: b"x" * count),
        st.just(b" EDGEENV_METRICS_JSON=indented"),
        st.integers(0, 9).map(lambda number: b"EDGEENV_METRICS_JSON=%d" % number),
        st.integers(0, 9).map(lambda number: b"EDGEENV_RESOURCE_METRICS_JSON=%d" % number),
    ),
    max_size=15,
)


@given(LINES, st.integers(0, 120), st.integers(0, 120), st.booleans())
def test_a_cut_log_reads_as_the_whole_one(tmp_path, lines, head, tail, newline):
    log = tmp_path / "stdout.log"
    raw = b"\n".join(lines) + (b"\n" if newline else b"")
    log.write_bytes(raw)
    before = markers.find(log)
    record, findings = logs.store(log, before.values(), logs.Cap(head + tail, head, tail))
    stored = log.read_bytes()
    assert {name: line.payload for name, line in markers.find(log).items()} == {
        name: line.payload for name, line in before.items()
    }
    assert record.stored_bytes == len(stored)
    assert stored.endswith(raw[len(raw) - tail :] if findings else raw)
    if not findings:
        assert hashlib.sha256(stored).digest() == hashlib.sha256(raw).digest()
