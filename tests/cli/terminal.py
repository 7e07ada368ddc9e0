"""The command line on a terminal of its own, as a person sees it."""

from __future__ import annotations

import os
import pty
import sys


def on_terminal(*words: object, answer: bytes = b"") -> tuple[int, str]:
    """Run one command, type an answer, and give the exit status and all that was shown."""
    child, descriptor = pty.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, "-m", "edgeenv", *map(str, words)])  # noqa: S606 - our own words
    os.write(descriptor, answer)
    said = b""
    try:
        while piece := os.read(descriptor, 4096):
            said += piece
    except OSError:
        pass  # the terminal closes with its last process
    _, status = os.waitpid(child, 0)
    os.close(descriptor)
    return os.waitstatus_to_exitcode(status), said.decode()
