"""One thing that is wrong with a resolved policy, before it has a place in a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Defect:
    """One defect of a resolved policy: an error, or a warning that does not stop its use.

    Attributes:
        code: stable name of the defect.
        path: the member of the resolved document that it is about.
        other: the member that does not go with it. Where a younger file wrote that one, the defect is told
            there: whoever replaced a parent's member can mend it, and the parent cannot.
    """

    code: str
    path: tuple[str | int, ...]
    message: str
    hint: str | None = None
    warning: bool = False
    other: tuple[str | int, ...] | None = None
