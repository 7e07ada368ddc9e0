"""``edgeenv registry check``, ``rebuild`` and ``prune``: looking after a root."""

from __future__ import annotations

import secrets
from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from edgeenv.cli.confirmation import confirm, yes_option
from edgeenv.cli.inspection_text import Findings, finding_lines, findings_document
from edgeenv.cli.output import clean, json_option, json_result, json_text, message, result, show_notices
from edgeenv.cli.root import root_option
from edgeenv.cli.tally import Tally
from edgeenv.cli.verify import must_exist
from edgeenv.errors import ExitStatus
from edgeenv.evidence.files import Kind
from edgeenv.registry.inspection import Inspection
from edgeenv.registry.maintenance import Rebuilt, Rubbish, prune, rebuild_index, rubbish
from edgeenv.registry.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_WORDS = {
    "deleted-run": ("deleted run", "deleted runs"),
    "set-aside-index": ("set-aside index", "set-aside indexes"),
    "interrupted": ("leftover of an interrupted command", "leftovers of interrupted commands"),
}


@click.command(name="check")
@root_option
@json_option
def check_registry(*, root: Path, as_json: bool) -> int:
    """Compare the index with the evidence.

    Faster than edgeenv runs verify --all: logs are not read, and documents are not held against their
    schemas. Nothing is written or mended. Exit status 3 when anything is wrong.
    """
    must_exist(Registry(root, mend=False))
    with Inspection(root, thorough=False) as inspection, Tally("runs checked") as tally:
        reports = tuple(inspection.runs(tuple(Kind), tally))
        findings = Findings("consistent", reports, inspection.surroundings())
    items = rubbish(root)
    if as_json:
        members = {**findings_document(findings), "prunable": [_document(item) for item in items]}
        json_result("edgeenv.registry-check.v1", {"root": json_text(root), **members})
    else:
        for line in finding_lines(findings, name_all=False):
            result(line)
        if items:
            result(f"To be pruned: {_counted(items)} (edgeenv registry prune)")
    return findings.status()


@click.command(name="rebuild")
@root_option
@json_option
def rebuild_registry(*, root: Path, as_json: bool) -> int:
    """Make the index anew from the evidence.

    Until the new index is whole, the old one holds. Exit status 3 when a run could not be taken in, or is
    not what the old index recorded; that index is then kept beside the new one.
    """
    registry = Registry(root)
    must_exist(registry)
    with Tally("runs read") as tally:
        rebuilt = rebuild_index(registry, tally)
    show_notices(registry.notices)
    if as_json:
        members = {name: getattr(rebuilt, name) for name in Rebuilt._fields}
        notices = [{"code": notice.code, "text": json_text(notice.text)} for notice in registry.notices]
        json_result("edgeenv.registry-rebuild.v1", {"root": json_text(root), **members, "notices": notices})
    else:
        result(f"Index rebuilt: {rebuilt.runs} {'run' if rebuilt.runs == 1 else 'runs'}")
        for title, ids in (
            ("Added", rebuilt.added),
            ("Dropped, their directories are gone", rebuilt.dropped),
            ("Changed since they were indexed", rebuilt.changed),
            ("Left out, their evidence is not sound", rebuilt.left_out),
        ):
            _show_ids(title, ids)
        if rebuilt.changed or rebuilt.left_out:
            message("Hint: see what is wrong: edgeenv runs verify")
    return ExitStatus.REQUIREMENT_FAILED if rebuilt.changed or rebuilt.left_out else ExitStatus.DONE


@click.command(name="prune")
@root_option
@yes_option
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@json_option
def prune_registry(*, root: Path, confirmed: bool, dry_run: bool, as_json: bool) -> int:
    """Remove what nobody needs any more.

    That is: runs in the trash, indexes that were set aside, and what interrupted commands left. It cannot be
    undone. Runs that are listed are never touched.
    """
    must_exist(Registry(root, mend=False))
    items = rubbish(root)
    if items and not as_json:
        for item in items:
            result(f"{_WORDS[item.what][0]}: {clean(item.path)} ({item.bytes} bytes)")
    done = False
    if items and not dry_run and confirm(f"Remove {_counted(items)} for good?", confirmed=confirmed):
        registry = Registry(root)
        for item in items:
            prune(registry, item, secrets.token_hex)
        show_notices(notice for notice in registry.notices if notice.code != "interrupted-run")
        done = True
    if as_json:
        members = {"removed": done, "items": [_document(item) for item in items]}
        json_result("edgeenv.registry-prune.v1", {"root": json_text(root), **members})
    elif not items:
        result("Nothing to remove")
    else:
        result(f"{'Removed' if done else 'Not removed'}: {_counted(items)}")
    return ExitStatus.DONE


def _show_ids(title: str, ids: Sequence[str]) -> None:
    most = 10
    if ids:
        result(f"{title}: {len(ids)}")
        for run_id in ids[:most]:
            result(f"- {clean(run_id)}")
        if len(ids) > most:
            result(f"- and {len(ids) - most} more, listed by --json")


def _counted(items: Sequence[Rubbish]) -> str:
    counts = Counter(item.what for item in items)
    return ", ".join(
        f"{counts[what]} {one if counts[what] == 1 else several}"
        for what, (one, several) in _WORDS.items()
        if counts[what]
    )


def _document(item: Rubbish) -> dict[str, Any]:
    return {
        "what": item.what,
        "path": json_text(item.path),
        "bytes": item.bytes,
        "run_id": item.run_id,
    }
