"""Listings and comparisons with names of any length and script: on a terminal, in a pipe, without colours."""

from __future__ import annotations

import re

import pytest
from cli_cases import write_config
from terminal import on_terminal

from edgeenv.report.width import display_width

KOREAN = "야간 화재 감지 모델 경량화 버전"
LONG = "detector-" + "very-" * 30 + "long"
WORDS = ("bench", "run", "--target", "target.yaml", "--config", "bench.yaml")
CALLS = {
    "list": ("runs", "list"),
    "korean": ("report", "compare", "latest~3", "latest~2"),
    "mixed": ("report", "compare", "latest~3", "latest~1"),
    "long": ("report", "compare", "latest~1", "latest", "--explain"),
}


@pytest.fixture
def named(edgeenv, workplace, monkeypatch):
    """Four runs: two of a model with a Korean name, two of one with an endless name."""
    # Made-up numbers and no conditions: nothing of this machine shows.
    profile = (workplace / "target.yaml").read_text().replace("target_type: local", "target_type: fake")
    (workplace / "target.yaml").write_text(profile)
    for model in (KOREAN, KOREAN, LONG, LONG):
        write_config(workplace, name=f'"{model} / 벤치마크"')
        text = (workplace / "bench.yaml").read_text().replace("model_name: tiny", f'model_name: "{model}"')
        (workplace / "bench.yaml").write_text(text)
        assert edgeenv(*WORDS).status == 0
    monkeypatch.setenv("EDGEENV_ROOT", str(workplace / ".edgeenv"))
    return workplace


def steady(text):
    text = re.sub(r"run-[0-9]{8}-[0-9]{6}-[0-9a-f]{8}", "run-20260507-122153-0a1b2c3d", text)
    text = re.sub(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}", "2026-05-07 12:21:53", text)
    return re.sub(r"(sha256:|jdg-|[( ])[0-9a-f]{12,64}\b", r"\1<digest>", text)


@pytest.mark.parametrize("call", CALLS)
def test_names_of_any_kind_stay_in_their_lines(edgeenv_process, named, call, txt_snapshot):
    shown = edgeenv_process(*CALLS[call], cwd=named)
    assert (shown.status, shown.stderr) == (0, "")
    assert steady(shown.stdout) == txt_snapshot
    for line in shown.lines:
        assert display_width(line) <= 80 or LONG in line


def test_a_terminal_a_pipe_and_no_colour_are_shown_the_same(edgeenv_process, named):
    for words in CALLS.values():
        piped = edgeenv_process(*words, cwd=named).stdout
        for env in ({"COLUMNS": "40"}, {"NO_COLOR": "1"}, {"TERM": "dumb"}, {"FORCE_COLOR": "1"}):
            assert edgeenv_process(*words, cwd=named, env=env).stdout == piped
        status, shown = on_terminal(*words)
        assert status == 0
        assert shown.replace("\r\n", "\n") == piped


def test_columns_stand_under_their_headings(edgeenv_process, named):
    heading, _, *lines = edgeenv_process("runs", "list", cwd=named).lines
    firsts = [line for line in lines if line.startswith("run-")]
    assert len(firsts) == 4
    for line in firsts:
        assert line.removesuffix("  synthetic")[: len(heading)] == line.removesuffix("  synthetic")
        assert line[heading.index("Created")] == "2"
