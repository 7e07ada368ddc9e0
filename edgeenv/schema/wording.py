"""Our words for each way of breaking a schema: what was found, what is expected, and the remedy if known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edgeenv.documents import NOWHERE, Document, shown_key, shown_path
from edgeenv.errors import Problem
from edgeenv.schema.excerpt import excerpt, kind, listed
from edgeenv.schema.remedies import remedy
from edgeenv.schema.suggestion import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from edgeenv.schema.breach import Breach


def problems_from(breach: Breach, document: Document) -> Iterator[Problem]:
    """The problems that one breach stands for: one for each member concerned.

    A stray member or a bad name is told where the name stands, a missing member where its parent's name
    stands, everything else where the value stands.
    """
    if breach.is_name:
        yield _wrong_name(breach, document)
    elif breach.keyword == "additionalProperties":
        yield from _strays(breach, document)
    elif breach.keyword == "required":
        yield from _missing(breach, document)
    else:
        at_key = breach.keyword in {"minProperties", "maxProperties"}
        place = (document.marks.key if at_key else document.marks.value)(breach.path) or NOWHERE
        code, expected = _WORDS.get(breach.keyword, _described)(breach)
        message = f"found {excerpt(breach.found, breach.written)}, {expected}"
        path = shown_path(breach.path)
        yield Problem(code, document.source, *place, path, message, remedy(breach))


def _wrong_name(breach: Breach, document: Document) -> Problem:
    path = (*breach.path, breach.found)
    message = f"found the name {shown_key(breach.found)}, expected: {breach.description}"
    place = document.marks.key(path) or NOWHERE
    return Problem("member-name", document.source, *place, shown_path(path), message)


def _strays(breach: Breach, document: Document) -> Iterator[Problem]:
    known = list(breach.schema.get("properties", {}))
    absent = [name for name in known if name not in breach.found]
    for name in breach.found:
        if name in known:
            continue
        path = (*breach.path, name)
        message = f"found the unknown member {shown_key(name)}, expected only known ones"
        hint = did_you_mean(name, absent) or did_you_mean(name, known) or _known(known)
        place = document.marks.key(path) or NOWHERE
        yield Problem("unknown-member", document.source, *place, shown_path(path), message, hint)


def _known(names: list[str]) -> str:
    return f"known members: {listed(names)}" if names else "no member may stand here"


def _missing(breach: Breach, document: Document) -> Iterator[Problem]:
    place = document.marks.key(breach.path) or NOWHERE
    for name in breach.expected:
        if name in breach.found:
            continue
        described = breach.schema.get("properties", {}).get(name)
        described = described if isinstance(described, dict) else {}
        message = "missing, expected " + _wanted(described)
        hint = f"add: {name}: {described['const']}" if isinstance(described.get("const"), str) else None
        yield Problem("required", document.source, *place, shown_path((*breach.path, name)), message, hint)


def _wanted(described: Mapping[str, Any]) -> str:
    """What a member is to hold: its type where the contract names it there, and what it means."""
    types = described.get("type", [])
    kinds = " or ".join(kind(name) for name in ([types] if isinstance(types, str) else types)) or "a value"
    about = described.get("description")
    if "const" in described:
        kinds = excerpt(described["const"], None)
    return f"{kinds}: {about}" if about else kinds


def _described(breach: Breach) -> tuple[str, str]:
    return breach.keyword, f"expected: {breach.description}"


def _type(breach: Breach) -> tuple[str, str]:
    return "type", "expected " + " or ".join(kind(name) for name in breach.types)


def _pattern(breach: Breach) -> tuple[str, str]:
    if "\0" in breach.found:
        return "nul-character", "expected text without NUL characters"
    return "pattern", f"expected: {breach.description}"


def _enum(breach: Breach) -> tuple[str, str]:
    return "enum", f"expected one of: {listed(breach.expected)}"


def _const(breach: Breach) -> tuple[str, str]:
    return "const", f"expected {excerpt(breach.expected, None)}"


def _limit(code: str, words: str) -> Callable[[Breach], tuple[str, str]]:
    def say(breach: Breach) -> tuple[str, str]:
        return code, "expected " + words.format(breach.expected, "" if breach.expected == 1 else "s")

    return say


_WORDS: dict[str, Callable[[Breach], tuple[str, str]]] = {
    "type": _type,
    "pattern": _pattern,
    "enum": _enum,
    "const": _const,
    "minLength": _limit("too-short", "at least {} character{}"),
    "maxLength": _limit("too-long", "at most {} character{}"),
    "minimum": _limit("minimum", "a number not below {}"),
    "exclusiveMinimum": _limit("minimum", "a number above {}"),
    "maximum": _limit("maximum", "a number not above {}"),
    "exclusiveMaximum": _limit("maximum", "a number below {}"),
    "minItems": _limit("too-few", "at least {} item{}"),
    "maxItems": _limit("too-many", "at most {} item{}"),
    "minProperties": _limit("too-few", "at least {} member{}"),
    "maxProperties": _limit("too-many", "at most {} member{}"),
    "uniqueItems": _limit("duplicate-item", "every item once"),
}
