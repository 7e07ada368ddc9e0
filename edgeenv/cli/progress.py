"""What a user sees on stderr while a benchmark runs: one line of progress, or all of its output."""

from __future__ import annotations

import codecs
import os
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Self, TextIO

from edgeenv.cli.output import clean, clean_block
from edgeenv.report.width import fitting

if TYPE_CHECKING:
    from pathlib import Path

_TAIL = 4096
_CHUNK = 65536


class Progress:
    """One line that is overwritten: elapsed time, limit, last line of output. Implements ``Watcher``.

    It reads only the end of the growing logs, so that a chatty command costs it nothing.
    """

    def __init__(self, stream: TextIO, limit_s: float | None) -> None:
        self._stream = stream
        self._limit = "" if limit_s is None else f" of {limit_s:g} s"
        self._shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            self._write("\r\x1b[K")

    def tick(self, elapsed_s: float, stdout: Path, stderr: Path) -> None:
        """Draw the line anew."""
        from shutil import get_terminal_size

        room = get_terminal_size().columns - 1
        text = f"{elapsed_s:.0f} s{self._limit}  {_last_line(stdout) or _last_line(stderr)}"
        self._write(f"\r{fitting(text, room).rstrip()}\x1b[K")
        self._shown = True

    def _write(self, text: str) -> None:
        # A terminal that has gone must not end the benchmark that it was watching.
        with suppress(OSError):
            self._stream.write(text)
            self._stream.flush()


class Echo:
    """Everything that the command prints, as it comes, made harmless. Implements ``Watcher``."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._logs: dict[str, _GrowingLog] = {}

    def tick(self, elapsed_s: float, stdout: Path, stderr: Path) -> None:  # noqa: ARG002 - the Watcher's signature
        """Forward what has come since the last tick."""
        for path in (stdout, stderr):
            self._forward(path)

    def finish(self, directory: Path) -> None:
        """Forward the rest from the logs as they are stored, and close them."""
        for name in ("stdout.log", "stderr.log"):
            self._forward(directory / name)
        for log in self._logs.values():
            log.close()

    def _forward(self, path: Path) -> None:
        log = self._logs.get(path.name)
        if log is None:
            try:
                log = self._logs[path.name] = _GrowingLog(path)
            except OSError:
                return  # not created yet, or not stored
        with suppress(OSError):
            for text in log.news():
                self._stream.write(text)
            self._stream.flush()


class _GrowingLog:
    """A log that is read while it grows; open once, so that it may be moved meanwhile."""

    def __init__(self, path: Path) -> None:
        self._file: IO[bytes] = path.open("rb", buffering=0)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def news(self) -> list[str]:
        """What has been written since the last call."""
        texts = []
        while chunk := self._file.read(_CHUNK):
            texts.append(clean_block(self._decoder.decode(chunk)))
        return texts

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _last_line(path: Path) -> str:
    """The last non-empty line of a log, from its last few kilobytes."""
    try:
        with path.open("rb", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL))
            tail = file.read(_TAIL) or b""
    except OSError:
        return ""
    lines = tail.decode("utf-8", errors="replace").replace("\r", "\n").split("\n")
    return next((clean(line.strip()) for line in reversed(lines) if line.strip()), "")
