"""All samplers of one run: started before the command, stopped after it, held to the profile."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeenv.capture.samplers import catalogue, remains
from edgeenv.capture.samplers.base import (
    FatalSamplerError,
    RecoverableSamplerError,
    SamplerContext,
    SamplerError,
    Shortfall,
)
from edgeenv.capture.samplers.summary import joint_document
from edgeenv.capture.window import SAMPLING, Window
from edgeenv.model.execution import RunFinding

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from edgeenv.capture.request import Clock
    from edgeenv.capture.samplers.base import Sampler, SamplerSettings
    from edgeenv.capture.samplers.summary import SamplerSummary

FOLDER = "sampler"
_PAUSE_S = 0.02
_KILL_S = 1.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all samplers of a run have in common.

    Attributes:
        directory: the run's ``sampler`` directory; made when a sampler has been asked for.
        environment: the variables for tools that are started.
        current_directory: where relative paths of the target profile count from.
        sysroot: the directory that stands for ``/``.
    """

    directory: Path
    clock: Clock
    environment: Mapping[str, str]
    current_directory: Path
    sysroot: Path = Path("/")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the samplers of one run have given.

    Attributes:
        summaries: one for each sampler that ran, in the order of the profile.
        findings: what went wrong with samplers that are not required, and every warning.
        failure: the first thing that a required sampler owes; the run has failed with it.
        metadata: the document of ``sampler/metadata.json``; None when no sampler ran.
    """

    summaries: tuple[SamplerSummary, ...] = ()
    findings: tuple[RunFinding, ...] = ()
    failure: FatalSamplerError | None = None
    metadata: Mapping[str, Any] | None = None


@dataclass(slots=True)
class _Seat:
    """One sampler of the session."""

    context: SamplerContext
    sampler: Sampler | None = None
    trouble: SamplerError | None = None
    hung: bool = False
    label: str = ""

    @property
    def settings(self) -> SamplerSettings:
        return self.context.settings


@dataclass(slots=True)
class SamplingSession:
    """The samplers of one run.

    What an optional sampler does, be it an exception or endless waiting, costs the run that evidence and no
    more time than its stop timeout. Call `start`, `wait`, `command_started`, `stop` and `outcome`, in this
    order; `stop` in any case.
    """

    surroundings: Surroundings
    wanted: Sequence[SamplerSettings]
    _seats: list[_Seat] = field(default_factory=list)
    _begin_ns: int = 0

    def start(self) -> None:
        """Start every sampler.

        Raises:
            FatalSamplerError: a required one cannot be started; the others still have to be stopped.
        """
        several = len(self.wanted) > 1
        self._begin_ns = round(self.surroundings.clock.monotonic() * 1e9)
        for settings in map(catalogue.completed, self.wanted):
            seat = self._seat(settings, several=several)
            self._seats.append(seat)
            if seat.trouble is None:
                self._start(seat)
            if seat.trouble is not None and settings.required:
                raise _required(seat.trouble.message, seat.trouble.hint)

    @property
    def active(self) -> tuple[str, ...]:
        """The names of the samplers that run."""
        return tuple(seat.settings.name for seat in self._seats if seat.sampler is not None)

    def wait(self, stopped: Callable[[], bool]) -> None:
        """Let every sampler come up to speed before the command starts.

        Args:
            stopped: ends the wait when it becomes true.
        """
        waits = [seat.settings.startup_wait_ms or 0 for seat in self._seats if seat.sampler is not None]
        _wait_until(stopped, max(waits, default=0) / 1000)

    def command_started(self, pid: int) -> None:
        """The command runs, as the leader of its own process group."""
        for seat in self._seats:
            if seat.sampler is not None:
                self._guarded(seat, lambda sampler: sampler.command_started(pid))

    def stop(self) -> None:
        """Stop every sampler, all at the same time."""
        threads = []
        for seat in self._seats:
            if seat.sampler is not None:
                thread = threading.Thread(target=self._guarded, args=(seat, _stop), daemon=True)
                thread.start()
                threads.append((seat, thread))
        # The samplers keep to their timeouts themselves; a little more is for those that do not.
        allowed = max((seat.context.stop_timeout_s for seat, _ in threads), default=0.0) + _KILL_S
        _wait_until(lambda: not any(thread.is_alive() for _, thread in threads), allowed)
        for seat, thread in threads:
            seat.hung = thread.is_alive()

    def outcome(self, window: Window | None) -> Outcome:
        """What was sampled; every file that is left in the samplers' directory is listed in the metadata.

        Args:
            window: the stretch of time that counts; None when the command never ran.
        """
        summaries, findings, failures = [], [], []
        counted = window or self._sampling()
        for seat in self._seats:
            made = self._summary(seat, counted)
            owed = (*_owed(seat), *(made.shortfalls if made is not None else ()))
            if made is not None:
                summaries.append(made.with_shortfalls(_owed(seat)))
                findings += [RunFinding("sampler-warning", warning) for warning in made.warnings]
            findings += [RunFinding(shortfall.code, shortfall.message) for shortfall in owed]
            if seat.settings.required and owed:
                failures.append(_required("; ".join(shortfall.message for shortfall in owed)))
        remains.sweep(
            self.surroundings.directory, {path for made in summaries for path in made.raw_artifacts}
        )
        return Outcome(
            tuple(summaries),
            tuple(findings),
            failures[0] if failures else None,
            joint_document(tuple(summaries)),
        )

    def _seat(self, settings: SamplerSettings, *, several: bool) -> _Seat:
        label = settings.name
        taken = {seat.label for seat in self._seats}
        number = 2
        while label in taken:
            label, number = f"{settings.name}-{number}", number + 1
        around = self.surroundings
        directory = around.directory / label if several else around.directory
        context = SamplerContext(
            settings=settings,
            directory=directory,
            artifact_prefix=f"{FOLDER}/{label}/" if several else f"{FOLDER}/",
            clock=around.clock,
            environment=around.environment,
            current_directory=around.current_directory,
            sysroot=around.sysroot,
        )
        seat = _Seat(context, label=label)
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            told = f"{settings.name}: its directory cannot be made: {error}"
            seat.trouble = RecoverableSamplerError("sampler-unavailable", told)
        return seat

    def _start(self, seat: _Seat) -> None:
        """Start one sampler in a thread, since a driver may hang in its first call."""
        begun: list[Sampler] = []

        def begin() -> None:
            try:
                sampler = catalogue.create(seat.settings.name)
                sampler.start(seat.context)
            except SamplerError as error:
                seat.trouble = error
            except Exception as error:  # noqa: BLE001 - an optional sampler must not fail a run
                told = f"{seat.settings.name} could not be started: {error!r}"
                seat.trouble = RecoverableSamplerError("sampler-crashed", told)
            else:
                begun.append(sampler)

        thread = threading.Thread(target=begin, daemon=True)
        thread.start()
        thread.join(seat.context.stop_timeout_s)
        if thread.is_alive():
            told = f"{seat.settings.name} did not start within {seat.context.stop_timeout_s:g} seconds"
            seat.trouble = RecoverableSamplerError("sampler-unavailable", told)
        elif begun:
            seat.sampler = begun[0]

    def _guarded(self, seat: _Seat, call: Callable[[Sampler], None]) -> None:
        if seat.sampler is None:
            return
        try:
            call(seat.sampler)
        except Exception as error:  # noqa: BLE001 - as at the start
            told = f"{seat.settings.name} failed: {error!r}"
            seat.trouble = seat.trouble or RecoverableSamplerError("sampler-crashed", told)

    def _sampling(self) -> Window:
        now = round(self.surroundings.clock.monotonic() * 1e9)
        return Window(self._begin_ns, max(now, self._begin_ns + 1), SAMPLING)

    def _summary(self, seat: _Seat, window: Window) -> SamplerSummary | None:
        if seat.sampler is None or seat.hung:
            return None
        try:
            return seat.sampler.summary(window)
        except Exception as error:  # noqa: BLE001 - as at the start
            told = f"{seat.settings.name} could not sum up: {error!r}"
            seat.trouble = seat.trouble or RecoverableSamplerError("sampler-crashed", told)
        return remains.bare_summary(seat.context, window)


def _wait_until(condition: Callable[[], bool], at_most_s: float) -> None:
    # Counted in sleeps, not on a clock: this must come to an end whatever a clock does.
    waited = 0.0
    while waited < at_most_s and not condition():
        pause = min(_PAUSE_S, at_most_s - waited)
        time.sleep(pause)
        waited += pause


def _stop(sampler: Sampler) -> None:
    sampler.stop()


def _owed(seat: _Seat) -> list[Shortfall]:
    owed = []
    if seat.trouble is not None:
        hint = f" ({seat.trouble.hint})" if seat.trouble.hint else ""
        owed.append(Shortfall(seat.trouble.code, seat.trouble.message + hint))
    if seat.hung:
        owed.append(Shortfall("sampler-stop-timeout", f"{seat.settings.name} did not stop in time"))
    return owed


def _required(message: str, hint: str | None = None) -> FatalSamplerError:
    return FatalSamplerError("sampler-required", f"Required sampler failed: {message}", hint)
