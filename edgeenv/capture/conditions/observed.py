"""The facts of one observation, each with its source; a fact without a value is not one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgeenv.capture.sysroot import Sysroot

_MAX_CHARACTERS = 200


class Observed:
    """Facts in the making.

    Attributes:
        sysroot: where files are read.
        facts: what is known so far, by name.
    """

    def __init__(self, sysroot: Sysroot) -> None:
        self.sysroot = sysroot
        self.facts: dict[str, Any] = {}
        self._sources: dict[str, str] = {}

    def add(self, name: str, value: Any, source: str) -> None:
        """Add a fact; None and the empty text are no facts.

        Args:
            name: the fact's name, stable over releases.
            value: a JSON value.
            source: the file, glob pattern or program it was read from.
        """
        if value is None or value in ("", {}):
            return
        self.facts[name] = value[:_MAX_CHARACTERS] if isinstance(value, str) else value
        self._sources[name] = source

    def add_text(self, name: str, file: str) -> None:
        """Add a file's text as a fact."""
        self.add(name, self.sysroot.text(file), file)

    def document(self) -> dict[str, Any]:
        """The facts as JSON members, and the member ``sources``."""
        return {**self.facts, "sources": dict(self._sources)}
