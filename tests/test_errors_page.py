"""The page of errors: what it lists is in the code, and what the code raises on the first path is listed."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from edgeenv.capture.failures import CODES
from edgeenv.cli.checking import NOT_READABLE
from edgeenv.errors import ExitStatus

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "guides" / "errors.md").read_text(encoding="utf-8")
PACKAGE = ROOT / "edgeenv"
# What a new user goes through from `init` to `report compare`.
FIRST_PATH = (
    "cli/bench.py",
    "cli/bench_plan.py",
    "cli/completion.py",
    "cli/init.py",
    "cli/output.py",
    "starting",
    "capture",
    "recording",
    "registry/access.py",
    "registry/examining.py",
    "registry/references.py",
    "registry/registry.py",
    "evidence/refusal.py",
    "evidence/stage.py",
    "evidence/store.py",
    "policy/chain.py",
    "policy/document.py",
    "resources.py",
)
GAP = "…"
ROW = re.compile(r"^\| (?P<messages>.*?) \| (?P<codes>.*?) \| (?P<cure>[^|]+) \|$", re.MULTILINE)
ROWS = [row for row in ROW.finditer(PAGE) if row["messages"] != "message" and "---" not in row["messages"]]


def quoted(cell):
    return re.findall(r"`([^`]+)`", cell)


def shape(node):
    """A text of the code with a gap for each value in it; None for what is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else GAP for part in node.values)
    return None


def modules():
    for name in FIRST_PATH:
        path = PACKAGE / name
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def raised_codes():
    found = {}
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "code" and isinstance(node.value, ast.Constant):
                found.setdefault(node.value.value, path.name)
    return found


SHAPES = {
    re.sub(f"[{GAP}]+", GAP, text)
    for path in PACKAGE.rglob("*.py")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    if (text := shape(node)) is not None
}


def occurs(message):
    """Is there a text in the code that can read so? A gap of the code may stand for words of the page."""
    wanted = message.removesuffix(GAP)
    return any(text.startswith(wanted) or fills(message, text) for text in SHAPES)


def fills(message, text):
    """Does the message say for each gap of the text a gap, or a noun that the code knows?"""
    found = re.fullmatch("(.+)".join(re.escape(part) for part in text.split(GAP)), message)
    return found is not None and all(word == GAP or word.lower() in SHAPES for word in found.groups())


LISTED = {code for row in ROWS for code in quoted(row["codes"])}
MESSAGES = [message for row in ROWS for message in quoted(row["messages"])]


def test_the_page_has_rows():
    assert len(ROWS) > 40
    assert all(row["cure"].strip() for row in ROWS)


@pytest.mark.parametrize("message", MESSAGES)
def test_a_listed_message_is_in_the_code(message):
    assert occurs(message)


def test_a_message_that_is_not_in_the_code_is_seen():
    assert not occurs("Modle not found: …")
    assert not occurs("the command holds …, which nobody understands")


@pytest.mark.parametrize(("code", "where"), sorted(raised_codes().items()))
def test_what_is_raised_on_the_first_path_is_listed(code, where):
    """Mend with a row in docs/guides/errors.md."""
    internal = {"not-a-json-value", "too-large"}
    assert code in LISTED | internal, f"{where} raises {code}"


def test_every_cause_of_a_failed_run_is_listed():
    assert CODES <= LISTED
    assert NOT_READABLE <= LISTED


def test_every_listed_code_is_in_the_code():
    source = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    made = {f"{line}-{end}" for line in ("metrics", "resource-metrics") for end in CODES} | CODES
    assert [code for code in sorted(LISTED) if f'"{code}"' not in source and code not in made] == []


def test_every_exit_status_is_in_the_table():
    table = PAGE.split("## Exit statuses")[1].split("```")[0]
    for status in ExitStatus:
        assert re.search(rf"\b{status.value}\b", table), status
