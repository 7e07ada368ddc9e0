"""How stored evidence is refused: what it is, what was expected, and how to get it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.files import Kind

if TYPE_CHECKING:
    from pathlib import Path

OF_THE_EVIDENCE = {
    "run-missing",
    "altered-evidence",
    "invalid-evidence",
    "unsupported-schema",
    "manifest-invalid",
}
"""The codes of errors that say what the evidence is, not what the machine cannot do just now."""

RESTORE_HINT = (
    "restore the run from a bundle or a backup, or move its directory away; it is not used as it is"
)


def invalid(path: Path, defect: str) -> EdgeEnvError:
    """The error for a document that is not what its contract promises."""
    what = "run" if path.name == Kind.RUN.document else "failed run"
    defect = defect.removeprefix(f"{path}: ")
    return EdgeEnvError(f"Invalid {what} artifact: {path}: {defect}", RESTORE_HINT, code="invalid-evidence")


def unsupported(what: str, path: Path, marker: object, known: str) -> EdgeEnvError:
    """The error for a document of a contract that this release does not know."""
    found = repr(marker) if len(repr(marker)) <= 80 else "another text"  # noqa: PLR2004 - a line on the screen
    return EdgeEnvError(
        f"Unsupported {what} schema: {path}: schema_version is {found}, this release reads {known!r}",
        "use a release of EdgeEnv that knows it: python -m pip install --upgrade edgeenv",
        code="unsupported-schema",
    )
