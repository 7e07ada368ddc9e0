"""What would make two runs comparable: the smallest set of fields that would have to be equal or be there.

The baseline is kept as it is wherever it has evidence: a field becomes what the baseline records. Where the
baseline lacks evidence that must be there, it becomes what the candidate records; where both lack it, it
becomes some value. A rule with a guard counts when its guard will hold then.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from edgeenv.model.judgement import Level, Outcome
from edgeenv.model.remedy import Need, Perhaps, Remedy, RemedyStep
from edgeenv.policy.evaluation import FAILING, field_outcome, outcome_of_values
from edgeenv.policy.places import source_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from edgeenv.model.facts import Facts
    from edgeenv.policy.rules import Policy, Rule

_GATES = (Level.REQUIRED, Level.CONDITIONAL)


class _Open(Enum):
    """The type of `_OPEN`."""

    OPEN = "open"


# The value of a field that both runs lack: it can be anything that the rules can read.
_OPEN: Final = _Open.OPEN


class _Aim(NamedTuple):
    """What a field is to become, the sides that have to change for it, and the rules that ask for it."""

    value: Any
    record: tuple[str, ...]
    rules: tuple[Rule, ...]
    lacking: bool


def remedy(policy: Policy, a: Facts, b: Facts, *, spared: Collection[str] = ()) -> Remedy:
    """The fields that stand between two runs and a Yes; no steps when nothing does.

    Args:
        policy: what must hold.
        a: the baseline.
        b: the candidate.
        spared: the rules that need not hold, since a waiver speaks for them.
    """
    gates = tuple(rule for rule in policy.rules if rule.level in _GATES and rule.id not in spared)
    counted = tuple(rule for rule in gates if _guard(policy, rule) is None)
    aims = _aims(policy, counted, a, b)
    for _ in gates:  # guards have no guards, so that this settles at once but for a rule on its guard's field
        then = tuple(rule for rule in gates if _will_apply(policy, rule, aims, a, b) is True)
        if then == counted:
            break
        counted = then
        aims = _aims(policy, counted, a, b)
    return Remedy(
        tuple(_step(path, aim, a, b) for path, aim in _without_parts(aims).items()),
        tuple(_perhaps(policy, gates, aims, a, b)),
    )


def _guard(policy: Policy, rule: Rule) -> Rule | None:
    """The rule that decides whether a rule applies; None when it always does."""
    guard = policy.rule(rule.when.rule) if rule.when is not None else None
    return guard if guard is not None and guard.enabled else None


def _will_apply(policy: Policy, rule: Rule, aims: dict[str, _Aim], a: Facts, b: Facts) -> bool | None:
    """Whether a rule's guard will hold; None where that depends on a value that nobody knows yet."""
    guard = _guard(policy, rule)
    if guard is None or rule.when is None:
        return True
    path = guard.fields[0]
    # Without an aim the two runs stay as they are, and differ where a waiver spares the guard.
    values = (aims[path].value,) if path in aims else (a.at(path), b.at(path))
    if _OPEN in values:
        return None
    wanted = {guard.match.canonical(value) for value in rule.when.values}
    return all(guard.match.canonical(value) in wanted for value in values)


def _aims(policy: Policy, rules: Iterable[Rule], a: Facts, b: Facts) -> dict[str, _Aim]:
    """Every field that fails under one of the rules, in the policy's order, with what it is to become."""
    readers: dict[str, list[Rule]] = {}
    for rule in rules:
        for path in rule.fields:
            readers.setdefault(path, []).append(rule)
    aims = {}
    for path, reading in readers.items():
        outcomes = [field_outcome(policy, rule, path, a, b).outcome for rule in reading]
        failing = tuple(rule for rule, outcome in zip(reading, outcomes, strict=True) if outcome in FAILING)
        if failing:
            value, record = _aimed(policy, reading, path, a.at(path), b.at(path))
            aims[path] = _Aim(value, record, failing, record != ("B",) or Outcome.MISSING in outcomes)
    return aims


def _aimed(policy: Policy, rules: list[Rule], path: str, a: Any, b: Any) -> tuple[Any, tuple[str, ...]]:
    for value, record in ((a, ("B",)), (b, ("A",))):
        pairs = (outcome_of_values(policy, rule, path, (value, value)) for rule in rules)
        if not any(pair.outcome in FAILING for pair in pairs):
            return value, record
    return _OPEN, ("A", "B")


def _without_parts(aims: dict[str, _Aim]) -> dict[str, _Aim]:
    """The aims without those that lie inside another one, which brings the same value with it."""
    kept = {}
    for path, aim in aims.items():
        parts = path.split(".")
        above = (".".join(parts[:length]) for length in range(1, len(parts)))
        if not any(whole in aims and aims[whole].record == aim.record for whole in above):
            kept[path] = aim
    return kept


def _step(path: str, aim: _Aim, a: Facts, b: Facts) -> RemedyStep:
    place, member = source_of(path)
    return RemedyStep(
        path=path,
        a=a.at(path),
        b=b.at(path),
        need=Need.PRESENT if aim.lacking else Need.EQUAL,
        record=aim.record,
        rules=tuple(rule.id for rule in aim.rules),
        matchers=tuple(dict.fromkeys(rule.match.words() for rule in aim.rules)),
        place=place,
        member=member,
    )


def _perhaps(
    policy: Policy, gates: Iterable[Rule], aims: dict[str, _Aim], a: Facts, b: Facts
) -> Iterable[Perhaps]:
    for rule in gates:
        if rule.when is None or _will_apply(policy, rule, aims, a, b) is not None:
            continue
        paths = (path for path in rule.fields if path not in aims)
        failing = tuple(path for path in paths if field_outcome(policy, rule, path, a, b).outcome in FAILING)
        if failing:
            yield Perhaps(rule.id, rule.when.rule, rule.when.values, failing)
