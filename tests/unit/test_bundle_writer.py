from __future__ import annotations

import os
import shutil
import zipfile
from dataclasses import replace

import pytest
from bundle_kit import (
    CONFIG,
    FAILED_CORE,
    METADATA,
    RUN_ID,
    as_json,
    failed_files,
    manifest_of,
    run_files,
    sampled_files,
)

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.bundle.inspection import inspect_bundle
from edgeenv.evidence.bundle.limits import Limits
from edgeenv.evidence.bundle.writer import write_bundle
from edgeenv.evidence.manifest import parse_manifest
from edgeenv.evidence.store import load_failure, load_run

VERSION = "1.0.0"


@pytest.fixture
def stored(tmp_path):
    def store(files, *, sealed=True):
        directory = tmp_path / "runs" / RUN_ID
        shutil.rmtree(directory, ignore_errors=True)
        for path, content in files.items():
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            (directory / path).write_bytes(content)
        if sealed:
            (directory / "manifest.json").write_bytes(as_json(manifest_of(files)))
        return directory

    return store


def manifest_in(directory):
    return parse_manifest((directory / "manifest.json").read_bytes(), "manifest.json")


def written(directory, output, **options):
    return write_bundle(directory, manifest_in(directory), output, edgeenv_version=VERSION, **options)


def refusal(*words, **options):
    with pytest.raises(EdgeEnvError) as refused:
        written(*words, **options)
    return refused.value


@pytest.mark.parametrize(
    "files", [run_files(), failed_files(), sampled_files()], ids=["run", "failed", "sampled"]
)
def test_what_is_written_can_be_read_by_us_and_by_others(stored, tmp_path, files):
    done = written(stored(files), tmp_path / "out.zip")
    report = inspect_bundle(done.path)
    assert report.failures == ()
    assert (report.sha256, report.bytes) == (done.sha256, done.bytes)
    with zipfile.ZipFile(done.path) as archive:
        assert archive.testzip() is None
        inner = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
    assert inner.pop("manifest.json") == (tmp_path / "runs" / RUN_ID / "manifest.json").read_bytes()
    assert inner == files


def test_the_same_run_gives_the_same_bytes_wherever_and_whenever(stored, tmp_path):
    directory = stored(run_files())
    first = written(directory, tmp_path / "a.zip")
    for path in directory.iterdir():
        os.utime(path, (1, 1))
        path.chmod(0o600)
    assert written(directory, tmp_path / "b.zip").sha256 == first.sha256


def test_manifest_first_others_sorted_times_and_rights_fixed(stored, tmp_path):
    done = written(stored(sampled_files()), tmp_path / "out.zip")
    with zipfile.ZipFile(done.path) as archive:
        entries = archive.infolist()
    names = [entry.filename for entry in entries]
    assert names[0] == f"{RUN_ID}/manifest.json"
    assert names[1:] == sorted(names[1:])
    assert {(entry.date_time, entry.external_attr >> 16, entry.compress_type) for entry in entries} == {
        ((1980, 1, 1, 0, 0, 0), 0o100644, zipfile.ZIP_DEFLATED)
    }


def test_a_log_that_deflates_too_well_is_stored(stored, tmp_path):
    directory = stored(run_files(stdout=bytes(300_000)))
    done = written(directory, tmp_path / "out.zip", limits=Limits(ratio_above=100_000))
    with zipfile.ZipFile(done.path) as archive:
        assert archive.getinfo(f"{RUN_ID}/stdout.log").compress_type == zipfile.ZIP_STORED
        assert archive.getinfo(f"{RUN_ID}/result.json").compress_type == zipfile.ZIP_DEFLATED
    assert inspect_bundle(done.path, Limits(ratio_above=100_000)).failures == ()


def test_an_existing_file_is_replaced_only_by_force(stored, tmp_path):
    directory, output = stored(run_files()), tmp_path / "out.zip"
    output.write_bytes(b"precious")
    error = refusal(directory, output)
    assert (error.code, "--force" in error.hint) == ("output-exists", True)
    assert output.read_bytes() == b"precious"
    written(directory, output, force=True)
    assert inspect_bundle(output).failures == ()


def only(tmp_path):
    return sorted(path.name for path in tmp_path.iterdir() if path.name != "runs")


@pytest.mark.parametrize("change", [lambda raw: raw + b"x", lambda raw: raw[:-1], lambda raw: b"x" + raw[1:]])
def test_altered_evidence_is_not_exported(stored, tmp_path, change):
    directory = stored(run_files())
    log = directory / "stdout.log"
    log.write_bytes(change(log.read_bytes()))
    assert refusal(directory, tmp_path / "out.zip").code == "altered-evidence"
    assert only(tmp_path) == []


def test_a_file_that_is_gone_is_named(stored, tmp_path):
    directory = stored(run_files())
    (directory / "stderr.log").unlink()
    error = refusal(directory, tmp_path / "out.zip")
    assert (error.code, error.message) == (
        "altered-evidence",
        f"Required run artifact file missing: {directory}/stderr.log",
    )


