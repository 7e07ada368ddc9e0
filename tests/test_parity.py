"""The page of counterparts: every command parses, every file is there, every test that it names exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import click
import pytest

from edgeenv.cli.commands import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "parity.md"
LEAVES = {words: entry for top in COMMANDS for words, entry in top.leaves()}
FOLDERS = ("examples/", "schemas/", "policies/", "docs/", "tests/", ".ci/")


def rows():
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    cells = [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("| ")
    ]
    return [row for row in cells if row[0] != "theirs"]


def code(cell):
    return re.findall(r"`([^`]+)`", cell)


COMMAND_WORDS = [word for row in rows() for word in code(row[1]) if word.startswith("edgeenv ")]
FILES = [word for row in rows() for word in code(row[1]) if word.startswith(FOLDERS)]
TESTS = sorted({word for row in rows() for word in code(row[2])})


def faults_of(command):
    """What of a command line our table of commands does not know."""
    words = command.split()[1:]
    plain = tuple(word for word in words if not word.startswith("-"))
    entry = LEAVES.get(plain)
    if entry is None:
        return [f"no command {' '.join(plain)}"]
    known = {
        name for option in entry.load().params if isinstance(option, click.Option) for name in option.opts
    }
    return [f"no option {word}" for word in words if word.startswith("-") and word not in known]


def is_there(test):
    name, _, function = test.partition("::")
    path = ROOT / name
    if not path.is_file():
        return False
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_row_says_theirs_ours_and_the_test():
    for row in rows():
        assert len(row) == 3, row
        assert all(row), row


@pytest.mark.parametrize("command", sorted(set(COMMAND_WORDS)))
def test_a_counterpart_is_a_command_with_these_options(command):
    assert faults_of(command) == []


@pytest.mark.parametrize("path", sorted(set(FILES)))
def test_a_counterpart_is_a_file(path):
    if path.startswith(".ci/") and not (ROOT / ".ci").is_dir():
        pytest.skip("the source distribution has no .ci")
    assert (ROOT / path).is_file()


@pytest.mark.parametrize("test", TESTS)
def test_a_test_that_is_named_exists(test):
    assert is_there(test)


def test_every_example_of_the_contract_is_on_the_page():
    """The earlier system's thirteen configs and four profiles, all of them still shipped."""
    assert len({path for path in FILES if path.startswith("examples/benches/")}) == 13
    assert len({path for path in FILES if path.startswith("examples/profiles/")}) == 4


def test_what_does_not_exist_is_found():
    assert faults_of("edgeenv runs rank") == ["no command runs rank"]
    assert faults_of("edgeenv runs list --score") == ["no option --score"]
    assert not is_there("tests/test_parity.py::test_nothing")
