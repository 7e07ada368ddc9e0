"""``edgeenv runs sampler``: what samplers left beside a run, as text, as JSON and as a picture."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgeenv.cli.output import clean, json_option, json_result, json_text, result, show_notices, write_file
from edgeenv.cli.root import root_option
from edgeenv.cli.run_reference import run_argument
from edgeenv.evidence.samples import read_readings, read_sampler
from edgeenv.registry.registry import Registry

if TYPE_CHECKING:
    from edgeenv.evidence.samples import SamplerEvidence
    from edgeenv.evidence.store import StoredRun


@click.command(name="show")
@run_argument("reference", "RUN")
@root_option
@json_option
def show_sampler(*, reference: str, root: Path, as_json: bool) -> None:
    """Show what samplers left beside a run.

    Every number names its source, what it stands for, and how much of the time it covers; what was not
    measured says why.
    """
    stored, evidence = _read(reference, root)
    if as_json:
        json_result("edgeenv.sampler-show.v1", _document(evidence))
        return
    from edgeenv.cli.sampler_text import sampler_lines

    sizes = {entry.path: entry.bytes for entry in stored.manifest.files}
    for line in sampler_lines(evidence, sizes):
        result(line)


@click.command(name="plot")
@run_argument("reference", "RUN")
@root_option
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the samples over time as a picture (SVG).",
)
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
def plot_sampler(*, reference: str, root: Path, output: Path | None, force: bool) -> None:
    """Show the samples of a run over time.

    In the terminal, each quantity is one line of bars from the first to the last sample; the picture has axes
    and shows the stretch of time that the metrics are about.
    """
    stored, evidence = _read(reference, root)
    from edgeenv.report.sampler_plot import plot_of
    from edgeenv.report.sparkline import sparklines

    titles = (f"{stored.run.benchmark_name} on {stored.run.target.target_name}", evidence.run_id)
    plot = plot_of(titles, evidence.metadata, read_readings(evidence))
    encoding = sys.stdout.encoding or "ascii"
    for line in sparklines(plot, block_characters="utf" in encoding.lower()):
        result(clean(line))
    if output is not None:
        from edgeenv.report.markdown import html_from

        picture = html_from("sampler_plot.svg.j2", plot=plot)
        write_file(output, picture.encode("utf-8"), replace=force)
        result(f"Plot: {clean(output)}")


def _read(reference: str, root: Path) -> tuple[StoredRun, SamplerEvidence]:
    registry = Registry(root)
    stored = registry.run(reference)
    show_notices(registry.notices)
    return stored, read_sampler(stored.directory, stored.manifest)


def _document(evidence: SamplerEvidence) -> dict[str, Any]:
    directory = evidence.directory
    return {
        "run_id": evidence.run_id,
        "artifact_path": json_text(directory),
        "sampler_metadata_path": json_text(evidence.metadata_path),
        "sampler_name": evidence.metadata.get("sampler_name"),
        "sample_count": evidence.metadata.get("sample_count"),
        "warnings": evidence.metadata.get("warnings"),
        "raw_artifacts": list(evidence.raw_artifacts),
        "files": {
            "metadata": json_text(evidence.metadata_path),
            "raw_artifacts": {path: json_text(directory / path) for path in evidence.raw_artifacts},
        },
        "metadata": dict(evidence.metadata),
    }
