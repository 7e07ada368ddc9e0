"""The name that somebody may have meant who wrote one that does not exist."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 80


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that is most like the word; None when none is near."""
    if len(word) > _LONGEST:
        return None
    found = get_close_matches(word, list(known), n=1)
    return found[0] if found else None


def suggestion(word: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown name: a question, or nothing."""
    near = nearest(word, known)
    return "" if near is None else f"; did you mean '{near}'?"
