"""``edgeenv policy diff``: two policies rule by rule, and what the change does to stored pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import click

from edgeenv.cli.output import clean, json_option, json_result, json_text, message, result, show_notices
from edgeenv.cli.policy_text import wrapped
from edgeenv.cli.root import root_option
from edgeenv.cli.run_filters import filter_options
from edgeenv.errors import EdgeEnvError
from edgeenv.policy.difference import difference
from edgeenv.policy.document import load_policy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edgeenv.model.judgement import PolicyIdentity
    from edgeenv.policy.difference import Change, PolicyDifference, RuleChange
    from edgeenv.policy.rules import Policy
    from edgeenv.policy.verdict_changes import Transition

_SHORT_DIGEST = len("sha256:") + 12


class _Example(NamedTuple):
    """A pair of runs whose verdict changes, with the reasons of both policies."""

    baseline: str
    candidate: str
    before: tuple[str, ...]
    after: tuple[str, ...]


class _Effect(NamedTuple):
    """What a change of policy does to the stored runs.

    Attributes:
        skipped: the ids of runs whose evidence could not be read.
    """

    runs: int
    pairs: int
    transitions: tuple[tuple[Transition, tuple[_Example, ...]], ...]
    skipped: tuple[str, ...]

    @property
    def changed(self) -> int:
        """How many pairs change their verdict."""
        return sum(transition.pairs for transition, _ in self.transitions)


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


def _effect(a: Policy, b: Policy, root: Path, filters: dict[str, Any]) -> _Effect:
    """Judge all pairs of the runs that are wanted, those recorded first as the baselines."""
    from edgeenv.policy.verdict_changes import VerdictChanges
    from edgeenv.registry.registry import Registry
    from edgeenv.registry.rows import RunQuery

    registry = Registry(root)
    changes = VerdictChanges(a, b)
    skipped = []
    for row in reversed(registry.runs(RunQuery(**filters))):
        try:
            changes.add(row.run_id, registry.run(row.run_id).facts)
        except EdgeEnvError as error:
            skipped.append(row.run_id)
            message(f"Left out: {clean(error.message)}")
    show_notices(registry.notices)
    transitions = tuple(
        (transition, tuple(_example(a, b, registry, *ids) for ids in transition.examples))
        for transition in changes.transitions()
    )
    return _Effect(changes.runs, changes.pairs, transitions, tuple(skipped))


def _example(a: Policy, b: Policy, registry: Any, baseline: str, candidate: str) -> _Example:
    from edgeenv.policy.judge import judge

    runs = (registry.run(baseline).facts, registry.run(candidate).facts)
    return _Example(baseline, candidate, judge(a, *runs).reasons, judge(b, *runs).reasons)


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


def _effect_lines(effect: _Effect) -> Iterator[str]:
    yield ""
    left_out = f", {len(effect.skipped)} left out" if effect.skipped else ""
    yield f"Runs: {effect.runs}{left_out}; pairs: {effect.pairs}"
    yield f"Pairs that change their verdict: {effect.changed}"
    for transition, examples in effect.transitions:
        yield f"- {transition.before.display} -> {transition.after.display}: {transition.pairs}"
        for example in examples:
            yield f"    {example.baseline} with {example.candidate}"
            yield from wrapped(f"      A: {'; '.join(example.before) or 'nothing to say'}", " " * 9)
            yield from wrapped(f"      B: {'; '.join(example.after) or 'nothing to say'}", " " * 9)


def _document(a: Policy, b: Policy, found: PolicyDifference, effect: _Effect | None) -> dict[str, Any]:
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


def _effect_document(effect: _Effect) -> dict[str, Any]:
    return {
        "runs": effect.runs,
        "pairs": effect.pairs,
        "changed": effect.changed,
        "left_out": [json_text(run_id) for run_id in effect.skipped],
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
