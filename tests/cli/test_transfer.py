"""`runs export|import` and `failed-runs export|import`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))

from bundle_kit import RUN_ID, bundle, failed_files, manifest_of, result_with, run_files


def run_bundle(number=0):
    """A valid bundle of a run of its own."""
    run_id = f"run-20260507-122153-{number:08x}"
    files = run_files(result=result_with("run_id", run_id))
    return run_id, bundle(files, manifest_of(files, run_id=run_id), run_id)


@pytest.fixture
def zipped(tmp_path):
    def write(content, name):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.fixture
def filled(edgeenv, tmp_path, root):
    """A root with three runs and a failed one."""
    folder = tmp_path / "incoming"
    folder.mkdir()
    ids = []
    for number in range(3):
        run_id, content = run_bundle(number)
        (folder / f"{number}.zip").write_bytes(content)
        ids.append(run_id)
    (folder / "failed.zip").write_bytes(bundle(failed_files()))
    assert edgeenv("runs", "import", folder, "--edgeenv-root", root).status == 0
    return ids


def tree(directory):
    return {
        str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


def test_a_run_goes_out_and_comes_in_elsewhere(edgeenv, filled, root, tmp_path):
    out = tmp_path / "deep" / "run.zip"
    done = edgeenv("runs", "export", filled[0], "--output", out, "--edgeenv-root", root)
    assert done.status == 0
    assert done.lines == ["Run evidence exported", f"Run ID: {filled[0]}", f"Archive: {out}"]
    other = tmp_path / "other"
    done = edgeenv("runs", "import", out, "--edgeenv-root", other)
    assert (done.status, done.stderr) == (0, "")
    assert done.lines == [
        "Run evidence imported",
        f"Run ID: {filled[0]}",
        f"Result: {other}/runs/{filled[0]}/result.json",
    ]
    assert tree(other / "runs" / filled[0]) == tree(root / "runs" / filled[0])
    again = edgeenv("runs", "import", out, "--edgeenv-root", other)
    assert (again.status, again.lines[0]) == (0, "Run evidence already here, identical")


def test_the_judgement_is_the_same_elsewhere(edgeenv, filled, root, tmp_path):
    here = edgeenv("report", "compare", *filled[:2], "--json", "--edgeenv-root", root)
    assert edgeenv("runs", "export", "--all", "-o", tmp_path / "out", "--edgeenv-root", root).status == 0
    other = tmp_path / "other"
    assert edgeenv("runs", "import", tmp_path / "out", "--edgeenv-root", other).status == 0
    there = edgeenv("report", "compare", *filled[:2], "--json", "--edgeenv-root", other)
    assert (here.status, here.stdout) == (there.status, there.stdout)


def test_a_failed_run_goes_out_and_comes_in(edgeenv, filled, root, tmp_path):  # noqa: ARG001 - fills the root
    out = tmp_path / "failed.zip"
    done = edgeenv("failed-runs", "export", RUN_ID, "-o", out, "--edgeenv-root", root)
    assert done.lines == ["Failed-run evidence exported", f"Run ID: {RUN_ID}", f"Archive: {out}"]
    other = tmp_path / "other"
    done = edgeenv("failed-runs", "import", out, "--edgeenv-root", other)
    assert (done.status, done.stderr) == (0, "")
    assert done.lines == [
        "Failed-run evidence imported",
        f"Run ID: {RUN_ID}",
        f"Artifact: {other}/failed-runs/{RUN_ID}",
    ]
    assert not (other / "runs.db").exists()


@pytest.mark.parametrize(("command", "files"), [("runs", failed_files()), ("failed-runs", run_files())])
def test_a_bundle_of_the_other_kind_is_put_where_it_belongs_and_that_is_said(
    edgeenv, root, zipped, command, files
):
    path = zipped(bundle(files), "some.zip")
    done = edgeenv(command, "import", path, "--edgeenv-root", root)
    assert done.status == 0
    assert done.stderr.startswith(f"Note: {path} holds a ")
    assert (root / ("runs" if command == "failed-runs" else "failed-runs") / RUN_ID).is_dir()


def test_without_output_the_bundle_gets_its_usual_name_here(edgeenv, filled, root, tmp_path):
    here = tmp_path / "here"
    here.mkdir()
    done = edgeenv("runs", "export", "latest", "--edgeenv-root", root, cwd=here)
    assert done.status == 0
    assert [path.name for path in here.iterdir()] == [f"edgeenv-{filled[-1]}.zip"]


def test_several_runs_and_filters(edgeenv, filled, root, tmp_path):
    for words in (filled[:2], ("--model", "tiny"), ("--all",), ("--real", "--since", "2026-05-07")):
        out = tmp_path / "_".join(words)[:30].strip("-")
        assert edgeenv("runs", "export", *words, "-o", out, "--edgeenv-root", root).status == 0
        assert len(list(out.iterdir())) == (2 if words == filled[:2] else 3)
    done = edgeenv("runs", "export", "--model", "absent", "--edgeenv-root", root)
    assert (done.status, "no run in" in done.stderr) == (1, True)


@pytest.mark.parametrize("words", [(), ("latest", "--all"), ("latest", "--model", "tiny")])
def test_what_to_export_is_said_once(edgeenv, root, words):
    assert edgeenv("runs", "export", *words, "--edgeenv-root", root).status == 2
    assert not root.exists()


def test_an_existing_bundle_is_not_overwritten(edgeenv, filled, root, zipped):
    path = zipped(b"precious", "x.zip")
    done = edgeenv("runs", "export", filled[0], "-o", path, "--edgeenv-root", root)
    assert (done.status, done.stdout) == (1, "")
    assert f"Error: {path} exists already" in done.stderr.splitlines()
    assert path.read_bytes() == b"precious"
    assert edgeenv("runs", "export", filled[0], "-o", path, "--force", "--edgeenv-root", root).status == 0


def test_a_refused_bundle_says_why_and_leaves_no_root(edgeenv, root, zipped):
    path = zipped(bundle(run_files(stdout=b"tuo\n"), manifest_of(run_files())), "bad.zip")
    done = edgeenv("runs", "import", path, "--edgeenv-root", root)
    assert (done.status, done.stdout) == (1, "")
    error, hint = done.stderr.splitlines()
    assert error.startswith("Error: Checksum mismatch for exported file: stdout.log")
    assert hint.startswith("Hint: ")
    assert not root.exists()


def test_one_bad_bundle_among_many_does_not_stop_the_others(edgeenv, root, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    ids = []
    for number in range(12):
        run_id, content = run_bundle(number)
        ids.append(run_id)
        (folder / f"{number:02}.zip").write_bytes(content[:-1] if number == 4 else content)
    done = edgeenv("runs", "import", folder, "--edgeenv-root", root)
    assert done.status == 1
    assert done.stderr.splitlines()[-1] == "1 of 12 could not be imported"
    assert f"{folder}/04.zip" in done.stderr
    assert sorted(path.name for path in (root / "runs").iterdir()) == [*ids[:4], *ids[5:]]


def test_fail_fast_stops_at_the_first(edgeenv, root, tmp_path):
    run_id, content = run_bundle(1)
    paths = [tmp_path / "a.zip", tmp_path / "b.zip", tmp_path / "c.zip"]
    for path, raw in zip(paths, (content, b"bad", run_bundle(2)[1]), strict=True):
        path.write_bytes(raw)
    done = edgeenv("runs", "import", *paths, "--fail-fast", "--edgeenv-root", root)
    assert done.status == 1
    assert [path.name for path in (root / "runs").iterdir()] == [run_id]


def test_json_says_what_came_in_and_what_was_refused(edgeenv, root, zipped):
    good, bad = zipped(bundle(), "a.zip"), zipped(b"bad", "b.zip")
    done = edgeenv("runs", "import", good, bad, "--json", "--edgeenv-root", root)
    document = json.loads(done.stdout)
    assert (done.status, document["schema_version"]) == (1, "edgeenv.import-report.v1")
    assert [entry["run_id"] for entry in document["imported"]] == [RUN_ID]
    assert [(entry["file"], entry["code"]) for entry in document["refused"]] == [(str(bad), "not-a-zip")]
    out = good.parent / "out.zip"
    done = edgeenv("runs", "export", RUN_ID, "-o", out, "--json", "--edgeenv-root", root)
    exported = json.loads(done.stdout)["exported"][0]
    assert (exported["run_id"], exported["archive"], exported["bytes"]) == (
        RUN_ID,
        str(out),
        out.stat().st_size,
    )


def test_other_evidence_under_a_known_id_is_refused(edgeenv, root, zipped):
    assert edgeenv("runs", "import", zipped(bundle(), "a.zip"), "--edgeenv-root", root).status == 0
    other = zipped(bundle(run_files(stdout=b"other\n")), "b.zip")
    done = edgeenv("runs", "import", other, "--edgeenv-root", root)
    assert done.status == 1
    assert "differs in stdout.log" in done.stderr
    assert "Hint: Import never overwrites existing evidence" in done.stderr


@pytest.mark.parametrize("size", ["0", "5 apples", "1TiB", "-1", "9999999999"])
def test_a_size_that_is_none_is_refused(edgeenv, root, zipped, size):
    done = edgeenv("runs", "import", zipped(bundle(), "a.zip"), "--max-size", size, "--edgeenv-root", root)
    assert done.status in {1, 2}
    assert not root.exists()


def test_a_size_limit_is_kept(edgeenv, root, zipped):
    path = zipped(bundle(), "a.zip")
    done = edgeenv("runs", "import", path, "--max-size", "1kB", "--edgeenv-root", root)
    assert (done.status, "unpacks to" in done.stderr) == (1, True)
    assert edgeenv("runs", "import", path, "--max-size", "1 MiB", "--edgeenv-root", root).status == 0


def test_an_empty_folder_is_told_of(edgeenv, root, tmp_path):
    done = edgeenv("runs", "import", tmp_path, "--edgeenv-root", root)
    assert (done.status, "holds no .zip file" in done.stderr) == (1, True)


@pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="ssh-keygen is absent (package openssh-client)"
)
def test_where_signatures_are_required_only_signed_bundles_come_in(edgeenv, root, zipped, tmp_path):
    path, key, allowed = zipped(bundle(), "a.zip"), tmp_path / "key", tmp_path / "allowed"
    subprocess.run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "x", "-f", str(key)), check=True)
    allowed.write_text(f"lab@here {key.with_suffix('.pub').read_text()}")
    words = (
        "runs",
        "import",
        path,
        "--require-signature",
        "--allowed-signers",
        allowed,
        "--edgeenv-root",
        root,
    )
    done = edgeenv(*words)
    assert (done.status, "has no signature" in done.stderr) == (1, True)
    assert not root.exists()
    assert edgeenv("bundle", "sign", path, "--key", key).status == 0
    done = edgeenv(*words)
    assert (done.status, done.lines[-1].startswith("Signed by: lab@here (SHA256:")) == (0, True)
    assert edgeenv("runs", "import", path, "--require-signature", "--edgeenv-root", root).status == 2
