"""Any text as one YAML scalar that every parser reads back as that text."""

from __future__ import annotations

import re

from edgeenv.documents.yaml_scalars import plain_value

_PLAIN = re.compile(r"[A-Za-z](?:[A-Za-z0-9_./ -]*[A-Za-z0-9_./-])?")
_NAMED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
_SHORT, _MIDDLE = 0xFF, 0xFFFF


def scalar(text: str) -> str:
    """The text without quotation marks where that is safe, else within double ones."""
    if _PLAIN.fullmatch(text) and plain_value(text) == text:
        return text
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    named = _NAMED.get(character)
    if named is not None:
        return named
    if character.isprintable():
        return character
    number = ord(character)
    if number <= _SHORT:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number <= _MIDDLE else f"\\U{number:08x}"
