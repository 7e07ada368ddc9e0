"""``edgeenv profile validate`` and ``edgeenv bench validate``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from edgeenv.cli.bench_warnings import warnings_for
from edgeenv.cli.checking import BENCHMARK_CONFIG, TARGET_PROFILE, report_files
from edgeenv.cli.output import json_option


@click.command(name="validate")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@json_option
def validate_profiles(files: tuple[str, ...], *, as_json: bool) -> int:
    """Check target profile files.

    Every problem of every file is shown with its line. Exit status: 0 all valid, 3 a file does not hold,
    1 a file could not be read.
    """
    return report_files(TARGET_PROFILE, files, as_json=as_json)


@click.command(name="validate")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@json_option
def validate_benchmarks(files: tuple[str, ...], *, as_json: bool) -> int:
    """Check benchmark config files.

    Every problem of every file is shown with its line. What a local run would miss on this machine, such as
    the model file, is a warning. Exit status: 0 all valid, 3 a file does not hold, 1 a file could not be
    read.
    """
    here = Path.cwd()
    return report_files(
        BENCHMARK_CONFIG,
        files,
        lambda document: warnings_for(document, current_directory=here, environment=os.environ),
        as_json=as_json,
    )
