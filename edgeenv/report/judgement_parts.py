"""The parts of a judgement as the members of its document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgeenv.model.judgement import AppliedWaiver, MetricDelta, PolicyIdentity, RuleOutcome
    from edgeenv.report.comparison import Side


def side_document(side: Side) -> dict[str, Any]:
    """One of the two runs."""
    document: dict[str, Any] = {"run_id": side.run_id, "evidence_digest": side.evidence_digest}
    if not side.sealed:
        document["sealed"] = False
    if side.altered:
        document["altered"] = [
            {"code": finding.code, "text": finding.text, "operands": dict(finding.operands)}
            for finding in side.altered
        ]
    return document


def rule_document(rule: RuleOutcome) -> dict[str, Any]:
    """One rule's part in the judgement."""
    return {
        "rule": rule.rule,
        "level": rule.level.value,
        "outcome": rule.outcome.value,
        "matcher": rule.matcher,
        "reason": rule.reason,
        "mode": rule.mode,
        "fields": [
            {
                "path": field.path,
                "a": field.a,
                "b": field.b,
                "outcome": field.outcome.value,
                "lacking": [side.lower() for side in field.lacking],
            }
            for field in rule.fields
        ],
    }


def waiver_document(rule: RuleOutcome, waiver: AppliedWaiver) -> dict[str, Any]:
    """A waiver that speaks of one rule."""
    return {
        "rule": rule.rule,
        "state": "in-force" if waiver.in_force else "expired",
        "id": waiver.id,
        "reason": waiver.reason,
        "owner": waiver.owner,
        "expires": waiver.expires,
        "selected": [side.lower() for side in waiver.selected],
    }


def delta_document(delta: MetricDelta) -> dict[str, Any]:
    """One metric side by side."""
    return {
        "metric": delta.metric,
        "unit": delta.unit,
        "a": delta.a,
        "b": delta.b,
        "delta": delta.delta,
        "percent": delta.percent,
        "better": delta.better,
        "status": delta.status,
    }


def policy_document(policy: PolicyIdentity) -> dict[str, Any]:
    """Which policy judged, as a member of the judgement document."""
    return {
        "name": policy.name,
        "version": policy.version,
        "digest": policy.digest,
        "chain": [{"name": name, "version": version} for name, version in policy.chain],
        "weakened": [{"rule": rule, "from": old, "to": new} for rule, old, new in policy.weakened],
    }
