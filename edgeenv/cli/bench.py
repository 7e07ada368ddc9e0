"""``edgeenv bench run``: one benchmark, run once and recorded."""

from __future__ import annotations

import os
import secrets
import shlex
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgeenv import __version__
from edgeenv.capture.request import Clock
from edgeenv.cli.bench_plan import show_plan
from edgeenv.cli.bench_warnings import secret_warnings
from edgeenv.cli.checking import BENCHMARK_CONFIG, TARGET_PROFILE, check_file, show_failure
from edgeenv.cli.output import clean, json_option, json_result, json_text, message, result, show_notices
from edgeenv.cli.progress import Echo, Progress
from edgeenv.cli.root import root_option
from edgeenv.errors import ExitStatus
from edgeenv.evidence.files import LATENCY_SAMPLES, SAMPLER_METADATA
from edgeenv.model.sample_size import shortcomings
from edgeenv.recording import RecordRequest, record
from edgeenv.report.numbers import number

if TYPE_CHECKING:
    from edgeenv.documents import Document
    from edgeenv.model.failed_run import FailedRun
    from edgeenv.model.run import LatencySamples, Run
    from edgeenv.recording import Recorded

_SIGNAL_BASE = 128
_SAMPLER_CODES = "sampler-"


@click.command(name="run")
@click.option("--target", "target_file", metavar="FILE", required=True, help="The target profile.")
@click.option("--config", "config_file", metavar="FILE", required=True, help="The benchmark config.")
@root_option
@click.option("--echo", is_flag=True, help="Show all output of the command on stderr while it runs.")
@click.option("--dry-run", is_flag=True, help="Check both files, show what would be started, record nothing.")
@json_option
def run_benchmark(  # noqa: PLR0913 - one argument for each option of the command
    *, target_file: str, config_file: str, root: Path, echo: bool, dry_run: bool, as_json: bool
) -> int:
    """Run a benchmark and record it as evidence.

    A run that gives no valid metrics is kept as a failed run. Exit status: 0 recorded, 1 failed or not
    possible, 128 + n when ended by signal n.
    """
    target, config = _checked_documents(target_file, config_file)
    for warning in secret_warnings(config):
        message(f"Warning: {clean(warning.render())}")
    request = RecordRequest(
        config=config,
        target=target,
        root=root,
        environment=dict(os.environ),
        current_directory=Path.cwd(),
        python=sys.executable,
        clock=Clock(now=lambda: datetime.now(UTC), monotonic=time.monotonic),
        random_hex=_random_hex,
        watcher=None,
        edgeenv_version=__version__,
    )
    if dry_run:
        return show_plan(request, as_json=as_json)
    recorded = _record_watched(request, echo=echo)
    show_notices(recorded.notices)
    if as_json:
        json_result("edgeenv.bench-run.v1", _document(recorded))
    elif recorded.run is not None:
        _show_run(recorded.run, recorded.directory)
    if recorded.failed is not None:
        return _failure_status(recorded, recorded.failed, root, as_json=as_json)
    return ExitStatus.DONE


def _checked_documents(target_file: str, config_file: str) -> tuple[Document, Document]:
    """Both documents, valid; nothing is created before they are."""
    files = ((TARGET_PROFILE, target_file), (BENCHMARK_CONFIG, config_file))
    checked = [(contract, check_file(contract, file)) for contract, file in files]
    for contract, outcome in checked:
        if outcome.document is None:
            show_failure(contract, outcome)
    (_, target), (_, config) = checked
    if target.document is None or config.document is None:
        raise click.exceptions.Exit(ExitStatus.COULD_NOT)
    return target.document, config.document


def _random_hex(digits: int) -> str:
    return secrets.token_hex((digits + 1) // 2)[:digits]


def _record_watched(request: RecordRequest, *, echo: bool) -> Recorded:
    """Record, with the output of the command forwarded, or with a line of progress on a terminal."""
    if echo:
        forwarder = Echo(sys.stderr)
        recorded = record(request._replace(watcher=forwarder))
        forwarder.finish(recorded.directory)
        return recorded
    if not sys.stderr.isatty():
        return record(request)
    with Progress(sys.stderr, limit_s=request.config.data.get("timeout_seconds")) as progress:
        return record(request._replace(watcher=progress))


def _show_run(run: Run, directory: Path) -> None:
    result("Benchmark run stored")
    result(f"Run ID: {run.run_id}")
    result(f"Result: {clean(directory / 'result.json')}")
    result(f"Latency mean: {number(run.metrics.latency_mean_ms)} ms")
    result(f"Resource metrics: {clean(_resource_status(run))}")
    metadata = directory / SAMPLER_METADATA
    if metadata.is_file():
        result(f"Sampler metadata: stored ({clean(metadata)})")
    if run.model.hash_basis == "missing":
        message(
            f"Note: no model was found at {clean(run.model.model_path)}, so the run has no model identity "
            "and cannot be compared; put the model there, or declare model_sha256, and record it again"
        )
    if run.latency_samples is not None:
        _show_samples(run.latency_samples, directory)
    for finding in run.findings or ():
        message(f"Note: {clean(finding.message)}")


def _show_samples(samples: LatencySamples, directory: Path) -> None:
    result(f"Latency samples: stored ({clean(directory / LATENCY_SAMPLES)})")
    short = shortcomings(samples.count)
    if short is not None:
        message(f"Note: of {samples.count} {'sample' if samples.count == 1 else 'samples'} {short}")


def _resource_status(run: Run) -> str:
    metrics = run.resource_metrics
    warned = any(finding.code.startswith(_SAMPLER_CODES) for finding in run.findings or ())
    if metrics is None:
        return "omitted"
    stored = "stored with warnings" if warned else "stored"
    names = [name for name in metrics.__slots__ if name != "source" and getattr(metrics, name) is not None]
    parts = [f"source={metrics.source}"] if metrics.source else []
    if names:
        parts.append(f"fields={', '.join(sorted(names))}")
    return f"{stored} ({', '.join(parts)})" if parts else stored


def _failure_status(recorded: Recorded, failed: FailedRun, root: Path, *, as_json: bool) -> int:
    """Say what failed and where it is kept; the exit status that follows from it."""
    if not as_json:
        message(f"Failed run artifact: {clean(recorded.directory)}")
        message("Registry: not updated")
    message(f"Error: {clean(failed.error_message)}")
    message(f"Hint: {clean(_failure_hint(failed, root))}")
    return ExitStatus.COULD_NOT if recorded.signal is None else _SIGNAL_BASE + recorded.signal


def _failure_hint(failed: FailedRun, root: Path) -> str:
    """The failure's own hint, made to name the root, so that its command can be pasted anywhere."""
    show = f"edgeenv failed-runs show {failed.run_id}"
    advice = (failed.error_hint or f"Inspect stdout/stderr with: {show}").rstrip()
    if not advice.endswith(show):
        advice = f"{advice} Inspect stdout/stderr with: {show}"
    return f"{advice} --edgeenv-root {shlex.quote(str(root))}"


def _document(recorded: Recorded) -> dict[str, Any]:
    run, failed = recorded.run, recorded.failed
    return {
        "run_id": recorded.run_id,
        "recorded": run is not None,
        "directory": json_text(recorded.directory),
        "result": None if run is None else run.to_document(),
        "failure": None if failed is None else failed.to_document(),
        "signal": recorded.signal,
        "notices": [{"code": notice.code, "text": notice.text} for notice in recorded.notices],
    }
