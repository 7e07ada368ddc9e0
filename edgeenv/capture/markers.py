"""The lines by which a command reports its numbers, found in a log of any size in constant memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from edgeenv.capture.window import WINDOW

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

METRICS = "EDGEENV_METRICS_JSON"
RESOURCE_METRICS = "EDGEENV_RESOURCE_METRICS_JSON"

CHUNK_BYTES = 64 << 10
MAX_LINE_BYTES = 1 << 20
"""The most bytes that a marker line may have."""

_STARTS = {b"\n" + name.encode() + b"=": name for name in (METRICS, RESOURCE_METRICS, WINDOW)}
_OVERLAP = max(map(len, _STARTS)) - 1


@dataclass(frozen=True, slots=True)
class MarkerLine:
    """The last line of standard output that starts with one marker.

    Attributes:
        name: the marker, without ``=``.
        offset: where the line starts, in bytes.
        line: the line's bytes without its line feed, at most ``MAX_LINE_BYTES + 1`` of them.
    """

    name: str
    offset: int
    line: bytes

    @property
    def too_long(self) -> bool:
        """Whether the line has more bytes than a marker line may have, so that ``line`` is not all of it."""
        return len(self.line) > MAX_LINE_BYTES

    @property
    def payload(self) -> bytes:
        """What stands behind the ``=``, without a carriage return and blanks at its end."""
        return self.line[len(self.name) + 1 :].rstrip(b" \t\r")


def find(log: Path) -> Mapping[str, MarkerLine]:
    """The last line of each marker, by the marker's name.

    A line is what lies between two line feeds, and only a line that *starts* with a marker counts. Whether
    what follows is well formed does not matter here: the last line counts even when it is not.

    Args:
        log: the standard output of a command that has ended.
    """
    with log.open("rb", buffering=0) as stream:
        return {
            name: MarkerLine(name, offset, _line(stream, offset))
            for name, offset in _last_offsets(stream).items()
        }


def line_number(log: Path, offset: int) -> int:
    """The 1-based number of the line that starts at a byte offset."""
    number = 1
    with log.open("rb", buffering=0) as stream:
        while offset > 0 and (chunk := stream.read(min(CHUNK_BYTES, offset))):
            number += chunk.count(b"\n")
            offset -= len(chunk)
    return number


def _last_offsets(stream: IO[bytes]) -> dict[str, int]:
    window, position = b"\n", -1  # the first line starts as if behind a line feed
    offsets: dict[str, int] = {}
    while chunk := stream.read(CHUNK_BYTES):
        window += chunk
        for start, name in _STARTS.items():
            at = window.rfind(start)
            if at >= 0:
                offsets[name] = position + at + 1
        forgotten = max(0, len(window) - _OVERLAP)
        window = window[forgotten:]
        position += forgotten
    return offsets


def _line(stream: IO[bytes], offset: int) -> bytes:
    stream.seek(offset)
    line = b""
    while len(line) <= MAX_LINE_BYTES and (chunk := stream.read(MAX_LINE_BYTES + 1 - len(line))):
        kept, line_feed, _ = chunk.partition(b"\n")
        line += kept
        if line_feed:
            break
    return line
