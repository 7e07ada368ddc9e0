"""Cases for a policy: pairs of runs made from one base, and what their judgements must be.

Every case is judged in both directions, and whatever goes wrong in a case is a failure of the case.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from edgeenv.model.facts import Facts
from edgeenv.policy.judge import judge
from edgeenv.policy.nearest import suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from edgeenv.model.judgement import Judgement, Outcome, RuleOutcome
    from edgeenv.policy.rules import Policy

_WITH_SIDES = ("Missing evidence: ", "Not checked, evidence missing: ", "Waive")
_PLACE = r"[a-z0-9_.]+ \((?:A|B|A and B)\)"
_PLACES = re.compile(rf"(?<=(?:nce|ing): ){_PLACE}(?:, {_PLACE})*")
_SIDES = str.maketrans("AB", "BA")


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a judgement must be; what is not said is not compared.

    Attributes:
        verdict: the machine word of the verdict.
        mode: the modes that are right: none for any, else one, where None is a verdict without a mode.
        reasons: the whole list in order; None for any.
        notes: as reasons.
        rules: rule id to outcome, for the rules that matter.
    """

    verdict: str
    mode: tuple[str | None, ...] = ()
    reasons: tuple[str, ...] | None = None
    notes: tuple[str, ...] | None = None
    rules: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One pair of runs, made from a base.

    Attributes:
        both: dotted path and value, set in A and B.
        set: the same, set in B only.
        remove: dotted paths that B lacks.
        today: the day on which waivers are looked at, ISO; None when the policy has none.
        file: the file that holds the case.
        line: where it stands in its file, as `column`; 0 when it comes from no file.
    """

    name: str
    expect: Expectation
    both: Mapping[str, Any] = field(default_factory=dict)
    set: Mapping[str, Any] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    today: str | None = None
    file: str = ""
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Trial:
    """A policy and the cases that one file holds for it.

    Attributes:
        source: the file as the user named it.
        base: run A of every case, before the case changes it.
    """

    source: str
    policy: Policy
    base: Mapping[str, Any]
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How one case came out.

    Attributes:
        failures: every way in which the judgement was not what it must be; none for a case that passed.
        outcomes: rule id and outcome, of every enabled rule.
    """

    case: Case
    failures: tuple[str, ...]
    outcomes: tuple[tuple[str, Outcome], ...] = ()

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.failures


class UnfitCaseError(Exception):
    """A case whose pair of runs cannot be made from the base."""


def try_case(policy: Policy, base: Mapping[str, Any], case: Case) -> CaseResult:
    """Judge one case in both directions and compare it with what it expects."""
    try:
        a, b = pair(base, case)
        forth, back = (judge(policy, *runs, today=case.today) for runs in ((a, b), (b, a)))
    except UnfitCaseError as error:
        return CaseResult(case, (str(error),))
    except Exception as error:  # noqa: BLE001 - whatever ends a case is a failure of it, never a pass
        return CaseResult(case, (f"the case could not be judged: {type(error).__name__}: {error}",))
    failures = (*_disappointments(policy, case.expect, forth), *asymmetries(forth, back))
    return CaseResult(case, failures, tuple((rule.rule, rule.outcome) for rule in forth.rules))


def pair(base: Mapping[str, Any], case: Case) -> tuple[Facts, Facts]:
    """The two runs of a case.

    Raises:
        UnfitCaseError: a path leads through a value that is no object, or there is nothing to remove.
    """
    a = copy.deepcopy(dict(base))
    for path, value in case.both.items():
        put(a, path, value)
    b = copy.deepcopy(a)
    for path, value in case.set.items():
        put(b, path, value)
    for path in case.remove:
        _remove(b, path)
    return Facts.of_result(a), Facts.of_result(b)


