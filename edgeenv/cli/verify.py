"""``edgeenv runs verify`` and ``edgeenv failed-runs verify``: is the evidence what it was?"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from edgeenv.cli.inspection_text import Findings, finding_lines, findings_document
from edgeenv.cli.output import json_option, json_result, json_text, result
from edgeenv.cli.root import root_option
from edgeenv.cli.tally import Tally
from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.files import Kind, is_run_id
from edgeenv.registry import failures
from edgeenv.registry.inspection import Inspection
from edgeenv.registry.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_PASSED = "verified"


def _verify_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        json_option,
        click.option("--all", "everything", is_flag=True, help="All of them, as without RUN."),
        root_option,
        click.argument("references", metavar="[RUN]...", nargs=-1),
    ):
        command = option(command)
    return command


@click.command(name="verify")
@_verify_options
def verify_runs(*, references: tuple[str, ...], root: Path, everything: bool, as_json: bool) -> int:
    """Prove that runs are what they were.

    Reads every file of each RUN, compares it with the manifest, holds the documents against their schemas
    and against each other, and compares the index with the evidence. Without RUN: all runs, all failed runs,
    and what lies around them. Nothing is written or mended.

    Exit status: 0 when all is proven, 3 when anything is wrong, 5 when nothing is wrong but a run was
    recorded without a manifest, so that nothing can be proven.
    """
    return _verify(references, root, tuple(Kind), everything=everything, as_json=as_json)


@click.command(name="verify")
@_verify_options
def verify_failed_runs(*, references: tuple[str, ...], root: Path, everything: bool, as_json: bool) -> int:
    """Prove that failed runs are what they were.

    The same as edgeenv runs verify, for failed runs alone.
    """
    return _verify(references, root, (Kind.FAILED_RUN,), everything=everything, as_json=as_json)


def _verify(
    references: Sequence[str], root: Path, kinds: tuple[Kind, ...], *, everything: bool, as_json: bool
) -> int:
    if everything and references:
        raise click.UsageError("give runs or --all, not both")
    registry = Registry(root, mend=False)
    must_exist(registry)
    wanted = [_named(registry, reference, kinds) for reference in references]
    with Inspection(root, thorough=True) as inspection, Tally("runs verified") as tally:
        if wanted:
            reports = tuple(inspection.run(run_id, kind) for run_id, kind in wanted)
            around = inspection.index_defects() if (Kind.RUN in {kind for _, kind in wanted}) else ()
        else:
            reports = tuple(inspection.runs(kinds, tally))
            around = inspection.surroundings() if Kind.RUN in kinds else ()
    findings = Findings(_PASSED, reports, around)
    if as_json:
        json_result("edgeenv.runs-verify.v1", {"root": json_text(root), **findings_document(findings)})
    else:
        for line in finding_lines(findings, name_all=bool(wanted)):
            result(line)
    return findings.status()


def must_exist(registry: Registry) -> None:
    """Refuse to say anything good about a root that is not there.

    Raises:
        EdgeEnvError: there is no root (code ``root-missing``), or it is no directory.
    """
    if not registry.open():
        raise EdgeEnvError(
            f"no such root: {registry.root}",
            "choose the root with --edgeenv-root or EDGEENV_ROOT",
            code="root-missing",
        )


def _named(registry: Registry, reference: str, kinds: tuple[Kind, ...]) -> tuple[str, Kind]:
    is_failed = is_run_id(reference) and os.path.lexists(registry.failed_run_directory(reference))
    if Kind.RUN in kinds:
        there = is_run_id(reference) and os.path.lexists(registry.run_directory(reference))
        if there or not is_failed:
            return (reference if there else registry.resolve(reference)), Kind.RUN
    if is_failed:
        return reference, Kind.FAILED_RUN
    return failures.resolve_failed(registry.root, reference), Kind.FAILED_RUN
