"""Where an imported run came from is said wherever it is shown."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))

from bundle_kit import RUN_ID, bundle, failed_files, run_files


@pytest.fixture(params=["runs", "failed-runs"])
def imported(request, edgeenv, root, tmp_path):
    path = tmp_path / "hand\u202eed.zip"
    path.write_bytes(bundle(run_files() if request.param == "runs" else failed_files()))
    assert edgeenv("runs", "import", path, "--edgeenv-root", root).status == 0
    return request.param, path


def test_it_is_said_in_text_and_in_json(edgeenv, root, imported):
    noun, path = imported
    done = edgeenv(noun, "show", RUN_ID, "--edgeenv-root", root)
    (line,) = (line for line in done.lines if line.startswith("Imported: "))
    assert line.endswith(f" from {path.parent}/hand\\u202eed.zip")
    assert done.lines.index(line) < 4
    origin = json.loads(edgeenv(noun, "show", RUN_ID, "--json", "--edgeenv-root", root).stdout)["origin"]
    assert line.startswith(f"Imported: {origin.pop('imported_at')} from ")
    assert origin == {
        "source": str(path),
        "sha256": sha256(path.read_bytes()).hexdigest(),
        "bytes": path.stat().st_size,
        "signer": None,
        "fingerprint": None,
    }


def test_a_run_that_was_recorded_here_says_nothing(edgeenv, recorded_root):
    done = edgeenv("runs", "show", "latest", "--edgeenv-root", recorded_root)
    assert "Imported" not in done.stdout
    done = edgeenv("runs", "show", "latest", "--json", "--edgeenv-root", recorded_root)
    assert json.loads(done.stdout)["origin"] is None


def test_a_record_that_says_nothing_is_a_note_and_the_run_is_shown(edgeenv, root, imported):
    noun, _ = imported
    record = root / "imports" / f"{RUN_ID}.json"
    for content in (b"", b"[]", b'{"schema_version": "edgeenv.import.v9"}', b"\xff"):
        record.write_bytes(content)
        done = edgeenv(noun, "show", RUN_ID, "--edgeenv-root", root)
        assert done.status == 0
        assert done.stderr.startswith("Note: ")
        assert "Imported" not in done.stdout


@pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="ssh-keygen is absent (package openssh-client)"
)
def test_who_signed_it_is_said(edgeenv, root, tmp_path):
    key, path = tmp_path / "key", tmp_path / "x.zip"
    subprocess.run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "x", "-f", str(key)), check=True)
    (tmp_path / "allowed").write_text(f"lab@here {key.with_suffix('.pub').read_text()}")
    path.write_bytes(bundle())
    assert edgeenv("bundle", "sign", path, "--key", key).status == 0
    words = ("--require-signature", "--allowed-signers", tmp_path / "allowed", "--edgeenv-root", root)
    assert edgeenv("runs", "import", path, *words).status == 0
    done = edgeenv("runs", "show", RUN_ID, "--edgeenv-root", root)
    assert any(line.startswith("Signed by: lab@here (SHA256:") for line in done.lines)
