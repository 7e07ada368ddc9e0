"""The command line as a whole: its table, what each command imports, how what fails is shown."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

import edgeenv
from edgeenv.cli import main
from edgeenv.cli.commands import COMMANDS
from edgeenv.cli.examples import EXAMPLES
from edgeenv.cli.main import cli
from edgeenv.errors import EdgeEnvError, Problem

LEAVES = [leaf for entry in COMMANDS for leaf in entry.leaves()]
GROUPS = [entry.name for entry in COMMANDS if entry.children]
HEAVY = {"yaml", "jsonschema", "jinja2", "tabulate", "sqlite3", "edgeenv.policy.remedy"}


@pytest.mark.parametrize(("words", "entry"), LEAVES, ids=[" ".join(words) for words, _ in LEAVES])
def test_a_command_is_what_its_table_entry_says(words, entry):
    command = entry.load()
    assert command.name == words[-1]
    assert command.help.splitlines()[0] == entry.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{words}: {parameter.name} has no help"


def test_help_lists_every_command_and_imports_none(edgeenv_process):
    for words in ((), *((group,) for group in GROUPS)):
        shown = edgeenv_process(*words, "--help")
        assert shown.status == 0
        assert all(len(line) <= 80 for line in shown.lines)
    code = (
        "import sys; sys.argv[1:] = ['--help']\n"
        "from edgeenv.__main__ import answer\n"
        "answer()\n"
        "print(sorted(name for name in sys.modules if name.startswith('edgeenv.')), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(re.findall(r"'(edgeenv[\w.]*)'", done.stderr))
    assert loaded == {
        "edgeenv.__main__",
        "edgeenv.cli",
        "edgeenv.cli.commands",
        "edgeenv.cli.group",
        "edgeenv.cli.main",
        "edgeenv.cli.output",
        "edgeenv.errors",
    }


MAY_IMPORT = {
    ("--version",): set(),
    ("--help",): set(),
    ("doctor", "--edgeenv-root", "nowhere"): set(),
    ("runs", "list"): {"sqlite3"},
    ("runs", "list", "--json"): {"sqlite3"},
    ("runs", "show", "latest"): {"sqlite3"},
    ("failed-runs", "list"): {"sqlite3"},
    ("report", "compare", "latest~1", "latest"): {"sqlite3"},
    ("report", "compare", "latest~1", "latest", "--json"): {"sqlite3"},
    ("report", "compare", "latest~1", "latest", "--format", "markdown"): {"sqlite3", "jinja2"},
    ("policy", "list"): {"tabulate"},
}


@pytest.mark.parametrize(
    ("words", "allowed"), MAY_IMPORT.items(), ids=[" ".join(words) for words in MAY_IMPORT]
)
def test_a_command_imports_only_what_it_needs(words, allowed, recorded_root):
    code = (
        "import sys\nfrom edgeenv.__main__ import answer\nstatus = answer()\n"
        f"print('loaded', *sorted({HEAVY} & set(sys.modules)), file=sys.stderr)\nsys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        text=True,
        env={**os.environ, "EDGEENV_ROOT": str(recorded_root)},
        check=True,
    )
    loaded = set(done.stderr.rsplit("loaded", 1)[1].split())
    assert loaded <= allowed
    if words == ("--version",):
        assert done.stdout == f"edgeenv, version {edgeenv.__version__}\n"


def test_version_is_answered_without_click(edgeenv_process):
    code = (
        "import sys; sys.argv[1:] = ['--version']\nfrom edgeenv.__main__ import answer\nanswer()\n"
        "sys.exit('click' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert edgeenv_process("--version").stdout == f"edgeenv, version {edgeenv.__version__}\n"
    assert edgeenv_process("--version", "runs").stdout == f"edgeenv, version {edgeenv.__version__}\n"


@pytest.mark.parametrize(
    "words", [("run",), ("runs", "lst"), ("runs", "list", "--limt", "3"), ("runs", "show")]
)
def test_a_usage_error_exits_2_and_shows_no_traceback(edgeenv, words):
    done = edgeenv(*words)
    assert done.status == 2
    assert done.stdout == ""
    assert "Error:" in done.stderr


@pytest.fixture
def failing(monkeypatch):
    """Make `edgeenv doctor` raise something."""

    def plant(error):
        @click.command(name="doctor")
        def broken():
            raise error

        monkeypatch.setattr(main.TableGroup, "get_command", lambda *_: broken)

    return plant


def test_an_error_is_shown_once_with_problems_and_hint(edgeenv, failing):
    problem = Problem("c", "f\x1b.yaml", 3, 4, "$.x", "found \u202eno", "say y\nes")
    failing(EdgeEnvError("cannot\x1b[2J go on", "try\nthis", exit_status=3, problems=(problem,)))
    done = edgeenv("doctor")
    assert done.status == 3
    assert done.stdout == ""
    assert done.stderr == (
        "Error: cannot\\x1b[2J go on\n"
        "f\\x1b.yaml:3:4: $.x: found \\u202eno\n"
        "  Hint: say y\\nes\n"
        "Hint: try\\nthis\n"
    )


def test_what_an_error_has_told_is_not_listed_again(edgeenv, failing):
    problem = Problem("c", "f.yaml", 3, 4, "$.x", "found no", "say yes")
    failing(EdgeEnvError("bad: f.yaml:3:4: $.x: found no", "say yes", problems=(problem,)))
    assert edgeenv("doctor").stderr == "Error: bad: f.yaml:3:4: $.x: found no\nHint: say yes\n"
    failing(EdgeEnvError("bad: f.yaml:5:1: $.x: found no", "say yes", problems=(problem,)))
    assert edgeenv("doctor").stderr == (
        "Error: bad: f.yaml:5:1: $.x: found no\nf.yaml:3:4: $.x: found no\n  Hint: say yes\n"
    )


def test_a_bug_exits_70_and_leaves_its_traceback_in_a_file(edgeenv, failing, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    failing(ZeroDivisionError("made up"))
    done = edgeenv("doctor")
    assert done.status == 70
    assert "Error: this is a bug in EdgeEnv: ZeroDivisionError: made up" in done.stderr
    assert "Traceback" not in done.stderr
    (report,) = tmp_path.glob("edgeenv-bug-*.txt")
    assert str(report) in done.stderr
    text = report.read_text()
    assert text.startswith(f"edgeenv {main.__version__}, Python")
    assert "Traceback" in text
    assert report.stat().st_mode & 0o077 == 0


def test_a_bug_without_a_temporary_directory_is_shown_all_the_same(edgeenv, failing, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", "/dev/null/nowhere")
    failing(ZeroDivisionError("made up"))
    done = edgeenv("doctor")
    assert done.status == 70
    assert "ZeroDivisionError" in done.stderr


def test_an_interrupt_exits_130(edgeenv, failing):
    failing(KeyboardInterrupt())
    done = edgeenv("doctor")
    assert done.status == 130
    assert "Interrupted" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_with_128_and_its_number(number, tmp_path):
    script = tmp_path / "slow.py"
    script.write_text(
        "import sys, time, click\n"
        "from edgeenv.cli import main\n"
        "@click.command(name='doctor')\n"
        "def slow():\n"
        "    print('ready', flush=True)\n"
        "    time.sleep(30)\n"
        "main.TableGroup.get_command = lambda *_: slow\n"
        "sys.exit(main.run(['doctor']))\n"
    )
    process = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(number)
    _, stderr = process.communicate(timeout=20)
    assert process.returncode == 128 + number
    assert stderr == b""


@pytest.mark.parametrize("words", [("--help",), ("schema", "show", "result"), ("runs", "list", "--json")])
def test_a_reader_who_leaves_early_is_no_error(words, recorded_root):
    process = subprocess.Popen(
        [sys.executable, "-m", "edgeenv", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "EDGEENV_ROOT": str(recorded_root)},
    )
    process.stdout.close()
    stderr = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=20) != 70
    assert stderr == b""


def test_a_terminal_that_is_not_utf8_never_ends_the_program(edgeenv_process, recorded_root):
    env = {"PYTHONIOENCODING": "iso-8859-1", "EDGEENV_ROOT": str(recorded_root)}
    shown = edgeenv_process("runs", "list", "--model", "모델", env=env)
    assert shown.status == 0
    assert edgeenv_process("runs", "show", "모델", env=env).stderr.startswith("Error: Run not found: \\u")
    assert edgeenv_process("runs", "list", "--json", env=env).stdout.startswith("{")


def test_there_are_no_colours(edgeenv_process, recorded_root):
    env = {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1", "EDGEENV_ROOT": str(recorded_root)}
    for words in (("runs", "list"), ("runs", "list", "--json"), ("doctor",), ("runs", "show", "nope")):
        done = edgeenv_process(*words, env=env)
        assert "\x1b" not in done.stdout + done.stderr


def test_shell_completion_knows_commands_and_run_ids(recorded_root):
    (newest, *_) = sorted((recorded_root / "runs").iterdir(), reverse=True)
    env = {**os.environ, "EDGEENV_ROOT": str(recorded_root), "_EDGEENV_COMPLETE": "bash_complete"}
    for words, cword, expected in (
        ("edgeenv run", "1", "runs"),
        ("edgeenv runs show run-", "3", newest.name),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "edgeenv"],
            env={**env, "COMP_WORDS": words, "COMP_CWORD": cword},
            capture_output=True,
            text=True,
            check=False,
        )
        assert expected in done.stdout


def test_a_forgotten_root_is_an_error_that_says_so(edgeenv, tmp_path):
    done = edgeenv("runs", "list", cwd=tmp_path)
    assert "this-test-has-not-chosen-a-root" in done.stdout + done.stderr


def test_every_command_answers_help(edgeenv):
    for words, _ in LEAVES:
        done = edgeenv(*words, "--help")
        assert done.status == 0
        assert "Usage: edgeenv " + " ".join(words) in done.stdout


@pytest.mark.parametrize(
    "words", [words for words, _ in LEAVES], ids=[" ".join(words) for words, _ in LEAVES]
)
def test_every_help_ends_with_examples(edgeenv, words):
    """Mend with a line in edgeenv/cli/examples.py."""
    shown = edgeenv(*words, "--help").stdout
    _, _, examples = shown.partition("Examples:\n")
    lines = [line.strip() for line in examples.splitlines()]
    assert lines
    assert all(line.startswith(f"edgeenv {' '.join(words)}") for line in lines)
    assert all(len(line) <= 80 for line in shown.splitlines())


@pytest.mark.parametrize(
    "line", sorted({line for lines in EXAMPLES.values() for line in lines}), ids=lambda line: line[:60]
)
def test_every_example_parses(line):
    words = shlex.split(re.split(" [|>] ", line)[0])[1:]
    command, context = cli, click.Context(cli, info_name="edgeenv")
    while isinstance(command, click.Group):
        word = words.pop(0)
        command = command.get_command(context, word)
        assert command is not None, f"{line}: there is no {word}"
    command.make_context(command.name, words, parent=context)


def test_a_group_alone_shows_its_examples(edgeenv):
    assert "edgeenv report compare latest~1 latest" in edgeenv("report").stderr


def test_every_entry_of_the_examples_is_a_command():
    groups = {" ".join(words) for entry in COMMANDS for words in group_words(entry)}
    assert EXAMPLES.keys() == groups | {" ".join(words) for words, _ in LEAVES}


def group_words(entry, *prefix):
    words = (*prefix, entry.name)
    if entry.children:
        yield words
    for child in entry.children:
        yield from group_words(child, *words)


def test_the_first_steps_stand_in_the_help_of_the_whole(edgeenv):
    shown = edgeenv("--help").stdout
    steps = [
        "edgeenv init",
        "edgeenv bench validate",
        "edgeenv bench run",
        "edgeenv runs list",
        "edgeenv report compare",
    ]
    places = [shown.index(step) for step in steps]
    assert places == sorted(places)
    assert edgeenv().stderr == shown


def test_the_root_command_has_a_name_for_every_leaf():
    assert cli.name == "edgeenv"
    assert len({words for words, _ in LEAVES}) == len(LEAVES)


@pytest.mark.parametrize("name", ["result", "policy"])
def test_a_pipe_gets_all_that_was_said(edgeenv_process, name):
    """The process ends without Python's own clean-up, so what is buffered must be out by then."""
    shown = edgeenv_process("schema", "show", name)
    assert shown.stdout == (Path(__file__).parents[2] / "schemas" / f"{name}.schema.json").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("compare",), "No such command 'compare'. Did you mean edgeenv report compare?"),
        (("report", "shwo"), "No such command 'shwo'. Did you mean edgeenv runs show or edgeenv "),
        (("xyzzy",), "No such command 'xyzzy'."),
    ],
)
def test_a_word_that_is_no_command_is_answered_with_the_one_that_may_be_meant(edgeenv, words, said):
    done = edgeenv(*words)
    assert done.status == 2
    assert done.stderr.splitlines()[-1].startswith(f"Error: {said}")
