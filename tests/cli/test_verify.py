"""``edgeenv runs verify``, ``failed-runs verify`` and ``--allow-altered``."""

from __future__ import annotations

import json
import shutil

import pytest
from old_root import OLD_FAILURE, OLD_RUNS, make_old_root, snapshot
from recorded_samples import Hands, local_request, record_fake
from terminal import on_terminal

from edgeenv import schema
from edgeenv.recording import record


@pytest.fixture
def place(root, monkeypatch):
    """A root with three runs of known ids and a failed one."""
    monkeypatch.setenv("EDGEENV_ROOT", str(root))
    hands = Hands()
    for number in range(3):
        record_fake(root, hands, model_name=f"model-{number}")
    record(local_request(root, "false", hands))
    failed = next((root / "failed-runs").iterdir())
    return root, sorted(path.name for path in (root / "runs").iterdir()), failed.name


def spoil(root, run_id) -> None:
    directory = root / "runs" / run_id
    with (directory / "stdout.log").open("ab") as log:
        log.write(b"one more line\n")
    (directory / "notes from me.txt").write_text("mine", "utf-8")
    (directory / "stderr.log").unlink()
    (root / "runs" / "\x1b[31mred").touch()


def test_all_is_well(edgeenv, place):
    _, ids, _ = place
    done = edgeenv("runs", "verify")
    assert (done.status, done.stdout, done.stderr) == (
        0,
        "Verified: 3 of 3 runs, 1 of 1 failed runs\n",
        "",
    )
    assert edgeenv("runs", "verify", "--all") == done
    assert edgeenv("runs", "verify", ids[0], "latest").stdout == (
        f"{ids[0]}: verified\n{ids[2]}: verified\n\nVerified: 2 of 2 runs\n"
    )
    assert edgeenv("failed-runs", "verify").stdout == "Verified: 0 of 0 runs, 1 of 1 failed runs\n"


def test_what_is_wrong_as_text(edgeenv, place, txt_snapshot):
    root, ids, _ = place
    spoil(root, ids[1])
    done = edgeenv("runs", "verify")
    assert (done.status, done.stderr) == (3, "")
    assert all(len(line) <= 80 for line in done.lines)
    assert done.stdout == txt_snapshot


def test_what_is_wrong_as_json(edgeenv, place):
    root, ids, failed = place
    spoil(root, ids[1])
    done = edgeenv("runs", "verify", "--json")
    document = json.loads(done.stdout)
    assert done.status == 3
    assert document["schema_version"] == "edgeenv.runs-verify.v1"
    assert document["ok"] is False
    assert document["counts"] == {"verified": 3, "unproven": 0, "defective": 1}
    runs = {run["run_id"]: run for run in document["runs"]}
    assert list(runs) == [*ids, failed]
    assert [defect["code"] for defect in runs[ids[1]]["defects"]] == [
        "file-altered",
        "file-missing",
        "file-unexpected",
    ]
    assert {defect["path"] for defect in runs[ids[1]]["defects"]} == {
        "stdout.log",
        "stderr.log",
        "notes from me.txt",
    }
    assert [defect["code"] for defect in document["registry"]] == ["stray-entry"]
    assert runs[ids[0]]["evidence_digest"].startswith("sha256:")


def test_a_failed_run_is_found_by_both_commands(edgeenv, place):
    root, _, failed = place
    (root / "failed-runs" / failed / "stdout.log").write_text("x", "utf-8")
    for words in (("runs", "verify", failed), ("failed-runs", "verify", failed[-8:]), ("runs", "verify")):
        done = edgeenv(*words)
        assert done.status == 3
        assert "file-altered: stdout.log" in done.stdout


def test_an_index_in_the_way_is_told_of_and_left(edgeenv, place):
    root, ids, _ = place
    (root / "runs.db").write_bytes(b"no database" * 500)
    before = snapshot(root)
    for words in ((), (ids[0],), ("latest",)):
        done = edgeenv("runs", "verify", *words)
        assert done.status == 3
        assert "registry:\n  index-damaged: runs.db:" in done.stdout
    assert snapshot(root) == before


def test_a_root_that_is_not_there_proves_nothing(edgeenv, tmp_path):
    for words in (("runs", "verify"), ("registry", "check"), ("registry", "rebuild"), ("registry", "prune")):
        done = edgeenv(*words, "--edgeenv-root", tmp_path / "none")
        assert (done.status, done.stdout) == (1, "")
        assert done.stderr.startswith("Error: no such root:")
    assert list(tmp_path.iterdir()) == []


def test_usage(edgeenv, place):
    assert edgeenv("runs", "verify", "latest", "--all").status == 2
    done = edgeenv("runs", "verify", "nothing-like-it")
    assert (done.status, done.stderr.splitlines()[0]) == (1, "Error: Run not found: nothing-like-it")
    assert place


