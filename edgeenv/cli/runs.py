"""``edgeenv runs list`` and ``edgeenv runs show``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from edgeenv.cli.output import clean, json_option, json_result, json_text, message, result, show_notices
from edgeenv.cli.root import root_option
from edgeenv.cli.run_filters import filter_options
from edgeenv.cli.run_reference import altered_option, run_argument
from edgeenv.cli.runs_text import listing_lines, run_lines
from edgeenv.registry.registry import Registry
from edgeenv.registry.rows import SYNTHETIC_TARGET_TYPE, RunQuery

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edgeenv.evidence.bundle.origin import Origin
    from edgeenv.evidence.check import EvidenceDefect
    from edgeenv.evidence.store import StoredRun
    from edgeenv.registry.rows import RunRow

_LIMIT = 50
_MOST = 1_000_000_000


@click.command(name="list")
@root_option
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(min=1, max=_MOST),
    help=f"At most so many.  [default: {_LIMIT}]",
)
@click.option("--all", "everything", is_flag=True, help="All of them.")
@filter_options
@json_option
def list_runs(*, root: Path, limit: int | None, everything: bool, as_json: bool, **filters: Any) -> None:
    """List recorded runs, newest first."""
    if everything and limit is not None:
        raise click.UsageError("--all and --limit contradict each other")
    limit = limit or _LIMIT
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
@altered_option
@json_option
def show_run(*, reference: str, root: Path, allow_altered: bool, as_json: bool) -> None:
    """Show one recorded run.

    RUN is an id, a unique beginning or end of one, or latest, latest~1 and so on. What is shown comes from
    the evidence itself, checked against its manifest; its names are those that policies use.
    """
    from edgeenv.cli.origin import origin_of
    from edgeenv.registry.examining import examine

    registry = Registry(root)
    stored, altered = examine(registry, reference, allow_altered=allow_altered)
    show_notices(registry.notices)
    origin = origin_of(root, stored.directory.name)
    if as_json:
        json_result("edgeenv.runs-show.v1", _run_document(stored, altered, origin))
        return
    for line in run_lines(stored, altered, origin):
        result(line)


def _say_empty(root: Path, *, filtered: bool) -> None:
    if filtered:
        message(f"No run in {clean(root)} matches; without filters: edgeenv runs list")
        return
    message(f"No runs in {clean(root)} yet.")
    message("Begin with a command of your own: edgeenv init")
    message("Record one: edgeenv bench run --target PROFILE.yaml --config BENCHMARK.yaml")
    message("Or see how it goes: edgeenv demo")


def _row_document(row: RunRow) -> dict[str, Any]:
    return row._asdict() | {"synthetic": row.synthetic}


def _run_document(
    stored: StoredRun, altered: Sequence[EvidenceDefect], origin: Origin | None
) -> dict[str, Any]:
    from edgeenv.cli.origin import origin_document

    return {
        "run_id": stored.document["run_id"],
        "synthetic": stored.facts.at("target.target_type") == SYNTHETIC_TARGET_TYPE,
        "directory": json_text(stored.directory),
        "evidence_digest": stored.digest,
        "sealed": stored.sealed,
        "altered": [
            {"code": defect.code, "path": json_text(defect.path), "text": json_text(defect.text)}
            for defect in altered
        ],
        "origin": origin_document(origin),
        "files": [entry.to_document() for entry in stored.manifest.files],
        "result": stored.document,
    }
