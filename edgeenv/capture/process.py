"""One child in a process group of its own: started into files, watched, bounded, and ended with its group."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from enum import Enum
from typing import IO, TYPE_CHECKING, NamedTuple

from edgeenv.capture import leftovers
from edgeenv.capture.window import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from resource import struct_rusage

    from edgeenv.capture.request import Clock, Watcher
    from edgeenv.capture.signals import StopSignals

MAX_OUTPUT_BYTES = 1 << 30
"""A stream that grows beyond this ends the command; the disk is not ours to fill."""

GRACE_S = 2.0
"""How long a command that must stop may take to do so after SIGTERM."""

_FIRST_PAUSE_S = 0.001
_LAST_PAUSE_S = 0.05
_TICK_S = 0.5
_REAP_S = 5.0  # a process stuck in a driver survives even SIGKILL; it must not hold us


class StartError(Exception):
    """The child could not be started; the text is the operating system's."""


class End(Enum):
    """Why the wait for a child was over."""

    ITSELF = "itself"
    TIMEOUT = "timeout"
    SIGNAL = "signal"
    OUTPUT = "output"


class Launch(NamedTuple):
    """What is to be started.

    Attributes:
        argv: the words, the first one as the program will see it.
        executable: the absolute path of the program; None when none was found (the start will say why).
        environment: every variable of the child.
        working_directory: the child's directory, absolute.
    """

    argv: tuple[str, ...]
    executable: str | None
    environment: Mapping[str, str]
    working_directory: Path


class Bounds(NamedTuple):
    """How long a child may take and how much it may print.

    Attributes:
        timeout_s: seconds on the monotonic clock; None for no limit.
        output_bytes: the most bytes of one stream.
        grace_s: seconds between SIGTERM and SIGKILL for a child that has to stop.
    """

    timeout_s: float | None = None
    output_bytes: int = MAX_OUTPUT_BYTES
    grace_s: float = GRACE_S


class Ending(NamedTuple):
    """How a child ended.

    Attributes:
        end: why the wait was over.
        status: the exit status, negative for a signal; None when the child had to be stopped.
        duration_s: monotonic seconds from the start to the end of the wait.
        started_s: the reading of the monotonic clock at the start.
        usage: what the child and its collected children have used; None where the system did not tell.
    """

    end: End
    status: int | None
    duration_s: float
    started_s: float = 0.0
    usage: struct_rusage | None = None

    @property
    def window(self) -> Window:
        """The whole run of the child on the monotonic clock."""
        start_ns = round(self.started_s * 1e9)
        return Window(start_ns, max(start_ns + 1, round((self.started_s + self.duration_s) * 1e9)))


class Streams(NamedTuple):
    """The two open log files."""

    stdout: IO[bytes]
    stderr: IO[bytes]

    def exceed(self, limit: int) -> bool:
        """Whether one of the files holds more than ``limit`` bytes."""
        return any(os.fstat(stream.fileno()).st_size > limit for stream in (self.stdout, self.stderr))


class Observers(NamedTuple):
    """Who follows a child while it runs: the clock, the signals, and perhaps somebody who looks on.

    The watcher is called at most twice a second, and once more when the child has ended, so that it can show
    the last lines. ``started`` is called once with the child's id; ``ended`` once, before the child's group
    is ended, which may take a moment.
    """

    clock: Clock
    stop: StopSignals
    watcher: Watcher | None
    stdout: Path
    stderr: Path
    started: Callable[[int], None] | None = None
    ended: Callable[[], None] | None = None

    def tick(self, elapsed_s: float) -> None:
        """Let the watcher look; a terminal that has gone away is no reason to end a run."""
        if self.watcher is not None:
            with suppress(OSError):
                self.watcher.tick(elapsed_s, self.stdout, self.stderr)


def execute(launch: Launch, streams: Streams, bounds: Bounds, observers: Observers) -> Ending:
    """Start a child, wait for it within its bounds, and leave nothing of its group behind.

    Raises:
        StartError: the child could not be started.
    """
    begin = observers.clock.monotonic()
    child = _start(launch, streams)
    end, usage = None, None
    try:
        if observers.started is not None:
            observers.started(child.pid)
        end = _wait(child, streams, bounds, observers, begin)
        duration = observers.clock.monotonic() - begin
        if observers.ended is not None:
            observers.ended()
    finally:
        usage = _end_group(child, 0.0 if end is End.ITSELF else bounds.grace_s)
    observers.tick(duration)
    status = child.returncode if end is End.ITSELF else None
    if end is End.ITSELF and streams.exceed(bounds.output_bytes):
        end = End.OUTPUT
    return Ending(end, status, duration, begin, usage)


def _start(launch: Launch, streams: Streams) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - argv comes from the user's own config, no shell
            launch.argv,
            executable=launch.executable,
            stdin=subprocess.DEVNULL,
            stdout=streams.stdout,
            stderr=streams.stderr,
            cwd=launch.working_directory,
            env=launch.environment,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise StartError(str(error)) from error


def _wait(
    child: subprocess.Popen[bytes], streams: Streams, bounds: Bounds, observers: Observers, begin: float
) -> End:
    pause, next_tick = _FIRST_PAUSE_S, _TICK_S
    while not has_ended(child):
        elapsed = observers.clock.monotonic() - begin
        if observers.stop.number is not None:
            return End.SIGNAL
        if bounds.timeout_s is not None and elapsed >= bounds.timeout_s:
            return End.TIMEOUT
        if streams.exceed(bounds.output_bytes):
            return End.OUTPUT
        if elapsed >= next_tick:
            observers.tick(elapsed)
            next_tick = elapsed + _TICK_S
        time.sleep(pause)
        pause = min(pause * 2, _LAST_PAUSE_S)
    return End.ITSELF


def has_ended(child: subprocess.Popen[bytes]) -> bool:
    """Whether a child has ended; it is not reaped by the question.

    While it is a zombie, the number of its group cannot be given to others.
    """
    if child.returncode is not None or not hasattr(os, "waitid"):  # macOS before Python 3.13
        return child.poll() is not None
    try:
        return os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


def _end_group(child: subprocess.Popen[bytes], grace_s: float) -> struct_rusage | None:
    """End the whole group, also what a successful child left in it; gives what the child has used."""
    group = child.pid
    _signal(group, signal.SIGTERM)
    _signal(group, signal.SIGCONT)
    _wait_until(lambda: has_ended(child), grace_s)
    _signal(group, signal.SIGKILL)
    usage = _reaped(child) if _wait_until(lambda: has_ended(child), _REAP_S) else None
    # What was killed may still write for a moment; the logs must not grow once they are read.
    _wait_until(lambda: not leftovers.group_lives(group), _REAP_S)
    return usage


def _reaped(child: subprocess.Popen[bytes]) -> struct_rusage | None:
    try:
        _, status, usage = os.wait4(child.pid, 0)
    except ChildProcessError:  # somebody has collected it before
        child.wait()
        return None
    child.returncode = os.waitstatus_to_exitcode(status)
    return usage


def _signal(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _wait_until(condition: Callable[[], bool], at_most_s: float) -> bool:
    # Counted in sleeps, not on a clock: this must come to an end whatever a clock does.
    pause, waited = _FIRST_PAUSE_S, 0.0
    while not condition():
        if waited >= at_most_s:
            return False
        time.sleep(pause)
        waited += pause
        pause = min(pause * 2, _LAST_PAUSE_S)
    return True
