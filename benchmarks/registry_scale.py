"""Does a large registry stay as fast as a small one?

Lists the newest 50 of a large and of a small index, alternately, and records into a root that holds many runs
and into an empty one. Exits with 1 when the large one is more than twice as slow.

    python benchmarks/registry_scale.py [--rows 1000000] [--few 10000] [--runs 10000]
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeenv.capture.request import Clock
from edgeenv.documents import Document
from edgeenv.recording import RecordRequest, record
from edgeenv.registry.columns import COLUMNS
from edgeenv.registry.registry import Registry
from edgeenv.registry.rows import RunQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS = 15
TOLERATED = 2.0
QUERIES = {
    "newest 50": RunQuery(limit=50),
    "newest 50 of a model": RunQuery(limit=50, model="model-3"),
    "newest 50 real ones": RunQuery(limit=50, synthetic=False),
}
CONFIG: dict[str, Any] = {
    "name": "scale",
    "command": "true",
    "model_name": "m",
    "model_version": "1",
    "model_format": "onnx",
    "model_path": "m.onnx",
    "task": "t",
    "input_shape": [1],
    "input_dtype": "float32",
    "runtime": "r",
    "execution_provider": "cpu",
    "precision": "fp32",
    "batch_size": 1,
    "warmup_runs": 0,
    "repeat_runs": 1,
    "include_preprocess": False,
    "include_postprocess": False,
}
TARGET: dict[str, Any] = {"target_name": "t", "target_type": "fake", "board_name": "b", "os": "linux"}


def make_run(root: Path) -> str:
    """Record one fake run."""
    request = RecordRequest(
        config=Document(CONFIG, json.dumps(CONFIG).encode(), "config.yaml"),
        target=Document(TARGET, json.dumps(TARGET).encode(), "target.yaml"),
        root=root,
        environment=dict(os.environ),
        current_directory=Path.cwd(),
        python=sys.executable,
        clock=Clock(now=lambda: datetime.now(UTC), monotonic=time.monotonic),
        random_hex=secrets.token_hex,
        watcher=None,
        edgeenv_version="0.1.0",
    )
    return record(request).run_id


def copied_rows(first: dict[str, Any], count: int) -> Iterator[tuple[Any, ...]]:
    """So many rows like the first, each a second older than the one before, over ten models."""
    for number in range(count):
        run_id = f"run-copy-{number:08}"
        moment = datetime.fromtimestamp(1_700_000_000 - number, UTC)
        changed = {
            "run_id": run_id,
            "reversed_id": run_id[::-1],
            "created_at": f"{moment:%Y-%m-%dT%H:%M:%S}.000000Z",
            "model_name": f"model-{number % 10}",
            "synthetic": int(number % 10 != 0),
            "path": f"runs/{run_id}",
        }
        yield tuple({**first, **changed}.values())


def fill_index(root: Path, count: int) -> None:
    """An index of so many rows; their runs are not there, since lists do not read them."""
    make_run(root)
    marks = ", ".join("?" * len(COLUMNS))
    with closing(sqlite3.connect(root / "runs.db")) as db, db:
        db.row_factory = sqlite3.Row
        first = dict(db.execute(f"SELECT {', '.join(COLUMNS)} FROM runs").fetchone())  # noqa: S608 - own names
        db.row_factory = None
        db.executemany(f"INSERT INTO runs ({', '.join(COLUMNS)}) VALUES ({marks})", copied_rows(first, count))  # noqa: S608 - own names


def fill_root(root: Path, count: int) -> None:
    """A root whose runs/ holds so many directories."""
    run_id = make_run(root)
    for number in range(count):
        shutil.copytree(root / "runs" / run_id, root / "runs" / f"run-copy-{number:08}")
    fill_index(root, count)


def ratio(small: Callable[[], object], large: Callable[[], object]) -> tuple[float, float, float]:
    """Median milliseconds of both, taken in turn, and the median of their ratios."""
    pairs = []
    for _ in range(ROUNDS):
        times = []
        for work in (small, large):
            begin = time.perf_counter()
            work()
            times.append((time.perf_counter() - begin) * 1000)
        pairs.append(times)
    few, many = zip(*pairs, strict=True)
    return statistics.median(few), statistics.median(many), statistics.median(b / a for a, b in pairs)


def main() -> int:
    """Measure, print, and say whether size costs time."""
    options = argparse.ArgumentParser(description="Does a large registry stay as fast as a small one?")
    options.add_argument("--rows", type=int, default=1_000_000, help="rows of the large index")
    options.add_argument("--few", type=int, default=10_000, help="rows of the small index")
    options.add_argument("--runs", type=int, default=10_000, help="runs in the root that is recorded into")
    sizes = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="edgeenv-scale-"))
    try:
        small, large, empty, full = (folder / name for name in ("small", "large", "empty", "full"))
        fill_index(small, sizes.few)
        fill_index(large, sizes.rows)
        make_run(empty)
        fill_root(full, sizes.runs)
        part = f"copy-{sizes.few // 2:08}"
        measured = {
            name: ratio(partial(Registry(small).runs, query), partial(Registry(large).runs, query))
            for name, query in QUERIES.items()
        }
        measured["a part of an id"] = ratio(
            lambda: Registry(small).resolve(part), lambda: Registry(large).resolve(part)
        )
        measured["recording"] = ratio(lambda: make_run(empty), lambda: make_run(full))
    finally:
        shutil.rmtree(folder)
    print(f"{'':24} {'small ms':>10} {'large ms':>10} {'ratio':>7}")
    for name, (few, many, factor) in measured.items():
        print(f"{name:24} {few:10.2f} {many:10.2f} {factor:6.2f}x")
    return int(any(factor > TOLERATED for _, _, factor in measured.values()))


if __name__ == "__main__":
    raise SystemExit(main())
