"""Documents against the contracts that EdgeEnv ships: every problem, each with its place and in our words.

Importing this package imports no validator; the first check does. A validator is made once per schema.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edgeenv.documents import Document
from edgeenv.errors import EdgeEnvError
from edgeenv.schema.command import check_command
from edgeenv.schema.contracts import markers, names, place, text

if TYPE_CHECKING:
    from edgeenv.errors import Problem

__all__ = [
    "check",
    "check_command",
    "check_part",
    "check_value",
    "markers",
    "names",
    "place",
    "require",
    "text",
]


def check(name: str, document: Document) -> tuple[Problem, ...]:
    """Every way in which a document breaks a contract, by line; empty when it holds.

    A ``schema_version`` that is not supported is the only problem told, since the rest would follow from it.

    Args:
        name: the contract, one of `names`.
        document: what was read.

    Raises:
        EdgeEnvError: there is no such contract.
    """
    from edgeenv.schema.validation import problems_of

    return problems_of(name, None, document)


def check_value(name: str, value: Any, source: str) -> tuple[Problem, ...]:
    """The same as `check` for a value that comes from no file; the problems have no lines.

    Args:
        name: the contract.
        value: dict, list, str, int, float, bool or None.
        source: what to call the value in problems.
    """
    return check(name, Document(value, b"", source))


def check_part(name: str, definition: str, value: Any, source: str) -> tuple[Problem, ...]:
    """Every way in which a value breaks one part of a contract.

    Args:
        name: the contract, such as ``result``.
        definition: the part's name among the ``$defs`` of the contract, such as ``metrics``.
        value: dict, list, str, int, float, bool or None.
        source: what to call the value in problems.
    """
    from edgeenv.schema.validation import problems_of

    return problems_of(name, definition, Document(value, b"", source))


def require(name: str, document: Document) -> None:
    """Refuse a document that breaks a contract.

    Raises:
        EdgeEnvError: ``invalid-document``, with every problem.
    """
    problems = check(name, document)
    if not problems:
        return
    more = "" if len(problems) == 1 else f", {len(problems)} problems; the first"
    raise EdgeEnvError(
        f"{document.source} is no valid {name}{more}: {problems[0].render()}",
        problems[0].hint or f"see: edgeenv schema show {name}",
        code="invalid-document",
        problems=problems,
    )
