"""Waivers: who has taken which difference on themselves, for which runs, until when.

A waiver applies to a pair when it selects at least one of both runs, so the order of the runs never matters.
The day on which it is looked at is told by the caller; this code reads no clock. Days are ISO texts, whose
order is that of the calendar.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edgeenv.model.judgement import AppliedWaiver, Level
from edgeenv.policy.evaluation import FAILING
from edgeenv.policy.matchers import glob_matches, typed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edgeenv.model.facts import Facts
    from edgeenv.model.judgement import RuleOutcome
    from edgeenv.policy.rules import Policy, Waiver

WAIVABLE = (Level.REQUIRED, Level.CONDITIONAL)
"""The levels whose difference worsens a verdict, so that there is something to waive."""
NO_DAY = "No waiver of the policy was looked at, since no day was given"


def selects(waiver: Waiver, facts: Facts) -> bool:
    """Whether a run has, under every path of the selector, one of the values that stand there."""
    return all(any(accepts(wanted, facts.at(path)) for wanted in accepted) for path, accepted in waiver.runs)


def selecting(policy: Policy, facts: Facts) -> tuple[int, ...]:
    """The waivers that select a run, by their place in the policy."""
    return tuple(index for index, waiver in enumerate(policy.waivers) if selects(waiver, facts))


def last_day(policy: Policy, rule: str, applying: Iterable[int]) -> str | None:
    """The last day on which one of the waivers that apply to a pair waives a rule; None without one."""
    waivers = (policy.waivers[index] for index in applying)
    return max((waiver.expires for waiver in waivers if waiver.rule == rule), default=None)


def accepts(wanted: Any, recorded: Any) -> bool:
    """Whether a recorded value is the wanted one, or a text that fits a wanted pattern of ``*`` and ``?``."""
    if recorded is None:
        return False
    if isinstance(wanted, str) and isinstance(recorded, str):
        return glob_matches(wanted, recorded)
    return typed(wanted) == typed(recorded)


def with_waiver(policy: Policy, rule: RuleOutcome, a: Facts, b: Facts, today: str | None) -> RuleOutcome:
    """The outcome of a rule together with the waiver that applies to its difference, if one does."""
    if today is None or not policy.waivers or rule.outcome not in FAILING or rule.level not in WAIVABLE:
        return rule
    sides = (("A", a), ("B", b))
    found = [
        (waiver, selected)
        for waiver in policy.waivers
        if waiver.rule == rule.rule
        and (selected := tuple(label for label, facts in sides if selects(waiver, facts)))
    ]
    if not found:
        return rule
    waiver, selected = max(
        found, key=lambda pair: pair[0].expires
    )  # the one that lasts longest, the first of these
    applied = AppliedWaiver(
        id=waiver.id,
        reason=waiver.reason,
        owner=waiver.owner,
        expires=waiver.expires,
        in_force=is_in_force(waiver, today),
        selected=selected,
    )
    return rule._replace(waiver=applied)


def is_in_force(waiver: Waiver, today: str) -> bool:
    """Whether a waiver still holds; its last day belongs to it."""
    return today <= waiver.expires


def waived_sentence(waiver: AppliedWaiver, sentence: str) -> str:
    """What a report says in place of a rule's own sentence."""
    if waiver.in_force:
        head = f"Waived until {waiver.expires} by {waiver.owner}"
    else:
        name = "" if waiver.id is None else f" '{waiver.id}'"
        head = f"Waiver{name} by {waiver.owner} expired on {waiver.expires}"
    return f"{head}: {sentence} ({waiver.reason})"
