"""The pages keep their word: console blocks are executed, links lead somewhere, JSON and YAML blocks parse.

In a ``console`` block a line that starts with ``$ `` is a command, which goes on in lines that start with
``> ``; the lines after it are its output.
Run ids, times and digests may differ; ``...`` stands for any text, also over several lines. A block whose
first line is ``# not executed: REASON`` is left alone.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BESIDE = [ROOT / name for name in ("README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES = [*BESIDE, *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(?P<kind>[a-z]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]+`")
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
VARYING = (
    (re.compile(r"run-[0-9]{8}-[0-9]{6}-[0-9a-f]{8}"), "<run>"),
    (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+(Z|\+00:00)?"), "<time>"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "<digest>"),
    (re.compile(r"\bsha256:[0-9a-f]{12}\b"), "<short digest>"),
)


@dataclass(frozen=True)
class Step:
    command: str
    expected: str
    line: int


def blocks(page: Path, kind: str) -> list[tuple[str, int]]:
    text = page.read_text(encoding="utf-8")
    return [
        (match["body"], text[: match.start()].count("\n") + 2)
        for match in FENCE.finditer(text)
        if match["kind"] == kind
    ]


def steps(page: Path) -> list[Step]:
    found = []
    for body, first in blocks(page, "console"):
        if body.startswith("# not executed: "):
            continue
        command, line, output = None, 0, []
        for number, text in enumerate(body.splitlines(), first):
            if text.startswith("$ "):
                if command is not None:
                    found.append(Step(command, "\n".join(output), line))
                command, line, output = text[2:], number, []
            elif (text == ">" or text.startswith("> ")) and command is not None and not output:
                command += f"\n{text[2:]}"
            else:
                output.append(text)
        if command is not None:
            found.append(Step(command, "\n".join(output), line))
    return found


def normal(text: str) -> str:
    for pattern, token in VARYING:
        text = pattern.sub(token, text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


# Told of any comparison that is made while the machine is busy, as it may be while the pages are tested.
BUSY = re.compile(
    r"^- (A|B|A and B) ran while more processes wanted a CPU [^\n]*\n(  [^\n]*\n)*", re.MULTILINE
)


def calm(text: str) -> str:
    """The text as a machine with nothing else to do would have said it."""
    return re.sub(r"^Advisories:\n\n", "", BUSY.sub("", text), flags=re.MULTILINE)


def matches(expected: str, actual: str) -> bool:
    parts = [re.escape(part) for part in normal(expected).split("...")]
    return re.fullmatch(".*".join(parts), normal(actual), re.DOTALL) is not None


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A place that looks like the repository root to a reader of the pages, with an ``edgeenv`` on PATH."""
    for name in ("examples", "policies", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / name)
    programs = tmp_path / "bin"
    programs.mkdir()
    shim = programs / "edgeenv"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m edgeenv "$@"\n', encoding="utf-8")
    shim.chmod(0o755)
    # The interpreter's directory is named as it is: a link to it from elsewhere would leave its environment.
    path = (str(programs), str(Path(sys.executable).parent), os.environ["PATH"])
    monkeypatch.setenv("PATH", os.pathsep.join(path))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("EDGEENV_ROOT", raising=False)
    return tmp_path


# The blocks of a Korean page are those of the English one: tests/test_korean.py.
EXECUTED = [page for page in PAGES if page.parent.name != "ko" and steps(page)]


@pytest.mark.parametrize("page", EXECUTED, ids=lambda page: str(page.relative_to(ROOT)))
def test_console_blocks_do_what_they_show(page, checkout):
    for step in steps(page):
        done = subprocess.run(
            ["bash", "-c", step.command],
            cwd=checkout,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
            check=False,
        )
        actual = calm(done.stdout.decode("utf-8").replace(str(checkout), "~/edgeenv"))
        assert matches(step.expected, actual), (
            f"{page.relative_to(ROOT)}:{step.line}: $ {step.command}\n--- the page\n{step.expected}\n"
            f"--- now\n{actual}"
        )


def anchors(text: str) -> set[str]:
    """The places of a page that can be linked to, named as a forge and the site name them."""
    found: dict[str, int] = {}
    for heading in re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE):
        shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", shown.strip().lower()).replace(" ", "-")
        count = found.get(name, 0)
        found[name] = count + 1
        if count:
            found[f"{name}-{count}"] = 1
    return set(found)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_inside_the_repository_lead_somewhere(page):
    text = CODE.sub("", FENCE.sub("", page.read_text(encoding="utf-8")))
    for match in LINK.finditer(text):
        target, _, anchor = match["target"].partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        there = (page.parent / target).resolve() if target else page
        assert there.exists(), f"{page.name} links to {target}"
        assert there.is_relative_to(ROOT), f"{page.name} links to {target}, outside the repository"
        if anchor and there.suffix == ".md":
            held = anchors(there.read_text(encoding="utf-8"))
            assert anchor in held, f"{page.name} links to {target}#{anchor}"


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("# One two\n", {"one-two"}),
        ("## `runs list` & friends\n", {"runs-list--friends"}),
        ("## A\n## A\n", {"a", "a-1"}),
        ("## See [there](x.md#y)\n", {"see-there"}),
        ("# 판정 근거\n", {"판정-근거"}),
        ("```bash\n# a comment\n```\n", set()),
    ],
)
def test_anchors_are_those_of_a_forge(text, held):
    assert anchors(text) == held


def test_a_busy_machine_is_not_told_of_and_nothing_else_is_hidden():
    told = (
        "- A and B ran while more processes wanted a CPU than there were CPUs: the\n  numbers may be slow\n"
    )
    assert calm(f"a\n\nAdvisories:\n{told}\nRuns:\n") == "a\n\nRuns:\n"
    assert calm(f"Advisories:\n{told}- A: other\n\nRuns:\n") == "Advisories:\n- A: other\n\nRuns:\n"


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        ("Run ID: run-20260101-000000-aaaaaaaa", "Run ID: run-20270202-010101-0123abcd", True),
        ("Latency mean: ... ms", "Latency mean: 12.5 ms", True),
        ("Latency mean: ... ms", "Latency mean: 12.5 s", False),
        ("a\n...\nz", "a\nb\nc\nz", True),
        ("a", "a\nb", False),
    ],
)
def test_the_comparison_of_outputs_can_fail(expected, actual, same):
    assert matches(expected, actual) is same
