"""What is to be recorded, and what was."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from edgeenv.capture.request import Clock, Watcher
    from edgeenv.documents import Document
    from edgeenv.model.failed_run import FailedRun
    from edgeenv.model.finding import Finding
    from edgeenv.model.run import Run


class RecordRequest(NamedTuple):
    """One run to be made and recorded; both documents have been accepted by their schemas.

    Attributes:
        root: where it is recorded; made when it is not there.
        environment: the variables that the command inherits.
        current_directory: where relative paths of the config count from.
        python: the interpreter that stands for ``python`` when PATH has none.
        random_hex: gives at least as many random hex digits as asked for.
        watcher: sees the run while it goes on.
        edgeenv_version: the release that records.
    """

    config: Document
    target: Document
    root: Path
    environment: Mapping[str, str]
    current_directory: Path
    python: str
    clock: Clock
    random_hex: Callable[[int], str]
    watcher: Watcher | None
    edgeenv_version: str


class Recorded(NamedTuple):
    """What was recorded: a run or a failed run, never both.

    Attributes:
        directory: where its files are.
        notices: what was healed on the way, or what could not be done after the run was safe.
        signal: the signal that interrupted EdgeEnv, None otherwise.
    """

    run_id: str
    directory: Path
    run: Run | None
    failed: FailedRun | None
    notices: tuple[Finding, ...]
    signal: int | None
