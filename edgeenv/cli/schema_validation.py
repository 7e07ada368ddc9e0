"""``edgeenv schema validate``: files against a schema that is named, or that each names itself."""

from __future__ import annotations

from typing import Any

import click

from edgeenv import documents, schema
from edgeenv.cli.checking import (
    BENCHMARK_CONFIG,
    TARGET_PROFILE,
    CheckedFile,
    Contract,
    check_file,
    overall_status,
    report_files,
    show_document,
    show_outcome,
)
from edgeenv.cli.output import json_option
from edgeenv.cli.schema import schema_option
from edgeenv.documents import NOWHERE, Document
from edgeenv.errors import EdgeEnvError, ExitStatus, Problem

_CONTRACTS = {contract.schema: contract for contract in (BENCHMARK_CONFIG, TARGET_PROFILE)}
_MARKED = Contract("", "document", "name", "Name the schema with --schema; see: edgeenv schema list")
_UNMARKED = (
    "benchmark configs and target profiles carry none: --schema bench-config or --schema target-profile"
)
_SHOWN = 80


@click.command(name="validate")
@schema_option
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@json_option
def validate_files(*, name: str | None, files: tuple[str, ...], as_json: bool) -> int:
    """Check files against a schema.

    YAML, or JSON where the name ends in .json. Without --schema each file is held against the contract that
    its schema_version names. Exit status: 0 all valid, 3 a file does not hold, 1 a file could not be read.
    """
    if name is not None:
        schema.text(name)  # an unknown name is told once, not once for each file
        return report_files(_contract(name), files, as_json=as_json)
    outcomes = []
    for file in files:
        contract, checked = _check_marked(file)
        outcomes.append((checked, ()))
        if not as_json:
            show_outcome(contract, checked)
    if as_json:
        show_document(None, outcomes)
    return overall_status(checked for checked, _ in outcomes)


def _contract(name: str) -> Contract:
    return _CONTRACTS.get(name, Contract(name, f"{name} document", "name", "Compare it with the schema"))


def _check_marked(file: str) -> tuple[Contract, CheckedFile]:
    """A file against the contract that it names; one that cannot be read is told of as ever."""
    try:
        document = documents.load(file)
    except EdgeEnvError:
        return _MARKED, check_file(_MARKED, file)
    marker = document.data.get("schema_version")
    name = schema.markers().get(marker) if isinstance(marker, str) else None
    if name is not None:
        contract = _contract(name)
        return contract, check_file(contract, file, further=True)
    problem = _unknown(document, marker)
    error = f"{file} names no contract that this release knows"
    status = ExitStatus.REQUIREMENT_FAILED
    return _MARKED, CheckedFile(file, error=error, problems=(problem,), status=status)


def _unknown(document: Document, marker: Any) -> Problem:
    place = document.marks.value(("schema_version",)) or document.marks.value(()) or NOWHERE
    if "schema_version" not in document.data:
        message = "found no schema_version, expected the marker of a contract, such as edgeenv.policy.v1"
        return Problem("no-schema-version", document.source, *place, "$", message, _UNMARKED)
    from edgeenv.schema.suggestion import did_you_mean

    found = document.marks.scalar(("schema_version",)) or repr(marker)[:_SHOWN]
    message = f"found {found}, expected the marker of a contract, such as edgeenv.policy.v1"
    hint = _other_version(marker) or did_you_mean(marker, tuple(schema.markers()))
    return Problem("unsupported-schema-version", document.source, *place, "$.schema_version", message, hint)


def _other_version(marker: object) -> str | None:
    """What to do about a known contract in a version that this release does not know."""
    family = marker.rpartition(".v")[0] if isinstance(marker, str) else ""
    known = next((name for name in schema.markers() if name.rpartition(".v")[0] == family), None)
    return None if known is None else f"this release knows {known}; use one that knows this version"
