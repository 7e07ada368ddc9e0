"""Rows as a table for the terminal; the only importer of tabulate."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from tabulate import tabulate

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDTH = 80
_GAP = 2
_NARROWEST = 20


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A plain table, every cell as text exactly as given.

    Free text goes into the last column, which is wrapped to what a terminal leaves it: nothing stands after
    it that a wide character could push aside. Trailing blanks are cut.
    """
    others = sum(max(map(len, column)) + _GAP for column in list(zip(headings, *rows, strict=True))[:-1])
    room = max(_WIDTH - others, _NARROWEST)
    wrapped = [(*row[:-1], "\n".join(wrap(row[-1], room))) for row in rows]
    drawn: str = tabulate(wrapped, headings, tablefmt="simple", disable_numparse=True)
    return "\n".join(line.rstrip() for line in drawn.splitlines())
