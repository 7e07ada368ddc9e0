"""A bundle summary as a Markdown page, and as one HTML file that needs nothing else and prints well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeenv.report.bundle_summary_page import page_of
from edgeenv.report.markdown import html_from, markdown_from

if TYPE_CHECKING:
    from edgeenv.report.bundle_summary import BundleSummary


def summary_markdown(summary: BundleSummary) -> str:
    """The summary as a Markdown document."""
    return markdown_from("bundle_summary.md.j2", page=page_of(summary))


def summary_html(summary: BundleSummary) -> str:
    """The summary as one HTML document: no scripts, nothing fetched, readable on screen and on paper."""
    return html_from("bundle_summary.html.j2", page=page_of(summary))