def put(document: dict[str, Any], path: str, value: Any) -> None:
    """Write a value under a dotted path; objects on the way are made where there is nothing."""
    *parents, last = path.split(".")
    place = document
    for depth, name in enumerate(parents, 1):
        if place.get(name) is None:
            place[name] = {}
        place = place[name]
        if not isinstance(place, dict):
            shown = ".".join(parents[:depth])
            raise UnfitCaseError(f"cannot set {path}: {shown} is no object")
    place[last] = copy.deepcopy(value)


def _remove(document: dict[str, Any], path: str) -> None:
    *parents, last = path.split(".")
    place: Any = document
    for name in parents:
        place = place.get(name) if isinstance(place, dict) else None
    if not isinstance(place, dict) or last not in place:
        raise UnfitCaseError(f"cannot remove {path}: run B does not hold it")
    del place[last]


def _disappointments(policy: Policy, expect: Expectation, found: Judgement) -> Iterator[str]:
    """Every expectation that the judgement does not meet."""
    if expect.verdict != found.verdict.value:
        yield f"verdict: expected {expect.verdict}, found {found.verdict.value}{_because(found)}"
    if expect.mode and found.mode not in expect.mode:
        yield f"mode: expected {_shown(expect.mode[0])}, found {_shown(found.mode)}"
    for name, wanted, there in (
        ("reasons", expect.reasons, found.reasons),
        ("notes", expect.notes, found.notes),
    ):
        if wanted is not None and wanted != there:
            yield f"{name}: expected {_listed(wanted)}, found {_listed(there)}"
    outcomes = {rule.rule: rule.outcome.value for rule in found.rules}
    for rule, outcome in expect.rules:
        if rule not in outcomes:
            yield _no_outcome(policy, rule)
        elif outcomes[rule] != outcome:
            yield f"rule '{rule}': expected {outcome}, found {outcomes[rule]}"


def _no_outcome(policy: Policy, rule: str) -> str:
    if policy.rule(rule) is not None:
        return f"rule '{rule}': it is disabled, so it has no outcome"
    return (
        f"rule '{rule}': the policy has no such rule{suggestion(rule, [known.id for known in policy.rules])}"
    )


def asymmetries(forth: Judgement, back: Judgement) -> Iterator[str]:
    """Everything but the labels A and B that changes when the runs are exchanged."""
    for name, one, other in (
        ("verdict", forth.verdict.value, back.verdict.value),
        ("mode", _shown(forth.mode), _shown(back.mode)),
        ("modes", _listed(forth.modes), _listed(back.modes)),
        ("reasons", _listed(forth.reasons), _listed(_exchanged(back.reasons))),
        ("notes", _listed(forth.notes), _listed(_exchanged(back.notes))),
        ("rules", _outcomes(forth.rules), _outcomes(back.rules)),
    ):
        if one != other:
            yield f"{name}: the order of the runs matters: A with B {one}, B with A {other}"


def _exchanged(sentences: tuple[str, ...]) -> tuple[str, ...]:
    """The sentences of the engine with the labels A and B exchanged; those of the policy as they are."""
    return tuple(_with_sides_exchanged(line) for line in sentences)


def _with_sides_exchanged(line: str) -> str:
    """A waiver's sentence holds that of its rule between its owner and its reason."""
    found = _PLACES.search(line) if line.startswith(_WITH_SIDES) else None
    if found is None:
        return line
    # Paths are in lower case, so that the labels are the only capitals; both are named in the order A, B.
    places = found[0].translate(_SIDES).replace("(B and A)", "(A and B)")
    return line[: found.start()] + places + line[found.end() :]


def _outcomes(rules: tuple[RuleOutcome, ...]) -> str:
    return ", ".join(f"{rule.rule} {rule.outcome.value}" for rule in rules)


def _because(found: Judgement) -> str:
    return f" ({'; '.join(found.reasons)})" if found.reasons else ""


def _shown(mode: str | None) -> str:
    return "none" if mode is None else mode


def _listed(sentences: tuple[str, ...]) -> str:
    return "[" + ", ".join(sentences) + "]"
