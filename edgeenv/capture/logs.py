"""A command's output as it is stored: byte for byte, up to a size."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from edgeenv.model.execution import RunFinding, StreamRecord

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from edgeenv.capture.markers import MarkerLine

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Cap:
    """How much of a stream is stored.

    Attributes:
        whole_bytes: up to this size a stream is stored as it is.
        head_bytes: of a larger one, how much of its beginning is kept.
        tail_bytes: and how much of its end.
    """

    whole_bytes: int = 64 << 20
    head_bytes: int = 32 << 20
    tail_bytes: int = 32 << 20


DEFAULT_CAP = Cap()


def store(
    log: Path, markers: Iterable[MarkerLine] = (), cap: Cap = DEFAULT_CAP
) -> tuple[StreamRecord, tuple[RunFinding, ...]]:
    """Cut a log that is over the cap down to its beginning and its end; the size before and after.

    Between them stands one line that says how many bytes are missing, and the given marker lines that do not
    lie whole in what is kept, so that reading the stored log gives the same metrics as the log gave. The log
    is written anew beside the old one and renamed over it.

    Args:
        log: the log of a command that has ended.
        markers: the marker lines that count, from the same log.
        cap: the sizes.

    Raises:
        OSError: the log could not be read or written.
    """
    size = log.stat().st_size
    if size <= cap.whole_bytes:
        return StreamRecord(size, size), ()
    tail_start = size - cap.tail_bytes
    head_end = cap.head_bytes
    cut = [m for m in markers if m.offset + len(m.line) > head_end and m.offset < tail_start]
    aside = log.with_name(log.name + ".cut")
    with log.open("rb") as source, aside.open("xb") as stored:
        _copy(source, stored, 0, head_end)
        stored.write(b"" if _ends_line(source, head_end) else b"\n")
        stored.write(_notice(tail_start - head_end, len(cut)))
        for marker in sorted(cut, key=lambda marker: marker.offset):
            stored.write(marker.line + b"\n")
        # What stood inside a line must not start one: it could look like a marker.
        stored.write(b"" if _ends_line(source, tail_start) else b"... ")
        _copy(source, stored, tail_start, size)
        stored_bytes = stored.tell()
    aside.replace(log)
    message = f"{log.name} had {size} bytes; its first {head_end} and last {cap.tail_bytes} are stored"
    return StreamRecord(size, stored_bytes), (RunFinding("log-truncated", message),)


def detach(log: Path) -> None:
    """Give a log a file of its own, so that a process that still holds the old one cannot add to it.

    Raises:
        OSError: the log could not be read or written.
    """
    aside = log.with_name(log.name + ".own")
    with log.open("rb") as source, aside.open("xb") as stored:
        _copy(source, stored, 0, os.fstat(source.fileno()).st_size)
    aside.replace(log)


def _notice(left_out: int, markers: int) -> bytes:
    kept = ", but for the marker lines below" if markers else ""
    return f"[edgeenv: {left_out} bytes are left out here{kept}]\n".encode()


def _ends_line(source: IO[bytes], end: int) -> bool:
    if end == 0:
        return True
    source.seek(end - 1)
    return source.read(1) == b"\n"


def _copy(source: IO[bytes], target: IO[bytes], start: int, end: int) -> None:
    source.seek(start)
    while start < end and (chunk := source.read(min(_CHUNK_BYTES, end - start))):
        target.write(chunk)
        start += len(chunk)
