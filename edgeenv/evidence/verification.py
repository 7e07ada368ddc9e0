"""Is a stored run still what it was, and does it hold its contracts? All is read, nothing believed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from edgeenv.evidence.bundle.agreement import AGREEMENT
from edgeenv.evidence.bundle.contents import Contents, Unpacked
from edgeenv.evidence.bundle.documents import RunDocuments
from edgeenv.evidence.check import EvidenceDefect
from edgeenv.evidence.integrity import check_integrity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edgeenv.evidence.files import Kind
    from edgeenv.evidence.integrity import Integrity

_GONE = {"run-missing", "run-not-a-directory"}
_MOST_BREACHES = 20
_SAID_HERE = {"run-id-differs", "directory-differs"}
"""What is told of ids against the directory, in words that fit a run that is stored."""


def verify(directory: Path, kind: Kind) -> Integrity:
    """Check a stored run or failed run in full.

    Every file is compared with the manifest; then the documents are held against their contracts, and
    against each other, as when a bundle is imported. A run that never had a manifest is only asked whether
    its main document holds its contract, since an earlier release accepted other configs.

    Raises:
        OSError: the directory cannot be listed.
    """
    integrity = check_integrity(directory, kind)
    if any(defect.code in _GONE for defect in integrity.defects):
        return integrity
    found = dict.fromkeys((*integrity.defects, *_contract_defects(directory, integrity)))
    return replace(integrity, defects=tuple(found))


def _contract_defects(directory: Path, integrity: Integrity) -> Iterator[EvidenceDefect]:
    manifest = integrity.manifest or integrity.found
    files = {path: Unpacked("", len(raw), raw) for path, raw in integrity.contents.items()}
    documents = RunDocuments.of(manifest, Contents(directory.name, {}, files))
    readable = (integrity.kind.document,) if integrity.manifest is None else tuple(files)
    invalid = False
    for path in readable:
        for text in documents.faults.get(path, ())[:_MOST_BREACHES] if path in files else ():
            invalid = True
            yield EvidenceDefect(f"{path.partition('.')[0]}-invalid", path, f"{path}: {text}")
    main = integrity.kind.document
    found_id = documents.main.get("run_id")
    if documents.main and found_id != directory.name:
        text = f"{main}: is of {found_id}, expected {directory.name}"
        yield EvidenceDefect("run-id-differs", main, text)
    if not invalid and not integrity.defects:  # else what contradicts has been told already
        for check in AGREEMENT:
            if check.code not in _SAID_HERE:
                yield from (EvidenceDefect(check.code, main, text) for text in check.find(documents))
