"""The output of a sampling tool, streamed to a file up to a size; a full disk costs the log, not the run."""

from __future__ import annotations

from contextlib import suppress
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 64 << 20


class RawLog:
    """One growing file.

    Attributes:
        path: where it is.
        lost: why the log could not be kept; None while all is well.
        left_out: bytes that came after the file was full.
    """

    def __init__(self, path: Path, limit: int = MAX_BYTES) -> None:
        self.path = path
        self.lost: str | None = None
        self.left_out = 0
        self._room = limit
        self._stream: IO[bytes] | None = None
        try:
            self._stream = path.open("xb", buffering=0)
        except OSError as error:
            self._give_up(error)

    def write(self, chunk: bytes) -> None:
        """Append what fits; this never raises."""
        if self._stream is None:
            return
        kept = chunk[: self._room]
        self.left_out += len(chunk) - len(kept)
        self._room -= len(kept)
        try:
            while kept:
                kept = kept[self._stream.write(kept) :]
        except (OSError, ValueError) as error:
            self._give_up(error)

    def close(self) -> None:
        """Close the file; one that could not be written whole is removed."""
        stream, self._stream = self._stream, None
        if stream is None:
            return
        try:
            stream.close()
        except OSError as error:
            self._give_up(error)

    def discard(self) -> None:
        """Remove the file: there is nothing to log."""
        stream, self._stream = self._stream, None
        with suppress(OSError):
            if stream is not None:
                stream.close()
        with suppress(OSError):
            self.path.unlink()

    def _give_up(self, error: Exception) -> None:
        self.lost = f"Failed to write sampler raw artifact: {self.path.name}: {error}"
        self.discard()
