"""The page of the policy language: members from the schemas, behaviour from the engine, codes from source."""

from __future__ import annotations

import ast
import json
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import edgeenv
from edgeenv import resources
from edgeenv.model.facts import Facts
from edgeenv.model.judgement import Level, Outcome, PolicyIdentity
from edgeenv.policy.explanation import explain
from edgeenv.policy.judge import judge
from edgeenv.policy.matchers import UNREADABLE, NumberWithin
from edgeenv.policy.reading import matcher_of, policy_of
from edgeenv.policy.rules import Missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# The calls that give a defect a code: where the code, the message and the hint are among the arguments.
_TELLERS = {
    "Defect": (0, 2, 3),
    "place": (2, 3, 4),
    "_refuse": (2, 3, 4),
    "_problem": (2, 3, 4),
    "Problem": (0, 5, 6),
}
_ALIASES = {"precision": {"fp16": ["half", "float1?"]}}
# What each matcher is shown with: a match member, and pairs of values that tell it from the others.
_PAIRS: tuple[tuple[dict[str, Any], tuple[tuple[Any, Any], ...]], ...] = (
    ({"exact": {}}, ((1, 1.0), (1, True), ([1, 2], [2, 1]), ({"a": 1, "b": 2}, {"b": 2, "a": 1}))),
    ({"text": {}}, (("fp16", "fp16"), ("fp16", "FP16"), ("1", 1))),
    ({"text": {"ignore_case": True, "aliases": "precision"}}, (("HALF", "float16"), ("half", "fp32"))),
    ({"list": {}}, ((["a", "b"], ["b", "a"]), ("a", ["a"]))),
    ({"list": {"ignore_order": True}}, ((["a", "b"], ["b", "a", "a"]), (["a"], ["a", "b"]))),
    ({"version": {"parts": 2}}, (("1.17.0", "1.17.1+cu118"), ("R36 (release)", "36.0.1"), ("1.2", "latest"))),
    ({"number": {"abs": 5}}, ((20, 25), (20, 25.1))),
    ({"number": {"rel": 0.1}}, ((100, 90), (100, 111.2))),
)


class Told(NamedTuple):
    """One way in which a policy or a test file is refused or warned of, as it stands in the source.

    Attributes:
        module: the module of ``edgeenv.policy`` that tells it.
        message: the sentence; a part that varies is an ellipsis.
    """

    code: str
    module: str
    warning: bool
    message: str
    hint: str | None


def policy_language_page() -> str:
    """Everything that a policy may say, what it does, and everything that is told of one."""
    schema = json.loads(resources.read_text("schemas", "policy.schema.json"))
    tests = json.loads(resources.read_text("schemas", "policy-test.schema.json"))
    parts = [
        "# The policy language",
        "Made from the schemas, the engine and the source by `docs/reference/generate.py`.",
        "To learn it: [the language](../guides/policy.md).",
        "To use it: [tune a policy](../guides/tuning-a-policy.md).",
        "## Members of a policy",
        _members(schema, schema),
        "## Members of a rule",
        _members(schema, schema["$defs"]["rule"]),
        "A rule that overrides none needs `level`, `fields` and `reason`; a conditional one `mode` too.",
        "## Levels",
        "\n".join(_levels()),
        "## Matchers",
        "\n".join(_matchers(schema["$defs"]["match"])),
        "Some values, held against each other by the engine:",
        "\n".join(_pairs()),
        "## Missing evidence",
        "\n".join(_missing()),
        "## Waivers",
        _members(schema, schema["$defs"]["waiver"]),
        "What they do to a verdict: [waive a difference](../guides/waivers.md).",
        "## Metrics",
        _members(schema, schema["$defs"]["metric"]),
        "## Members of a test file",
        _members(tests, tests),
        "### Members of a case",
        _members(tests, _deref(tests, tests["properties"]["cases"]["items"])),
        "## What is told of a policy",
        "Every error and warning beyond the schema, with its code; a part that varies is an ellipsis.",
        "Errors forbid the use of a policy, warnings do not.",
        *_codes(told()),
    ]
    return "\n\n".join(parts) + "\n"


def told(folder: Path | None = None) -> tuple[Told, ...]:
    """Every defect that the package of policies gives a code, in the order of the modules."""
    folder = folder or Path(str(edgeenv.__file__)).parent / "policy"
    found = [one for path in sorted(folder.glob("*.py")) for one in _told_by(path)]
    return tuple(sorted(dict.fromkeys(found)))


def _told_by(path: Path) -> Iterator[Told]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        if node.func.id == "EdgeEnvError" and isinstance(named.get("code"), ast.Constant):
            hint = _text(node.args[1]) if len(node.args) > 1 else None
            yield Told(str(_text(named["code"])), path.stem, False, _text(node.args[0]) or "", hint)  # noqa: FBT003 - its name is warning
            continue
        code_at, message_at, hint_at = _TELLERS.get(node.func.id, (0, 0, 0))
        if not message_at or len(node.args) <= message_at or not isinstance(node.args[code_at], ast.Constant):
            continue
        hint = _text(node.args[hint_at]) if len(node.args) > hint_at else None
        message = _text(node.args[message_at]) or ""
        yield Told(str(_text(node.args[code_at])), path.stem, "warning" in named, message, hint)


def _text(node: ast.expr) -> str | None:
    """The words of a text as it stands in the source; what is put in when it runs is an ellipsis."""
    match node:
        case ast.Constant(value=None):
            return None
        case ast.Constant(value=value):
            return str(value)
        case ast.JoinedStr(values=values):
            return "".join(_text(value) or "" for value in values).replace("……", "…")
        case ast.IfExp(body=body, orelse=other):
            return " / ".join(text for text in (_text(body), _text(other)) if text is not None)
        case _:
            return "…"


