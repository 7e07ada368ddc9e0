"""``edgeenv runs cohorts`` and ``edgeenv runs like``: which runs may be compared with which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import click

from edgeenv.cli.output import clean, json_option, json_result, json_text, message, result, show_notices
from edgeenv.cli.policy_text import wrapped
from edgeenv.cli.root import root_option
from edgeenv.cli.run_filters import filter_options
from edgeenv.cli.run_reference import run_argument
from edgeenv.cli.tally import Tally
from edgeenv.errors import EdgeEnvError
from edgeenv.model.judgement import Verdict
from edgeenv.policy.cohort import Profiler, why_no_cohorts
from edgeenv.policy.document import load_policy
from edgeenv.policy.judge import judge
from edgeenv.registry.registry import Registry
from edgeenv.registry.rows import RunQuery, RunRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from edgeenv.model.facts import Facts
    from edgeenv.model.judgement import Judgement, PolicyIdentity
    from edgeenv.policy.rules import Policy

_SHORT_DIGEST = len("sha256:") + 12
_SHOWN = 5


class _Cohort(NamedTuple):
    """Runs that are mutually comparable, newest first; ``key`` is None for those that compare with none."""

    key: str | None
    rows: tuple[RunRow, ...]


class _Neighbour(NamedTuple):
    """Another run, and what a judge says of it as the candidate."""

    row: RunRow
    judgement: Judgement

    @property
    def obstacle(self) -> str | None:
        """The first thing that stands between the runs; None for comparable ones."""
        failing = (rule for rule in self.judgement.rules if rule.outcome.value in ("different", "missing"))
        sentences = [rule.reason for rule in failing if rule.reason in self.judgement.reasons]
        sentences += [line for line in self.judgement.reasons if line.startswith("Missing evidence")]
        return None if self.judgement.verdict is Verdict.COMPARABLE else next(iter(sentences), None)


def _policy_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--policy",
        "reference",
        metavar="NAME|FILE",
        default="default",
        show_default=True,
        help="What must hold.",
    )(command)


@click.command(name="cohorts")
@_policy_option
@click.option("--wide", is_flag=True, help="Leave the conditional rules out: Yes or Conditional.")
@click.option("--against", metavar="RUN", help="Judge every run against this one, for any policy.")
@click.option("--all", "everything", is_flag=True, help=f"Name every run, not {_SHOWN} of each cohort.")
@filter_options
@root_option
@json_option
def list_cohorts(  # noqa: PLR0913 - one argument for each option of the command
    *,
    reference: str,
    wide: bool,
    against: str | None,
    everything: bool,
    root: Path,
    as_json: bool,
    **filters: Any,
) -> None:
    """Group runs that may be compared with each other.

    A policy with a tolerance, or with missing: ignore, makes no groups: it says why, and --against judges
    every run against one.
    """
    policy, registry = load_policy(reference), Registry(root)
    if against is not None:
        _show_neighbours(policy, registry, against, RunQuery(**filters), as_json=as_json)
        return
    why = why_no_cohorts(policy, wide=wide)
    if why is not None:
        raise EdgeEnvError(
            f"runs do not fall into groups under {policy.identity.name}: {why}",
            "judge every run against one: edgeenv runs cohorts --against RUN",
            code="no-cohorts",
        )
    cohorts = _cohorts(policy, registry, RunQuery(**filters), wide=wide)
    show_notices(registry.notices)
    if as_json:
        json_result("edgeenv.runs-cohorts.v1", _cohorts_document(policy.identity, cohorts, wide=wide))
        return
    for line in _cohort_lines(policy.identity, cohorts, None if everything else _SHOWN):
        result(clean(line))


@click.command(name="like")
@run_argument("against", "RUN")
@_policy_option
@filter_options
@root_option
@json_option
def list_like(*, against: str, reference: str, root: Path, as_json: bool, **filters: Any) -> None:
    """List what a run may be compared with.

    For every other run that the filters leave it says the verdict and the first thing in the way.
    """
    registry = Registry(root)
    _show_neighbours(load_policy(reference), registry, against, RunQuery(**filters), as_json=as_json)


def _facts(registry: Registry, query: RunQuery) -> Iterator[tuple[RunRow, Facts]]:
    """The evidence of the runs that are wanted, newest first; what cannot be read is told and left out."""
    rows = registry.runs(query)
    with Tally("runs read") as tally:
        for number, row in enumerate(rows):
            tally(number, len(rows))
            try:
                facts = registry.run(row.run_id).facts
            except EdgeEnvError as error:
                message(f"Left out: {clean(error.message)}")
                continue
            yield row, facts


def _cohorts(policy: Policy, registry: Registry, query: RunQuery, *, wide: bool) -> tuple[_Cohort, ...]:
    """The greatest first; runs that are comparable with none come last."""
    profiler = Profiler(policy)
    groups: dict[str | None, list[RunRow]] = {}
    for row, facts in _facts(registry, query):
        groups.setdefault(profiler.key(facts, wide=wide), []).append(row)
    cohorts = [_Cohort(key, tuple(rows)) for key, rows in groups.items()]
    return tuple(sorted(cohorts, key=lambda cohort: (cohort.key is None, -len(cohort.rows))))


def _cohort_lines(identity: PolicyIdentity, cohorts: tuple[_Cohort, ...], limit: int | None) -> Iterator[str]:
    yield f"Policy: {_name(identity)}"
    runs = sum(len(cohort.rows) for cohort in cohorts)
    yield f"Runs: {runs}; cohorts: {sum(1 for cohort in cohorts if cohort.key is not None)}"
    for number, cohort in enumerate(cohorts, 1):
        yield ""
        if cohort.key is None:
            yield f"Comparable with no run, for want of evidence: {len(cohort.rows)}"
        else:
            yield from wrapped(
                f"Cohort {number}, {_counted(len(cohort.rows))}, newest: {_words(cohort.rows[0])}", "    "
            )
        for row in cohort.rows[:limit]:
            yield f"- {row.run_id}"
        if limit is not None and len(cohort.rows) > limit:
            yield f"  and {len(cohort.rows) - limit} more: --all names them"


def _show_neighbours(
    policy: Policy, registry: Registry, reference: str, query: RunQuery, *, as_json: bool
) -> None:
    """Judge every run against one, as the candidate."""
    stored = registry.run(reference)
    run_id = str(stored.document["run_id"])
    found = [
        _Neighbour(row, judge(policy, stored.facts, facts))
        for row, facts in _facts(registry, query)
        if row.run_id != run_id
    ]
    show_notices(registry.notices)
    if as_json:
        json_result("edgeenv.runs-like.v1", _neighbours_document(policy.identity, run_id, found))
        return
    for line in _neighbour_lines(policy.identity, run_id, found):
        result(clean(line))


def _neighbour_lines(identity: PolicyIdentity, run_id: str, found: list[_Neighbour]) -> Iterator[str]:
    yield f"Policy: {_name(identity)}"
    yield f"Baseline: {run_id}"
    if not found:
        yield "There is no other run"
    for verdict in Verdict:
        those = [neighbour for neighbour in found if neighbour.judgement.verdict is verdict]
        if those:
            yield ""
            yield f"{verdict.display}: {_counted(len(those))}"
        for neighbour in those:
            obstacle = neighbour.obstacle
            yield from wrapped(
                f"- {neighbour.row.run_id}" + ("" if obstacle is None else f": {obstacle}"), "    "
            )


def _name(identity: PolicyIdentity) -> str:
    return f"{identity.name} {identity.version} ({identity.digest[:_SHORT_DIGEST]})"


def _counted(runs: int) -> str:
    return "1 run" if runs == 1 else f"{runs} runs"


def _words(row: RunRow) -> str:
    return (
        f"{row.model_name} {row.model_version}, {row.precision}, batch {row.batch_size}, "
        f"{row.runtime} {row.execution_provider}, {row.target_name}"
    )


def _ids(rows: Iterable[RunRow]) -> list[str]:
    return [json_text(row.run_id) for row in rows]


def _cohorts_document(
    identity: PolicyIdentity, cohorts: tuple[_Cohort, ...], *, wide: bool
) -> dict[str, Any]:
    return {
        "policy": {"name": identity.name, "version": identity.version, "digest": identity.digest},
        "wide": wide,
        "cohorts": [{"key": cohort.key, "runs": _ids(cohort.rows)} for cohort in cohorts if cohort.key],
        "without": [run for cohort in cohorts if cohort.key is None for run in _ids(cohort.rows)],
    }


def _neighbours_document(identity: PolicyIdentity, run_id: str, found: list[_Neighbour]) -> dict[str, Any]:
    return {
        "policy": {"name": identity.name, "version": identity.version, "digest": identity.digest},
        "baseline": run_id,
        "runs": [
            {
                "run_id": neighbour.row.run_id,
                "verdict": neighbour.judgement.verdict.value,
                "mode": neighbour.judgement.mode,
                "obstacle": neighbour.obstacle,
            }
            for neighbour in found
        ],
    }
