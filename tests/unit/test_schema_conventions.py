"""What every shipped schema holds to, so that all validators and editors read it alike."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import pytest
from jsonschema import Draft202012Validator

from edgeenv import schema
from edgeenv.documents import parse_json

NAMES = schema.names()
SCHEMAS = {name: json.loads(schema.text(name)) for name in NAMES}
MAPS_OF_SCHEMAS = {"properties", "$defs"}
DATA = {"examples", "default", "const", "enum", "required"}
FORBIDDEN = {
    "format": "asserted by some validators only",
    "oneOf": "its messages name no cause",
    "anyOf": "its messages name no cause",
    "unevaluatedProperties": "noisy, and unknown to older editors",
    "$dynamicRef": "unknown to older drafts",
    "prefixItems": "unknown to older drafts",
    "$anchor": "not needed",
}
LITERAL = re.compile(r"[-A-Za-z0-9_:/@,=;. ]|\\[.\\rnu]|[\[\](){}^$|*+?!<]")


def subschemas(node, place="#"):
    """Every schema inside a schema, with its place; data such as examples is passed over."""
    if not isinstance(node, dict):
        return
    yield place, node
    for key, value in node.items():
        if key in MAPS_OF_SCHEMAS:
            for name, inner in value.items():
                yield from subschemas(inner, f"{place}/{key}/{name}")
        elif key in DATA:
            continue
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                yield from subschemas(inner, f"{place}/{key}/{index}")
        else:
            yield from subschemas(value, f"{place}/{key}")


def all_subschemas():
    return [(name, place, node) for name in NAMES for place, node in subschemas(SCHEMAS[name])]


def resolved(name, node):
    """A property with what it refers to laid under it."""
    if "$ref" in node:
        return {**resolved(name, SCHEMAS[name]["$defs"][node["$ref"].removeprefix("#/$defs/")]), **node}
    return node


def properties():
    """Every property that is described somewhere: those inside conditions only repeat names."""
    for name, place, node in all_subschemas():
        if re.search(r"/(if|then|else|not)(/|$)|complete_", place):
            continue
        for key, inner in node.get("properties", {}).items():
            yield f"{name}{place}/{key}", name, inner


def test_all_contracts_are_there():
    expected = {
        "bench-config",
        "target-profile",
        "result",
        "failed-run",
        "policy",
        "policy-test",
        "judgement",
    }
    assert expected <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_identity(name):
    contract = SCHEMAS[name]
    Draft202012Validator.check_schema(contract)
    assert list(contract)[:2] == ["$schema", "$id"]
    assert contract["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert contract["$id"] == f"urn:edgeenv:schema:{name}:v1"
    assert contract["type"] == "object"
    assert contract["title"]
    assert contract["description"]


@pytest.mark.parametrize("name", NAMES)
def test_the_text_is_strict_json(name):
    assert parse_json(schema.text(name).encode(), name) == SCHEMAS[name]
    assert schema.text(name).endswith("}\n")


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_hold(name):
    examples = SCHEMAS[name]["examples"]
    assert examples
    for example in examples:
        assert schema.check_value(name, example, "example") == ()


def test_only_portable_keywords():
    for name, place, node in all_subschemas():
        for keyword, reason in FORBIDDEN.items():
            assert keyword not in node, f"{name}{place}: {keyword} is {reason}"
        if place != "#":
            assert "$id" not in node, f"{name}{place}"


def test_references_stay_inside_and_exist():
    for name, place, node in all_subschemas():
        if "$ref" in node:
            target = node["$ref"]
            assert re.fullmatch(r"#/\$defs/[a-z0-9_]+", target), f"{name}{place}: {target}"
            assert target.removeprefix("#/$defs/") in SCHEMAS[name]["$defs"], f"{name}{place}: {target}"


def test_no_definition_is_unused():
    for name in NAMES:
        used = {node["$ref"] for _, node in subschemas(SCHEMAS[name]) if "$ref" in node}
        assert {f"#/$defs/{part}" for part in SCHEMAS[name].get("$defs", {})} == used, name


def test_equal_names_of_definitions_mean_equal_definitions():
    seen = {}
    for name in NAMES:
        for part, node in SCHEMAS[name].get("$defs", {}).items():
            other, first = seen.setdefault(part, (name, node))
            assert node == first, f"$defs/{part} differs between {other} and {name}"


def test_patterns_mean_the_same_in_every_language():
    for name, place, node in all_subschemas():
        pattern = node.get("pattern")
        if pattern is None:
            continue
        where = f"{name}{place}: {pattern}"
        re.compile(pattern)
        assert LITERAL.sub("", pattern) == "", where
        assert not re.search(r"\(\?[^:!]|\\[dDwWsSbBAZpP]|\(\?<", pattern), where
        negated = place.endswith("/not")
        assert negated or (pattern.startswith("^") and pattern.endswith(r"$(?!\n)")), where
        assert "description" in node or negated, f"{where}: a message would have to show the pattern"


def test_no_pattern_takes_long():
    hostile = ["a" * 5000 + "!", "a-" * 2500 + "!", "a." * 2500 + "!", "0" * 5000 + "!", "\n" * 5000]
    for _name, _place, node in all_subschemas():
        if "pattern" in node:
            for text in hostile:
                re.search(node["pattern"], text)


def test_objects_are_closed_or_say_what_they_hold():
    openly = {"extensions", "conditions", "base", "both", "set", "resolved_policy"}
    for name, place, node in all_subschemas():
        if node.get("type") == "object" and "properties" in node and not re.search(r"/then|complete_", place):
            assert node.get("additionalProperties") is False, f"{name}{place} is open"
        elif node.get("type") == "object" and "additionalProperties" not in node:
            assert place.split("/")[-1] in openly or re.search(r"/then|complete_", place), f"{name}{place}"


@pytest.mark.parametrize(("where", "name", "node"), list(properties()), ids=lambda value: str(value)[:80])
def test_every_property_helps_in_an_editor(where, name, node):
    whole = resolved(name, node)
    assert whole.get("title"), where
    assert len(whole.get("description", "")) > 5, where
    leaf = "properties" not in whole and "properties" not in resolved(name, whole.get("items", {}))
    assert not leaf or "examples" in whole or "enum" in whole or "const" in whole, where


def test_the_examples_of_properties_hold():
    for where, name, node in properties():
        part = {**node, "$defs": SCHEMAS[name].get("$defs", {})}
        validator = Draft202012Validator(part)
        for example in resolved(name, node).get("examples", []):
            assert validator.is_valid(example), f"{where}: {example!r}"
        default = resolved(name, node).get("default")
        assert default is None or validator.is_valid(default), where


def test_descriptions_end_without_a_full_stop():
    for name, place, node in all_subschemas():
        assert not str(node.get("description", "")).endswith("."), f"{name}{place}"


def test_types_are_strict():
    keywords = {
        "string": {"minLength", "maxLength", "pattern"},
        "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"},
        "array": {"items", "minItems", "maxItems", "uniqueItems"},
        "object": {"properties", "additionalProperties", "minProperties", "maxProperties", "propertyNames"},
    }
    for name, place, node in all_subschemas():
        types = node.get("type", [])
        types = {
            "number" if kind == "integer" else kind for kind in ([types] if isinstance(types, str) else types)
        }
        assert len(types - {"null"}) <= 1, f"{name}{place}: several types"
        if re.search(r"/(if|then|not)(/|$)", place):
            continue
        for kind, words in keywords.items():
            if words & set(node):
                assert kind in types, f"{name}{place}: {sorted(words & set(node))} without type {kind}"


def test_required_members_are_described():
    for name, place, node in all_subschemas():
        missing = set(node.get("required", [])) - set(node.get("properties", {}))
        assert not missing, f"{name}{place}: {missing}"


def test_percentiles_are_declared_in_order():
    metrics = list(SCHEMAS["result"]["$defs"]["metrics"]["properties"])
    assert all(lower < higher for lower, higher in pairwise(metrics[1:4]))