def _codes(found: Iterable[Told]) -> Iterator[str]:
    for title, warning in (("Errors", False), ("Warnings", True)):
        lines = [f"### {title}", ""]
        lines += ["| code | what is told | hint |", "|---|---|---|"]
        lines += [
            f"| `{one.code}` | {_cell(one.message)} | {_cell(one.hint or '')} |"
            for one in found
            if one.warning is warning
        ]
        yield "\n".join(lines)


def _members(schema: dict[str, Any], place: dict[str, Any]) -> str:
    required = place.get("required", ())
    lines = ["| member | type | what it is |", "|---|---|---|"]
    for name, member in place["properties"].items():
        whole = {**_deref(schema, member), **member}
        must = " (required)" if name in required else ""
        lines.append(f"| `{name}` | {_type(schema, whole)}{must} | {_cell(whole.get('description', ''))} |")
    return "\n".join(lines)


def _type(schema: dict[str, Any], place: dict[str, Any]) -> str:
    if "const" in place:
        return f"`{place['const']}`"
    if "enum" in place:
        return " or ".join("null" if value is None else f"`{value}`" for value in place["enum"])
    types = place.get("type", "any value")
    shown = " or ".join(types) if isinstance(types, list) else str(types)
    if shown == "array" and "items" in place:
        return f"list of {_type(schema, {**_deref(schema, place['items']), **place['items']})}"
    return {"string": "text", "array": "list", "integer": "whole number"}.get(shown, shown)


def _deref(schema: dict[str, Any], place: dict[str, Any]) -> dict[str, Any]:
    reference = place.get("$ref")
    found: dict[str, Any] = place if reference is None else schema["$defs"][reference.rsplit("/", 1)[1]]
    return found


def _levels() -> Iterator[str]:
    yield "| level | values differ | evidence is missing (`missing: fail`) |"
    yield "|---|---|---|"
    for level in Level:
        policy = _policy(level, Missing.FAIL)
        one, other, none = ({"x": value} for value in (1, 2, None))
        if level is Level.DISABLED:
            yield f"| `{level.value}` | not looked at | not looked at |"
        else:
            yield f"| `{level.value}` | {_effect(policy, one, other)} | {_effect(policy, one, none)} |"


def _missing() -> Iterator[str]:
    yield (
        "Null, an absent member, a text of `unknown_values` and a value that the matcher cannot read are no "
        "evidence. What the engine says then:"
    )
    yield ""
    yield "| `missing` | level | absent on one side | absent on both |"
    yield "|---|---|---|---|"
    for missing, level in product(Missing, (Level.REQUIRED, Level.CONDITIONAL, Level.ADVISORY)):
        if missing is Missing.IGNORE and level is Level.REQUIRED:
            yield f"| `{missing.value}` | `{level.value}` | refused by the schema | refused by the schema |"
            continue
        policy = _policy(level, missing)
        sides = (_effect(policy, {"x": 1}, {}), _effect(policy, {}, {}))
        yield f"| `{missing.value}` | `{level.value}` | {' | '.join(sides)} |"


def _policy(level: Level, missing: Missing) -> edgeenv.Policy:
    rule = {"level": level.value, "fields": ["x"], "reason": "Different x", "missing": missing.value}
    if level is Level.CONDITIONAL:
        rule["mode"] = "mode"
    document = {"modes": ["mode"], "rules": {"x": rule}}
    return policy_of(document, PolicyIdentity("page", "1.0.0", "", ()))


def _effect(policy: edgeenv.Policy, a: dict[str, Any], b: dict[str, Any]) -> str:
    judgement = judge(policy, Facts(a), Facts(b))
    outcome = judgement.rules[0].outcome
    note = " and a note" if judgement.notes else ""
    verdict = judgement.verdict.display
    if outcome is Outcome.SAME:
        return f"same: {verdict}"
    return f"{outcome.value}: {verdict}{note}"


def _matchers(schema: dict[str, Any]) -> Iterator[str]:
    yield "| matcher | options | two values match |"
    yield "|---|---|---|"
    for name, member in schema["properties"].items():
        options = [
            f"`{option}`: {place['description'][:1].lower()}{place['description'][1:]}"
            for option, place in member.get("properties", {}).items()
        ]
        shown = member["examples"][0]
        document = {
            "aliases": _ALIASES,
            "rules": {"x": {"level": "required", "fields": ["x"], "reason": "x", "match": {name: shown}}},
        }
        policy = policy_of(document, PolicyIdentity("page", "1.0.0", "", ()))
        words = explain(policy, policy.rules[0]).matches
        example = json.dumps({name: shown}).replace('"', "")
        yield f"| `{name}` | {_cell('; '.join(options) or 'none')} | `{example}`: {_cell(words)} |"


def _pairs() -> Iterator[str]:
    yield "| match | A | B | outcome |"
    yield "|---|---|---|---|"
    for match, pairs in _PAIRS:
        matcher = matcher_of(match, _ALIASES)
        for a, b in pairs:
            one, other = matcher.canonical(a), matcher.canonical(b)
            if UNREADABLE in (one, other):
                outcome = "missing"
            elif isinstance(matcher, NumberWithin):
                outcome = "same" if matcher.agree(float(a), float(b)) else "different"
            else:
                outcome = "same" if one == other else "different"
            shown = json.dumps(match).replace('"', "")
            yield f"| `{shown}` | `{json.dumps(a)}` | `{json.dumps(b)}` | {outcome} |"
    yield ""
    yield f"The aliases `precision` are `{json.dumps(_ALIASES['precision'])}`."


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")
