"""Where a sampler's program is: by path, or by name on the PATH of the environment handed in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from edgeenv.capture.samplers.base import SamplerUnavailableError

if TYPE_CHECKING:
    from edgeenv.capture.samplers.base import SamplerContext


def find(context: SamplerContext, word: str, member: str) -> str:
    """The absolute path of a program.

    Args:
        context: says where to look.
        word: a path, or a name without a slash.
        member: the member of the sampler block that names it, for the hint.

    Raises:
        SamplerUnavailableError: it is not there, or it may not be executed.
    """
    here = context.current_directory or Path("/")
    tool = word.rpartition("/")[2] or word
    places = [""] if "/" in word else os.get_exec_path(context.environment)
    refused = None
    for place in places:
        candidate = here / place / Path(word).expanduser() if not place else here / place / word
        if candidate.is_file():
            if os.access(candidate, os.X_OK):
                return str(candidate)
            refused = refused or candidate
    if refused is not None:
        raise SamplerUnavailableError(
            f"{tool} permission denied: {refused}", f"make it executable: chmod +x {refused}"
        )
    raise SamplerUnavailableError(
        f"{tool} unavailable: {word}",
        f"install {tool}, put it on PATH, or set `{member}` in the sampler block of the target profile",
    )
