"""Which runs may be compared with which, from one pass over the runs in place of one over all pairs.

The canonical values that a policy sees of a run are its profile. The verdict on two runs depends on their
profiles alone, so runs of equal profiles are judged once. Where every rule is an equivalence, a digest of the
profile is a key: two runs have equal keys exactly when they are comparable.
"""

from __future__ import annotations

import json
from enum import Enum
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from edgeenv.model.judgement import Level, Verdict
from edgeenv.policy.evaluation import is_absent
from edgeenv.policy.matchers import UNREADABLE, NumberWithin
from edgeenv.policy.rules import Missing
from edgeenv.policy.waivers import last_day, selecting

if TYPE_CHECKING:
    from collections.abc import Hashable

    from edgeenv.model.facts import Facts
    from edgeenv.policy.rules import Policy, Rule

_FORMAT = "edgeenv-cohort/1"
_ORDER = tuple(Verdict)


class _Silent(Enum):
    """The type of `_SILENT`."""

    SILENT = "silent"


# The whole of a rule whose guard does not hold for a run.
_SILENT: Final = _Silent.SILENT


class Profile(NamedTuple):
    """What a policy sees of one run: for each rule the canonical values of its fields.

    Attributes:
        required: of the required rules, in the order of the policy.
        conditional: of the conditional rules.
        waivers: the waivers, by their place in the policy, that select the run.
    """

    required: tuple[Hashable, ...]
    conditional: tuple[Hashable, ...]
    waivers: tuple[int, ...] = ()


class Profiler:
    """Takes profiles under one policy, and judges pairs of them.

    Advisory and disabled rules have no part in a verdict, and so none in a profile.
    """

    def __init__(self, policy: Policy, today: str | None = None) -> None:
        self._policy = policy
        self._today = today
        self._required = tuple(rule for rule in policy.rules if rule.level is Level.REQUIRED)
        self._conditional = tuple(rule for rule in policy.rules if rule.level is Level.CONDITIONAL)
        self._is_transitive = why_no_cohorts(policy) is None
        self._is_transitive_widely = why_no_cohorts(policy, wide=True) is None
        self._of_alike: dict[tuple[Hashable, ...], Verdict] = {}

    def profile(self, facts: Facts) -> Profile:
        """What the policy sees of one run."""
        return Profile(
            tuple(self._seen(rule, facts) for rule in self._required),
            tuple(self._seen(rule, facts) for rule in self._conditional),
            () if self._today is None else selecting(self._policy, facts),
        )

    def verdict(self, a: Profile, b: Profile) -> Verdict:
        """The verdict that a judge gives to two runs of these profiles."""
        if a.waivers or b.waivers:
            return self._verdict_with_waivers(a, b)
        if a.required is b.required or a.required == b.required:
            verdict = self._alone(a.required)
        else:
            verdict = self._across(a.required, b.required)
        if verdict is not Verdict.COMPARABLE or self._conditions_hold(a.conditional, b.conditional):
            return verdict
        return Verdict.CONDITIONAL

    def _verdict_with_waivers(self, a: Profile, b: Profile) -> Verdict:
        """The worst of what counts: a waiver in force leaves its rule out, an expired one undecided."""
        rules = (*self._required, *self._conditional)
        values = zip((*a.required, *a.conditional), (*b.required, *b.conditional), strict=True)
        worst = Verdict.COMPARABLE
        for rule, (one, other) in zip(rules, values, strict=True):
            found = True if one is _SILENT or other is _SILENT else _agreement(rule, one, other)
            if found is True:
                continue
            expiry = last_day(self._policy, rule.id, (*a.waivers, *b.waivers))
            if expiry is None:
                worst = max(worst, _weight(rule, lacking=found is None), key=_ORDER.index)
            elif self._today is not None and expiry < self._today:
                worst = max(worst, Verdict.INDETERMINATE, key=_ORDER.index)
        return worst

    def is_decided(self, profile: Profile) -> bool:
        """Whether the verdict with any other such run follows from which values are equal.

        Nothing required is missing then, so that no verdict is Indeterminate.
        """
        return self._is_transitive and not any(
            isinstance(values, tuple) and UNREADABLE in values for values in profile.required
        )

    def _alone(self, required: tuple[Hashable, ...]) -> Verdict:
        """The verdict of the required rules on runs that are alike; it is asked for again and again."""
        found = self._of_alike.get(required)
        if found is None:
            found = self._of_alike[required] = self._across(required, required)
        return found

    def _across(self, a: tuple[Hashable, ...], b: tuple[Hashable, ...]) -> Verdict:
        lacking = False
        for rule, one, other in zip(self._required, a, b, strict=True):
            if one is _SILENT or other is _SILENT:
                continue
            found = _agreement(rule, one, other)
            if found is False:
                return Verdict.NOT_COMPARABLE
            lacking = lacking or found is None
        return Verdict.INDETERMINATE if lacking else Verdict.COMPARABLE

    def _conditions_hold(self, a: tuple[Hashable, ...], b: tuple[Hashable, ...]) -> bool:
        if self._is_transitive and a != b:
            return False  # an equivalence holds between equal values only
        return all(
            one is _SILENT or other is _SILENT or _agreement(rule, one, other) is True
            for rule, one, other in zip(self._conditional, a, b, strict=True)
        )

    def keys(self, facts: Facts) -> tuple[str | None, str | None]:
        """The narrow and the wide key of a run; None also where the policy has no such cohorts."""
        return (
            self.key(facts) if self._is_transitive else None,
            self.key(facts, wide=True) if self._is_transitive_widely else None,
        )

    def key(self, facts: Facts, *, wide: bool = False) -> str | None:
        """The key of a run's cohort, as `cohort_key`."""
        rules = self._required if wide else (*self._required, *self._conditional)
        seen = []
        for rule in rules:
            values = self._seen(rule, facts)
            if values is not _SILENT and rule.missing is Missing.FAIL and UNREADABLE in values:
                return None
            seen.append((rule.id, _SILENT.value if values is _SILENT else values))
        text = _injective((_FORMAT, "wide" if wide else "narrow", tuple(seen)))
        return "sha256:" + sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def _seen(self, rule: Rule, facts: Facts) -> tuple[Hashable, ...] | _Silent:
        guard = self._policy.rule(rule.when.rule) if rule.when is not None else None
        if rule.when is not None and guard is not None and guard.enabled:
            wanted = {guard.match.canonical(value) for value in rule.when.values}
            if guard.match.canonical(facts.at(guard.fields[0])) not in wanted:
                return _SILENT
        values = (facts.at(path) for path in rule.fields)
        return tuple(
            UNREADABLE if is_absent(self._policy, value) else rule.match.canonical(value) for value in values
        )


