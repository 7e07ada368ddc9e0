"""CONTRIBUTING names files, tests and words of the code that are really there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
CODE = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL))
NAMED = sorted({word for word in CODE if re.fullmatch(r"[\w./-]+/[\w./-]*|[\w-]+\.(toml|yml|md)", word)})
HOW_TO = (
    "A rule of a shipped policy",
    "A matcher",
    "A sampler",
    "A field of a document",
    "A command",
    "A page",
)


def test_a_reader_finds_every_place():
    absent = {"invalid/"}  # of tests/documents/, which is named before it
    if not (ROOT / ".ci").is_dir():
        absent.add(".ci/run")  # the source distribution
    missing = {name for name in NAMED if "NAME" not in name and not (ROOT / name).exists()}
    assert missing <= absent


def test_how_to_add_what_people_add():
    assert re.findall(r"^### (.+)$", PAGE, re.MULTILINE) == list(HOW_TO)


@pytest.mark.parametrize(
    ("file", "word"),
    [
        ("edgeenv/policy/matchers.py", "Matcher: TypeAlias"),
        ("edgeenv/policy/matchers.py", "def canonical("),
        ("edgeenv/policy/matchers.py", "def words("),
        ("edgeenv/policy/reading.py", "def matcher_of("),
        ("edgeenv/capture/samplers/base.py", "class Sampler("),
        ("edgeenv/capture/samplers/base.py", "sysroot:"),
        ("edgeenv/capture/samplers/process_tree.py", "SAMPLER = "),
        ("edgeenv/cli/examples.py", "EXAMPLES"),
    ],
)
def test_the_words_of_the_code_that_it_names_are_there(file, word):
    assert word in (ROOT / file).read_text(encoding="utf-8")
