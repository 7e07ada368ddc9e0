"""What is looked at beside a command: the machine's conditions around it, and the samplers of the profile."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from edgeenv.capture.failures import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from resource import struct_rusage

    from edgeenv.capture.request import CaptureRequest
    from edgeenv.capture.samplers.session import SamplingSession
    from edgeenv.capture.window import Window
    from edgeenv.model.execution import RunFinding
    from edgeenv.model.run import ResourceMetrics

_SOURCES = "sources"


@dataclass(frozen=True, slots=True)
class Sampled:
    """What the samplers of one run have given.

    Attributes:
        resource_metrics: what counts for each metric, the command's own included.
        evidence: every value of every source with its origin; None when no sampler ran.
        metadata: the document of ``sampler/metadata.json``; None when no sampler ran.
        refused: what a required sampler owes.
    """

    resource_metrics: ResourceMetrics | None
    evidence: tuple[Mapping[str, Any], ...] | None = None
    metadata: Mapping[str, Any] | None = None
    findings: tuple[RunFinding, ...] = ()
    refused: RefusedError | None = None


@dataclass(slots=True)
class Survey:
    """The observations around one command.

    Call `begin`, `command_started` and `command_ended` in this order, then `end` in any case and `sampled`.
    The modules of samplers are imported only for a profile that asks for one.
    """

    request: CaptureRequest
    _session: SamplingSession | None = None
    _observed: dict[str, dict[str, Any]] = field(default_factory=dict)
    _usage: struct_rusage | None = None

    def begin(self, stopped: Callable[[], bool]) -> None:
        """Start the samplers, look at the machine, and let the samplers come up to speed.

        Raises:
            RefusedError: a required sampler cannot be started.
        """
        blocks = self.request.target.sampler_blocks
        if blocks:
            self._start(blocks)
        self._observe("before")
        if self._session is not None:
            self._session.wait(stopped)

    def command_started(self, pid: int) -> None:
        """The command runs, as the leader of its own process group."""
        if self._session is not None:
            self._session.command_started(pid)

    def command_ended(self) -> None:
        """The command has just ended."""
        self._observe("after")

    def used(self, usage: struct_rusage | None) -> None:
        """What the command has used, as the system told when it was collected."""
        self._usage = usage

    def end(self) -> None:
        """Stop the samplers."""
        if self._session is not None:
            self._session.stop()

    def sampled(self, window: Window | None, reported: ResourceMetrics | None) -> Sampled:
        """What was sampled inside a window, beside what the command has reported.

        Args:
            window: the stretch of time that counts; None when the command never ran.
            reported: the command's own resource metrics.
        """
        if self._session is None:
            return Sampled(reported)
        from edgeenv.capture.samplers.merging import merge

        outcome = self._session.outcome(window)
        merged = merge(outcome.summaries, reported)
        owed = outcome.failure
        return Sampled(
            merged.metrics,
            tuple(merged.document()),
            outcome.metadata,
            outcome.findings,
            None if owed is None else RefusedError(owed.code, owed.message, advice=owed.hint),
        )

    def conditions(self) -> dict[str, Any]:
        """``before``, ``during`` and ``after``, as far as observed, and where each fact was read."""
        from edgeenv.capture.conditions.changes import changes, child_usage

        sources: dict[str, Any] = {}
        document: dict[str, Any] = {}
        for moment, observed in self._observed.items():
            sources |= observed[_SOURCES]
            document[moment] = {name: value for name, value in observed.items() if name != _SOURCES}
        if not document:
            return {}
        both = "before" in document and "after" in document
        during = changes(document["before"], document["after"]) if both else {}
        if self._usage is not None:
            during |= child_usage(self._usage)
        if during:
            document["during"] = during
        return {**document, _SOURCES: sources}

    def _start(self, blocks: tuple[Mapping[str, Any], ...]) -> None:
        from edgeenv.capture.samplers.base import FatalSamplerError, SamplerSettings
        from edgeenv.capture.samplers.session import FOLDER, SamplingSession, Surroundings

        request = self.request
        surroundings = Surroundings(
            directory=request.sampler_directory or request.stdout.parent / FOLDER,
            clock=request.clock,
            environment=request.environment,
            current_directory=request.current_directory,
            sysroot=request.sysroot,
        )
        self._session = SamplingSession(
            surroundings, [SamplerSettings.from_document(block) for block in blocks]
        )
        try:
            self._session.start()
        except FatalSamplerError as error:
            raise RefusedError(error.code, error.message, advice=error.hint) from error

    def _observe(self, moment: str) -> None:
        from edgeenv.capture.conditions import observe_conditions  # not needed by a fake run

        request = self.request
        # Whatever a board's files hold, looking at them must not cost the run.
        with suppress(Exception):
            self._observed[moment] = observe_conditions(
                request.sysroot,
                environment=request.environment,
                samplers=self._session.active if self._session is not None else (),
            )
