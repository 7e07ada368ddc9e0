"""A stored run as a bundle, under its usual name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeenv.evidence.bundle.limits import DEFAULT_LIMITS, Limits
from edgeenv.evidence.bundle.writer import Written, write_bundle
from edgeenv.evidence.disk import explained, make_directory

if TYPE_CHECKING:
    from pathlib import Path

    from edgeenv.evidence.store import StoredFailure, StoredRun


def export_run(
    stored: StoredRun | StoredFailure,
    output: Path,
    *,
    edgeenv_version: str,
    limits: Limits = DEFAULT_LIMITS,
    force: bool = False,
) -> Written:
    """Write a stored run as a bundle.

    Args:
        stored: the run or failed run.
        output: the file to be made, or a directory that is there, in which it gets its usual name.
        edgeenv_version: named in the bundle of a run that has no manifest of its own.
        limits: what whoever imports the bundle allows.
        force: replace a file that is there.

    Raises:
        EdgeEnvError: as `write_bundle`.
    """
    path = output / bundle_name(stored.manifest.run_id) if output.is_dir() else output
    with explained(path):
        make_directory(path.parent)
    return write_bundle(
        stored.directory, stored.manifest, path, edgeenv_version=edgeenv_version, limits=limits, force=force
    )


def bundle_name(run_id: str) -> str:
    """The usual file name of a run's bundle."""
    return f"edgeenv-{run_id}.zip"
