"""How long does it take to say which of a million runs may be compared with which?

Makes an index of many runs that fall into many cohorts, and measures ``runs cohorts`` and ``runs like`` as
whole commands, on keys that are stored and on those of a policy that is new. Then makes a root of runs and
measures ``policy diff --runs`` over it, on evidence that is read for the first time and again. Exits with 1
when cohorts of stored keys, or a repeated diff, take longer than they may.

    python benchmarks/cohorts.py [--rows 1000000] [--cohorts 1000] [--runs 1000]
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry_rebuild import copy_run
from registry_scale import fill_index, make_run

if TYPE_CHECKING:
    from collections.abc import Iterator

COHORTS_MOST_S = 2.0
DIFF_MOST_S = 5.0
TUNED = """\
schema_version: edgeenv.policy.v1
name: tuned
version: "1.0.0"
extends: edgeenv:default
rules:
  batch-size: {level: conditional, mode: target-comparison}
"""
BOARDED = TUNED.replace("name: tuned", "name: boarded") + (
    "  cores: {level: required, fields: [env.cpu_count], reason: Different number of processors}\n"
)


def varied(values: list[Any], fields: list[str], number: int) -> str:
    """The same facts with another model, every hundredth time, and another batch size."""
    facts = dict(zip(fields, values, strict=True))
    facts["model.model_hash"] = sha256(str(number // 100).encode()).hexdigest()
    facts["protocol.batch_size"] = 1 + number % 100
    return json.dumps([facts[path] for path in fields], separators=(",", ":"))


def group_index(root: Path, cohorts: int) -> None:
    """Let the runs of an index fall into so many cohorts, as if their evidence said so."""
    with closing(sqlite3.connect(root / "runs.db")) as db, db:
        number, fields = db.execute("SELECT id, fields FROM field_sets").fetchone()
        values = json.loads(db.execute("SELECT facts FROM likenesses").fetchone()[0])
        db.execute("DELETE FROM likenesses")
        db.execute("DELETE FROM alike")
        likenesses = (varied(values, json.loads(fields), each) for each in range(cohorts))
        db.executemany(
            "INSERT INTO likenesses (id, field_set, digest, facts) VALUES (?, ?, ?, ?)",
            ((each, number, sha256(text.encode()).hexdigest(), text) for each, text in enumerate(likenesses)),
        )
        db.execute(
            "INSERT INTO alike SELECT run_id, ?, created_at, (rowid * 7919) % ? FROM runs ORDER BY run_id",
            (number, cohorts),
        )


def command(root: Path, *words: str) -> tuple[float, int]:
    """Run one command; gives its seconds and the size of its output."""
    begin = time.perf_counter()
    argv = [sys.executable, "-m", "edgeenv", *words, "--edgeenv-root", str(root)]
    done = subprocess.run(argv, check=True, capture_output=True)
    return time.perf_counter() - begin, len(done.stdout)


def measured_cohorts(root: Path, rows: int, policy: Path) -> Iterator[tuple[str, float]]:
    """``runs cohorts`` and ``runs like`` over one large index."""
    for name, words in {
        "cohorts, keys made": ("runs", "cohorts"),
        "cohorts, keys stored": ("runs", "cohorts"),
        "cohorts, --json": ("runs", "cohorts", "--json"),
        "cohorts, --wide": ("runs", "cohorts", "--wide"),
        "cohorts, of one model": ("runs", "cohorts", "--model", "model-3"),
        "cohorts, real ones": ("runs", "cohorts", "--real"),
        "cohorts, --all": ("runs", "cohorts", "--all"),
        "cohorts, edited policy": ("runs", "cohorts", "--policy", str(policy)),
        "like": ("runs", "like", "latest"),
        "like, --json": ("runs", "like", "latest", "--json"),
    }.items():
        seconds, size = command(root, *words)
        print(f"{name:28} {rows:>9} runs {seconds:8.2f} s {size:>12} bytes")
        yield name, seconds


def measured_diff(root: Path, runs: int, policies: tuple[Path, ...]) -> Iterator[tuple[str, float]]:
    """``policy diff --runs`` over recorded runs."""
    tuned, boarded = policies
    for name, words in {
        "diff, noted fields": ("default", str(tuned)),
        "diff, a new field": ("default", str(boarded)),
        "diff, again": ("default", str(boarded)),
        "diff, edited": (str(tuned), str(boarded)),
    }.items():
        seconds, size = command(root, "policy", "diff", *words, "--runs")
        print(f"{name:28} {runs:>9} runs {seconds:8.2f} s {size:>12} bytes")
        yield name, seconds


def main() -> int:
    """Measure, print, and say whether it is fast enough."""
    options = argparse.ArgumentParser(description="How long does it take to group a large registry?")
    options.add_argument("--rows", type=int, default=1_000_000, help="rows of the index")
    options.add_argument("--cohorts", type=int, default=1_000, help="cohorts that they fall into")
    options.add_argument("--runs", type=int, default=1_000, help="runs whose pairs are judged")
    sizes = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="edgeenv-cohorts-"))
    try:
        policies = (folder / "tuned.yaml", folder / "boarded.yaml")
        for path, text in zip(policies, (TUNED, BOARDED), strict=True):
            path.write_text(text)
        # The newest run is there, so that `runs like latest` finds its evidence.
        fill_index(folder / "large", sizes.rows - 1)
        group_index(folder / "large", sizes.cohorts)
        before = (folder / "large" / "runs.db").stat().st_size
        measured = dict(measured_cohorts(folder / "large", sizes.rows, policies[0]))
        print(f"the index holds {before / 2**20:.0f} MiB")
        root = folder / "few"
        source = root / "runs" / make_run(root)
        for number in range(sizes.runs - 1):
            copy_run(source, f"run-20260101-000000-{number:08x}", batch_size=1 + number % 200)
        command(root, "runs", "list")  # takes the copies into the index
        measured.update(measured_diff(root, sizes.runs, policies))
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"the largest command took {peak:.0f} MiB")
    finally:
        shutil.rmtree(folder)
    slow_cohorts = measured["cohorts, keys stored"] > COHORTS_MOST_S * max(1, sizes.rows / 1_000_000)
    return int(slow_cohorts or measured["diff, again"] > DIFF_MOST_S * max(1, sizes.runs / 10_000))


if __name__ == "__main__":
    raise SystemExit(main())
