"""A document that was read strictly: its values, its bytes, and where in the file each value stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

ValuePath: TypeAlias = "tuple[str | int, ...]"


class Position(NamedTuple):
    """A place in a file, both numbers counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Places:
    """Where the values and the keys of one document stand, by path.

    Attributes:
        values: path to the position of the value; ``()`` is the whole document.
        keys: path to the position of the member's name.
        scalars: path to the characters as written, for values that are not text (``1.10`` for 1.1).
    """

    values: Mapping[ValuePath, Position] = field(default_factory=dict)
    keys: Mapping[ValuePath, Position] = field(default_factory=dict)
    scalars: Mapping[ValuePath, str] = field(default_factory=dict)


class Marks:
    """Answers where a value stands; knows nothing when it was given no places."""

    def __init__(self, places: Places | None = None) -> None:
        self._places = places or Places()

    def places(self) -> Places:
        """All places; a subclass may find them only when they are asked for."""
        return self._places

    def value(self, path: ValuePath) -> Position | None:
        """The position of a value."""
        return self.places().values.get(path)

    def key(self, path: ValuePath) -> Position | None:
        """The position of a member's name; of the value where there is no name, as in a list."""
        places = self.places()
        return places.keys.get(path) or places.values.get(path)

    def scalar(self, path: ValuePath) -> str | None:
        """The characters of a number, boolean or null as they are written."""
        return self.places().scalars.get(path)


@dataclass(frozen=True, slots=True)
class Document:
    """One document, read once.

    Attributes:
        data: plain JSON values: dict, list, str, int, float, bool, None.
        raw: the bytes exactly as they were read.
        source: the file as the user named it, or a name for bytes that came from elsewhere.
        marks: where each value stands.
    """

    data: Any
    raw: bytes
    source: str
    marks: Marks = field(default_factory=Marks, compare=False)
