"""A path that no file system can hold is told like any other path that leads nowhere."""

from __future__ import annotations

import pytest
from cli_cases import write_config

from edgeenv.capture.command import find_program
from edgeenv.capture.presence import is_directory, is_file, is_there

LONG = "a" * 5000
CASES = {
    "program": ({"command": LONG}, "", "program-missing"),
    "program with a directory": ({"command": f"./{LONG}"}, "", "program-missing"),
    "model": ({"model": LONG}, "", "model-missing"),
    "directory": ({}, f"working_directory: {LONG}\n", "working-directory-missing"),
}


def test_it_is_nowhere(tmp_path):
    for path in (tmp_path / LONG, tmp_path / "absent"):
        assert (is_file(path), is_directory(path), is_there(path)) == (False, False, False)
    (tmp_path / "file").touch()
    assert (is_file(tmp_path / "file"), is_directory(tmp_path), is_there(tmp_path)) == (True, True, True)
    assert find_program(LONG, {"PATH": "/usr/bin"}, tmp_path) is None


@pytest.mark.parametrize("case", CASES)
def test_validation_warns_of_it(edgeenv, workplace, case):
    values, more, code = CASES[case]
    write_config(workplace, more, **values)
    done = edgeenv("bench", "validate", "bench.yaml", "--json")
    assert done.status == 0
    assert f'"code": "{code}"' in done.stdout


@pytest.mark.parametrize("case", ["program", "program with a directory", "directory"])
@pytest.mark.parametrize("more_words", [(), ("--dry-run",)], ids=["run", "dry run"])
def test_a_run_fails_like_any_other(edgeenv, workplace, case, more_words):
    values, more, _ = CASES[case]
    write_config(workplace, more, **values)
    done = edgeenv("bench", "run", "--target", "target.yaml", "--config", "bench.yaml", *more_words)
    assert done.status == 1
    assert "Error: " in done.stderr
    assert "this is a bug" not in done.stderr


def test_a_model_of_such_a_name_has_no_identity(edgeenv, workplace):
    write_config(workplace, model=LONG)
    assert edgeenv("bench", "run", "--target", "target.yaml", "--config", "bench.yaml").status == 0
    assert '"hash_basis": "missing"' in edgeenv("runs", "show", "latest", "--json").stdout
