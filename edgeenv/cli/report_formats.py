"""A comparison in the format that was asked for, as bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeenv.cli.output import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edgeenv.report.comparison import Comparison
    from edgeenv.report.gate import Gate

FORMATS = ("text", "markdown", "summary", "json", "junit", "github")


def form_of(output: str | None) -> str:
    """How to say it when nobody says how: the name of a file may tell."""
    return "json" if output is not None and output.lower().endswith(".json") else "text"


def rendered(comparison: Comparison, form: str, gate: Gate, *, explain: bool) -> bytes:
    """The whole report in UTF-8."""
    if form == "json":
        from edgeenv.documents import pretty_json
        from edgeenv.report.comparison import judgement_document

        return f"{pretty_json(judgement_document(comparison))}\n".encode()
    if form == "markdown":
        from edgeenv.report.markdown import compare_markdown

        return compare_markdown(comparison, explain=explain).encode()
    if form == "summary":
        from edgeenv.report.markdown import compare_summary

        return compare_summary(comparison, gate, explain=explain).encode()
    if form == "junit":
        from edgeenv.report.junit import comparison_junit

        return comparison_junit(comparison, gate)
    return "".join(f"{line}\n" for line in _lines(comparison, form, gate, explain=explain)).encode()


def _lines(comparison: Comparison, form: str, gate: Gate, *, explain: bool) -> Iterator[str]:
    if form == "github":
        from edgeenv.report.github import comparison_annotations

        yield from comparison_annotations(comparison, gate, explain=explain)
        return
    from edgeenv.report.text import comparison_lines

    yield from (clean(line) for line in comparison_lines(comparison, explain=explain))
