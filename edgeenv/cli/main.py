"""The table of commands, and the one place where whatever goes wrong is shown."""

from __future__ import annotations

import errno
import os
import signal
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click

from edgeenv import __version__
from edgeenv.cli.group import Entry, TableGroup
from edgeenv.cli.output import clean_block, message, show_error
from edgeenv.errors import EdgeEnvError, ExitStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = (
    Entry("demo", "Record and compare example runs, end to end.", "edgeenv.cli.demo:demo"),
    Entry("doctor", "Check this installation and the registry.", "edgeenv.cli.doctor:doctor"),
    Entry(
        "profile",
        "Target profiles: where benchmarks run.",
        children=(
            Entry("validate", "Check target profile files.", "edgeenv.cli.validate:validate_profiles"),
        ),
    ),
    Entry(
        "bench",
        "Benchmarks: check them, run them.",
        children=(
            Entry("validate", "Check benchmark config files.", "edgeenv.cli.validate:validate_benchmarks"),
            Entry("run", "Run a benchmark and record it as evidence.", "edgeenv.cli.bench:run_benchmark"),
        ),
    ),
    Entry(
        "runs",
        "Recorded runs.",
        children=(
            Entry("list", "List recorded runs, newest first.", "edgeenv.cli.runs:list_runs"),
            Entry("show", "Show one recorded run.", "edgeenv.cli.runs:show_run"),
            Entry(
                "sampler",
                "What samplers left beside a run.",
                children=(
                    Entry(
                        "show", "Show what samplers left beside a run.", "edgeenv.cli.sampler:show_sampler"
                    ),
                    Entry("plot", "Show the samples of a run over time.", "edgeenv.cli.sampler:plot_sampler"),
                ),
            ),
            Entry(
                "resources",
                "Resource metrics over all runs.",
                children=(
                    Entry(
                        "list",
                        "List resource metrics of recorded runs.",
                        "edgeenv.cli.resources:list_resources",
                    ),
                ),
            ),
            Entry(
                "cohorts",
                "Group runs that may be compared with each other.",
                "edgeenv.cli.runs_cohorts:list_cohorts",
            ),
            Entry("like", "List what a run may be compared with.", "edgeenv.cli.runs_cohorts:list_like"),
            Entry("export", "Write runs as bundles.", "edgeenv.cli.transfer:export_runs"),
            Entry("import", "Bring bundles into the registry.", "edgeenv.cli.transfer:import_runs"),
            Entry("verify", "Prove that runs are what they were.", "edgeenv.cli.verify:verify_runs"),
            Entry("delete", "Move runs to the trash.", "edgeenv.cli.delete:delete_runs"),
            Entry("restore", "Bring deleted runs back.", "edgeenv.cli.delete:restore_runs"),
        ),
    ),
    Entry(
        "failed-runs",
        "Runs that gave no valid metrics.",
        children=(
            Entry("list", "List failed runs, newest first.", "edgeenv.cli.failed_runs:list_failed_runs"),
            Entry("show", "Show one failed run and its logs.", "edgeenv.cli.failed_runs:show_failed_run"),
            Entry("export", "Write failed runs as bundles.", "edgeenv.cli.transfer:export_failed_runs"),
            Entry(
                "import",
                "Bring bundles of failed runs into the registry.",
                "edgeenv.cli.transfer:import_failed_runs",
            ),
            Entry(
                "verify",
                "Prove that failed runs are what they were.",
                "edgeenv.cli.verify:verify_failed_runs",
            ),
            Entry("delete", "Move failed runs to the trash.", "edgeenv.cli.delete:delete_failed_runs"),
            Entry("restore", "Bring deleted runs back.", "edgeenv.cli.delete:restore_runs"),
        ),
    ),
    Entry(
        "bundle",
        "Bundles: one run as one file.",
        children=(
            Entry("show", "Show what a bundle holds.", "edgeenv.cli.bundle:show_bundle"),
            Entry("verify", "Check bundles as an import would.", "edgeenv.cli.bundle:verify_bundles"),
            Entry("sign", "Sign a bundle with an SSH key.", "edgeenv.cli.bundle:sign_bundle"),
        ),
    ),
    Entry(
        "registry",
        "The index, and what lies around the runs.",
        children=(
            Entry("check", "Compare the index with the evidence.", "edgeenv.cli.registry:check_registry"),
            Entry(
                "rebuild", "Make the index anew from the evidence.", "edgeenv.cli.registry:rebuild_registry"
            ),
            Entry("prune", "Remove what nobody needs any more.", "edgeenv.cli.registry:prune_registry"),
        ),
    ),
    Entry(
        "report",
        "Judged comparisons.",
        children=(
            Entry("compare", "Judge whether two runs may be compared.", "edgeenv.cli.report:compare"),
            Entry(
                "bundle-summary",
                "Summarise runs and their judgements for a reviewer.",
                "edgeenv.cli.bundle_summary:bundle_summary",
            ),
        ),
    ),
    Entry(
        "policy",
        "Comparability policies.",
        children=(
            Entry("list", "List the policies that EdgeEnv ships.", "edgeenv.cli.policy:list_policies"),
            Entry("show", "Show what a policy asks for.", "edgeenv.cli.policy:show_policy"),
            Entry("check", "Check policy files.", "edgeenv.cli.policy_check:check_policies"),
            Entry("test", "Run the test cases of policies.", "edgeenv.cli.policy_trial:try_policies"),
            Entry(
                "diff",
                "Show what two policies ask for differently.",
                "edgeenv.cli.policy_difference:diff_policies",
            ),
            Entry(
                "init", "Begin a policy of your own, with its tests.", "edgeenv.cli.policy_start:start_policy"
            ),
            Entry(
                "explain",
                "Say in words what a rule of a policy does.",
                "edgeenv.cli.policy_explanation:explain_rule",
            ),
        ),
    ),
    Entry(
        "schema",
        "The JSON Schemas of all documents.",
        children=(
            Entry("list", "List the schemas that EdgeEnv ships.", "edgeenv.cli.schema:list_schemas"),
            Entry("show", "Print one schema.", "edgeenv.cli.schema:show_schema"),
            Entry("validate", "Check files against a schema.", "edgeenv.cli.schema:validate_files"),
        ),
    ),
)

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


cli = RootGroup(
    COMMANDS,
    name="edgeenv",
    help="Record Edge AI benchmark runs as evidence, and judge whether two may be compared.",
    epilog="Runs live in the nearest .edgeenv directory upward from here, or where --edgeenv-root or "
    "EDGEENV_ROOT says.",
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
