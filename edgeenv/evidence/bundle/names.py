"""Which names may stand in a bundle: a positive grammar: what it does not name is refused."""

from __future__ import annotations

import unicodedata

from edgeenv.evidence.files import MANIFEST, Kind, is_run_id

SAMPLER = "sampler/"
SAMPLER_METADATA = "sampler/metadata.json"
MOST_PARTS = 8

_DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$", "clock$"} | {
    f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789"
}
_SHOWN = 80


def name_fault(name: str) -> str | None:
    """Why a name may not stand in a bundle, as a predicate; None when it may.

    Each part between ``/`` consists of letters, digits, dots, underscores and hyphens, begins with a letter
    or digit, does not end in a dot and is no name of a device. The common traps are told apart in words.
    """
    if not name:
        return "is empty"
    if fault := _fault_of_text(name):
        return fault
    parts = name.split("/")
    if len(parts) > MOST_PARTS:
        return f"has {len(parts)} parts, expected at most {MOST_PARTS}"
    return next((fault for part in parts if (fault := _fault_of_part(part))), None)


def is_bundled(path: str, kind: Kind) -> bool:
    """May a file with this path inside a run's directory travel in a bundle?"""
    return path in kind.files or path in kind.optional_files or path == MANIFEST or path.startswith(SAMPLER)


def shown(text: str) -> str:
    """A name from outside as one line of plain characters, in quotes."""
    quoted = ascii(text)
    return quoted if len(quoted) <= _SHOWN else f"{quoted[: _SHOWN - 4]}...'"


def _fault_of_text(name: str) -> str | None:
    if any(ord(character) < ord(" ") or ord(character) == 0x7F for character in name):  # noqa: PLR2004 - DEL
        return "holds a control character"
    if not name.isascii():
        is_normal = unicodedata.is_normalized("NFC", name)
        return "holds a character that is not ASCII" if is_normal else "is not in Unicode normal form NFC"
    if name[1:2] == ":":
        return "begins with a drive letter"
    if "\\" in name:
        return "holds a backslash"
    return "begins with /" if name.startswith("/") else None


def _fault_of_part(part: str) -> str | None:
    if part == "..":
        return "leads out of its directory"
    if part.endswith((".", " ")):
        return "has a part that ends in a dot or a blank"
    if part.partition(".")[0].casefold() in _DEVICES:
        return "has a part that is the name of a device"
    if not is_run_id(part):
        return "has a part that is not made of letters, digits, dots, underscores and hyphens only"
    return None
