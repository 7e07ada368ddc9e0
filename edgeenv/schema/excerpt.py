"""How a value is shown in a message: with its kind, bounded, with control characters escaped."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from edgeenv.documents import shown_key

if TYPE_CHECKING:
    from collections.abc import Iterable

_WRITTEN_LENGTH = 60
_LIST_LENGTH = 12
_KINDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def kind(name: str) -> str:
    """The words for a type of JSON Schema."""
    return _KINDS[name]


def excerpt(value: Any, written: str | None) -> str:
    """A value in words.

    Args:
        value: any value.
        written: the characters as they stand in the file, for numbers, booleans and null.
    """
    if isinstance(value, list):
        return f"a list of {_count(len(value), 'item')}"
    if isinstance(value, dict):
        return f"an object with {_count(len(value), 'member')}"
    if isinstance(value, str):
        return f"the text {shown_key(value)}" if value else "empty text"
    if value is None:
        return "no value" if written == "" else "null"
    return f"the {_noun(value)} {_bounded(written or str(value).lower())}"


def listed(values: Iterable[Any]) -> str:
    """The first values of a list, separated by commas."""
    words = [value if isinstance(value, str) else str(value).lower() for value in values]
    shown = ", ".join(words[:_LIST_LENGTH])
    return shown if len(words) <= _LIST_LENGTH else f"{shown}, …"


def _noun(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number" if math.isfinite(value) else "non-finite number"
    return f"{type(value).__name__} of Python"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _bounded(text: str) -> str:
    return text if len(text) <= _WRITTEN_LENGTH else text[:_WRITTEN_LENGTH] + "…"
