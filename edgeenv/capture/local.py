"""Runs a benchmark command on this machine and reads the numbers that it reports."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from edgeenv.capture import command, content, identity, leftovers, logs, markers, metrics, process, signals
from edgeenv.capture.failures import RefusedError, legible
from edgeenv.capture.process import End
from edgeenv.capture.request import Capture
from edgeenv.capture.survey import Survey
from edgeenv.capture.timing import duration, instant
from edgeenv.model.execution import Execution, RunFinding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edgeenv.capture.request import CaptureFailure, CaptureRequest
    from edgeenv.capture.window import Window
    from edgeenv.model.run import ModelIdentity

_MAX_NAMED = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """The sizes that a local run keeps to.

    Attributes:
        output_bytes: a stream that grows beyond this ends the command.
        grace_s: seconds between SIGTERM and SIGKILL.
        cap: how much of each stream is stored.
    """

    output_bytes: int = process.MAX_OUTPUT_BYTES
    grace_s: float = process.GRACE_S
    cap: logs.Cap = logs.DEFAULT_CAP


DEFAULT_LIMITS = Limits()


def run(request: CaptureRequest, limits: Limits = DEFAULT_LIMITS) -> Capture:
    """Start the command, wait for it, and judge what it printed.

    SIGINT, SIGTERM and SIGHUP end the command and give a failure with ``signal`` set; they raise nothing.

    Raises:
        OSError: the log files could not be created, read or cut.
    """
    with (
        request.stdout.open("xb") as stdout,
        request.stderr.open("xb") as stderr,
        signals.StopSignals() as stop,
    ):
        return _Attempt(request, limits, process.Streams(stdout, stderr), stop).capture()


class _Attempt:
    """One execution on its way; what is known so far outlives the failure of any step."""

    def __init__(
        self,
        request: CaptureRequest,
        limits: Limits,
        streams: process.Streams,
        stop: signals.StopSignals,
    ) -> None:
        self._request = request
        self._limits = limits
        self._streams = streams
        self._stop = stop
        self._model: ModelIdentity = identity.unexamined(request.config)
        self._execution = Execution(
            extra_env=dict(request.config.extra_env), injected_env=command.injected(request)
        )
        self._found: Mapping[str, markers.MarkerLine] = {}
        self._findings: list[RunFinding] = []
        self._survey = Survey(request)
        self._window: Window | None = None

    def capture(self) -> Capture:
        """Every step in turn, up to the first that fails; the logs are put in order in any case."""
        failure = None
        reported: metrics.Reported | None = None
        try:
            reported = self._measure()
        except RefusedError as refused:
            failure = self._failure(refused)
        except content.StoppedError:
            failure = self._failure(self._interrupted())
        sampled = self._survey.sampled(self._window, reported.resource_metrics if reported else None)
        self._findings.extend(sampled.findings)
        self._store_logs()
        if failure is None and self._stopped():
            failure = self._failure(self._interrupted())
        if failure is None and sampled.refused is not None:
            failure = self._failure(sampled.refused)
        given = reported if failure is None else None
        return Capture(
            model=self._model,
            execution=self._execution,
            metrics=given.metrics if given else None,
            resource_metrics=sampled.resource_metrics if failure is None else None,
            failure=failure,
            findings=tuple(self._findings),
            resource_evidence=sampled.evidence if failure is None else None,
            conditions=self._survey.conditions() or None,
            sampler_metadata=sampled.metadata,
            latency_samples=given.latency_samples if given else None,
            samples=given.samples if given else None,
        )

    def _measure(self) -> metrics.Reported:
        launch = command.plan(self._request)
        self._execution = replace(
            self._execution,
            argv=tuple(map(legible, launch.argv)),
            executable=legible(launch.executable) if launch.executable else None,
            working_directory=legible(str(launch.working_directory)),
        )
        before = identity.look(self._request.config, launch.working_directory, self._stopped)
        try:
            self._survey.begin(self._stopped)
            ending = self._execute(launch)
        finally:
            self._survey.end()
        self._found = markers.find(self._request.stdout)
        self._judge(ending)
        reported = metrics.accept(self._found, self._request)
        self._window = metrics.accept_window(self._found, ending.window)
        self._model, findings = identity.settle(self._request.config, before, self._stopped)
        self._findings.extend(findings)
        return reported

    def _failure(self, refused: RefusedError) -> CaptureFailure:
        return refused.failure(self._request.run_id, self._execution.exit_code)

    def _stopped(self) -> bool:
        return self._stop.number is not None

    def _execute(self, launch: process.Launch) -> process.Ending:
        request = self._request
        if self._stopped():
            raise self._interrupted()
        observers = process.Observers(
            request.clock,
            self._stop,
            request.watcher,
            request.stdout,
            request.stderr,
            self._survey.command_started,
            self._survey.command_ended,
        )
        bounds = process.Bounds(
            request.config.timeout_seconds, self._limits.output_bytes, self._limits.grace_s
        )
        started = request.clock.now()
        try:
            ending = process.execute(launch, self._streams, bounds, observers)
        except process.StartError as error:
            raise RefusedError("cannot-start", f"Failed to start local benchmark command: {error}") from error
        self._execution = replace(
            self._execution,
            started_at=instant(started),
            finished_at=instant(request.clock.now()),
            duration_s=duration(ending.duration_s),
            exit_code=ending.status,
        )
        self._window = ending.window
        self._survey.used(ending.usage)
        self._look_for_leftovers()
        return ending

    def _look_for_leftovers(self) -> None:
        request = self._request
        logs_written = (request.stdout, request.stderr)
        left = leftovers.find(request.run_id, logs_written)
        if not left:
            return
        named = ", ".join(f"{process_.pid} ({process_.name})" for process_ in left[:_MAX_NAMED])
        more = f" and {len(left) - _MAX_NAMED} more" if len(left) > _MAX_NAMED else ""
        self._findings.append(
            RunFinding("process-left-behind", f"the command's processes still run: {named}{more}")
        )
        for log in logs_written:
            logs.detach(log)

    def _judge(self, ending: process.Ending) -> None:
        """Refuse a command that did not end by itself, or not well.

        Raises:
            RefusedError: always, unless its exit status is 0.
        """
        status = ending.status
        match ending.end:
            case End.SIGNAL:
                raise self._interrupted()
            case End.TIMEOUT:
                limit = self._request.config.timeout_seconds
                raise RefusedError("timeout", f"Local benchmark command timed out after {limit} seconds")
            case End.OUTPUT:
                limit_bytes = self._limits.output_bytes
                raise RefusedError(
                    "output-limit",
                    f"Local benchmark command printed more than {limit_bytes} bytes to one stream",
                )
            case End.ITSELF if status is not None and status < 0:
                raise RefusedError(
                    "killed-by-signal",
                    f"Local benchmark command failed with exit code {status}: "
                    f"killed by signal {-status} ({signals.name(-status)})",
                )
            case End.ITSELF if status != 0:
                raise RefusedError(
                    "nonzero-exit",
                    f"Local benchmark command failed with exit code {status}",
                )

    def _interrupted(self) -> RefusedError:
        number = self._stop.number or 0
        return RefusedError(
            "interrupted",
            f"Local benchmark command was interrupted by {signals.name(number)}",
            signal=number,
        )

    def _store_logs(self) -> None:
        request, cap = self._request, self._limits.cap
        stdout, cut_stdout = logs.store(request.stdout, self._found.values(), cap)
        stderr, cut_stderr = logs.store(request.stderr, (), cap)
        self._findings.extend((*cut_stdout, *cut_stderr))
        self._execution = replace(self._execution, stdout=stdout, stderr=stderr)
