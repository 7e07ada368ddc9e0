"""What this machine is, as far as it explains a number measured on it."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

from edgeenv.capture import packages
from edgeenv.capture.timing import instant
from edgeenv.model.run import Environment

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_MAX_BYTES = 1 << 20
_MAX_CHARACTERS = 200
_CPU_NAMES = ("model name", "hardware", "cpu model", "cpu")
_BOARD_NAME = "proc/device-tree/model"


def observe(  # noqa: PLR0913 - each is a fact of its own, and all go by name
    *,
    now: datetime,
    execution_python: str | None,
    own_python: str | None,
    edgeenv_version: str,
    sysroot: Path = Path("/"),
    home: Path | None = None,
) -> Environment:
    """The facts of this machine that can be read in a few milliseconds; what cannot be read is absent.

    No host name, no user name and no environment variable is among them.

    Args:
        now: the instant of the observation.
        execution_python: the program that the command was started with, if that is a Python interpreter its
            packages are listed; None when nothing was started.
        own_python: the interpreter that runs EdgeEnv, whose packages need no search.
        edgeenv_version: the version of EdgeEnv.
        sysroot: the directory that stands for ``/``.
        home: the user's home directory, for packages installed with ``pip install --user``; None to leave
            them out.
    """
    system = os.uname()
    cpu = _cpu_facts(_text(sysroot / "proc/cpuinfo"))
    cpu_model = _cpu_model(cpu, sysroot)
    return Environment(
        captured_at=instant(now),
        python_version=platform.python_version(),
        platform=platform.platform(),
        machine=system.machine,
        processor=cpu_model or "",
        cpu_model=cpu_model,
        cpu_count=sum(1 for name, _ in cpu if name == "processor") or os.cpu_count(),
        memory_total_bytes=_memory_total(_text(sysroot / "proc/meminfo")),
        kernel=_text(sysroot / "proc/sys/kernel/osrelease").strip() or system.release,
        libc=_libc(),
        edgeenv_version=edgeenv_version,
        packages=packages.seen_by(execution_python, own_python, home) or None,
    )


def _text(path: Path) -> str:
    """A file of the kernel as text without NUL bytes, empty where there is none."""
    try:
        with path.open("rb") as stream:
            return stream.read(_MAX_BYTES).replace(b"\0", b"").decode("utf-8", "replace")
    except OSError:
        return ""


def _cpu_facts(text: str) -> tuple[tuple[str, str], ...]:
    pairs = (line.partition(":") for line in text.split("\n"))
    return tuple((name.strip().lower(), value.strip()) for name, colon, value in pairs if colon)


def _cpu_model(cpu: Iterable[tuple[str, str]], sysroot: Path) -> str | None:
    """The processor's name; on most ARM boards the kernel knows only the board's."""
    first = {name: value for name, value in reversed(tuple(cpu)) if value}
    board = _text(sysroot / _BOARD_NAME).strip()
    name, *others = (first.get(name) for name in _CPU_NAMES)
    found = next((text for text in (name, board, *others) if text), None)
    return found[:_MAX_CHARACTERS] if found else None


def _memory_total(text: str) -> int | None:
    for line in text.split("\n"):
        name, _, value = line.partition(":")
        number, _, unit = value.strip().partition(" ")
        if name == "MemTotal" and number.isascii() and number.isdecimal() and unit == "kB":
            return int(number) * 1024
    return None


def _libc() -> str | None:
    try:
        return os.confstr("CS_GNU_LIBC_VERSION")
    except (ValueError, OSError):
        return None
