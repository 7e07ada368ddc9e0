from __future__ import annotations

import dataclasses
import json
import os
import shlex
import sys

import pytest
from capture_support import GOOD, LOCAL, RUN_ID, printing, python_command, request

from edgeenv import documents, schema
from edgeenv.capture import failures, runner
from edgeenv.model.document import write
from edgeenv.model.run import ResourceMetrics

EMPTY_PATH = {"PATH": "/nonexistent", "LANG": "C.UTF-8"}


def attempt(tmp_path, *arguments, **config):
    capture = runner.run(request(tmp_path, *arguments, **config))
    assert (capture.metrics is None) == (capture.failure is not None)
    assert (tmp_path / "stdout.log").exists()
    assert (tmp_path / "stderr.log").exists()
    assert sorted(path.name for path in tmp_path.glob("std*")) == ["stderr.log", "stdout.log"]
    return capture


def refusal(tmp_path, *arguments, **config):
    capture = attempt(tmp_path, *arguments, **config)
    failure = capture.failure
    assert failure is not None
    assert failure.code in failures.CODES
    assert failure.hint.endswith(f"Inspect stdout/stderr with: edgeenv failed-runs show {RUN_ID}")
    assert capture.resource_metrics is None
    return failure


def metrics_line(**changes):
    five = {
        "latency_mean_ms": 12.3,
        "latency_p50_ms": 12.0,
        "latency_p95_ms": 14.1,
        "latency_p99_ms": 15.0,
        "throughput_fps": 81.3,
    }
    return "EDGEENV_METRICS_JSON=" + json.dumps({**five, **changes})


# What a good run leaves


def test_a_good_run(tmp_path):
    resources = 'EDGEENV_RESOURCE_METRICS_JSON={"memory_peak_mb": 512, "power_mean_w": null, "source": "me"}'
    capture = attempt(tmp_path, printing(resources, GOOD, then="sys.stderr.write('warm')"))
    assert capture.failure is None
    assert dataclasses.astuple(capture.metrics) == (12.3, 12.0, 14.1, 15.0, 81.3)
    assert isinstance(capture.metrics.latency_p99_ms, float)
    assert capture.resource_metrics == ResourceMetrics(memory_peak_mb=512.0, source="me")
    assert (tmp_path / "stdout.log").read_text() == f"{resources}\n{GOOD}\n"
    assert (tmp_path / "stderr.log").read_text() == "warm"
    execution = capture.execution
    assert execution.exit_code == 0
    assert execution.started_at < execution.finished_at
    assert 0 < execution.duration_s < 20
    assert execution.argv[0] == execution.executable == sys.executable
    assert execution.working_directory == str(tmp_path)
    assert execution.stdout.bytes == execution.stdout.stored_bytes == len(f"{resources}\n{GOOD}\n")
    assert execution.stderr.bytes == 4
    assert capture.findings == ()


@pytest.mark.parametrize("command", [printing(GOOD), "true", "false", "no-such-program", "'"])
def test_what_is_recorded_holds_the_contract(tmp_path, command):
    capture = attempt(tmp_path, command, extra_env={"LOCAL_DEMO_FLAG": "enabled"})
    assert schema.check_part("result", "execution", write(capture.execution), "execution") == ()
    if capture.failure is None:
        assert schema.check_part("result", "model", write(capture.model), "model") == ()


@pytest.mark.parametrize("line", ["{}", '{"memory_peak_mb": null, "source": null}'])
def test_empty_resource_metrics_are_there_and_empty(tmp_path, line):
    capture = attempt(tmp_path, printing(f"EDGEENV_RESOURCE_METRICS_JSON={line}", GOOD))
    assert capture.resource_metrics == ResourceMetrics()


def test_without_a_resource_line_there_are_none(tmp_path):
    assert attempt(tmp_path, printing(GOOD)).resource_metrics is None


