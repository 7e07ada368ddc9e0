"""A stored run, read back: its document, its typed reading and its manifest, checked against each other."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edgeenv.documents import parse_json
from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.check import EvidenceDefect, content_defects, files_below, id_defects, unreadable
from edgeenv.evidence.disk import digest_regular, explain, is_of_the_file, is_real_directory, read_regular
from edgeenv.evidence.files import DOCUMENT_LIMIT, MANIFEST, MANIFEST_LIMIT, Kind
from edgeenv.evidence.manifest import FileEntry, Manifest, parse_manifest
from edgeenv.evidence.moments import normal_time
from edgeenv.evidence.shape import misfits
from edgeenv.model.facts import Facts
from edgeenv.model.run import FAILED_RUN_SCHEMA, RESULT_SCHEMA, FailedRun, Run

if TYPE_CHECKING:
    from pathlib import Path

OF_THE_EVIDENCE = {"run-missing", "altered-evidence", "invalid-evidence", "unsupported-schema"}
"""The codes of errors that say what the evidence is, not what the machine cannot do just now."""

RESTORE_HINT = (
    "restore the run from a bundle or a backup, or move its directory away; it is not used as it is"
)


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run as it lies in a root.

    Attributes:
        document: ``result.json``, parsed.
        directory: where its files are.
        manifest: what it consists of.
        sealed: False for a run of a release that stored no manifest: its manifest describes the files as
            they are now, which proves nothing about what they were.
    """

    run: Run
    facts: Facts
    document: dict[str, Any]
    directory: Path
    manifest: Manifest
    sealed: bool = True

    @property
    def digest(self) -> str:
        """The digest of the evidence, ``sha256:`` and 64 hex digits."""
        return self.manifest.digest


@dataclass(frozen=True, slots=True)
class StoredFailure:
    """A failed run as it lies in a root; the attributes are those of `StoredRun`."""

    failed: FailedRun
    document: dict[str, Any]
    directory: Path
    manifest: Manifest
    sealed: bool = True

    @property
    def digest(self) -> str:
        """The digest of the evidence, ``sha256:`` and 64 hex digits."""
        return self.manifest.digest


def load_run(directory: Path) -> StoredRun:
    """Read a run and check ``result.json`` against the manifest; the logs are not read.

    Raises:
        EdgeEnvError: the run is not there (code ``run-missing``), was altered (``altered-evidence``), or
            is not a valid run (``invalid-evidence``, ``unsupported-schema``); or it cannot be read just now.
    """
    document, raw = _document(directory, Kind.RUN)
    run = _typed_run(document, directory)
    if run.run_id != directory.name:
        raise _invalid(
            directory / Kind.RUN.document, f"run_id is {run.run_id!r}, expected {directory.name!r}"
        )
    expects_manifest = run.env.edgeenv_version is not None
    manifest, sealed = _manifest(directory, Kind.RUN, raw, document, expected=expects_manifest)
    return StoredRun(run, Facts.of_result(document), document, directory, manifest, sealed)


def load_failure(directory: Path) -> StoredFailure:
    """Read a failed run and check ``failure.json`` against the manifest, as `load_run` does for a run."""
    document, raw = _document(directory, Kind.FAILED_RUN)
    failed = _typed_failure(document, directory)
    manifest, sealed = _manifest(
        directory, Kind.FAILED_RUN, raw, document, expected=failed.error_code is not None
    )
    return StoredFailure(failed, document, directory, manifest, sealed)


def read_failure(directory: Path) -> FailedRun:
    """Read ``failure.json`` alone, for lists.

    Raises:
        EdgeEnvError: as `load_failure`, but for the manifest, which is not looked at.
    """
    document, _ = _document(directory, Kind.FAILED_RUN)
    return _typed_failure(document, directory)


def _document(directory: Path, kind: Kind) -> tuple[dict[str, Any], bytes]:
    path = directory / kind.document
    if not is_real_directory(directory):
        found = "is not a directory of its own" if os.path.lexists(directory) else "no such directory"
        raise EdgeEnvError(f"{directory}: {found}", "see: edgeenv runs list", code="run-missing")
    try:
        raw = read_regular(path, DOCUMENT_LIMIT)
    except OSError as error:
        raise _unreadable(directory, kind.document, error) from error
    try:
        document = parse_json(raw, str(path))
    except EdgeEnvError as error:
        raise _invalid(path, error.message) from error
    if not isinstance(document, dict):
        raise _invalid(path, "expected a JSON object")
    return document, raw


