"""Files against their contracts: what the validating commands and `bench run` share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from edgeenv import documents, schema
from edgeenv.cli.output import clean, json_result, json_text, message, problem_document, result, show_problems
from edgeenv.documents import NOT_READABLE
from edgeenv.errors import EdgeEnvError, ExitStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from edgeenv.documents import Document
    from edgeenv.errors import Problem


class Contract(NamedTuple):
    """One kind of file that people write.

    Attributes:
        schema: the name of its schema; empty where each document names its own.
        noun: what it is called in messages, such as ``target profile``.
        name_member: the member that names a valid one.
        hint: what to check when one does not hold.
        further: checks beside the schema.
    """

    schema: str
    noun: str
    name_member: str
    hint: str
    further: Callable[[Document], tuple[Problem, ...]] | None = None


TARGET_PROFILE = Contract(
    "target-profile",
    "target profile",
    "target_name",
    "Check that it is valid YAML with target_name, target_type, board_name, os and, if wanted, runtime_tags; "
    "v1 target_type values are fake and local",
)
BENCHMARK_CONFIG = Contract(
    "bench-config",
    "benchmark config",
    "name",
    "Check required benchmark YAML fields; for local runs also command, timeout_seconds, working_directory "
    "and uppercase extra_env keys",
    schema.check_command,
)


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """One file and what is wrong with it.

    Attributes:
        name: what a valid file calls itself.
        document: the file's content; None unless it is valid.
        schema: the contract that it was held against; None where none could be.
        error: what is wrong in one sentence; empty for a valid file.
        problems: every single problem of it.
        status: 0 valid, 3 invalid, 1 could not be read.
    """

    file: str
    name: str | None = None
    document: Document | None = None
    error: str = ""
    problems: tuple[Problem, ...] = ()
    status: ExitStatus = ExitStatus.DONE
    schema: str | None = None


def check_file(contract: Contract, file: str, *, further: bool = False) -> CheckedFile:
    """Read one file and check it against its contract; ``further`` adds the checks beside the schema."""
    try:
        document = documents.load(file)
    except EdgeEnvError as error:
        status = ExitStatus.COULD_NOT if error.code in NOT_READABLE else ExitStatus.REQUIREMENT_FAILED
        told = _reading_error(contract, file, error)
        return CheckedFile(file, error=told, problems=error.problems, status=status, schema=contract.schema)
    problems = schema.check(contract.schema, document)
    if further and contract.further is not None:
        problems = tuple(sorted((*problems, *contract.further(document)), key=_place))
    if problems:
        return CheckedFile(
            file,
            error=f"Invalid {contract.noun} {file}: {_count(problems)}",
            problems=problems,
            status=ExitStatus.REQUIREMENT_FAILED,
            schema=contract.schema,
        )
    name = str(document.data.get(contract.name_member, file))
    return CheckedFile(file, name, document, schema=contract.schema)


def show_failure(contract: Contract, checked: CheckedFile) -> None:
    """Say on stderr what is wrong with a file."""
    message(f"Error: {clean(checked.error)}")
    if checked.status is ExitStatus.REQUIREMENT_FAILED:
        show_problems(checked.problems)
    message(f"Hint: {_hint(contract, checked)}")


def overall_status(files: Iterable[CheckedFile]) -> ExitStatus:
    """The exit status for several files: 1 if one could not be read, else 3 if one does not hold."""
    statuses = {checked.status for checked in files}
    for status in (ExitStatus.COULD_NOT, ExitStatus.REQUIREMENT_FAILED):
        if status in statuses:
            return status
    return ExitStatus.DONE


def report_files(
    contract: Contract,
    files: tuple[str, ...],
    warn: Callable[[Document], tuple[Problem, ...]] = lambda _document: (),
    *,
    as_json: bool,
) -> ExitStatus:
    """Check files and print the outcome of each: valid ones on stdout, problems and warnings on stderr.

    Args:
        contract: what the files should hold to.
        files: the files as the user named them.
        warn: what else to look at in a valid file; never makes it invalid.
        as_json: print one JSON document in place of all the text.
    """
    outcomes = []
    for file in files:
        checked = check_file(contract, file, further=True)
        warnings = () if checked.document is None else warn(checked.document)
        outcomes.append((checked, warnings))
        if not as_json:
            show_outcome(contract, checked, warnings)
    if as_json:
        show_document(contract.schema, outcomes)
    return overall_status(checked for checked, _ in outcomes)


def show_outcome(contract: Contract, checked: CheckedFile, warnings: tuple[Problem, ...] = ()) -> None:
    """Say how one file came out: a valid one on stdout, all else on stderr."""
    if checked.document is None:
        show_failure(contract, checked)
        return
    result(f"Valid {contract.noun}: {clean(checked.name)}")
    for warning in warnings:
        message(f"Warning: {clean(warning.render())}")


def show_document(name: str | None, outcomes: Iterable[tuple[CheckedFile, tuple[Problem, ...]]]) -> None:
    """The outcomes of all files as one JSON document; ``name`` is the contract that was asked for."""
    members = [file_document(*outcome) for outcome in outcomes]
    json_result("edgeenv.validation.v1", {"schema": name, "files": members})


def _reading_error(contract: Contract, file: str, error: EdgeEnvError) -> str:
    noun = contract.noun
    if error.code == "not-found":
        return f"{noun.capitalize()} not found: {file}"
    if error.code == "not-a-mapping":
        return f"{noun.capitalize()} must be a YAML mapping: {file}"
    if error.code in NOT_READABLE:
        reason = error.problems[0].message if error.problems else error.message
        return f"{noun.capitalize()} cannot be read: {file}: {reason}"
    language = "JSON" if file.lower().endswith(".json") else "YAML"
    first = error.problems[0] if error.problems else None
    place = "" if first is None or first.line is None else f" at line {first.line}, column {first.column}"
    return f"Invalid {language} in {noun} {file}{place}: {first.message if first else error.message}"


def _hint(contract: Contract, checked: CheckedFile) -> str:
    if checked.status is ExitStatus.COULD_NOT:
        return "check the path and its permissions"
    if not contract.schema:
        return contract.hint
    return f"{contract.hint}; see: edgeenv schema show {contract.schema}"


def _place(problem: Problem) -> tuple[int, int]:
    return problem.line or 0, problem.column or 0


def _count(problems: tuple[Problem, ...]) -> str:
    return "1 problem" if len(problems) == 1 else f"{len(problems)} problems"


def file_document(checked: CheckedFile, warnings: tuple[Problem, ...]) -> dict[str, Any]:
    """The outcome for one file as JSON."""
    return {
        "file": json_text(checked.file),
        "schema": checked.schema or None,
        "valid": checked.document is not None,
        "name": checked.name,
        "error": json_text(checked.error) if checked.error else None,
        "problems": [problem_document(problem) for problem in checked.problems],
        "warnings": [problem_document(warning) for warning in warnings],
    }
