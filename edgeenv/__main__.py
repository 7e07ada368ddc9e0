"""The ``edgeenv`` command and ``python -m edgeenv``."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the command line and end the process with its exit status."""
    status = answer()
    _leave(status)
    return status


def answer() -> int:
    """Run the command line and return its exit status."""
    if sys.argv[1:] == ["--version"]:
        # Answered before click is imported: scripts ask for it often.
        from edgeenv import __version__

        sys.stdout.write(f"edgeenv, version {__version__}\n")
        return 0
    from edgeenv.cli.main import run

    return run(sys.argv[1:])


def _leave(status: int) -> None:
    """End the process at once when all that was said has been handed over.

    Python would first take every module apart, which costs a tenth of a recording and changes nothing: files
    are closed and children have ended by now. Where something cannot be flushed, Python's own way out tells.
    """
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:  # closed by the caller
                stream.flush()
    except (OSError, ValueError):
        return
    os._exit(status)


if __name__ == "__main__":
    sys.exit(main())
