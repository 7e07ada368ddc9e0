"""What a valid benchmark config would miss on this machine, and what it would put on record."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from edgeenv.capture.command import find_program
from edgeenv.documents import shown_path
from edgeenv.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from edgeenv.documents import Document

_SECRET_WORDS = re.compile(r"(^|_)(API_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)(_|$)")


def warnings_for(
    document: Document, *, current_directory: Path, environment: Mapping[str, str]
) -> tuple[Problem, ...]:
    """Everything worth a look before a local run; none of it makes the config invalid."""
    config = document.data
    directory = current_directory / config.get("working_directory", ".")
    found = [_warning(document, code, member, text) for code, member, text in _secrets(config)]
    if not directory.is_dir():
        text = f"found no directory {directory}; a local run would fail"
        return (*found, _warning(document, "working-directory-missing", ("working_directory",), text))
    model = directory / config["model_path"]
    if not model.exists() and "model_sha256" not in config:
        text = f"found no model {model}; a local run would have no model identity to be compared by"
        found.append(_warning(document, "model-missing", ("model_path",), text))
    word = shlex.split(config["command"])[0]
    if (
        word != "python"
        and find_program(word, {**environment, **config.get("extra_env", {})}, directory) is None
    ):
        text = f"found no program {word!r} on this machine; a local run would fail"
        found.append(_warning(document, "program-missing", ("command",), text))
    return tuple(sorted(found, key=lambda warning: (warning.line or 0, warning.column or 0)))


def _secrets(config: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, tuple[str, ...], str]]:
    for name in config.get("extra_env", {}):
        if _SECRET_WORDS.search(name):
            yield (
                "looks-secret",
                ("extra_env", name),
                (
                    f"the variable {name} looks like a secret, and its value would be stored with every run; "
                    "set it in your shell instead"
                ),
            )


def _warning(document: Document, code: str, member: tuple[str, ...], text: str) -> Problem:
    place = document.marks.key(member)
    line, column = place or (None, None)
    return Problem(code, document.source, line, column, shown_path(member), text)
