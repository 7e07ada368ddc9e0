"""`edgeenv bench run`: what it says, where, and with which status."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time

import pytest
from cli_cases import METRICS, bench_run_words, write_config

WORDS = ("bench", "run", "--target", "target.yaml", "--config", "bench.yaml")
RUN_ID = r"run-[0-9]{8}-[0-9]{6}-[0-9a-f]{8}"


def emit(directory, *lines):
    (directory / "bench.py").write_text("".join(f"{line}\n" for line in lines))


def test_a_stored_run_prints_the_lines_of_the_contract(edgeenv, workplace):
    done = edgeenv(*WORDS)
    assert done.status == 0
    assert re.fullmatch(
        rf"Benchmark run stored\nRun ID: ({RUN_ID})\nResult: \.edgeenv/runs/\1/result\.json\n"
        r"Latency mean: 2\.5 ms\nResource metrics: omitted\n",
        done.stdout,
    )
    assert done.stderr == ""
    run_id = done.lines[1].removeprefix("Run ID: ")
    assert (workplace / ".edgeenv" / "runs" / run_id / "result.json").is_file()


def test_a_latency_of_many_digits_is_shown_as_a_comparison_shows_it(edgeenv, workplace):
    metrics = {
        "latency_mean_ms": 23.835575300154233,
        "latency_p50_ms": 23.1,
        "latency_p95_ms": 27.8,
        "latency_p99_ms": 31.2,
        "throughput_fps": 41.9,
    }
    line = f"EDGEENV_METRICS_JSON={json.dumps(metrics)}"
    emit(workplace, f"print({line!r})")
    assert "Latency mean: 23.835575 ms" in edgeenv(*WORDS).lines
    assert "  23.835575" in edgeenv("runs", "list").lines[2]
    assert '"latency_mean_ms": 23.835575300154233' in edgeenv("runs", "list", "--json").stdout


def test_the_fake_runner_gives_the_number_of_the_contract(edgeenv, root):
    done = edgeenv(*bench_run_words("yolov8n_fire", root))
    assert done.lines[3] == "Latency mean: 12.588 ms"


@pytest.mark.parametrize(
    ("resources", "status"),
    [
        (
            {"memory_peak_mb": 1.5, "memory_mean_mb": 1.0, "source": "s"},
            "stored (source=s, fields=memory_mean_mb, memory_peak_mb)",
        ),
        ({"source": "s"}, "stored (source=s)"),
        ({"energy_j": 2.0}, "stored (fields=energy_j)"),
        ({}, "stored"),
    ],
    ids=["both", "source", "fields", "empty"],
)
def test_the_status_of_resource_metrics(edgeenv, workplace, resources, status):
    emit(
        workplace,
        f"print('EDGEENV_METRICS_JSON=' + {METRICS!r})",
        f"print('EDGEENV_RESOURCE_METRICS_JSON=' + {json.dumps(resources)!r})",
    )
    assert edgeenv(*WORDS).lines[4] == f"Resource metrics: {status}"


def test_a_failed_run_is_kept_and_said_on_stderr(edgeenv, workplace):
    emit(workplace, "import sys", "print('\\x1b[31mred')", "sys.exit(7)")
    done = edgeenv(*WORDS, "--edgeenv-root", "my root")
    assert (done.status, done.stdout) == (1, "")
    run_id = re.search(RUN_ID, done.stderr)[0]
    assert done.stderr.splitlines()[:3] == [
        f"Failed run artifact: my root/failed-runs/{run_id}",
        "Registry: not updated",
        "Error: Local benchmark command failed with exit code 7",
    ]
    hint = done.stderr.splitlines()[3]
    assert hint.startswith("Hint: ")
    assert hint.endswith(f"edgeenv failed-runs show {run_id} --edgeenv-root 'my root'")
    assert not (workplace / "my root" / "runs" / run_id).exists()
    assert not (workplace / "my root" / "runs.db").exists()


def test_the_json_form_of_a_run_and_of_a_failure(edgeenv, workplace):
    document = json.loads(edgeenv(*WORDS, "--json").stdout)
    assert document["schema_version"] == "edgeenv.bench-run.v1"
    assert document["recorded"]
    assert document["result"]["metrics"]["latency_mean_ms"] == 2.5
    assert document["failure"] is None
    emit(workplace, "print('nothing')")
    done = edgeenv(*WORDS, "--json")
    document = json.loads(done.stdout)
    assert (done.status, document["recorded"], document["result"]) == (1, False, None)
    assert document["failure"]["error_code"] == "metrics-missing"
    assert done.stderr.startswith("Error: Missing EDGEENV_METRICS_JSON=<json> line in stdout\n")


def test_nothing_is_made_for_files_that_do_not_hold(edgeenv, workplace):
    (workplace / "bench.yaml").write_text("name: a\n")
    (workplace / "target.yaml").write_text("target_type: ssh\n")
    done = edgeenv(*WORDS)
    assert done.status == 1
    assert "Error: Invalid target profile target.yaml" in done.stderr
    assert "Error: Invalid benchmark config bench.yaml" in done.stderr
    assert done.stderr.count("bench.yaml:1:1: ") > 5
    assert not (workplace / ".edgeenv").exists()


def test_unbalanced_quotes_are_a_failed_run(edgeenv, workplace):
    write_config(workplace, command="python 'bench.py")
    done = edgeenv(*WORDS)
    assert done.status == 1
    assert "Failed run artifact: .edgeenv/failed-runs/" in done.stderr


def test_a_dry_run_starts_nothing(edgeenv, workplace):
    emit(workplace, "open('started', 'w')")
    done = edgeenv(*WORDS, "--dry-run")
    assert done.status == 0
    assert done.lines[0] == "Dry run: nothing was started, nothing recorded"
    assert "command: python bench.py" in done.lines
    assert "model: model.onnx (there)" in done.lines
    assert "samplers: none" in done.lines
    assert "  EDGEENV_BATCH_SIZE=1" in done.lines
    document = json.loads(edgeenv(*WORDS, "--dry-run", "--json").stdout)
    assert document["variables"]["EDGEENV_INPUT_SHAPE"] == "1,3,8,8"
    assert not (workplace / "started").exists()
    assert not (workplace / ".edgeenv").exists()


@pytest.mark.parametrize(
    ("values", "more", "error"),
    [
        ({"command": "no-such-program"}, "", "found no program 'no-such-program'"),
        ({}, "working_directory: nowhere\n", "working directory does not exist"),
        ({"command": "python 'x"}, "", "unbalanced quotes"),
    ],
    ids=["program", "directory", "quotes"],
)
def test_a_dry_run_says_what_could_not_be_started(edgeenv, workplace, values, more, error):
    write_config(workplace, more, **values)
    done = edgeenv(*WORDS, "--dry-run")
    assert done.status == 1
    assert error in done.stderr
    assert "failed-runs" not in done.stderr


def test_echo_shows_the_whole_output_harmless_and_keeps_stdout_clean(edgeenv_process, workplace):
    emit(
        workplace,
        "import sys",
        "print('first \\x1b[2J line')",
        "print('warned', file=sys.stderr)",
        f"print('EDGEENV_METRICS_JSON=' + {METRICS!r})",
    )
    done = edgeenv_process(*WORDS, "--echo", cwd=workplace, env={"EDGEENV_ROOT": ""})
    assert done.status == 0, done.stderr
    assert "first \\x1b[2J line\n" in done.stderr
    assert "warned\n" in done.stderr
    assert f"EDGEENV_METRICS_JSON={METRICS}\n" in done.stderr
    assert done.lines[0] == "Benchmark run stored"
    assert "first" not in done.stdout


def test_a_pipe_sees_no_progress_and_a_terminal_does(workplace):
    emit(
        workplace,
        "import time",
        "print('step 1 of 2', flush=True)",
        "time.sleep(1.2)",
        f"print('EDGEENV_METRICS_JSON=' + {METRICS!r})",
    )
    write_config(workplace, "timeout_seconds: 30\n")
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "edgeenv", *WORDS],
        stdout=subprocess.PIPE,
        stderr=slave,
        env={**os.environ, "EDGEENV_ROOT": "", "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    stdout, _ = process.communicate(timeout=30)
    os.close(slave)
    shown = os.read(master, 65536).decode()
    os.close(master)
    assert process.returncode == 0
    assert re.search(r"\r[0-9]+ s of 30 s  step 1 of 2", shown)
    assert stdout.startswith(b"Benchmark run stored\n")
    assert shown.count("step 1") <= 4
    assert "\n" not in shown


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_a_failed_run_and_its_status(workplace, number):
    emit(workplace, "import time", "open('started', 'w').close()", "time.sleep(60)")
    process = subprocess.Popen(
        [sys.executable, "-m", "edgeenv", *WORDS],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "EDGEENV_ROOT": "", "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    deadline = time.monotonic() + 20
    while not (workplace / "started").exists():
        assert time.monotonic() < deadline, process.poll()
        time.sleep(0.02)
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert stdout == b""
    assert b"Failed run artifact: .edgeenv/failed-runs/" in stderr
    assert b"Traceback" not in stderr


@pytest.mark.parametrize("kind", ["file", "below-a-file"])
def test_a_root_that_cannot_be_is_one_clear_error(edgeenv, workplace, kind):
    (workplace / "taken").write_text("x")
    chosen = {"file": "taken", "below-a-file": "taken/deep"}[kind]
    done = edgeenv(*WORDS, "--edgeenv-root", chosen)
    assert done.status == 1
    assert done.stderr.startswith("Error: ")
    assert "taken" in done.stderr
    assert "bug" not in done.stderr
