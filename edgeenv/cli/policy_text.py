"""How the commands about policies lay out long sentences."""

from __future__ import annotations

from edgeenv.report.width import folded


def wrapped(text: str, indent: str = "") -> list[str]:
    """A sentence in lines of at most 80 columns; names and paths are never broken.

    Args:
        text: the sentence; the spaces that it begins with stay.
        indent: what each further line begins with.
    """
    return folded(text, indent)
