"""An import is stopped at every single file operation, and made to fail there."""

from __future__ import annotations

import errno
import itertools
import shutil
from datetime import UTC, datetime

import pytest
from bundle_kit import RUN_ID, bundle, failed_files, sampled_files
from faulty_process import KILL, Fault, in_process
from recorded_samples import record_fake, tree
from sound_root import earlier_is_untouched, heals

from edgeenv.transfer.importing import Importer

MOST_OPERATIONS = 400


def bring(root, path):
    digits = itertools.count(0xABC000)
    importer = Importer(
        root, now=lambda: datetime(2026, 6, 1, tzinfo=UTC), random_hex=lambda n: f"{next(digits):0{n}x}"
    )
    importer.bring(path)
    return tuple(notice.code for notice in importer.notices)


@pytest.mark.parametrize("what", [KILL, errno.ENOSPC, errno.EIO], ids=["kill", "ENOSPC", "EIO"])
@pytest.mark.parametrize(
    ("files", "folder"), [(sampled_files(), "runs"), (failed_files(), "failed-runs")], ids=["run", "failed"]
)
def test_an_import_that_is_stopped_leaves_the_whole_run_or_none(tmp_path, what, files, folder):
    path = tmp_path / "some.zip"
    path.write_bytes(bundle(files))
    prepared = tmp_path / "prepared"
    record_fake(prepared)
    before = {name: raw for name, raw in tree(prepared).items() if name.startswith("runs/")}
    expected = {f"{folder}/{RUN_ID}/{name}": raw for name, raw in files.items()}
    for at in range(1, MOST_OPERATIONS):
        root = tmp_path / f"root-{at}"
        shutil.copytree(prepared, root)
        ending = in_process(lambda root=root: bring(root, path), Fault(root, at, what))
        assert ending.outcome != "crashed", ending.text
        came = {name: raw for name, raw in tree(root).items() if name.startswith(f"{folder}/{RUN_ID}/")}
        came.pop(f"{folder}/{RUN_ID}/manifest.json", None)
        assert came in ({}, expected), at
        assert came or ending.outcome != "done"
        earlier_is_untouched(root, before)
        heals(root)
        assert in_process(lambda root=root: bring(root, path)).outcome == "done"
        shutil.rmtree(root)
        if not ending.fired:
            break
    else:
        pytest.fail("an import makes more file operations than this test goes through")
    assert at > 20
