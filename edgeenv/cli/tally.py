"""How far long work is: one line on stderr that is overwritten, and nothing where that is no terminal."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from typing import Self

_PAUSE_S = 0.1
_FEW = 10


class Tally:
    """Shows ``123 of 10000 runs verified`` while work goes on; used as a function of both numbers.

    Args:
        what: what is counted, such as ``runs verified``.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._is_terminal = sys.stderr.isatty()
        self._drawn_at: float | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._drawn_at is not None:
            self._write("\r\x1b[K")

    def __call__(self, done: int, total: int) -> None:
        """Draw the line anew, if it is time to."""
        if not self._is_terminal or total <= _FEW:
            return
        now = time.monotonic()
        if self._drawn_at is None or now - self._drawn_at >= _PAUSE_S:
            self._drawn_at = now
            self._write(f"\r{done} of {total} {self._what}\x1b[K")

    def _write(self, text: str) -> None:
        with suppress(OSError):  # a terminal that has gone must not end the work
            sys.stderr.write(text)
            sys.stderr.flush()
