"""What two policies ask for differently, rule by rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from edgeenv.model.judgement import Level
from edgeenv.policy.matchers import Text
from edgeenv.policy.waiver_words import waiver_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edgeenv.policy.rules import MetricRule, Policy, Rule

_STRICTEST_FIRST = tuple(Level)


class Change(NamedTuple):
    """One member that two policies write differently.

    Attributes:
        before: what it is in A, in words; empty where A has no such thing.
        after: the same for B.
        effect: ``weaker`` or ``stricter``, where the member alone tells; else empty.
    """

    member: str
    before: str
    after: str
    effect: str = ""


class RuleChange(NamedTuple):
    """One rule that is not the same in two policies.

    Attributes:
        kind: ``added``, ``removed`` or ``changed``, seen from A.
        changes: the members that differ; for a rule that only one policy has, all that it has.
    """

    rule: str
    kind: str
    changes: tuple[Change, ...]


class PolicyDifference(NamedTuple):
    """Everything that could make two policies judge or say something differently.

    Attributes:
        rules: the rules that differ, those of A first, in the order of the policies.
        others: what differs beside the rules: modes, unknown values, sentences, metrics, order.
    """

    rules: tuple[RuleChange, ...]
    others: tuple[Change, ...]


def difference(a: Policy, b: Policy) -> PolicyDifference:
    """What changes from policy ``a`` to policy ``b``."""
    ids = [rule.id for rule in a.rules]
    ids += [rule.id for rule in b.rules if rule.id not in ids]
    found = (_rule_change(rule_id, a.rule(rule_id), b.rule(rule_id)) for rule_id in ids)
    return PolicyDifference(tuple(change for change in found if change is not None), tuple(_others(a, b)))


def _rule_change(rule_id: str, before: Rule | None, after: Rule | None) -> RuleChange | None:
    old = {} if before is None else _members(before)
    new = {} if after is None else _members(after)
    changes = tuple(
        _annotated(Change(member, old.get(member, ""), new.get(member, "")), before, after)
        for member in (*old, *(name for name in new if name not in old))
        if old.get(member) != new.get(member)
    )
    if not changes:
        return None
    kind = "added" if before is None else "removed" if after is None else "changed"
    return RuleChange(rule_id, kind, changes)


def _members(rule: Rule) -> dict[str, str]:
    """Every member of a rule that can change a judgement, in words; defaults are written out."""
    members = {"level": rule.level.value}
    if rule.mode is not None and rule.level is Level.CONDITIONAL:
        members["mode"] = rule.mode
    members |= {
        "fields": ", ".join(rule.fields),
        "match": _match_words(rule),
        "missing": rule.missing.value,
        "reason": rule.reason,
    }
    if rule.when is not None:
        members["when"] = f"{rule.when.rule} is {' or '.join(str(value) for value in rule.when.values)}"
    return members


def _match_words(rule: Rule) -> str:
    words = rule.match.words()
    if isinstance(rule.match, Text) and rule.match.groups:
        groups = (" = ".join((name, *spellings)) for name, spellings in rule.match.groups)
        words += f" ({'; '.join(groups)})"
    return words


def _annotated(change: Change, before: Rule | None, after: Rule | None) -> Change:
    """A change of level alone says whether the rule became weaker; any other may be either or both."""
    if change.member != "level" or before is None or after is None:
        return change
    is_weaker = _STRICTEST_FIRST.index(after.level) > _STRICTEST_FIRST.index(before.level)
    return change._replace(effect="weaker" if is_weaker else "stricter")


def _others(a: Policy, b: Policy) -> Iterator[Change]:
    yield from _change("modes, strongest first", ", ".join(a.modes), ", ".join(b.modes))
    yield from _change("unknown values", _quoted(a.unknown_values), _quoted(b.unknown_values))
    yield from _change("same reasons", _same_reasons(a), _same_reasons(b))
    yield from _change("order of the rules", *_orders(a, b))
    metrics = {metric.name: metric for metric in a.metrics}
    later = {metric.name: metric for metric in b.metrics}
    for name in (*metrics, *(name for name in later if name not in metrics)):
        yield from _change(f"metric {name}", _metric(metrics.get(name)), _metric(later.get(name)))
    yield from _waivers(a, b)


def _waivers(a: Policy, b: Policy) -> Iterator[Change]:
    """The waivers that only one policy has; those that both have say the same."""
    old, new = ([waiver_words(waiver) for waiver in policy.waivers] for policy in (a, b))
    for words in old:
        if words not in new:
            yield Change("waiver", words, "")
    for words in new:
        if words not in old:
            yield Change("waiver", "", words)


def _change(member: str, before: str, after: str) -> Iterator[Change]:
    if before != after:
        yield Change(member, before, after)


def _quoted(values: frozenset[str]) -> str:
    return ", ".join(f"'{value}'" for value in sorted(values))


def _same_reasons(policy: Policy) -> str:
    return "; ".join(f"{line.reason} ({', '.join(line.rules)})" for line in policy.same_reasons)


def _orders(a: Policy, b: Policy) -> tuple[str, str]:
    """The rules that both have, in the order of each."""
    return (
        ", ".join(rule.id for rule in a.rules if b.rule(rule.id) is not None),
        ", ".join(rule.id for rule in b.rules if a.rule(rule.id) is not None),
    )


def _metric(metric: MetricRule | None) -> str:
    if metric is None:
        return ""
    words = f"{metric.path} in {metric.unit}, {metric.better} is better"
    limits = [] if metric.flag_rel is None else [f"{metric.flag_rel:g} of the baseline"]
    limits += [] if metric.flag_abs is None else [f"{metric.flag_abs:g} {metric.unit}"]
    if limits:
        words += f", flagged beyond {' and '.join(limits)}"
    return words if metric.label is None else f"{words}, shown as '{metric.label}'"
