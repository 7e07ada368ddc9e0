"""YAML in: strict and bounded, on PyYAML's parser in Python; one pass over its events, aborted early.

The parser in C is not used: nested brackets of 50 kB make it end the process.
"""

from __future__ import annotations

import re
from typing import NoReturn

import yaml

from edgeenv.documents.document import Document, Marks, Places, Position
from edgeenv.documents.limits import YAML_LIMIT
from edgeenv.documents.refusal import not_a_mapping, refusal
from edgeenv.documents.source import decode, refuse_unsafe_characters, too_large
from edgeenv.documents.yaml_builder import Builder, Stop
from edgeenv.errors import Problem

CODE = "invalid-yaml"
TITLE = "not valid YAML"


def parse_yaml(raw: bytes, source: str, *, limit: int = YAML_LIMIT) -> Document:
    """The document of a YAML text.

    Args:
        raw: the bytes of the text, UTF-8 without byte order mark.
        source: what to call the text in messages.
        limit: the greatest accepted size in bytes.

    Raises:
        EdgeEnvError: ``too-large``; ``invalid-yaml`` with a problem for every alias, anchor, tag, merge key,
            duplicate or non-text key, ambiguous scalar and so on, or for the first fault of syntax; or
            ``not-a-mapping`` for a text without an object at the top, the empty text among them.
    """
    if len(raw) > limit:
        raise too_large(source, len(raw), limit)
    text = decode(raw, source, TITLE, CODE)
    refuse_unsafe_characters(text, source, TITLE, CODE)
    builder = Builder(source)
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            builder.take(event)
    except Stop:
        pass
    except (yaml.YAMLError, ValueError, AttributeError, RecursionError, OverflowError) as error:
        builder.problems.append(_syntax(error, source, builder.last, text))
    if builder.problems:
        raise refusal(CODE, TITLE, builder.problems)
    if not isinstance(builder.data, dict):
        _refuse_top(builder, source)
    return Document(builder.data, raw, source, Marks(Places(builder.values, builder.keys, builder.scalars)))


def _refuse_top(builder: Builder, source: str) -> NoReturn:
    if builder.data is None and builder.scalars.get((), "") == "":
        found = "nothing but white space or comments"
    elif isinstance(builder.data, list):
        found = "a list"
    else:
        found = "a single value"
    raise not_a_mapping(source, found, builder.values.get((), Position(1, 1)))


_HINTS = (
    ("'\\t'", "use spaces: YAML allows no tabs here"),
    ("mapping values are not allowed", 'quote text that holds a colon and a space: "a: b"'),
    ("cannot start any token", "quote the text: no unquoted text may begin like this"),
    ("<block end>", "indent this line like its neighbours; where {} stands above it, remove the {}"),
    ("unexpected end of stream", "close the quotes"),
)


_INDENTED = re.compile(r"\s+[\w.-]+\Z")


def _syntax(error: Exception, source: str, last: tuple[int | None, int | None], text: str) -> Problem:
    """What the parser could not read; ``last`` is the place to name when the parser names none."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    position = last if mark is None else Position(mark.line + 1, mark.column + 1)
    said = [getattr(error, "context", None), getattr(error, "problem", None)]
    message = ", ".join(part for part in said if part) or f"cannot be parsed: {error}"
    hint = next((hint for words, hint in _HINTS if words in message), None)
    if mark is not None and "mapping values" in message:
        line = text.split("\n")[mark.line : mark.line + 1]
        if line and _INDENTED.match(line[0][: mark.column]):
            hint = "indent this line like the one above it: it is read as more text of that one"
    return Problem("yaml-syntax", source, *position, "$", message, hint)
