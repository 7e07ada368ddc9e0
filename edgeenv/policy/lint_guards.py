"""What must hold of a rule's guard, so that a rule that stays silent never softens a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edgeenv.policy.defect import Defect
from edgeenv.policy.fields import json_name, json_types
from edgeenv.policy.matchers import UNREADABLE
from edgeenv.policy.nearest import suggestion
from edgeenv.policy.reading import matcher_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_STRICTNESS = {"required": 0, "conditional": 1, "advisory": 2, "disabled": 3}
_WHOLE_NUMBER = frozenset({"integer", "number"})


def guard_defects(document: Mapping[str, Any], rule_id: str, rule: Mapping[str, Any]) -> Iterator[Defect]:
    """A guard that is no rule or the wrong kind of one, and values that it can never have."""
    if rule["level"] == "disabled":
        return
    rules = document["rules"]
    for name, values in rule.get("when", {}).items():
        if name not in rules:
            why: str | None = f"does not exist{suggestion(name, rules)}"
        else:
            why = _fault(rules[name], rule)
        if why is not None:
            yield Defect(
                "unfit-guard",
                ("rules", rule_id, "when", name),
                f"the guard rule '{name}' {why}",
                "a rule that stays silent must not be able to soften a verdict",
                other=("rules", name),
            )
            continue
        for index, value in enumerate(values):
            if not _can_have(document, rules[name], value):
                yield Defect(
                    "unfit-guard-value",
                    ("rules", rule_id, "when", name, index),
                    f"the rule '{name}' can never have the value {value!r}, so '{rule_id}' would never apply",
                    f"see what it reads: edgeenv policy explain {name}",
                )


def _fault(guard: Mapping[str, Any], rule: Mapping[str, Any]) -> str | None:
    faults = {
        "is disabled": guard["level"] == "disabled",
        "is weaker than the rule it guards": _STRICTNESS[guard["level"]] > _STRICTNESS[rule["level"]],
        "reads more than one field": len(guard["fields"]) != 1,
        "is a tolerance": "number" in guard.get("match", {}),
        "has a guard itself": "when" in guard,
        "lets evidence be missing": guard.get("missing", "fail") != "fail",
    }
    return next((fault for fault, found in faults.items() if found), None)


def _can_have(document: Mapping[str, Any], guard: Mapping[str, Any], value: Any) -> bool:
    """Whether evidence can have this value: absent evidence has none, and a field has its types only."""
    if value is None:
        return False
    if isinstance(value, str) and value.casefold() in {
        unknown.casefold() for unknown in document.get("unknown_values", ())
    }:
        return False
    types = json_types(guard["fields"][0])
    is_whole = json_name(value) == "integer" or (isinstance(value, float) and value.is_integer())
    names = _WHOLE_NUMBER if is_whole else {json_name(value)}
    if types is not None and not types & names:
        return False
    matcher = matcher_of(guard.get("match", {"exact": {}}), document.get("aliases", {}))
    return matcher.canonical(value) is not UNREADABLE