def test_the_variables_and_who_wins(tmp_path):
    (tmp_path / "sub").mkdir()
    code = (
        "import os, json, sys; print(json.dumps(dict(os.environ)), file=sys.stderr);"
        f"print({GOOD!r}); print(os.getcwd())"
    )
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("EDGEENV_")}
    environment = {**inherited, "MINE": "parent", "THEIRS": "parent", "EDGEENV_TASK": "parent"}
    capture = attempt(
        tmp_path,
        python_command(code),
        environment=environment,
        working_directory="sub",
        extra_env={"MINE": "extra", "LOCAL_DEMO_FLAG": "enabled"},
    )
    seen = json.loads((tmp_path / "stderr.log").read_text())
    injected = {
        "EDGEENV_BENCHMARK_NAME": "yolov8n-fire-fake",
        "EDGEENV_MODEL_NAME": "yolov8n-fire",
        "EDGEENV_MODEL_PATH": "models/yolov8n-fire.onnx",
        "EDGEENV_RUNTIME": "fake-runtime",
        "EDGEENV_EXECUTION_PROVIDER": "cpu",
        "EDGEENV_PRECISION": "fp32",
        "EDGEENV_BATCH_SIZE": "1",
        "EDGEENV_WARMUP_RUNS": "1",
        "EDGEENV_REPEAT_RUNS": "3",
        "EDGEENV_INCLUDE_PREPROCESS": "true",
        "EDGEENV_INCLUDE_POSTPROCESS": "false",
        "EDGEENV_TARGET_NAME": "local-machine",
        "EDGEENV_INPUT_SHAPE": "1,3,224,224",
        "EDGEENV_INPUT_DTYPE": "float32",
        "EDGEENV_TASK": "object-detection",
        "EDGEENV_MODEL_VERSION": "1.0",
        "EDGEENV_MODEL_FORMAT": "onnx",
        "EDGEENV_RUN_ID": RUN_ID,
    }
    assert {name: value for name, value in seen.items() if name.startswith("EDGEENV_")} == injected
    assert (seen["MINE"], seen["THEIRS"], seen["LOCAL_DEMO_FLAG"]) == ("extra", "parent", "enabled")
    assert capture.execution.injected_env == injected
    assert capture.execution.extra_env == {"MINE": "extra", "LOCAL_DEMO_FLAG": "enabled"}
    assert capture.execution.working_directory == str(tmp_path / "sub")
    assert (tmp_path / "stdout.log").read_text().endswith(f"\n{tmp_path}/sub\n")


def test_no_shell_reads_the_command(tmp_path):
    code = "import sys, json; print(json.dumps(sys.argv[1:]), file=sys.stderr)"
    refusal(tmp_path, python_command(code) + r""" $HOME '*' "a b" c\ d | > && '#' """)
    words = ["$HOME", "*", "a b", "c d", "|", ">", "&&", "#"]
    assert json.loads((tmp_path / "stderr.log").read_text()) == words


def test_standard_input_is_closed(tmp_path):
    code = f"import sys; assert sys.stdin.read() == ''; print({GOOD!r})"
    reading, writing = os.pipe()
    ours = os.dup(0)
    os.dup2(reading, 0)
    try:
        assert attempt(tmp_path, python_command(code), timeout_seconds=5).failure is None
    finally:
        os.dup2(ours, 0)
        for descriptor in (reading, writing, ours):
            os.close(descriptor)


def test_python_stands_for_our_interpreter_where_path_has_none(tmp_path):
    command = f"python -S -c {shlex.quote(f'print({GOOD!r})')}"
    capture = attempt(tmp_path, command, environment=EMPTY_PATH)
    assert capture.failure is None
    assert capture.execution.argv[0] == sys.executable
    assert capture.execution.executable == sys.executable


def test_python_of_the_path_comes_first(tmp_path):
    program = tmp_path / "bin" / "python"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho '{GOOD}'\n")
    program.chmod(0o755)
    capture = attempt(tmp_path, "python -c ignored", environment={"PATH": str(program.parent)})
    assert capture.failure is None
    assert capture.execution.argv == ("python", "-c", "ignored")
    assert capture.execution.executable == str(program)


