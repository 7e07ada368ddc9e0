"""``edgeenv registry check``, ``rebuild`` and ``prune``."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from old_root import OLD_RUNS, make_old_root, snapshot
from recorded_samples import Hands, record_fake
from terminal import on_terminal


@pytest.fixture
def place(root, monkeypatch):
    monkeypatch.setenv("EDGEENV_ROOT", str(root))
    hands = Hands()
    return [record_fake(root, hands, model_name=f"model-{n}").run_id for n in range(3)]


def plain(text: str, root) -> str:
    """A text without what differs from test to test and from machine to machine."""
    return re.sub(r"(trash/\S+ )\([0-9]+ bytes\)", r"\1(some bytes)", text.replace(str(root), "ROOT"))


def test_check_finds_index_and_evidence_at_one(edgeenv, place, root):
    before = snapshot(root)
    done = edgeenv("registry", "check")
    assert (done.status, done.stdout, done.stderr) == (0, "Consistent: 3 of 3 runs\n", "")
    assert snapshot(root) == before
    assert place


def test_check_of_a_root_in_disorder(edgeenv, place, root, txt_snapshot):
    edgeenv("runs", "delete", place[0], "--yes")
    (root / "runs.db").write_bytes(b"no database" * 100)
    edgeenv("runs", "list")
    shutil.rmtree(root / "runs" / place[1])
    (root / "tmp" / "mine").touch()
    done = edgeenv("registry", "check")
    assert (done.status, done.stderr) == (3, "")
    assert all(len(line) <= 80 for line in done.lines)
    assert done.stdout == txt_snapshot
    document = json.loads(edgeenv("registry", "check", "--json").stdout)
    assert document["schema_version"] == "edgeenv.registry-check.v1"
    assert document["counts"] == {"consistent": 1, "unproven": 0, "defective": 1}
    assert [item["what"] for item in document["prunable"]] == ["deleted-run", "set-aside-index"]


def test_rebuild_says_what_came_and_went(edgeenv, place, root, txt_snapshot):
    (root / "runs" / place[0] / "result.json").write_text("{", "utf-8")
    shutil.rmtree(root / "runs" / place[1])
    done = edgeenv("registry", "rebuild")
    assert done.status == 3
    assert done.stdout == txt_snapshot
    assert f"Note: {place[0]} was left out of the index:" in done.stderr
    assert "Note: the old index was kept as runs.db.damaged-1" in done.stderr


def test_rebuild_as_json(edgeenv, place, root):
    (root / "runs.db").unlink()
    done = edgeenv("registry", "rebuild", "--json")
    document = json.loads(done.stdout)
    assert done.status == 0
    assert document.pop("root") == str(root)
    assert document == {
        "schema_version": "edgeenv.registry-rebuild.v1",
        "runs": 3,
        "added": place,
        "dropped": [],
        "changed": [],
        "left_out": [],
        "notices": [],
    }


def test_an_old_root_is_rebuilt_and_keeps_its_index(edgeenv, root):
    make_old_root(root)
    old = (root / "runs.db").read_bytes()
    done = edgeenv("registry", "rebuild", "--edgeenv-root", root)
    assert done.status == 0
    assert done.lines[:2] == ["Index rebuilt: 3 runs", "Added: 3"]
    assert "the old index was kept as runs.db.damaged-1: it is of version 0" in done.stderr
    assert (root / "runs.db.damaged-1").read_bytes() == old
    listed = edgeenv("runs", "list", "--edgeenv-root", root)
    assert [line.split()[0] for line in listed.lines if line.startswith("run-")] == list(OLD_RUNS)
    compared = edgeenv("report", "compare", *OLD_RUNS[1:], "--edgeenv-root", root)
    assert compared.status == 0
    assert "Altered" not in compared.stdout


def test_prune_lists_and_asks_first(edgeenv, place, root, txt_snapshot):
    edgeenv("runs", "delete", place[0], "--yes")
    (root / "runs.db.damaged-1").write_bytes(b"12345")
    before = snapshot(root)
    dry = edgeenv("registry", "prune", "--dry-run")
    assert (dry.status, dry.stderr) == (0, "")
    assert plain(dry.stdout, root) == txt_snapshot
    asked = edgeenv("registry", "prune")
    assert asked.status == 1
    assert asked.stderr.splitlines() == [
        "Error: this must be confirmed, and there is no terminal to ask on",
        "Hint: add --yes",
    ]
    status, shown = on_terminal("registry", "prune", answer=b"n\n")
    assert (status, snapshot(root)) == (0, before)
    assert "Remove 1 deleted run, 1 set-aside index for good? [y/N]:" in shown
    assert "Not removed:" in shown


def test_prune_removes(edgeenv, place, root):
    edgeenv("runs", "delete", place[0], "--yes")
    status, shown = on_terminal("registry", "prune", answer=b"y\n")
    assert status == 0
    assert "Removed: 1 deleted run" in shown
    assert list((root / "trash").iterdir()) == []
    assert edgeenv("registry", "prune").stdout == "Nothing to remove\n"
    assert edgeenv("registry", "check").stdout == "Consistent: 2 of 2 runs\n"


def test_prune_as_json(edgeenv, place, root):
    edgeenv("runs", "delete", place[0], "--yes")
    document = json.loads(edgeenv("registry", "prune", "--yes", "--json").stdout)
    assert document["removed"] is True
    (item,) = document["items"]
    assert (item["what"], item["run_id"]) == ("deleted-run", place[0])
    assert json.loads(edgeenv("registry", "prune", "--json").stdout)["items"] == []
    assert list((root / "trash").iterdir()) == []
