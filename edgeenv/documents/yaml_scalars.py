"""What an unquoted YAML scalar means; refused wherever parsers disagree about it.

The accepted forms mean the same in YAML 1.1 and in the core schema of YAML 1.2.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from edgeenv.documents.limits import INTEGER_DIGITS

_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+][0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")

_SWITCH = re.compile(r"y|n|yes|no|on|off", re.IGNORECASE)
_AMBIGUOUS = (
    (_SWITCH, "a boolean"),
    (re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"), "a number to base 60"),
    (re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \t]+)[0-9].*)?", re.DOTALL), "a date"),
    (re.compile(r"[-+]?0[0-9_]+"), "an octal number"),
    (re.compile(r"[-+]?0o[0-7_]+"), "an octal number"),
    (re.compile(r"[-+]?0b[01_]+"), "a binary number"),
    (re.compile(r"[-+]?0x[0-9a-fA-F_]+"), "a hexadecimal number"),
    (re.compile(r"[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9_]+)[eE][-+]?[0-9_]+"), "a number"),
    (re.compile(r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*|[0-9][0-9_]*)"), "a number"),
    (re.compile(r"="), "a special value"),
)
_NO_NUMBERS = {"a date", "a special value"}
_LONGEST_OF_INTEREST = 400
_LONG_NUMBER = re.compile(r"[-+]?[0-9][-+0-9a-fA-FxXoO_.:]*")


@dataclass(frozen=True, slots=True)
class RefusedScalar:
    """Why an unquoted scalar is not accepted: a stable code, the reason and the remedy."""

    code: str
    message: str
    hint: str


def plain_value(text: str) -> str | int | float | bool | RefusedScalar | None:
    """The value of an unquoted scalar, or why it has none."""
    if len(text) > _LONGEST_OF_INTEREST:
        return _too_long(text) if _LONG_NUMBER.fullmatch(text) else text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return _whole(text)
    if _FLOAT.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    if _FLOAT.fullmatch(text) or _NOT_FINITE.fullmatch(text):
        return _not_finite(text)
    return _refused(text)


def _whole(text: str) -> int | RefusedScalar:
    if len(text.lstrip("+-")) <= INTEGER_DIGITS:
        return int(text)
    message = f"found a whole number of {len(text.lstrip('+-'))} digits, expected at most {INTEGER_DIGITS}"
    return RefusedScalar("huge-integer", message, f"quote it if it is text: {_quoted(text)}")


def _too_long(text: str) -> RefusedScalar:
    message = f"found what may be a number of {len(text)} characters"
    return RefusedScalar("ambiguous-scalar", message, "quote it if it is text")


def _not_finite(text: str) -> RefusedScalar:
    message = f"found {text}, expected a finite number"
    return RefusedScalar("not-finite-number", message, f"quote it if it is text: {_quoted(text)}")


def _refused(text: str) -> str | RefusedScalar:
    for pattern, meaning in _AMBIGUOUS:
        if pattern.fullmatch(text):
            message = f"{text!r} is {meaning} to some YAML parsers and something else to others"
            return RefusedScalar("ambiguous-scalar", message, _hint(text, meaning))
    return text


def _hint(text: str, meaning: str) -> str:
    if _SWITCH.fullmatch(text):
        switch = "true" if text.lower() in {"y", "yes", "on"} else "false"
        return f"quote it if it is text: {_quoted(text)}; write {switch} if it is a switch"
    if meaning in _NO_NUMBERS:
        return f"quote it: {_quoted(text)}"
    return f"quote it if it is text: {_quoted(text)}; write a number in decimal digits, such as 1000 or 0.5"


def _quoted(text: str) -> str:
    return f'"{text}"' if len(text) <= INTEGER_DIGITS * 2 else '"…"'
