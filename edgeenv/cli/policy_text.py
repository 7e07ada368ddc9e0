"""How the commands about policies lay out long sentences."""

from __future__ import annotations

from textwrap import wrap

from edgeenv.cli.width import WIDTH


def wrapped(text: str, indent: str = "") -> list[str]:
    """A sentence in lines of at most 80 columns; names and paths are never broken.

    Args:
        text: the sentence; the spaces that it begins with stay.
        indent: what each further line begins with.
    """
    return wrap(
        text,
        WIDTH,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )
