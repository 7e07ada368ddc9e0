"""Which root directory a command works on: the one place that decides."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT_NAME = ".edgeenv"
ROOT_VARIABLE = "EDGEENV_ROOT"


def root_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option ``--edgeenv-root``, handed to it as the ``root`` to use."""
    return click.option(
        "--edgeenv-root",
        "root",
        metavar="DIRECTORY",
        callback=lambda _ctx, _param, value: chosen_root(value),
        help=f"Where the runs are. [default: {ROOT_VARIABLE}, or the nearest {ROOT_NAME} upward from here]",
    )(command)


def chosen_root(option: str | None) -> Path:
    """The root directory, spelled as the user would type it; nothing is created.

    The option wins over the variable EDGEENV_ROOT, which wins over the nearest ``.edgeenv`` in this directory
    or one above it. Where there is none, it is ``.edgeenv`` here.
    """
    named = option or os.environ.get(ROOT_VARIABLE)
    if named:
        return Path(named)
    upward = ""
    try:
        levels = os.getcwd().count(os.sep)  # noqa: PTH109 - pathlib says the same more slowly
    except FileNotFoundError:
        levels = 0  # the current directory has been deleted; what is asked next says so
    for _ in range(levels + 1):
        candidate = os.path.join(upward, ROOT_NAME)  # noqa: PTH118 - as above
        if os.path.lexists(candidate):
            return Path(candidate)
        upward = os.path.join(upward, os.pardir)  # noqa: PTH118 - as above
    return Path(ROOT_NAME)
