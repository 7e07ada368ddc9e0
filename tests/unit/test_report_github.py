"""Workflow commands of GitHub Actions: right kinds, and nothing in a value becomes a command."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_cases import ALL, CONDITIONAL, FLAGGED, GATES, HOSTILE, INDETERMINATE, NO, YES, rule

from edgeenv.model.finding import Finding
from edgeenv.model.judgement import Outcome
from edgeenv.report.gate import Gate
from edgeenv.report.github import Annotation, comparison_annotations

NO_GATE = Gate()
COMMAND = re.compile(r"::(?P<kind>error|warning|notice) (?P<properties>[^:]*)::(?P<data>.*)")


def lines(comparison, gate=NO_GATE, **options):
    return list(comparison_annotations(comparison, gate, **options))


def unescaped(text):
    """What a runner makes of a property; data knows no %3A and %2C of its own."""
    for escaped, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escaped, character)
    return text


def kinds(comparison, gate=NO_GATE):
    return [COMMAND.fullmatch(line)["kind"] for line in lines(comparison, gate)]


@pytest.mark.parametrize("case", ALL)
def test_annotations(case, txt_snapshot):
    assert "\n".join(lines(ALL[case])) + "\n" == txt_snapshot
    assert all(COMMAND.fullmatch(line) for line in lines(ALL[case], explain=True))


def test_a_gate_makes_errors():
    assert kinds(YES) == ["notice"]
    assert kinds(NO) == ["warning"] * 3
    assert kinds(CONDITIONAL, Gate("conditional")) == ["warning"] * 2
    assert kinds(CONDITIONAL, Gate("same-condition")) == ["error"] * 2
    assert kinds(INDETERMINATE, Gate(None, ("indeterminate",))) == ["error", "error", "notice"]
    assert kinds(FLAGGED) == ["warning", "notice"]
    assert kinds(FLAGGED, Gate(None, ("flagged",))) == ["error", "notice"]


@pytest.mark.parametrize("case", ALL)
def test_an_error_stands_there_exactly_when_the_gate_fails(case):
    for gate in GATES:
        assert ("error" in kinds(ALL[case], gate)) is (gate.status(ALL[case].judgement) != 0), gate


def test_explain_tells_every_rule():
    assert len(lines(YES, explain=True)) == 1 + len(YES.judgement.rules)


@given(st.text(), st.text())
def test_a_command_stays_one_line_and_its_title_one_property(title, text):
    line = Annotation("error", title, text).command()
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    found = COMMAND.fullmatch(line)
    assert "," not in found["properties"]
    if title.isprintable():
        assert unescaped(found["properties"]) == f"title={title}"


def test_what_a_runner_reads_is_escaped():
    assert Annotation("warning", "a:b,c%", "100%\r\n::error::x").command() == (
        "::warning title=a%3Ab%2Cc%25::100%25%0D%0A::error::x"
    )
    assert (
        Annotation("error", "t", "x", "a,b.yaml", 3).command() == "::error file=a%2Cb.yaml,line=3,title=t::x"
    )


@pytest.mark.parametrize("text", [*HOSTILE, "::stop-commands::x", "%0A::error::x"])
def test_outside_text_begins_no_command(text):
    bad = rule(text or "x", Outcome.DIFFERENT, [(text, text, "other")], reason=text or "r")
    judgement = NO.judgement._replace(rules=(bad,), reasons=(text,), advisories=(Finding("code", text),))
    for line in lines(replace(NO, judgement=judgement)):
        assert COMMAND.fullmatch(line)
        assert "%0A::error::x" not in line.replace("%250A::error::x", "")


def test_no_more_than_a_runner_shows():
    rules = tuple(rule(f"r{number}", Outcome.DIFFERENT, [("x", 1, 2)]) for number in range(30))
    found = lines(replace(NO, judgement=NO.judgement._replace(rules=rules)))
    assert len(found) == 10
    assert found[-1].startswith("::warning title=EdgeEnv%3A 22 more::Different r8, ")
