"""A run whose every file was looked at before anything is said about it; altered evidence only on request."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.check import EvidenceDefect, defects
from edgeenv.evidence.disk import explained, is_real_directory
from edgeenv.evidence.files import Kind, is_run_id
from edgeenv.evidence.refusal import RESTORE_HINT

if TYPE_CHECKING:
    from pathlib import Path

    from edgeenv.evidence.integrity import Integrity
    from edgeenv.evidence.store import StoredRun
    from edgeenv.registry.registry import Registry

_ALTERED = {"altered-evidence", "manifest-invalid"}
_MOST = 10


class Examined(NamedTuple):
    """A run and what is wrong with its files.

    Attributes:
        stored: the run; when it was altered, as it is now, with a manifest that says what is there.
        altered: every difference from what was stored; empty unless altered evidence was asked for.
    """

    stored: StoredRun
    altered: tuple[EvidenceDefect, ...] = ()


def examine(registry: Registry, reference: str, *, allow_altered: bool) -> Examined:
    """Read a run and compare all of its files with its manifest, and its manifest with the index.

    Args:
        registry: where it is.
        reference: as for `Registry.resolve`.
        allow_altered: give altered evidence with the list of its defects, instead of refusing it.

    Raises:
        EdgeEnvError: as `Registry.run`; altered evidence is refused with the list of its defects.
    """
    try:
        stored = registry.run(reference)
    except EdgeEnvError as error:
        if error.code not in _ALTERED:
            raise
        return _altered(registry, _run_id(registry, reference), allow_altered=allow_altered, refusal=error)
    if stored.sealed:
        with explained(stored.directory):
            found = defects(stored.directory, stored.manifest)
        if found:
            return _altered(registry, stored.directory.name, allow_altered=allow_altered)
    return Examined(stored)


def _run_id(registry: Registry, reference: str) -> str:
    """The run that is meant; one that lies there is found by its id even when no index can take it."""
    if is_run_id(reference) and is_real_directory(registry.run_directory(reference)):
        return reference
    return registry.resolve(reference)


def _altered(
    registry: Registry, run_id: str, *, allow_altered: bool, refusal: EdgeEnvError | None = None
) -> Examined:
    """List what is wrong with a run, and give it as it is or refuse it."""
    from edgeenv.evidence.integrity import check_integrity

    directory = registry.run_directory(run_id)
    with explained(directory):
        integrity = check_integrity(directory, Kind.RUN)
    found = list(integrity.defects)
    if integrity.manifest is not None:
        indexed = registry.access.read(lambda index: index.digest_of(run_id))
        if indexed not in {None, integrity.manifest.digest}:
            text = f"the manifest gives {integrity.manifest.digest}, the index recorded {indexed}"
            found.append(EvidenceDefect("digest-differs", "manifest.json", text))
    if not found and refusal is not None:
        raise refusal
    if not allow_altered or not integrity.document:
        raise _refusal(directory, found, is_readable=bool(integrity.document))
    return Examined(_as_it_is(directory, integrity), tuple(found))


def _as_it_is(directory: Path, integrity: Integrity) -> StoredRun:
    """The run as it lies there, as long as it is one.

    Raises:
        EdgeEnvError: its result is not what the contract promises, or is of another run.
    """
    from edgeenv.evidence.refusal import invalid
    from edgeenv.evidence.store import StoredRun
    from edgeenv.model.facts import Facts

    document = dict(integrity.document)
    if document.get("run_id") != directory.name:
        path = directory / Kind.RUN.document
        raise invalid(path, f"run_id is {document.get('run_id')!r}, expected {directory.name!r}")
    stored = StoredRun(Facts.of_result(document), document, directory, integrity.found, sealed=False)
    _ = stored.run  # nothing proves that these bytes are the ones that were validated
    return stored


def _refusal(directory: Path, found: list[EvidenceDefect], *, is_readable: bool) -> EdgeEnvError:
    listed = "; ".join(defect.text for defect in found[:_MOST])
    more = (
        f"; and {len(found) - _MOST} more: edgeenv runs verify {directory.name}" if len(found) > _MOST else ""
    )
    also = "; or see it as it is now: --allow-altered" if is_readable else ""
    return EdgeEnvError(
        f"the evidence of {directory.name} was altered after it was stored: {listed}{more} (in {directory})",
        f"{RESTORE_HINT}{also}",
        code="altered-evidence",
    )
