"""`profile validate`, `bench validate` and `schema …`: every problem of every file."""

from __future__ import annotations

import json
import os

import pytest
from cli_cases import EXAMPLES, TARGET, write_config

from edgeenv import schema


@pytest.mark.usefixtures("workplace")
def test_valid_files_are_named(edgeenv):
    done = edgeenv("bench", "validate", "bench.yaml")
    assert (done.status, done.stdout, done.stderr) == (0, "Valid benchmark config: tiny-bench\n", "")
    done = edgeenv("profile", "validate", "target.yaml")
    assert (done.status, done.stdout, done.stderr) == (0, "Valid target profile: bench-1\n", "")


@pytest.mark.parametrize("kind", ["bench", "profile"])
def test_all_shipped_examples_are_valid(edgeenv, kind):
    folder = EXAMPLES / {"bench": "benches", "profile": "profiles"}[kind]
    files = sorted(folder.glob("*.yaml"))
    done = edgeenv(kind, "validate", *files, cwd=EXAMPLES.parent)
    assert done.status == 0, done.stderr
    assert len(done.lines) == len(files)


def test_every_problem_of_every_file_is_shown(edgeenv, workplace):
    write_config(workplace, command="python 'x")
    text = (workplace / "bench.yaml").read_text()
    (workplace / "bad.yaml").write_text(
        text.replace("runtime:", "runtim:").replace("batch_size: 1", 'batch_size: "1"')
    )
    (workplace / "worse.yaml").write_text("name: a\nname: b\ncommand: &x y\n")
    write_config(workplace)
    done = edgeenv("bench", "validate", "bad.yaml", "bench.yaml", "worse.yaml")
    assert done.status == 3
    assert done.stdout == "Valid benchmark config: tiny-bench\n"
    for expected in (
        "Error: Invalid benchmark config bad.yaml: 4 problems",
        "bad.yaml:1:1: $.runtime: ",
        "bad.yaml:2:10: $.command: ",
        "bad.yaml:10:1: $.runtim: ",
        "did you mean 'runtime'?",
        "bad.yaml:13:13: $.batch_size: ",
        "Hint: Check required benchmark YAML fields",
        "Error: Invalid YAML in benchmark config worse.yaml",
        "worse.yaml:2:1: $.name: ",
        "worse.yaml:3:10: $.command: ",
    ):
        assert expected in done.stderr
    for word in ("command", "timeout_seconds", "working_directory", "uppercase extra_env keys"):
        assert word in done.stderr


def test_a_profile_of_an_unknown_type_is_told_what_there_is(edgeenv, workplace):
    (workplace / "target.yaml").write_text(TARGET.replace("local", "ssh"))
    done = edgeenv("profile", "validate", "target.yaml")
    assert done.status == 3
    assert "Error: Invalid target profile target.yaml: 1 problem\n" in done.stderr
    assert "target.yaml:2:14: $.target_type: " in done.stderr
    assert "v1 target_type values are fake and local" in done.stderr


@pytest.mark.parametrize(
    ("content", "status", "error"),
    [
        (None, 1, "Target profile not found: x.yaml"),
        (b"", 3, "Target profile must be a YAML mapping: x.yaml"),
        (b"- a\n", 3, "Target profile must be a YAML mapping: x.yaml"),
        (b"a: [\n", 3, "Invalid YAML in target profile x.yaml at line 2, column 1: "),
        (b"\xff\xfe\x00", 3, "Invalid YAML in target profile x.yaml"),
        (b"a: !!python/object:os.system x\n", 3, "Invalid YAML in target profile x.yaml"),
    ],
    ids=["absent", "empty", "list", "syntax", "bytes", "tag"],
)
def test_what_is_no_profile_at_all(edgeenv, workplace, content, status, error):
    if content is not None:
        (workplace / "x.yaml").write_bytes(content)
    done = edgeenv("profile", "validate", "x.yaml")
    assert done.status == status
    assert done.stderr.startswith(f"Error: {error}")
    assert "Traceback" not in done.stderr


