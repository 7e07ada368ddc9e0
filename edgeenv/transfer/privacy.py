"""What a run's evidence may tell about people and machines, found by its looks before a bundle is written.

Evidence is never rewritten, so nothing is taken out of it: whoever exports it is told, and decides.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from edgeenv.model.finding import Finding
from edgeenv.model.secret_names import looks_secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# The home of root is named the same everywhere, and names nobody.
_HOMES = re.compile(r"(?:/home/|/Users/|[A-Za-z]:\\{1,2}Users\\{1,2})[^/\\\s\"':;,]+")
_LOCAL_HOSTS = re.compile(r"(?<![\w.-])[A-Za-z0-9][\w-]*\.(?:local|lan|internal|intranet|corp|home)(?![\w-])")
_VARIABLES = re.compile(r"(?<!\w)([A-Z][A-Z0-9_]*)[\"']?\s*[:=]")
_NAMES_NOBODY = {"", "/", "/root", "localhost"}
_SHORTEST_HOST_NAME = 3
_MOST = 50


class Exporter(NamedTuple):
    """Who exports: names to look for beside those that give themselves away.

    Attributes:
        home: the user's home directory; empty when there is none.
        host_name: the name of this machine.
    """

    home: str = ""
    host_name: str = ""


def private_data(
    documents: Mapping[str, bytes], logs: Sequence[str], exporter: Exporter
) -> tuple[Finding, ...]:
    """What may be private in the evidence of one run.

    Args:
        documents: the bytes of its documents, by path.
        logs: its files that are not empty and hold whatever was printed.
        exporter: who exports it.

    Returns:
        Findings with the codes ``home-path``, ``host-name``, ``secret-name`` and ``logs``; the operand
        ``value`` is what was found, and each operand ``file`` a file that holds it. At most fifty values.
    """
    places: dict[tuple[str, str], list[str]] = {}
    for path, content in documents.items():
        for kind in dict.fromkeys(_found(content.decode("utf-8", "replace"), exporter)):
            places.setdefault(kind, []).append(path)
    found = [_finding(code, value, files) for (code, value), files in sorted(places.items())[:_MOST]]
    if logs:
        found.append(_finding("logs", "", logs))
    return tuple(found)


def _found(text: str, exporter: Exporter) -> Iterator[tuple[str, str]]:
    for match in _HOMES.finditer(text):
        yield "home-path", match[0].replace("\\\\", "\\")
    home = exporter.home.rstrip("/")
    if home not in _NAMES_NOBODY and _HOMES.fullmatch(home) is None and _holds(text, home):
        yield "home-path", home
    for match in _LOCAL_HOSTS.finditer(text):
        yield "host-name", match[0]
    for name in dict.fromkeys((exporter.host_name, exporter.host_name.partition(".")[0])):
        if name not in _NAMES_NOBODY and len(name) >= _SHORTEST_HOST_NAME and _holds(text, name):
            yield "host-name", name
            break
    for match in _VARIABLES.finditer(text):
        if looks_secret(match[1]):
            yield "secret-name", match[1]


def _holds(text: str, name: str) -> bool:
    """Does the text hold the name as a word of its own?"""
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text, re.IGNORECASE) is not None


def _finding(code: str, value: str, files: Sequence[str]) -> Finding:
    said = {
        "home-path": f"the home directory {value}",
        "host-name": f"the host name {value}",
        "secret-name": f"the value of {value}, whose name looks secret",
        "logs": "whatever the command printed",
    }[code]
    operands = (("value", value), *(("file", file) for file in files))
    return Finding(code, f"{said} ({', '.join(files)})", operands)
