"""The id of a judgement: a digest over everything that it was made from, and over nothing else.

It is read off the judgement document, so that anybody who holds one can check it.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from edgeenv.documents import canonical_json

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = "edgeenv-judgement/1"
INPUTS = ("runs", "policy", "engine", "vary")
"""The members of every judgement document that say what it was made from."""
FURTHER_INPUTS = ("day",)
"""The same for members that only some documents have; whatever else a judge is told belongs here."""

_SHORT = len("sha256:") + 12


def id_of(document: Mapping[str, Any]) -> str:
    """The id that a judgement document with these inputs has: ``sha256:`` and 64 hex digits."""
    inputs = {name: document[name] for name in INPUTS}
    inputs |= {name: document[name] for name in FURTHER_INPUTS if name in document}
    return "sha256:" + sha256(canonical_json({"format": FORMAT, **inputs})).hexdigest()


def shortened(digest: str) -> str:
    """As much of a digest as a person compares by eye."""
    return digest[:_SHORT]
