"""``edgeenv completion``: the script by which a shell completes our commands, shown or put in its place."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from edgeenv.cli.output import clean, message, result, write_file
from edgeenv.errors import EdgeEnvError

_SHELLS = ("bash", "zsh", "fish")
_VARIABLE = "_EDGEENV_COMPLETE"
_BASH_COMPLETION = Path("/usr/share/bash-completion/bash_completion")


@click.command(name="completion")
@click.argument("shell", metavar="[SHELL]", type=click.Choice(_SHELLS), required=False)
@click.option("--install", is_flag=True, help="Write the script to where the shell looks for it.")
@click.option("--force", is_flag=True, help="Replace a file there that is not ours.")
def completion(*, shell: str | None, install: bool, force: bool) -> None:
    """Set up completion in your shell.

    SHELL is bash, zsh or fish, by default your login shell. Without --install the script is printed.
    Commands, options, files, run ids, policies, schemas and rules are completed.
    """
    name = shell or _login_shell()
    script = _script(name)
    if not install:
        result(script.rstrip("\n"))
        return
    place = _place(name)
    if place.exists() and _VARIABLE.encode() not in place.read_bytes():
        write_file(place, script.encode(), replace=force)
    else:
        write_file(place, script.encode(), replace=True)
    result(f"Completion: {clean(place)}")
    for line in _what_follows(name, place):
        message(line)


def _login_shell() -> str:
    name = Path(os.environ.get("SHELL", "")).name
    if name not in _SHELLS:
        raise EdgeEnvError(
            f"which shell is yours is not known: SHELL is {os.environ.get('SHELL', 'not set')!r}",
            "edgeenv completion bash --install",
            code="unknown-shell",
        )
    return name


def _script(shell: str) -> str:
    """The shell's script, made without asking the shell for its version."""
    from edgeenv.cli.main import cli

    made = get_completion_class(shell)
    if made is None:  # pragma: no cover - click knows all three
        raise EdgeEnvError(f"no completion for {shell}", code="unknown-shell")
    completer = made(cli, {}, "edgeenv", _VARIABLE)
    return completer.source_template % completer.source_vars()


def _place(shell: str) -> Path:
    """Where the shell looks for the completion of a command."""
    home = Path.home()
    if shell == "bash":
        data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
        return data / "bash-completion" / "completions" / "edgeenv"
    if shell == "fish":
        config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
        return config / "fish" / "completions" / "edgeenv.fish"
    return Path(os.environ.get("ZDOTDIR") or home) / ".zfunc" / "_edgeenv"


def _what_follows(shell: str, place: Path) -> list[str]:
    """What the user must still do for it to work."""
    import shlex

    lines = []
    if shutil.which("edgeenv") is None:
        lines.append("Note: there is no edgeenv on PATH; completion works once there is one")
    folder = shlex.quote(str(place.parent))
    if shell == "zsh":
        line = f"fpath=({folder} $fpath); autoload -Uz compinit && compinit"
        lines.append(f"Next: echo {shlex.quote(line)} >> {shlex.quote(str(place.parents[1] / '.zshrc'))}")
    elif shell == "bash" and not _BASH_COMPLETION.exists():
        lines.append("Note: bash finds the script by itself only with the package bash-completion")
        lines.append(f"Next: echo {shlex.quote(f'. {shlex.quote(str(place))}')} >> ~/.bashrc")
    lines.append("It works in every shell that is started from now on")
    return lines
