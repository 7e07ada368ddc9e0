"""What may have been meant by a word that is no command. Imported for a mistake only."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edgeenv.cli.group import Entry

_SHOWN = 3


def commands_meant(word: str, entries: Iterable[Entry]) -> list[str]:
    """The commands whose last word is this one or nearly this one, with all the words that call them.

    Args:
        word: what was typed.
        entries: the whole table of commands.
    """
    calls: dict[str, list[str]] = {}
    for entry in entries:
        for words, _ in entry.leaves():
            for end in range(1, len(words) + 1):
                call = " ".join(words[:end])
                known = calls.setdefault(words[end - 1], [])
                if call not in known:
                    known.append(call)
    near = [word] if word in calls else get_close_matches(word, calls, n=1)
    return [call for name in near for call in calls[name]][:_SHOWN]
