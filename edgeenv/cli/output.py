"""Where output goes and in what shape: results on stdout, all else on stderr, nothing raw from outside.

EdgeEnv uses no colours at all, so NO_COLOR is honoured by construction.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from edgeenv.errors import EdgeEnvError, Problem
    from edgeenv.model.finding import Finding


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document, in full.")(command)


def clean(text: object) -> str:
    """One line that a terminal shows and never obeys.

    Control characters, escape sequences, line breaks, bidirectional overrides and other invisible characters
    are shown as backslash escapes; everything that can be seen stays.
    """
    text = str(text)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def clean_block(text: str) -> str:
    """The same for a text of several lines, such as a log: line breaks and tabs stay."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join("\t".join(clean(part) for part in line.split("\t")) for line in lines)


def result(text: str = "") -> None:
    """A line, or several, of what the user asked for; anything from outside in it is already clean."""
    click.echo(text)


def message(text: str = "") -> None:
    """A line about the work itself, on stderr."""
    click.echo(text, err=True)


def json_result(schema_version: str, members: Mapping[str, Any]) -> None:
    """The one JSON document of a ``--json`` call, always in UTF-8, whatever the terminal's encoding."""
    json_document({"schema_version": schema_version, **members})


def json_document(document: Mapping[str, Any]) -> None:
    """The same for a document that already names its schema."""
    from edgeenv.documents import pretty_json

    click.echo((pretty_json(document) + "\n").encode("utf-8"), nl=False)


def json_text(path: object) -> str:
    """A path as JSON can hold it: bytes that are no text are shown replaced."""
    return str(path).encode("utf-8", errors="surrogateescape").decode("utf-8", errors="replace")


def show_notices(notices: Iterable[Finding]) -> None:
    """What happened beside the work itself, such as a registry that was mended."""
    for notice in notices:
        message(f"Note: {clean(notice.text)}")


def show_error(error: EdgeEnvError) -> None:
    """Say what could not be done, every problem behind it, and what to do next."""
    message(f"Error: {clean(error.message)}")
    rest = untold(error.message, error.problems)
    show_problems(rest)
    if error.hint and error.hint not in {problem.hint for problem in rest}:
        message(f"Hint: {clean(error.hint)}")


def untold(told: str, problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """The problems to list below a message: none where it has told the only one, with its place."""
    if len(problems) == 1 and problems[0].place in told and problems[0].message in told:
        return ()
    return problems


def show_problems(problems: Iterable[Problem]) -> None:
    """One line for each problem, its hint below it."""
    for problem in problems:
        message(clean(problem.render()))
        if problem.hint:
            message(f"  Hint: {clean(problem.hint)}")


def problem_document(problem: Problem) -> dict[str, Any]:
    """A problem as JSON."""
    return {
        "code": problem.code,
        "file": json_text(problem.file),
        "line": problem.line,
        "column": problem.column,
        "path": problem.path,
        "message": problem.message,
        "hint": problem.hint,
    }


def write_file(path: Path, content: bytes, *, replace: bool) -> None:
    """Write a whole file or none: into a temporary file beside it, then renamed over it.

    Raises:
        EdgeEnvError: the file is there and may not be replaced, or it cannot be written.
    """
    import os
    from tempfile import mkstemp

    from edgeenv.errors import EdgeEnvError

    if not replace and os.path.lexists(path):
        raise EdgeEnvError(
            f"{path} is there already, and is not overwritten",
            "choose another file, or add --force",
            code="file-exists",
        )
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor
            file.write(content)
        os.chmod(temporary, 0o666 & ~umask())  # noqa: PTH101 - mkstemp gives a name
        os.replace(temporary, path)  # noqa: PTH105 - as above
    except OSError as error:
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108 - as above
        raise EdgeEnvError(f"cannot write {path}: {error.strerror}", code="not-writable") from error


def umask() -> int:
    """What the user wants new files not to allow; it can only be read by setting it."""
    import os

    mask = os.umask(0)
    os.umask(mask)
    return mask


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
