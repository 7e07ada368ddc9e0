"""The order of work of one recording: stage, run, write down, publish, index."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from edgeenv.capture import machine, runner
from edgeenv.capture.request import CaptureRequest
from edgeenv.capture.signals import StopSignals
from edgeenv.documents import pretty_json
from edgeenv.errors import EdgeEnvError
from edgeenv.evidence import files
from edgeenv.evidence.disk import explain, explained, make_directory
from edgeenv.evidence.files import Kind
from edgeenv.evidence.latency import written
from edgeenv.evidence.moments import utc_text
from edgeenv.evidence.stage import Stage
from edgeenv.evidence.store import StoredRun
from edgeenv.model.document import write
from edgeenv.model.facts import Facts
from edgeenv.model.finding import Finding
from edgeenv.recording import handover
from edgeenv.recording.composing import Plan, composed_failure, composed_run, must_be_valid
from edgeenv.recording.request import Recorded
from edgeenv.registry.reconciling import changed_at
from edgeenv.registry.registry import Registry
from edgeenv.registry.trouble import IndexTroubleError

if TYPE_CHECKING:
    from edgeenv.capture.request import Capture
    from edgeenv.evidence.manifest import Manifest
    from edgeenv.model.failed_run import FailedRun
    from edgeenv.model.run import Environment, Run
    from edgeenv.recording.request import RecordRequest

_ID_TRIES = 100


def record(request: RecordRequest) -> Recorded:
    """Run a benchmark once and store what it gave, whole or not at all.

    The root holds the run from one rename on. What fails before leaves nothing visible; what fails after,
    such as the index, is a notice, and the next command makes up for it.

    Raises:
        EdgeEnvError: the run could not be stored; what was stored before is untouched.
    """
    registry = Registry(request.root)
    with explained(request.root):
        make_directory(request.root)
        registry.open()
        run_id = _new_run_id(request)
        stage = Stage.open(request.root, run_id, request.random_hex)
    recording = _Recording(request, registry, stage)
    try:
        return recording.made()
    except OSError as error:
        raise explain(error, stage.directory, recording.progress()) from error
    finally:
        recording.end()


class _Published(NamedTuple):
    """What lies in the root now: a run or a failed run, and the signal that ended it early."""

    directory: Path
    manifest: Manifest
    run: Run | None
    failed: FailedRun | None
    signal: int | None


class _Recording:
    """One run on its way into the root."""

    def __init__(self, request: RecordRequest, registry: Registry, stage: Stage) -> None:
        self._request = request
        self._registry = registry
        self._stage = stage
        self._plan = Plan(request, stage.run_id)
        self._finished = False
        self._published = False
        self._indexed = False
        self._changed_before: int | None = None

    def made(self) -> Recorded:
        self._stage.write(files.CONFIG, self._request.config.raw)
        self._stage.write(files.TARGET, self._request.target.raw)
        # From the command's start to the published run a stopping signal is only noted: what has been
        # measured is written down first.
        with StopSignals():
            capture = runner.run(self._capture_request())
            self._finished = True
            self._write_sampler(capture)
            self._write_samples(capture)
            published = self._publish(capture, self._environment(capture))
        return self._recorded(published)

    def progress(self) -> str:
        """What a person must know when storing has failed."""
        if not self._finished:
            return ""
        return "the benchmark had ended, but nothing of its run could be kept; "

    def end(self) -> None:
        """Tidy up, as far as this process can."""
        if not self._published:
            self._stage.discard()
        elif self._indexed:
            self._stage.finish()
        else:
            self._stage.release()

    def _capture_request(self) -> CaptureRequest:
        request = self._request
        return CaptureRequest(
            run_id=self._stage.run_id,
            config=self._plan.config,
            target=self._plan.target,
            environment=request.environment,
            current_directory=request.current_directory,
            python=request.python,
            stdout=self._stage.path(files.STDOUT),
            stderr=self._stage.path(files.STDERR),
            clock=request.clock,
            watcher=request.watcher,
            sampler_directory=self._stage.path(files.SAMPLER),
            samples_file=handover.opened(self._stage),
        )

    def _environment(self, capture: Capture) -> Environment:
        request = self._request
        home = request.environment.get("HOME")
        observed = machine.observe(
            now=request.clock.now(),
            execution_python=capture.execution.executable,
            own_python=request.python,
            edgeenv_version=request.edgeenv_version,
            home=Path(home) if home else None,
        )
        return replace(observed, conditions=capture.conditions)

    def _publish(self, capture: Capture, environment: Environment) -> _Published:
        """Compose the run or the failed run, and store it; nothing here waits for the index."""
        if capture.failure is not None:
            failed = composed_failure(self._plan, self._now(), capture, capture.failure)
            directory, manifest = self._store(Kind.FAILED_RUN, failed, environment)
            return _Published(directory, manifest, None, failed, capture.failure.signal)
        if capture.metrics is None:
            raise RuntimeError("the runner gave neither metrics nor a failure")
        run = composed_run(self._plan, self._now(), capture, capture.metrics, environment)
        with suppress(IndexTroubleError, OSError):  # told of when the row is added
            self._registry.access.prepare_first()
            self._changed_before = changed_at(self._request.root)
        directory, manifest = self._store(Kind.RUN, run, environment)
        return _Published(directory, manifest, run, None, None)

    def _recorded(self, published: _Published) -> Recorded:
        run = published.run
        if run is None:
            self._indexed = True  # no index knows failed runs
        else:
            document = run.to_document()
            facts = Facts.of_result(document)
            self._index(StoredRun(facts, document, published.directory, published.manifest))
        return Recorded(
            self._stage.run_id, published.directory, run, published.failed, self._notices(), published.signal
        )

    def _store(self, kind: Kind, outcome: Run | FailedRun, environment: Environment) -> tuple[Path, Manifest]:
        """Write what is left to write, and publish."""
        document = outcome.to_document()
        must_be_valid("result" if kind is Kind.RUN else "failed-run", document)
        stage = self._stage
        text = pretty_json(document, sort_keys=kind is Kind.FAILED_RUN)
        stage.write(kind.document, text.encode("utf-8"))
        stage.write(files.ENVIRONMENT, pretty_json(write(environment), sort_keys=True).encode("utf-8"))
        for log in (files.STDOUT, files.STDERR):
            if not os.path.lexists(stage.path(log)):
                stage.write(log, b"")
        moment = f"{outcome.created_at.removesuffix('Z')}+00:00"
        manifest = stage.seal(kind, moment, outcome.schema_version, self._request.edgeenv_version)
        directory = stage.publish(kind)
        self._published = True
        try:
            stage.sync_published(kind)
        except OSError as error:
            self._tell("not-synced", f"it is not sure that {directory} outlives a power cut: {error}")
        return directory, manifest

    def _index(self, stored: StoredRun) -> None:
        try:
            self._registry.access.add(stored, before=self._changed_before)
            self._indexed = True
        except (IndexTroubleError, OSError) as trouble:
            text = f"{stored.run.run_id} is stored, but the index could not take it ({trouble})"
            self._tell("index-not-updated", f"{text}; the next command tries again")

    def _write_sampler(self, capture: Capture) -> None:
        """The metadata beside the files that samplers have left, of a failed run too."""
        if capture.sampler_metadata is not None:
            make_directory(self._stage.path(files.SAMPLER))
            text = pretty_json(capture.sampler_metadata, sort_keys=True)
            self._stage.write(files.SAMPLER_METADATA, text.encode("utf-8"))

    def _write_samples(self, capture: Capture) -> None:
        """The latency samples of a run; of a failed one whatever its command has left, as it is."""
        if capture.samples is not None:
            self._stage.write(files.LATENCY_SAMPLES, written(capture.samples))
        elif capture.failure is not None and (raw := handover.left(self._stage)) is not None:
            self._stage.write(files.LATENCY_SAMPLES_RAW, raw)
        handover.close(self._stage)

    def _now(self) -> str:
        return utc_text(self._request.clock.now())

    def _tell(self, code: str, text: str) -> None:
        self._registry.notices.append(Finding(code, text))

    def _notices(self) -> tuple[Finding, ...]:
        return tuple(self._registry.notices)


def _new_run_id(request: RecordRequest) -> str:
    """An id that names nothing in the root yet; the random part, not the clock, makes it unique."""
    for _ in range(_ID_TRIES):
        moment = request.clock.now().astimezone(UTC)
        run_id = f"run-{moment:%Y%m%d-%H%M%S}-{request.random_hex(8)[:8]}"
        if not any(os.path.lexists(request.root / kind.folder / run_id) for kind in Kind):
            return run_id
    raise EdgeEnvError(
        f"no free run id found in {request.root}: the random source gives the same digits again and again",
        "run the command again",
        code="no-free-run-id",
    )
