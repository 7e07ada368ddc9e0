"""Write the definitions that schemas share into each of them: python docs/reference/repeat_definitions.py.

Every schema file stands for itself, so what several need is repeated in each. A definition named like a
schema (``failed_run`` like ``failed-run``) is that whole contract; any other belongs to the first schema that
has it, in the order of `OWNERS` and then by name. Change it there, and run this.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
OWNERS = (
    "bench-config",
    "target-profile",
    "env",
    "result",
    "failed-run",
    "manifest",
    "sampler-metadata",
    "policy",
    "policy-test",
    "judgement",
)
_OF_A_FILE = ("$schema", "$id", "$defs", "examples")
_SUFFIX = ".schema.json"

Schema = dict[str, Any]


def repeated(schemas: dict[str, Schema]) -> dict[str, Schema]:
    """The same schemas with each shared definition as its owner has it, and with all that it refers to."""
    return {name: _with_definitions(name, schemas) for name in schemas}


def _with_definitions(name: str, schemas: dict[str, Schema]) -> Schema:
    contract = dict(schemas[name])
    old = contract.get("$defs", {})
    found: dict[str, Any] = {}
    wanted = _references({key: value for key, value in contract.items() if key != "$defs"})
    while wanted:
        part = wanted.pop(0)
        if part not in found:
            found[part] = _definition(part, name, old, schemas)
            wanted += _references(found[part])
    if found:
        order = [*(part for part in old if part in found), *(part for part in found if part not in old)]
        contract["$defs"] = {part: found[part] for part in order}
    return contract


def _definition(part: str, name: str, old: dict[str, Any], schemas: dict[str, Schema]) -> Any:
    whole = schemas.get(part.replace("_", "-"))
    if whole is not None and part.replace("_", "-") != name:
        body = {key: value for key, value in whole.items() if key not in _OF_A_FILE}
        kept = {key: old[part][key] for key in ("title", "examples") if key in old.get(part, {})}
        return {**body, **kept}
    rest = sorted(set(schemas) - set(OWNERS))
    owner = next(schema for schema in (*OWNERS, *rest) if part in schemas.get(schema, {}).get("$defs", {}))
    return schemas[owner]["$defs"][part]


def _references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [part for inner in node for part in _references(inner)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"].rpartition("/")[2]] if isinstance(node.get("$ref"), str) else []
    # Among keywords `examples` is a list of data; as the name of a member it is a schema.
    inner = (value for key, value in node.items() if key != "examples" or isinstance(value, dict))
    return own + [part for value in inner for part in _references(value)]


def shipped() -> dict[str, Schema]:
    """The schemas as they lie in the repository, by name."""
    files = sorted(SCHEMAS.glob(f"*{_SUFFIX}"))
    return {file.name.removesuffix(_SUFFIX): json.loads(file.read_text(encoding="utf-8")) for file in files}


if __name__ == "__main__":
    written = shipped()
    for schema, document in repeated(written).items():
        if document == written[schema]:
            continue
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        (SCHEMAS / f"{schema}{_SUFFIX}").write_text(text, encoding="utf-8")
