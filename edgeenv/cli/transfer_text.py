"""What the commands that export and import say, as text and as JSON."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from edgeenv.cli.output import clean, json_text, result
from edgeenv.evidence.files import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from edgeenv.errors import EdgeEnvError
    from edgeenv.evidence.bundle.writer import Written
    from edgeenv.evidence.store import StoredFailure, StoredRun
    from edgeenv.model.finding import Finding
    from edgeenv.transfer.importing import Imported

_NOUNS = {Kind.RUN: "Run", Kind.FAILED_RUN: "Failed-run"}
_MOST_PRIVATE = 20


def private_lines(private: Mapping[str, Sequence[Finding]]) -> Iterator[str]:
    """What may be private in the runs to be exported, each thing once.

    Args:
        private: the findings of each run.
    """
    counts = Counter(finding.text for findings in private.values() for finding in findings)
    if not counts:
        return
    yield (
        "May be private, and will be in the bundle:"
        if len(private) == 1
        else (f"May be private, and will be in these {len(private)} bundles:")
    )
    for text, count in counts.most_common(_MOST_PRIVATE):
        yield clean(f"- {text}" if count == len(private) else f"- {text}, in {count} of them")
    if len(counts) > _MOST_PRIVATE:
        yield f"- and {len(counts) - _MOST_PRIVATE} more things, listed by --json"


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


def exported_document(
    stored: StoredRun | StoredFailure, written: Written, private: Sequence[Finding]
) -> dict[str, Any]:
    """A written bundle as JSON, and what in it may be private."""
    return {
        "run_id": stored.manifest.run_id,
        "bundle_type": stored.manifest.kind.value,
        "evidence_digest": stored.digest,
        "archive": json_text(written.path),
        "sha256": written.sha256,
        "bytes": written.bytes,
        "private_data": [_private_document(finding) for finding in private],
    }


def _private_document(finding: Finding) -> dict[str, Any]:
    values = [value for name, value in finding.operands if name == "value" and value]
    return {
        "code": finding.code,
        "value": json_text(values[0]) if values else None,
        "files": [json_text(file) for name, file in finding.operands if name == "file"],
        "text": json_text(finding.text),
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
