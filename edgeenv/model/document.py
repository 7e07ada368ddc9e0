"""Turning validated documents into typed values and back, by the names of their members."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeAlias, TypeVar

JsonValue: TypeAlias = "str | int | float | bool | list[Any] | tuple[Any, ...] | Mapping[str, Any] | None"
T = TypeVar("T")


def read(cls: type[T], document: Mapping[str, Any], **parts: object) -> T:
    """Build ``cls`` from a document that its schema has accepted.

    Members have the names of the fields; lists become tuples; members that ``cls`` has no field for are
    left out (the schema has refused them, or they lie in ``extensions``).

    Args:
        cls: a dataclass.
        document: the validated members.
        parts: fields that need a type of their own, already built.
    """
    values: dict[str, Any] = dict(parts)
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]
        if field.name not in values and field.name in document:
            values[field.name] = _frozen(document[field.name])
    return cls(**values)


def write(value: object) -> Any:
    """The document of a value: dataclasses as objects, tuples as lists, optional absent members left out.

    A member is optional when its field has a default; a field without one is written even when it is None.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        document: dict[str, Any] = {}
        for field in dataclasses.fields(value):
            member = getattr(value, field.name)
            if member is None and field.default is None:
                continue
            document[field.name] = write(member)
        return document
    if isinstance(value, tuple | list):
        return [write(item) for item in value]
    if isinstance(value, Mapping):
        return {key: write(item) for key, item in value.items()}
    return value


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return value
