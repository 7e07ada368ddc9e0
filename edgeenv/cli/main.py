"""The ``edgeenv`` command, and the one place where whatever goes wrong is shown."""

from __future__ import annotations

import errno
import os
import signal
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click

from edgeenv import __version__
from edgeenv.cli.commands import COMMANDS
from edgeenv.cli.group import TableGroup
from edgeenv.cli.output import clean_block, message, show_error
from edgeenv.errors import EdgeEnvError, ExitStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

_OUTPUT_FAILS = {errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG}
# 128 + SIGPIPE, as a shell reports a program whose reader has gone.
_READER_GONE = 141


class RootGroup(TableGroup):
    """The ``edgeenv`` command: every call ends here, with an exit status and no traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a reader of our output who leaves early is no error of anybody."""
        try:
            answer = super().invoke(ctx)
            if sys.stdout is not None:  # closed by the caller
                sys.stdout.flush()
        except BrokenPipeError:
            _forget_stdout()
            return _READER_GONE
        return answer

    def main(self, args: Sequence[str] | None = None, **settings: Any) -> NoReturn:  # type: ignore[override]
        """Run one command line, show what went wrong if anything did, and exit."""
        settings.update(standalone_mode=False, prog_name="edgeenv")
        try:
            answer = super().main(args, **settings)
            status = answer if isinstance(answer, int) else ExitStatus.DONE
        except EdgeEnvError as error:
            show_error(error)
            status = error.exit_status
        except click.ClickException as error:
            error.show()
            status = error.exit_code
        except OSError as error:
            if error.filename is not None or error.errno not in _OUTPUT_FAILS:
                _show_bug(error)
                status = ExitStatus.BUG
            else:
                show_error(EdgeEnvError(f"standard output cannot be written: {error.strerror}"))
                _forget_stdout()
                status = ExitStatus.COULD_NOT
        except (KeyboardInterrupt, click.Abort):
            message("Interrupted")
            status = ExitStatus.INTERRUPTED
        except Exception as error:  # noqa: BLE001 - whatever is left is a bug, and is shown as one
            _show_bug(error)
            status = ExitStatus.BUG
        sys.exit(int(status))


_FIRST_STEPS = """\
\b
First steps with a command of your own:
  edgeenv init --from-command "YOUR COMMAND" --model FILE
  edgeenv bench validate bench.yaml
  edgeenv bench run --target target.yaml --config bench.yaml    (twice)
  edgeenv runs list
  edgeenv report compare latest~1 latest

Without one, edgeenv demo shows the same with examples. Every --help has examples of its own.

Runs live in the nearest .edgeenv directory upward from here, or where --edgeenv-root or EDGEENV_ROOT says.
"""

cli = RootGroup(
    COMMANDS,
    name="edgeenv",
    help="Record Edge AI benchmark runs as evidence, and judge whether two may be compared.",
    epilog=_FIRST_STEPS,
    context_settings={"help_option_names": ["-h", "--help"]},
)
click.version_option(__version__, message="edgeenv, version %(version)s")(cli)


def run(words: Sequence[str]) -> int:
    """Run one command line as the process that it is, and return its exit status."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup means it
            signal.signal(number, _end)
    for stream in filter(None, (sys.stdout, sys.stderr)):
        # What the terminal's encoding cannot show is shown escaped; it never ends the program.
        stream.reconfigure(errors="backslashreplace")
    try:
        cli.main(words)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else ExitStatus.DONE


def _end(number: int, _frame: object) -> NoReturn:
    """End by an exception, so that what is open is closed on the way out."""
    sys.exit(128 + number)


def _forget_stdout() -> None:
    """Let the interpreter flush what nobody reads into nothing, silently."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _show_bug(error: Exception) -> None:
    show_error(
        EdgeEnvError(
            f"this is a bug in EdgeEnv: {type(error).__name__}: {error}",
            f"please report it, together with {_write_traceback(error)}",
        )
    )


def _write_traceback(error: Exception) -> str:
    """Put what a maintainer needs into a file of its own, and name it."""
    from tempfile import mkstemp
    from traceback import format_exception

    text = f"edgeenv {__version__}, Python {sys.version}\n\n{''.join(format_exception(error))}"
    try:
        descriptor, name = mkstemp(prefix="edgeenv-bug-", suffix=".txt")
        with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:  # noqa: PTH123 - a descriptor
            file.write(text)
    except OSError:
        message(clean_block(text))
        return "the text above"
    return name
