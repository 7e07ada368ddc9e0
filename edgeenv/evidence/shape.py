"""Do the values of a typed reading have the types that it promises? Cheap, and without a schema library.

Evidence was validated when it was stored. What has been edited since, together with its manifest, or what
an earlier release stored, must still not reach a report as something that it is not.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def misfits(value: object, place: str = "$") -> Iterator[str]:
    """Where a dataclass holds something else than its annotations say, each as ``place: expected …``."""
    for field in dataclasses.fields(value):  # type: ignore[arg-type]
        member = getattr(value, field.name)
        here = f"{place}.{field.name}"
        kinds = str(field.type).split(" | ")
        if member is None and "None" in kinds:
            continue
        parts = [part for part in (member if isinstance(member, tuple) else (member,)) if _is_typed(part)]
        for part in parts:
            yield from misfits(part, here)
        if not parts and not any(_fits(member, kind) for kind in kinds):
            yield f"{here}: expected {kinds[0]}"


def _fits(member: object, kind: str) -> bool:
    if kind.startswith("Mapping"):
        return isinstance(member, Mapping)
    if kind.startswith("tuple["):
        inner = kind.removeprefix("tuple[").split(",")[0].rstrip("]")
        return isinstance(member, tuple) and all(_fits(item, inner) for item in member)
    check = _CHECKS.get(kind)
    return check is not None and check(member)


def _is_typed(part: object) -> bool:
    return dataclasses.is_dataclass(part)


def _is_number(member: object) -> bool:
    return isinstance(member, int | float) and not isinstance(member, bool) and math.isfinite(member)


_CHECKS: dict[str, Callable[[object], bool]] = {
    "str": lambda member: isinstance(member, str),
    "bool": lambda member: isinstance(member, bool),
    "int": lambda member: type(member) is int and abs(member) < 1 << 63,
    "float": _is_number,
}
