"""The operators of a rule: each turns a recorded value into a canonical one; equal ones match.

"Canonicalise, then equal" is reflexive, symmetric and transitive whatever the values are. Only `NumberWithin`
leaves that family: a tolerance cannot be transitive, and says so.

A value that an operator cannot read is `UNREADABLE`, which a rule treats as missing evidence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Hashable


class Unreadable(Enum):
    """The type of `UNREADABLE`."""

    UNREADABLE = "unreadable"


UNREADABLE: Final = Unreadable.UNREADABLE
_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+)*")


@dataclass(frozen=True, slots=True)
class Exact:
    """Typed JSON equality: 1 is 1.0, true is not 1; the order of a list counts, that of an object not."""

    def canonical(self, value: Any) -> Hashable:
        """The value with its JSON type, so that Python's own equality cannot confuse types."""
        return typed(value)

    def words(self) -> str:
        """The operator as a reader sees it."""
        return "exact"


@dataclass(frozen=True, slots=True)
class Text:
    """Text, up to upper and lower case and up to a vocabulary of accepted spellings.

    Attributes:
        vocabulary: the name of the vocabulary, None for none.
        groups: ``(canonical value, spellings)`` in file order; the first group that holds the value wins.
    """

    ignore_case: bool = False
    vocabulary: str | None = None
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def canonical(self, value: Any) -> Hashable:
        """The name of the value's group, else the value itself, folded where case does not count."""
        if not isinstance(value, str):
            return UNREADABLE
        text = self._fold(value)
        for name, spellings in self.groups:
            if any(glob_matches(self._fold(spelling), text) for spelling in (name, *spellings)):
                return ("group", name)
        return ("text", text)

    def words(self) -> str:
        """The operator as a reader sees it."""
        parts = ["text"]
        if self.ignore_case:
            parts.append("ignoring case")
        if self.vocabulary is not None:
            parts.append(f"with the aliases '{self.vocabulary}'")
        return " ".join(parts)

    def _fold(self, text: str) -> str:
        return text.casefold() if self.ignore_case else text


@dataclass(frozen=True, slots=True)
class ListItems:
    """A list, in order or as a set."""

    ignore_order: bool = False

    def canonical(self, value: Any) -> Hashable:
        """The typed items; as a set when the order does not count, so that repeats do not count either."""
        if not isinstance(value, list | tuple):
            return UNREADABLE
        items = tuple(typed(item) for item in value)
        if UNREADABLE in items:
            return UNREADABLE
        return frozenset(items) if self.ignore_order else items

    def words(self) -> str:
        """The operator as a reader sees it."""
        return "list in any order" if self.ignore_order else "list in order"


@dataclass(frozen=True, slots=True)
class VersionPrefix:
    """The first ``parts`` numbers of the first dotted number: 1.17.0 and 1.17.1+cu118 agree at 2."""

    parts: int

    def canonical(self, value: Any) -> Hashable:
        """The numbers as digits without leading zeros, padded with zeros to ``parts``."""
        found = _VERSION.search(value) if isinstance(value, str) else None
        if found is None:
            return UNREADABLE
        numbers = [number.lstrip("0") or "0" for number in found.group().split(".")]
        return tuple((numbers + ["0"] * self.parts)[: self.parts])

    def words(self) -> str:
        """The operator as a reader sees it."""
        return f"version, first {self.parts} part{'s' if self.parts > 1 else ''}"


@dataclass(frozen=True, slots=True)
class NumberWithin:
    """A symmetric tolerance, ``|a - b| <= max(abs, rel * max(|a|, |b|))``; not transitive.

    Attributes:
        absolute: the tolerance in the field's own unit.
        relative: the tolerance as a fraction of the larger magnitude.
    """

    absolute: float = 0.0
    relative: float = 0.0

    def canonical(self, value: Any) -> Hashable:
        """The value as a finite float."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return UNREADABLE
        try:
            number = float(value)
        except OverflowError:
            return UNREADABLE
        return number if math.isfinite(number) else UNREADABLE

    def agree(self, a: float, b: float) -> bool:
        """Whether two canonical values are within the tolerance of each other."""
        return abs(a - b) <= max(self.absolute, self.relative * max(abs(a), abs(b)))

    def words(self) -> str:
        """The operator as a reader sees it."""
        limits = []
        if self.absolute:
            limits.append(f"{self.absolute:g}")
        if self.relative:
            limits.append(f"{self.relative:.4g} of the larger value")
        return "number within " + (" or ".join(limits) or "0")


Matcher: TypeAlias = Exact | Text | ListItems | VersionPrefix | NumberWithin


def typed(value: Any) -> Hashable:
    """A hashable stand-in for a JSON value; equal exactly when the values are equal as JSON."""
    if isinstance(value, Mapping):
        members = frozenset((str(key), typed(member)) for key, member in value.items())
        return UNREADABLE if any(member is UNREADABLE for _, member in members) else ("object", members)
    if isinstance(value, list | tuple):
        items = tuple(typed(item) for item in value)
        return UNREADABLE if UNREADABLE in items else ("array", items)
    if isinstance(value, float) and not math.isfinite(value):
        return UNREADABLE
    for json_type, types in _JSON_TYPES:
        if isinstance(value, types):
            return (json_type, value)
    return UNREADABLE


# In this order, since Python counts True among the integers.
_JSON_TYPES = (("null", type(None)), ("boolean", bool), ("number", (int, float)), ("string", str))


def glob_matches(pattern: str, text: str) -> bool:
    """Whether ``text`` matches a pattern of ``*`` and ``?``, in time linear in both lengths per star."""
    at = star = -1
    p = t = 0
    while t < len(text):
        if p < len(pattern) and pattern[p] == "*":
            star, at, p = p, t, p + 1
        elif p < len(pattern) and pattern[p] in ("?", text[t]):
            p, t = p + 1, t + 1
        elif star >= 0:
            at += 1
            p, t = star + 1, at
        else:
            return False
    return all(rest == "*" for rest in pattern[p:])
