from __future__ import annotations

import itertools
import json
import os
import shutil
from datetime import UTC, datetime

import pytest
from bundle_defects import CASES
from bundle_kit import (
    RUN_ID,
    as_json,
    bundle,
    failed_files,
    failure_with,
    manifest_of,
    measured_files,
    result_with,
    run_files,
    sampled_files,
)

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.bundle.origin import origin_path, read_origin
from edgeenv.evidence.check import defects
from edgeenv.evidence.files import Kind
from edgeenv.evidence.store import load_failure, load_run
from edgeenv.registry.registry import Registry
from edgeenv.registry.rows import RunQuery
from edgeenv.transfer.exporting import bundle_name, export_run
from edgeenv.transfer.importing import Importer

NOW = datetime(2026, 6, 1, 8, 30, tzinfo=UTC)


def importer(root, **options):
    digits = itertools.count(1)
    return Importer(root, now=lambda: NOW, random_hex=lambda count: f"{next(digits):0{count}x}", **options)


@pytest.fixture
def zipped(tmp_path):
    def write(content: bytes, name="some.zip"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def tree(root):
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def refusal(root, path):
    with pytest.raises(EdgeEnvError) as refused:
        importer(root).bring(path)
    return refused.value


def ids(root):
    return [row.run_id for row in Registry(root).runs(RunQuery())]


@pytest.mark.parametrize(
    "files", [run_files(), sampled_files(), measured_files()], ids=["plain", "sampled", "measured"]
)
def test_a_run_comes_in_whole_and_is_found(root, zipped, files):
    done = importer(root).bring(zipped(bundle(files)))
    assert (done.run_id, done.kind, done.already_here) == (RUN_ID, Kind.RUN, False)
    assert done.directory == root / "runs" / RUN_ID
    stored = {path: raw for path, raw in tree(done.directory).items() if path != "manifest.json"}
    assert stored == files
    assert (done.directory / "manifest.json").read_bytes() == as_json(manifest_of(files))
    assert defects(done.directory, load_run(done.directory).manifest) == ()
    assert ids(root) == [RUN_ID]
    assert list((root / "tmp").iterdir()) == []


def test_a_failed_run_comes_in_and_makes_no_index(root, zipped):
    done = importer(root).bring(zipped(bundle(failed_files())))
    assert (done.kind, done.directory) == (Kind.FAILED_RUN, root / "failed-runs" / RUN_ID)
    assert [failed.run_id for failed in Registry(root).failed_runs()] == [RUN_ID]
    assert not (root / "runs.db").exists()


def test_where_and_when_from_is_recorded_beside_the_evidence(root, zipped):
    path = zipped(bundle())
    done = importer(root).bring(path)
    origin = read_origin(root, RUN_ID)
    assert origin.source == str(path)
    assert origin.imported_at == "2026-06-01T08:30:00.000000Z"
    assert origin.evidence_digest == load_run(done.directory).digest
    assert origin.bytes == path.stat().st_size
    assert origin.signer is None
    assert read_origin(root, "run-of-this-machine") is None


def test_a_record_of_origin_that_was_tampered_with_is_told_of(root, zipped):
    importer(root).bring(zipped(bundle()))
    path = origin_path(root, RUN_ID)
    document = json.loads(path.read_bytes())
    for damaged in (b"{", b"[]", as_json({**document, "run_id": "other"}), as_json({**document, "note": 1})):
        path.write_bytes(damaged)
        with pytest.raises(EdgeEnvError):
            read_origin(root, RUN_ID)


@pytest.mark.parametrize("files", [run_files(), failed_files()], ids=["run", "failed"])
def test_the_same_evidence_twice_is_already_here(root, zipped, files):
    path = zipped(bundle(files))
    importer(root).bring(path)
    before = tree(root)
    again = importer(root).bring(path)
    assert again.already_here
    assert tree(root) == before


def test_the_same_evidence_under_another_manifest_is_already_here(root, zipped):
    importer(root).bring(zipped(bundle()))
    other = manifest_of(run_files(), exported_by={"tool": "edgeenv", "package": "edgeenv", "version": "9"})
    assert importer(root).bring(zipped(bundle(run_files(), other))).already_here


def test_other_evidence_under_the_same_id_is_refused_and_named(root, zipped):
    importer(root).bring(zipped(bundle()))
    before = tree(root)
    error = refusal(root, zipped(bundle(run_files(stdout=b"other\n", stderr=b"too\n"))))
    assert error.code == "run-exists"
    assert "differs in stderr.log, stdout.log" in error.message
    assert error.hint.startswith("Import never overwrites existing evidence")
    assert tree(root) == before


def test_a_failed_run_under_the_id_of_a_run_is_refused(root, zipped):
    importer(root).bring(zipped(bundle()))
    error = refusal(root, zipped(bundle(failed_files())))
    assert (error.code, "is a successful-run, the bundle holds a failed-run" in error.message) == (
        "run-exists",
        True,
    )


def test_an_id_that_differs_only_in_case_is_refused(root, zipped):
    importer(root).bring(zipped(bundle()))
    upper = RUN_ID.upper()
    files = run_files(result=result_with("run_id", upper))
    error = refusal(root, zipped(bundle(files, manifest_of(files, run_id=upper), upper)))
    assert (error.code, "differs only in case" in error.message) == ("run-exists", True)


def test_a_stored_run_that_was_altered_is_not_called_identical(root, zipped):
    path = zipped(bundle())
    done = importer(root).bring(path)
    (done.directory / "stdout.log").write_bytes(b"tuo\n")
    error = refusal(root, path)
    assert (error.code, "stdout.log" in error.message) == ("altered-evidence", True)


def test_a_run_whose_directory_is_gone_comes_back(root, zipped):
    path = zipped(bundle())
    done = importer(root).bring(path)
    shutil.rmtree(done.directory)
    assert not importer(root).bring(path).already_here
    assert Registry(root).run(RUN_ID).run.run_id == RUN_ID


def test_other_evidence_than_the_index_remembers_does_not_take_its_place(root, zipped):
    done = importer(root).bring(zipped(bundle()))
    shutil.rmtree(done.directory)
    error = refusal(root, zipped(bundle(run_files(stdout=b"other\n"))))
    assert (error.code, "the index remembers" in error.message) == ("run-exists", True)
    assert not done.directory.exists()


def test_an_unsealed_run_of_an_earlier_release_is_recognised(root, zipped):
    directory = root / "runs" / RUN_ID
    directory.mkdir(parents=True)
    for name, raw in run_files().items():
        (directory / name).write_bytes(raw)
    assert importer(root).bring(zipped(bundle())).already_here


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_damaged_bundle_leaves_no_trace(tmp_path, root, zipped, case):
    path = zipped(case.make())
    with pytest.raises(EdgeEnvError):
        importer(root, limits=case.limits).bring(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["some.zip"]


def test_a_damaged_bundle_leaves_an_existing_root_alone(root, zipped):
    importer(root).bring(zipped(bundle()))
    before = tree(root)
    refusal(root, zipped(bundle(run_files(stdout=b"tuo\n"), manifest_of(run_files()))))
    assert tree(root) == before


def test_what_stands_in_the_way_of_the_root_is_named(root, zipped):
    root.write_bytes(b"a file")
    assert refusal(root, zipped(bundle())).code == "root-not-a-directory"


def test_what_stands_in_the_way_of_the_run_is_not_overwritten(root, zipped):
    (root / "runs").mkdir(parents=True)
    (root / "runs" / RUN_ID).write_bytes(b"a file")
    before = tree(root)
    refusal(root, zipped(bundle()))
    assert tree(root) == before


def test_a_run_that_cannot_be_published_leaves_nothing(root, zipped):
    root.mkdir()
    (root / "runs").write_bytes(b"a file")
    refusal(root, zipped(bundle()))
    assert [path for path in tree(root) if path.startswith(("imports/", "tmp/"))] == []
    assert list((root / "tmp").glob("*")) == []


def test_round_trip_keeps_every_byte_and_the_digest(root, zipped, tmp_path):
    first = importer(root).bring(zipped(bundle(sampled_files())))
    stored = load_run(first.directory)
    out = tmp_path / "out"
    out.mkdir()
    exported = export_run(stored, out, edgeenv_version="1.0.0")
    assert exported.path == out / bundle_name(RUN_ID)
    elsewhere = tmp_path / "elsewhere"
    second = importer(elsewhere).bring(exported.path)
    assert tree(second.directory) == tree(first.directory)
    assert load_run(second.directory).digest == stored.digest
    again = export_run(
        load_run(second.directory), tmp_path / "deep" / "er" / "x.zip", edgeenv_version="2.0.0"
    )
    assert again.sha256 == exported.sha256


def test_a_failed_run_makes_the_round_trip(root, zipped, tmp_path):
    first = importer(root).bring(zipped(bundle(failed_files(failure_with("return_code", 3)))))
    exported = export_run(load_failure(first.directory), tmp_path / "f.zip", edgeenv_version="1.0.0")
    second = importer(tmp_path / "elsewhere").bring(exported.path)
    assert tree(second.directory) == tree(first.directory)


def test_a_name_that_is_no_text_is_recorded_all_the_same(root, tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9.zip")
    path.write_bytes(bundle())
    importer(root).bring(path)
    assert read_origin(root, RUN_ID).source.endswith("caf\ufffd.zip")