def test_the_path_of_the_command_counts_not_ours(tmp_path):
    program = tmp_path / "tools" / "measure"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho '{GOOD}'\n")
    program.chmod(0o755)
    capture = attempt(tmp_path, "measure", extra_env={"PATH": "tools"})
    assert capture.failure is None
    assert capture.execution.executable == str(program)


def test_a_relative_program_counts_from_the_working_directory(tmp_path):
    program = tmp_path / "sub" / "measure"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho '{GOOD}'\n")
    program.chmod(0o755)
    capture = attempt(tmp_path, "./measure", working_directory="sub")
    assert capture.failure is None
    assert capture.execution.executable == str(program)


@pytest.mark.parametrize("required", [True, False])
def test_a_sampler_that_we_do_not_have(tmp_path, required):
    target = dataclasses.replace(LOCAL, sampler={"name": "jetson-tegrastats", "required": required})
    capture = attempt(tmp_path, printing(GOOD), target=target)
    if required:
        assert capture.failure.code == "sampler-required"
        assert capture.failure.message.startswith("Required sampler failed: ")
    else:
        assert [finding.code for finding in capture.findings] == ["sampler-unavailable"]


@pytest.mark.parametrize("command", [f"./program '{GOOD}'", "./nothing"])
def test_a_path_of_any_bytes_can_be_recorded(tmp_path, command):
    directory = tmp_path / os.fsdecode(b"caf\xe9")
    directory.mkdir()
    (directory / "program").write_text('#!/bin/sh\necho "$1"\n')
    (directory / "program").chmod(0o755)
    (directory / "models/yolov8n-fire.onnx/dangling").parent.mkdir(parents=True)
    (directory / "models/yolov8n-fire.onnx/dangling").symlink_to("nowhere")
    capture = attempt(tmp_path, command, working_directory=os.fsdecode(b"caf\xe9"))
    assert capture.execution.working_directory == f"{tmp_path}/caf\ufffd"
    assert [finding.code for finding in capture.findings] == (["model-unreadable"] if capture.metrics else [])
    documents.canonical_json(write(capture.execution))
    documents.canonical_json(write(capture.findings))


# What cannot be started


@pytest.mark.parametrize("command", [" ", "\t\n", "''"])
def test_an_empty_command(tmp_path, command):
    failure = refusal(tmp_path, command)
    assert (failure.code, failure.message) == ("command-empty", "Local benchmark command is empty")
    assert failure.return_code is None


@pytest.mark.parametrize("command", ["echo 'open", 'echo "open', "echo open\\"])
def test_unbalanced_quotes(tmp_path, command):
    failure = refusal(tmp_path, command)
    assert failure.code == "command-quotes"
    assert command in failure.message


@pytest.mark.parametrize(
    "config", [{"command": "echo a\0b"}, {"extra_env": {"A": "b\0c"}}, {"working_directory": "a\0b"}]
)
def test_a_nul(tmp_path, config):
    assert refusal(tmp_path, **{"command": "true", **config}).code == "nul-character"


def test_a_missing_working_directory(tmp_path):
    failure = refusal(tmp_path, working_directory="nowhere")
    assert failure.code == "working-directory-missing"
    assert failure.message == f"Local benchmark working directory does not exist: {tmp_path}/nowhere"


def test_a_working_directory_that_is_a_file(tmp_path):
    (tmp_path / "file").touch()
    failure = refusal(tmp_path, working_directory="file")
    assert failure.message == f"Local benchmark working directory is not a directory: {tmp_path}/file"


def test_a_program_that_is_not_there(tmp_path):
    capture = attempt(tmp_path, "no-such-program --fast")
    assert capture.failure.code == "cannot-start"
    assert capture.failure.message == (
        "Failed to start local benchmark command: [Errno 2] No such file or directory: 'no-such-program'"
    )
    assert capture.failure.return_code is None
    assert capture.execution.argv == ("no-such-program", "--fast")
    assert capture.execution.started_at is None


