"""How a document is refused: one error that carries every defect found, each with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeenv.errors import EdgeEnvError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence


NOWHERE: tuple[int | None, int | None] = (None, None)
NOT_READABLE = frozenset({"not-found", "not-a-regular-file", "unreadable", "too-large"})
"""Codes of the errors that say nothing of what a file holds."""


def refusal(code: str, title: str, problems: Sequence[Problem]) -> EdgeEnvError:
    """The error for one document.

    Args:
        code: the kind of error, such as ``invalid-yaml`` or ``not-found``.
        title: what is wrong in general, such as ``not valid YAML``; empty when the first problem says it all.
        problems: every defect; the first one is told in the message.
    """
    first = problems[0]
    place = first.file if first.line is None else f"{first.file}:{first.line}:{first.column}"
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    said = f"{title}: {first.message}" if title else first.message
    return EdgeEnvError(f"{place}: {said}{more}", first.hint, code=code, problems=tuple(problems))


def not_a_mapping(source: str, found: str, position: tuple[int | None, int | None]) -> EdgeEnvError:
    """The error for a document that has no object at the top."""
    message = f"found {found} at the top of the file, expected an object (name: value)"
    return refusal("not-a-mapping", "", [Problem("not-a-mapping", source, *position, "$", message)])
