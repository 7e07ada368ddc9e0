"""Truths between members that a JSON Schema cannot say, told as the same kind of problem."""

from __future__ import annotations

import math
import re
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeGuard

from edgeenv.documents import NOWHERE, shown_path
from edgeenv.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edgeenv.documents import Document, ValuePath

_PERCENTILES = ("latency_p50_ms", "latency_p95_ms", "latency_p99_ms")
_DAY = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T")
_MOMENTS = ("created_at", "captured_at", "started_at", "finished_at")


def truths_of(name: str, definition: str | None, document: Document) -> Iterator[Problem]:
    """The problems of one document or part; values of a wrong type are the schema's business."""
    for place, truth in _TRUTHS.get((name, definition), ()):
        part = _at(document.data, place)
        if isinstance(part, dict):
            yield from truth(document, place, part)


def _percentiles(document: Document, place: ValuePath, metrics: dict[str, Any]) -> Iterator[Problem]:
    for lower, higher in pairwise(_PERCENTILES):
        low, high = metrics.get(lower), metrics.get(higher)
        if _is_finite(low) and _is_finite(high) and low > high:
            message = f"found {high} below {lower} {low}, expected p50 <= p95 <= p99"
            hint = "check how the benchmark computes its percentiles"
            yield _problem("percentiles-out-of-order", document, (*place, higher), message, hint)


def _hash_basis(document: Document, place: ValuePath, model: dict[str, Any]) -> Iterator[Problem]:
    if "hash_basis" not in model or "model_hash" not in model:
        return
    missing, without = model["hash_basis"] == "missing", model["model_hash"] is None
    if missing and not without:
        message = "found a hash of a model whose hash_basis is missing, expected null"
        yield _problem("hash-basis-mismatch", document, (*place, "model_hash"), message)
    if without and not missing:
        message = "found no model_hash, expected the hash_basis missing"
        yield _problem("hash-basis-mismatch", document, (*place, "hash_basis"), message)


def _moments(document: Document, place: ValuePath, part: dict[str, Any]) -> Iterator[Problem]:
    for member in _MOMENTS:
        value = part.get(member)
        if isinstance(value, str) and not _is_moment(value):
            message = f"found {value[:40]!r}, expected a moment that the calendar knows"
            yield _problem("impossible-moment", document, (*place, member), message)


def _one_or_several(document: Document, place: ValuePath, profile: dict[str, Any]) -> Iterator[Problem]:
    if "sampler" in profile and "samplers" in profile:
        message = "found both sampler and samplers, expected one of them"
        hint = "move the block of sampler to the place in the list samplers where it counts"
        yield _problem("sampler-and-samplers", document, (*place, "samplers"), message, hint)


def _is_moment(value: str) -> bool:
    """Whether the calendar has this day; True for text that the schema refuses anyway."""
    match = _DAY.match(value)
    if match is None:
        return True
    try:
        date(*(int(part) for part in match.groups()))
    except ValueError:
        return False
    return True


def _is_finite(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _at(value: Any, path: ValuePath) -> Any:
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _problem(
    code: str, document: Document, path: ValuePath, message: str, hint: str | None = None
) -> Problem:
    place = document.marks.value(path) or NOWHERE
    return Problem(code, document.source, *place, shown_path(path), message, hint)


_Truth = tuple[tuple[str, ...], "Callable[[Document, ValuePath, dict[str, Any]], Iterator[Problem]]"]
_TRUTHS: dict[tuple[str, str | None], tuple[_Truth, ...]] = {
    ("result", None): (
        (("metrics",), _percentiles),
        (("model",), _hash_basis),
        ((), _moments),
        (("env",), _moments),
        (("execution",), _moments),
    ),
    ("result", "metrics"): (((), _percentiles),),
    ("result", "model"): (((), _hash_basis),),
    ("result", "env"): (((), _moments),),
    ("result", "execution"): (((), _moments),),
    ("target-profile", None): (((), _one_or_several),),
    ("failed-run", None): (((), _moments), (("execution",), _moments)),
}
