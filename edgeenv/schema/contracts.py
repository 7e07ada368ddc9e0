"""The shipped schemas as text, by name."""

from __future__ import annotations

from edgeenv import resources
from edgeenv.errors import EdgeEnvError

_SUFFIX = ".schema.json"


def names() -> tuple[str, ...]:
    """The names of the shipped schemas, sorted, such as ``bench-config``."""
    return resources.names("schemas", _SUFFIX)


def text(name: str) -> str:
    """The text of a shipped schema.

    Raises:
        EdgeEnvError: ``unknown-schema``; names the schemas that there are.
    """
    if name not in names():
        from edgeenv.schema.suggestion import did_you_mean

        known = ", ".join(names())
        hint = did_you_mean(name, names()) or "see: edgeenv schema list"
        raise EdgeEnvError(
            f"found the schema name {name!r}, expected one of: {known}", hint, code="unknown-schema"
        )
    return resources.read_text("schemas", name + _SUFFIX)
