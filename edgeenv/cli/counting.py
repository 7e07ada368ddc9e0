"""Work on many files: one line of progress on a terminal, what failed told at the end."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Self

from edgeenv.cli.output import clean, message
from edgeenv.errors import EdgeEnvError, ExitStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FEW = 10


class Counting:
    """Goes through many things, keeps those that failed, and says how far it is.

    Args:
        doing: what is being done, such as ``imported``.
        fail_fast: stop at the first failure.
    """

    def __init__(self, things: Sequence[str], doing: str, *, fail_fast: bool) -> None:
        self.failures: list[tuple[str, EdgeEnvError]] = []
        self._things = things
        self._doing = doing
        self._fail_fast = fail_fast
        self._is_shown = len(things) > _FEW and sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._draw("")

    def __iter__(self) -> Iterator[str]:
        for number, thing in enumerate(self._things, 1):
            self._draw(f"{number} of {len(self._things)} {self._doing}")
            yield thing
            if self.failures and self._fail_fast:
                break

    def failed(self, thing: str, error: EdgeEnvError) -> None:
        """Note a failure; a single thing that fails is the failure of the whole command."""
        if len(self._things) == 1:
            raise error
        self.failures.append((thing, error))

    def conclude(self) -> int:
        """Tell every failure, and give the exit status."""
        self._draw("")
        for thing, error in self.failures:
            about = "" if thing in error.message else f"{clean(thing)}: "
            message(f"Error: {about}{clean(error.message)}")
            if error.hint:
                message(f"  Hint: {clean(error.hint)}")
        if not self.failures:
            return ExitStatus.DONE
        message(f"{len(self.failures)} of {len(self._things)} could not be {self._doing}")
        return ExitStatus.COULD_NOT

    def _draw(self, text: str) -> None:
        if self._is_shown:
            sys.stderr.write(f"\r{text}\x1b[K")
            sys.stderr.flush()