def test_a_directory_and_a_named_pipe_are_refused(edgeenv, workplace):
    os.mkfifo(workplace / "pipe.yaml")
    for name in (".", "pipe.yaml"):
        done = edgeenv("bench", "validate", name)
        assert done.status == 1
        assert f"Error: Benchmark config cannot be read: {name}: found a" in done.stderr


def test_a_file_that_cannot_be_read_outweighs_one_that_does_not_hold(edgeenv, workplace):
    (workplace / "bad.yaml").write_text("a: 1\n")
    assert edgeenv("bench", "validate", "bad.yaml", "nowhere.yaml").status == 1
    assert edgeenv("bench", "validate", "bad.yaml").status == 3


def test_the_json_form_says_the_same(edgeenv, workplace):
    (workplace / "bad.yaml").write_text("name: a\nname: b\n")
    done = edgeenv("bench", "validate", "bench.yaml", "bad.yaml", "nowhere.yaml", "--json")
    assert (done.status, done.stderr) == (1, "")
    document = json.loads(done.stdout)
    assert next(iter(document)) == "schema_version"
    assert document["schema_version"] == "edgeenv.validation.v1"
    good, bad, absent = document["files"]
    assert good == {
        "file": "bench.yaml",
        "schema": "bench-config",
        "valid": True,
        "name": "tiny-bench",
        "error": None,
        "problems": [],
        "warnings": [],
    }
    assert not bad["valid"]
    assert bad["problems"][0]["code"] == "duplicate-key"
    assert (bad["problems"][0]["line"], bad["problems"][0]["column"]) == (2, 1)
    assert absent["problems"][0]["code"] == "not-found"


def test_what_this_machine_lacks_is_a_warning(edgeenv, workplace):
    (workplace / "model.onnx").unlink()
    write_config(
        workplace, "extra_env:\n  HUB_API_TOKEN: s3cret\n  MONKEY: x\n", command="no-such-program --x"
    )
    done = edgeenv("bench", "validate", "bench.yaml")
    assert (done.status, done.stdout) == (0, "Valid benchmark config: tiny-bench\n")
    assert "Warning: bench.yaml:6:1: $.model_path: found no model " in done.stderr
    assert "Warning: bench.yaml:2:1: $.command: found no program 'no-such-program'" in done.stderr
    assert "$.extra_env.HUB_API_TOKEN: the variable HUB_API_TOKEN looks like a secret" in done.stderr
    assert "MONKEY" not in done.stderr
    assert "s3cret" not in done.stderr


def test_the_model_is_looked_for_where_the_command_runs(edgeenv, workplace):
    (workplace / "sub").mkdir()
    (workplace / "model.onnx").rename(workplace / "sub" / "model.onnx")
    write_config(workplace, "working_directory: sub\n")
    assert edgeenv("bench", "validate", "bench.yaml").stderr == ""
    write_config(workplace, "working_directory: nowhere\n")
    assert "$.working_directory: found no directory" in edgeenv("bench", "validate", "bench.yaml").stderr


@pytest.mark.usefixtures("workplace")
def test_schemas_are_listed_shown_and_applied(edgeenv):
    listed = edgeenv("schema", "list")
    assert listed.status == 0
    assert set(schema.names()) <= {line.split()[0] for line in listed.lines}
    names = [entry["name"] for entry in json.loads(edgeenv("schema", "list", "--json").stdout)["schemas"]]
    assert tuple(names) == schema.names()
    shown = edgeenv("schema", "show", "judgement")
    assert shown.stdout == schema.text("judgement")
    assert edgeenv("schema", "validate", "--schema", "bench-config", "bench.yaml").status == 0
    wrong = edgeenv("schema", "validate", "--schema", "policy", "bench.yaml")
    assert wrong.status == 3
    assert "bench.yaml:1:1: $" in wrong.stderr


@pytest.mark.usefixtures("workplace")
def test_an_unknown_schema_is_told_what_there_is(edgeenv):
    for words in (("show", "polcy"), ("validate", "--schema", "polcy", "bench.yaml")):
        done = edgeenv("schema", *words)
        assert done.status == 1
        assert "did you mean" in done.stderr
