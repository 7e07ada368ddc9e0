"""``edgeenv policy test``: the cases of ``*.policy-test.yaml``, and what they cover."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from edgeenv.cli.output import (
    clean,
    json_option,
    json_result,
    json_text,
    message,
    problem_document,
    result,
    show_error,
    write_file,
)
from edgeenv.cli.policy_text import wrapped
from edgeenv.documents import NOT_READABLE
from edgeenv.errors import EdgeEnvError, ExitStatus
from edgeenv.policy.trial_file import find_trial_files, read_trial_file
from edgeenv.policy.trial_suite import PolicyTrial, run_trials

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from edgeenv.policy.trial import CaseResult, Trial


class Asked(NamedTuple):
    """What a call demands beside that every case comes out as expected."""

    coverage: bool
    probe: bool


@click.command(name="test")
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option("--require-coverage", is_flag=True, help="Fail unless every rule was seen same and different.")
@click.option("--probe", is_flag=True, help="Also change every field of every rule of the base by itself.")
@click.option("--junit", metavar="FILE", help="Also write JUnit XML; a file that is there is replaced.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "github"]),
    default="text",
    show_default=True,
    help="How to say it.",
)
@json_option
def try_policies(  # noqa: PLR0913 - one argument for each option of the command
    *,
    paths: tuple[str, ...],
    require_coverage: bool,
    probe: bool,
    junit: str | None,
    form: str,
    as_json: bool,
) -> int:
    """Run the test cases of policies.

    PATH is a test file, or a folder in and below which every *.policy-test.yaml is run; the current folder
    when none is given. Each case is judged in both directions. Exit status: 0 all is as expected, 3 it is
    not, 1 nothing was found or a file could not be read.
    """
    asked = Asked(require_coverage, probe)
    trials, errors = _read(find_trial_files(Path(path) for path in paths or (".",)))
    tried = run_trials(trials, with_probe=probe)
    if junit is not None:
        from edgeenv.cli.policy_trial_junit import junit_document

        write_file(Path(junit), junit_document(tried, errors, asked), replace=True)
    if as_json:
        json_result("edgeenv.policy-trial.v1", _document(tried, errors, asked))
    elif form == "github":
        from edgeenv.cli.policy_trial_github import trial_commands

        for line in trial_commands(tried, errors, asked):
            result(line)
    else:
        _show(tried, errors)
    return _status(tried, errors, asked)


def _read(files: Iterable[Path]) -> tuple[list[Trial], dict[str, EdgeEnvError]]:
    """Read every file; one that does not hold fails for itself and lets the others be tried."""
    trials, errors = [], {}
    for file in files:
        try:
            trials.append(read_trial_file(file))
        except EdgeEnvError as error:
            errors[str(file)] = error
    return trials, errors


def _show(tried: tuple[PolicyTrial, ...], errors: dict[str, EdgeEnvError]) -> None:
    for error in errors.values():
        show_error(error)
    for number, trial in enumerate(tried):
        if number:
            result()
        for line in _lines(trial):
            result(clean(line))
    if errors:
        message(f"{len(errors)} test file{'s' if len(errors) > 1 else ''} could not be run")


def _lines(trial: PolicyTrial) -> Iterator[str]:
    for outcome in trial.failed:
        yield from _failure_lines(outcome)
    yield f"{trial.identity.name} {trial.identity.version} ({', '.join(trial.sources)})"
    covered = len(trial.coverage) - len(trial.uncovered)
    cases = f"{len(trial.results)} case{'' if len(trial.results) == 1 else 's'}"
    yield (
        f"{cases}, {len(trial.failed)} failed; "
        f"rules seen both same and different: {covered}/{len(trial.coverage)}"
    )
    for rule in trial.uncovered:
        yield f"not covered: {rule.gap}"
    if trial.probed is not None:
        yield f"fields changed one by one: {len(trial.probed)}, {len(trial.unnoticed)} not noticed"
    for field in trial.unnoticed:
        yield from wrapped(f"not noticed: {field.path} of {field.rule}: {field.unnoticed}", "  ")


def _failure_lines(outcome: CaseResult) -> Iterator[str]:
    case = outcome.case
    yield from wrapped(f"FAILED {case.file}:{case.line}:{case.column}: {case.name}", "  ")
    for failure in outcome.failures:
        yield from wrapped(f"  {failure}", "    ")


def _status(tried: tuple[PolicyTrial, ...], errors: dict[str, EdgeEnvError], asked: Asked) -> int:
    if any(error.code in NOT_READABLE for error in errors.values()):
        return ExitStatus.COULD_NOT
    return ExitStatus.DONE if not errors and _passed(tried, asked) else ExitStatus.REQUIREMENT_FAILED


def _passed(tried: tuple[PolicyTrial, ...], asked: Asked) -> bool:
    return not any(
        trial.failed or (asked.coverage and trial.uncovered) or (asked.probe and trial.unnoticed)
        for trial in tried
    )


def _document(
    tried: tuple[PolicyTrial, ...], errors: dict[str, EdgeEnvError], asked: Asked
) -> dict[str, Any]:
    return {
        "passed": not errors and _passed(tried, asked),
        "policies": [_policy_document(trial) for trial in tried],
        "errors": [
            {
                "file": json_text(file),
                "code": error.code,
                "message": json_text(error.message),
                "problems": [problem_document(problem) for problem in error.problems],
            }
            for file, error in errors.items()
        ],
    }


def _policy_document(trial: PolicyTrial) -> dict[str, Any]:
    probed = None
    if trial.probed is not None:
        probed = [
            {
                "rule": field.rule,
                "path": field.path,
                "noticed": not field.unnoticed,
                "why": field.unnoticed or None,
            }
            for field in trial.probed
        ]
    return {
        "policy": {
            "name": trial.identity.name,
            "version": trial.identity.version,
            "digest": trial.identity.digest,
        },
        "files": [json_text(source) for source in trial.sources],
        "failed": len(trial.failed),
        "cases": [_case_document(outcome) for outcome in trial.results],
        "coverage": [rule._asdict() for rule in trial.coverage],
        "probed": probed,
    }


def _case_document(outcome: CaseResult) -> dict[str, Any]:
    case = outcome.case
    return {
        "name": case.name,
        "file": json_text(case.file),
        "line": case.line,
        "column": case.column,
        "passed": outcome.passed,
        "failures": list(outcome.failures),
        "outcomes": {rule: found.value for rule, found in outcome.outcomes},
    }
