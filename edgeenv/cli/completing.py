"""What the shell is offered for an option or an argument: files, runs, policies, schemas, rules.

Imported only while a shell asks. What is offered follows from the word that stands for the value in the help
(RUN, FILE, NAME|FILE and so on), so a new command is completed without a line of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from edgeenv.cli.root import chosen_root
from edgeenv.errors import EdgeEnvError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_MOST = 1000
_FILTERS = {
    "--model": "model_name",
    "--runtime": "runtime",
    "--provider": "execution_provider",
    "--target": "target_name",
    "--benchmark": "benchmark_name",
}


class Offered(click.types.StringParamType):
    """Text for which a function knows what may be meant."""

    def __init__(self, offer: Callable[[click.Context], Iterable[str]], *, else_files: bool = False) -> None:
        self._offer = offer
        self._else_files = else_files

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem[str]]:
        """Those that begin as what has been typed; a completion that fails stays silent."""
        try:
            offered = [
                text for text in self._offer(ctx) if text.startswith(incomplete) and text.isprintable()
            ]
        except (EdgeEnvError, OSError):
            offered = []
        if not offered and self._else_files:
            return _FILE.shell_complete(ctx, param, incomplete)
        return [CompletionItem(text) for text in offered]


_FILE = click.Path()
_DIRECTORY = click.Path(file_okay=False)


def prepare(command: click.Command) -> None:
    """Give every parameter of a command that is plain text the type that knows what it stands for."""
    for parameter in command.params:
        if isinstance(parameter.type, click.types.StringParamType) and parameter.metavar:
            parameter.type = _type_for(parameter)


def run_ids(ctx: click.Context) -> list[str]:
    """The ids of the newest runs."""
    from edgeenv.registry.registry import Registry
    from edgeenv.registry.rows import RunQuery

    return [row.run_id for row in Registry(_root(ctx)).runs(RunQuery(limit=_MOST))]


def failed_run_ids(ctx: click.Context) -> list[str]:
    """The ids of the failed runs."""
    from edgeenv.registry.registry import Registry

    return [failed.run_id for failed in Registry(_root(ctx)).failed_runs()]


def _type_for(parameter: click.Parameter) -> click.ParamType[Any]:
    """The type that completes a parameter; its own where nothing is known of it."""
    option, stands_for = parameter.opts[0], (parameter.metavar or "").strip("[].").split("|")
    if stands_for == ["NAME", "FILE"] or option in ("before", "after"):
        return Offered(lambda _ctx: _shipped("policies", ".resolved.json"), else_files=True)
    offer = _offer(option, stands_for[0])
    if offer is not None:
        return Offered(offer)
    if stands_for == ["DIRECTORY"]:
        return _DIRECTORY
    return _FILE if stands_for[0] in ("FILE", "PATH", "KEY", "DIR", "BUNDLE", "JUDGEMENT") else parameter.type


def _offer(option: str, stands_for: str) -> Callable[[click.Context], Iterable[str]] | None:
    """What answers with the values that may be meant; None where they cannot be listed."""
    if stands_for.startswith("RULE"):
        return _rules
    if stands_for == "RUN":
        return _runs_of_the_group
    if stands_for == "NAME" and option in _FILTERS:
        return lambda ctx: _recorded(ctx, _FILTERS[option])
    if stands_for == "NAME" and option in ("name", "--schema"):
        return lambda _ctx: _shipped("schemas", ".schema.json")
    return None


def _runs_of_the_group(ctx: click.Context) -> list[str]:
    words = ctx.command_path.split()
    if words[-1] == "restore":
        return sorted(path.name for path in (_root(ctx) / "trash").iterdir())
    return failed_run_ids(ctx) if "failed-runs" in words else run_ids(ctx)


def _recorded(ctx: click.Context, member: str) -> list[str]:
    from edgeenv.registry.registry import Registry
    from edgeenv.registry.rows import RunQuery

    return sorted({getattr(row, member) for row in Registry(_root(ctx)).runs(RunQuery(limit=_MOST))})


def _shipped(kind: str, suffix: str) -> tuple[str, ...]:
    from edgeenv import resources

    return resources.names(kind, suffix)


def _rules(ctx: click.Context) -> list[str]:
    from edgeenv.policy.document import load_policy

    named = ctx.params.get("reference") or ctx.params.get("policy") or "default"
    return [rule.id for rule in load_policy(named).rules]


def _root(ctx: click.Context) -> Path:
    root: Path = ctx.params.get("root") or chosen_root(None)
    return root
