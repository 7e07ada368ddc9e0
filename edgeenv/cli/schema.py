"""``edgeenv schema list``, ``show`` and ``validate``."""

from __future__ import annotations

import click

from edgeenv import schema
from edgeenv.cli.checking import BENCHMARK_CONFIG, TARGET_PROFILE, Contract, report_files
from edgeenv.cli.output import clean, json_option, json_result, result
from edgeenv.documents import parse_json

_CONTRACTS = {contract.schema: contract for contract in (BENCHMARK_CONFIG, TARGET_PROFILE)}


@click.command(name="list")
@json_option
def list_schemas(*, as_json: bool) -> None:
    """List the schemas that EdgeEnv ships."""
    titles = {name: parse_json(schema.text(name).encode(), name) for name in schema.names()}
    if as_json:
        members = [
            {"name": name, "id": document["$id"], "title": document["title"]}
            for name, document in titles.items()
        ]
        json_result("edgeenv.schema-list.v1", {"schemas": members})
        return
    from edgeenv.report.table import table

    rows = [(clean(name), clean(document["title"])) for name, document in titles.items()]
    result(table(("Schema", "Title"), rows))


@click.command(name="show")
@click.argument("name", metavar="NAME")
def show_schema(*, name: str) -> None:
    """Print one schema."""
    result(schema.text(name).rstrip("\n"))


@click.command(name="validate")
@click.option("--schema", "name", metavar="NAME", required=True, help="The schema: see edgeenv schema list.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@json_option
def validate_files(*, name: str, files: tuple[str, ...], as_json: bool) -> int:
    """Check files against a schema.

    YAML, or JSON where the name ends in .json. Exit status: 0 all valid, 3 a file does not hold, 1 a file
    could not be read.
    """
    schema.text(name)  # an unknown name is told once, not once for each file
    generic = Contract(name, f"{name} document", "name", "Compare it with the schema")
    return report_files(_CONTRACTS.get(name, generic), files, as_json=as_json)
