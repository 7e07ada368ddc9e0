"""Something that a reader must know, as a value with a stable code."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a reader must know about a judgement, a run or the registry.

    Attributes:
        code: stable name, such as ``model-identity-declared``.
        operands: what it is about, as ``(name, value)`` pairs.
        text: the sentence rendered from them.
    """

    code: str
    text: str
    operands: tuple[tuple[str, str], ...] = ()
