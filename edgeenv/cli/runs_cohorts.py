"""``edgeenv runs cohorts`` and ``edgeenv runs like``: which runs may be compared with which."""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from edgeenv.cli.cohort_text import (
    cohort_lines,
    cohorts_document,
    neighbour_lines,
    neighbours_document,
    show_unread,
)
from edgeenv.cli.output import clean, json_option, json_result, result, show_notices
from edgeenv.cli.root import root_option
from edgeenv.cli.run_filters import filter_options
from edgeenv.cli.run_reference import run_argument
from edgeenv.cli.tally import Tally
from edgeenv.cli.today import today
from edgeenv.cohorts.grouping import Extent, find_cohorts
from edgeenv.cohorts.neighbours import find_neighbours
from edgeenv.errors import EdgeEnvError
from edgeenv.policy.document import load_policy
from edgeenv.registry.registry import Registry
from edgeenv.registry.rows import RunQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from edgeenv.policy.rules import Policy

_COHORTS = 50
_NAMES = 5
_NEIGHBOURS = 20
_PAGE = 1000
_MOST = 1_000_000_000


def _policy_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--policy",
        "reference",
        metavar="NAME|FILE",
        default="default",
        show_default=True,
        help="What must hold.",
    )(command)


def _extent_options(limit_help: str, all_help: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def give(command: Callable[..., Any]) -> Callable[..., Any]:
        everything = click.option("--all", "everything", is_flag=True, help=all_help)(command)
        limit = click.option("--limit", metavar="N", type=click.IntRange(min=1, max=_MOST), help=limit_help)
        return limit(everything)

    return give


@click.command(name="cohorts")
@_policy_option
@click.option("--wide", is_flag=True, help="Leave the conditional rules out: Yes or Conditional.")
@click.option("--against", metavar="RUN", help="Judge every run against this one, for any policy.")
@_extent_options(
    f"At most so many cohorts.  [default: {_COHORTS}]",
    f"All cohorts, and every run by name, not the newest {_NAMES} of each.",
)
@filter_options
@root_option
@json_option
def list_cohorts(  # noqa: PLR0913 - one argument for each option of the command
    *,
    reference: str,
    wide: bool,
    against: str | None,
    limit: int | None,
    everything: bool,
    root: Path,
    as_json: bool,
    **filters: Any,
) -> None:
    """Group runs that may be compared with each other.

    The greatest cohort comes first. A policy with a tolerance, or with missing: ignore, makes no groups: it
    says why, and --against judges every run against one.
    """
    _must_agree(limit, everything=everything)
    if against is not None and wide:
        raise click.UsageError("--wide makes groups, and --against makes none")
    policy, registry, query = load_policy(reference), Registry(root), RunQuery(**filters)
    if against is not None:
        most = None if everything else limit or _NEIGHBOURS
        _show_neighbours(policy, registry, against, query, most, as_json=as_json)
        return
    extent = Extent(None, None) if everything else Extent(limit or _COHORTS, _NAMES)
    with Tally("runs read") as tally, _way_out(reference):
        found = find_cohorts(policy, registry, query, extent, wide=wide, watch=tally)
    show_notices(registry.notices)
    show_unread(found.unread)
    if as_json:
        json_result("edgeenv.runs-cohorts.v1", cohorts_document(policy.identity, found, wide=wide))
        return
    _print(cohort_lines(policy.identity, found))


@contextmanager
def _way_out(reference: str) -> Iterator[None]:
    """Say of a policy that makes no groups what can be typed in their place."""
    try:
        yield
    except EdgeEnvError as error:
        if error.code != "no-cohorts":
            raise
        command = f"edgeenv runs cohorts --policy {shlex.quote(reference)} --against latest"
        raise EdgeEnvError(
            error.message, f"judge every run against one: {command}", code=error.code
        ) from error


@click.command(name="like")
@run_argument("against", "RUN")
@_policy_option
@_extent_options(f"Name at most so many runs of each verdict.  [default: {_NEIGHBOURS}]", "Name every run.")
@filter_options
@root_option
@json_option
def list_like(  # noqa: PLR0913 - one argument for each option of the command
    *,
    against: str,
    reference: str,
    limit: int | None,
    everything: bool,
    root: Path,
    as_json: bool,
    **filters: Any,
) -> None:
    """List what a run may be compared with.

    For every other run that the filters leave it says the verdict and the first thing in the way.
    """
    _must_agree(limit, everything=everything)
    most = None if everything else limit or _NEIGHBOURS
    policy, query = load_policy(reference), RunQuery(**filters)
    _show_neighbours(policy, Registry(root), against, query, most, as_json=as_json)


def _must_agree(limit: int | None, *, everything: bool) -> None:
    if everything and limit is not None:
        raise click.UsageError("--all and --limit contradict each other")


def _show_neighbours(  # noqa: PLR0913 - as above
    policy: Policy,
    registry: Registry,
    reference: str,
    query: RunQuery,
    limit: int | None,
    *,
    as_json: bool,
) -> None:
    """Judge every run against one, as the candidate."""
    with Tally("runs read") as tally:
        found = find_neighbours(policy, registry, reference, query, limit, today=today(), watch=tally)
    show_notices(registry.notices)
    show_unread(found.unread)
    if as_json:
        json_result("edgeenv.runs-like.v1", neighbours_document(policy.identity, found))
        return
    _print(neighbour_lines(policy.identity, found))


def _print(lines: Iterator[str]) -> None:
    """Many lines at a time: there may be a million, and each call of the terminal costs."""
    while page := list(islice(lines, _PAGE)):
        result("\n".join(clean(line) for line in page))