@pytest.mark.parametrize(("content", "mode"), [("#!/bin/sh\n", 0o644), ("no program at all", 0o755)])
def test_a_file_that_is_no_program(tmp_path, content, mode):
    (tmp_path / "program").write_text(content)
    (tmp_path / "program").chmod(mode)
    failure = refusal(tmp_path, "./program")
    assert failure.code == "cannot-start"
    assert failure.message.startswith("Failed to start local benchmark command: [Errno ")


def test_a_variable_that_no_program_can_have(tmp_path):
    assert refusal(tmp_path, extra_env={"A=B": "c"}).code == "cannot-start"


# How a command can end badly


def test_an_exit_status(tmp_path):
    failure = refusal(tmp_path, printing(GOOD, then="sys.stderr.write('why'); sys.exit(7)"))
    assert failure.code == "nonzero-exit"
    assert failure.message == "Local benchmark command failed with exit code 7"
    assert failure.return_code == 7
    assert (tmp_path / "stdout.log").read_text() == GOOD + "\n"
    assert (tmp_path / "stderr.log").read_text() == "why"


def test_a_deadly_signal(tmp_path):
    failure = refusal(tmp_path, printing(GOOD, then="os.kill(os.getpid(), 11)"))
    assert failure.code == "killed-by-signal"
    assert failure.message == (
        "Local benchmark command failed with exit code -11: killed by signal 11 (SIGSEGV)"
    )
    assert failure.return_code == -11


@pytest.mark.parametrize("seconds", [1, 0.5])
def test_a_timeout_says_its_number_as_written(tmp_path, seconds):
    capture = attempt(tmp_path, printing(GOOD, then="import time; time.sleep(60)"), timeout_seconds=seconds)
    assert capture.failure.code == "timeout"
    assert capture.failure.message == f"Local benchmark command timed out after {seconds} seconds"
    assert capture.failure.return_code is None
    assert capture.execution.exit_code is None
    assert seconds <= capture.execution.duration_s < seconds + 5
    assert (tmp_path / "stdout.log").read_text() == GOOD + "\n"


# What a command can print instead of metrics


def test_no_marker(tmp_path):
    failure = refusal(tmp_path, printing("hello", " " + GOOD, then=f"sys.stderr.write({GOOD!r})"))
    assert failure.code == "metrics-missing"
    assert failure.message == "Missing EDGEENV_METRICS_JSON=<json> line in stdout"
    assert failure.return_code == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{bad",
        "NaN",
        '{"latency_mean_ms": NaN}',
        '{"latency_mean_ms": Infinity}',
        '{"latency_mean_ms": 1e999}',
        '{"latency_mean_ms": 1, "latency_mean_ms": 2}',
        "{} {}",
        "[" * 5000,
    ],
)
def test_no_json(tmp_path, text):
    failure = refusal(tmp_path, printing("first", f"EDGEENV_METRICS_JSON={text}"))
    assert failure.code == "metrics-json"
    assert failure.message.startswith("Invalid EDGEENV_METRICS_JSON JSON: ")
    assert failure.message.endswith("(line 2 of stdout)")
    assert len(failure.message) < 500


def test_not_utf8(tmp_path):
    failure = refusal(tmp_path, printing(b'EDGEENV_METRICS_JSON={"a": "\xe9"}\n'))
    assert failure.code == "metrics-not-utf8"
    assert failure.message == (
        "Invalid EDGEENV_METRICS_JSON JSON: line 1 of stdout is not UTF-8 at its byte 29"
    )


def test_a_line_without_end(tmp_path):
    failure = refusal(
        tmp_path, python_command("import sys; sys.stdout.write('EDGEENV_METRICS_JSON=' + '1' * 1048576)")
    )
    assert failure.code == "metrics-line-too-long"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[]", "a list"),
        ("1", "a number"),
        ('"x"', "a string"),
        ("null", "null"),
        ("true", "a boolean"),
    ],
)
def test_no_object(tmp_path, text, found):
    failure = refusal(tmp_path, printing(f"EDGEENV_METRICS_JSON={text}"))
    assert failure.code == "metrics-not-object"
    assert failure.message == f"Invalid local metrics schema: found {found}, expected one JSON object"


