"""Write the reference pages from the code: python docs/reference/generate.py."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from edgeenv.cli.commands import COMMANDS
from edgeenv.cli.examples import add_examples
from edgeenv.cli.main import cli

sys.path.insert(0, str(Path(__file__).resolve().parent))  # the pages that have a module of their own
from layout import layout_page
from policy_language import policy_language_page
from python_api import python_api_page
from schema_pages import schema_pages

PAGES = Path(__file__).resolve().parent
_WIDTH = 80


def cli_page() -> str:
    """Every command with its help, as a terminal of 80 columns shows it."""
    parts = [
        "# The command line",
        "Made from the commands themselves by `docs/reference/generate.py`.",
        "Exit statuses: [decision 4](../decisions/0004-exit-codes.md).",
        _section(("edgeenv",), cli),
    ]
    parts += [
        _section(("edgeenv", *words), _with_examples(entry.load(), words))
        for top in COMMANDS
        for words, entry in top.leaves()
    ]
    return "\n\n".join(parts) + "\n"


def _with_examples(command: click.Command, words: tuple[str, ...]) -> click.Command:
    add_examples(command, words)
    return command


def _section(words: tuple[str, ...], command: click.Command) -> str:
    context = click.Context(
        command,
        info_name=" ".join(words),
        terminal_width=_WIDTH,
        max_content_width=_WIDTH,
        help_option_names=["-h", "--help"],
    )
    return f"## {' '.join(words)}\n\n```text\n{command.get_help(context).rstrip()}\n```"


GENERATED = {
    "cli.md": cli_page,
    "policy-language.md": policy_language_page,
    "python-api.md": python_api_page,
    "result-layout.md": layout_page,
    **{name: (lambda page=page: page) for name, page in schema_pages().items()},
}


if __name__ == "__main__":
    for name, page in GENERATED.items():
        (PAGES / name).parent.mkdir(exist_ok=True)
        (PAGES / name).write_text(page(), encoding="utf-8")
