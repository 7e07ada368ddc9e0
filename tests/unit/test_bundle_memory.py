from __future__ import annotations

import json
import os
import subprocess
import sys
from hashlib import sha256

import pytest
from bundle_kit import RUN_ID, as_json, manifest_of, run_files

LARGE = 200 << 20
MOST_MORE_BYTES = 64 << 20

ROUND_TRIP = """
import json, resource, sys
from datetime import UTC, datetime
from pathlib import Path
from edgeenv.evidence.store import load_run
from edgeenv.transfer.exporting import export_run
from edgeenv.transfer.importing import Importer

source, zipped, root = (Path(word) for word in sys.argv[1:])
export_run(load_run(source), zipped, edgeenv_version="1")
done = Importer(root, now=lambda: datetime.now(UTC), random_hex=lambda count: "0" * count).bring(zipped)
size = (done.directory / "stdout.log").stat().st_size
status = Path("/proc/self/status")  # ru_maxrss would count what the test process had when it started this one
if status.exists():
    peak = int(status.read_text().partition("VmHWM:")[2].split()[0])
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"peak": peak * 1024, "size": size}))
"""


def digest_of_zeros(size):
    digest = sha256()
    for start in range(0, size, 1 << 20):
        digest.update(bytes(min(1 << 20, size - start)))
    return digest.hexdigest()


def round_trip(folder, size):
    source = folder / "runs" / RUN_ID
    source.mkdir(parents=True)
    files = run_files(stdout=b"")
    document = manifest_of(files)
    log = next(entry for entry in document["files"] if entry["path"] == "stdout.log")
    log.update(sha256=digest_of_zeros(size), bytes=size)
    (source / "manifest.json").write_bytes(as_json(document))
    for name, raw in files.items():
        (source / name).write_bytes(raw)
    os.truncate(source / "stdout.log", size)  # a hole: it takes no space until it is copied
    words = (sys.executable, "-c", ROUND_TRIP, str(source), str(folder / "x.zip"), str(folder / "root"))
    done = subprocess.run(words, check=True, capture_output=True, timeout=300)
    return json.loads(done.stdout)


@pytest.mark.slow
def test_a_large_log_costs_no_more_memory_than_a_small_one(tmp_path):
    small = round_trip(tmp_path / "small", 1000)
    large = round_trip(tmp_path / "large", LARGE)
    assert (small["size"], large["size"]) == (1000, LARGE)
    assert large["peak"] - small["peak"] < MOST_MORE_BYTES
