"""Which dotted paths a result can hold, and of what type, read from the contract itself."""

from __future__ import annotations

import json
from enum import Enum
from functools import cache
from typing import Any

from edgeenv import resources
from edgeenv.policy.nearest import nearest

_JSON_NAMES: tuple[tuple[type, str], ...] = (
    (type(None), "null"),
    (bool, "boolean"),  # before the integers, since Python counts True among them
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)


class Known(Enum):
    """Whether a result can hold a path: named by the contract, inside a free-form object, or never."""

    NAMED = "named"
    OPEN = "open"
    UNKNOWN = "unknown"


def known_path(path: str) -> Known:
    """Look a dotted path up in the schema of ``result.json``."""
    return _look_up(path)[0]


def json_types(path: str) -> frozenset[str] | None:
    """The JSON types that a result can hold under a path, None where the contract does not say."""
    known, place = _look_up(path)
    if known is not Known.NAMED:
        return None
    return declared_types({**_deref(place), **place})


def description(path: str) -> str | None:
    """What the contract says that a field means; None where it says nothing."""
    known, place = _look_up(path)
    if known is not Known.NAMED:
        return None
    found = {**_deref(place), **place}.get("description")
    return None if found is None else str(found)


def nearest_path(path: str) -> str | None:
    """The path that somebody may have meant: one that ends alike, else one that is spelled alike."""
    last = path.rsplit(".", 1)[-1]
    alike = [known for known in named_paths() if known.rsplit(".", 1)[-1] == last]
    return nearest(path, alike) or (alike[0] if alike else nearest(path, named_paths()))


@cache
def named_paths() -> tuple[str, ...]:
    """Every path that the contract names, objects included, in the order of the contract."""
    return tuple(_paths(_schema(), ""))


def declared_types(place: dict[str, Any]) -> frozenset[str] | None:
    """The JSON types that a schema allows, None where it does not say."""
    if "type" in place:
        declared = place["type"]
        return frozenset(declared if isinstance(declared, list) else [declared])
    values = place.get("enum", [place["const"]] if "const" in place else None)
    return None if values is None else frozenset(json_name(value) for value in values)


def json_name(value: Any) -> str:
    """The JSON type of a value."""
    return next(name for python_type, name in _JSON_NAMES if isinstance(value, python_type))


def _paths(place: dict[str, Any], prefix: str) -> list[str]:
    found = []
    for name, member in _deref(place).get("properties", {}).items():
        found += [f"{prefix}{name}", *_paths(member, f"{prefix}{name}.")]
    return found


def _look_up(path: str) -> tuple[Known, dict[str, Any]]:
    """Whether the contract names a path, and the schema there as it is written."""
    place = _schema()
    for part in path.split("."):
        within = _deref(place)
        if part in within.get("properties", {}):
            place = within["properties"][part]
        elif within.get("additionalProperties", True) is not False and _may_be_object(within):
            return Known.OPEN, {}
        else:
            return Known.UNKNOWN, {}
    return Known.NAMED, place


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
    return "object" in (declared_types(place) or {"object"})
