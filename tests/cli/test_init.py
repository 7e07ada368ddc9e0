"""`edgeenv init`: what it writes works at once."""

from __future__ import annotations

import ast
import json
import os
import shlex
import stat
import subprocess
import sys

import pytest
from cli_cases import EXAMPLES, METRICS

from edgeenv import documents, schema

TINY = EXAMPLES / "models" / "tiny_classifier.onnx"


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty directory of a new user, the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EDGEENV_ROOT")
    return tmp_path


def command_that(place, text):
    script = place / "mine"
    script.write_text(f"#!/bin/sh\n{text}\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return "./mine"


def follow(edgeenv_process, done, place):
    """Do what `Next:` says, in a process of its own."""
    line = next(line for line in done.stderr.splitlines() if line.startswith("Next: "))
    words = shlex.split(line.removeprefix("Next: "))
    words = words[words.index("edgeenv") + 1 :]
    return edgeenv_process(*words, cwd=place)


def recorded(edgeenv, what="latest"):
    return json.loads(edgeenv("runs", "show", what, "--json").stdout)["result"]


def test_from_nothing_to_a_judged_comparison(edgeenv, edgeenv_process, place):
    done = edgeenv("init")
    assert done.status == 0
    assert done.lines == ["Bench config: bench.yaml", "Target profile: target.yaml", "Script: bench.py"]
    assert "measures a stand-in" in done.stderr
    assert "Warning" not in done.stderr
    assert edgeenv("bench", "validate", "bench.yaml").stderr == ""
    assert edgeenv("profile", "validate", "target.yaml").status == 0
    assert follow(edgeenv_process, done, place).status == 0
    assert follow(edgeenv_process, done, place).status == 0
    compared = edgeenv("report", "compare", "latest~1", "latest")
    assert compared.lines[:2] == ["Comparable: Yes", "Mode: same-condition"]


def test_a_command_that_prints_nothing_is_timed(edgeenv, edgeenv_process, place):
    command = command_that(place, "echo x >> calls; sleep 0.01")
    (place / "m.tflite").write_bytes(b"weights")
    done = edgeenv("init", "my files", "--from-command", command, "--model", "m.tflite")
    assert done.lines[0] == "Bench config: my files/bench.yaml"
    ran = follow(edgeenv_process, done, place)
    assert ran.status == 0, ran.stderr
    assert len((place / "calls").read_text().splitlines()) == 22
    run = recorded(edgeenv)
    assert 10 <= run["metrics"]["latency_mean_ms"] < 2000
    assert run["model"]["hash_basis"] == "file"
    assert run["runtime"]["runtime"] == "tflite"


def test_a_command_that_prints_the_marker_is_started_once(edgeenv, edgeenv_process, place):
    command = command_that(place, f"echo x >> calls; echo 'EDGEENV_METRICS_JSON={METRICS}'")
    done = edgeenv("init", "--from-command", command)
    assert follow(edgeenv_process, done, place).status == 0
    assert (place / "calls").read_text() == "x\n"
    assert recorded(edgeenv)["metrics"]["latency_mean_ms"] == 2.5


def test_a_command_that_prints_latencies_is_read_as_the_script_is_told(edgeenv, edgeenv_process, place):
    command = command_that(place, "echo x >> calls; echo 'inference 1: 10.0 ms'; echo 'inference 2: 14.0 ms'")
    done = edgeenv("init", "--from-command", command)
    script = (place / "bench.py").read_text()
    example = 're.compile(r"inference [0-9]+: ([0-9.]+) ms")'
    assert script.count(example) == 1
    (place / "bench.py").write_text(script.replace("LATENCY = None", f"LATENCY = {example}"))
    assert follow(edgeenv_process, done, place).status == 0
    assert (place / "calls").read_text() == "x\n"
    metrics = recorded(edgeenv)["metrics"]
    assert (metrics["latency_mean_ms"], metrics["latency_p99_ms"]) == (12.0, 14.0)


@pytest.mark.parametrize(("text", "status"), [("exit 7", 7), ("kill -9 $$", 137)])
def test_a_command_that_fails_is_a_failed_run(edgeenv, edgeenv_process, place, text, status):
    done = edgeenv("init", "--from-command", command_that(place, f"echo said; {text}"))
    failed = follow(edgeenv_process, done, place)
    assert failed.status == 1
    assert f"exit code {status}" in failed.stderr
    shown = json.loads(edgeenv("failed-runs", "show", "latest", "--json").stdout)
    assert "said" in json.dumps(shown)


def test_a_program_that_is_not_there_is_told_at_once(edgeenv, edgeenv_process, place):
    done = edgeenv("init", "--from-command", "./absent --x")
    assert "Note: found no program './absent' on this machine" in done.stderr
    failed = follow(edgeenv_process, done, place)
    assert failed.status == 1
    assert "cannot start './absent'" in edgeenv("failed-runs", "show", "latest").stdout


def test_a_command_without_a_model_says_what_follows(edgeenv, place):
    done = edgeenv("init", "--from-command", command_that(place, "true"))
    assert done.status == 0
    assert "nothing could be compared" in done.stderr
    assert "--model FILE" in done.stderr


def test_a_model_among_the_words_is_found(edgeenv, place):
    pytest.importorskip("onnxruntime", reason="needs the onnx extra")
    (place / "m.onnx").write_bytes(TINY.read_bytes())
    done = edgeenv("init", "--from-command", "sleep 0 --model=m.onnx", "--name", "날씨 no", "--json")
    document = json.loads(done.stdout)
    assert document["model"]["input_dtype"] == "float32"
    assert documents.load("bench.yaml").data["model_path"] == "m.onnx"
    assert documents.load("bench.yaml").data["name"] == "날씨 no"


@pytest.mark.parametrize("words", [(), ("--dry-run",), ("--from-command", "sleep 0", "--model", "m.tflite")])
def test_json_holds_its_contract(edgeenv, place, words):
    (place / "m.tflite").write_bytes(b"x")
    done = edgeenv("init", "d", *words, "--json")
    document = json.loads(done.stdout)
    assert done.stderr == ""
    assert schema.check_value("init", document, "stdout") == ()
    assert (place / "d").exists() is document["written"]
    for file in document["files"]:
        if document["written"]:
            assert (place / file["path"]).read_text() == file["content"]


def test_a_dry_run_shows_and_writes_nothing(edgeenv, place):
    done = edgeenv("init", "d", "--dry-run")
    assert done.status == 0
    assert "==> d/bench.yaml <==" in done.lines
    assert "name: my-benchmark" in done.lines
    assert done.stderr.endswith("Dry run: nothing was written\n")
    assert list(place.iterdir()) == []


def test_nothing_is_overwritten_without_force(edgeenv, place):
    (place / "bench.yaml").write_text("mine")
    done = edgeenv("init")
    assert (done.status, done.stdout) == (1, "")
    assert "not overwritten, since already there: bench.yaml" in done.stderr
    assert [path.name for path in place.iterdir()] == ["bench.yaml"]
    assert edgeenv("init", "--force").status == 0


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("--model", "absent.onnx"), "Error: Model not found: absent.onnx"),
        (("--from-command", "./a | tee x"), "Error: the command holds |"),
        (("--from-command", "./a 'x"), "Error: the command cannot be split into words"),
        (("--name", "a\nb"), "Error: the name of a benchmark is one line of text"),
        (("--name", " "), "Error: the name of a benchmark is one line of text"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(edgeenv, place, words, error):
    done = edgeenv("init", "d", *words)
    assert done.status == 1
    assert done.stderr.startswith(error)
    assert "Hint: " in done.stderr
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("words", [("init",), ("init", "--from-command", "sleep 0")])
@pytest.mark.usefixtures("place")
def test_the_script_works_where_edgeenv_is_not_installed(edgeenv, words):
    assert edgeenv(*words).status == 0
    command = documents.load("bench.yaml").data["command"]
    own = shlex.split(command)[2:]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "bench.py", *own], capture_output=True, text=True, check=True
    )
    metrics = json.loads(done.stdout.splitlines()[-1].removeprefix("EDGEENV_METRICS_JSON="))
    assert 0 < metrics["latency_p50_ms"] <= metrics["latency_p95_ms"] <= metrics["latency_p99_ms"]


