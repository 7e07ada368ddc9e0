"""A thread that reads at a steady pace, first at once and last when it is told to end."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from edgeenv.capture.samplers.base import Shortfall

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from edgeenv.capture.samplers.base import SamplerContext
    from edgeenv.capture.samplers.samples import Samples


class Poller:
    """Adds what ``read`` gives to the samples, again and again.

    A read that takes longer than the interval costs samples, never a backlog.

    Attributes:
        error: what ended the thread before it was asked to end.
    """

    def __init__(
        self, context: SamplerContext, samples: Samples, read: Callable[[], Mapping[str, float]]
    ) -> None:
        self.error: Exception | None = None
        self._context = context
        self._samples = samples
        self._read = read
        self._ending = threading.Event()
        self._abandoned = False
        self._thread = threading.Thread(target=self._run, daemon=True, name=context.settings.name)

    def start(self) -> None:
        """Begin, with a first reading at once."""
        self._thread.start()

    def stop(self) -> bool:
        """Take a last reading and end; False when the thread hangs in a read and is left behind."""
        self._ending.set()
        self._thread.join(self._context.stop_timeout_s)
        self._abandoned = self._thread.is_alive()
        return not self._abandoned

    def shortfalls(self, what: str) -> list[Shortfall]:
        """What the reading owes, once it has been stopped.

        Args:
            what: what was read, for people.
        """
        owed = []
        if self._abandoned:
            owed.append(Shortfall("sampler-stop-timeout", f"reading {what} did not end in time"))
        if self.error is not None:
            owed.append(Shortfall("sampler-early-exit", f"reading {what} failed: {self.error}"))
        return owed

    def _run(self) -> None:
        interval_s, monotonic = self._context.interval_s, self._context.clock.monotonic
        due = monotonic()
        try:
            while not self._ending.is_set():
                self._sample()
                due = max(due + interval_s, monotonic())
                self._ending.wait(min(interval_s, max(0.0, due - monotonic())))
            self._sample()
        except Exception as error:  # noqa: BLE001 - whatever a driver raises ends the sampling, not the run
            self.error = error

    def _sample(self) -> None:
        values = self._read()
        if values and not self._abandoned:
            self._samples.add(self._context.now_ns(), values)
