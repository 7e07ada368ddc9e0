"""Where an imported run came from, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edgeenv.cli.output import clean, message
from edgeenv.errors import EdgeEnvError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edgeenv.evidence.bundle.origin import Origin


def origin_of(root: Path, run_id: str) -> Origin | None:
    """How a run came here; None when it was recorded here, or when the record of it says nothing.

    ``run_id`` is an id, never a text from outside. A record that cannot be read is told of on stderr: the
    run itself is not touched by that.
    """
    from edgeenv.evidence.bundle.origin import read_origin

    try:
        return read_origin(root, run_id)
    except EdgeEnvError as error:
        message(f"Note: {clean(error.message)}")
        return None


def origin_lines(origin: Origin | None) -> Iterator[str]:
    """Lines for people; none for a run that was recorded here."""
    if origin is None:
        return
    yield f"Imported: {clean(origin.imported_at)} from {clean(origin.source)}"
    if origin.signer is not None:
        yield f"Signed by: {clean(origin.signer)} ({clean(origin.fingerprint)})"


def origin_document(origin: Origin | None) -> dict[str, Any] | None:
    """The same as JSON, with the digest of the bundle."""
    if origin is None:
        return None
    members = ("imported_at", "source", "sha256", "bytes", "signer", "fingerprint")
    return {name: getattr(origin, name) for name in members}