@pytest.mark.parametrize(
    "changes",
    [
        {"latency_mean_ms": "12.3"},
        {"latency_mean_ms": True},
        {"latency_mean_ms": None},
        {"latency_mean_ms": [1]},
        {"latency_mean_ms": 0},
        {"latency_mean_ms": -1},
        {"throughput_fps": 0},
        {"extra": 1},
        {"stdout": "swallowed"},
        {"resource_metrics": {}},
        {"sampler_summary": {}},
    ],
)
def test_metrics_that_do_not_hold(tmp_path, changes):
    failure = refusal(tmp_path, printing(metrics_line(**changes)))
    assert failure.code == "metrics-schema"
    assert failure.message.startswith("Invalid local metrics schema: ")
    assert next(iter(changes)) in failure.message


def test_metrics_that_are_not_all_there(tmp_path):
    failure = refusal(tmp_path, printing('EDGEENV_METRICS_JSON={"latency_mean_ms": 1}'))
    assert failure.code == "metrics-schema"
    assert "throughput_fps" in failure.message


@pytest.mark.parametrize("changes", [{"latency_p50_ms": 14.2}, {"latency_p99_ms": 14.0}])
def test_percentiles_out_of_order(tmp_path, changes):
    failure = refusal(tmp_path, printing(metrics_line(**changes)))
    assert failure.code == "metrics-percentiles"
    assert failure.message.startswith("Invalid local metrics schema: ")


def test_equal_percentiles_are_in_order(tmp_path):
    line = metrics_line(latency_p50_ms=14, latency_p95_ms=14, latency_p99_ms=14)
    assert attempt(tmp_path, printing(line)).failure is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{bad", "resource-metrics-json"),
        ("[]", "resource-metrics-not-object"),
        ('{"memory_peak_mb": "1"}', "resource-metrics-schema"),
        ('{"memory_peak_mb": true}', "resource-metrics-schema"),
        ('{"gpu": 1}', "resource-metrics-schema"),
        ('{"source": 1}', "resource-metrics-schema"),
        ('{"memory_peak_mb": NaN}', "resource-metrics-json"),
    ],
)
def test_resource_metrics_that_do_not_hold(tmp_path, text, code):
    failure = refusal(tmp_path, printing(GOOD, f"EDGEENV_RESOURCE_METRICS_JSON={text}"))
    assert failure.code == code
    assert failure.return_code == 0
    assert failure.hint.startswith("Resource metrics are optional")


# Which of several defects is told


def test_the_exit_status_comes_before_the_markers(tmp_path):
    assert refusal(tmp_path, printing("EDGEENV_METRICS_JSON={bad", then="sys.exit(3)")).code == "nonzero-exit"


def test_the_metrics_come_before_the_resource_metrics(tmp_path):
    lines = ("EDGEENV_RESOURCE_METRICS_JSON={bad", "EDGEENV_METRICS_JSON={bad")
    assert refusal(tmp_path, printing(*lines)).code == "metrics-json"


@pytest.mark.parametrize("last_is_good", [True, False])
def test_the_last_line_counts_even_when_malformed(tmp_path, last_is_good):
    lines = ["EDGEENV_METRICS_JSON={bad", GOOD]
    capture = attempt(tmp_path, printing(*(lines if last_is_good else reversed(lines))))
    assert (capture.failure is None) == last_is_good


def test_every_code_has_its_own_hint():
    hints = {failures.hint(code, RUN_ID) for code in failures.CODES}
    assert len(hints) == len(failures.CODES)


def test_a_message_has_an_end():
    refused = failures.RefusedError("metrics-schema", "x" * 1_000_000)
    assert len(refused.failure(RUN_ID, 0).message) == failures.MAX_MESSAGE_CHARACTERS