@pytest.mark.parametrize("kind", ["link", "pipe", "directory"])
def test_links_and_special_files_are_not_followed(stored, tmp_path, kind):
    directory = stored(run_files())
    log, elsewhere = directory / "stdout.log", tmp_path / "runs" / "secret"
    elsewhere.write_bytes(log.read_bytes())
    log.unlink()
    if kind == "link":
        log.symlink_to(elsewhere)
    elif kind == "pipe":
        os.mkfifo(log)
    else:
        log.mkdir()
    assert refusal(directory, tmp_path / "out.zip").code == "not-exportable"
    assert only(tmp_path) == []


def test_a_folder_that_is_a_link_is_not_followed(stored, tmp_path):
    directory = stored(sampled_files())
    (directory / "sampler").rename(tmp_path / "runs" / "elsewhere")
    (directory / "sampler").symlink_to(tmp_path / "runs" / "elsewhere")
    assert refusal(directory, tmp_path / "out.zip").code == "not-exportable"


def test_a_manifest_that_is_a_link_is_not_followed(stored, tmp_path):
    directory = stored(run_files())
    (directory / "manifest.json").rename(tmp_path / "runs" / "elsewhere")
    (directory / "manifest.json").symlink_to(tmp_path / "runs" / "elsewhere")
    manifest = manifest_in(directory)
    with pytest.raises(EdgeEnvError):
        write_bundle(directory, manifest, tmp_path / "out.zip", edgeenv_version=VERSION)
    assert only(tmp_path) == []


def test_a_manifest_that_was_changed_since_it_was_read_is_not_exported(stored, tmp_path):
    directory = stored(run_files())
    before = manifest_in(directory)
    stored(run_files(stdout=b"other\n"))
    with pytest.raises(EdgeEnvError) as refused:
        write_bundle(directory, before, tmp_path / "out.zip", edgeenv_version=VERSION)
    assert refused.value.code == "altered-evidence"


@pytest.mark.parametrize(
    ("files", "limits", "said"),
    [
        (run_files(stdout=b"x" * 5000), Limits(file_bytes=4000), "stdout.log"),
        (run_files(), Limits(total_bytes=1000), "bytes"),
        (run_files(), Limits(entries=6), "7 entries"),
        ({**run_files(), "notes.txt": b"hello"}, Limits(), "notes.txt"),
        ({**run_files(), "sampler/x.log": b"hello"}, Limits(), "metadata"),
        (
            run_files(config=CONFIG.replace(b"batch_size: 1", b"batch_size: 2")),
            Limits(),
            "contradicts config.yaml",
        ),
        (run_files(result=b"{}"), Limits(), "Invalid result.json"),
    ],
    ids=["file", "total", "entries", "stranger", "sampler", "contradiction", "invalid"],
)
def test_what_no_import_accepts_is_not_exported(stored, tmp_path, files, limits, said):
    error = refusal(stored(files), tmp_path / "out.zip", limits=limits)
    assert error.code == "not-exportable"
    assert said in error.message
    assert only(tmp_path) == []


def test_a_place_that_cannot_be_written_is_named(stored, tmp_path):
    error = refusal(stored(run_files()), tmp_path / "absent" / "out.zip")
    assert str(tmp_path / "absent") in error.message
    assert error.hint


# Runs of earlier releases, which stored no manifest.


def legacy(files):
    """The same run as an earlier release would have stored it, as far as that matters here."""
    return {path: raw for path, raw in files.items() if path != "manifest.json"}


def test_a_run_without_manifest_gets_one(stored, tmp_path):
    run = load_run(stored(legacy(run_files()), sealed=False))
    assert not run.sealed
    done = [
        write_bundle(run.directory, run.manifest, tmp_path / name, edgeenv_version=VERSION)
        for name in ("a", "b")
    ]
    assert done[0].sha256 == done[1].sha256
    content = inspect_bundle(done[0].path).content
    assert content.manifest == replace(run.manifest, version=VERSION)
    assert content.manifest.digest == run.digest


def test_a_failed_run_without_manifest_gets_one(stored, tmp_path):
    failed = load_failure(stored(failed_files(), sealed=False))
    done = write_bundle(failed.directory, failed.manifest, tmp_path / "out.zip", edgeenv_version=VERSION)
    content = inspect_bundle(done.path).content
    assert [entry.path for entry in content.manifest.files] == list(FAILED_CORE)


def test_of_an_old_run_only_the_sampler_files_that_its_metadata_lists_travel(stored, tmp_path):
    stray = {"notes.txt": b"x", "sampler/extra.log": b"x"}
    run = load_run(stored({**sampled_files(), **stray}, sealed=False))
    done = write_bundle(run.directory, run.manifest, tmp_path / "out.zip", edgeenv_version=VERSION)
    paths = [entry.path for entry in inspect_bundle(done.path).content.manifest.files]
    assert paths[6:] == ["sampler/metadata.json", *METADATA["raw_artifacts"]]
