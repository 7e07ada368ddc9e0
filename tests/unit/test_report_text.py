"""The comparison as a terminal shows it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from report_cases import ALL, CONDITIONAL, HOSTILE, INDETERMINATE, NO, YES

from edgeenv.cli.output import clean
from edgeenv.model.judgement import Difference
from edgeenv.report.text import comparison_lines


def text_of(comparison, **options):
    return "\n".join(clean(line) for line in comparison_lines(comparison, **options)) + "\n"


@pytest.mark.parametrize("case", ALL)
def test_comparison_text(case, txt_snapshot):
    assert text_of(ALL[case]) == txt_snapshot


@pytest.mark.parametrize("case", ALL)
def test_comparison_text_explained(case, txt_snapshot):
    assert text_of(ALL[case], explain=True) == txt_snapshot


def test_the_first_lines_are_those_of_the_contract():
    assert list(comparison_lines(YES))[:6] == [
        "Comparable: Yes",
        "Mode: same-condition",
        "Reason:",
        "- Same model hash",
        "- Same input shape",
        "Metrics Delta:",
    ]
    assert list(comparison_lines(NO))[:3] == ["Comparable: No", "Reason:", "- Different model hash"]


def test_no_metric_is_named_unless_the_condition_is_the_same():
    for case in (NO, CONDITIONAL, INDETERMINATE):
        smuggled = replace(case, judgement=case.judgement._replace(deltas=YES.judgement.deltas))
        assert "latency" not in text_of(smuggled, explain=True)


def test_sections_without_content_are_left_out():
    plain = replace(YES, judgement=YES.judgement._replace(unjudged=()))
    assert "Advisories:" not in text_of(plain)
    assert "Unjudged" not in text_of(plain)


def test_a_verdict_without_reasons_still_says_why():
    bare = replace(YES, judgement=YES.judgement._replace(reasons=()))
    assert "Reason:\n- No rule of the policy came out different\n" in text_of(bare)


def test_lines_fit_a_narrow_terminal():
    for case in ALL.values():
        assert all(len(line) <= 80 for line in text_of(case, explain=True).splitlines())


@pytest.mark.parametrize("name", HOSTILE)
def test_outside_text_stays_on_its_line(name):
    hostile = (Difference("env.kernel", name, "x"),)
    plain = (Difference("env.kernel", "y", "x"),)
    lines, expected = (
        text_of(replace(YES, judgement=YES.judgement._replace(unjudged=unjudged))).splitlines()
        for unjudged in (hostile, plain)
    )
    assert len(lines) == len(expected)
    assert all(line.isprintable() for line in lines)
