"""Where an imported run came from: a record beside the runs, never among a run's own files.

A run's directory must stay what its manifest says, so the record lies in ``imports/<run_id>.json`` of the
root. The index does not hold it and a rebuild does not touch it. A record without a run, left by an import
that was killed, means nothing.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from edgeenv.documents import parse_json, pretty_json
from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.disk import explain, make_directory, read_regular

if TYPE_CHECKING:
    from pathlib import Path

IMPORTS = "imports"
SCHEMA = "edgeenv.import.v1"
_LIMIT = 1 << 16


class Origin(NamedTuple):
    """How an imported run came here.

    Attributes:
        imported_at: UTC, ISO 8601 with ``Z``.
        source: the bundle as it was named when it was imported.
        sha256: digest of the bundle in hex, bytes: its size.
        evidence_digest: digest of the evidence that was imported.
        signer: who had signed it, as the reader's list named them; None when that was not checked.
        fingerprint: of the signer's key.
        signature: the signature that was checked, armored.
    """

    run_id: str
    bundle_type: str
    imported_at: str
    source: str
    sha256: str
    bytes: int
    evidence_digest: str
    signer: str | None = None
    fingerprint: str | None = None
    signature: str | None = None

    def to_document(self) -> dict[str, Any]:
        """The record as JSON."""
        return {"schema_version": SCHEMA, **self._asdict()}


def origin_path(root: Path, run_id: str) -> Path:
    """Where the record of a run lies; ``run_id`` is an id, never a text from outside."""
    return root / IMPORTS / f"{run_id}.json"


def write_origin(root: Path, origin: Origin) -> None:
    """Store the record of a run, whole and synced.

    Raises:
        EdgeEnvError: it could not be written.
        OSError: its folder could not be made.
    """
    from edgeenv.evidence.bundle.placing import placed, write_at

    path = origin_path(root, origin.run_id)
    make_directory(path.parent)
    with placed(path, force=True) as aside:
        write_at(aside.descriptor, 0, pretty_json(origin.to_document()).encode("utf-8"))


def forget_origin(root: Path, run_id: str) -> None:
    """Remove the record of a run that is not there after all, as far as that is possible."""
    with suppress(OSError):
        origin_path(root, run_id).unlink()


def read_origin(root: Path, run_id: str) -> Origin | None:
    """How a run came here; None when it was recorded here.

    Raises:
        EdgeEnvError: there is a record that cannot be read (code ``origin-invalid``).
    """
    path = origin_path(root, run_id)
    try:
        document = parse_json(read_regular(path, _LIMIT), str(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise explain(error, path) from error
    if isinstance(document, dict) and document.pop("schema_version", None) == SCHEMA:
        with suppress(TypeError):
            origin = Origin(**document)
            if origin.run_id == run_id:
                return origin
    raise EdgeEnvError(
        f"{path} does not say where {run_id} came from, expected {SCHEMA}",
        "the run itself is not touched by that; remove the file if nobody knows it",
        code="origin-invalid",
    )
