"""``edgeenv demo``: the main job end to end, by the very commands that a user would type."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import click

from edgeenv.cli.output import clean, message, result
from edgeenv.errors import EdgeEnvError, ExitStatus

_ROOT = "demo-root"
_WORKSPACE = "edgeenv-demo"  # made only where there are no examples
_SHIPPED = (("benches", ".yaml"), ("profiles", ".yaml"), ("scripts", ".py"), ("models", ".onnx"))
_FAKE = ("local_fake", "yolov8n_fire")
_PAIR = (("local", "local_compare_a"), ("local", "local_compare_b"))
_REAL_PAIR = (("local", "onnx_magika"), ("local", "onnx_magika"))
_REAL_PACKAGES = ("onnxruntime", "magika")
_PLAIN_WORD = re.compile(r"[\w./=-][\w./=~-]*", re.ASCII)  # `shlex.quote` would put quotes around latest~1
_LEFT_OUT = """\
The two real-model runs are left out, because onnxruntime or magika is not installed here.
To see them: python -m pip install 'edgeenv[onnx]'
All recorded runs."""


class _Step(NamedTuple):
    """One command line of the tour, and why it is run; the text is empty where the step before said it."""

    words: tuple[str, ...]
    text: str = ""


class _Place(NamedTuple):
    """Where the commands are run, and the variables that they inherit."""

    directory: Path
    environment: dict[str, str]


@click.command(name="demo")
@click.option(
    "--edgeenv-root",
    "root",
    metavar="DIRECTORY",
    default=_ROOT,
    show_default=True,
    help="Where to record; made when it is not there.",
)
def demo(root: str) -> None:
    """Record and compare example runs, end to end.

    Every command is printed as you would type it and then run. Nothing is recorded outside the named
    directory. The real-model runs need the onnx extra; without it they are left out, and the demo says so.
    """
    directory = _directory_with_examples()
    recorded_root = root if directory == Path() else os.path.relpath(root, directory)
    result(f"This demo records into {clean(root)}; delete that directory whenever you like.")
    environment = dict(os.environ)
    if directory != Path():
        result(f"\n$ cd {directory}")
    if (path := _search_path(environment)) is not None:
        result(f'\n$ export PATH="{clean(Path(sys.executable).parent)}:$PATH"')
        environment["PATH"] = path
    for step in _steps(recorded_root, real=_has_real_model(environment)):
        _take(step, _Place(directory, environment))
    message()
    message('Next: edgeenv init mine --from-command "YOUR COMMAND" --model YOUR-MODEL')


def _steps(root: str, *, real: bool) -> list[_Step]:
    """The whole tour; the judged comparison of the most real runs comes last."""
    compare = ("edgeenv", "report", "compare", "latest~1", "latest", "--edgeenv-root", root)
    listing = ("edgeenv", "runs", "list", "--edgeenv-root", root)
    steps = [
        _Step(
            _record(*_FAKE, root),
            "A fake run: its numbers are made up from its names. It counts as synthetic.",
        ),
        _Step(
            _record(*_PAIR[0], root), "Two local runs: EdgeEnv starts a command and keeps what it reports."
        ),
        _Step(_record(*_PAIR[1], root)),
    ]
    if not real:
        return [*steps, _Step(listing, _LEFT_OUT), _Step(compare, "May the two local runs be compared?")]
    place = ("python", "examples/scripts/place_magika_model.py")
    return [
        *steps,
        _Step(compare, "May the two be compared? Only then are the differences shown."),
        _Step(place, "A real model: the 3.2 MB file-type classifier in the wheel of magika."),
        _Step(_record(*_REAL_PAIR[0], root), "Two runs of it: onnxruntime on this machine, each call timed."),
        _Step(_record(*_REAL_PAIR[1], root)),
        _Step(listing, "All recorded runs."),
        _Step(compare, "May the two real-model runs be compared?"),
    ]


def _record(profile: str, bench: str, root: str) -> tuple[str, ...]:
    target, config = f"examples/profiles/{profile}.yaml", f"examples/benches/{bench}.yaml"
    return ("edgeenv", "bench", "run", "--target", target, "--config", config, "--edgeenv-root", root)


def _take(step: _Step, place: _Place) -> None:
    """Print one command line, run it, and end the tour if it fails."""
    result()
    for comment in step.text.splitlines():
        result(f"# {comment}")
    line = " ".join(word if _PLAIN_WORD.fullmatch(word) else shlex.quote(word) for word in step.words)
    result(f"$ {clean(line)}")
    status = _run([*_program(step.words[0]), *step.words[1:]], place)
    if status == 0:
        return
    interrupted = status in (ExitStatus.INTERRUPTED, ExitStatus.TERMINATED)
    raise EdgeEnvError(
        f"the demo ends here, because `{line}` ended with exit status {status}",
        "the lines above say why; correct it and run: edgeenv demo",
        code="demo-step-failed",
        exit_status=status if interrupted else ExitStatus.COULD_NOT,
    )


def _run(argv: list[str], place: _Place) -> int:
    """Run one command with our own streams, and let it end in its own way when we are interrupted."""
    with subprocess.Popen(  # noqa: S603 - the words are ours, no shell
        argv, stdin=subprocess.DEVNULL, cwd=place.directory, env=place.environment
    ) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue  # the terminal interrupted the command as well; it cleans up and ends
            except BaseException:
                process.terminate()
                raise


def _program(word: str) -> list[str]:
    """What a typed first word starts: this installation's ``edgeenv``, this interpreter."""
    if word == "python":
        return [sys.executable]
    script = Path(sys.argv[0])
    if script.name == "edgeenv" and script.is_file():
        return [str(script.resolve())]
    return [sys.executable, "-m", "edgeenv"]


