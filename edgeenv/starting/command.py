"""The command line that a user names: its words, what a shell would have done with it, the model in it."""

from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING

from edgeenv.capture.presence import is_there
from edgeenv.errors import EdgeEnvError
from edgeenv.starting.model_format import MODEL_FORMATS, suffix_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# Outside of quotation marks, and outside of single ones only.
_OPERATOR = re.compile(r"[|&;<>()]+|[*]|(?:^|(?<=\s))~")
_EXPANSION = re.compile(r"\$[A-Za-z_{(]|`")
_QUOTED = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"|\\.", re.DOTALL)
_SINGLE = re.compile(r"\\.|'[^']*'", re.DOTALL)
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")


def command_words(text: str) -> tuple[str, ...]:
    """The words of a command line, split as the runner would split it.

    Raises:
        EdgeEnvError: ``command-refused`` for a text that is no command line, or that only a shell could run.
    """
    if "\0" in text or _undecoded(text):
        raise _refused("the command holds bytes that are no text")
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise _refused(f"the command cannot be split into words: {str(error).lower()}") from error
    if not words or not words[0]:
        raise _refused("the command is empty")
    found = _for_a_shell(text)
    if found is not None:
        raise _refused(
            f"the command holds {found}, which only a shell understands; EdgeEnv starts none",
            f"edgeenv init --from-command {shlex.quote(shlex.join(('sh', '-c', text)))}",
        )
    return words


def model_among(words: Iterable[str], directory: Path) -> str | None:
    """The model file that is there and that a word or an option's value names; None unless it is one."""
    found = set()
    for word in words:
        for candidate in (word, word.partition("=")[2]):
            if suffix_of(candidate) in MODEL_FORMATS and is_there(directory / candidate):
                found.add(candidate)
    return found.pop() if len(found) == 1 else None


def program_name(words: tuple[str, ...]) -> str:
    """What the command is called for people: its program, or the script that an interpreter is given."""
    first = os.path.basename(words[0])  # noqa: PTH119 - a word, not a file of ours
    if re.fullmatch(r"python[0-9.]*|bash|sh|node", first) and len(words) > 1 and not words[1].startswith("-"):
        first = os.path.basename(words[1])  # noqa: PTH119 - as above
    return os.path.splitext(first)[0] or first  # noqa: PTH122 - as above


def _undecoded(text: str) -> bool:
    """Whether a text from the command line holds bytes that could not be decoded."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _for_a_shell(text: str) -> str | None:
    """The first thing in a command line that needs a shell."""
    assignment = _ASSIGNMENT.match(text.lstrip())
    if assignment is not None:
        return assignment[0]
    for quoted, wanted in ((_QUOTED, _OPERATOR), (_SINGLE, _EXPANSION)):
        for stretch in quoted.split(text):
            found = wanted.search(stretch)
            if found is not None:
                return found[0]
    return None


def _refused(message: str, hint: str | None = None) -> EdgeEnvError:
    return EdgeEnvError(message, hint or "name one program with its arguments", code="command-refused")
