"""A waiver in words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgeenv.policy.rules import Waiver


def waiver_words(waiver: Waiver) -> str:
    """All of a waiver in one sentence."""
    name = "" if waiver.id is None else f" [{waiver.id}]"
    until = f"{waiver.rule} until {waiver.expires} by {waiver.owner}"
    parts = (f"{path} is {' or '.join(map(_value, values))}" for path, values in waiver.runs)
    return f"{until}, where {' and '.join(parts)}: {waiver.reason}{name}"


def waiver_document(waiver: Waiver) -> dict[str, Any]:
    """A waiver as JSON, as its policy writes it."""
    return {
        "id": waiver.id,
        "rule": waiver.rule,
        "runs": {path: list(values) for path, values in waiver.runs},
        "reason": waiver.reason,
        "owner": waiver.owner,
        "expires": waiver.expires,
    }


def _value(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
