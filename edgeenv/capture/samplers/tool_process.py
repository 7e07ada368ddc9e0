"""A sampling tool as a child of its own: always drained, each line stamped as it comes, ended on time."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edgeenv.capture.process import has_ended

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from edgeenv.capture.samplers.raw_log import RawLog

MAX_LINE_BYTES = 64 << 10
_CHUNK_BYTES = 64 << 10
_KEPT_STDERR_BYTES = 2000
_KILL_S = 0.5
_LAST_WORDS_S = 0.2
_PAUSE_S = 0.01


@dataclass(slots=True)
class ToolEnding:
    """How a tool ended.

    Attributes:
        status: its exit status, negative for a signal; None when it did not end even when killed.
        early: whether it had ended before it was asked to.
        killed: whether it ignored the request to end.
    """

    status: int | None = None
    early: bool = False
    killed: bool = False

    def document(self) -> dict[str, Any]:
        """The ending as JSON members."""
        return {"status": self.status, "early": self.early, "killed": self.killed}


class ToolProcess:
    """One tool, from its start to its end.

    Attributes:
        stderr: the first of what it wrote to standard error.
        crashed: what the receiver of its lines raised, if it did; the tool was drained nevertheless.
        overlong_lines: lines that were too long to be lines.
        unfinished: whether the last line had no end.
    """

    def __init__(
        self, now_ns: Callable[[], int], on_line: Callable[[int, str], None], raw_log: RawLog | None
    ) -> None:
        self.stderr = b""
        self.crashed: Exception | None = None
        self.overlong_lines = 0
        self.unfinished = False
        self._now_ns = now_ns
        self._on_line = on_line
        self._raw_log = raw_log
        self._partial = b""
        self._skipping = False
        self._line_came = threading.Event()
        self._enough = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None

    def start(self, argv: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start the tool in a process group of its own.

        Raises:
            OSError: it could not be started.
        """
        child = subprocess.Popen(  # noqa: S603 - a program that the target profile names, no shell
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environment),
            start_new_session=True,
        )
        self._child = child
        self._thread = threading.Thread(target=self._drain, args=(child,), name=argv[0], daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float, last_line_s: float) -> ToolEnding:
        """Wait for one more line, then end the tool with its group: TERM, grace, KILL.

        Args:
            timeout_s: how long all of it may take, but for the moment that a kill needs.
            last_line_s: how long to wait for a line that comes after now.
        """
        child, ending = self._child, ToolEnding()
        if child is None:
            return ending
        waited_s = 0.0
        ending.early = has_ended(child)
        if not ending.early:
            waited_s = self._await_line(child, min(last_line_s, timeout_s / 2))
            ending.early = has_ended(child)
        _signal(child, signal.SIGTERM)
        _signal(child, signal.SIGCONT)
        _await(lambda: has_ended(child), timeout_s - waited_s)
        ending.killed = not has_ended(child)
        _signal(child, signal.SIGKILL)
        if _await(lambda: has_ended(child), _KILL_S):
            ending.status = child.wait()
        self._enough.set()
        if self._thread is not None:
            self._thread.join(_LAST_WORDS_S + _KILL_S)
        return ending

    def _await_line(self, child: subprocess.Popen[bytes], at_most_s: float) -> float:
        self._line_came.clear()
        waited_s = 0.0
        while waited_s < at_most_s and not has_ended(child) and not self._line_came.wait(_PAUSE_S):
            waited_s += _PAUSE_S
        return waited_s

    def _drain(self, child: subprocess.Popen[bytes]) -> None:
        try:
            with selectors.DefaultSelector() as selector:
                for stream, receive in ((child.stdout, self._out), (child.stderr, self._err)):
                    if stream is not None:
                        os.set_blocking(stream.fileno(), False)
                        selector.register(stream, selectors.EVENT_READ, receive)
                self._read_all(selector)
        finally:
            self.unfinished = bool(self._partial)
            for stream in (child.stdout, child.stderr):
                if stream is not None:
                    stream.close()
            if self._raw_log is not None:
                self._raw_log.close()

    def _read_all(self, selector: selectors.BaseSelector) -> None:
        while selector.get_map():
            # Once the tool has ended, a pipe that a stray descendant still holds is not waited for.
            ready = selector.select(_LAST_WORDS_S)
            if not ready and self._enough.is_set():
                return
            for key, _ in ready:
                chunk = _read(key.fd)
                if chunk is None:
                    continue
                if not chunk:
                    selector.unregister(key.fileobj)
                    continue
                key.data(chunk)

    def _err(self, chunk: bytes) -> None:
        self.stderr += chunk[: _KEPT_STDERR_BYTES - len(self.stderr)]

    def _out(self, chunk: bytes) -> None:
        time_ns = self._now_ns()
        if self._raw_log is not None:
            self._raw_log.write(chunk)
        *lines, self._partial = (self._partial + chunk).split(b"\n")
        for line in lines:
            if self._skipping:
                self._skipping = False  # the end of a line that was given up
            else:
                self._line(time_ns, line)
        if len(self._partial) > MAX_LINE_BYTES:
            self.overlong_lines += 0 if self._skipping else 1
            self._partial, self._skipping = b"", True

    def _line(self, time_ns: int, line: bytes) -> None:
        self._line_came.set()
        try:
            self._on_line(time_ns, line.decode("utf-8", "replace"))
        except Exception as error:  # noqa: BLE001 - the tool must be drained whatever its lines do
            self.crashed = self.crashed or error


def _read(descriptor: int) -> bytes | None:
    try:
        return os.read(descriptor, _CHUNK_BYTES)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def _signal(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if child.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, number)


def _await(condition: Callable[[], bool], at_most_s: float) -> bool:
    # Counted in sleeps, not on a clock: this must come to an end whatever a clock does.
    waited_s = 0.0
    while not condition():
        if waited_s >= at_most_s:
            return False
        time.sleep(_PAUSE_S)
        waited_s += _PAUSE_S
    return True
