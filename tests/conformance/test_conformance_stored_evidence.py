"""Evidence that was changed after it was stored is told of, kind by kind, and never used as if good."""

from __future__ import annotations

import json
import shutil
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from conformance_kit import MANIFEST, as_another_run, edited, sealed, tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True)
class Change:
    """What somebody did to a stored run, and what verification must call it."""

    code: str
    what: str
    do: Callable[[Path], object]

    def __str__(self) -> str:
        return f"{self.code}: {self.what}"


def _edit(name, edit) -> Callable[[Path], object]:
    return lambda run: (run / name).write_bytes(edit((run / name).read_bytes()))


def _link(run: Path) -> None:
    (run / "stdout.log").rename(run.parent.parent / f"{run.name}.log")
    (run / "stdout.log").symlink_to(run.parent.parent / f"{run.name}.log")


def _directory(run: Path) -> None:
    (run / "stderr.log").unlink()
    (run / "stderr.log").mkdir()


def _together(run: Path) -> None:
    """Edit a metric and seal the run again, as only somebody who means it would."""
    files = tree(run)
    files["result.json"] = edited(files["result.json"], "metrics.latency_mean_ms", 2.45)
    for path, content in sealed(files).items():
        (run / path).write_bytes(content)


CHANGES = (
    Change("file-altered", "a metric edited", _edit("result.json", lambda raw: raw.replace(b"2.5", b"1.5"))),
    Change("file-altered", "one byte of a log", _edit("stderr.log", lambda raw: raw[:-1] + b"X")),
    Change("file-altered", "a log cut off", _edit("stdout.log", lambda raw: raw[:-9])),
    Change("file-altered", "a log that grew", _edit("stdout.log", lambda raw: raw + b"more\n")),
    Change("file-altered", "another config", _edit("config.yaml", lambda raw: raw.replace(b"fp32", b"int8"))),
    Change("file-altered", "an empty result", _edit("result.json", lambda _: b"")),
    Change("file-missing", "a log removed", lambda run: (run / "stdout.log").unlink()),
    Change("file-missing", "the result removed", lambda run: (run / "result.json").unlink()),
    Change("file-unexpected", "a file added", lambda run: (run / "notes.txt").write_text("hello")),
    Change("file-unexpected", "a directory added", lambda run: (run / "extra").mkdir()),
    Change("file-not-regular", "a link in place of a log", _link),
    Change("file-not-regular", "a directory in place of a log", _directory),
    Change("manifest-missing", "the manifest removed", lambda run: (run / MANIFEST).unlink()),
    Change("manifest-invalid", "a manifest that is none", _edit(MANIFEST, lambda _: b"{")),
    Change(
        "run-id-differs",
        "the manifest of another run",
        _edit(MANIFEST, lambda raw: raw.replace(b"-0", b"-1")),
    ),
    Change("digest-differs", "file and manifest edited together", _together),
)
GOOD = len(CHANGES)


@pytest.fixture(scope="module")
def many(program, bundles, tmp_path_factory):
    """A root with one run for each change, changed, and one that nobody touched."""
    place = tmp_path_factory.mktemp("changed")
    (place / "in").mkdir()
    runs = [as_another_run(bundles["baseline"], number + 16) for number in range(len(CHANGES) + 1)]
    for run in runs:
        (place / "in" / f"{run.run_id}.zip").write_bytes(run.content)
    program("runs", "import", "in", "--edgeenv-root", "root", cwd=place).must()
    for change, run in zip(CHANGES, runs, strict=False):
        change.do(place / "root" / "runs" / run.run_id)
    return place, [run.run_id for run in runs]


@pytest.fixture(scope="module")
def findings(program, many):
    place, _ = many
    before = tree(place)
    done = program("runs", "verify", "--json", "--edgeenv-root", "root", cwd=place)
    assert done.status == 3
    assert tree(place) == before, "verification wrote something"
    return {run["run_id"]: run for run in done.json["runs"]}


@pytest.mark.parametrize("number", range(len(CHANGES)), ids=lambda number: str(CHANGES[number]))
def test_each_change_is_told_apart(findings, many, number):
    found = findings[many[1][number]]
    assert found["outcome"] == "defective"
    assert CHANGES[number].code in {defect["code"] for defect in found["defects"]}
    assert all(defect["advice"] for defect in found["defects"])


# An empty directory changes no evidence, so that verification alone tells of it.
USED = [number for number, change in enumerate(CHANGES) if change.what != "a directory added"]


@pytest.mark.parametrize("number", USED, ids=lambda number: str(CHANGES[number]))
def test_changed_evidence_is_neither_shown_nor_compared(program, many, number):
    place, ids = many
    for words in (("runs", "show", ids[number]), ("report", "compare", ids[GOOD], ids[number])):
        done = program(*words, "--edgeenv-root", "root", cwd=place)
        assert (done.status, done.stdout) == (1, "")
        assert done.stderr.startswith("Error: ")
        assert "Hint: " in done.stderr