def judged_fields(policy: Policy) -> tuple[str, ...]:
    """The fields that a verdict rests on, sorted: equal values there are an equal verdict with any run."""
    read = {path for rule in verdict_rules(policy) for path in rule.fields}
    return tuple(sorted(read | {path for waiver in policy.waivers for path, _ in waiver.runs}))


def verdict_rules(policy: Policy) -> tuple[Rule, ...]:
    """The rules that decide a verdict, and those that guard them."""
    deciding = [rule for rule in policy.rules if rule.level in (Level.REQUIRED, Level.CONDITIONAL)]
    guards = {rule.when.rule for rule in deciding if rule.when is not None}
    return tuple(rule for rule in policy.rules if rule in deciding or rule.id in guards)


def key_identity(policy: Policy) -> str:
    """What keys under a policy may be stored by: they are never taken for those of another one."""
    return f"{_FORMAT} {policy.identity.digest}"


def cohort_key(policy: Policy, facts: Facts, *, wide: bool = False) -> str | None:
    """A text that two runs share exactly when they are comparable under ``policy``.

    Args:
        policy: one whose rules are equivalences; see `why_no_cohorts`.
        facts: the run.
        wide: leave the conditional rules out, so that runs share it exactly when their verdict is Yes or
            Conditional.

    Returns:
        ``sha256:`` and 64 hex digits; None for a run that lacks required evidence, which is comparable with
        no run, not even with itself.

    Raises:
        ValueError: the policy has no cohorts.
    """
    why = why_no_cohorts(policy, wide=wide)
    if why is not None:
        raise ValueError(why)
    return Profiler(policy).key(facts, wide=wide)


def why_no_cohorts(policy: Policy, *, wide: bool = False) -> str | None:
    """Why runs do not fall into groups under a policy, in words; None when they do.

    A tolerance and an ignored absence are not transitive: a may be comparable with b, and b with c, but not
    a with c.
    """
    if policy.waivers:
        return (
            f"it waives the rule '{policy.waivers[0].rule}' for some runs, so that such a run may agree with "
            "two runs that do not agree with each other"
        )
    for rule in policy.rules:
        if rule.level is not Level.REQUIRED and (wide or rule.level is not Level.CONDITIONAL):
            continue
        if isinstance(rule.match, NumberWithin):
            return (
                f"the rule '{rule.id}' allows a tolerance ({rule.match.words()}), so that a run may agree "
                "with two runs that do not agree with each other"
            )
        if rule.missing is Missing.IGNORE:
            return (
                f"the rule '{rule.id}' ignores missing evidence, so that a run without it agrees with runs "
                "that do not agree with each other"
            )
    return None


def _weight(rule: Rule, *, lacking: bool) -> Verdict:
    """What a rule that fails makes of a verdict."""
    if rule.level is Level.CONDITIONAL:
        return Verdict.CONDITIONAL
    return Verdict.INDETERMINATE if lacking else Verdict.NOT_COMPARABLE


def _agreement(rule: Rule, one: Hashable, other: Hashable) -> bool | None:
    """Whether two runs agree in a rule; None where evidence is missing and nothing differs."""
    if one == other and not isinstance(rule.match, NumberWithin) and rule.missing is not Missing.FAIL:
        return True
    lacking = False
    for a, b in zip(one, other, strict=True):  # type: ignore[call-overload]  # tuples of canonical values
        if a is UNREADABLE or b is UNREADABLE:
            if rule.missing is Missing.IGNORE or (rule.missing is Missing.ALLOW_BOTH and a is b):
                continue
            lacking = True
        elif not (rule.match.agree(a, b) if isinstance(rule.match, NumberWithin) else a == b):
            return False
    return None if lacking else True


def _injective(value: Any) -> str:
    """A text for a canonical value; equal exactly when the values are equal, on any machine."""
    if isinstance(value, tuple):
        return f"({','.join(_injective(item) for item in value)})"
    if isinstance(value, frozenset):
        return f"{{{','.join(sorted(_injective(item) for item in value))}}}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # 1.0 is 1
    if isinstance(value, Enum):
        return str(value.value)
    return json.dumps(value)
