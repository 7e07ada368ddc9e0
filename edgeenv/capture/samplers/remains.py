"""Files of samplers that could not sum up: listed where they are whole, removed where they may grow."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from edgeenv.capture.samplers.summary import SamplerSummary, Tool

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from edgeenv.capture.samplers.base import SamplerContext
    from edgeenv.capture.window import Window


def bare_summary(context: SamplerContext, window: Window) -> SamplerSummary:
    """A summary without numbers that lists the files which the sampler has left."""
    settings = context.settings
    names = sorted(path.name for path in context.directory.iterdir() if path.is_file())
    return SamplerSummary(
        sampler=settings.name,
        tool=Tool("unknown", "unknown"),
        window=window,
        interval_ms=settings.interval_ms or 0,
        startup_wait_ms=settings.startup_wait_ms or 0,
        raw_artifacts=tuple(context.artifact_prefix + name for name in names),
    )


def sweep(directory: Path, listed: AbstractSet[str]) -> None:
    """Remove what no metadata lists, and directories with nothing in them.

    A file that a hanging sampler still writes to would not keep its digest, and a file that nobody lists
    would make the run's evidence unfit for a bundle.

    Args:
        directory: the run's ``sampler`` directory.
        listed: the files that stay, as seen from the run's directory.
    """
    for path in sorted(directory.rglob("*"), reverse=True):
        with suppress(OSError):
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
            elif f"{directory.name}/{path.relative_to(directory).as_posix()}" not in listed:
                path.unlink()
    with suppress(OSError):
        directory.rmdir()
