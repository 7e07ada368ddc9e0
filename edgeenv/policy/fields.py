"""Which dotted paths a result can hold, read from the contract itself."""

from __future__ import annotations

import json
from enum import Enum
from functools import cache
from typing import Any

from edgeenv import resources


class Known(Enum):
    """Whether a result can hold a path: named by the contract, inside a free-form object, or never."""

    NAMED = "named"
    OPEN = "open"
    UNKNOWN = "unknown"


def known_path(path: str) -> Known:
    """Look a dotted path up in the schema of ``result.json``."""
    place: dict[str, Any] = _deref(_schema())
    for part in path.split("."):
        if part in place.get("properties", {}):
            place = _deref(place["properties"][part])
        elif place.get("additionalProperties", True) is not False and _may_be_object(place):
            return Known.OPEN
        else:
            return Known.UNKNOWN
    return Known.NAMED


@cache
def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(resources.read_text("schemas", "result.schema.json"))
    return schema


def _deref(place: dict[str, Any]) -> dict[str, Any]:
    """The definition that a local reference names; annotations beside the reference are left out."""
    reference = place.get("$ref")
    if reference is None:
        return place
    definition: dict[str, Any] = _schema()["$defs"][str(reference).rsplit("/", 1)[1]]
    return definition


def _may_be_object(place: dict[str, Any]) -> bool:
    declared = place.get("type", "object")
    return "object" in declared if isinstance(declared, list) else declared == "object"
