"""``edgeenv policy check``: everything that can be wrong with a policy, at its line."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import click

from edgeenv.cli.checking import CheckedFile, overall_status, show_document
from edgeenv.cli.output import clean, json_option, message, result, show_problems, untold
from edgeenv.cli.today import today
from edgeenv.documents import NOT_READABLE
from edgeenv.errors import EdgeEnvError, ExitStatus
from edgeenv.policy.document import inspect

if TYPE_CHECKING:
    from edgeenv.errors import Problem


class _Checked(NamedTuple):
    """One policy, what is wrong with it, and what is merely odd."""

    outcome: CheckedFile
    warnings: tuple[Problem, ...] = ()
    hint: str | None = None


@click.command(name="check")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@json_option
def check_policies(*, files: tuple[str, ...], as_json: bool) -> int:
    """Check policy files.

    A policy is checked as it is in the end, with all its ancestors: its schema, every path of every rule
    against what a result holds, modes, aliases, guards and sentences. Exit status: 0 all hold, warnings or
    not, 3 one does not, 1 one could not be read.
    """
    checked = [_check(file) for file in files]
    if as_json:
        show_document("policy", [(one.outcome, one.warnings) for one in checked])
    else:
        for one in checked:
            _show(one)
    return overall_status(one.outcome for one in checked)


def _check(file: str) -> _Checked:
    try:
        inspected = inspect(file, today=today())
    except EdgeEnvError as error:
        status = (
            ExitStatus.REQUIREMENT_FAILED
            if error.problems and error.code not in NOT_READABLE
            else ExitStatus.COULD_NOT
        )
        problems = _in_order(error.problems)
        told = status is ExitStatus.REQUIREMENT_FAILED and error.hint in {
            problem.hint for problem in problems
        }
        hint = None if told else error.hint
        return _Checked(_checked(file, error.message, problems, status), hint=hint)
    warnings = _in_order(inspected.warnings)
    if inspected.problems:
        problems = _in_order(inspected.problems)
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        message_ = f"invalid policy {file}: {count}"
        status = ExitStatus.REQUIREMENT_FAILED
        return _Checked(_checked(file, message_, problems, status), warnings)
    identity = inspected.document["identity"]
    name = f"{identity['name']} {identity['version']}"
    return _Checked(CheckedFile(file, name, inspected.written, schema="policy"), warnings)


def _checked(file: str, error: str, problems: tuple[Problem, ...], status: ExitStatus) -> CheckedFile:
    return CheckedFile(file, error=error, problems=problems, status=status, schema="policy")


def _show(checked: _Checked) -> None:
    outcome = checked.outcome
    if outcome.status is ExitStatus.DONE:
        result(f"Valid policy: {clean(outcome.name)}")
    else:
        message(f"Error: {clean(outcome.error)}")
        shown = untold(outcome.error, outcome.problems)
        show_problems(shown if outcome.status is ExitStatus.REQUIREMENT_FAILED else ())
        if outcome.problems and not shown and not checked.hint:
            checked = checked._replace(hint=outcome.problems[0].hint)
    for warning in checked.warnings:
        message(f"Warning: {clean(warning.render())}")
        if warning.hint:
            message(f"  Hint: {clean(warning.hint)}")
    if checked.hint:
        message(f"Hint: {clean(checked.hint)}")


def _in_order(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.file, problem.line or 0, problem.column or 0)))
