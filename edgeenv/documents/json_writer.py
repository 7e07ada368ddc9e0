"""JSON out: one canonical form to digest, one indented form to read."""

from __future__ import annotations

import json
from typing import Any

from edgeenv.errors import EdgeEnvError


def canonical_json(value: Any) -> bytes:
    """The one byte form of a JSON value: sorted keys, no spaces, UTF-8.

    Raises:
        EdgeEnvError: the value is no JSON value (NaN, infinity, a lone surrogate, an object of Python).
    """
    try:
        text = json.dumps(
            value,
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=False,
            allow_nan=False,
            check_circular=True,
        )
        return text.encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise _not_json(error) from error


def pretty_json(value: Any, *, sort_keys: bool = False) -> str:
    """The readable form of a JSON value: two spaces of indent, characters unescaped, no final line break.

    Raises:
        EdgeEnvError: as for `canonical_json`.
    """
    try:
        text = json.dumps(value, indent=2, sort_keys=sort_keys, ensure_ascii=False, allow_nan=False)
        text.encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise _not_json(error) from error
    return text


def _not_json(error: Exception) -> EdgeEnvError:
    return EdgeEnvError(f"a value cannot be written as JSON: {error}", code="not-a-json-value")
