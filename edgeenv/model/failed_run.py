"""One execution that gave no valid metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edgeenv.model.document import read, write
from edgeenv.model.execution import read_execution, read_findings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edgeenv.model.execution import Execution, RunFinding


@dataclass(frozen=True, slots=True)
class FailedRun:
    """One execution that gave no valid metrics: the typed reading of ``failure.json``.

    Attributes:
        error_code: the stable name of the failure, such as ``metrics-missing``.
        error_hint: what to do about it.
        return_code: the command's exit status; None when it never ended by itself.
    """

    schema_version: str
    run_id: str
    created_at: str
    benchmark_name: str
    target_name: str
    target_type: str
    command: str
    error_type: str
    error_message: str
    return_code: int | None
    error_code: str | None = None
    error_hint: str | None = None
    execution: Execution | None = None
    findings: tuple[RunFinding, ...] | None = None
    extensions: Mapping[str, Any] | None = None

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> FailedRun:
        """Read a document that the ``failed-run`` schema has accepted."""
        return read(
            cls,
            document,
            execution=read_execution(document),
            findings=read_findings(document),
        )

    def to_document(self) -> dict[str, Any]:
        """The members of ``failure.json``."""
        document: dict[str, Any] = write(self)
        return document
