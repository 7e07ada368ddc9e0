"""The argument that names a run: an id, a unique beginning or end of one, or ``latest~N``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from edgeenv.errors import EdgeEnvError

if TYPE_CHECKING:
    from collections.abc import Callable

REFERENCE_HELP = (
    "A run is named by its id, by a unique beginning or end of it, or as latest, latest~1 and so on."
)


def run_argument(name: str, metavar: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An argument that names a recorded run, with completion of ids in the shell."""
    return click.argument(name, metavar=metavar, shell_complete=_ids)


def failed_run_argument(name: str, metavar: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The same for a failed run."""
    return click.argument(name, metavar=metavar, shell_complete=_failed_ids)


def altered_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option ``--allow-altered``."""
    return click.option(
        "--allow-altered",
        is_flag=True,
        help="Take evidence that was altered after it was stored, and say so.",
    )(command)


def _ids(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    from edgeenv.cli.completing import run_ids

    return _beginning_with(incomplete, run_ids, ctx)


def _failed_ids(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    from edgeenv.cli.completing import failed_run_ids

    return _beginning_with(incomplete, failed_run_ids, ctx)


def _beginning_with(
    incomplete: str, ids: Callable[[click.Context], list[str]], ctx: click.Context
) -> list[str]:
    try:
        return [run_id for run_id in ids(ctx) if run_id.startswith(incomplete)]
    except EdgeEnvError:
        return []  # a completion that fails stays silent