def _search_path(environment: dict[str, str]) -> str | None:
    """The PATH of an activated environment; None when ``python`` already is the interpreter that runs us."""
    own = Path(sys.executable).parent
    found = shutil.which("python", path=environment.get("PATH"))
    if not (own / "python").exists() or (found is not None and Path(found).parent == own):
        return None
    return os.pathsep.join(filter(None, (str(own), environment.get("PATH"))))


def _has_real_model(environment: dict[str, str]) -> bool:
    """Whether the ``python`` of the benchmark configs has the onnx extra."""
    found = shutil.which("python", path=environment.get("PATH"))
    ours = found is None or Path(found).parent == Path(sys.executable).parent
    return ours and all(find_spec(package) is not None for package in _REAL_PACKAGES)


def _directory_with_examples() -> Path:
    """Where ``examples/`` lies: here, or in a directory into which the shipped ones are written."""
    if Path("examples", "benches", f"{_FAKE[1]}.yaml").is_file():
        return Path()
    from edgeenv import resources

    try:
        resources.read_bytes("examples/benches", f"{_FAKE[1]}.yaml")
    except EdgeEnvError as error:
        raise EdgeEnvError(
            f"there are no examples in {Path('examples').absolute()}, and this installation ships none",
            "run edgeenv demo in a checkout of EdgeEnv",
            code="no-examples",
        ) from error
    for folder, suffix in _SHIPPED:
        target = Path(_WORKSPACE, "examples", folder)
        try:
            target.mkdir(parents=True, exist_ok=True)
            for name in resources.names(f"examples/{folder}", suffix):
                (target / (name + suffix)).write_bytes(
                    resources.read_bytes(f"examples/{folder}", name + suffix)
                )
        except OSError as error:
            raise EdgeEnvError(
                f"cannot write the examples into {target}: {error.strerror}",
                "run edgeenv demo in a directory where you may write",
                code="examples-not-written",
            ) from error
    result(f"The examples are in {Path(_WORKSPACE, 'examples')}.")
    return Path(_WORKSPACE)
