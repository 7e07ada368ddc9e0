"""The validators, each made once, and the order of one check: version, contract, cross-field truths."""

from __future__ import annotations

import json
import math
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator, ValidationError, validators

from edgeenv.documents import NOWHERE, Document, canonical_json
from edgeenv.errors import EdgeEnvError, Problem
from edgeenv.schema.breach import Breach
from edgeenv.schema.contracts import names, text
from edgeenv.schema.truths import truths_of
from edgeenv.schema.wording import problems_from

if TYPE_CHECKING:
    from collections.abc import Iterator

PROBLEM_LIMIT = 200


def problems_of(name: str, definition: str | None, document: Document) -> tuple[Problem, ...]:
    """Every problem of a document or, with a definition, of one part of a contract; sorted by place."""
    validator = _validator(name, definition)
    if definition is None:
        unsupported = _unsupported_version(name, document)
        if unsupported is not None:
            return (unsupported,)
    problems: list[Problem] = []
    for error in islice(validator.iter_errors(document.data), PROBLEM_LIMIT):
        problems.extend(problems_from(_breach(error, document), document))
    problems.extend(truths_of(name, definition, document))
    return tuple(sorted(dict.fromkeys(problems), key=_place)[:PROBLEM_LIMIT])


def _breach(error: Any, document: Document) -> Breach:
    path = tuple(error.absolute_path)
    return Breach(
        keyword=error.validator,
        expected=error.validator_value,
        found=error.instance,
        path=path,
        schema=error.schema,
        is_name="propertyNames" in error.absolute_schema_path,
        written=document.marks.scalar(path),
    )


def _place(problem: Problem) -> tuple[int, int, str]:
    return problem.line or 0, problem.column or 0, problem.path


@cache
def _schema(name: str) -> dict[str, Any]:
    contract: dict[str, Any] = json.loads(text(name))
    return contract


@cache
def _validator(name: str, definition: str | None) -> Any:
    contract = _schema(name)
    if definition is None:
        return _Validator(contract)
    if definition not in contract.get("$defs", {}):
        raise EdgeEnvError(f"the schema {name} has no part {definition!r}", code="unknown-schema")
    part = {"$ref": f"#/$defs/{definition}", "$defs": contract["$defs"]}
    return _Validator(part)


def _unsupported_version(name: str, document: Document) -> Problem | None:
    """The one problem of a document of another version, which would break the contract everywhere."""
    supported = _schema(name)["properties"].get("schema_version", {}).get("const")
    if supported is None or not isinstance(document.data, dict) or "schema_version" not in document.data:
        return None
    found = document.data["schema_version"]
    if found == supported:
        return None
    shown = document.marks.scalar(("schema_version",)) or json.dumps(found)[:80]
    place = document.marks.value(("schema_version",)) or NOWHERE
    message = f"found {shown}, supported is {json.dumps(supported)}"
    hint = "use a release of EdgeEnv that knows this version, or correct the marker"
    if isinstance(found, str) and _of_another_kind(found, supported):
        hint = "this is a document of another kind: name the file that is meant, or correct the marker"
    return Problem("unsupported-schema-version", document.source, *place, "$.schema_version", message, hint)


def _of_another_kind(found: str, supported: str) -> bool:
    """Whether a marker is one of ours, of another contract: ``edgeenv.policy.v1`` where results are read."""
    found_kind, supported_kind = (marker.rpartition(".")[0] for marker in (found, supported))
    return found_kind != supported_kind and found_kind.removeprefix("edgeenv.") in names()


def _is_number(_checker: object, value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_whole(_checker: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _unique_items(
    _validator: object, unique: object, value: object, _schema: object
) -> Iterator[ValidationError]:
    """The keyword ``uniqueItems`` in linear time, whatever the items are."""
    if unique and isinstance(value, list) and len({canonical_json(item) for item in value}) != len(value):
        yield ValidationError("the list holds the same item twice")


_TYPES = Draft202012Validator.TYPE_CHECKER.redefine_many({"number": _is_number, "integer": _is_whole})
_Validator: Any = validators.extend(  # type: ignore[no-untyped-call]  # its stub has no types
    Draft202012Validator, validators={"uniqueItems": _unique_items}, type_checker=_TYPES
)
