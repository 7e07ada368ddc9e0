"""What somebody may have meant who wrote a name that does not exist."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from edgeenv.documents import shown_key

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST_NAME = 60


def did_you_mean(found: object, known: Iterable[object]) -> str | None:
    """The question to ask, or None when no known name is near."""
    if not isinstance(found, str) or len(found) > _LONGEST_NAME:
        return None
    words = [word for word in known if isinstance(word, str)]
    folded = {word.lower().replace("_", "-"): word for word in words}
    near = get_close_matches(found.lower().replace("_", "-"), folded, n=1, cutoff=0.6)
    return f"did you mean {shown_key(folded[near[0]])}?" if near else None
