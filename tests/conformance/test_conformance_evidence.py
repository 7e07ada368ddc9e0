"""Valid evidence: what a recording leaves, what a bundle is, and how both come through to another root."""

from __future__ import annotations

import io
import json
import zipfile
from hashlib import sha256

import pytest
from conformance_kit import FAILED_FILES, MANIFEST, RUN_FILES, Bundle, as_another_run, sealed, tree, zipped

KINDS = [("runs", "baseline"), ("failed-runs", "failed")]


@pytest.mark.parametrize("name", ["baseline", "failed"])
def test_a_recording_leaves_six_files_and_their_manifest(recorded, name):
    files = tree(recorded.directory(name))
    expected = FAILED_FILES if name == "failed" else RUN_FILES
    assert set(files) == {*expected, MANIFEST}
    manifest = json.loads(files[MANIFEST])
    assert manifest["run_id"] == recorded.id(name)
    assert manifest["bundle_type"] == ("failed-run" if name == "failed" else "successful-run")
    listed = {member["path"]: member for member in manifest["files"]}
    assert set(listed) == set(expected)
    for path, member in listed.items():
        assert member == {
            "path": path,
            "required": True,
            "sha256": sha256(files[path]).hexdigest(),
            "bytes": len(files[path]),
        }


def test_inputs_and_logs_are_kept_byte_for_byte(recorded, workshop):
    files = tree(recorded.directory("baseline"))
    assert files["config.yaml"] == (workshop / "baseline.yaml").read_bytes()
    assert files["target.yaml"] == (workshop / "target.yaml").read_bytes()
    assert files["stdout.log"].startswith(b"\xff\xfe \x1b[31mred\r\nEDGEENV_METRICS_JSON={")
    assert files["stderr.log"] == b"no line end"


def test_nothing_is_left_besides_the_runs(recorded):
    left = {path.name for path in recorded.root.iterdir()} - {"tmp"}
    assert left == {"runs", "failed-runs", "runs.db"}
    assert tree(recorded.root / "tmp") == {}


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_run_gives_the_same_bundle(program, recorded, bundles, kind):
    noun, name = kind
    words = (recorded.id(name), "-o", "../again.zip", "--force", "--edgeenv-root", recorded.root)
    program(noun, "export", *words, cwd=recorded.root).must()
    assert (recorded.root.parent / "again.zip").read_bytes() == bundles[name].content


@pytest.mark.parametrize("name", ["baseline", "failed"])
def test_a_bundle_is_a_zip_of_one_run(recorded, bundles, name):
    with zipfile.ZipFile(io.BytesIO(bundles[name].content)) as archive:
        entries = archive.infolist()
    names = [entry.filename for entry in entries]
    assert names[0] == f"{recorded.id(name)}/{MANIFEST}"
    assert names[1:] == sorted(names[1:])
    assert {entry.filename.partition("/")[0] for entry in entries} == {recorded.id(name)}
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in entries} == {0o100644}
    stored = tree(recorded.directory(name))
    exported = bundles[name].files
    assert set(exported) == set(stored)
    assert {path: raw for path, raw in exported.items() if path != MANIFEST} == {
        path: raw for path, raw in stored.items() if path != MANIFEST
    }


@pytest.mark.parametrize("kind", KINDS)
def test_evidence_comes_in_elsewhere_as_it_was(program, recorded, bundles, place, kind):
    noun, name = kind
    (place / "some.zip").write_bytes(bundles[name].content)
    done = program(noun, "import", "some.zip", "--edgeenv-root", "new", cwd=place).must()
    assert done.stderr == ""
    assert f"Run ID: {recorded.id(name)}" in done.lines
    there = place / "new" / ("runs" if noun == "runs" else "failed-runs") / recorded.id(name)
    assert tree(there) == tree(recorded.directory(name))
    assert (place / "new" / "runs.db").exists() is (noun == "runs")
    shown = program(noun, "show", recorded.id(name), "--json", "--edgeenv-root", "new", cwd=place).must().json
    here = program(noun, "show", recorded.id(name), "--json", "--edgeenv-root", recorded.root, cwd=place)
    assert shown["evidence_digest"] == here.must().json["evidence_digest"]


