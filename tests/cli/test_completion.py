"""Completion, in the real shells where they are installed."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time

import pytest
from cli_cases import EXAMPLES


def needs(shell):
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"{shell} is not installed")


@pytest.fixture
def home(tmp_path, monkeypatch, recorded_root):
    """A home of its own, with edgeenv on PATH and a root with runs."""
    programs = tmp_path / "bin"
    programs.mkdir()
    shim = programs / "edgeenv"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m edgeenv "$@"\n')
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("EDGEENV_ROOT", str(recorded_root))
    monkeypatch.setenv("PYTHONPATH", str(EXAMPLES.parent))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "ZDOTDIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run_id(recorded_root):
    return min(path.name for path in (recorded_root / "runs").iterdir())


def offered(words, number):
    """What is offered for the last word, as the shell's script is told it."""
    done = subprocess.run(
        [sys.executable, "-m", "edgeenv"],
        env={
            **os.environ,
            "_EDGEENV_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(number),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("words", "number", "expected"),
    [
        ("edgeenv", 1, "plain,init"),
        ("edgeenv rep", 1, "plain,report"),
        ("edgeenv runs", 2, "plain,list"),
        ("edgeenv runs list --mod", 3, "plain,--model"),
        ("edgeenv runs list --model local-c", 4, "plain,local-compare-model"),
        ("edgeenv runs list --runtime", 4, "plain,local-python"),
        ("edgeenv report compare latest latest --policy st", 6, "plain,strict"),
        ("edgeenv report compare latest latest --policy ./", 6, "file,./"),
        ("edgeenv report compare latest latest --vary prec", 6, "plain,precision"),
        ("edgeenv report compare latest latest --format js", 6, "plain,json"),
        ("edgeenv policy explain model-h", 3, "plain,model-hash"),
        ("edgeenv policy diff def", 3, "plain,default"),
        ("edgeenv schema show bench", 3, "plain,bench-config"),
        ("edgeenv bench validate be", 3, "file,be"),
        ("edgeenv bench run --target ta", 4, "file,ta"),
        ("edgeenv runs list --edgeenv-root x", 4, "dir,x"),
        ("edgeenv init --model m", 3, "file,m"),
        ("edgeenv report replay j", 3, "file,j"),
        ("edgeenv completion z", 2, "plain,zsh"),
    ],
)
@pytest.mark.usefixtures("home")
def test_every_kind_of_word_is_completed(words, number, expected):
    assert expected in offered(words, number)


@pytest.mark.parametrize(
    "words",
    [
        "edgeenv runs show run-",
        "edgeenv report compare run-",
        "edgeenv runs export run-",
        "edgeenv runs verify run-",
        "edgeenv runs delete run-",
        "edgeenv runs like run-",
    ],
)
@pytest.mark.usefixtures("home")
def test_run_ids_are_completed(run_id, words):
    assert f"plain,{run_id}" in offered(words, 3)


@pytest.mark.parametrize("words", ["edgeenv runs restore run-", "edgeenv failed-runs verify run-"])
@pytest.mark.usefixtures("home")
def test_where_there_is_nothing_nothing_is_offered(words, monkeypatch):
    assert "".join(offered(words, 3)) == ""
    monkeypatch.setenv("EDGEENV_ROOT", "/dev/null/nowhere")
    assert "".join(offered(words, 3)) == ""


@pytest.mark.usefixtures("home")
def test_completion_imports_no_more_than_a_listing():
    code = (
        "import os, sys\nfrom edgeenv.__main__ import answer\n"
        "try:\n    answer()\nfinally:\n    print('loaded', *sorted(sys.modules), file=sys.stderr)\n"
    )
    env = {
        **os.environ,
        "_EDGEENV_COMPLETE": "bash_complete",
        "COMP_WORDS": "edgeenv runs show run-",
        "COMP_CWORD": "3",
    }
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    loaded = set(done.stderr.rsplit("loaded", 1)[1].split())
    assert {"edgeenv.cli.completing", "edgeenv.registry.registry"} <= loaded
    assert loaded.isdisjoint(
        {"yaml", "jsonschema", "jinja2", "tabulate", "edgeenv.capture", "edgeenv.policy.judge"}
    )


# Installing.


@pytest.mark.parametrize(
    ("shell", "place"),
    [
        ("bash", ".local/share/bash-completion/completions/edgeenv"),
        ("zsh", ".zfunc/_edgeenv"),
        ("fish", ".config/fish/completions/edgeenv.fish"),
    ],
)
def test_the_script_is_put_where_the_shell_looks(edgeenv, home, shell, place):
    done = edgeenv("completion", shell, "--install")
    assert done.status == 0
    assert done.lines == [f"Completion: {home / place}"]
    assert (home / place).read_text().rstrip("\n") == edgeenv("completion", shell).stdout.rstrip("\n")
    assert edgeenv("completion", shell, "--install").status == 0  # ours is renewed


def test_a_file_that_is_not_ours_is_kept(edgeenv, home):
    place = home / ".zfunc" / "_edgeenv"
    place.parent.mkdir()
    place.write_text("mine")
    done = edgeenv("completion", "zsh", "--install")
    assert done.status == 1
    assert "is there already, and is not overwritten" in done.stderr
    assert place.read_text() == "mine"
    assert edgeenv("completion", "zsh", "--install", "--force").status == 0


@pytest.mark.usefixtures("home")
def test_the_login_shell_is_the_default(edgeenv):
    assert "compdef" in edgeenv("completion", env={"SHELL": "/bin/zsh"}).stdout
    done = edgeenv("completion", env={"SHELL": "/bin/tcsh"})
    assert done.status == 1
    assert "SHELL is '/bin/tcsh'" in done.stderr
    assert edgeenv("completion", "tcsh").status == 2


# The shells themselves.


def test_bash_completes_a_run_id(edgeenv, home, run_id):
    edgeenv("completion", "bash", "--install")
    script = home / ".local/share/bash-completion/completions/edgeenv"
    code = (
        f". '{script}'; complete -p edgeenv; COMP_WORDS=(edgeenv runs show {run_id[:-4]}); COMP_CWORD=3; "
        '_edgeenv_completion edgeenv; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "--norc", "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout.splitlines()[0].endswith("-F _edgeenv_completion edgeenv")
    assert run_id in done.stdout.splitlines()[1:]


@pytest.mark.usefixtures("home")
@needs("fish")
def test_fish_completes_a_run_id(edgeenv, run_id):
    edgeenv("completion", "fish", "--install")
    done = subprocess.run(
        ["fish", "-c", f"complete -C 'edgeenv runs show {run_id[:-4]}'"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run_id in done.stdout.split()


@pytest.mark.usefixtures("home")
@needs("zsh")
def test_zsh_completes_a_run_id_after_the_line_that_install_says(edgeenv, run_id):
    done = edgeenv("completion", "zsh", "--install")
    following = re.search(r"^Next: (.*)$", done.stderr, re.MULTILINE)[1]
    subprocess.run(["bash", "-c", following], check=True)
    child, terminal = pty.fork()
    if child == 0:
        os.execvp("zsh", ["zsh", "-i"])  # noqa: S606 - a shell is what is tried
    try:
        os.write(terminal, b"PS1=rea'dy> '\n")
        shown_until(terminal, b"ready> ")
        os.write(terminal, f"echo edgeenv; edgeenv runs show {run_id[:-4]}\t".encode())
        assert run_id.encode() in shown_until(terminal, run_id.encode())
    finally:
        os.close(terminal)
        os.waitpid(child, 0)


def shown_until(terminal, wanted, seconds=30):
    shown, end = b"", time.monotonic() + seconds
    while wanted not in shown and time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            shown += os.read(terminal, 4096)
    return shown