def _typed_run(document: dict[str, Any], directory: Path) -> Run:
    path = directory / Kind.RUN.document
    marker = document.get("schema_version", RESULT_SCHEMA)
    if marker != RESULT_SCHEMA:
        raise _unsupported("run", path, marker, RESULT_SCHEMA)
    try:
        run = Run.from_document(document)
    except (KeyError, TypeError, AttributeError) as error:
        raise _invalid(path, f"not the shape of {RESULT_SCHEMA} ({error})") from error
    for misfit in misfits(run):
        raise _invalid(path, misfit)
    if normal_time(run.created_at) is None:
        raise _invalid(path, f"created_at is {run.created_at!r}, expected a time")
    return run


def _typed_failure(document: dict[str, Any], directory: Path) -> FailedRun:
    path = directory / Kind.FAILED_RUN.document
    marker = document.get("schema_version")
    if marker != FAILED_RUN_SCHEMA:
        raise _unsupported("failed run", path, marker, FAILED_RUN_SCHEMA)
    try:
        failed = FailedRun.from_document(document)
    except (KeyError, TypeError, AttributeError) as error:
        raise _invalid(path, f"not the shape of {FAILED_RUN_SCHEMA} ({error})") from error
    for misfit in misfits(failed):
        raise _invalid(path, misfit)
    if failed.run_id != directory.name:
        raise _invalid(path, f"run_id is {failed.run_id!r}, expected {directory.name!r}")
    return failed


def _manifest(
    directory: Path, kind: Kind, raw: bytes, document: dict[str, Any], *, expected: bool
) -> tuple[Manifest, bool]:
    """The stored manifest, checked against the document; or one made now, for a run of an earlier release."""
    path = directory / MANIFEST
    try:
        manifest = parse_manifest(read_regular(path, MANIFEST_LIMIT), str(path))
    except OSError as error:
        if error.errno != errno.ENOENT or expected:
            raise _unreadable(directory, MANIFEST, error) from error
        return _computed(directory, kind, document), False
    entry = manifest.entry(kind.document) if manifest.kind is kind else None
    if entry is None:
        text = f"{MANIFEST}: is of a {manifest.kind.value}, expected a {kind.value}"
        raise _altered(directory, (EvidenceDefect("file-altered", MANIFEST, text),))
    found = (*id_defects(directory, manifest), *content_defects(entry, raw))
    if found:
        raise _altered(directory, found)
    return manifest, True


def _computed(directory: Path, kind: Kind, document: dict[str, Any]) -> Manifest:
    entries = []
    try:
        others = [path for path in files_below(directory) if path not in kind.files]
        for path in (*kind.files, *others):
            digest, size = digest_regular(directory / path)
            entries.append(FileEntry(path, required=path in kind.files, sha256=digest, bytes=size))
    except OSError as error:
        name = str(error.filename or directory).removeprefix(f"{directory}/")
        raise _unreadable(directory, name, error) from error
    marker = str(document.get("schema_version", RESULT_SCHEMA))
    return Manifest(kind, directory.name, str(document.get("created_at")), marker, tuple(entries))


def _unreadable(directory: Path, name: str, error: OSError) -> EdgeEnvError:
    if is_of_the_file(error):
        return _altered(directory, (unreadable(name, error),))
    return explain(error, directory / name)


def _altered(directory: Path, found: tuple[EvidenceDefect, ...]) -> EdgeEnvError:
    listed = "; ".join(defect.text for defect in found)
    return EdgeEnvError(
        f"the evidence of {directory.name} was altered after it was stored: {listed} (in {directory})",
        RESTORE_HINT,
        code="altered-evidence",
    )


def _invalid(path: Path, defect: str) -> EdgeEnvError:
    what = "run" if path.name == Kind.RUN.document else "failed run"
    defect = defect.removeprefix(f"{path}: ")
    return EdgeEnvError(f"Invalid {what} artifact: {path}: {defect}", RESTORE_HINT, code="invalid-evidence")


def _unsupported(what: str, path: Path, marker: object, known: str) -> EdgeEnvError:
    found = repr(marker) if len(repr(marker)) <= 80 else "another text"  # noqa: PLR2004 - a line on the screen
    return EdgeEnvError(
        f"Unsupported {what} schema: {path}: schema_version is {found}, this release reads {known!r}",
        "use a release of EdgeEnv that knows it: python -m pip install --upgrade edgeenv",
        code="unsupported-schema",
    )
