"""``edgeenv policy diff``: two policies rule by rule, and what the change does to stored pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from edgeenv.cli.output import clean, json_option, json_result, json_text, result, show_notices
from edgeenv.cli.policy_text import wrapped
from edgeenv.cli.root import root_option
from edgeenv.cli.run_filters import filter_options
from edgeenv.cli.today import today
from edgeenv.policy.difference import difference
from edgeenv.policy.document import load_policy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edgeenv.cohorts.effect import Effect
    from edgeenv.model.judgement import PolicyIdentity
    from edgeenv.policy.difference import Change, PolicyDifference, RuleChange
    from edgeenv.policy.rules import Policy

_SHORT_DIGEST = len("sha256:") + 12


@click.command(name="diff")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option("--runs", "with_runs", is_flag=True, help="Also judge all pairs of stored runs by both.")
@filter_options
@root_option
@json_option
def diff_policies(
    *, before: str, after: str, with_runs: bool, root: Path, as_json: bool, **filters: Any
) -> None:
    """Show what two policies ask for differently.

    A and B are names or files. With --runs, or with a filter that picks runs, all pairs of those runs are
    judged by both policies, and those whose verdict changes are counted and shown by example.
    """
    a, b = load_policy(before), load_policy(after)
    found = difference(a, b)
    is_filtered = any(value is not None for value in filters.values())
    effect = _effect(a, b, root, filters) if with_runs or is_filtered else None
    if as_json:
        json_result("edgeenv.policy-diff.v1", _document(a, b, found, effect))
        return
    for line in _lines(a, b, found):
        result(clean(line))
    if effect is not None:
        for line in _effect_lines(effect):
            result(clean(line))


def _effect(a: Policy, b: Policy, root: Path, filters: dict[str, Any]) -> Effect:
    from edgeenv.cli.cohort_text import show_unread
    from edgeenv.cli.tally import Tally
    from edgeenv.cohorts.effect import find_effect
    from edgeenv.registry.registry import Registry
    from edgeenv.registry.rows import RunQuery

    registry = Registry(root)
    with Tally("runs read") as tally:
        effect = find_effect(a, b, registry, RunQuery(**filters), today=today(), watch=tally)
    show_notices(registry.notices)
    show_unread(effect.unread)
    return effect


def _lines(a: Policy, b: Policy, found: PolicyDifference) -> Iterator[str]:
    for label, identity in (("A", a.identity), ("B", b.identity)):
        yield f"{label}: {identity.name} {identity.version} ({identity.digest[:_SHORT_DIGEST]})"
    if not found.rules and not found.others:
        yield ""
        yield "They judge and say the same"
    for rule in found.rules:
        yield ""
        yield from _rule_lines(rule)
    if found.others:
        yield ""
        yield "Beside the rules:"
        for change in found.others:
            yield from _change_lines(change)


def _rule_lines(rule: RuleChange) -> Iterator[str]:
    if rule.kind == "changed":
        yield f"{rule.rule}:"
        for change in rule.changes:
            yield from _change_lines(change)
        return
    yield f"{rule.rule}: only in {'B' if rule.kind == 'added' else 'A'}"
    for change in rule.changes:
        yield from wrapped(f"- {change.member}: {change.after or change.before}", "    ")


def _change_lines(change: Change) -> Iterator[str]:
    effect = f" ({change.effect})" if change.effect else ""
    text = f"- {change.member}: {change.before or 'none'} -> {change.after or 'none'}{effect}"
    yield from wrapped(text, "    ")


def _effect_lines(effect: Effect) -> Iterator[str]:
    yield ""
    left_out = f", {len(effect.unread)} left out" if effect.unread else ""
    yield f"Runs: {effect.runs}{left_out}; pairs: {effect.pairs}"
    yield f"Pairs that change their verdict: {effect.changed}"
    for transition, examples in effect.transitions:
        yield f"- {transition.before.display} -> {transition.after.display}: {transition.pairs}"
        for example in examples:
            yield f"    {example.baseline} with {example.candidate}"
            yield from wrapped(f"      A: {'; '.join(example.before) or 'nothing to say'}", " " * 9)
            yield from wrapped(f"      B: {'; '.join(example.after) or 'nothing to say'}", " " * 9)


def _document(a: Policy, b: Policy, found: PolicyDifference, effect: Effect | None) -> dict[str, Any]:
    return {
        "a": _identity(a.identity),
        "b": _identity(b.identity),
        "rules": [
            {
                "rule": rule.rule,
                "kind": rule.kind,
                "changes": [change._asdict() for change in rule.changes],
            }
            for rule in found.rules
        ],
        "others": [change._asdict() for change in found.others],
        "runs": None if effect is None else _effect_document(effect),
    }


def _effect_document(effect: Effect) -> dict[str, Any]:
    return {
        "runs": effect.runs,
        "pairs": effect.pairs,
        "changed": effect.changed,
        "left_out": [json_text(run.run_id) for run in effect.unread],
        "transitions": [
            {
                "before": transition.before.value,
                "after": transition.after.value,
                "pairs": transition.pairs,
                "examples": [
                    {
                        "a": example.baseline,
                        "b": example.candidate,
                        "reasons_before": list(example.before),
                        "reasons_after": list(example.after),
                    }
                    for example in examples
                ],
            }
            for transition, examples in effect.transitions
        ],
    }


def _identity(identity: PolicyIdentity) -> dict[str, str]:
    return {"name": identity.name, "version": identity.version, "digest": identity.digest}
