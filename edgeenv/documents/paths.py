"""How the place of a value inside a document is written: ``$.rules['model-hash'].fields[0]``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_KEY_LENGTH = 60


def shown_key(key: object) -> str:
    """A key in quotes, bounded, with control characters escaped."""
    text = str(key)
    return repr(text) if len(text) <= _KEY_LENGTH else repr(text[:_KEY_LENGTH]) + "…"


def shown_path(path: Sequence[str | int]) -> str:
    """A path from the top of a document, in the notation of JSONPath."""
    parts = ["$"]
    for part in path:
        if isinstance(part, int):
            parts.append(f"[{part}]")
        elif _PLAIN.match(part) and len(part) <= _KEY_LENGTH:
            parts.append(f".{part}")
        else:
            parts.append(f"[{shown_key(part)}]")
    return "".join(parts)
