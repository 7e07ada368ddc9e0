"""A policy is tried field by field: one value of one run is changed, and the rule that reads it must notice.

A rule that does not notice reads nothing in the base, or its matcher takes everything for the same.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, NamedTuple

from edgeenv.model.facts import Facts
from edgeenv.model.judgement import Level, Outcome, Verdict
from edgeenv.policy.judge import judge
from edgeenv.policy.matchers import UNREADABLE, NumberWithin, Text
from edgeenv.policy.trial import UnfitCaseError, put

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from edgeenv.model.judgement import Judgement
    from edgeenv.policy.rules import Policy, Rule

_OTHER = "edgeenv-probe"


class Probed(NamedTuple):
    """One field of one rule, changed by itself.

    Attributes:
        unnoticed: why the change was not noticed; empty when it was.
    """

    rule: str
    path: str
    unnoticed: str


def probe(policy: Policy, base: Mapping[str, Any]) -> tuple[Probed, ...]:
    """Change every field of every enabled rule in ``base``, one at a time; waivers are left out of it."""
    policy = policy._replace(waivers=())
    return tuple(
        Probed(rule.id, path, _unnoticed(policy, rule, path, base))
        for rule in policy.rules
        if rule.enabled
        for path in rule.fields
    )


def changed_values(rule: Rule, value: Any) -> Iterator[Any]:
    """Values that a sound rule takes for another one than ``value``, the nearest first."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield value + 1 if not isinstance(rule.match, NumberWithin) else _beyond(rule.match, float(value))
    elif isinstance(value, str):
        yield from _other_texts(rule, value)
    elif isinstance(value, list | tuple):
        yield [*value, _OTHER]
    else:
        yield {**value, _OTHER: _OTHER}


def _other_texts(rule: Rule, value: str) -> Iterator[str]:
    yield f"{value}-{_OTHER}"
    if isinstance(rule.match, Text):
        # A pattern may well take the longer text for the same board; an unrelated one it may not.
        yield _OTHER
    head = next((index for index, character in enumerate(value) if character in "0123456789"), None)
    if head is not None:
        yield f"{value[:head]}9{value[head:]}"  # another first number, for a version


def _beyond(match: NumberWithin, value: float) -> float:
    """A number that is further away than the tolerance allows, whichever limit is the greater."""
    distance = match.absolute + match.relative * abs(value) / (1 - match.relative)
    return value + (2 * distance + 1 if value >= 0 else -2 * distance - 1)


def _unnoticed(policy: Policy, rule: Rule, path: str, base: Mapping[str, Any]) -> str:
    try:
        a = _under_guard(policy, rule, base)
    except UnfitCaseError as error:
        return f"its guard cannot be met: {error}"
    value = Facts.of_result(a).at(path)
    if value is None:
        return "base holds no value there, so nothing could be changed"
    before = judge(policy, Facts.of_result(a), Facts.of_result(a))
    if _outcome(before, rule.id, path) is not Outcome.SAME:
        return f"the value of base is no readable evidence: {value!r}"
    for other in changed_values(rule, value):
        b = copy.deepcopy(a)
        put(b, path, other)
        after = judge(policy, Facts.of_result(a), Facts.of_result(b))
        if _outcome(after, rule.id, path) is Outcome.DIFFERENT:
            return "" if _told(rule, after) else "the rule differs, but the judgement does not say so"
    return f"the matcher takes every other value for {value!r}"


def _under_guard(policy: Policy, rule: Rule, base: Mapping[str, Any]) -> dict[str, Any]:
    """The base, changed so that the rule's guard holds where it does not already."""
    a = copy.deepcopy(dict(base))
    guard = policy.rule(rule.when.rule) if rule.when is not None else None
    if guard is None or rule.when is None:
        return a
    path = guard.fields[0]
    wanted = {guard.match.canonical(value) for value in rule.when.values} - {UNREADABLE}
    if guard.match.canonical(Facts.of_result(a).at(path)) not in wanted:
        put(a, path, rule.when.values[0])
    return a


def _outcome(judgement: Judgement, rule_id: str, path: str) -> Outcome:
    (outcome,) = (
        field.outcome
        for rule in judgement.rules
        if rule.rule == rule_id
        for field in rule.fields
        if field.path == path
    )
    return outcome


def _told(rule: Rule, judgement: Judgement) -> bool:
    """Whether the judgement says what the rule's level promises for a difference."""
    if rule.level is Level.REQUIRED:
        return judgement.verdict is Verdict.NOT_COMPARABLE and rule.reason in judgement.reasons
    if rule.level is Level.CONDITIONAL:
        return judgement.verdict is not Verdict.COMPARABLE
    return rule.reason in judgement.notes
