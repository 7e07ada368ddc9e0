"""What a valid benchmark config would miss on this machine, and what it would put on record."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from edgeenv.capture.command import find_program
from edgeenv.capture.presence import is_directory, is_there
from edgeenv.documents import shown_path
from edgeenv.errors import Problem
from edgeenv.model.secret_names import looks_secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from edgeenv.documents import Document


def warnings_for(
    document: Document, *, current_directory: Path, environment: Mapping[str, str]
) -> tuple[Problem, ...]:
    """Everything worth a look before a local run; none of it makes the config invalid."""
    config = document.data
    directory = current_directory / config.get("working_directory", ".")
    found = list(secret_warnings(document))
    if not is_directory(directory):
        text = f"found no directory {directory}; a local run would fail"
        return (*found, _warning(document, "working-directory-missing", ("working_directory",), text))
    model = directory / config["model_path"]
    if not is_there(model):
        declared = "model_sha256" in config
        known_by = "would only be declared" if declared else "would be missing, so nothing could be compared"
        text = (
            f"found no model {model}; the model's identity {known_by}, and a command that opens it would fail"
        )
        found.append(_warning(document, "model-missing", ("model_path",), text))
    word = shlex.split(config["command"])[0]
    if (
        word != "python"
        and find_program(word, {**environment, **config.get("extra_env", {})}, directory) is None
    ):
        text = f"found no program {word!r} on this machine; a local run would fail"
        found.append(_warning(document, "program-missing", ("command",), text))
    return tuple(sorted(found, key=lambda warning: (warning.line or 0, warning.column or 0)))


def secret_warnings(document: Document) -> Iterator[Problem]:
    """The variables of a valid config that look like secrets; their values become part of the evidence."""
    for name in document.data.get("extra_env", {}):
        if looks_secret(name):
            text = (
                f"the variable {name} looks like a secret, and its value would be stored with every run; "
                "set it in your shell instead: the command inherits the shell's environment, whose values "
                "EdgeEnv never records"
            )
            yield _warning(document, "looks-secret", ("extra_env", name), text)


def _warning(document: Document, code: str, member: tuple[str, ...], text: str) -> Problem:
    place = document.marks.key(member)
    line, column = place or (None, None)
    return Problem(code, document.source, line, column, shown_path(member), text)
