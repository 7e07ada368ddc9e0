"""The recorded facts of one run, as a judge sees them: JSON values under dotted paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any


@dataclass(frozen=True, slots=True)
class Facts:
    """One run's evidence as nested JSON objects; never changed after construction.

    A policy reads it by dotted path, so that the engine needs to know nothing of what a result holds.
    """

    document: Mapping[str, Any]

    @classmethod
    def of_result(cls, document: Mapping[str, Any]) -> Facts:
        """The facts of a valid ``result.json``.

        Releases before ``hash_basis`` recorded a model that was not there as the digest of its path. Such a
        digest identifies no model, so it is read as an absent one.
        """
        model = document.get("model")
        if not isinstance(model, Mapping) or "hash_basis" in model:
            return cls(document)
        if model.get("model_hash") != placeholder_hash(str(model.get("model_path"))):
            return cls(document)
        return cls({**document, "model": {**model, "model_hash": None, "hash_basis": "missing"}})

    def at(self, path: str) -> Any:
        """The value under a dotted path; None when any part of the path is absent."""
        value: Any = self.document
        for part in path.split("."):
            if not isinstance(value, Mapping):
                return None
            value = value.get(part)
        return value

    def leaves(self) -> Iterator[tuple[str, Any]]:
        """Every recorded value with its dotted path; lists and empty objects are values.

        A name that holds a dot or nothing is written in brackets, so that no two places share a path.
        """
        return _leaves("", self.document)


def placeholder_hash(model_path: str) -> str:
    """What earlier releases stored as the hash of a model file that did not exist."""
    return sha256(f"missing-model-path:{PurePosixPath(model_path)}".encode()).hexdigest()


def _leaves(prefix: str, value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, member in value.items():
        path = f"{prefix}{key}" if key and not set(key) & _SPECIAL else f"{prefix}[{key!r}]"
        if isinstance(member, Mapping) and member:
            yield from _leaves(f"{path}.", member)
        else:
            yield path, member


_SPECIAL = set(".[]'\"")
