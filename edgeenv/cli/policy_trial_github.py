"""The outcome of policy tests as annotations of GitHub Actions, each at the case that it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeenv.report.github import ERROR, NOTICE, WARNING, Annotation, commands

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from edgeenv.cli.policy_trial import Asked
    from edgeenv.errors import EdgeEnvError
    from edgeenv.policy.trial_suite import PolicyTrial


def trial_commands(
    tried: tuple[PolicyTrial, ...], errors: Mapping[str, EdgeEnvError], asked: Asked
) -> Iterator[str]:
    """What fails is an error, a gap that nobody asked to close a warning, a policy as a whole a notice."""
    return commands((*_errors(errors), *(found for trial in tried for found in _trial(trial, asked))))


def _errors(errors: Mapping[str, EdgeEnvError]) -> Iterator[Annotation]:
    for file, error in errors.items():
        for problem in error.problems:
            yield Annotation(
                ERROR, "Test file", f"{problem.path}: {problem.message}", problem.file, problem.line
            )
        if not error.problems:
            yield Annotation(ERROR, "Test file", error.message, file)


def _trial(trial: PolicyTrial, asked: Asked) -> Iterator[Annotation]:
    name = f"{trial.identity.name} {trial.identity.version}"
    for outcome in trial.failed:
        case = outcome.case
        yield Annotation(ERROR, f"{name}: {case.name}", "\n".join(outcome.failures), case.file, case.line)
    for rule in trial.uncovered:
        yield Annotation(ERROR if asked.coverage else WARNING, f"{name}: not covered", rule.gap)
    for field in trial.unnoticed:
        text = f"{field.path} of {field.rule}: {field.unnoticed}"
        yield Annotation(ERROR if asked.probe else WARNING, f"{name}: not noticed", text)
    yield Annotation(NOTICE, name, f"{len(trial.results)} cases, {len(trial.failed)} failed")
