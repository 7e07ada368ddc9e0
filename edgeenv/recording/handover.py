"""Where a command may leave its latency samples: inside the stage, and gone before the run is sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeenv.evidence.disk import is_real_directory, read_regular
from edgeenv.evidence.files import LATENCY_SAMPLES, LATENCY_SAMPLES_LIMIT
from edgeenv.evidence.stage import remove_tree

if TYPE_CHECKING:
    from pathlib import Path

    from edgeenv.evidence.stage import Stage

_FOLDER = "handover"


def opened(stage: Stage) -> Path:
    """Make the place; the path of the file that the command may write there.

    Raises:
        OSError: it could not be made.
    """
    folder = stage.path(_FOLDER).absolute()
    folder.mkdir()
    return folder / LATENCY_SAMPLES


def left(stage: Stage) -> bytes | None:
    """What the command has left in its file; None when there is no plain file of a size that can be kept."""
    try:
        return read_regular(stage.path(_FOLDER) / LATENCY_SAMPLES, LATENCY_SAMPLES_LIMIT)
    except OSError:
        return None


def close(stage: Stage) -> None:
    """Remove the place and all that is in it; a link that a command has put there is not followed.

    Raises:
        OSError: something could not be removed.
    """
    folder = stage.path(_FOLDER)
    if is_real_directory(folder):
        remove_tree(folder)
    else:
        folder.unlink(missing_ok=True)
