"""``edgeenv runs delete`` and ``restore``, and the same for failed runs: to the trash and back."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import click

from edgeenv.cli.confirmation import confirm, yes_option
from edgeenv.cli.output import clean, json_option, json_result, json_text, message, result, show_notices
from edgeenv.cli.root import root_option
from edgeenv.errors import ExitStatus
from edgeenv.evidence.files import Kind
from edgeenv.registry.registry import Registry
from edgeenv.registry.removal import delete_run, removable, restore_run, trashed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_SHOWN = 20


def _delete_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        json_option,
        yes_option,
        root_option,
        click.argument("references", metavar="RUN...", nargs=-1, required=True),
    ):
        command = option(command)
    return command


@click.command(name="delete")
@_delete_options
def delete_runs(*, references: tuple[str, ...], root: Path, confirmed: bool, as_json: bool) -> int:
    """Move runs to the trash.

    Each RUN is an id, a unique beginning or end of one, or latest, latest~1 and so on. Nothing is lost until
    the trash is emptied: edgeenv runs restore brings a run back, edgeenv registry prune removes it for good.
    """
    return _delete(references, root, Kind.RUN, confirmed=confirmed, as_json=as_json)


@click.command(name="delete")
@_delete_options
def delete_failed_runs(*, references: tuple[str, ...], root: Path, confirmed: bool, as_json: bool) -> int:
    """Move failed runs to the trash.

    The same as edgeenv runs delete, for failed runs.
    """
    return _delete(references, root, Kind.FAILED_RUN, confirmed=confirmed, as_json=as_json)


@click.command(name="restore")
@click.argument("references", metavar="RUN...", nargs=-1, required=True)
@root_option
@json_option
def restore_runs(*, references: tuple[str, ...], root: Path, as_json: bool) -> int:
    """Bring deleted runs back.

    Each RUN is the id of a deleted run or failed run, or a unique beginning or end of it; edgeenv registry
    prune --dry-run lists them. A run that is there is never overwritten.
    """
    registry = Registry(root)
    runs = list(dict.fromkeys(trashed(registry, reference) for reference in references))
    restored = []
    try:
        for run in runs:
            restored.append((run.run_id, restore_run(registry, run, secrets.token_hex)))
            if not as_json:
                result(f"Restored: {clean(restored[-1][1])}")
    finally:
        show_notices(registry.notices)
    if as_json:
        _json("edgeenv.runs-restore.v1", "restored", restored)
    return ExitStatus.DONE


def _delete(references: Sequence[str], root: Path, kind: Kind, *, confirmed: bool, as_json: bool) -> int:
    registry = Registry(root)
    runs = list(dict.fromkeys(removable(registry, reference, kind) for reference in references))
    show_notices(registry.notices)
    registry.notices.clear()
    if not confirmed:
        for run in runs[:_SHOWN]:
            message(clean(run.directory))
        if len(runs) > _SHOWN:
            message(f"and {len(runs) - _SHOWN} more")
    if not confirm(f"Move {_counted(len(runs), kind)} to the trash?", confirmed=confirmed):
        message("Nothing was moved")
        return ExitStatus.COULD_NOT
    deleted = []
    try:
        for run in runs:
            deleted.append((run.run_id, delete_run(registry, run, secrets.token_hex)))
            if not as_json:
                result(f"Deleted: {run.run_id}")
    finally:
        show_notices(registry.notices)
    if as_json:
        _json("edgeenv.runs-delete.v1", "deleted", deleted)
    else:
        message(f"Bring back: edgeenv runs restore {' '.join(run_id for run_id, _ in deleted[:3])}")
    return ExitStatus.DONE


def _json(schema: str, member: str, moved: Sequence[tuple[str, Path]]) -> None:
    listed = [{"run_id": run_id, "directory": json_text(path)} for run_id, path in moved]
    json_result(schema, {member: listed})


def _counted(count: int, kind: Kind) -> str:
    what = "run" if kind is Kind.RUN else "failed run"
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
