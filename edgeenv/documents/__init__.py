"""YAML and JSON in, strict, bounded and with the place of every value; canonical JSON out.

Importing this package imports no YAML parser; `load_yaml` and `parse_yaml` do.
"""

from __future__ import annotations

import os
from typing import Any

from edgeenv.documents.document import Document, Marks, Places, Position, ValuePath
from edgeenv.documents.json_reader import parse_json, read_json
from edgeenv.documents.json_writer import canonical_json, pretty_json
from edgeenv.documents.limits import JSON_LIMIT, YAML_LIMIT
from edgeenv.documents.paths import shown_key, shown_path
from edgeenv.documents.refusal import NOT_READABLE, NOWHERE, not_a_mapping
from edgeenv.documents.source import read_file

__all__ = [
    "JSON_LIMIT",
    "NOT_READABLE",
    "NOWHERE",
    "YAML_LIMIT",
    "Document",
    "Marks",
    "Places",
    "Position",
    "ValuePath",
    "canonical_json",
    "load",
    "load_json",
    "load_yaml",
    "parse_json",
    "parse_yaml",
    "pretty_json",
    "read_file",
    "shown_key",
    "shown_path",
]


def load(path: str | os.PathLike[str]) -> Document:
    """The document in a file: strict JSON where the name ends in ``.json``, else YAML.

    Raises:
        EdgeEnvError: what `load_yaml` and `load_json` raise; ``not-a-mapping`` for JSON without an object
            at the top.
    """
    source = os.fspath(path)
    if not source.lower().endswith(".json"):
        return load_yaml(path)
    raw = read_file(path, JSON_LIMIT)
    data, marks = read_json(raw, source, JSON_LIMIT)
    if not isinstance(data, dict):
        found = "a list" if isinstance(data, list) else "a single value"
        raise not_a_mapping(source, found, marks.value(()) or NOWHERE)
    return Document(data, raw, source, marks)


def load_yaml(path: str | os.PathLike[str], *, limit: int = YAML_LIMIT) -> Document:
    """The document in a YAML file.

    Raises:
        EdgeEnvError: what `read_file` and `parse_yaml` raise.
    """
    return parse_yaml(read_file(path, limit), os.fspath(path), limit=limit)


def load_json(path: str | os.PathLike[str], *, limit: int = JSON_LIMIT) -> Any:
    """The value in a JSON file.

    Raises:
        EdgeEnvError: what `read_file` and `parse_json` raise.
    """
    return parse_json(read_file(path, limit), os.fspath(path), limit=limit)


def parse_yaml(raw: bytes, source: str, *, limit: int = YAML_LIMIT) -> Document:
    """The document of a YAML text: an object at the top, UTF-8, plain JSON values only.

    Args:
        raw: the bytes of the text.
        source: what to call the text in messages.
        limit: the greatest accepted size in bytes.

    Raises:
        EdgeEnvError: ``too-large``; ``invalid-yaml`` with every defect as a problem; ``not-a-mapping`` for a
            text without an object at the top, the empty text among them.
    """
    from edgeenv.documents import yaml_reader

    return yaml_reader.parse_yaml(raw, source, limit=limit)
