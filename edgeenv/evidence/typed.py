"""The typed reading of a stored document; every promise of its types is checked on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edgeenv.evidence.files import Kind
from edgeenv.evidence.moments import normal_time
from edgeenv.evidence.refusal import invalid, unsupported
from edgeenv.evidence.shape import misfits
from edgeenv.model.contracts import FAILED_RUN_SCHEMA, RESULT_SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

    from edgeenv.model.failed_run import FailedRun
    from edgeenv.model.run import Run


def typed_run(document: dict[str, Any], path: Path) -> Run:
    """Read ``result.json``.

    Args:
        document: its members.
        path: the file, for messages.

    Raises:
        EdgeEnvError: a member is missing or of another type (code ``invalid-evidence``).
    """
    from edgeenv.model.run import Run

    try:
        run = Run.from_document(document)
    except (KeyError, TypeError, AttributeError) as error:
        raise invalid(path, f"not the shape of {RESULT_SCHEMA} ({error})") from error
    for misfit in misfits(run):
        raise invalid(path, misfit)
    if normal_time(run.created_at) is None:
        raise invalid(path, f"created_at is {run.created_at!r}, expected a time")
    return run


def typed_failure(document: dict[str, Any], directory: Path) -> FailedRun:
    """Read ``failure.json`` of a failed run's directory; raises as `typed_run`, or ``unsupported-schema``."""
    from edgeenv.model.failed_run import FailedRun

    path = directory / Kind.FAILED_RUN.document
    marker = document.get("schema_version")
    if marker != FAILED_RUN_SCHEMA:
        raise unsupported("failed run", path, marker, FAILED_RUN_SCHEMA)
    try:
        failed = FailedRun.from_document(document)
    except (KeyError, TypeError, AttributeError) as error:
        raise invalid(path, f"not the shape of {FAILED_RUN_SCHEMA} ({error})") from error
    for misfit in misfits(failed):
        raise invalid(path, misfit)
    if failed.run_id != directory.name:
        raise invalid(path, f"run_id is {failed.run_id!r}, expected {directory.name!r}")
    return failed
