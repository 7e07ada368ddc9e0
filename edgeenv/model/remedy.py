"""What would make two runs comparable: fields that must become equal or be there, and where they belong."""

from __future__ import annotations

from enum import Enum
from typing import Any, NamedTuple


class Place(Enum):
    """Where a recorded field comes from, and so what is to be changed before a run is recorded again."""

    BENCH_CONFIG = "bench-config"
    TARGET_PROFILE = "target-profile"
    MACHINE = "machine"
    MEASUREMENT = "measurement"


class Need(Enum):
    """What must become of a field: equal in both runs, or recorded where it is not (and then equal)."""

    EQUAL = "equal"
    PRESENT = "present"


class RemedyStep(NamedTuple):
    """One field that stands between two runs and a Yes.

    Attributes:
        path: the field, as a dotted path into ``result.json``.
        a: what the baseline records, b: what the candidate records; None where absent.
        record: the sides, ``A`` and ``B``, that would have to be recorded again.
        rules: the rules that ask for it, in the policy's order.
        matchers: how those rules compare, each once; ``exact`` means equal.
        place: where the field comes from.
        member: the member of the bench config or target profile that sets it; None where none does.
    """

    path: str
    a: Any
    b: Any
    need: Need
    record: tuple[str, ...]
    rules: tuple[str, ...]
    matchers: tuple[str, ...]
    place: Place
    member: str | None


class Perhaps(NamedTuple):
    """A rule that may ask for more, depending on a value that neither run has recorded.

    Attributes:
        rule: the rule.
        guard: the rule whose value decides.
        values: the values of the guard at which the rule applies.
        paths: the fields of the rule that do not agree now.
    """

    rule: str
    guard: str
    values: tuple[Any, ...]
    paths: tuple[str, ...]


class Remedy(NamedTuple):
    """The smallest set of fields that would have to be equal or be there, the baseline kept as it is.

    Attributes:
        steps: every one of them is needed, and all of them together suffice.
        perhaps: what may have to be added once evidence that is missing on both sides is there.
    """

    steps: tuple[RemedyStep, ...]
    perhaps: tuple[Perhaps, ...] = ()

    def at(self, place: Place) -> tuple[RemedyStep, ...]:
        """The steps that belong to one place."""
        return tuple(step for step in self.steps if step.place is place)
