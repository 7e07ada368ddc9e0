"""The options that pick runs by what they are: model, runtime, target, time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

_TEXTS = {
    "--model": "Only runs of this model.",
    "--runtime": "Only runs on this runtime.",
    "--provider": "Only runs on this execution provider.",
    "--target": "Only runs on this target.",
    "--benchmark": "Only runs of this benchmark.",
}


class Moment(click.ParamType[datetime]):
    """A date or a time in ISO 8601; without an offset it is taken as UTC."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read the option's text."""
        try:
            moment = datetime.fromisoformat(value)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            self.fail(f"found {value!r}, expected a time such as 2026-05-07 or 2026-05-07T21:00Z", param, ctx)


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the filters of ``runs list``, handed to it by the names of ``RunQuery``."""
    synthetic = click.option(
        "--synthetic/--real", default=None, help="Only made-up, or only measured numbers."
    )
    since = click.option(
        "--since", metavar="TIME", type=Moment(), help="Only runs recorded then or later (UTC)."
    )
    command = since(synthetic(command))
    for name, text in reversed(_TEXTS.items()):
        command = click.option(name, metavar="NAME", help=text)(command)
    return command
