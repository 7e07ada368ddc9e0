"""The comparison as Markdown: true sample documents, and names that cannot break them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from jinja2 import UndefinedError
from report_cases import ALL, HOSTILE, NO, YES, A, rule

from edgeenv import resources
from edgeenv.model.finding import Finding
from edgeenv.model.judgement import Difference, Outcome
from edgeenv.report import markdown
from edgeenv.report.gate import Gate
from edgeenv.report.markdown import (
    LONGEST_COMMENT,
    compare_markdown,
    compare_summary,
    md,
    md_code,
    md_code_cell,
)

_FILTERS = ("md", "md_number", "md_code", "md_code_cell")


@pytest.mark.parametrize("case", ALL)
def test_compare_markdown(case, md_snapshot):
    assert compare_markdown(ALL[case]) == md_snapshot


def test_compare_markdown_explained(md_snapshot):
    assert compare_markdown(NO, explain=True) == md_snapshot


@pytest.mark.parametrize("case", ALL)
def test_compare_summary(case, md_snapshot):
    summary = compare_summary(ALL[case], Gate("same-condition", ("flagged",)))
    assert summary == md_snapshot
    assert summary.startswith("<!-- edgeenv:report-compare -->\n### Comparable: ")


def test_compare_summary_explained(md_snapshot):
    assert compare_summary(NO, Gate(), explain=True) == md_snapshot


def test_a_summary_fits_into_a_comment_whatever_was_recorded():
    long = "&|" * 5000
    many = tuple(Difference(f"{long}.{number}", long, [long]) for number in range(3000))
    rules = tuple(rule(f"r{number}", Outcome.DIFFERENT, [(long, long, "x")]) for number in range(300))
    judgement = NO.judgement._replace(unjudged=many, rules=rules, reasons=(long,) * 300, notes=(long,) * 300)
    huge = replace(NO, judgement=judgement, a=replace(A, run_id=long, description=long))
    for explain in (False, True):
        summary = compare_summary(huge, Gate("same-condition"), explain=explain)
        assert len(summary.encode()) <= LONGEST_COMMENT
        assert "more" in summary


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_breaks_no_summary(name):
    found, harmless = (compare_summary(poisoned(text), Gate()).split("\n") for text in (name, "x"))
    assert len(found) == len(harmless)
    assert all(line.isprintable() for line in found)
    assert sum(line.startswith("<") for line in found) == sum(line.startswith("<") for line in harmless)


def poisoned(name):
    bad = rule(name or "x", Outcome.DIFFERENT, [(name, name, [name])], reason=name)
    judgement = NO.judgement._replace(
        rules=(bad,),
        reasons=(name,),
        notes=(name,),
        advisories=(Finding("code", name),),
        unjudged=(Difference(name, name, {"k": name}),),
    )
    side = replace(A, run_id=name, description=name)
    return replace(NO, judgement=judgement, a=side)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_breaks_neither_table_nor_list(name):
    lines = compare_markdown(poisoned(name)).split("\n")
    harmless = compare_markdown(poisoned("x")).split("\n")
    assert len(lines) == len(harmless)
    for line, expected in zip(lines, harmless, strict=True):
        assert re.sub(r"\\.", "", line).count("|") == expected.count("|")
        assert line.isprintable()
        outside_code = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", line)
        assert not re.search(r"(?<!\\)[<>\[\]*~]", outside_code.replace("**", ""))
        assert "someone@" not in outside_code
        assert "http:" not in outside_code


def test_filters_escape_what_markdown_reads():
    assert md("a|b*c_d") == r"a\|b\*c\_d"
    assert md("1. x") == r"1\. x"
    assert md("1.0.0") == "1.0.0"
    assert md("- x") == r"\- x"
    assert md(" \n ") == "(none)"
    assert md("a: b") == "a: b"
    assert md("http://x") == r"http\://x"
    assert md_code("a`b") == "``a`b``"
    assert md_code("`") == "`` ` ``"
    assert md_code_cell("a|b") == r"`a\|b`"
    assert md("a@b.example") == "`a@b.example`"
    assert md("\\|a@b") == r"\\\|a\@b"
    assert md("\u202ex") == "\N{REPLACEMENT CHARACTER}x"


def test_every_value_in_a_template_passes_a_filter():
    for name in resources.names("templates", ".md.j2"):
        source = resources.read_text("templates", f"{name}.md.j2")
        values = re.findall(r"\{\{(.*?)\}\}", source)
        assert values
        for value in values:
            assert value.rsplit("|", 1)[-1].strip() in _FILTERS, f"{name}: {value}"


def test_a_misspelled_member_is_an_error_and_not_an_empty_place():
    template = markdown._environment().from_string("{{ judgement.verdct | md }}")
    with pytest.raises(UndefinedError):
        template.render(judgement=YES.judgement)
