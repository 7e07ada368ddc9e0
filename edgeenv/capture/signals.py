"""Ctrl-C, TERM and HUP as facts to look at, instead of exceptions that land anywhere."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import FrameType, TracebackType

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopSignals:
    """While entered, a stopping signal is only noted; afterwards everything is as it was.

    An exception raised by a signal inside the start of a process would leave the process running. Signals
    that are ignored when this is entered stay ignored, so ``nohup`` keeps its meaning. Outside the main
    thread, where Python does not allow signal handlers, nothing is installed.

    Attributes:
        number: the first stopping signal that came, None so far.
    """

    __slots__ = ("_previous", "number")

    def __init__(self) -> None:
        self.number: int | None = None
        self._previous: list[tuple[int, signal._HANDLER]] = []

    def __enter__(self) -> Self:
        """Install the handlers."""
        if threading.current_thread() is not threading.main_thread():
            return self
        for number in STOPPING:
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                self._previous.append((number, signal.signal(number, self._note)))
        if signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:
            # An inherited "ignore" makes the kernel throw the exit statuses of children away.
            self._previous.append((signal.SIGCHLD, signal.signal(signal.SIGCHLD, signal.SIG_DFL)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put the earlier handlers back."""
        while self._previous:
            number, handler = self._previous.pop()
            signal.signal(number, handler)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self.number is None:
            self.number = number


def name(number: int) -> str:
    """A signal's name, such as ``SIGINT``; its number where it has none."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
