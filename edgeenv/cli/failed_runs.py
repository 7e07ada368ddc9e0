"""``edgeenv failed-runs list`` and ``edgeenv failed-runs show``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from edgeenv.cli.origin import origin_document, origin_lines, origin_of
from edgeenv.cli.output import (
    clean,
    clean_block,
    json_option,
    json_result,
    json_text,
    message,
    result,
    show_notices,
)
from edgeenv.cli.root import root_option
from edgeenv.cli.run_reference import failed_run_argument
from edgeenv.registry.registry import Registry

if TYPE_CHECKING:
    from pathlib import Path

    from edgeenv.evidence.bundle.origin import Origin
    from edgeenv.evidence.store import StoredFailure
    from edgeenv.model.failed_run import FailedRun

_LOG_CHARS = 2000
_BYTES_PER_CHARACTER = 4
_FILES = {
    "failure": "failure.json",
    "config": "config.yaml",
    "target": "target.yaml",
    "env": "env.json",
    "stdout": "stdout.log",
    "stderr": "stderr.log",
}


@click.command(name="list")
@root_option
@json_option
def list_failed_runs(*, root: Path, as_json: bool) -> None:
    """List failed runs, newest first."""
    registry = Registry(root)
    failures = registry.failed_runs()
    show_notices(registry.notices)
    if as_json:
        json_result(
            "edgeenv.failed-runs-list.v1", {"failed_runs": [_row_document(failed) for failed in failures]}
        )
        return
    result("EdgeEnv Failed Runs")
    if not failures:
        result("No failed run artifacts found.")
    for failed in failures:
        result(f"- Run ID: {clean(failed.run_id)}")
        result(f"  Created: {clean(failed.created_at)}")
        result(f"  Benchmark: {clean(failed.benchmark_name)}")
        result(f"  Target: {clean(failed.target_name)}")
        result(f"  Return Code: {'' if failed.return_code is None else failed.return_code}".rstrip())
        result(f"  Error: {clean(failed.error_message)}")


@click.command(name="show")
@failed_run_argument("reference", "RUN")
@root_option
@click.option(
    "--log-chars",
    metavar="N",
    type=click.IntRange(min=0),
    default=_LOG_CHARS,
    show_default=True,
    help="At most so many characters of each log.",
)
@json_option
def show_failed_run(*, reference: str, root: Path, log_chars: int, as_json: bool) -> None:
    """Show one failed run and its logs.

    RUN is an id, or a unique beginning or end of one.
    """
    registry = Registry(root)
    stored = registry.failed_run(reference)
    show_notices(registry.notices)
    logs = {name: _preview(stored.directory / _FILES[name], log_chars) for name in ("stdout", "stderr")}
    origin = origin_of(root, stored.failed.run_id)
    if as_json:
        json_result("edgeenv.failed-runs-show.v1", _document(stored, logs, origin))
        return
    _show(stored, logs, origin)


def _show(stored: StoredFailure, logs: dict[str, str | None], origin: Origin | None) -> None:
    from edgeenv.cli.runs_text import document_lines

    failed = stored.failed
    result(f"Run ID: {clean(failed.run_id)} (failed)")
    result(f"Artifact: {clean(stored.directory)}")
    for line in origin_lines(origin):
        result(line)
    result(f"Error: {clean(failed.error_message)}")
    # The hint ends by naming this very command.
    advice = (failed.error_hint or "").partition(" Inspect stdout/stderr with:")[0]
    if advice:
        result(f"Hint: {clean(advice)}")
    result()
    shown_above = ("schema_version", "run_id", "error_message", "error_hint")
    for line in document_lines(failed.to_document(), leave_out=shown_above):
        result(line)
    for name, text in logs.items():
        result()
        path = stored.directory / _FILES[name]
        if text is None:
            result(f"{name}: {clean(path)} is not there")
            continue
        result(f"{name} ({clean(path)}):")
        result(clean_block(text).rstrip("\n") if text else "(nothing)")


def _preview(path: Path, characters: int) -> str | None:
    """The first characters of a log, marked where it goes on; None when the log is not there.

    No more of the log is read than can be shown.
    """
    if characters == 0:
        return ""
    try:
        with path.open("rb") as log:
            raw = log.read(characters * _BYTES_PER_CHARACTER + 1)
    except OSError as error:
        message(f"Note: {clean(path)} cannot be read: {error.strerror}")
        return None
    text = raw.decode("utf-8", errors="replace")
    return text if len(text) <= characters else f"{text[:characters]}\n[truncated]"


def _row_document(failed: FailedRun) -> dict[str, Any]:
    return {
        "run_id": failed.run_id,
        "created_at": failed.created_at,
        "benchmark_name": failed.benchmark_name,
        "target_name": failed.target_name,
        "target_type": failed.target_type,
        "return_code": failed.return_code,
        "error_code": failed.error_code,
        "error_message": failed.error_message,
    }


def _document(stored: StoredFailure, logs: dict[str, str | None], origin: Origin | None) -> dict[str, Any]:
    return {
        "artifact_path": json_text(stored.directory),
        "evidence_digest": stored.digest,
        "origin": origin_document(origin),
        "failure": stored.document,
        "files": {name: json_text(stored.directory / file) for name, file in _FILES.items()},
        **logs,
    }
