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
from edgeenv.evidence.refusal import RESTORE_HINT, invalid, unsupported
from edgeenv.model.contracts import RESULT_SCHEMA
from edgeenv.model.facts import Facts

if TYPE_CHECKING:
    from pathlib import Path

    from edgeenv.model.failed_run import FailedRun
    from edgeenv.model.run import Run


_UNSEALED = {
    "code": "evidence-unsealed",
    "message": "recorded without a manifest, so nothing proves that its files are as they were stored",
}


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run as it lies in a root.

    Its typed reading is made when it is asked for: most commands need the facts alone, and importing the
    types costs more than reading the run.

    Attributes:
        facts: the recorded facts, for a judge.
        document: ``result.json``, parsed.
        directory: where its files are.
        manifest: what it consists of.
        sealed: False for a run of a release that stored no manifest: its manifest describes the files as
            they are now, which proves nothing about what they were.
    """

    facts: Facts
    document: dict[str, Any]
    directory: Path
    manifest: Manifest
    sealed: bool = True

    @property
    def run(self) -> Run:
        """The typed reading of ``result.json``.

        Raises:
            EdgeEnvError: the document is not what the contract promises (code ``invalid-evidence``).
        """
        from edgeenv.evidence.typed import typed_run

        return typed_run(self.document, self.directory / Kind.RUN.document)

    def must_hold(self) -> None:
        """Hold the document against its contract, where nothing proves that this was done when it was stored.

        Raises:
            EdgeEnvError: it does not hold (code ``invalid-evidence``).
        """
        if self.sealed:  # an unsealed run was held against it when it was read
            must_hold(self.document, self.directory / Kind.RUN.document)

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
    path = directory / Kind.RUN.document
    marker = document.get("schema_version", RESULT_SCHEMA)
    if marker != RESULT_SCHEMA:
        raise unsupported("run", path, marker, RESULT_SCHEMA)
    if document.get("run_id") != directory.name:
        raise invalid(path, f"run_id is {document.get('run_id')!r}, expected {directory.name!r}")
    environment = document.get("env")
    expects_manifest = isinstance(environment, dict) and "edgeenv_version" in environment
    manifest, sealed = _manifest(directory, Kind.RUN, raw, document, expected=expects_manifest)
    if sealed:
        return StoredRun(Facts.of_result(document), document, directory, manifest)
    # Nothing proves that these bytes are the ones that were validated.
    must_hold(document, path)
    facts = Facts.of_result({**document, "findings": [*document.get("findings", ()), _UNSEALED]})
    return StoredRun(facts, document, directory, manifest, sealed)


def must_hold(document: dict[str, Any], path: Path) -> None:
    """Hold a run's document against its contract; raises like `StoredRun.must_hold`."""
    from edgeenv.schema import check_value

    for problem in check_value(RESULT_SCHEMA.split(".")[1], document, str(path)):
        raise invalid(path, f"{problem.path}: {problem.message}")


def load_failure(directory: Path) -> StoredFailure:
    """Read a failed run and check ``failure.json`` against the manifest, as `load_run` does for a run."""
    from edgeenv.evidence.typed import typed_failure

    document, raw = _document(directory, Kind.FAILED_RUN)
    failed = typed_failure(document, directory)
    manifest, sealed = _manifest(
        directory, Kind.FAILED_RUN, raw, document, expected=failed.error_code is not None
    )
    return StoredFailure(failed, document, directory, manifest, sealed)


def read_failure(directory: Path) -> FailedRun:
    """Read ``failure.json`` alone, for lists.

    Raises:
        EdgeEnvError: as `load_failure`, but for the manifest, which is not looked at.
    """
    from edgeenv.evidence.typed import typed_failure

    document, _ = _document(directory, Kind.FAILED_RUN)
    return typed_failure(document, directory)


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
        raise invalid(path, error.message) from error
    if not isinstance(document, dict):
        raise invalid(path, "expected a JSON object")
    return document, raw


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
