"""Rows as a table for the terminal; the only importer of tabulate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tabulate import tabulate

from edgeenv.report.width import WIDTH, display_width, folded

if TYPE_CHECKING:
    from collections.abc import Sequence

_GAP = 2
_NARROWEST = 20


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A plain table, every cell as text exactly as given.

    Free text goes into the last column, which is wrapped to what a terminal leaves it: nothing stands after
    it that a wide character could push aside. Trailing blanks are cut.
    """
    others = sum(
        max(map(display_width, column)) + _GAP for column in list(zip(headings, *rows, strict=True))[:-1]
    )
    room = max(WIDTH - others, _NARROWEST)
    wrapped = [(*row[:-1], "\n".join(folded(row[-1], width=room))) for row in rows]
    drawn: str = tabulate(wrapped, headings, tablefmt="simple", disable_numparse=True)
    return "\n".join(line.rstrip() for line in drawn.splitlines())
