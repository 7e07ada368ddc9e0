"""How people name a run: its id, a part that only it begins or ends with, ``latest``, ``latest~1``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from edgeenv.errors import EdgeEnvError

if TYPE_CHECKING:
    from collections.abc import Sequence

_LATEST = re.compile(r"latest(?:~([0-9]{1,9}))?", re.ASCII)
_PART = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)
_SHOWN_IDS = 10
_NEAREST = 3
_LONGEST = 140

MATCHES_WANTED = _SHOWN_IDS + 1
"""How many matches tell that there are more than are shown."""
NEAR_AMONG = 50
"""Among how many of the newest runs a mistyped id is looked for."""


def steps_back(reference: str) -> int | None:
    """How many runs before the newest one ``latest~N`` means; None for any other reference."""
    match = _LATEST.fullmatch(reference)
    return None if match is None else int(match[1] or 0)


def may_be_part(reference: str) -> bool:
    """Could an id begin or end with this?"""
    return _PART.fullmatch(reference) is not None


def matching(reference: str, ids: Sequence[str]) -> list[str]:
    """The ids that begin or end with a reference, the last first."""
    if not may_be_part(reference):
        return []
    return sorted(
        (run_id for run_id in ids if run_id.startswith(reference) or run_id.endswith(reference)), reverse=True
    )


def ambiguous(reference: str, candidates: Sequence[str]) -> EdgeEnvError:
    """A part with which several ids begin or end."""
    listed = ", ".join(candidates[:_SHOWN_IDS])
    more = " and more" if len(candidates) > _SHOWN_IDS else ""
    return EdgeEnvError(
        f"Ambiguous run: {shown(reference)} may be {listed}{more}",
        "give more of the id",
        code="ambiguous-run",
    )


def unknown(reference: str, ids: Sequence[str], *, failed: bool) -> EdgeEnvError:
    """A reference that names nothing.

    Args:
        reference: what was typed.
        ids: among which the nearest are looked for.
        failed: was a failed run asked for?
    """
    import difflib  # only for a mistyped id

    what, group = ("Failed run", "failed-runs") if failed else ("Run", "runs")
    near = difflib.get_close_matches(reference[:_LONGEST], ids, n=_NEAREST)
    hint = (
        f"did you mean {', '.join(near)}? see: edgeenv {group} list" if near else f"see: edgeenv {group} list"
    )
    return EdgeEnvError(f"{what} not found: {shown(reference)}", hint, code="unknown-run")


def beyond(reference: str, count: int) -> EdgeEnvError:
    """A ``latest~N`` that goes back further than there are runs."""
    if count == 0:
        return EdgeEnvError(
            f"Run not found: {reference}: no run is recorded yet",
            "record one: edgeenv bench run --target PROFILE.yaml --config BENCHMARK.yaml",
            code="unknown-run",
        )
    there = "only 1 run is recorded" if count == 1 else f"only {count} runs are recorded"
    return EdgeEnvError(f"Run not found: {reference}: {there}", "see: edgeenv runs list", code="unknown-run")


def shown(reference: str) -> str:
    """A reference as it may stand in a message: of bounded length."""
    return reference if len(reference) <= _LONGEST else f"{reference[:_LONGEST]}…"
