"""The pages under ``schemas/``: one for each schema, every member of it in a table, made from its file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from edgeenv import schema

if TYPE_CHECKING:
    from collections.abc import Iterator

Node = dict[str, Any]

_TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "object",
    "null": "null",
}
_BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "minProperties": "at least {} members",
    "maxProperties": "at most {} members",
}
_UNTOLD = {("minLength", 1), ("maximum", 2**53 - 1)}  # a text is no empty one; what JSON numbers can hold
_FILES = {
    "bench-config": "the benchmark configs that people write",
    "target-profile": "the target profiles that people write",
    "env": "env.json of a run",
}
_EXAMPLE_CHARACTERS = 80


class Row(NamedTuple):
    """One member in a table."""

    place: str
    node: Node
    required: bool


def schema_pages() -> dict[str, str]:
    """Every page by its name below the reference."""
    contracts = {name: json.loads(schema.text(name)) for name in schema.names()}
    pages = {f"schemas/{name}.md": _page(name, contract) for name, contract in contracts.items()}
    return {"schemas/index.md": _index(contracts), **pages}


def _index(contracts: dict[str, Node]) -> str:
    rows = [
        f"| [{name}]({name}.md) | {_marker(contract)} | {_prose(contract['description'])} |"
        for name, contract in contracts.items()
    ]
    return "\n".join(
        [
            "# Schemas",
            "",
            "Made from the schema files by `docs/reference/generate.py`. Each page tells every member of",
            "one kind of document. How other programs use the files: [schemas in other",
            "tools](../../guides/schemas.md); what may change in them and when: [schema",
            "versions](../../guides/schema-versioning.md).",
            "",
            "| schema | marker | documents |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def _page(name: str, contract: Node) -> str:
    parts = _parts(contract, contract.get("$defs", {}))
    told = " Names of parts lead to the tables below." if parts else ""
    lines = [
        f"# {name}",
        "",
        f"{_prose(contract['description'])}.",
        "",
        f"- title: {contract['title']}",
        f"- `schema_version`: {_marker(contract)}" + (f" ({_FILES[name]})" if name in _FILES else ""),
        f"- `$id`: `{contract['$id']}`",
        f"- the file: `edgeenv schema show {name}`, or `edgeenv schema path {name}`",
        "",
        "## Members",
        "",
        f"No others are allowed.{told}",
        "",
        *_table(contract, name),
        *_conditions(contract),
    ]
    for part in parts:
        node = contract["$defs"][part]
        lines += [f"## {_heading(part)}", "", f"{_prose(_description(node))}.", ""]
        lines += _table(node, name) if _is_tabular(node) else [f"{_kind(node, name)}{_more(node)}.", ""]
        lines += _conditions(node)
    example = json.dumps(contract["examples"][0], indent=2, ensure_ascii=False)
    return "\n".join([*lines, "## Example", "", "```json", example, "```", ""])


def _marker(contract: Node) -> str:
    marker = contract["properties"].get("schema_version", {}).get("const")
    return "none" if marker is None else f"`{marker}`"


def _parts(node: Node, definitions: dict[str, Node]) -> list[str]:
    """The definitions that a page tells itself, in the order in which they are met."""
    found: list[str] = []
    wanted = _references({key: value for key, value in node.items() if key != "$defs"})
    while wanted:
        part = wanted.pop(0)
        if part not in found and _contract_of(part) is None:
            found.append(part)
            wanted += _references(definitions[part])
    return found


def _references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [part for inner in node for part in _references(inner)]
    if not isinstance(node, dict):
        return []
    own = [_target(node)] if isinstance(node.get("$ref"), str) else []
    inner = (value for key, value in node.items() if key != "examples" or isinstance(value, dict))
    return own + [part for value in inner for part in _references(value)]


def _target(node: Node) -> str:
    return str(node["$ref"]).rpartition("/")[2]


def _contract_of(part: str) -> str | None:
    name = part.replace("_", "-")
    return name if name in schema.names() else None


def _table(node: Node, page: str) -> list[str]:
    rows = [
        f"| `{row.place}` | {_kind(row.node, page)} | {'yes' if row.required else ''} | {_told(row.node)} |"
        for row in _rows(node, "")
    ]
    return ["| member | type | required | meaning |", "|---|---|---|---|", *rows, ""]


def _rows(node: Node, prefix: str) -> Iterator[Row]:
    """Every member of an object, and those of the objects, lists and maps that are written out in it."""
    for key, written in node.get("properties", {}).items():
        inner = written if isinstance(written, dict) else {}  # `true` allows any value
        place = f"{prefix}{key}"
        yield Row(place, inner, key in node.get("required", ()))
        yield from _inner_rows(inner, place)
    if isinstance(node.get("additionalProperties"), dict) and prefix:
        yield from _inner_rows(node["additionalProperties"], f"{prefix}NAME")


def _inner_rows(node: Node, place: str) -> Iterator[Row]:
    if "$ref" in node:
        return
    yield from _rows(node, f"{place}.")
    items = node.get("items")
    if isinstance(items, dict) and "$ref" not in items:
        yield from _rows(items, f"{place}[].")


def _is_tabular(node: Node) -> bool:
    return "properties" in node


def _kind(node: Node, page: str) -> str:
    """What a value is, in words, with a link where a part or another contract tells more."""
    if "$ref" in node:
        return _link(_target(node))
    if "$ref" in node.get("then", {}):
        return f"{_link(_target(node['then']))} or null"
    if "const" in node:
        return f"`{json.dumps(node['const'])}`"
    if "enum" in node:
        return "one of " + ", ".join(f"`{json.dumps(value)}`" for value in node["enum"])
    types = node.get("type", [])
    types = [types] if isinstance(types, str) else types
    words = [_list(node, page) if kind == "array" else _map(node, page, kind) for kind in types]
    return " or ".join(words) or "any value"


def _list(node: Node, page: str) -> str:
    items = node.get("items")
    return f"list of {_kind(items, page)}" if isinstance(items, dict) and items else "list"


def _map(node: Node, page: str, kind: str) -> str:
    values = node.get("additionalProperties")
    if kind == "object" and isinstance(values, dict) and values:
        return f"object of {_kind(values, page)} by name"
    return _TYPES[kind]


def _link(part: str) -> str:
    contract = _contract_of(part)
    if contract is not None:
        return f"[{contract}]({contract}.md)"
    return f"[{_heading(part)}](#{_heading(part).replace(' ', '-')})"


def _heading(part: str) -> str:
    return part.replace("_", " ")


def _description(node: Node) -> str:
    return str(node.get("description", node.get("title", "")))


def _told(node: Node) -> str:
    """What a member means, its limits, and an example."""
    text = _prose(_description(node)) + _more(node)
    example = next((value for value in node.get("examples", ()) if value not in (None, [], {})), None)
    shown = json.dumps(example, ensure_ascii=False)
    if example is None or "const" in node or "enum" in node or len(shown) > _EXAMPLE_CHARACTERS:
        return text
    return f"{text}; for example {_code(shown)}"


def _more(node: Node) -> str:
    parts = [
        words.format(node[keyword])
        for keyword, words in _BOUNDS.items()
        if keyword in node and (keyword, node[keyword]) not in _UNTOLD
    ]
    if node.get("uniqueItems"):
        parts.append("no item twice")
    if "pattern" in node:
        parts.append(f"pattern {_code(node['pattern'])}")
    if "default" in node:
        parts.append(f"by default {_code(json.dumps(node['default']))}")
    return "".join(f"; {part}" for part in parts)


def _conditions(node: Node) -> list[str]:
    """What no table can tell: the conditions of an object as they stand in the file."""
    rest = {key: node[key] for key in ("if", "then", "else", "allOf", "propertyNames") if key in node}
    if not rest:
        return []
    block = json.dumps(rest, indent=2, ensure_ascii=False)
    return ["Beyond the table, these conditions hold:", "", "```json", block, "```", ""]


def _prose(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "\\<").replace("*", "\\*")


def _code(text: str) -> str:
    fence = "``" if "`" in text else "`"
    return f"{fence}{text}{fence}".replace("|", "\\|")
