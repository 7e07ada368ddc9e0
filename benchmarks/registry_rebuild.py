"""How long do checking and rebuilding a large registry take?

Makes a root of many recorded runs, then measures a rebuild of its index, the fast check and the full
verification, and their peak memory. Exits with 1 when the rebuild takes longer than it may.

    python benchmarks/registry_rebuild.py [--runs 10000] [--most-seconds 60]
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from registry_scale import make_run

from edgeenv.evidence.files import Kind
from edgeenv.registry.inspection import Inspection, Outcome
from edgeenv.registry.maintenance import rebuild_index
from edgeenv.registry.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable


def copy_run(source: Path, run_id: str, batch_size: int | None = None) -> None:
    """The same run under another id, and of another batch size where one is given, with a manifest."""
    directory = source.parent / run_id
    shutil.copytree(source, directory)
    result = directory / "result.json"
    text = result.read_text("utf-8").replace(source.name, run_id)
    if batch_size is not None:
        text = text.replace('"batch_size": 1', f'"batch_size": {batch_size}')
    result.write_text(text, "utf-8")
    manifest = json.loads((directory / "manifest.json").read_text("utf-8"))
    manifest["run_id"] = run_id
    raw = result.read_bytes()
    for entry in manifest["files"]:
        if entry["path"] == result.name:
            entry.update(sha256=sha256(raw).hexdigest(), bytes=len(raw))
    (directory / "manifest.json").write_text(json.dumps(manifest), "utf-8")


def inspected(root: Path, *, thorough: bool) -> int:
    """Go through the whole root; gives how many runs are as they should be."""
    with Inspection(root, thorough=thorough) as inspection:
        reports = [report.outcome for report in inspection.runs(tuple(Kind))]
        inspection.surroundings()
    return reports.count(Outcome.VERIFIED)


def seconds(name: str, runs: int, work: Callable[[], int]) -> float:
    """Do it once, and print how long it took."""
    begin = time.perf_counter()
    done = work()
    taken = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name:24} {taken:8.1f} s {taken / runs * 1000:8.2f} ms a run {peak:7.0f} MiB at most until now")
    if done != runs:
        raise SystemExit(f"{name}: {done} runs, expected {runs}")
    return taken


def main() -> int:
    """Measure, print, and say whether a rebuild is fast enough."""
    options = argparse.ArgumentParser(description="How long do checking and rebuilding a registry take?")
    options.add_argument("--runs", type=int, default=10_000)
    options.add_argument("--most-seconds", type=float, default=60.0)
    asked = options.parse_args()
    root = Path(tempfile.mkdtemp(prefix="edgeenv-rebuild-")) / "root"
    try:
        source = root / "runs" / make_run(root)
        for number in range(asked.runs - 1):
            copy_run(source, f"run-20260101-000000-{number:08x}")
        (root / "runs.db").unlink()
        taken = seconds("rebuild", asked.runs, lambda: rebuild_index(Registry(root)).runs)
        seconds("rebuild again", asked.runs, lambda: rebuild_index(Registry(root)).runs)
        seconds("registry check", asked.runs, lambda: inspected(root, thorough=False))
        seconds("runs verify --all", asked.runs, lambda: inspected(root, thorough=True))
    finally:
        shutil.rmtree(root.parent)
    return int(taken > asked.most_seconds)


if __name__ == "__main__":
    sys.exit(main())
