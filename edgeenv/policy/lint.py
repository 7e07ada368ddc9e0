"""What must hold of a resolved policy beyond its schema, each with its own code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edgeenv.policy.fields import Known, known_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from edgeenv.policy.chain import Resolved

_STRICTNESS = {"required": 0, "conditional": 1, "advisory": 2, "disabled": 3}


@dataclass(frozen=True, slots=True)
class Defect:
    """One defect of a resolved policy: an error, or a warning that does not stop its use."""

    code: str
    path: tuple[str | int, ...]
    message: str
    hint: str | None = None
    warning: bool = False


def defects(resolved: Resolved) -> tuple[Defect, ...]:
    """Everything that is wrong with a policy that its schema has accepted, in the order of the file."""
    document = resolved.document
    rules: Mapping[str, Mapping[str, Any]] = document["rules"]
    found: list[Defect] = []
    if not any(rule["level"] == "required" for rule in rules.values()):
        found.append(
            Defect(
                "no-required-rule",
                ("rules",),
                "no rule is required, so any two runs would be comparable",
                "give at least one rule the level required, such as model-hash",
            )
        )
    for rule_id, rule in rules.items():
        found.extend(_mode(document, rule_id, rule))
        found.extend(_aliases_of(document, rule_id, rule))
        found.extend(_guard(rules, rule_id, rule))
        found.extend(_paths(rule_id, rule))
    found.extend(_unused_modes(document))
    found.extend(_ambiguous_aliases(document))
    found.extend(_same_reasons(document))
    found.extend(_metric_paths(document))
    return tuple(found)


def _mode(document: Mapping[str, Any], rule_id: str, rule: Mapping[str, Any]) -> Iterator[Defect]:
    mode = rule.get("mode")
    if mode is not None and rule["level"] == "conditional" and mode not in document.get("modes", ()):
        yield Defect(
            "unknown-mode",
            ("rules", rule_id, "mode"),
            f"mode '{mode}' is not one of the policy's modes",
            f"add it: modes: [{', '.join([*document.get('modes', ()), str(mode)])}]",
        )


def _unused_modes(document: Mapping[str, Any]) -> Iterator[Defect]:
    used = {rule.get("mode") for rule in document["rules"].values() if rule["level"] == "conditional"}
    for mode in document.get("modes", ()):
        if mode not in used:
            yield Defect(
                "unused-mode", ("modes",), f"no conditional rule has the mode '{mode}'", warning=True
            )


def _aliases_of(document: Mapping[str, Any], rule_id: str, rule: Mapping[str, Any]) -> Iterator[Defect]:
    name = rule.get("match", {}).get("text", {}).get("aliases")
    if name is not None and name not in document.get("aliases", {}):
        yield Defect(
            "unknown-aliases",
            ("rules", rule_id, "match", "text", "aliases"),
            f"no aliases are named '{name}'",
            f"known: {', '.join(document.get('aliases', {})) or 'none'}",
        )


def _ambiguous_aliases(document: Mapping[str, Any]) -> Iterator[Defect]:
    """One spelling in two groups would make equality depend on the order of the file."""
    for name, groups in document.get("aliases", {}).items():
        seen: dict[str, str] = {}
        for group, spellings in groups.items():
            for spelling in (group, *spellings):
                other = seen.setdefault(spelling.casefold(), group)
                if other != group:
                    yield Defect(
                        "ambiguous-alias",
                        ("aliases", name, group),
                        f"'{spelling}' stands in both '{other}' and '{group}'",
                    )


def _guard(rules: Mapping[str, Mapping[str, Any]], rule_id: str, rule: Mapping[str, Any]) -> Iterator[Defect]:
    for name in rule.get("when", {}):
        why = _guard_defect(rules.get(name), rule)
        if why is not None:
            yield Defect(
                "unfit-guard",
                ("rules", rule_id, "when"),
                f"the guard rule '{name}' {why}, so its silence could soften a verdict",
            )


def _guard_defect(guard: Mapping[str, Any] | None, rule: Mapping[str, Any]) -> str | None:
    if guard is None:
        return "does not exist"
    faults = {
        "is disabled": guard["level"] == "disabled",
        "is weaker than the rule it guards": _STRICTNESS[guard["level"]] > _STRICTNESS[rule["level"]],
        "reads more than one field": len(guard["fields"]) != 1,
        "is a tolerance": "number" in guard.get("match", {}),
        "has a guard itself": "when" in guard,
        "lets evidence be missing": guard.get("missing", "fail") != "fail",
    }
    return next((fault for fault, found in faults.items() if found), None)


def _same_reasons(document: Mapping[str, Any]) -> Iterator[Defect]:
    rules = document["rules"]
    for index, entry in enumerate(document.get("same_reasons", ())):
        for name in entry["rules"]:
            if name not in rules or rules[name]["level"] == "disabled":
                state = "is disabled" if name in rules else "does not exist"
                yield Defect(
                    "unfit-same-reason",
                    ("same_reasons", index),
                    f"the rule '{name}' of '{entry['reason']}' {state}",
                )


def _paths(rule_id: str, rule: Mapping[str, Any]) -> Iterator[Defect]:
    for path in rule["fields"]:
        yield from _path(path, ("rules", rule_id, "fields"))


def _metric_paths(document: Mapping[str, Any]) -> Iterator[Defect]:
    for name, metric in document.get("metrics", {}).items():
        yield from _path(metric["path"], ("metrics", name, "path"))


def _path(path: str, place: tuple[str | int, ...]) -> Iterator[Defect]:
    known = known_path(path)
    if known is Known.UNKNOWN:
        yield Defect(
            "unknown-path",
            place,
            f"no result has a field '{path}', so the rule would always miss evidence",
            "see every field: edgeenv schema show result",
        )
    elif known is Known.OPEN:
        yield Defect(
            "open-path",
            place,
            f"'{path}' lies in a free-form object, so a misspelling of it cannot be noticed",
            warning=True,
        )
