"""What the commands that export and import say, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edgeenv.cli.output import clean, json_text, result
from edgeenv.evidence.files import Kind

if TYPE_CHECKING:
    from edgeenv.errors import EdgeEnvError
    from edgeenv.evidence.bundle.writer import Written
    from edgeenv.evidence.store import StoredFailure, StoredRun
    from edgeenv.transfer.importing import Imported

_NOUNS = {Kind.RUN: "Run", Kind.FAILED_RUN: "Failed-run"}


def show_exported(stored: StoredRun | StoredFailure, written: Written) -> None:
    """Say that a run was written."""
    result(f"{_NOUNS[stored.manifest.kind]} evidence exported")
    result(f"Run ID: {clean(stored.manifest.run_id)}")
    result(f"Archive: {clean(written.path)}")


def show_imported(imported: Imported) -> None:
    """Say that a bundle has come in, or was here before."""
    what = "already here, identical" if imported.already_here else "imported"
    result(f"{_NOUNS[imported.kind]} evidence {what}")
    result(f"Run ID: {clean(imported.run_id)}")
    if imported.kind is Kind.RUN:
        result(f"Result: {clean(imported.directory / imported.kind.document)}")
    else:
        result(f"Artifact: {clean(imported.directory)}")
    if imported.signer is not None:
        result(f"Signed by: {clean(imported.signer.principal)} ({clean(imported.signer.fingerprint)})")


def exported_document(stored: StoredRun | StoredFailure, written: Written) -> dict[str, Any]:
    """A written bundle as JSON."""
    return {
        "run_id": stored.manifest.run_id,
        "bundle_type": stored.manifest.kind.value,
        "evidence_digest": stored.digest,
        "archive": json_text(written.path),
        "sha256": written.sha256,
        "bytes": written.bytes,
    }


def imported_document(file: str, imported: Imported) -> dict[str, Any]:
    """A bundle that came in as JSON."""
    return {
        "file": json_text(file),
        "run_id": imported.run_id,
        "bundle_type": imported.kind.value,
        "directory": json_text(imported.directory),
        "already_here": imported.already_here,
        "signer": None if imported.signer is None else imported.signer.principal,
    }


def refused_document(noun: str, thing: str, error: EdgeEnvError) -> dict[str, Any]:
    """What was refused, a run or a file, as JSON."""
    return {
        noun: json_text(thing),
        "code": error.code,
        "message": json_text(error.message),
        "hint": error.hint,
    }
