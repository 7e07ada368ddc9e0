"""The typed reading of a stored document; every promise of its types is checked on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from edgeenv.evidence.files import Kind
from edgeenv.evidence.moments import normal_time
from edgeenv.evidence.refusal import invalid, unsupported
from edgeenv.evidence.shape import misfits
from edgeenv.model.contracts import FAILED_RUN_SCHEMA, RESULT_SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

    from edgeenv.model.failed_run import FailedRun
    from edgeenv.model.run import Run

T = TypeVar("T", "Run", "FailedRun")


def typed_run(document: dict[str, Any], path: Path) -> Run:
    """Read ``result.json``.

    Args:
        document: its members.
        path: the file, for messages.

    Raises:
        EdgeEnvError: a member is missing or of another type (code ``invalid-evidence``).
    """
    from edgeenv.model.run import Run

    run = _typed(Run, RESULT_SCHEMA, document, path)
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
    failed = _typed(FailedRun, FAILED_RUN_SCHEMA, document, path)
    if failed.run_id != directory.name:
        raise invalid(path, f"run_id is {failed.run_id!r}, expected {directory.name!r}")
    return failed


def _typed(cls: type[T], contract: str, document: dict[str, Any], path: Path) -> T:
    """The typed reading of a document, every type of which is what it promises to be."""
    try:
        reading = cls.from_document(document)
    except (KeyError, TypeError, AttributeError) as error:
        raise invalid(path, f"not the shape of {contract} ({error})") from error
    for misfit in misfits(reading):
        raise invalid(path, misfit)
    return reading
