"""Cohorts and neighbours of runs, as text for people and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edgeenv.cli.output import clean, json_text, message
from edgeenv.cli.policy_text import wrapped
from edgeenv.model.judgement import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from edgeenv.cohorts.grouping import Cohort, Cohorts
    from edgeenv.cohorts.neighbours import Neighbours
    from edgeenv.model.judgement import PolicyIdentity
    from edgeenv.registry.alike import Unread
    from edgeenv.registry.rows import RunRow

_SHORT_DIGEST = len("sha256:") + 12
_TOLD = 10
_INDENT = "    "


def show_unread(unread: Sequence[Unread]) -> None:
    """Tell, on stderr, which runs were left out and why; of many the first few."""
    for run in unread[:_TOLD]:
        message(f"Left out: {clean(run.error.message)}")
    if len(unread) > _TOLD:
        message(f"Left out: {len(unread) - _TOLD} more; edgeenv runs verify names them")


def cohort_lines(identity: PolicyIdentity, found: Cohorts) -> Iterator[str]:
    """The cohorts with the runs that are named, the greatest first."""
    yield f"Policy: {_name(identity)}"
    yield f"Runs: {found.runs}; cohorts: {found.total}"
    for number, cohort in enumerate(found.cohorts, 1):
        yield ""
        head = f"Cohort {number}, {_counted(cohort.runs)}, newest: {_words(cohort.newest)}"
        yield from wrapped(head, _INDENT)
        yield from _named_lines(cohort, found.gone)
    if found.total > len(found.cohorts):
        yield ""
        yield f"{len(found.cohorts)} of {found.total} cohorts; --all lists every one"
    if found.without is not None:
        yield ""
        yield f"Comparable with no run, for want of evidence: {found.without.runs}"
        yield from _named_lines(found.without, found.gone)


def _named_lines(cohort: Cohort, gone: frozenset[str]) -> Iterator[str]:
    for run_id in cohort.named:
        yield f"- {run_id}" + (" (directory is missing)" if run_id in gone else "")
    if cohort.runs > len(cohort.named):
        yield f"  and {cohort.runs - len(cohort.named)} more: --all names them"


def cohorts_document(identity: PolicyIdentity, found: Cohorts, *, wide: bool) -> dict[str, Any]:
    """The members of the JSON document; ``count`` is of all runs, ``runs`` names those that are told."""
    return {
        "policy": _identity(identity),
        "wide": wide,
        "runs": found.runs,
        "total": found.total,
        "cohorts": [
            {"key": cohort.key, "count": cohort.runs, "runs": list(cohort.named)} for cohort in found.cohorts
        ],
        "without": {
            "count": 0 if found.without is None else found.without.runs,
            "runs": [] if found.without is None else list(found.without.named),
        },
        "left_out": _left_out(found.unread),
    }


def neighbour_lines(identity: PolicyIdentity, found: Neighbours) -> Iterator[str]:
    """The other runs by verdict, each with what stands in the way."""
    yield f"Policy: {_name(identity)}"
    yield f"Baseline: {found.baseline}"
    if not found.runs:
        yield "There is no other run"
    for verdict in Verdict:
        count = found.count(verdict)
        if not count:
            continue
        yield ""
        yield f"{verdict.display}: {_counted(count)}"
        named = [each for each in found.named if each.standing.verdict is verdict]
        for neighbour in named:
            obstacle = neighbour.standing.obstacle
            yield from wrapped(
                f"- {neighbour.run_id}" + ("" if obstacle is None else f": {obstacle}"), _INDENT
            )
        if count > len(named):
            yield f"  and {count - len(named)} more: --all names them"
            yield from _obstacle_lines(found, verdict)


def _obstacle_lines(found: Neighbours, verdict: Verdict) -> Iterator[str]:
    """How often each thing stands in the way, where not every run is named."""
    obstacles: dict[str, int] = {}
    for standing, runs in found.runs:
        if standing.verdict is verdict and standing.obstacle is not None:
            obstacles[standing.obstacle] = obstacles.get(standing.obstacle, 0) + runs
    if obstacles:
        yield "  In the way:"
    for obstacle, runs in sorted(obstacles.items(), key=lambda item: (-item[1], item[0])):
        yield from wrapped(f"  - {obstacle}: {_counted(runs)}", _INDENT)


def neighbours_document(identity: PolicyIdentity, found: Neighbours) -> dict[str, Any]:
    """The members of the JSON document; ``count`` is of all runs, ``runs`` names those that are told."""
    return {
        "policy": _identity(identity),
        "baseline": found.baseline,
        "count": sum(runs for _, runs in found.runs),
        "standings": [
            {
                "verdict": standing.verdict.value,
                "mode": standing.mode,
                "obstacle": standing.obstacle,
                "count": runs,
            }
            for standing, runs in found.runs
        ],
        "runs": [
            {
                "run_id": neighbour.run_id,
                "verdict": neighbour.standing.verdict.value,
                "mode": neighbour.standing.mode,
                "obstacle": neighbour.standing.obstacle,
            }
            for neighbour in found.named
        ],
        "left_out": _left_out(found.unread),
    }


def _identity(identity: PolicyIdentity) -> dict[str, str]:
    return {"name": identity.name, "version": identity.version, "digest": identity.digest}


def _left_out(unread: Sequence[Unread]) -> list[str]:
    return [json_text(run.run_id) for run in unread]


def _name(identity: PolicyIdentity) -> str:
    return f"{identity.name} {identity.version} ({identity.digest[:_SHORT_DIGEST]})"


def _counted(runs: int) -> str:
    return "1 run" if runs == 1 else f"{runs} runs"


def _words(row: RunRow) -> str:
    return (
        f"{row.model_name} {row.model_version}, {row.precision}, batch {row.batch_size}, "
        f"{row.runtime} {row.execution_provider}, {row.target_name}"
    )
