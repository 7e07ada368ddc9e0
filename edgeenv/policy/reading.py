"""From the resolved document of a policy to the values that the judge evaluates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edgeenv.model.judgement import Level
from edgeenv.policy.matchers import Exact, ListItems, Matcher, NumberWithin, Text, VersionPrefix
from edgeenv.policy.rules import Guard, MetricRule, Missing, Policy, Rule, SameReason, Waiver

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edgeenv.model.judgement import PolicyIdentity


def policy_of(
    document: Mapping[str, Any], identity: PolicyIdentity, origins: Mapping[str, str] | None = None
) -> Policy:
    """Build a policy from a document without ``extends`` that schema and lint have accepted.

    Args:
        document: the merged members of the policy file and its ancestors.
        identity: what reports say of the policy.
        origins: rule id to the name of the policy that last wrote it.
    """
    aliases = document.get("aliases", {})
    return Policy(
        identity=identity,
        description=document.get("description"),
        modes=tuple(document.get("modes", ())),
        unknown_values=frozenset(value.casefold() for value in document.get("unknown_values", ())),
        rules=tuple(
            _rule(rule_id, rule, aliases, (origins or {}).get(rule_id))
            for rule_id, rule in document["rules"].items()
        ),
        same_reasons=tuple(
            SameReason(entry["reason"], tuple(entry["rules"])) for entry in document.get("same_reasons", ())
        ),
        metrics=tuple(_metric(name, metric) for name, metric in document.get("metrics", {}).items()),
        waivers=tuple(_waiver(waiver) for waiver in document.get("waivers", ())),
    )


def _waiver(waiver: Mapping[str, Any]) -> Waiver:
    return Waiver(
        rule=waiver["rule"],
        runs=tuple((path, tuple(values)) for path, values in waiver["runs"].items()),
        reason=waiver["reason"],
        owner=waiver["owner"],
        expires=waiver["expires"],
        id=waiver.get("id"),
    )


def _rule(rule_id: str, rule: Mapping[str, Any], aliases: Mapping[str, Any], origin: str | None) -> Rule:
    guards = [Guard(guard, tuple(values)) for guard, values in rule.get("when", {}).items()]
    return Rule(
        id=rule_id,
        level=Level(rule["level"]),
        fields=tuple(rule["fields"]),
        reason=rule["reason"],
        match=matcher_of(rule.get("match", {"exact": {}}), aliases),
        mode=rule.get("mode"),
        missing=Missing(rule.get("missing", Missing.FAIL.value)),
        when=guards[0] if guards else None,
        why=rule.get("why"),
        origin=origin,
    )


def matcher_of(match: Mapping[str, Mapping[str, Any]], aliases: Mapping[str, Any]) -> Matcher:
    """The operator that a ``match`` member names, with its vocabulary."""
    ((operator, options),) = match.items()
    match operator:
        case "text":
            vocabulary = options.get("aliases")
            groups = tuple(
                (name, tuple(spellings)) for name, spellings in aliases.get(str(vocabulary), {}).items()
            )
            return Text(bool(options.get("ignore_case", False)), vocabulary, groups)
        case "list":
            return ListItems(bool(options.get("ignore_order", False)))
        case "version":
            return VersionPrefix(int(options["parts"]))
        case "number":
            return NumberWithin(float(options.get("abs", 0)), float(options.get("rel", 0)))
        case _:
            return Exact()


def _metric(name: str, metric: Mapping[str, Any]) -> MetricRule:
    limits = metric.get("flag_change", {})
    return MetricRule(
        name=name,
        path=metric["path"],
        unit=metric["unit"],
        better=metric["better"],
        label=metric.get("label"),
        flag_rel=limits.get("rel"),
        flag_abs=limits.get("abs"),
    )
