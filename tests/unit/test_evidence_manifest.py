from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.files import Kind, is_run_id
from edgeenv.evidence.manifest import FileEntry, Manifest, parse_manifest

RUN_ID = "run-20260301-120000-0000abcd"


def entries(kind: Kind = Kind.RUN) -> tuple[FileEntry, ...]:
    return tuple(
        FileEntry(name, required=True, sha256=f"{number:064x}", bytes=number)
        for number, name in enumerate(kind.files)
    )


def a_manifest(kind: Kind = Kind.RUN, **changes) -> Manifest:
    values = {
        "kind": kind,
        "run_id": RUN_ID,
        "created_at": "2026-03-01T12:00:00+00:00",
        "source_schema": "edgeenv.result.v1",
        "files": entries(kind),
        "version": "0.1.0",
    }
    return Manifest(**{**values, **changes})


@pytest.mark.parametrize("kind", list(Kind))
def test_what_is_written_is_read_back(kind):
    sampler = FileEntry("sampler/metadata.json", required=False, sha256="0" * 64, bytes=2)
    manifest = a_manifest(kind, files=(*entries(kind), sampler))
    assert parse_manifest(manifest.to_bytes(), "manifest.json") == manifest


def test_it_has_the_members_of_the_contract_sorted():
    document = json.loads(a_manifest().to_bytes())
    assert list(document) == sorted(document)
    assert document["schema_version"] == "edgeenv.export.v1"
    assert document["bundle_type"] == "successful-run"
    assert document["source_result_schema_version"] == "edgeenv.result.v1"
    assert document["exported_by"] == {"tool": "edgeenv", "package": "edgeenv", "version": "0.1.0"}
    assert "exported_at" not in document
    assert [entry["path"] for entry in document["files"]] == [
        "result.json",
        "config.yaml",
        "target.yaml",
        "env.json",
        "stdout.log",
        "stderr.log",
    ]
    failed = json.loads(a_manifest(Kind.FAILED_RUN).to_bytes())
    assert failed["bundle_type"] == "failed-run"
    assert "source_failed_schema_version" in failed
    assert failed["files"][0]["path"] == "failure.json"


def test_the_digest_is_of_the_files_alone():
    assert a_manifest().digest == a_manifest(created_at="1999-01-01T00:00:00+00:00", version="9").digest
    assert a_manifest().digest.startswith("sha256:")
    changed = (FileEntry("result.json", required=True, sha256="f" * 64, bytes=0), *entries()[1:])
    assert a_manifest(files=changed).digest != a_manifest().digest


def changed(**changes):
    return {**json.loads(a_manifest().to_bytes()), **changes}


def changed_entry(**changes):
    files = changed()["files"]
    return changed(files=[{**files[0], **changes}, *files[1:]])


REFUSED = {
    "not an object": [1],
    "no marker": {k: v for k, v in changed().items() if k != "schema_version"},
    "a future marker": changed(schema_version="edgeenv.export.v2"),
    "an unknown type": changed(bundle_type="run"),
    "a missing member": {k: v for k, v in changed().items() if k != "created_at"},
    "an unknown member": changed(extra=1),
    "a number for the run id": changed(run_id=1),
    "a path for the run id": changed(run_id="../etc"),
    "files no list": changed(files={}),
    "a file no object": changed(files=[1]),
    "a required file not listed": changed(files=changed()["files"][1:]),
    "a file listed twice": changed(files=[*changed()["files"], changed()["files"][0]]),
    "an absolute path": changed_entry(path="/result.json"),
    "a path upwards": changed_entry(path="../result.json"),
    "a path of backslashes": changed_entry(path="a\\b"),
    "the manifest itself": changed(
        files=[
            *changed()["files"],
            {"path": "manifest.json", "required": False, "sha256": "0" * 64, "bytes": 1},
        ]
    ),
    "an upper-case digest": changed_entry(sha256="A" * 64),
    "a short digest": changed_entry(sha256="a" * 63),
    "a negative size": changed_entry(bytes=-1),
    "a boolean size": changed_entry(bytes=True),
    "a float size": changed_entry(bytes=1.0),
    "a required file that is not": changed_entry(required=False),
    "an unknown member of a file": changed_entry(mode=7),
    "no exporter": changed(exported_by=None),
    "an exporter without version": changed(exported_by={"tool": "edgeenv"}),
}


@pytest.mark.parametrize("document", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_manifest_is_refused(document):
    with pytest.raises(EdgeEnvError) as refusal:
        parse_manifest(json.dumps(document).encode(), "some/manifest.json")
    assert refusal.value.code == "manifest-invalid"
    assert "some/manifest.json" in refusal.value.message
    assert len(refusal.value.message) < 300


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b'{"a": NaN}', b'{"a": 1, "a": 2}'])
def test_what_is_no_strict_json_is_refused(raw):
    with pytest.raises(EdgeEnvError):
        parse_manifest(raw, "manifest.json")


def test_a_manifest_out_of_a_bundle_may_say_when_it_was_exported():
    raw = json.dumps(changed(exported_at="2026-03-02T00:00:00+00:00")).encode()
    assert parse_manifest(raw, "manifest.json").files == entries()


@pytest.mark.parametrize("text", ["a", "run-20260301-120000-0000abcd", "A.b_c-9", "a" * 128])
def test_ids_that_may_name_a_run(text):
    assert is_run_id(text)


@pytest.mark.parametrize(
    "text", ["", ".", "..", "-a", ".a", "a.", "a/b", "a\\b", "a b", "a\n", "a\0", "ä", "a" * 129, "٣"]
)
def test_ids_that_may_not(text):
    assert not is_run_id(text)


@given(st.text())
def test_an_id_is_one_component_of_a_path(text):
    if is_run_id(text):
        assert text.isascii()
        assert not set(text) & set("/\\:\0")
        assert text.strip(".") == text
