"""Whether a benchmark's command line can be split into words; what a JSON Schema cannot say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeenv.documents import NOWHERE
from edgeenv.errors import Problem

if TYPE_CHECKING:
    from edgeenv.documents import Document

_PATH = ("command",)


def check_command(document: Document) -> tuple[Problem, ...]:
    """What is wrong with the ``command`` of a benchmark config, apart from its contract.

    Kept apart from the check of the contract, because a run with such a command is recorded as a failed run.
    A command that is absent, empty or no text is the contract's business and gives no problem here.

    Returns:
        A problem ``nul-character``, ``command-unbalanced-quotes`` or ``command-empty``, or nothing.
    """
    command = document.data.get("command") if isinstance(document.data, dict) else None
    if not isinstance(command, str) or not command:
        return ()
    fault = _fault(command)
    if fault is None:
        return ()
    code, message, hint = fault
    place = document.marks.value(_PATH) or NOWHERE
    return (Problem(code, document.source, *place, "$.command", message, hint),)


def _fault(command: str) -> tuple[str, str, str] | None:
    import shlex

    if "\0" in command:
        return "nul-character", "found a NUL character, expected a command line", "remove it"
    try:
        words = shlex.split(command)
    except ValueError as error:
        if "escaped" in str(error):
            message = "found a backslash at the end, expected a character after it"
            return "command-unbalanced-quotes", message, "write two backslashes for one, or remove it"
        message = "found a quotation mark that is opened and not closed"
        return "command-unbalanced-quotes", message, "close it, or write a backslash before a single one"
    if not words or not words[0]:
        return "command-empty", "found a command line without a first word, expected a program", "name it"
    return None
