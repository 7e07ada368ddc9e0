"""What README shows before its tour is what the tour gives."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_capture_on_top_is_of_a_comparison_that_is_executed_below():
    capture = blocks("text")[0]
    assert capture.startswith("$ edgeenv report compare ")
    assert any(capture in block for block in blocks("console"))


def test_the_line_on_top_switches_the_language():
    assert README.splitlines()[0] == "English | [한국어](docs/ko/README.md)"


def test_the_python_block_runs_and_prints_the_marker(capsys):
    (example,) = blocks("python")
    exec(compile(example, "README.md", "exec"), {})  # noqa: S102 - our own page
    assert capsys.readouterr().out.lstrip().startswith("EDGEENV_METRICS_JSON={")
