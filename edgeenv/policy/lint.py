"""What must hold of a resolved policy beyond its schema, each with its own code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edgeenv.policy.defect import Defect
from edgeenv.policy.lint_aliases import alias_defects
from edgeenv.policy.lint_fields import field_defects, metric_defects
from edgeenv.policy.lint_guards import guard_defects
from edgeenv.policy.lint_waivers import waiver_defects
from edgeenv.policy.nearest import nearest, suggestion
from edgeenv.policy.rules import SAME_CONDITION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from edgeenv.policy.chain import Resolved


def defects(resolved: Resolved, today: str | None = None) -> tuple[Defect, ...]:
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
        found.extend(_idle_mode(resolved, rule_id, rule))
        found.extend(guard_defects(document, rule_id, rule))
        found.extend(field_defects(rule_id, rule))
    found.extend(_reserved_modes(document))
    found.extend(_unused_modes(document))
    found.extend(alias_defects(document))
    found.extend(_same_reasons(document))
    found.extend(metric_defects(document))
    found.extend(waiver_defects(document, today))
    return tuple(found)


def _mode(document: Mapping[str, Any], rule_id: str, rule: Mapping[str, Any]) -> Iterator[Defect]:
    mode, modes = rule.get("mode"), document.get("modes", ())
    if mode is not None and rule["level"] == "conditional" and mode not in modes:
        yield Defect(
            "unknown-mode",
            ("rules", rule_id, "mode"),
            f"mode '{mode}' of the rule '{rule_id}' is not one of the policy's modes"
            f"{_mode_meant(mode, modes)}",
            f"list every mode that is used: modes: [{', '.join(_all_modes(document))}]",
            other=("modes",),
        )


def _mode_meant(mode: str, modes: Sequence[str]) -> str:
    """The question after a mode that is not listed; a last word that modes share makes none of them near."""
    head, _, last = mode.rpartition("-")
    alike = {known.rpartition("-")[0]: known for known in modes if head and known.endswith(f"-{last}")}
    near = nearest(head, alike)
    if near is not None:
        return f"; did you mean '{alike[near]}'?"
    return suggestion(mode, [known for known in modes if known not in alike.values()])


def _idle_mode(resolved: Resolved, rule_id: str, rule: Mapping[str, Any]) -> Iterator[Defect]:
    """A mode that somebody writes for a rule that is not conditional; one that is inherited may stay."""
    writers = [source.document.data["rules"].get(rule_id, {}) for source in resolved.chain]
    last = max((index for index, members in enumerate(writers) if "mode" in members), default=None)
    if (
        last is None
        or rule["level"] == "conditional"
        or any("level" in after for after in writers[last + 1 :])
    ):
        return
    yield Defect(
        "idle-mode",
        ("rules", rule_id, "mode"),
        f"only a conditional rule has a mode, and '{rule_id}' is {rule['level']}",
        "write level: conditional, or leave mode out",
        warning=True,
    )


def _all_modes(document: Mapping[str, Any]) -> dict[str, None]:
    """The modes that are listed, and after them those that conditional rules have."""
    used = (rule.get("mode") for rule in document["rules"].values() if rule["level"] == "conditional")
    return dict.fromkeys([*document.get("modes", ()), *(str(mode) for mode in used if mode is not None)])


def _reserved_modes(document: Mapping[str, Any]) -> Iterator[Defect]:
    """A Conditional must never read like a Yes."""
    for index, mode in enumerate(document.get("modes", ())):
        if mode == SAME_CONDITION:
            yield Defect(
                "reserved-mode",
                ("modes", index),
                f"the mode '{mode}' is what a Yes has, so no conditional rule may have it",
                "name the mode after what remains to be compared, such as runtime-comparison",
            )


def _unused_modes(document: Mapping[str, Any]) -> Iterator[Defect]:
    used = {rule.get("mode") for rule in document["rules"].values() if rule["level"] == "conditional"}
    for index, mode in enumerate(document.get("modes", ())):
        if mode not in used:
            yield Defect(
                "unused-mode", ("modes", index), f"no conditional rule has the mode '{mode}'", warning=True
            )


def _same_reasons(document: Mapping[str, Any]) -> Iterator[Defect]:
    rules = document["rules"]
    for index, entry in enumerate(document.get("same_reasons", ())):
        for place, name in enumerate(entry["rules"]):
            if name not in rules or rules[name]["level"] == "disabled":
                state = "is disabled" if name in rules else f"does not exist{suggestion(name, rules)}"
                yield Defect(
                    "unfit-same-reason",
                    ("same_reasons", index, "rules", place),
                    f"the rule '{name}' of '{entry['reason']}' {state}",
                    "write same_reasons anew, without it: the list replaces that of a parent",
                    other=("rules", name, "level"),
                )
