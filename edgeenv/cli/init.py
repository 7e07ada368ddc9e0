"""``edgeenv init``: the first bench config, target profile and script of a user's own."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgeenv.cli.bench_warnings import warnings_for
from edgeenv.cli.output import (
    clean,
    clean_block,
    json_option,
    json_result,
    json_text,
    message,
    result,
    show_notices,
    umask,
)
from edgeenv.cli.schema_place import schema_place
from edgeenv.errors import EdgeEnvError
from edgeenv.model.finding import Finding
from edgeenv.starting.command import command_words, model_among, program_name
from edgeenv.starting.files import SCRIPT_NAME, new_files, place
from edgeenv.starting.machine_names import machine_names
from edgeenv.starting.model_facts import model_facts
from edgeenv.starting.pages import Beginning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeenv.errors import Problem
    from edgeenv.starting.files import NewFile

_KINDS = {"bench-config": "Bench config", "target-profile": "Target profile", "script": "Script"}
_FILE_MODE = 0o666
_STAND_IN = "my-benchmark"
_PYTHONS = ("python3", "python")


@click.command(name="init")
@click.argument("directory", metavar="[DIR]", default=".", type=click.Path())
@click.option("--from-command", "command", metavar="COMMAND", help="Your own benchmark command, in quotes.")
@click.option("--model", metavar="FILE", help="The model that the command loads.")
@click.option("--name", metavar="NAME", help="What to call the benchmark.  [default: made from the model]")
@click.option("--dry-run", is_flag=True, help="Show the files, write nothing.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
@json_option
def init(  # noqa: PLR0913 - one argument for each option of the command
    *,
    directory: str,
    command: str | None,
    model: str | None,
    name: str | None,
    dry_run: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Write the first files of your own benchmark.

    DIR, by default the current directory, gets bench.yaml (what is run), target.yaml (where: this machine)
    and bench.py, a script that runs your command, measures it and tells EdgeEnv the result. All three work
    at once and are yours to change. Without --from-command the script holds a function to replace.

    A model among the words of the command is found without --model. Of an ONNX model shape and dtype are
    read when the onnx extra is installed.
    """
    here = Path.cwd()
    beginning, notes = _beginning(Path(directory), here, command=command, model=model, name=name)
    files = new_files(beginning, Path(directory))
    if not dry_run:
        place(files, replace=force, mode=_FILE_MODE & ~umask())
    warnings = _warnings(beginning, files, here, written=not dry_run)
    following = _next_words(files)
    if as_json:
        json_result(
            "edgeenv.init.v1",
            _document(beginning, files, (*notes, *warnings), following, written=not dry_run),
        )
        return
    for file in files:
        if dry_run:
            result(f"==> {clean(file.path)} <==")
            result(clean_block(file.content.decode()))
        else:
            result(f"{_KINDS[file.kind]}: {clean(file.path)}")
    show_notices((*notes, *warnings))
    if dry_run:
        message("Dry run: nothing was written")
    else:
        message(f"Next: {clean(following)}")


def _beginning(
    directory: Path, here: Path, *, command: str | None, model: str | None, name: str | None
) -> tuple[Beginning, tuple[Finding, ...]]:
    """What the files are made from, and what could not be found out."""
    if name is not None and (not name.strip() or not name.isprintable()):
        raise EdgeEnvError(
            "the name of a benchmark is one line of text", "edgeenv init --name my-benchmark", code="bad-name"
        )
    words = () if command is None else command_words(command)
    named = model or model_among(words, here)
    facts = None if named is None else model_facts(named, here)
    program = program_name(words) if words else _STAND_IN
    stem = program if facts is None else Path(facts.path).stem
    beginning = Beginning(
        name=name or stem or _STAND_IN,
        script=_no_option(str(directory / SCRIPT_NAME)),
        python=_PYTHONS[0] if shutil.which(_PYTHONS[0]) else _PYTHONS[1],
        words=words,
        runtime=program if words else "python",
        model=facts,
        machine=machine_names(),
        config_schema=schema_place("bench-config", directory),
        profile_schema=schema_place("target-profile", directory),
    )
    return beginning, _notes(beginning)


def _no_option(path: str) -> str:
    """A path that no program takes for an option."""
    return f"./{path}" if path.startswith("-") else path


def _notes(beginning: Beginning) -> tuple[Finding, ...]:
    """What the reader should know before the first run."""
    notes = list(() if beginning.model is None else beginning.model.notes)
    if not beginning.words:
        text = (
            f"{beginning.script} measures a stand-in until you replace its function one_inference, or give "
            '--from-command "YOUR COMMAND"'
        )
        notes.append(Finding("stand-in", text))
    return tuple(notes)


def _warnings(
    beginning: Beginning, files: Sequence[NewFile], here: Path, *, written: bool
) -> tuple[Finding, ...]:
    """What `bench validate` would warn of, and a program that this machine does not have."""
    found: list[Problem] = []
    for file in files:
        if file.kind == "bench-config" and file.document is not None:
            found += warnings_for(file.document, current_directory=here, environment=os.environ)
    missing = [word for word in beginning.words[:1] if word not in _PYTHONS and shutil.which(word) is None]
    text = "found no program {!r} on this machine; the script could not start it"
    return (
        *_findings(found, written=written),
        *(Finding("program-missing", text.format(word)) for word in missing),
    )


def _findings(problems: Sequence[Problem], *, written: bool) -> tuple[Finding, ...]:
    """Warnings as findings; before the files are written the script is not there, and need not be."""
    return tuple(
        Finding(problem.code, f"{problem.render()}{_remedy(problem.code)}")
        for problem in problems
        if written or SCRIPT_NAME not in problem.message
    )


def _remedy(code: str) -> str:
    return "; name it with --model FILE and --force, or in model_path" if code == "model-missing" else ""


def _next_words(files: Sequence[NewFile]) -> str:
    """The command to paste next, in the form in which EdgeEnv can be called here."""
    places = {file.kind: str(file.path) for file in files}
    called = ("edgeenv",) if shutil.which("edgeenv") else (sys.executable, "-m", "edgeenv")
    return shlex.join(
        (
            *called,
            *("bench", "run", "--target", places["target-profile"], "--config", places["bench-config"]),
        )
    )


def _document(
    beginning: Beginning,
    files: Sequence[NewFile],
    notes: Sequence[Finding],
    following: str,
    *,
    written: bool,
) -> dict[str, Any]:
    model = beginning.model
    return {
        "written": written,
        "files": [
            {"kind": file.kind, "path": json_text(file.path), "content": file.content.decode()}
            for file in files
        ],
        "model": None
        if model is None
        else {
            "path": json_text(model.path),
            "sha256": model.sha256,
            "input_shape": None if model.taken is None else list(model.taken.shape),
            "input_dtype": None if model.taken is None else model.taken.dtype,
        },
        "notes": [{"code": note.code, "text": json_text(note.text)} for note in notes],
        "next": json_text(following),
    }
