"""``edgeenv runs list`` and ``edgeenv runs show``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from edgeenv.cli.output import clean, json_option, json_result, json_text, message, result, show_notices
from edgeenv.cli.root import root_option
from edgeenv.cli.run_reference import run_argument
from edgeenv.cli.runs_text import listing_lines, run_lines
from edgeenv.registry.registry import Registry
from edgeenv.registry.rows import SYNTHETIC_TARGET_TYPE, RunQuery

if TYPE_CHECKING:
    from pathlib import Path

    from edgeenv.evidence.store import StoredRun
    from edgeenv.registry.rows import RunRow

_LIMIT = 50


class _Moment(click.ParamType[datetime]):
    """A date or a time in ISO 8601; without an offset it is taken as UTC."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read the option's text."""
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(
                f"found {value!r}, expected a time such as 2026-05-07 or 2026-05-07T21:00Z",
                param,
                ctx,
            )
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.command(name="list")
@root_option
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(min=1),
    default=_LIMIT,
    show_default=True,
    help="At most so many.",
)
@click.option("--all", "everything", is_flag=True, help="All of them.")
@click.option("--model", metavar="NAME", help="Only runs of this model.")
@click.option("--runtime", metavar="NAME", help="Only runs on this runtime.")
@click.option("--provider", metavar="NAME", help="Only runs on this execution provider.")
@click.option("--target", metavar="NAME", help="Only runs on this target.")
@click.option("--benchmark", metavar="NAME", help="Only runs of this benchmark.")
@click.option("--since", metavar="TIME", type=_Moment(), help="Only runs recorded then or later (UTC).")
@click.option("--synthetic/--real", default=None, help="Only made-up, or only measured numbers.")
@json_option
def list_runs(*, root: Path, limit: int, everything: bool, as_json: bool, **filters: Any) -> None:
    """List recorded runs, newest first."""
    registry = Registry(root)
    rows = registry.runs(RunQuery(**filters, limit=None if everything else limit))
    # Counting is worth its time only where the listing may be cut.
    total = registry.count(RunQuery(**filters)) if len(rows) == limit and not everything else len(rows)
    show_notices(registry.notices)
    if as_json:
        members = {"total": total, "runs": [_row_document(row) for row in rows]}
        json_result("edgeenv.runs-list.v1", members)
        return
    if not rows:
        filtered = any(value is not None for value in filters.values())
        _say_empty(root, filtered=filtered)
        return
    for line in listing_lines(rows):
        result(line)
    if total > len(rows):
        message(f"{len(rows)} of {total} runs; --all lists every one")


@click.command(name="show")
@run_argument("reference", "RUN")
@root_option
@json_option
def show_run(*, reference: str, root: Path, as_json: bool) -> None:
    """Show one recorded run.

    RUN is an id, a unique beginning or end of one, or latest, latest~1 and so on. What is shown comes from
    the evidence itself, checked against its manifest; its names are those that policies use.
    """
    registry = Registry(root)
    stored = registry.run(reference)
    show_notices(registry.notices)
    if as_json:
        json_result("edgeenv.runs-show.v1", _run_document(stored))
        return
    for line in run_lines(stored):
        result(line)


def _say_empty(root: Path, *, filtered: bool) -> None:
    if filtered:
        message(f"No run in {clean(root)} matches; without filters: edgeenv runs list")
        return
    message(f"No runs in {clean(root)} yet.")
    message("Record one: edgeenv bench run --target PROFILE.yaml --config BENCHMARK.yaml")
    message("Or see how it goes: edgeenv demo")


def _row_document(row: RunRow) -> dict[str, Any]:
    return row._asdict() | {"synthetic": row.synthetic}


def _run_document(stored: StoredRun) -> dict[str, Any]:
    return {
        "run_id": stored.document["run_id"],
        "synthetic": stored.facts.at("target.target_type") == SYNTHETIC_TARGET_TYPE,
        "directory": json_text(stored.directory),
        "evidence_digest": stored.digest,
        "sealed": stored.sealed,
        "files": [entry.to_document() for entry in stored.manifest.files],
        "result": stored.document,
    }
