"""Exit statuses are a contract: pipelines rely on them."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest
from conformance_kit import CONFIG


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("--version",), 0),
        (("--help",), 0),
        (("doctor",), 0),
        (("runs", "list"), 0),
        (("failed-runs", "list"), 0),
        (("runs", "show", "no-such-run"), 1),
        (("failed-runs", "show", "no-such-run"), 1),
        (("report", "compare", "latest", "latest~1"), 1),
        (("runs", "import", "no-such.zip"), 1),
        (("bundle", "verify", "no-such.zip"), 1),
        (("bench", "validate", "no-such.yaml"), 1),
        (("runs", "verify"), 1),
        (("registry", "check"), 1),
        (("no-such-command",), 2),
        (("runs", "no-such-command"), 2),
        (("runs", "list", "--no-such-option"), 2),
        (("runs", "list", "--limit", "none"), 2),
        (("runs", "export"), 2),
        (("runs", "import"), 2),
        (("bench", "run"), 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_without_any_evidence(program, place, words, status):
    done = program(*words, cwd=place)
    assert done.status == status
    assert list(place.iterdir()) == [], "a command that only reads made something"
    if status:
        assert done.stdout == ""
        assert "Error: " in done.stderr


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("bench", "validate", "baseline.yaml"), 0),
        (("profile", "validate", "target.yaml", "other.yaml"), 0),
        (("bench", "validate", "target.yaml"), 3),
        (("profile", "validate", "target.yaml", "baseline.yaml"), 3),
        (("profile", "validate", "baseline.yaml", "absent.yaml"), 1),
        (("bench", "validate", "/dev/null"), 1),
        (("bench", "validate", "."), 1),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_validation(program, workshop, words, status):
    assert program(*words, cwd=workshop).status == status


def test_a_benchmark_that_fails(program, workshop, place):
    words = ("--target", "target.yaml", "--config", "failed.yaml", "--edgeenv-root", place / "root")
    done = program("bench", "run", *words, cwd=workshop)
    assert (done.status, done.stdout) == (1, "")
    assert "Error: " in done.stderr
    assert list((place / "root" / "failed-runs").iterdir())
    assert not (place / "root" / "runs.db").exists()


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_benchmark_that_is_interrupted_is_kept_as_failed(program, workshop, place, number, status):
    (place / "wait.py").write_text(
        "import time\nopen('started', 'w').close()\nprint('so far', flush=True)\ntime.sleep(60)\n"
    )
    config = CONFIG.format(name="wait", command="python wait.py", model="wait.py", batch_size=1, scale="1")
    (place / "wait.yaml").write_text(config)
    words = ("bench", "run", "--target", str(workshop / "target.yaml"), "--config", "wait.yaml")
    process = subprocess.Popen(
        [*program.words, *words, "--edgeenv-root", "root"],
        cwd=place,
        env=program.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        until = time.monotonic() + 20
        while not (place / "started").exists() and time.monotonic() < until:
            time.sleep(0.02)
        os.kill(process.pid, number)
        process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == status
    (kept,) = (place / "root" / "failed-runs").iterdir()
    assert (kept / "stdout.log").read_bytes() == b"so far\n"
    program("failed-runs", "verify", "--edgeenv-root", "root", cwd=place).must()
    assert not (place / "root" / "runs").exists() or not list((place / "root" / "runs").iterdir())
