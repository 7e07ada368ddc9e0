"""Reports as Markdown or HTML, from the shipped templates; the only importer of Jinja2.

HTML escaping does not help in Markdown, so there autoescape is off and every value passes one of the filters
here. In HTML every value is escaped by itself.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, FunctionLoader, StrictUndefined

from edgeenv import resources
from edgeenv.report import comparison as facts
from edgeenv.report.judgement_id import shortened
from edgeenv.report.remedy import axis_line, grouped, perhaps_words, step_words

if TYPE_CHECKING:
    from edgeenv.report.comparison import Comparison
    from edgeenv.report.gate import Gate

_SPACE = re.compile(r"[\s\x85\u2028\u2029]+")
_INLINE = re.compile(r"([\\`*_{}\[\]<>|~&#!$@^]|:(?=\S))")
_EMAIL = re.compile(r"\w@\w")
_WWW = re.compile(r"\b(www)\.", re.IGNORECASE)
_LIST_MARKER = re.compile(r"^([-+=])")
_ORDERED_MARKER = re.compile(r"^([0-9]{1,9})([.)])(?=\s|$)")
_BACKSLASH_PIPE = "\\|"
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_NOTHING = "(none)"
LONGEST_COMMENT = 60_000
"""Bytes of a summary; the forges take 65,536 characters and more."""
# How many rows of each table a summary shows; fewer when it would be too long.
_ROWS = (40, 10, 0)
_SHORT = 120


def compare_markdown(comparison: Comparison, *, explain: bool = False) -> str:
    """A comparison as a Markdown document; ``explain`` shows every rule, not only those that fail."""
    judgement = comparison.judgement
    shown = [(rule, field) for rule in judgement.rules for field in rule.fields]
    return markdown_from(
        "compare.md.j2",
        judgement=judgement,
        a=comparison.a,
        b=comparison.b,
        deltas=[facts.delta_texts(delta) for delta in facts.shown_deltas(judgement)],
        rule_fields=shown if explain else facts.failing_fields(judgement),
        rest=facts.rest_of_rules(judgement) if not explain else "",
        explain=explain,
        extends=facts.extends_words(judgement),
        axis=axis_line(judgement),
        remedy=[
            (heading, [(step, step_words(step, judgement.axis)) for step in steps])
            for heading, steps in grouped(judgement)
        ],
        perhaps=[perhaps_words(more) for more in judgement.remedy.perhaps] if judgement.remedy else [],
        id=shortened(comparison.id),
    )


def compare_summary(comparison: Comparison, gate: Gate, *, explain: bool = False) -> str:
    """A comparison as a comment on a change: the verdict first, details folded, never longer than one holds.

    Its first line is invisible and always the same, so that a later summary can take its place.
    """
    judgement = comparison.judgement
    shown = [(rule, field) for rule in judgement.rules for field in rule.fields]
    steps = [(heading, step) for heading, group in grouped(judgement) for step in group]
    perhaps = judgement.remedy.perhaps if judgement.remedy else ()
    for limit in _ROWS:
        text = markdown_from(
            "compare_summary.md.j2",
            judgement=judgement,
            a=comparison.a,
            b=comparison.b,
            complaints=gate.complaints(judgement),
            deltas=[facts.delta_texts(delta) for delta in facts.shown_deltas(judgement)],
            rule_fields=shown if explain else facts.failing_fields(judgement),
            axis=axis_line(judgement),
            steps=[(heading, step, step_words(step, judgement.axis)) for heading, step in steps],
            perhaps=[perhaps_words(more) for more in perhaps],
            extends=facts.extends_words(judgement),
            id=shortened(comparison.id),
            explain=explain,
            limit=limit,
        )
        if len(text.encode()) <= LONGEST_COMMENT:
            break
    return text


def markdown_from(template: str, **values: object) -> str:
    """Fill a shipped Markdown template, in which every value passes one of the filters below."""
    return _environment().get_template(template).render(values)


def html_from(template: str, **values: object) -> str:
    """Fill a shipped HTML template: every value becomes one line of harmless text, whatever it holds."""
    return _html_environment().get_template(template).render(values)


def md(value: object) -> str:
    """A value as inert Markdown text: in a paragraph, a bullet, a heading or a table cell."""
    text = _one_line(value)
    if not text:
        return _NOTHING
    if _EMAIL.search(text) and _BACKSLASH_PIPE not in text:
        return md_code_cell(text)  # an address becomes a link in spite of every backslash
    return _escaped(text)


def _escaped(text: str) -> str:
    text = _INLINE.sub(r"\\\1", text)
    text = _WWW.sub(r"\1\\.", text)
    text = _LIST_MARKER.sub(r"\\\1", text)
    return _ORDERED_MARKER.sub(r"\1\\\2", text)


def md_number(value: object) -> str:
    """A number with its unit in a table cell, where a leading sign starts no list."""
    return _INLINE.sub(r"\\\1", _one_line(value)) or _NOTHING


def md_code(value: object) -> str:
    """A value as a code span, outside of tables; its fence is longer than any run of backticks inside."""
    text = _one_line(value)
    if not text:
        return _NOTHING
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text[0] == "`" or text[-1] == "`" else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def md_code_cell(value: object) -> str:
    """A value as a code span inside a table cell, where a pipe must be escaped even in code."""
    text = _one_line(value)
    if _BACKSLASH_PIPE in text:
        return _escaped(text)  # renderers disagree about two backslashes before a pipe in code
    return md_code(text).replace("|", "\\|")


@cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=False,  # noqa: S701 - the output is Markdown, escaped by our own filters
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        newline_sequence="\n",
        loader=FunctionLoader(lambda name: resources.read_text("templates", name)),
    )
    environment.filters.update(md=md, md_number=md_number, md_code=md_code, md_code_cell=md_code_cell)
    environment.filters["short"] = _short
    environment.globals["values"] = facts.value_texts
    environment.globals["came_out"] = facts.came_out
    return environment


@cache
def _html_environment() -> Environment:
    # `finalize` sees each value before it is escaped.
    return _environment().overlay(autoescape=True, finalize=_one_line)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}…"


def _one_line(value: object) -> str:
    text = _SPACE.sub(" ", str(value)).strip()
    return text if text.isprintable() else "".join(c if c.isprintable() else _REPLACEMENT for c in text)