def test_changed_evidence_is_not_exported(program, many):
    place, ids = many
    done = program("runs", "export", *ids[:GOOD], "-o", "out", "--json", "--edgeenv-root", "root", cwd=place)
    written = {entry["run_id"] for entry in done.json["exported"]}
    # What lies beside the evidence is not part of it, and does not travel.
    beside = {ids[number] for number in range(GOOD) if "added" in CHANGES[number].what}
    assert done.status == 1
    assert written <= beside
    assert {entry["run"] for entry in done.json["refused"]} == set(ids[:GOOD]) - written


def test_who_asks_for_altered_evidence_gets_it_and_is_told(program, many):
    place, ids = many
    words = ("report", "compare", ids[GOOD], ids[0], "--allow-altered", "--edgeenv-root", "root")
    done = program(*words, cwd=place).must()
    assert "altered" in done.stdout.lower()
    assert program(*words[:3], ids[7], *words[4:], cwd=place).status == 1  # there is nothing to compare


def test_a_run_that_nobody_touched_is_as_good_as_ever(program, findings, many):
    place, ids = many
    assert findings[ids[GOOD]] | {"evidence_digest": ""} == {
        "run_id": ids[GOOD],
        "kind": "successful-run",
        "outcome": "verified",
        "evidence_digest": "",
        "defects": [],
    }
    program("runs", "show", ids[GOOD], "--edgeenv-root", "root", cwd=place).must()
    program("runs", "verify", ids[GOOD], "--edgeenv-root", "root", cwd=place).must()


def test_a_failed_run_is_verified_as_well(program, recorded, place):
    root = place / "root"
    shutil.copytree(recorded.root, root)
    words = ("failed-runs", "verify", recorded.failed, "--json", "--edgeenv-root", root)
    program(*words, cwd=place).must()
    log = root / "failed-runs" / recorded.failed / "stderr.log"
    log.write_bytes(log.read_bytes() + b"more\n")
    done = program(*words, cwd=place)
    assert done.status == 3
    assert [defect["code"] for defect in done.json["runs"][0]["defects"]] == ["file-altered"]


# The index is only an index.


def _no_index(root, _recorded):
    (root / "runs.db").unlink()


def _noise(root, _recorded):
    (root / "runs.db").write_bytes(b"no database at all" * 100)


def _newer(root, _recorded):
    with sqlite3.connect(root / "runs.db") as index:
        index.execute("PRAGMA user_version = 9999")
    index.close()


def _a_run_less(root, recorded):
    shutil.rmtree(root / "runs" / recorded.ids["baseline"])


def _a_run_more(root, recorded):
    """A whole run, put there by hand."""
    first = root / "runs" / recorded.ids["baseline"]
    name = f"{first.name[:-8]}ffffffff"
    shutil.copytree(first, root / "runs" / name)
    files = {
        path: raw.replace(first.name.encode(), name.encode())
        for path, raw in tree(root / "runs" / name).items()
    }
    for path, raw in sealed(files).items():
        (root / "runs" / name / path).write_bytes(raw)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_no_index, "index-missing"),
        (_noise, "index-damaged"),
        (_newer, "index-newer"),
        (_a_run_less, "run-missing"),
        (_a_run_more, "row-missing"),
    ],
)
def test_an_index_that_is_not_right_is_told_of_and_made_anew(program, recorded, place, change, code):
    root = place / "root"
    shutil.copytree(recorded.root, root)
    change(root, recorded)
    before = tree(root / "runs")
    for words in (("registry", "check"), ("runs", "verify")):
        done = program(*words, "--json", "--edgeenv-root", root, cwd=place)
        found = [defect["code"] for run in done.json["runs"] for defect in run["defects"]]
        found += [defect["code"] for defect in done.json["registry"]]
        assert (done.status, set(found)) == (3, {code})
    program("registry", "rebuild", "--edgeenv-root", root, cwd=place).must()
    program("registry", "check", "--edgeenv-root", root, cwd=place).must()
    listed = program("runs", "list", "--json", "--edgeenv-root", root, cwd=place).must().json
    assert listed["total"] == len(list((root / "runs").iterdir()))
    assert tree(root / "runs") == before
    judged = program(
        *("report", "compare", recorded.ids["candidate"], recorded.ids["other-batch"], "--json"),
        *("--edgeenv-root", root),
        cwd=place,
    ).must()
    assert json.loads(judged.stdout)["display"] == "No"


def test_a_deleted_run_comes_back_as_it_was(program, recorded, place):
    root, run_id = place / "root", recorded.ids["baseline"]
    shutil.copytree(recorded.root, root)
    before = tree(root / "runs")
    done = program("runs", "delete", run_id, "--edgeenv-root", root, cwd=place)
    assert done.status != 0, "nobody said yes"
    assert tree(root / "runs") == before
    program("runs", "delete", run_id, "--yes", "--edgeenv-root", root, cwd=place).must()
    assert program("runs", "show", run_id, "--edgeenv-root", root, cwd=place).status == 1
    program("runs", "restore", run_id, "--edgeenv-root", root, cwd=place).must()
    assert tree(root / "runs") == before
    program("runs", "verify", "--edgeenv-root", root, cwd=place).must()
