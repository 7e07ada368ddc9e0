"""What a check is: one question with a stable code, and the record of what each check answered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING, Generic, TypeVar

from edgeenv.errors import EdgeEnvError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

S = TypeVar("S")

MOST_TEXTS = 5
"""So many defects of one kind are told; a thousand more would help nobody."""

EXPORT_AGAIN = (
    "export the run again where it was recorded; a zip that was packed, unpacked or edited by hand is refused"
)
CORRUPT = (
    "ask for the bundle again: this one is damaged or was edited; export it anew with edgeenv runs export"
)
NEWER = "use a release of EdgeEnv that knows it: python -m pip install --upgrade edgeenv"
TOO_LARGE = "if you trust its sender, allow more: --max-size 2GiB"


@dataclass(frozen=True, slots=True)
class Check(Generic[S]):
    """One question about a part of a bundle.

    Attributes:
        code: the stable name of the defect that it finds.
        title: what holds when it finds none.
        find: gives a text for every defect; it raises nothing.
        hint: what to do about a defect.
    """

    code: str
    title: str
    find: Callable[[S], Iterable[str]]
    hint: str = CORRUPT


class Result(Enum):
    """How a check came out."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_REACHED = "not-reached"


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """What one check answered for one bundle.

    Attributes:
        texts: every defect that it found, at most a few.
    """

    code: str
    title: str
    result: Result
    texts: tuple[str, ...] = ()
    hint: str | None = None


class StoppedError(Exception):
    """A check of a phase has failed, so that the next phase has nothing to stand on."""


class Examination:
    """The checks of one bundle, phase by phase; a phase runs only when all before it have passed."""

    def __init__(self) -> None:
        self.outcomes: list[CheckOutcome] = []

    def run(self, checks: Sequence[Check[S]], subject: S) -> None:
        """Ask every question of one phase.

        Raises:
            StoppedError: at least one found a defect.
        """
        failed = False
        for check in checks:
            texts = tuple(islice(check.find(subject), MOST_TEXTS))
            result = Result.FAILED if texts else Result.PASSED
            self.outcomes.append(
                CheckOutcome(check.code, check.title, result, texts, check.hint if texts else None)
            )
            failed = failed or bool(texts)
        if failed:
            raise StoppedError

    def failures(self) -> Iterator[CheckOutcome]:
        """The checks that have failed, in the order of asking."""
        return (outcome for outcome in self.outcomes if outcome.result is Result.FAILED)


def refusal(source: str, failures: Sequence[CheckOutcome]) -> EdgeEnvError:
    """The error for a bundle in which checks have failed; the first one gives the code and the hint."""
    first = failures[0]
    others = sum(len(failure.texts) for failure in failures) - 1
    more = f" (and {others} more)" if others else ""
    where = "" if source in first.texts[0] else f" (in {source})"
    return EdgeEnvError(f"{first.texts[0]}{more}{where}", first.hint, code=first.code)
