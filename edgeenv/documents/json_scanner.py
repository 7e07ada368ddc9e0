"""A slow reader of JSON texts that knows places: for marks, and to say where a refused text is at fault."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from contextlib import suppress
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]  # its stub leaves it out

from edgeenv.documents.document import Places, Position, ValuePath
from edgeenv.documents.limits import INTEGER_DIGITS, JSON_DEPTH, PROBLEM_LIMIT
from edgeenv.documents.paths import shown_key, shown_path
from edgeenv.errors import Problem

_SPACE = re.compile(r"[ \t\n\r]*")
_SCALAR = re.compile(r"-?Infinity|NaN|true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Scan:
    """What one pass over a text found.

    Attributes:
        places: where the values and keys stand, up to a fault of syntax if there is one.
        problems: what strict reading refuses, without faults of syntax.
    """

    places: Places
    problems: tuple[Problem, ...]


def scan(text: str, source: str) -> Scan:
    """Look over a JSON text; stops silently at a fault of syntax or at nesting that is too deep."""
    scanner = _Scanner(text, source)
    with suppress(_Stop, ValueError, IndexError):
        scanner.value(scanner.space(0), ())
    return Scan(Places(scanner.values, scanner.keys, scanner.scalars), tuple(scanner.problems))


class _Stop(Exception):  # noqa: N818 - ends a scan, never seen outside
    """The rest of the text is not looked at."""


class _Scanner:
    def __init__(self, text: str, source: str) -> None:
        self.text = text
        self.source = source
        self.problems: list[Problem] = []
        self.values: dict[ValuePath, Position] = {}
        self.keys: dict[ValuePath, Position] = {}
        self.scalars: dict[ValuePath, str] = {}
        self.lines = [0, *(match.end() for match in re.finditer("\n", text))]

    def space(self, offset: int) -> int:
        match = _SPACE.match(self.text, offset)
        return match.end() if match else offset

    def position(self, offset: int) -> Position:
        line = bisect_right(self.lines, offset)
        return Position(line, offset - self.lines[line - 1] + 1)

    def value(self, offset: int, path: ValuePath) -> int:
        """Read one value from ``offset``; answers the offset after it."""
        self.values[path] = self.position(offset)
        first = self.text[offset]
        if first in "{[":
            if len(path) >= JSON_DEPTH:
                self.refuse("too-deep", offset, path, f"nested deeper than {JSON_DEPTH} levels")
                raise _Stop
            return self.members(offset, path) if first == "{" else self.items(offset, path)
        if first == '"':
            return self.string(offset, path)[1]
        return self.scalar(offset, path)

    def members(self, offset: int, path: ValuePath) -> int:
        offset = self.space(offset + 1)
        while self.text[offset] != "}":
            start = offset
            key, offset = self.string(offset, path)
            inner = (*path, key)
            if inner in self.keys:
                self.duplicate(start, inner)
            self.keys[inner] = self.position(start)
            offset = self.expect(":", self.space(offset))
            offset = self.space(self.value(self.space(offset), inner))
            if self.text[offset] != "}":
                offset = self.space(self.expect(",", offset))
        return offset + 1

    def items(self, offset: int, path: ValuePath) -> int:
        offset = self.space(offset + 1)
        index = 0
        while self.text[offset] != "]":
            offset = self.space(self.value(offset, (*path, index)))
            index += 1
            if self.text[offset] != "]":
                offset = self.space(self.expect(",", offset))
        return offset + 1

    def expect(self, character: str, offset: int) -> int:
        if self.text[offset] != character:
            raise _Stop
        return offset + 1

    def string(self, offset: int, path: ValuePath) -> tuple[str, int]:
        self.expect('"', offset)
        content, end = scanstring(self.text, offset + 1, True)  # noqa: FBT003 - its parameter has no name in C
        if _SURROGATE.search(content):
            self.refuse("lone-surrogate", offset, path, "found half of a character pair (a lone surrogate)")
        return content, end

    def scalar(self, offset: int, path: ValuePath) -> int:
        match = _SCALAR.match(self.text, offset)
        if match is None:
            raise _Stop
        written = match[0]
        self.scalars[path] = written
        if written in {"NaN", "Infinity", "-Infinity"}:
            self.refuse("not-finite-number", offset, path, f"found {written}, expected a finite number")
        elif written[-1].isdigit() and not math.isfinite(float(written)):
            self.refuse("not-finite-number", offset, path, "found a number too large to be held")
        elif written.lstrip("-").isdigit() and len(written.lstrip("-")) > INTEGER_DIGITS:
            message = f"found a whole number of more than {INTEGER_DIGITS} digits"
            self.refuse("huge-integer", offset, path, message)
        return match.end()

    def duplicate(self, offset: int, path: ValuePath) -> None:
        first = self.keys[path].line
        message = f"the key {shown_key(path[-1])} stands twice, first on line {first}"
        self.refuse("duplicate-key", offset, path, message, "keep one of the two")

    def refuse(self, code: str, offset: int, path: ValuePath, message: str, hint: str | None = None) -> None:
        place = self.position(offset)
        self.problems.append(Problem(code, self.source, *place, shown_path(path), message, hint))
        if len(self.problems) >= PROBLEM_LIMIT:
            raise _Stop
