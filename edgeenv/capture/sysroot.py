"""Files of the kernel and of the firmware, read under a root that tests can put elsewhere."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path

_MAX_BYTES = 1 << 16
_MAX_MATCHES = 1024


@dataclass(frozen=True, slots=True)
class Sysroot:
    """The directory that stands for ``/``; what cannot be read is absent, and nothing is ever written.

    Attributes:
        root: an absolute directory.
    """

    root: Path = Path("/")

    def path(self, name: str) -> Path:
        """Where a file is, named from ``/`` on."""
        return self.root / name.lstrip("/")

    def named(self, path: Path) -> str:
        """A path below the root as the machine itself names it."""
        return f"/{path.relative_to(self.root)}"

    def text(self, name: str | Path) -> str | None:
        """A file as text without NUL bytes and outer blanks; None when it cannot be read or is empty."""
        path = self.path(name) if isinstance(name, str) else name
        try:
            with path.open("rb", buffering=0) as stream:
                raw = stream.read(_MAX_BYTES) or b""
        except OSError:
            return None
        return raw.replace(b"\0", b"").decode("utf-8", "replace").strip() or None

    def number(self, name: str | Path) -> int | None:
        """A file that holds one whole number; None for everything else."""
        text = self.text(name)
        digits = text.removeprefix("-") if text else ""
        return int(text) if text and digits.isascii() and digits.isdecimal() and len(digits) < 20 else None  # noqa: PLR2004 - the kernel's numbers have 64 bits

    def matches(self, pattern: str) -> tuple[Path, ...]:
        """The paths that fit a glob pattern named from ``/`` on, in natural order."""
        try:
            found = sorted(self.root.glob(pattern.lstrip("/")), key=_natural)
        except OSError:
            return ()
        return tuple(found[:_MAX_MATCHES])

    def refusal(self, name: str | Path) -> str | None:
        """Why a file cannot be read: ``permission`` or ``missing``; None when it can."""
        path = self.path(name) if isinstance(name, str) else name
        try:
            with path.open("rb", buffering=0) as stream:
                stream.read(1)
        except OSError as error:
            return "permission" if error.errno in (errno.EACCES, errno.EPERM) else "missing"
        return None


def _natural(path: Path) -> list[tuple[int, str]]:
    """``cpu10`` after ``cpu9``."""
    key, number, word = [], "", ""
    for character in f"{path}\0":
        if character.isascii() and character.isdigit():
            number += character
            continue
        if number:
            key.append((int(number), word))
            number, word = "", ""
        word += character
    return [*key, (0, word)]
