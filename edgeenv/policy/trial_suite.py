"""Trials of one policy taken together: what failed, what the cases covered, what a probe noticed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgeenv.policy.coverage import RuleCoverage, coverage
from edgeenv.policy.probe import Probed, probe
from edgeenv.policy.trial import CaseResult, Trial, try_case

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edgeenv.model.judgement import PolicyIdentity


@dataclass(frozen=True, slots=True)
class PolicyTrial:
    """How one policy came out of all its test files.

    Attributes:
        sources: the files, as the user named them.
        results: one for each case, in the order of the files.
        coverage: one for each enabled rule.
        probed: one for each field of each enabled rule; None when nothing was probed.
    """

    identity: PolicyIdentity
    sources: tuple[str, ...]
    results: tuple[CaseResult, ...]
    coverage: tuple[RuleCoverage, ...]
    probed: tuple[Probed, ...] | None

    @property
    def failed(self) -> tuple[CaseResult, ...]:
        """The cases that did not come out as expected."""
        return tuple(result for result in self.results if not result.passed)

    @property
    def uncovered(self) -> tuple[RuleCoverage, ...]:
        """The rules that no case has seen both the same and different."""
        return tuple(rule for rule in self.coverage if not rule.covered)

    @property
    def unnoticed(self) -> tuple[Probed, ...]:
        """The fields whose change no rule noticed."""
        return tuple(field for field in self.probed or () if field.unnoticed)


def run_trials(trials: Iterable[Trial], *, with_probe: bool = False) -> tuple[PolicyTrial, ...]:
    """Judge every case; the files of one policy, by its digest, are counted together."""
    together: dict[str, list[Trial]] = {}
    for trial in trials:
        together.setdefault(trial.policy.identity.digest, []).append(trial)
    return tuple(_run(tuple(group), with_probe=with_probe) for group in together.values())


def _run(trials: tuple[Trial, ...], *, with_probe: bool) -> PolicyTrial:
    policy = trials[0].policy
    results = tuple(try_case(policy, trial.base, case) for trial in trials for case in trial.cases)
    return PolicyTrial(
        identity=policy.identity,
        sources=tuple(trial.source for trial in trials),
        results=results,
        coverage=coverage(policy, results),
        probed=_probed(trials) if with_probe else None,
    )


def _probed(trials: tuple[Trial, ...]) -> tuple[Probed, ...]:
    """What is noticed in one base is noticed."""
    rounds = [probe(trial.policy, trial.base) for trial in trials]
    return tuple(
        next((field for field in fields if not field.unnoticed), fields[0])
        for fields in zip(*rounds, strict=True)
    )
