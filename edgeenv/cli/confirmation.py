"""Asking before something is removed: a person answers on a terminal, a script says ``--yes``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from edgeenv.errors import EdgeEnvError

if TYPE_CHECKING:
    from collections.abc import Callable


def yes_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option ``--yes``."""
    return click.option("--yes", "-y", "confirmed", is_flag=True, help="Do not ask.")(command)


def confirm(question: str, *, confirmed: bool) -> bool:
    """Ask a person, unless the answer was given before.

    Raises:
        EdgeEnvError: nobody can be asked.
    """
    if confirmed:
        return True
    if not sys.stdin.isatty():
        raise EdgeEnvError(
            "this must be confirmed, and there is no terminal to ask on",
            "add --yes",
            code="not-confirmed",
        )
    return click.confirm(question, err=True)
