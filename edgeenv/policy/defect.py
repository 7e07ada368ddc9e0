"""One thing that is wrong with a resolved policy, before it has a place in a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Defect:
    """One defect of a resolved policy: an error, or a warning that does not stop its use.

    Attributes:
        code: stable name of the defect.
        path: the member of the resolved document that it is about.
    """

    code: str
    path: tuple[str | int, ...]
    message: str
    hint: str | None = None
    warning: bool = False
