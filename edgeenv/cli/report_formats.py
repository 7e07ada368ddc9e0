"""A comparison in the format that was asked for, as bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeenv.cli.output import clean

if TYPE_CHECKING:
    from edgeenv.report.comparison import Comparison

FORMATS = ("text", "markdown", "json")


def form_of(output: str | None) -> str:
    """How to say it when nobody says how: the name of a file may tell."""
    return "json" if output is not None and output.lower().endswith(".json") else "text"


def rendered(comparison: Comparison, form: str, *, explain: bool) -> bytes:
    """The whole report in UTF-8."""
    if form == "json":
        from edgeenv.documents import pretty_json
        from edgeenv.report.comparison import judgement_document

        return f"{pretty_json(judgement_document(comparison))}\n".encode()
    if form == "markdown":
        from edgeenv.report.markdown import compare_markdown

        return compare_markdown(comparison, explain=explain).encode()
    from edgeenv.report.text import comparison_lines

    return "".join(f"{clean(line)}\n" for line in comparison_lines(comparison, explain=explain)).encode()
