"""Command groups that are listed from a table: a command's module is imported only when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import click

if TYPE_CHECKING:
    from collections.abc import Iterator


_HELP = frozenset(("-h", "--help"))


class Entry(NamedTuple):
    """One word of the command line.

    Attributes:
        name: the word.
        help: one line; equal to the first line of the command's docstring.
        target: ``module:attribute`` of the click command; empty for a group.
        children: the words that may follow, for a group.
    """

    name: str
    help: str
    target: str = ""
    children: tuple[Entry, ...] = ()

    def load(self) -> click.Command:
        """The click command behind the entry."""
        if not self.target:
            return TableGroup(self.children, name=self.name, help=self.help)
        module, _, attribute = self.target.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def leaves(self, *prefix: str) -> Iterator[tuple[tuple[str, ...], Entry]]:
        """Every command below, with the words that call it."""
        words = (*prefix, self.name)
        if self.target:
            yield words, self
        for child in self.children:
            yield from child.leaves(*words)


class TableGroup(click.Group):
    """A group whose commands stand in a table, in the order of the table."""

    def __init__(self, entries: tuple[Entry, ...], **settings: Any) -> None:
        super().__init__(**settings)
        self.entries = entries

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, in the order in which a user meets them."""
        return [entry.name for entry in self.entries]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Import and return one command; None when there is no such word."""
        return next((entry.load() for entry in self.entries if entry.name == cmd_name), None)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; add to it what only a shell that completes, or a reader of help, asks for."""
        word = args[0]
        if not (ctx.resilient_parsing or word.startswith("-") or word in self.list_commands(ctx)):
            _refuse(word, ctx)
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None and ctx.resilient_parsing:
            from edgeenv.cli.completing import prepare

            prepare(command)
        elif command is not None and (
            _HELP.intersection(rest) or (not rest and isinstance(command, TableGroup))
        ):
            from edgeenv.cli.examples import add_examples

            add_examples(command, (*ctx.command_path.split()[1:], command.name or ""))
        return name, command, rest

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """List the commands from the table, without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(entry.name, entry.help) for entry in self.entries])


def _refuse(word: str, ctx: click.Context) -> NoReturn:
    """Say that there is no such command, and which one of the whole table may have been meant."""
    from edgeenv.cli.suggestion import commands_meant

    root = ctx.find_root()
    meant = commands_meant(word, root.command.entries) if isinstance(root.command, TableGroup) else []
    text = " or ".join(f"{root.info_name} {call}" for call in meant)
    ctx.fail(f"No such command {word!r}." + (f" Did you mean {text}?" if text else ""))
