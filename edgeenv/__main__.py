"""The ``edgeenv`` command and ``python -m edgeenv``."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line and return its exit status."""
    if sys.argv[1:] == ["--version"]:
        # Answered before click is imported: scripts ask for it often.
        from edgeenv import __version__

        sys.stdout.write(f"edgeenv, version {__version__}\n")
        return 0
    from edgeenv.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
