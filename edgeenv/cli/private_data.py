"""Before anything is exported: what may be private in it, on stderr."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from edgeenv.cli.output import message
from edgeenv.cli.transfer_text import private_lines
from edgeenv.errors import EdgeEnvError
from edgeenv.transfer.exporting import private_data_of
from edgeenv.transfer.privacy import Exporter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edgeenv.evidence.store import StoredFailure, StoredRun
    from edgeenv.model.finding import Finding


class LookedAt(NamedTuple):
    """A run that is about to be exported.

    Attributes:
        run_id: the run that was looked at, whatever its reference may name by now.
        private: what may be private in it.
    """

    run_id: str
    private: tuple[Finding, ...]


def tell_private_data(
    references: Sequence[str], load: Callable[[str], StoredRun | StoredFailure]
) -> dict[str, LookedAt]:
    """Look at every run that is to be exported, and say what may be private in them.

    Args:
        references: the runs.
        load: reads the run that a reference names.

    Returns:
        Each run by its reference, but those that cannot be read: whoever exports them says why.
    """
    exporter = Exporter(os.path.expanduser("~"), os.uname().nodename)  # noqa: PTH111 - Path.home() may raise
    seen: dict[str, LookedAt] = {}
    for reference in references:
        with suppress(EdgeEnvError):
            stored = load(reference)
            seen[reference] = LookedAt(stored.manifest.run_id, private_data_of(stored, exporter))
    for line in private_lines({run.run_id: run.private for run in seen.values()}):
        message(line)
    return seen