def test_the_same_evidence_twice_is_fine(program, bundles, place):
    (place / "some.zip").write_bytes(bundles["baseline"].content)
    program("runs", "import", "some.zip", "--edgeenv-root", "new", cwd=place).must()
    before = tree(place / "new" / "runs")
    again = program("runs", "import", "some.zip", "--edgeenv-root", "new", cwd=place).must()
    assert again.lines[0] == "Run evidence already here, identical"
    assert tree(place / "new" / "runs") == before


@pytest.mark.parametrize("kind", [("runs", "failed"), ("failed-runs", "candidate")])
def test_either_command_takes_either_kind_and_says_so(program, recorded, bundles, place, kind):
    noun, name = kind
    (place / "some.zip").write_bytes(bundles[name].content)
    done = program(noun, "import", "some.zip", "--edgeenv-root", "new", cwd=place).must()
    assert done.stderr.startswith("Note: some.zip holds a ")
    folder = "failed-runs" if name == "failed" else "runs"
    assert (place / "new" / folder / recorded.id(name)).is_dir()


def test_other_evidence_under_the_same_id_is_refused_and_names_the_files(program, bundles, place):
    bundle = bundles["baseline"]
    (place / "good.zip").write_bytes(bundle.content)
    files = sealed({**bundle.files, "stderr.log": b"NO LINE END"})
    (place / "other.zip").write_bytes(zipped(bundle.run_id, files))
    program("runs", "import", "good.zip", "--edgeenv-root", "new", cwd=place).must()
    before = tree(place / "new")
    done = program("runs", "import", "other.zip", "--edgeenv-root", "new", cwd=place)
    assert (done.status, done.stdout) == (1, "")
    assert "stderr.log" in done.stderr
    assert "stdout.log" not in done.stderr
    assert tree(place / "new") == before


def test_a_bundle_is_looked_at_without_importing_it(program, recorded, bundles, place):
    (place / "some.zip").write_bytes(bundles["baseline"].content)
    shown = program("bundle", "show", "some.zip", "--json", cwd=place).must().json
    assert (shown["valid"], shown["run_id"]) == (True, recorded.id("baseline"))
    assert {check["result"] for check in shown["checks"]} == {"passed"}
    program("bundle", "verify", "some.zip", cwd=place).must()
    assert [path.name for path in place.iterdir()] == ["some.zip"]


def test_a_whole_directory_of_bundles_comes_in(program, bundles, place):
    folder = place / "in"
    folder.mkdir()
    many = [as_another_run(bundles["baseline"], number) for number in range(12)]
    for number, bundle in enumerate(many):
        (folder / f"{number}.zip").write_bytes(bundle.content)
    (folder / "6.zip").write_bytes(many[6].content[:-1])
    done = program("runs", "import", "in", "--json", "--edgeenv-root", "new", cwd=place)
    assert (done.status, len(done.json["imported"]), len(done.json["refused"])) == (1, 11, 1)
    assert {path.name for path in (place / "new" / "runs").iterdir()} == {
        bundle.run_id for bundle in many
    } - {many[6].run_id}


def test_what_was_recorded_verifies(program, recorded, place):
    done = program("runs", "verify", "--json", "--edgeenv-root", recorded.root, cwd=place).must()
    outcomes = {run["run_id"]: run["outcome"] for run in done.json["runs"]}
    assert outcomes == dict.fromkeys([*recorded.ids.values(), recorded.failed], "verified")


def test_text_from_evidence_never_reaches_the_terminal_raw(program, recorded, bundles, place):
    failed = bundles["failed"]
    document = json.loads(failed.files["failure.json"])
    document["error_message"] = "\x1b[2J\u202e[/red]"
    files = sealed({**failed.files, "failure.json": json.dumps(document).encode()})
    (place / "hostile.zip").write_bytes(Bundle(failed.run_id, zipped(failed.run_id, files)).content)
    program("failed-runs", "import", "hostile.zip", "--edgeenv-root", "new", cwd=place).must()
    for words in (("failed-runs", "list"), ("failed-runs", "show", recorded.failed)):
        done = program(*words, "--edgeenv-root", "new", cwd=place).must()
        assert "\x1b" not in done.stdout
        assert "\u202e" not in done.stdout
        assert "\\x1b[2J\\u202e[/red]" in done.stdout
