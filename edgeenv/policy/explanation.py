"""A rule in words: what it reads, how it matches, what absence means, and what would weaken it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from edgeenv.model.judgement import Level
from edgeenv.policy.matchers import Exact, ListItems, NumberWithin, Text, VersionPrefix
from edgeenv.policy.rules import Missing
from edgeenv.policy.waivers import WAIVABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edgeenv.policy.rules import Policy, Rule

_IDLE = "Nothing: the rule is disabled and is not looked at."
_DIFFERS = {
    Level.REQUIRED: "the verdict is No",
    Level.CONDITIONAL: "the verdict is Conditional",
    Level.ADVISORY: "the verdict stays, and a note says so",
}
_LACKS = {**_DIFFERS, Level.REQUIRED: "the verdict is Indeterminate"}
_LOWER = {
    Level.REQUIRED: (
        "level: conditional, so that a difference gives Conditional in place of No",
        "level: advisory, so that a difference is only a note",
        "level: disabled, so that it is not looked at",
    ),
    Level.CONDITIONAL: (
        "level: advisory, so that a difference is only a note",
        "level: disabled, so that it is not looked at",
    ),
    Level.ADVISORY: ("level: disabled, so that it is not looked at",),
    Level.DISABLED: (),
}


class Explanation(NamedTuple):
    """One rule in sentences.

    Attributes:
        matches: how two values are held against each other.
        spellings: of a vocabulary: canonical value and accepted spellings.
        differs: what a difference does.
        missing: what absent evidence does.
        applies: to which pairs the rule applies.
        serves: what else of the policy depends on the rule.
        weaker: what would make the rule weaker.
    """

    matches: str
    spellings: tuple[tuple[str, tuple[str, ...]], ...]
    differs: str
    missing: str
    applies: str
    serves: tuple[str, ...]
    weaker: tuple[str, ...]


def explain(policy: Policy, rule: Rule) -> Explanation:
    """Say what one rule of a policy does."""
    return Explanation(
        matches=_matches(rule),
        spellings=rule.match.groups if isinstance(rule.match, Text) else (),
        differs=_differs(rule),
        missing=_missing(policy, rule),
        applies=_applies(rule),
        serves=tuple(_serves(policy, rule)),
        weaker=tuple(_weaker(policy, rule)),
    )


def _matches(rule: Rule) -> str:
    match rule.match:
        case Exact():
            return (
                "Two values match when they are equal as JSON: 1 is 1.0, true is not 1, upper and lower case "
                "count, and so does the order of a list."
            )
        case Text(ignore_case, vocabulary):
            case = ", whatever their case" if ignore_case else "; upper and lower case count"
            words = f"Two texts match when they are the same{case}"
            if vocabulary is not None:
                words += f", and when both are spellings of one value of the aliases '{vocabulary}'"
            return f"{words}. What is no text is missing evidence."
        case ListItems(ignore_order):
            how = "in any order, repeats not counted" if ignore_order else "in the same order"
            return (
                f"Two lists match when they hold the same items {how}. What is no list is missing evidence."
            )
        case VersionPrefix(parts):
            numbers = "the first number" if parts == 1 else f"the first {parts} numbers"
            return (
                f"Two versions match when {numbers} of the first dotted number in each are the same; "
                "1.2 is 1.2.0. A text without digits is missing evidence."
            )
        case NumberWithin():
            return (
                f"Two numbers match when they are {rule.match.words().removeprefix('number ')} of each "
                "other. A run may so agree with two runs that do not agree with each other. What is no "
                "number is missing evidence."
            )


def _differs(rule: Rule) -> str:
    if rule.level is Level.DISABLED:
        return _IDLE
    mode = f", with the mode {rule.mode}" if rule.level is Level.CONDITIONAL else ""
    return f'Then {_DIFFERS[rule.level]}{mode}; the reason is "{rule.reason}".'


def _missing(policy: Policy, rule: Rule) -> str:
    if rule.level is Level.DISABLED:
        return _IDLE
    unknown = ", ".join(f"'{value}'" for value in sorted(policy.unknown_values))
    absent = "Null, an absent member and a value that the matcher cannot read are no evidence"
    if unknown:
        absent += f", and neither are the texts {unknown}"
    lacks = _LACKS[rule.level]
    outcome = {
        Missing.FAIL: f"Where either run lacks it, {lacks}. Two runs without it are not the same.",
        Missing.ALLOW_BOTH: f"Where one run lacks it, {lacks}. Two runs without it are the same.",
        Missing.IGNORE: "Where either run lacks it, the rule is not evaluated, and a note says so.",
    }
    return f"{absent}. {outcome[rule.missing]}"


def _applies(rule: Rule) -> str:
    if rule.when is None:
        return "To every pair of runs."
    values = " or ".join(str(value) for value in rule.when.values)
    return (
        f"Only where the rule '{rule.when.rule}' reads {values} in both runs. Where only one run has it, "
        "that rule differs itself."
    )


def _serves(policy: Policy, rule: Rule) -> Iterator[str]:
    for other in policy.rules:
        if other.when is not None and other.when.rule == rule.id and other.enabled:
            yield f"the rule '{other.id}' applies only where this one reads certain values"
    for line in policy.same_reasons:
        if rule.id in line.rules:
            others = [name for name in line.rules if name != rule.id]
            also = f", and {', '.join(others)} too" if others else ""
            yield f'"{line.reason}" is printed when this rule is the same{also}'


def _weaker(policy: Policy, rule: Rule) -> Iterator[str]:
    yield from _LOWER[rule.level]
    if rule.level is Level.DISABLED:
        return
    if rule.missing is Missing.FAIL:
        yield "missing: allow-both, so that two runs without evidence count as the same"
    if rule.missing is not Missing.IGNORE and rule.level is not Level.REQUIRED:
        yield "missing: ignore, so that a run without evidence agrees with every run"
    yield _wider_match(rule)
    if rule.level in WAIVABLE:
        yield "a waiver, so that a difference does not count for some runs until some day"
    if rule.when is None and any(other.id != rule.id and other.enabled for other in policy.rules):
        yield "when: with a guard, so that it applies to some pairs only"


def _wider_match(rule: Rule) -> str:
    match rule.match:
        case Exact():
            return "match: anything but exact, so that values that are not equal may match"
        case Text(_, None):
            return "match: text with ignore_case or aliases, so that more spellings count as one"
        case Text():
            return "aliases: more spellings or wider patterns, so that more texts count as one"
        case ListItems():
            return "match: list with ignore_order, so that the order of the items does not count"
        case VersionPrefix(parts):
            return f"match: version with fewer parts than {parts}, so that more versions count as one"
        case NumberWithin():
            return "match: number with a greater abs or rel, so that numbers further apart match"
