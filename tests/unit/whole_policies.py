"""Whole policies as people write them, generated: files with parents, every matcher, guards and absence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from policy_cases import run

from edgeenv.policy.document import load_resolved
from edgeenv.policy.fields import json_name, json_types, named_paths
from edgeenv.policy.matchers import Exact

if TYPE_CHECKING:
    from edgeenv.model.facts import Facts
    from edgeenv.policy.rules import Policy

MODES = ["mode-b", "mode-a", "runtime-comparison", "target-comparison"]
ALIASES = {"words": {"fp16": ["half", "float1?"], "x": ["x*"]}}
# A few real fields of every type, so that rules meet in the same ones.
FIELDS = {
    "string": ("protocol.precision", "target.os", "env.conditions.before.power_mode", "runtime.runtime"),
    "integer": ("protocol.batch_size", "env.cpu_count"),
    "number": ("env.conditions.before.load_1m", "env.conditions.during.steal_share"),
    "boolean": ("protocol.include_preprocess", "env.conditions.during.throttled"),
    "array": ("target.runtime_tags", "protocol.input_shape"),
    "object": ("env.packages",),
}
MATCHES: dict[str, list[dict[str, Any]]] = {
    "string": [
        {"text": {}},
        {"text": {"ignore_case": True}},
        {"text": {"ignore_case": True, "aliases": "words"}},
        {"version": {"parts": 1}},
        {"version": {"parts": 3}},
    ],
    "integer": [{"number": {"abs": 1}}, {"number": {"rel": 0.5}}],
    "number": [{"number": {"rel": 0.5}}, {"number": {"abs": 0.5, "rel": 0.5}}],
    "boolean": [],
    "array": [{"list": {}}, {"list": {"ignore_order": True}}],
    "object": [],
}
# Values of the right types, near one another, and some that no contract allows: judging must be total.
VALUES: tuple[Any, ...] = (
    None, "unknown", "fp16", "FP16", "half", "float16", "x1", "v1.2.3", "1.2.9", 0, 1, 1.0, 1.4, 2.5, 2, True,
    False, ["a", "b"], ["b", "a"], ["a", "a", "b"], [], {"numpy": "1"}, {"numpy": "2"}, {},
)  # fmt: skip


@st.composite
def written(draw: st.DrawFn, parent: str | None, inherited: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """One file: new rules, and overrides of those that it inherits; the loader must accept it."""
    rules: dict[str, Any] = {}
    guard = f"guard-{len(inherited)}"
    rules[guard] = {
        "level": "required",
        "fields": [draw(st.sampled_from(FIELDS["string"]))],
        "reason": "Different guard",
        "match": draw(st.sampled_from(MATCHES["string"][:3])),
    }
    for index in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(["string", "string", "integer", "number", "array", *FIELDS]))
        rule: dict[str, Any] = {
            "fields": draw(st.lists(st.sampled_from(FIELDS[kind]), min_size=1, max_size=2, unique=True)),
            "reason": f"Different thing {index}",
            "match": draw(st.sampled_from([{"exact": {}}, *MATCHES[kind]])),
            **draw(strictness()),
        }
        if draw(st.integers(0, 2)) == 0:
            values = st.sampled_from(["fp16", "x", "1.2.3", "linux"])
            rule["when"] = {guard: draw(st.lists(values, min_size=1, max_size=2, unique=True))}
        rules[f"new-{len(inherited)}-{index}"] = rule
    # What same_reasons stand on, and what guards others, stays as it is.
    free = [name for name in inherited if name not in {"model-hash", "input-shape"} and "guard" not in name]
    for name in draw(st.lists(st.sampled_from(free), max_size=4, unique=True)) if free else ():
        guarded = "when" in inherited[name]
        rules[name] = draw(strictness())
        kinds = {kind for path in inherited[name]["fields"] for kind in json_types(path) or {"object"}}
        alike = [match for kind in kinds - {"null"} for match in MATCHES[kind]] if len(kinds) == 1 else []
        if alike and draw(st.booleans()):
            rules[name]["match"] = draw(st.sampled_from(alike))
        if not guarded and draw(st.booleans()):
            rules[name]["when"] = {guard: ["fp16"]}
    text: dict[str, Any] = {"schema_version": "edgeenv.policy.v1", "name": "made", "version": "1.0.0"}
    if parent is not None:
        text["extends"] = parent
    text |= {"modes": MODES, "aliases": ALIASES, "rules": rules}
    if draw(st.booleans()):
        text["unknown_values"] = ["", "Unknown", "1.2.9"]
    if draw(st.booleans()):
        text["same_reasons"] = [{"reason": "Same guard", "rules": [guard]}]
    return text


@st.composite
def strictness(draw: st.DrawFn) -> dict[str, Any]:
    """A level with what it needs and may have."""
    level = draw(st.sampled_from(["required", "required", "conditional", "advisory", "disabled"]))
    absence = ["fail", "allow-both"] if level == "required" else ["fail", "allow-both", "ignore"]
    members: dict[str, Any] = {"level": level, "missing": draw(st.sampled_from(absence))}
    if level == "conditional":
        members["mode"] = draw(st.sampled_from(MODES[:2]))
    return members


@st.composite
def policy_files(draw: st.DrawFn) -> list[tuple[str, dict[str, Any]]]:
    """A chain of files, the oldest first; the last is the policy."""
    shipped = draw(st.sampled_from([None, "edgeenv:default", "edgeenv:edge", "edgeenv:strict"]))
    inherited: dict[str, dict[str, Any]] = {}
    if shipped is not None:
        inherited = {**load_resolved(shipped)["policy"]["rules"]}
    files = [("parent.yaml", draw(written(shipped, inherited)))]
    if draw(st.booleans()):
        for name, members in files[0][1]["rules"].items():
            inherited[name] = {**inherited.get(name, {}), **members}
        files.append(("heir.yaml", draw(written("./parent.yaml", inherited))))
    return files


def yaml_of(document: dict[str, Any]) -> str:
    """A file as text; JSON is YAML as well."""
    return json.dumps(document, indent=1)


def runs_for(policy: Policy) -> st.SearchStrategy[Facts]:
    """Runs that differ in what a policy reads, in any way; most values are of the type of their field."""
    paths = sorted({path for rule in policy.rules for path in rule.fields})
    # What is compared with more thought than equality is changed more often.
    subtle = [path for rule in policy.rules if not isinstance(rule.match, Exact) for path in rule.fields]
    path = st.sampled_from(sorted(subtle)) | st.sampled_from(paths) if subtle else st.sampled_from(paths)
    changes = st.lists(path.flatmap(lambda path: st.tuples(st.just(path), _value(path))), max_size=4)
    complete = {path: _usual(path) for path in paths}
    return changes.map(lambda changed: run({**complete, **dict(changed)}))


def _value(path: str) -> st.SearchStrategy[Any]:
    kinds = json_types(path) or {"object"}
    alike = [value for value in VALUES if json_name(value) in kinds]
    return st.sampled_from(alike) | st.sampled_from(alike) | st.sampled_from(VALUES)


def _usual(path: str) -> Any:
    kinds = json_types(path) or {"object"}
    usual = {"string": "fp16", "integer": 1, "number": 1.0, "boolean": True, "array": ["a"], "object": {}}
    return next(value for kind, value in usual.items() if kind in kinds)


assert {path for paths in FIELDS.values() for path in paths} <= set(named_paths())
