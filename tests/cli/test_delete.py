"""``edgeenv runs delete`` and ``restore``, and the same for failed runs."""

from __future__ import annotations

import json

import pytest
from old_root import snapshot
from recorded_samples import Hands, local_request, record_fake, tree
from terminal import on_terminal

from edgeenv.recording import record


@pytest.fixture
def place(root, monkeypatch):
    monkeypatch.setenv("EDGEENV_ROOT", str(root))
    hands = Hands()
    ids = [record_fake(root, hands, model_name=f"model-{n}").run_id for n in range(3)]
    return [*ids, record(local_request(root, "false", hands)).run_id]


def listed(edgeenv) -> list[str]:
    return [run["run_id"] for run in json.loads(edgeenv("runs", "list", "--json").stdout)["runs"]]


def test_there_and_back(edgeenv, place, root):
    before = tree(root)
    done = edgeenv("runs", "delete", "latest", place[0], "latest", "--yes")
    assert (done.status, done.stdout) == (0, f"Deleted: {place[2]}\nDeleted: {place[0]}\n")
    assert done.stderr == f"Bring back: edgeenv runs restore {place[2]} {place[0]}\n"
    assert listed(edgeenv) == [place[1]]
    done = edgeenv("runs", "restore", place[0], place[2][-8:])
    assert (done.status, done.stderr) == (0, "")
    assert done.lines == [f"Restored: {root}/runs/{run_id}" for run_id in (place[0], place[2])]
    assert tree(root) == before
    assert listed(edgeenv) == place[2::-1]
    assert edgeenv("runs", "verify").status == 0


def test_failed_runs(edgeenv, place, root):
    before = tree(root)
    assert edgeenv("runs", "delete", place[3], "--yes").status == 1
    assert edgeenv("failed-runs", "delete", place[3], "--yes").status == 0
    assert "No failed run" in edgeenv("failed-runs", "list").stdout
    assert edgeenv("failed-runs", "restore", place[3]).stdout == f"Restored: {root}/failed-runs/{place[3]}\n"
    assert tree(root) == before


def test_without_a_terminal_nothing_is_deleted_unasked(edgeenv, place, root):
    before = snapshot(root)
    done = edgeenv("runs", "delete", place[0])
    assert (done.status, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-2:] == [
        "Error: this must be confirmed, and there is no terminal to ask on",
        "Hint: add --yes",
    ]
    assert snapshot(root) == before


@pytest.mark.parametrize(("answer", "status"), [(b"n\n", 1), (b"y\n", 0)])
def test_on_a_terminal_a_person_is_asked(edgeenv, place, root, answer, status):
    before = snapshot(root)
    ended, shown = on_terminal("runs", "delete", place[0], place[1], answer=answer)
    assert ended == status
    assert f"{root}/runs/{place[0]}\r\n" in shown
    assert "Move 2 runs to the trash? [y/N]:" in shown
    if status:
        assert snapshot(root) == before
    assert listed(edgeenv) == ([place[2], place[1], place[0]] if status else [place[2]])


def test_one_wrong_name_and_nothing_is_deleted(edgeenv, place, root):
    before = snapshot(root)
    done = edgeenv("runs", "delete", place[0], "nothing-like-it", "--yes")
    assert (done.status, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: Run not found: nothing-like-it")
    assert snapshot(root) == before


def test_nothing_is_restored_over_a_run(edgeenv, place, root):
    edgeenv("runs", "delete", place[0], "--yes")
    (root / "runs" / place[0]).mkdir()
    before = snapshot(root)
    done = edgeenv("runs", "restore", place[0])
    assert (done.status, done.stdout) == (1, "")
    assert f"Error: {place[0]} is not restored: {root}/runs/{place[0]} exists already" in done.stderr
    assert snapshot(root) == before


def test_an_unknown_deleted_run_names_those_that_there_are(edgeenv, place):
    done = edgeenv("runs", "restore", place[0])
    assert done.stderr.splitlines()[0] == f"Error: No deleted run: {place[0]}"
    edgeenv("runs", "delete", place[1], "--yes")
    done = edgeenv("runs", "restore", place[0])
    assert done.stderr.splitlines()[0] == f"Error: No deleted run: {place[0]}; deleted runs: {place[1]}"


def test_as_json(edgeenv, place, root):
    deleted = json.loads(edgeenv("runs", "delete", place[0], "--yes", "--json").stdout)
    assert deleted == {
        "schema_version": "edgeenv.runs-delete.v1",
        "deleted": [{"run_id": place[0], "directory": f"{root}/trash/{place[0]}"}],
    }
    restored = json.loads(edgeenv("runs", "restore", place[0], "--json").stdout)
    assert restored["restored"] == [{"run_id": place[0], "directory": f"{root}/runs/{place[0]}"}]


def test_nothing_to_name_is_a_usage_error(edgeenv, place):
    for words in (("runs", "delete"), ("runs", "restore"), ("failed-runs", "delete")):
        assert edgeenv(*words).status == 2
    assert place
