"""``edgeenv runs resources list``: resource metrics over all runs, from the index."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from edgeenv.cli.output import clean, json_option, json_result, result, show_notices
from edgeenv.cli.root import root_option
from edgeenv.errors import EdgeEnvError
from edgeenv.registry.registry import Registry
from edgeenv.registry.resources import UNITS, ResourceQuery

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edgeenv.registry.resources import ResourceRow

NOTE = (
    "Resource metrics are supplemental lookup evidence; they do not affect comparability, and nothing is "
    "ranked by them."
)


@click.command(name="list")
@root_option
@click.option("--metric", metavar="NAME", help=f"Only this metric: {', '.join(UNITS)}.")
@click.option("--source", metavar="TEXT", help="Only what this source has measured.")
@click.option("--min-value", metavar="NUMBER", type=float, help="Only this value or more; needs --metric.")
@click.option("--max-value", metavar="NUMBER", type=float, help="Only this value or less; needs --metric.")
@json_option
def list_resources(  # noqa: PLR0913 - one argument for each option of the command
    *,
    root: Path,
    metric: str | None,
    source: str | None,
    min_value: float | None,
    max_value: float | None,
    as_json: bool,
) -> None:
    """List resource metrics of recorded runs.

    The newest run comes first. Bounds are in the unit of the metric and include their value.
    """
    query = ResourceQuery(metric, source, min_value, max_value)
    _must_be_answerable(query)
    registry = Registry(root)
    rows = registry.resources(query)
    show_notices(registry.notices)
    if as_json:
        json_result("edgeenv.resources-list.v1", _document(query, rows))
        return
    _show(rows)


def _must_be_answerable(query: ResourceQuery) -> None:
    if query.metric is not None and query.metric not in UNITS:
        raise EdgeEnvError(
            f"Unsupported resource metric: {query.metric}. Valid: {', '.join(UNITS)}",
            "see: edgeenv runs resources list",
            code="unknown-resource-metric",
        )
    bounds = {"--min-value": query.min_value, "--max-value": query.max_value}
    for option, bound in bounds.items():
        if bound is not None and query.metric is None:
            raise click.UsageError(f"{option} needs --metric: metrics have different units")
        if bound is not None and not math.isfinite(bound):
            raise click.UsageError(f"{option}: found {bound}, expected a finite number")


def _show(rows: Sequence[ResourceRow]) -> None:
    result("EdgeEnv Resource Metrics")
    result(NOTE)
    result(f"Results: {len(rows)}")
    if not rows:
        result("No indexed resource metrics found.")
        return
    counted = (f"{clean(source or 'unspecified')} ({count})" for source, count in _sources(rows))
    result(f"Sources: {', '.join(counted)}")
    for row in rows:
        result(f"- Run ID: {clean(row.run_id)}")
        result(f"  Metric: {row.metric_name}={row.metric_value!r} {row.unit}")
        result(f"  Source: {clean(row.source or '')}".rstrip())


def _document(query: ResourceQuery, rows: Sequence[ResourceRow]) -> dict[str, Any]:
    return {
        "count": len(rows),
        "filters": query._asdict(),
        "note": NOTE,
        "results": [
            {**row._asdict(), "created_at": f"{row.created_at.removesuffix('Z')}+00:00"} for row in rows
        ],
        "sources": [{"source": source, "count": count} for source, count in _sources(rows)],
    }


def _sources(rows: Sequence[ResourceRow]) -> list[tuple[str | None, int]]:
    return sorted(Counter(row.source for row in rows).items(), key=lambda pair: pair[0] or "")
