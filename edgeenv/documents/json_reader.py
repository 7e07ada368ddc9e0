"""JSON in: strict and bounded, so that every reader of the same bytes sees the same values."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, NoReturn

from edgeenv.documents.document import Marks
from edgeenv.documents.limits import INTEGER_DIGITS, JSON_DEPTH, JSON_LIMIT
from edgeenv.documents.refusal import NOWHERE, refusal
from edgeenv.documents.source import decode, offset_position, too_large
from edgeenv.errors import Problem

if TYPE_CHECKING:
    from edgeenv.documents.document import Places

CODE = "invalid-json"
TITLE = "not valid JSON"


class JsonMarks(Marks):
    """The places of a JSON text's values, looked for when the first one is asked for."""

    def __init__(self, text: str, source: str) -> None:
        super().__init__()
        self._text = text
        self._source = source
        self._found: Places | None = None

    def places(self) -> Places:
        """All places of the text."""
        if self._found is None:
            from edgeenv.documents.json_scanner import scan

            self._found = scan(self._text, self._source).places
        return self._found


def parse_json(raw: bytes, source: str, *, limit: int = JSON_LIMIT) -> Any:
    """The value of a JSON text.

    Args:
        raw: the bytes of the text, UTF-8 without byte order mark.
        source: what to call the text in messages.
        limit: the greatest accepted size in bytes.

    Raises:
        EdgeEnvError: ``too-large``, or ``invalid-json`` with a problem for every duplicate key, NaN,
            infinity, number out of range, integer of more than 19 digits, lone surrogate, nesting deeper
            than 32, or for the first fault of syntax.
    """
    return read_json(raw, source, limit)[0]


def read_json(raw: bytes, source: str, limit: int) -> tuple[Any, JsonMarks]:
    """The value of a JSON text and the places of its members; refuses as `parse_json`."""
    if len(raw) > limit:
        raise too_large(source, len(raw), limit)
    text = decode(raw, source, TITLE, CODE)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_refuse,
            parse_float=_finite,
            parse_int=_bounded,
        )
        _check_depth_and_text(text, value)
    except json.JSONDecodeError as error:
        raise refusal(CODE, TITLE, _problems(text, source, error)) from None
    except (_Refused, RecursionError):
        raise refusal(CODE, TITLE, _problems(text, source, None)) from None
    return value, JsonMarks(text, source)


class _Refused(Exception):  # noqa: N818 - a signal between two functions, never seen outside
    """The fast parser met something that is refused; the scanner then finds out what and where."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Refused
    return members


def _refuse(_constant: str) -> NoReturn:
    raise _Refused


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _Refused
    return number


def _bounded(digits: str) -> int:
    if len(digits.lstrip("-")) > INTEGER_DIGITS:
        raise _Refused
    return int(digits)


def _check_depth_and_text(text: str, value: Any) -> None:
    """Refuse deep nesting and lone surrogates; most texts can be seen to have neither."""
    if text.count("[") + text.count("{") <= JSON_DEPTH and "\\u" not in text:
        return
    level = [value]
    for depth in range(JSON_DEPTH + 1):
        below: list[Any] = []
        for item in level:
            if depth == JSON_DEPTH and isinstance(item, dict | list):
                raise _Refused
            if isinstance(item, dict):
                below.extend(item)
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
            elif isinstance(item, str) and not _encodes(item):
                raise _Refused
        level = below


def _encodes(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _problems(text: str, source: str, syntax: json.JSONDecodeError | None) -> list[Problem]:
    """Every defect before the first fault of syntax, and that fault."""
    from edgeenv.documents.json_scanner import scan

    problems = list(scan(text, source).problems)
    if syntax is not None:
        position = offset_position(text, syntax.pos)
        message = syntax.msg[0].lower() + syntax.msg[1:]
        hint = _syntax_hint(text, syntax)
        problems.append(Problem("json-syntax", source, *position, "$", message, hint))
    return problems or [Problem("json-syntax", source, *NOWHERE, "$", "not acceptable as strict JSON")]


def _syntax_hint(text: str, error: json.JSONDecodeError) -> str | None:
    if not text.strip():
        return "the text is empty; write one JSON value"
    if text[error.pos : error.pos + 1] == "'":
        return "write double quotes"
    before = text[: error.pos].rstrip()
    if before.endswith(",") or "trailing comma" in error.msg:
        return "remove the comma after the last member"
    return None
