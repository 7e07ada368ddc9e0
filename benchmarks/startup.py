"""How long the commands take to start, against a bare interpreter, beside what docs/architecture.md allows.

A wheel is built, installed into a fresh virtual environment and compiled to byte code; never an editable
installation, whose import finder slows even `python -c pass`. In each round every command is timed right
after a bare interpreter, in a fresh directory with a recorded root in it; what is printed is the median of
the rounds' ratios. For `bench run`, the time of the benchmarked command itself is measured and taken off.

Usage: python benchmarks/startup.py [--rounds N]
Exit status: 0 when every budget holds, 1 when one is missed by more than 15 %.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parent.parent
LEAST_ROUNDS = 15
TOLERANCE = 1.15
PROFILE = "examples/profiles/local.yaml"
ECHO = "examples/benches/local_echo_metrics.yaml"
OWN_COMMAND = ("python", "examples/scripts/emit_local_metrics.py")


class Candidate(NamedTuple):
    """One command, and how many times a bare interpreter's time it may take."""

    words: str
    budget: float
    own_command: bool = False


class Measured(NamedTuple):
    """What one command took: milliseconds and ratio are medians over the rounds."""

    candidate: Candidate
    milliseconds: float
    ratio: float

    @property
    def missed(self) -> bool:
        """Whether the budget is missed by more than the tolerance."""
        return self.ratio > self.candidate.budget * TOLERANCE


CANDIDATES = (
    Candidate("--version", 1.5),
    Candidate("--help", 5.5),
    Candidate("bench --help", 5.5),
    Candidate("runs --help", 5.5),
    Candidate("report --help", 5.5),
    Candidate("doctor", 5.5),
    Candidate("runs list", 6.0),
    Candidate("runs list --json", 6.0),
    Candidate("runs show latest", 6.0),
    Candidate("runs show latest --json", 6.0),
    Candidate("failed-runs list", 6.0),
    Candidate("failed-runs list --json", 6.0),
    Candidate("report compare latest~1 latest", 7.0),
    Candidate("report compare latest~1 latest --policy strict", 7.0),
    Candidate(f"bench run --target {PROFILE} --config {ECHO}", 16.0, own_command=True),
)


class Installation(NamedTuple):
    """A virtual environment with the wheel in it."""

    commands: Path
    environment: dict[str, str]

    def call(self, *words: str | Path, directory: Path) -> None:
        """Run one program of the environment; what it prints is shown only when it fails."""
        argv = [str(self.commands / words[0]), *map(str, words[1:])]
        done = subprocess.run(argv, cwd=directory, env=self.environment, capture_output=True, check=False)
        if done.returncode != 0:
            sys.stderr.buffer.write(done.stdout + done.stderr)
            raise SystemExit(f"startup: {' '.join(argv)} ended with exit status {done.returncode}")

    def seconds(self, *words: str, directory: Path) -> float:
        """The wall time of one program of the environment."""
        begin = time.perf_counter()
        self.call(*words, directory=directory)
        return time.perf_counter() - begin


def install(directory: Path) -> Installation:
    """Build the wheel, install it and its dependencies, compile everything."""
    print("building and installing the wheel", file=sys.stderr)
    dropped = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "VIRTUAL_ENV")
    clean = {
        name: value
        for name, value in os.environ.items()
        if name not in dropped and not name.startswith("EDGEENV_")
    }
    commands = directory / "venv" / "bin"
    installation = Installation(commands, {**clean, "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}"})
    subprocess.run([sys.executable, "-m", "venv", str(directory / "venv")], env=clean, check=True)
    pip = ("python", "-m", "pip", "--disable-pip-version-check")
    wheels = directory / "wheels"
    installation.call(*pip, "wheel", "--no-deps", "--wheel-dir", wheels, REPOSITORY, directory=directory)
    installation.call(*pip, "install", *wheels.glob("*.whl"), directory=directory)
    installation.call("python", "-m", "compileall", "-q", directory / "venv" / "lib", directory=directory)
    return installation


def prepare(installation: Installation, directory: Path) -> Path:
    """A directory with the examples and a root that holds two comparable runs and a failed one."""
    template = directory / "template"
    leave_out = shutil.ignore_patterns("magika*", "__pycache__", ".gitignore")
    shutil.copytree(REPOSITORY / "examples", template / "examples", ignore=leave_out)
    for variant in "ab":
        config = f"examples/benches/local_compare_{variant}.yaml"
        installation.call(
            "edgeenv", "bench", "run", "--target", PROFILE, "--config", config, directory=template
        )
    broken = (template / ECHO).read_text().replace(OWN_COMMAND[1], "-c pass")
    (template / "broken.yaml").write_text(broken)
    failing = ("bench", "run", "--target", PROFILE, "--config", "broken.yaml")
    argv = [str(installation.commands / "edgeenv"), *failing]
    subprocess.run(argv, cwd=template, env=installation.environment, capture_output=True, check=False)
    return template


def one_round(installation: Installation, directory: Path, candidate: Candidate) -> tuple[float, float]:
    """The time of one command in seconds, and its ratio to a bare interpreter started just before it."""
    base = installation.seconds("python", "-c", "pass", directory=directory)
    own = installation.seconds(*OWN_COMMAND, directory=directory) if candidate.own_command else 0.0
    taken = installation.seconds("edgeenv", *candidate.words.split(), directory=directory)
    return taken, (taken - own) / base


def measure(installation: Installation, directory: Path, rounds: int) -> list[Measured]:
    """Time every command in every round; the first round only warms the caches up."""
    template = prepare(installation, directory)
    samples: dict[Candidate, list[tuple[float, float]]] = {candidate: [] for candidate in CANDIDATES}
    for number in range(rounds + 1):
        if sys.stderr.isatty():
            print(f"\rround {number} of {rounds} ", end="", file=sys.stderr, flush=True)
        for candidate in CANDIDATES:
            fresh = directory / "fresh"
            shutil.copytree(template, fresh)
            sample = one_round(installation, fresh, candidate)
            shutil.rmtree(fresh)
            if number:
                samples[candidate].append(sample)
    return [
        Measured(
            candidate,
            1000 * statistics.median(taken for taken, _ in pairs),
            statistics.median(ratio for _, ratio in pairs),
        )
        for candidate, pairs in samples.items()
    ]


def main() -> int:
    """Measure, print the table, and say by the exit status whether it holds."""
    parser = argparse.ArgumentParser(description="Time EdgeEnv's commands against a bare interpreter.")
    parser.add_argument("--rounds", type=int, default=LEAST_ROUNDS, help="rounds to measure (at least 15)")
    rounds = parser.parse_args().rounds
    if rounds < LEAST_ROUNDS:
        parser.error(f"{rounds} rounds are too few for a median that means anything; at least {LEAST_ROUNDS}")
    with tempfile.TemporaryDirectory(prefix="edgeenv-startup-") as name:
        directory = Path(name).resolve()
        measured = measure(install(directory), directory, rounds)
    print(f"{'command':<58} {'ms':>7} {'ratio':>7} {'budget':>7}")
    for line in measured:
        shown = f"edgeenv {line.candidate.words}"
        if line.candidate.own_command:
            shown = "edgeenv bench run (less the command's own time)"
        mark = "  MISSED" if line.missed else ""
        print(f"{shown:<58} {line.milliseconds:7.1f} {line.ratio:7.2f} {line.candidate.budget:7.1f}{mark}")
    return int(any(line.missed for line in measured))


if __name__ == "__main__":
    sys.exit(main())
