"""What to do about a broken contract, where the cause is likely known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from edgeenv.schema.suggestion import did_you_mean

if TYPE_CHECKING:
    from edgeenv.schema.breach import Breach

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?\Z")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}\Z")
_SWITCHES = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false"}
_SHORT = 40


def remedy(breach: Breach) -> str | None:
    """The hint for one breach, or None where the cause is not plain."""
    if breach.keyword == "enum":
        return did_you_mean(breach.found, breach.expected) or breach.schema.get("$comment")
    if breach.keyword == "pattern" and breach.path[-1:] == ("extends",) and _NAME.match(breach.found):
        return f"write edgeenv:{breach.found} for a shipped policy, ./{breach.found}.yaml for a file"
    if breach.keyword != "type":
        return None
    if "string" in breach.types:
        return _as_text(breach.found, breach.written)
    if isinstance(breach.found, str):
        return _from_text(breach.found, breach.types)
    return _from_number(breach)


def _as_text(found: Any, written: str | None) -> str | None:
    if isinstance(found, bool | int | float):
        shown = written or str(found).lower()
        return f'quote it: "{shown}"' if len(shown) <= _SHORT else "quote it"
    if found is None:
        return "write the text, or remove the member if it is optional"
    return None


def _from_text(found: str, wanted: tuple[str, ...]) -> str | None:
    if "boolean" in wanted and found.lower() in _SWITCHES:
        return f"write it without quotes: {_SWITCHES[found.lower()]}"
    if {"number", "integer"} & set(wanted) and len(found) <= _SHORT and _NUMBER.match(found):
        return f"remove the quotes: {found}"
    if "array" in wanted:
        return "write a list: [a, b]"
    return None


def _from_number(breach: Breach) -> str | None:
    if "integer" in breach.types and isinstance(breach.found, float) and breach.found.is_integer():
        return f"write it without a decimal point: {int(breach.found)}"
    if "boolean" in breach.types and breach.found in (0, 1):
        return f"write {'true' if breach.found else 'false'}"
    return None
