"""`schema path`, `schema export` and `schema validate` without a name: contracts for other tools."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cli_cases import EXAMPLES

from edgeenv import schema

REPOSITORY = EXAMPLES.parent
POLICY = REPOSITORY / "policies" / "default.yaml"


@pytest.fixture
def exported(tmp_path):
    return tmp_path / "new" / "schemas"


def test_the_path_is_that_of_a_file_which_holds_the_schema(edgeenv, tmp_path):
    done = edgeenv("schema", "path", "policy", cwd=tmp_path)
    assert (done.status, done.stderr) == (0, "")
    path = Path(done.stdout.removesuffix("\n"))
    assert path.is_absolute()
    assert path.read_text() == schema.text("policy")


def test_the_path_of_an_unknown_schema_is_refused(edgeenv):
    done = edgeenv("schema", "path", "polcy")
    assert (done.status, done.stdout) == (1, "")
    assert done.stderr == "Error: EdgeEnv ships no schema 'polcy'\nHint: did you mean 'policy'?\n"


def test_an_archive_has_no_paths_and_says_so(tmp_path):
    shutil.make_archive(str(tmp_path / "app"), "zip", REPOSITORY, "edgeenv")
    done = subprocess.run(
        [sys.executable, "-c", "from edgeenv.__main__ import main; main()", "schema", "path", "policy"],
        env={**os.environ, "PYTHONPATH": str(tmp_path / "app.zip")},
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert f"started from within the archive {tmp_path / 'app.zip'}" in done.stderr
    assert "Hint: install it: python -m pip install edgeenv" in done.stderr


def test_all_schemas_are_written_once(edgeenv, exported):
    done = edgeenv("schema", "export", exported)
    assert done.stdout == f"Schemas written to {exported}: {len(schema.names())}\n"
    assert {path.name: path.read_text() for path in exported.iterdir()} == {
        f"{name}.schema.json": schema.text(name) for name in schema.names()
    }
    before = {path: path.stat().st_mtime_ns for path in exported.iterdir()}
    again = edgeenv("schema", "export", exported)
    assert again.stdout == f"Schemas written to {exported}: 0, {len(schema.names())} already there\n"
    assert {path: path.stat().st_mtime_ns for path in exported.iterdir()} == before


def test_named_schemas_are_written_alone(edgeenv, exported):
    done = edgeenv("schema", "export", exported, "result", "policy", "result", "--json")
    document = json.loads(done.stdout)
    assert [(file["name"], file["written"]) for file in document["files"]] == [
        ("result", True),
        ("policy", True),
    ]
    assert sorted(path.name for path in exported.iterdir()) == ["policy.schema.json", "result.schema.json"]


@pytest.mark.parametrize("kind", ["file", "link", "directory"])
def test_what_is_there_is_not_overwritten_and_nothing_else_written(edgeenv, exported, kind):
    exported.mkdir(parents=True)
    taken = exported / "result.schema.json"
    if kind == "file":
        taken.write_text("mine")
    elif kind == "link":
        taken.symlink_to("nowhere")
    else:
        taken.mkdir()
    done = edgeenv("schema", "export", exported)
    assert (done.status, done.stdout) == (1, "")
    assert "result.schema.json holds something else, and nothing is overwritten" in done.stderr
    assert "--force" in done.stderr
    assert list(exported.iterdir()) == [taken]


def test_force_overwrites(edgeenv, exported):
    edgeenv("schema", "export", exported, "result")
    (exported / "result.schema.json").write_text("mine")
    done = edgeenv("schema", "export", exported, "result", "policy", "--force")
    assert done.stdout == f"Schemas written to {exported}: 2\n"
    assert (exported / "result.schema.json").read_text() == schema.text("result")


def test_an_unknown_name_exports_nothing(edgeenv, exported):
    done = edgeenv("schema", "export", exported, "result", "polcy")
    assert done.status == 1
    assert not exported.exists()


def test_a_directory_that_cannot_be_made_is_told(edgeenv, tmp_path):
    (tmp_path / "file").write_text("")
    done = edgeenv("schema", "export", tmp_path / "file" / "below")
    assert done.status == 1
    assert done.stderr.startswith("Error: cannot write ")


def test_a_file_is_held_against_the_contract_that_it_names(edgeenv, tmp_path):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(POLICY.read_text().replace("level: required", "level: requird", 1))
    listing = tmp_path / "list.json"
    listing.write_text(edgeenv("schema", "list", "--json").stdout)
    done = edgeenv("schema", "validate", POLICY, wrong, listing)
    assert done.status == 3
    assert done.stdout == f"Valid policy document: edgeenv-default\nValid schema-list document: {listing}\n"
    assert "did you mean 'required'?" in done.stderr
    assert "see: edgeenv schema show policy" in done.stderr


@pytest.mark.parametrize(
    ("text", "found", "said"),
    [
        ("a: 1\n", ("no-schema-version", 1), "--schema bench-config"),
        ("a: 1\nschema_version: edgeenv.polcy.v1\n", ("unsupported-schema-version", 2), "edgeenv.policy.v1"),
        (
            "schema_version: edgeenv.policy.v9\n",
            ("unsupported-schema-version", 1),
            "release knows edgeenv.policy.v1",
        ),
        ("schema_version: 1\n", ("unsupported-schema-version", 1), "found 1, expected the marker"),
        ("schema_version: [a]\n", ("unsupported-schema-version", 1), "expected the marker"),
    ],
    ids=["without", "misspelt", "future", "number", "list"],
)
def test_a_file_without_a_known_marker_is_refused(edgeenv, tmp_path, text, found, said):
    file = tmp_path / "some.yaml"
    file.write_text(text)
    done = edgeenv("schema", "validate", file)
    assert done.status == 3
    assert said in done.stderr
    (checked,) = json.loads(edgeenv("schema", "validate", file, "--json").stdout)["files"]
    assert checked["schema"] is None
    assert [(problem["code"], problem["line"]) for problem in checked["problems"]] == [found]


def test_a_file_that_cannot_be_read_outweighs_one_that_does_not_hold(edgeenv, tmp_path):
    (tmp_path / "bad.yaml").write_text("a: [\n")
    done = edgeenv("schema", "validate", tmp_path / "bad.yaml", tmp_path / "nowhere.yaml")
    assert done.status == 1
    assert "Invalid YAML in document" in done.stderr
    assert "Document not found" in done.stderr


@pytest.mark.parametrize(
    "words", [("show", ""), ("path", ""), ("export", "dir "), ("validate", "--schema ")], ids=lambda w: w[0]
)
def test_the_shell_completes_names(words):
    command, before = words
    typed = f"edgeenv schema {command} {before}target"
    done = subprocess.run(
        [sys.executable, "-m", "edgeenv"],
        env={
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "_EDGEENV_COMPLETE": "bash_complete",
            "COMP_WORDS": typed,
            "COMP_CWORD": str(len(typed.split()) - 1),
        },
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.stdout.split() == ["plain,target-profile"], done.stderr
