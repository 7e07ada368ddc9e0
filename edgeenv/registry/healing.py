"""What interrupted commands left under ``tmp/`` is tidied by the next command that opens the root."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.disk import is_real_directory
from edgeenv.evidence.files import FAILED_RUNS, RUNS, TRASH
from edgeenv.evidence.stage import Leftover, leftovers
from edgeenv.model.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def sweep(root: Path, add_run: Callable[[str], bool], drop_run: Callable[[str], bool]) -> list[Finding]:
    """Heal a root as far as interrupted commands left traces; cheap, because only ``tmp/`` is looked at.

    Args:
        root: an existing root.
        add_run: puts a published run into the index; True when it was not there. It raises when the index
            cannot take it, and the trace is left for the next command.
        drop_run: takes a deleted run out of the index, likewise.

    Returns:
        what was healed or could not be.
    """
    notices: list[Finding] = []
    try:
        for leftover in leftovers(root):
            with leftover:
                try:
                    notices.extend(_heal(root, leftover, add_run, drop_run))
                except EdgeEnvError as error:
                    notices.append(_not_healed(leftover.run_id, error.message))
                except OSError as error:
                    notices.append(_not_healed(leftover.run_id, _cause(error)))
    except OSError as error:
        notices.append(
            Finding("not-healed", f"what interrupted runs may have left cannot be looked at: {_cause(error)}")
        )
    return notices


def _heal(
    root: Path, leftover: Leftover, add_run: Callable[[str], bool], drop_run: Callable[[str], bool]
) -> list[Finding]:
    run_id = leftover.run_id
    notices = []
    if leftover.has_stage():
        text = f"a run that was interrupted left {leftover.directory}; removed"
        notices.append(Finding("interrupted-run", text, (("run_id", run_id),)))
    elif is_real_directory(root / RUNS / run_id):
        if add_run(run_id):
            text = f"{run_id} was stored but interrupted before it was in the index; added"
            notices.append(Finding("run-indexed", text, (("run_id", run_id),)))
    elif is_real_directory(root / FAILED_RUNS / run_id):
        text = f"{run_id} failed and was stored, but EdgeEnv was interrupted before it said so"
        notices.append(Finding("interrupted-run", text, (("run_id", run_id),)))
    elif is_real_directory(root / TRASH / run_id) and drop_run(run_id):
        text = f"{run_id} was deleted, but EdgeEnv was interrupted before it left the index; removed from it"
        notices.append(Finding("run-deleted", text, (("run_id", run_id),)))
    leftover.remove()
    return notices


def _not_healed(run_id: str, cause: str) -> Finding:
    text = f"what the interrupted run {run_id} left cannot be tidied: {cause}"
    return Finding("not-healed", text, (("run_id", run_id),))


def _cause(error: OSError) -> str:
    return f"{error.strerror or error}: {error.filename}" if error.filename else str(error)
