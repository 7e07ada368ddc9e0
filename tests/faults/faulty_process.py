"""A forked process in which the n-th file operation under a root fails, or kills the process."""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edgeenv.errors import EdgeEnvError

if TYPE_CHECKING:
    from collections.abc import Callable

_WITH_PATH = {
    "open",
    "os.rename",
    "os.mkdir",
    "os.remove",
    "os.rmdir",
    "os.scandir",
    "os.listdir",
    "sqlite3.connect",
}
KILL = "kill"


@dataclass(frozen=True)
class Fault:
    """What happens at which file operation under ``root``: an errno is raised, or the process is killed."""

    root: Path
    at: int
    what: int | str


@dataclass(frozen=True)
class Ending:
    """How the process ended.

    ``outcome`` is ``done``, ``refused`` (an EdgeEnvError), ``crashed`` (any other exception) or ``killed``.
    """

    outcome: str
    fired: bool
    text: str = ""
    notices: tuple[str, ...] = ()


class _Operations:
    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.count = 0
        self.fired = False
        self._root = os.fsencode(fault.root)
        self._inside = False

    def install(self) -> None:
        """Watch this process from now on; an audit hook cannot be taken off again."""
        sys.addaudithook(self._hook)
        for name in ("fsync", "write"):
            setattr(os, name, self._watched(getattr(os, name)))

    def _hook(self, event, args) -> None:
        if self._inside:
            return
        if event == "fcntl.flock":
            self._count(None)
        elif event in _WITH_PATH and args and isinstance(args[0], str | bytes | os.PathLike):
            path = os.fsencode(args[0])
            if path == self._root or path.startswith(self._root + b"/"):
                self._count(os.fsdecode(path))

    def _watched(self, real):
        def call(descriptor, *rest):
            self._inside = True
            try:
                path = Path(f"/proc/self/fd/{descriptor}").readlink()
            finally:
                self._inside = False
            if os.fsencode(path).startswith(self._root):
                self._count(None)
            return real(descriptor, *rest)

        return call

    def _count(self, path: str | None) -> None:
        self.count += 1
        if self.count != self.fault.at:
            return
        self.fired = True
        if self.fault.what == KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        # What works on a descriptor does not say which file it is about.
        raise OSError(self.fault.what, os.strerror(self.fault.what), *([path] if path else []))


def in_process(action: Callable[[], tuple[str, ...] | None], fault: Fault | None = None) -> Ending:
    """Do something in a forked process and say how it ended; the answer of ``action`` are its notices."""
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(readable)
        _report(writable, action, fault)
    os.close(writable)
    with os.fdopen(readable, "rb") as stream:
        raw = stream.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return Ending("killed", fired=True, text=str(os.WTERMSIG(status)))
    said = json.loads(raw)
    return Ending(said["outcome"], said["fired"], said["text"], tuple(said["notices"]))


def _report(writable: int, action, fault: Fault | None) -> None:
    real_write = os.write
    operations = None if fault is None else _Operations(fault)
    outcome, text, notices = "done", "", ()
    try:
        if operations is not None:
            operations.install()
        notices = action() or ()
    except EdgeEnvError as error:
        outcome, text = "refused", error.message
    except BaseException:  # noqa: BLE001 - reported to the test
        outcome, text = "crashed", traceback.format_exc()
    fired = operations is not None and operations.fired
    said = {"outcome": outcome, "fired": fired, "text": text, "notices": list(notices)}
    if operations is not None:
        operations.fault = Fault(fault.root, 0, 0)
    real_write(writable, json.dumps(said).encode())
    os._exit(0)
