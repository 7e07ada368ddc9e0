"""Bundles as the earlier system wrote them, made by hand with the library that it used."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from bundle_kit import CONFIG, CORE, ENV, FAILED_CORE, FAILURE, METADATA, RESULT, RUN_ID, TARGET

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.bundle.inspection import inspect_bundle
from edgeenv.evidence.store import load_failure, load_run
from edgeenv.model.facts import placeholder_hash
from edgeenv.transfer.exporting import export_run
from edgeenv.transfer.importing import Importer

OLD_CONFIG = b"".join(
    line
    for line in CONFIG.splitlines(keepends=True)
    if not line.startswith((b"timeout", b"working", b"extra_env", b"  LOCAL"))
)


def old_result(**members):
    model = {key: value for key, value in RESULT["model"].items() if key != "hash_basis"}
    return {**RESULT, "model": {**model, "model_hash": placeholder_hash(model["model_path"])}, **members}


def write_old(directory, result=None, *, failed=False, sampled=False):
    """Lay out the files as the earlier system did, and zip them as it did."""
    source = directory / RUN_ID
    source.mkdir()
    document = FAILURE if failed else old_result() if result is None else result
    contents = {
        "failure.json" if failed else "result.json": json.dumps(
            document, indent=2, sort_keys=failed
        ).encode(),
        "config.yaml": OLD_CONFIG,
        "target.yaml": TARGET,
        "env.json": json.dumps(ENV, indent=2, sort_keys=True).encode(),
        "stdout.log": b"EDGEENV_METRICS_JSON={}\n",
        "stderr.log": b"",
    }
    if sampled:
        contents["sampler/metadata.json"] = json.dumps(METADATA, indent=2, sort_keys=True).encode()
        contents["sampler/tegrastats.log"] = b"RAM 848/7620MB\n"
    core = FAILED_CORE if failed else CORE
    marker = "source_failed_schema_version" if failed else "source_result_schema_version"
    manifest = {
        "schema_version": "edgeenv.export.v1",
        "bundle_type": "failed-run" if failed else "successful-run",
        "run_id": RUN_ID,
        "created_at": "2026-05-07T12:21:53.482914+00:00",
        marker: "edgeenv.failed-run.v1" if failed else "edgeenv.result.v1",
        "files": [
            {"path": path, "required": path in core, "sha256": sha256(raw).hexdigest(), "bytes": len(raw)}
            for path, raw in contents.items()
        ],
        "exported_at": "2026-05-08T07:00:00.123456+00:00",
        "exported_by": {"tool": "edgeenv", "package": "inferedge_env", "version": "0.1.5"},
    }
    path = directory / "old.zip"
    with zipfile.ZipFile(path, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{RUN_ID}/manifest.json", json.dumps(manifest, indent=2, sort_keys=True))
        for name, raw in contents.items():
            (source / name).parent.mkdir(exist_ok=True)
            (source / name).write_bytes(raw)
            archive.write(source / name, f"{RUN_ID}/{name}")
    return path


def importer(root):
    return Importer(root, now=lambda: datetime(2026, 6, 1, tzinfo=UTC), random_hex=lambda count: "0" * count)


@pytest.mark.parametrize("sampled", [False, True])
def test_a_run_of_the_earlier_system_comes_in(root, tmp_path, sampled):
    path = write_old(tmp_path, sampled=sampled)
    report = inspect_bundle(path)
    assert report.failures == ()
    assert report.content.exporter["package"] == "inferedge_env"
    assert report.content.exported_at == "2026-05-08T07:00:00.123456+00:00"
    stored = load_run(importer(root).bring(path).directory)
    assert stored.sealed
    assert stored.facts.document["model"]["hash_basis"] == "missing"


def test_a_result_without_marker_comes_in(root, tmp_path):
    result = old_result()
    del result["schema_version"]
    stored = load_run(importer(root).bring(write_old(tmp_path, result)).directory)
    assert "schema_version" not in stored.document


def test_a_failed_run_of_the_earlier_system_comes_in(root, tmp_path):
    stored = load_failure(importer(root).bring(write_old(tmp_path, failed=True)).directory)
    assert stored.failed.return_code == 0


def test_it_goes_out_again_with_its_own_manifest(root, tmp_path):
    done = importer(root).bring(write_old(tmp_path, sampled=True))
    exported = export_run(load_run(done.directory), tmp_path / "new.zip", edgeenv_version="1.0.0")
    assert inspect_bundle(exported.path).content.exporter["version"] == "0.1.5"
    assert importer(root).bring(exported.path).already_here


def test_zipped_again_by_hand_it_is_refused_with_advice(root, tmp_path):
    write_old(tmp_path)
    path = tmp_path / "again.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(tmp_path / RUN_ID, RUN_ID)
        for file in sorted((tmp_path / RUN_ID).iterdir()):
            archive.write(file, f"{RUN_ID}/{file.name}")
    with pytest.raises(EdgeEnvError, match=r"Archive symlinks and directories are not importable") as refused:
        importer(root).bring(path)
    assert refused.value.hint.startswith("export the run again")
    assert not root.exists()
