"""Failed runs are found in the file system alone: there are few, and no index knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.disk import explain, is_real_directory
from edgeenv.evidence.files import FAILED_RUNS, is_run_id
from edgeenv.evidence.moments import normal_time
from edgeenv.model.finding import Finding
from edgeenv.registry import references

if TYPE_CHECKING:
    from pathlib import Path

    from edgeenv.model.failed_run import FailedRun


def list_failed(root: Path) -> tuple[list[FailedRun], list[Finding]]:
    """Every readable failed run, newest first, and what was skipped.

    Raises:
        EdgeEnvError: the folder cannot be listed.
    """
    from edgeenv.evidence.store import read_failure

    found, notices = [], []
    for name in _names(root):
        try:
            found.append(read_failure(root / FAILED_RUNS / name))
        except EdgeEnvError as error:
            notices.append(Finding("failed-run-unreadable", f"{name} was skipped: {error.message}"))
    found.sort(key=lambda failed: (normal_time(failed.created_at) or "", failed.run_id), reverse=True)
    return found, notices


def resolve_failed(root: Path, reference: str) -> str:
    """The id of the failed run that a reference names.

    Raises:
        EdgeEnvError: the reference cannot be an id (code ``invalid-run-id``), names nothing
            (``unknown-run``), or several (``ambiguous-run``).
    """
    steps = references.steps_back(reference)
    if steps is not None:
        found, _ = list_failed(root)
        if steps < len(found):
            return found[steps].run_id
        raise references.unknown(reference, (), failed=True)
    if reference.strip(".") == "" or "/" in reference or "\\" in reference:
        raise EdgeEnvError(
            f"Invalid failed run id: {references.shown(reference)}",
            "see: edgeenv failed-runs list",
            code="invalid-run-id",
        )
    if is_run_id(reference) and is_real_directory(root / FAILED_RUNS / reference):
        return reference
    names = _names(root)
    candidates = references.matching(reference, names)
    if not candidates:
        raise references.unknown(reference, names[-references.NEAR_AMONG :], failed=True)
    if len(candidates) > 1:
        raise references.ambiguous(reference, candidates)
    return candidates[0]


def _names(root: Path) -> list[str]:
    folder = root / FAILED_RUNS
    try:
        return sorted(entry.name for entry in folder.iterdir() if is_run_id(entry.name))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise explain(error, folder) from error
