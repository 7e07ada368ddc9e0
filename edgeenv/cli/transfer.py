"""``runs export|import`` and ``failed-runs export|import``: evidence out of a root and into another."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from edgeenv import __version__
from edgeenv.cli.counting import Counting
from edgeenv.cli.output import clean, json_option, json_result, message, show_notices
from edgeenv.cli.private_data import tell_private_data
from edgeenv.cli.root import root_option
from edgeenv.cli.run_filters import filter_options
from edgeenv.cli.transfer_options import signature_policy, signer_options, size_option
from edgeenv.cli.transfer_text import (
    exported_document,
    imported_document,
    refused_document,
    show_exported,
    show_imported,
)
from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.bundle.limits import DEFAULT_LIMITS, Limits
from edgeenv.evidence.files import Kind
from edgeenv.registry.registry import Registry
from edgeenv.registry.rows import RunQuery
from edgeenv.transfer.exporting import export_run
from edgeenv.transfer.importing import Importer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edgeenv.evidence.store import StoredFailure, StoredRun


def _export_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        json_option,
        click.option("--fail-fast", is_flag=True, help="Stop at the first run that cannot be exported."),
        size_option,
        click.option("--force", is_flag=True, help="Replace bundles that are there."),
        click.option(
            "--output",
            "-o",
            metavar="FILE|DIR",
            help="The bundle, or a directory for it. [default: edgeenv-RUN.zip here]",
        ),
        root_option,
    ):
        command = option(command)
    return command


def _import_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        json_option,
        click.option("--fail-fast", is_flag=True, help="Stop at the first bundle that is refused."),
        size_option,
        signer_options,
        click.option("--require-signature", is_flag=True, help="Refuse bundles that nobody has signed."),
        root_option,
        click.argument("files", metavar="FILE|DIR...", nargs=-1, required=True),
    ):
        command = option(command)
    return command


@click.command(name="export")
@click.argument("references", metavar="[RUN]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every run.")
@filter_options
@_export_options
def export_runs(  # noqa: PLR0913 - one argument for each option of the command
    *,
    references: tuple[str, ...],
    everything: bool,
    root: Path,
    output: str | None,
    force: bool,
    limits: Limits | None,
    fail_fast: bool,
    as_json: bool,
    **filters: Any,
) -> int:
    """Write runs as bundles.

    Each RUN is an id, a unique beginning or end of one, or latest, latest~1 and so on. --all and the filters
    of runs list pick several. The same run gives the same bundle, byte for byte. What may be private in it,
    such as home directories, host names and logs, is listed first.
    """
    is_filtered = any(value is not None for value in filters.values())
    if bool(references) == (everything or is_filtered):
        raise click.UsageError("name the runs to export, or pick them with --all or filters, not both")
    registry = Registry(root)
    ids = list(references) or [row.run_id for row in registry.runs(RunQuery(**filters))]
    if not ids:
        raise EdgeEnvError(f"no run in {root} matches", "see: edgeenv runs list", code="unknown-run")
    destination = _destination(output, several=not references or len(ids) > 1)
    picked = _Picked(registry, registry.run, ids, destination)
    return _export(picked, force=force, limits=limits, fail_fast=fail_fast, as_json=as_json)


@click.command(name="export")
@click.argument("references", metavar="[RUN]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every failed run.")
@_export_options
def export_failed_runs(  # noqa: PLR0913 - one argument for each option of the command
    *,
    references: tuple[str, ...],
    everything: bool,
    root: Path,
    output: str | None,
    force: bool,
    limits: Limits | None,
    fail_fast: bool,
    as_json: bool,
) -> int:
    """Write failed runs as bundles.

    Each RUN is an id, or a unique beginning or end of one. What may be private in it is listed first.
    """
    if bool(references) == everything:
        raise click.UsageError("name the failed runs to export, or take them all with --all")
    registry = Registry(root)
    ids = list(references) or [failed.run_id for failed in registry.failed_runs()]
    if not ids:
        raise EdgeEnvError(f"no failed run in {root}", "see: edgeenv failed-runs list", code="unknown-run")
    destination = _destination(output, several=everything or len(ids) > 1)
    picked = _Picked(registry, registry.failed_run, ids, destination)
    return _export(picked, force=force, limits=limits, fail_fast=fail_fast, as_json=as_json)


@click.command(name="import")
@_import_options
def import_runs(**options: Any) -> int:
    """Bring bundles into the registry.

    Everything about a bundle is verified before anything is written. The same evidence twice is fine; other
    evidence under the same id is refused. Of a directory, every .zip in it is imported. A bundle of a failed
    run is put among the failed runs.
    """
    return _import(Kind.RUN, **options)


@click.command(name="import")
@_import_options
def import_failed_runs(**options: Any) -> int:
    """Bring bundles of failed runs into the registry.

    As runs import; a bundle of a run with metrics is put among the runs.
    """
    return _import(Kind.FAILED_RUN, **options)


class _Picked(NamedTuple):
    """What is exported, and where to.

    Attributes:
        load: reads the run that a reference names.
    """

    registry: Registry
    load: Callable[[str], StoredRun | StoredFailure]
    references: Sequence[str]
    destination: Path


def _export(picked: _Picked, *, force: bool, limits: Limits | None, fail_fast: bool, as_json: bool) -> int:
    looked_at = tell_private_data(picked.references, picked.load)
    done: list[dict[str, Any]] = []
    with Counting(picked.references, "exported", fail_fast=fail_fast) as counting:
        for reference in counting:
            try:
                seen = looked_at.get(reference)
                stored = picked.load(reference if seen is None else seen.run_id)
                written = export_run(
                    stored,
                    picked.destination,
                    edgeenv_version=__version__,
                    limits=limits or DEFAULT_LIMITS,
                    force=force,
                )
            except EdgeEnvError as error:
                counting.failed(reference, error)
                continue
            done.append(exported_document(stored, written, () if seen is None else seen.private))
            if not as_json:
                show_exported(stored, written)
    show_notices(dict.fromkeys(picked.registry.notices))  # every run is read twice
    if as_json:
        refused = [refused_document("run", thing, error) for thing, error in counting.failures]
        json_result("edgeenv.export-report.v1", {"exported": done, "refused": refused})
    return counting.conclude()


def _import(  # noqa: PLR0913 - the options of two commands
    expected: Kind,
    *,
    files: tuple[str, ...],
    root: Path,
    require_signature: bool,
    allowed_signers: str | None,
    signer: str | None,
    revoked: str | None,
    limits: Limits | None,
    fail_fast: bool,
    as_json: bool,
) -> int:
    importer = Importer(
        root,
        now=lambda: datetime.now(UTC),
        random_hex=lambda count: secrets.token_hex((count + 1) // 2)[:count],
        limits=limits or DEFAULT_LIMITS,
        signatures=signature_policy(allowed_signers, signer, revoked, required=require_signature),
    )
    done: list[dict[str, Any]] = []
    with Counting(_bundles(files), "imported", fail_fast=fail_fast) as counting:
        for file in counting:
            try:
                imported = importer.bring(Path(file))
            except EdgeEnvError as error:
                counting.failed(file, error)
                continue
            done.append(imported_document(file, imported))
            if not as_json:
                show_imported(imported)
            if imported.kind is not expected:
                message(f"Note: {clean(file)} holds a {imported.kind.value}, and was put among those")
    show_notices(importer.notices)
    if as_json:
        refused = [refused_document("file", thing, error) for thing, error in counting.failures]
        json_result("edgeenv.import-report.v1", {"imported": done, "refused": refused})
    return counting.conclude()


def _destination(output: str | None, *, several: bool) -> Path:
    """The file or directory to write to; several bundles need a directory, which is made for them."""
    if output is None:
        return Path()
    path = Path(output)
    if several or output.endswith(os.sep):
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EdgeEnvError(
                f"{path} cannot be made a directory for the bundles: {error.strerror}",
                "name a directory with --output",
                code="not-a-directory",
            ) from error
    return path


def _bundles(files: Sequence[str]) -> list[str]:
    """The files that are meant: of a directory every zip in it, by name."""
    found: list[str] = []
    for file in files:
        if not os.path.isdir(file):  # noqa: PTH112 - any text may be asked, also one that is no path
            found.append(file)
            continue
        inside = sorted(str(path) for path in Path(file).iterdir() if path.suffix.lower() == ".zip")
        if not inside:
            raise EdgeEnvError(
                f"{file} holds no .zip file", "name bundles or a directory of them", code="not-found"
            )
        found.extend(inside)
    return found
