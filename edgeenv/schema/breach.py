"""One way in which a value breaks a schema, as the validator found it and before it is put into words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edgeenv.documents import ValuePath


@dataclass(frozen=True, slots=True)
class Breach:
    """What a validator says of one value.

    Attributes:
        keyword: the keyword of JSON Schema that does not hold, such as ``required``.
        expected: what the schema says under that keyword.
        found: the value; for a member's name, the name.
        path: where the value stands; for a member's name, the object that holds it.
        schema: the schema that the keyword stands in.
        is_name: whether it is a member's name that breaks the schema.
        written: the characters of a number, boolean or null as they stand in the file, where known.
    """

    keyword: str
    expected: Any
    found: Any
    path: ValuePath
    schema: Mapping[str, Any]
    is_name: bool = False
    written: str | None = None

    @property
    def types(self) -> tuple[str, ...]:
        """The types that are expected, for the keyword ``type``."""
        return tuple(self.expected) if isinstance(self.expected, list) else (str(self.expected),)

    @property
    def description(self) -> str:
        """What the schema says of itself; never a pattern."""
        return str(self.schema.get("description", "another value"))