@pytest.mark.parametrize("name", ["init_command.py", "init_function.py"])
def test_the_script_is_read_by_an_old_python(name):
    """A board's own Python may be older than the one of EdgeEnv."""
    source = (EXAMPLES.parent / "templates" / name).read_text()
    ast.parse(source, feature_version=(3, 6))
    assert "annotations" not in source
    assert ":=" not in source


def test_no_name_of_the_host_is_written(edgeenv, place):
    assert edgeenv("init").status == 0
    host = os.uname().nodename
    assert host not in (place / "target.yaml").read_text()


def test_the_page_reads_well(edgeenv, place, txt_snapshot, monkeypatch):
    from edgeenv.starting.machine_names import MachineNames

    names = MachineNames("NVIDIA Jetson Orin Nano", "Ubuntu 22.04.5 LTS", "aarch64")
    monkeypatch.setattr("edgeenv.cli.init.machine_names", lambda: names)
    monkeypatch.setattr("edgeenv.cli.init.schema_place", lambda name, _directory: f"{name}.schema.json")
    (place / "yolo.tflite").write_bytes(b"weights")
    done = edgeenv("init", "--from-command", "./detect --threads 2 'a b' yolo.tflite", "--dry-run")
    assert done.stdout.partition("==> bench.py")[0] == txt_snapshot
