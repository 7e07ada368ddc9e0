"""A stored run as a bundle, under its usual name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeenv.evidence.bundle.limits import DEFAULT_LIMITS, DOCUMENTS, Limits
from edgeenv.evidence.bundle.writer import Written, write_bundle
from edgeenv.evidence.disk import explained, make_directory, read_regular
from edgeenv.evidence.files import LATENCY_SAMPLES
from edgeenv.transfer.privacy import private_data

if TYPE_CHECKING:
    from pathlib import Path

    from edgeenv.evidence.store import StoredFailure, StoredRun
    from edgeenv.model.finding import Finding
    from edgeenv.transfer.privacy import Exporter


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


def private_data_of(stored: StoredRun | StoredFailure, exporter: Exporter) -> tuple[Finding, ...]:
    """What may be private in the bundle of a run: see `private_data`; its logs are named, not read.

    Raises:
        EdgeEnvError: a document of the run cannot be read.
    """
    contents: dict[str, bytes] = {}
    logs = []
    for entry in stored.manifest.files:
        if entry.path == LATENCY_SAMPLES:
            continue  # numbers only
        if entry.path in DOCUMENTS:
            with explained(stored.directory / entry.path):
                contents[entry.path] = read_regular(stored.directory / entry.path, DOCUMENTS[entry.path])
        elif entry.bytes:
            logs.append(entry.path)
    return private_data(contents, logs, exporter)


def bundle_name(run_id: str) -> str:
    """The usual file name of a run's bundle."""
    return f"edgeenv-{run_id}.zip"
