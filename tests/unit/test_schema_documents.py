"""The documents under ``tests/documents``: every valid one holds, every invalid one fails exactly as it says.

An invalid YAML file says so in comments ``# expect: LINE CODE PATH`` at its top, a JSON file in a file of the
same name with ``.expect`` at its end.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeenv import schema
from edgeenv.documents import load
from edgeenv.errors import EdgeEnvError

DOCUMENTS = Path(__file__).parents[1] / "documents"


def documents(kind):
    files = (path for path in (DOCUMENTS / kind).glob("*/*") if path.suffix != ".expect")
    return sorted(f"{path.parent.name}/{path.name}" for path in files)


def expected(path):
    if path.suffix == ".json":
        lines = path.with_name(path.name + ".expect").read_text().splitlines()
    else:
        mark = "# expect: "
        lines = [line.removeprefix(mark) for line in path.read_text().splitlines() if line.startswith(mark)]
    return sorted(line.split(" ", 2) for line in lines)


@pytest.mark.parametrize("name", documents("valid"))
def test_a_valid_document_holds(name):
    contract = name.split("/")[0]
    document = load(DOCUMENTS / "valid" / name)
    assert schema.check(contract, document) == ()
    schema.require(contract, document)


@pytest.mark.parametrize("name", documents("invalid"))
def test_an_invalid_document_fails_where_and_as_it_says(name):
    contract = name.split("/")[0]
    path = DOCUMENTS / "invalid" / name
    try:
        problems = schema.check(contract, load(path)) if contract in schema.names() else load(path) and ()
    except EdgeEnvError as error:
        problems = error.problems
    assert sorted([str(p.line), p.code, p.path] for p in problems) == expected(path)
    assert all(p.file == str(path) for p in problems)


@pytest.mark.parametrize("name", schema.names())
def test_every_schema_has_documents_of_both_kinds(name):
    assert any(document.startswith(f"{name}/") for document in documents("valid"))
    assert any(document.startswith(f"{name}/") for document in documents("invalid"))
