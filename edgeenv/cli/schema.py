"""``edgeenv schema list``, ``show``, ``path`` and ``export``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgeenv import schema
from edgeenv.cli.output import clean, json_option, json_result, json_text, result, write_file
from edgeenv.documents import parse_json
from edgeenv.errors import EdgeEnvError

if TYPE_CHECKING:
    from collections.abc import Callable


def _names(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in schema.names() if name.startswith(incomplete)]


def schema_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option ``--schema``, with completion of names in the shell."""
    return click.option(
        "--schema",
        "name",
        metavar="NAME",
        shell_complete=_names,
        help="The schema; by default the one that each file's schema_version names.",
    )(command)


@click.command(name="list")
@json_option
def list_schemas(*, as_json: bool) -> None:
    """List the schemas that EdgeEnv ships.

    One for each kind of file, and one for each JSON document that a command prints.
    """
    contracts = {name: parse_json(schema.text(name).encode(), name) for name in schema.names()}
    marker_of = {name: marker for marker, name in schema.markers().items()}
    if as_json:
        members = [
            {"name": name, "id": document["$id"], "title": document["title"], "marker": marker_of.get(name)}
            for name, document in contracts.items()
        ]
        json_result("edgeenv.schema-list.v1", {"schemas": members})
        return
    from edgeenv.report.table import table

    rows = [(clean(name), clean(document["title"])) for name, document in contracts.items()]
    result(table(("Schema", "Title"), rows))


@click.command(name="show")
@click.argument("name", metavar="NAME", shell_complete=_names)
def show_schema(*, name: str) -> None:
    """Print one schema."""
    result(schema.text(name).rstrip("\n"))


@click.command(name="path")
@click.argument("name", metavar="NAME", shell_complete=_names)
def place_schema(*, name: str) -> None:
    """Print where the file of one schema lies.

    For tools that take the file of a schema, such as check-jsonschema --schemafile.
    """
    result(clean(schema.place(name)))


@click.command(name="export")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("wanted", metavar="[NAME]...", nargs=-1, shell_complete=_names)
@click.option("--force", is_flag=True, help="Replace files of these names that hold something else.")
@json_option
def export_schemas(*, directory: Path, wanted: tuple[str, ...], force: bool, as_json: bool) -> None:
    """Write the schemas into a directory.

    All of them, or those that are named. A file that holds the same already is left as it is; one that holds
    something else stops the command before anything is written, unless there is --force.
    """
    texts = {name: schema.text(name).encode("utf-8") for name in wanted or schema.names()}
    files = {name: directory / f"{name}.schema.json" for name in texts}
    news = {name: not _holds(files[name], content) for name, content in texts.items()}
    _must_be_free([path for name, path in files.items() if news[name] and not force])
    for name, path in files.items():
        if news[name]:
            write_file(path, texts[name], replace=force)
    if as_json:
        members = [
            {"name": name, "file": json_text(path), "written": news[name]} for name, path in files.items()
        ]
        json_result("edgeenv.schema-export.v1", {"directory": json_text(directory), "files": members})
        return
    written = sum(news.values())
    same = f", {len(news) - written} already there" if written < len(news) else ""
    result(f"Schemas written to {clean(directory)}: {written}{same}")


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False


def _must_be_free(paths: list[Path]) -> None:
    """Refuse to overwrite anything, before the first file is written."""
    taken = [path for path in paths if path.exists() or path.is_symlink()]
    if not taken:
        return
    more = f" and {len(taken) - 1} more" if len(taken) > 1 else ""
    raise EdgeEnvError(
        f"{taken[0]}{more} holds something else, and nothing is overwritten",
        "choose another directory, or add --force",
        code="file-exists",
    )
