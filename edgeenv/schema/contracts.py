"""The shipped schemas, by name and by the marker of their documents."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

from edgeenv import resources
from edgeenv.errors import EdgeEnvError

if TYPE_CHECKING:
    from pathlib import Path

_SUFFIX = ".schema.json"


def names() -> tuple[str, ...]:
    """The names of the shipped schemas, sorted, such as ``bench-config``."""
    return resources.names("schemas", _SUFFIX)


def text(name: str) -> str:
    """The text of a shipped schema.

    Raises:
        EdgeEnvError: ``unknown-schema``; names the one that was meant, where one is near.
    """
    _require(name)
    return resources.read_text("schemas", name + _SUFFIX)


def place(name: str) -> Path:
    """The file of a shipped schema, for programs that read it themselves.

    Raises:
        EdgeEnvError: ``unknown-schema``, or this installation is no directory.
    """
    _require(name)
    return resources.place("schemas", name + _SUFFIX)


@cache
def markers() -> dict[str, str]:
    """Marker -> name of the schema: the ``schema_version`` of every contract that demands one."""
    found = {}
    for name in names():
        marker = json.loads(text(name))["properties"].get("schema_version", {}).get("const")
        if marker is not None:
            found[marker] = name
    return found


def _require(name: str) -> None:
    if name not in names():
        from edgeenv.schema.suggestion import did_you_mean

        hint = did_you_mean(name, names()) or "see: edgeenv schema list"
        raise EdgeEnvError(f"EdgeEnv ships no schema {name!r}", hint, code="unknown-schema")