def test_an_old_root_is_unproven(edgeenv, root, txt_snapshot):
    make_old_root(root)
    before = snapshot(root)
    done = edgeenv("runs", "verify", OLD_RUNS[0], OLD_FAILURE, "--edgeenv-root", root)
    assert done.status == 3, "the index of the earlier system is no index of ours"
    assert done.stdout == txt_snapshot
    assert snapshot(root) == before
    edgeenv("registry", "rebuild", "--edgeenv-root", root)
    done = edgeenv("runs", "verify", "--edgeenv-root", root)
    assert done.status == 5
    assert done.lines[-2:] == ["Verified: 0 of 3 runs, 0 of 1 failed runs", "Unproven: 4"]


@pytest.fixture
def altered(recorded_root, tmp_path, monkeypatch):
    """The examples, of which the older one of the pair was made faster by hand, manifest and all."""
    root = tmp_path / "altered"
    shutil.copytree(recorded_root, root)
    monkeypatch.setenv("EDGEENV_ROOT", str(root))
    run_id = sorted(
        (path.name for path in (root / "runs").iterdir()), key=lambda name: _benchmark(root, name)
    )
    path = root / "runs" / run_id[0] / "result.json"
    path.write_text(path.read_text("utf-8").replace("18.0", "11.0"), "utf-8")
    return run_id[0], run_id[1]


def _benchmark(root, name):
    return json.loads((root / "runs" / name / "result.json").read_text("utf-8"))["benchmark_name"]


@pytest.mark.parametrize("words", [("runs", "show"), ("report", "compare", "latest")])
def test_altered_evidence_is_refused(edgeenv, altered, words):
    done = edgeenv(*words, altered[0])
    assert (done.status, done.stdout) == (1, "")
    assert "was altered after it was stored: result.json: has SHA-256" in done.stderr
    assert "--allow-altered" in done.stderr


def test_altered_logs_are_refused_too(edgeenv, altered, tmp_path):
    with (tmp_path / "altered" / "runs" / altered[1] / "stderr.log").open("ab") as log:
        log.write(b"x")
    for words in (("runs", "show"), ("report", "compare", "latest")):
        assert "stderr.log: has 1 bytes, the manifest says 0" in edgeenv(*words, altered[1]).stderr


def test_altered_evidence_that_is_allowed_is_named_in_every_form(edgeenv, altered):
    words = ("report", "compare", *altered, "--allow-altered")
    text = edgeenv(*words)
    assert (text.status, text.stderr) == (0, "")
    assert "latency_mean_ms: 11.0 ms -> 16.4 ms" in text.stdout
    assert "\nAltered evidence of A, judged as it is (--allow-altered):\n- result.json: has" in text.stdout
    assert "evidence of B" not in text.stdout
    assert all(len(line) <= 80 for line in text.lines)
    markdown = edgeenv(*words, "--format", "markdown").stdout
    assert "**Altered evidence of A**, judged as it is (`--allow-altered`):\n\n- result.json: has" in markdown
    document = json.loads(edgeenv(*words, "--json").stdout)
    assert schema.check_value("judgement", document, "judgement") == ()
    (defect,) = document["runs"]["a"]["altered"]
    assert (defect["code"], defect["operands"]) == ("file-altered", {"path": "result.json"})
    assert "altered" not in document["runs"]["b"]
    shown = edgeenv("runs", "show", altered[0], "--allow-altered")
    assert "\nAltered evidence, shown as it is (--allow-altered):\n- result.json: has" in shown.stdout
    shown_document = json.loads(edgeenv("runs", "show", altered[0], "--allow-altered", "--json").stdout)
    assert [defect["path"] for defect in shown_document["altered"]] == ["result.json"]
    assert shown_document["evidence_digest"] == document["runs"]["a"]["evidence_digest"]


def test_sound_evidence_is_the_same_with_and_without_the_option(edgeenv, recorded_root):
    words = ("report", "compare", "latest~1", "latest", "--edgeenv-root", recorded_root)
    assert edgeenv(*words) == edgeenv(*words, "--allow-altered")
    document = json.loads(edgeenv("runs", "show", "latest", "--edgeenv-root", recorded_root, "--json").stdout)
    assert document["altered"] == []


def test_progress_is_for_terminals_alone(edgeenv_process, root):
    for number in range(12):
        record_fake(root, Hands(digits=iter(range(number * 100 + 1, number * 100 + 99))))
    done = edgeenv_process("runs", "verify", "--edgeenv-root", root)
    assert (done.stdout, done.stderr) == ("Verified: 12 of 12 runs\n", "")
    status, shown = on_terminal("runs", "verify", "--edgeenv-root", root)
    assert status == 0
    assert shown.startswith("\r1 of 12 runs verified")
    assert shown.endswith("Verified: 12 of 12 runs\r\n")
