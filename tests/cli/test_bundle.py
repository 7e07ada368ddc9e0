"""`bundle show|verify|sign`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))

from bundle_kit import RUN_ID, bundle, failed_files, failure_with, manifest_of, run_files

needs_ssh = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="ssh-keygen is absent (package openssh-client)"
)


@pytest.fixture
def zipped(tmp_path):
    def write(content, name="some.zip"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.fixture
def bad(zipped):
    return zipped(bundle(run_files(stdout=b"tuo\n"), manifest_of(run_files())), "bad.zip")


@pytest.fixture
def key(tmp_path):
    path = tmp_path / "key"
    subprocess.run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "x", "-f", str(path)), check=True)
    (tmp_path / "allowed").write_text(f"lab@here {path.with_suffix('.pub').read_text()}")
    return path


def test_show_says_what_a_bundle_holds(edgeenv, zipped):
    done = edgeenv("bundle", "show", zipped(bundle()))
    assert (done.status, done.stderr) == (0, "")
    assert f"Holds: run {RUN_ID}" in done.lines
    assert "Benchmark: local-echo-metrics" in done.lines
    assert any(line.startswith("  stdout.log") for line in done.lines)
    assert all(len(line) <= 80 or "digest" in line or "Bundle:" in line for line in done.lines)


def test_show_of_a_bundle_that_does_not_hold_names_the_defect(edgeenv, bad):
    done = edgeenv("bundle", "show", bad)
    assert done.status == 3
    assert done.lines[0] == f"{bad}: not valid"
    assert done.lines[1].startswith("  checksum-differs: Checksum mismatch")
    assert done.stderr.startswith("Hint: ")


def test_json_tells_every_check(edgeenv, zipped, bad):
    document = json.loads(edgeenv("bundle", "show", zipped(bundle()), "--json").stdout)
    assert (document["valid"], document["run_id"]) == (True, RUN_ID)
    assert {check["result"] for check in document["checks"]} == {"passed"}
    done = edgeenv("bundle", "show", bad, "--json")
    document = json.loads(done.stdout)
    assert (done.status, document["valid"]) == (3, False)
    assert {check["code"]: check["result"] for check in document["checks"]}["checksum-differs"] == "failed"
    assert {check["result"] for check in document["checks"]} == {"passed", "failed", "not-reached"}


def test_hostile_text_is_shown_escaped(edgeenv, zipped):
    failure = failure_with("error_message", "\x1b[2J[/red] \u202e <b>")
    done = edgeenv("bundle", "show", zipped(bundle(failed_files(failure))))
    assert "Error: \\x1b[2J[/red] \\u202e <b>" in done.lines


def test_verify_looks_at_each_and_writes_nothing(edgeenv, zipped, bad, tmp_path):
    good = zipped(bundle())
    before = sorted(tmp_path.iterdir())
    done = edgeenv("bundle", "verify", good, bad)
    assert done.status == 3
    assert done.lines[0] == f"{good}: valid, run {RUN_ID}"
    assert done.lines[1] == f"{bad}: not valid"
    assert edgeenv("bundle", "verify", good).status == 0
    assert sorted(tmp_path.iterdir()) == before


def test_a_bundle_that_is_not_there_is_another_matter(edgeenv, zipped, tmp_path):
    assert edgeenv("bundle", "verify", tmp_path / "absent.zip").status == 1
    assert edgeenv("bundle", "verify", tmp_path / "absent.zip", zipped(bundle())).status == 1
    assert edgeenv("bundle", "show", tmp_path).status == 1


@needs_ssh
def test_sign_and_verify(edgeenv, zipped, key, tmp_path):
    path = zipped(bundle())
    signers = ("--allowed-signers", tmp_path / "allowed")
    done = edgeenv("bundle", "verify", path, *signers)
    assert (done.status, "signature-missing" in done.stdout) == (3, True)
    done = edgeenv("bundle", "sign", path, "--key", key)
    assert (done.status, done.lines) == (0, [f"Signature: {path}.sig"])
    done = edgeenv("bundle", "verify", path, *signers)
    assert done.status == 0
    assert f"valid, run {RUN_ID}, signed by lab@here (SHA256:" in done.stdout
    path.write_bytes(bundle(run_files(stdout=b"other\n")))
    done = edgeenv("bundle", "verify", path, *signers)
    assert (done.status, "signature-not-valid" in done.stdout) == (3, True)
    assert (
        json.loads(edgeenv("bundle", "verify", path, *signers, "--json").stdout)["bundles"][0]["valid"]
        is False
    )


@needs_ssh
def test_a_bundle_that_does_not_hold_is_not_signed(edgeenv, bad, key):
    assert edgeenv("bundle", "sign", bad, "--key", key).status == 3
    assert not bad.with_name("bad.zip.sig").exists()


def test_a_signer_without_a_list_is_a_usage_error(edgeenv, zipped):
    assert edgeenv("bundle", "verify", zipped(bundle()), "--signer", "lab@here").status == 2
