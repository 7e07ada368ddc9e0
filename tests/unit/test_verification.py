"""What an inspection finds in a root, one thing that is wrong at a time."""

from __future__ import annotations

import ast
import inspect
import json
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from old_root import make_old_root
from recorded_samples import Hands, local_request, record_fake, tree

import edgeenv
from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.bundle.origin import Origin, write_origin
from edgeenv.evidence.files import Kind
from edgeenv.evidence.stage import Stage
from edgeenv.recording import record
from edgeenv.registry.advice import ADVICE
from edgeenv.registry.examining import examine
from edgeenv.registry.inspection import Inspection, Outcome
from edgeenv.registry.registry import Registry
from edgeenv.registry.rows import RunQuery

if TYPE_CHECKING:
    from collections.abc import Callable

STAGE = "run-20260301-120000-0000000f.00000001"


@dataclass(frozen=True)
class Place:
    """A root with three runs and a failed one, which a case may damage."""

    root: Path
    ids: list[str]
    failed_id: str

    def file(self, number: int, name: str) -> Path:
        return self.root / "runs" / self.ids[number] / name

    def sql(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.root / "runs.db", isolation_level=None)) as db:
            db.execute(statement, values)

    def edit(self, number: int, name: str, before: str, after: str) -> None:
        path = self.file(number, name)
        text = path.read_text("utf-8")
        assert before in text
        path.write_text(text.replace(before, after), "utf-8")

    def reseal(self, number: int, name: str) -> None:
        """Write the manifest as if the file had always been as it is."""
        from hashlib import sha256

        path = self.file(number, "manifest.json")
        manifest = json.loads(path.read_text("utf-8"))
        raw = self.file(number, name).read_bytes()
        for entry in manifest["files"]:
            if entry["path"] == name:
                entry.update(sha256=sha256(raw).hexdigest(), bytes=len(raw))
        path.write_text(json.dumps(manifest), "utf-8")

    def reindex(self) -> None:
        (self.root / "runs.db").unlink()
        Registry(self.root).runs(RunQuery())


@pytest.fixture
def place(root) -> Place:
    hands = Hands()
    ids = [record_fake(root, hands, model_name=f"model-{n}").run_id for n in range(3)]
    failed = record(local_request(root, "false", hands)).run_id
    return Place(root, ids, failed)


def look(root: Path, *, thorough: bool = True) -> tuple[dict[str, list[str]], list[str]]:
    """The codes of what is wrong, by run and of the root itself; looking writes nothing."""
    before = [(path, path.lstat().st_mtime_ns) for path in sorted(root.rglob("*"))]
    with Inspection(root, thorough=thorough) as inspection:
        reports = list(inspection.runs(tuple(Kind)))
        around = inspection.surroundings()
    assert [(path, path.lstat().st_mtime_ns) for path in sorted(root.rglob("*"))] == before
    found = [defect for report in reports for defect in report.defects] + list(around)
    assert all(defect.code in ADVICE for defect in found)
    assert all("\n" not in defect.text for defect in found)
    wrong = {
        report.run_id: [defect.code for defect in report.defects] for report in reports if report.defects
    }
    return wrong, [defect.code for defect in around]


@pytest.mark.parametrize("thorough", [True, False])
def test_a_sound_root_is_sound(place, thorough):
    assert look(place.root, thorough=thorough) == ({}, [])
    with Inspection(place.root, thorough=thorough) as inspection:
        reports = {report.run_id: report for report in inspection.runs(tuple(Kind))}
    assert set(reports) == {*place.ids, place.failed_id}
    assert {report.outcome for report in reports.values()} == {Outcome.VERIFIED}
    for run_id in place.ids:
        assert reports[run_id].digest == Registry(place.root).run(run_id).digest


def flip(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


def replace_by_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def replace_by_link(path: Path) -> None:
    path.rename(path.with_name("moved"))
    path.symlink_to(path.with_name("moved"))


def swap_results(place: Place) -> None:
    first, second = place.file(0, "result.json"), place.file(1, "result.json")
    first.rename(first.with_name("aside"))
    second.rename(first)
    first.with_name("aside").rename(second)


def swap_runs(place: Place) -> None:
    first, second = (place.root / "runs" / place.ids[n] for n in (0, 1))
    first.rename(place.root / "aside")
    second.rename(first)
    (place.root / "aside").rename(second)


def edit_together(place: Place) -> None:
    """The clever forger: a better number, and the manifest made to fit."""
    latency = json.loads(place.file(0, "result.json").read_text("utf-8"))["metrics"]["latency_p50_ms"]
    place.edit(0, "result.json", f'"latency_p50_ms": {latency}', '"latency_p50_ms": 0.5')
    place.reseal(0, "result.json")


def contradict(place: Place) -> None:
    """A result that its own config contradicts, forged before the index was made."""
    place.edit(0, "result.json", '"precision": "fp32"', '"precision": "int8"')
    place.reseal(0, "result.json")
    place.reindex()


def break_contract(place: Place) -> None:
    place.edit(0, "result.json", '"precision": "fp32"', '"precision": ""')
    place.edit(0, "config.yaml", '"precision": "fp32"', '"precision": ""')
    for name in ("result.json", "config.yaml"):
        place.reseal(0, name)
    place.reindex()


def shorten_log(place: Place) -> None:
    path = place.file(0, "stdout.log")
    path.write_bytes(path.read_bytes()[:-1])


def make_manifest_failed(place: Place) -> None:
    path = place.file(0, "manifest.json")
    shutil.copy(place.root / "failed-runs" / place.failed_id / "manifest.json", path)


def origin_of(place: Place, digest: str) -> None:
    origin = Origin(
        place.ids[0], "successful-run", "2026-06-01T00:00:00.000000Z", "x.zip", "ab" * 32, 9, digest
    )
    write_origin(place.root, origin)


ONE_RUN: dict[str, tuple[Callable[[Place], object], list[str]]] = {
    "a changed byte": (lambda p: flip(p.file(0, "stdout.log")), ["file-altered"]),
    "a truncated log": (shorten_log, ["file-altered"]),
    "a missing file": (lambda p: p.file(0, "stderr.log").unlink(), ["file-missing"]),
    "an unexpected file": (lambda p: p.file(0, "notes.txt").touch(), ["file-unexpected"]),
    "an unexpected directory": (lambda p: p.file(0, "more").mkdir(), ["file-unexpected"]),
    "a link": (lambda p: replace_by_link(p.file(0, "env.json")), ["file-not-regular", "file-unexpected"]),
    "a pipe": (lambda p: replace_by_pipe(p.file(0, "stdout.log")), ["file-not-regular"]),
    "a huge document": (lambda p: os.truncate(p.file(0, "env.json"), 5 << 20), ["file-unreadable"]),
    "no manifest": (lambda p: p.file(0, "manifest.json").unlink(), ["manifest-missing"]),
    "a broken manifest": (lambda p: p.file(0, "manifest.json").write_text("{"), ["manifest-invalid"]),
    "a manifest of the other kind": (make_manifest_failed, ["kind-differs"]),
    "file and manifest edited together": (edit_together, ["digest-differs"]),
    "a contradiction": (contradict, ["contradicts-config"]),
    "a broken contract": (break_contract, ["result-invalid", "config-invalid", "row-missing"]),
    "an edited row": (
        lambda p: p.sql("UPDATE runs SET latency_mean_ms = 0.1 WHERE run_id = ?", p.ids[0]),
        ["row-differs"],
    ),
    "no row": (lambda p: p.sql("DELETE FROM runs WHERE run_id = ?", p.ids[0]), ["row-missing"]),
    "no directory": (lambda p: shutil.rmtree(p.root / "runs" / p.ids[0]), ["run-missing"]),
    "another run was imported": (lambda p: origin_of(p, f"sha256:{'0' * 64}"), ["origin-differs"]),
}
ONLY_THOROUGH = {"a changed byte", "a contradiction", "a broken contract"}


@pytest.mark.parametrize("name", ONE_RUN)
def test_what_is_wrong_with_a_run_is_told_apart(place, name):
    damage, expected = ONE_RUN[name]
    damage(place)
    assert look(place.root) == ({place.ids[0]: expected}, [])


@pytest.mark.parametrize("name", ONE_RUN)
def test_the_fast_check_reads_no_logs_and_no_contracts(place, name):
    damage, expected = ONE_RUN[name]
    damage(place)
    # A run that breaks its contract is left out of an index made anew, which the fast check does see.
    seen = [code for code in expected if name not in ONLY_THOROUGH or code == "row-missing"]
    wrong = {place.ids[0]: seen} if seen else {}
    assert look(place.root, thorough=False) == (wrong, [])


def test_an_altered_result_is_told_with_what_follows(place):
    place.file(0, "result.json").write_text("{", "utf-8")
    assert look(place.root)[0] == {place.ids[0]: ["file-altered", "result-invalid"]}


def test_results_that_were_swapped(place):
    swap_results(place)
    expected = ["file-altered", "run-id-differs"]
    assert look(place.root)[0] == dict.fromkeys(place.ids[:2], expected)


def test_directories_that_were_swapped(place):
    swap_runs(place)
    wrong = look(place.root)[0]
    assert set(wrong) == set(place.ids[:2])
    for codes in wrong.values():
        assert codes == ["run-id-differs", "run-id-differs", "digest-differs"]


def test_a_directory_that_is_a_link(place):
    directory = place.root / "runs" / place.ids[0]
    directory.rename(place.root / "elsewhere")
    directory.symlink_to(place.root / "elsewhere")
    assert look(place.root) == ({place.ids[0]: ["run-not-a-directory"]}, [])


def test_one_id_in_both_folders(place):
    shutil.copytree(place.root / "runs" / place.ids[0], place.root / "failed-runs" / place.ids[0])
    with Inspection(place.root, thorough=True) as inspection:
        assert "id-twice" in {defect.code for defect in inspection.run(place.ids[0], Kind.RUN).defects}
        assert "id-twice" in {defect.code for defect in inspection.run(place.ids[0], Kind.FAILED_RUN).defects}


def test_a_failed_run_is_verified_like_any_other(place):
    failed = place.root / "failed-runs" / place.failed_id
    flip(failed / "stderr.log") if (failed / "stderr.log").stat().st_size else (failed / "x").touch()
    (failed / "failure.json").unlink()
    assert look(place.root)[0] == {place.failed_id: ["file-missing", "file-unexpected"]}


def test_an_import_record_that_nobody_can_read(place):
    (place.root / "imports").mkdir()
    (place.root / "imports" / f"{place.ids[0]}.json").write_text("[]", "utf-8")
    assert look(place.root)[0] == {place.ids[0]: ["origin-invalid"]}
    origin_of(place, Registry(place.root).run(place.ids[0]).digest)
    assert look(place.root) == ({}, [])


INDEX: dict[str, tuple[Callable[[Place], object], str]] = {
    "gone": (lambda p: (p.root / "runs.db").unlink(), "index-missing"),
    "empty": (lambda p: os.truncate(p.root / "runs.db", 0), "index-missing"),
    "garbage": (lambda p: (p.root / "runs.db").write_bytes(b"no database" * 999), "index-damaged"),
    "cut": (lambda p: os.truncate(p.root / "runs.db", 8192), "index-damaged"),
    "newer": (lambda p: p.sql("PRAGMA user_version = 99"), "index-newer"),
    "of another program": (lambda p: p.sql("PRAGMA user_version = 0"), "index-foreign"),
    "without its table": (lambda p: p.sql("DROP TABLE runs"), "index-damaged"),
    "a link": (lambda p: replace_by_link(p.root / "runs.db"), "index-damaged"),
    "with a foreign row": (lambda p: p.sql("UPDATE runs SET run_id = '../x' WHERE run_id = ?", p.ids[0]), ""),
}


@pytest.mark.parametrize("name", INDEX)
def test_what_is_wrong_with_the_index_is_told_apart(place, name):
    damage, code = INDEX[name]
    damage(place)
    wrong, around = look(place.root)
    if code:
        assert (wrong, set(around)) == ({}, {code})
    else:
        assert (wrong, around) == ({place.ids[0]: ["row-missing"]}, ["row-foreign"])


def test_a_lost_page_of_the_index_is_found(place):
    sound = (place.root / "runs.db").read_bytes()
    for start in range(4096, len(sound), 4096):
        (place.root / "runs.db").write_bytes(sound[:start] + bytes(4096) + sound[start + 4096 :])
        wrong, around = look(place.root)
        assert set(around) == {"index-damaged"}, start
        assert set(map(tuple, wrong.values())) <= {("row-missing",)}


def test_facts_that_were_altered_in_the_index(place):
    place.sql("UPDATE likenesses SET facts = replace(facts, 'fp32', 'int8')")
    assert look(place.root) == ({run_id: ["row-differs"] for run_id in place.ids}, [])


def test_an_index_that_stays_locked_is_an_error(place, monkeypatch):
    monkeypatch.setattr("edgeenv.registry.index.BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(place.root / "runs.db", isolation_level=None)) as db:
        db.execute("BEGIN EXCLUSIVE")
        with pytest.raises(EdgeEnvError) as refusal:
            look(place.root)
    assert refusal.value.code == "index-busy"


def test_what_lies_around(place):
    (place.root / "runs" / "my notes").touch()
    (place.root / "failed-runs" / ".DS_Store").touch()
    (place.root / "trash").mkdir()
    (place.root / "trash" / place.ids[0]).touch()
    (place.root / "tmp" / "mine").mkdir()
    Stage.open(place.root, "run-20260301-120000-0000000f", lambda count: "f" * count).release()
    wrong, around = look(place.root)
    assert wrong == {}
    assert around == ["stray-entry"] * 4 + ["interrupted"]


def test_what_is_being_recorded_right_now_is_not_wrong(place):
    stage = Stage.open(place.root, place.ids[0], lambda count: "f" * count)
    place.sql("DELETE FROM runs WHERE run_id = ?", place.ids[0])
    assert look(place.root) == ({}, [])
    stage.release()
    assert look(place.root) == ({}, ["interrupted"])


def test_an_old_root_has_nothing_to_verify_against(root):
    make_old_root(root)
    wrong, around = look(root)
    assert set(map(tuple, wrong.values())) == {("manifest-absent",)}
    assert len(wrong) == 4
    assert around == ["index-foreign"]
    with Inspection(root, thorough=True) as inspection:
        assert {report.outcome for report in inspection.runs(tuple(Kind))} == {Outcome.UNPROVEN}


def test_an_old_run_is_proven_since_it_was_indexed(root):
    make_old_root(root)
    rows = Registry(root).runs(RunQuery())
    assert look(root)[1] == []
    log = root / "runs" / rows[0].run_id / "stdout.log"
    log.write_text("EDGEENV_METRICS_JSON={}\n", "utf-8")
    assert look(root)[0][rows[0].run_id] == ["manifest-absent", "digest-differs"]
    result = root / "runs" / rows[1].run_id / "result.json"
    result.write_text(result.read_text("utf-8").replace("40.9", "0"), "utf-8")
    assert "result-invalid" in look(root)[0][rows[1].run_id]
    (root / "runs" / rows[2].run_id / "env.json").unlink()
    assert look(root)[0][rows[2].run_id] == ["manifest-absent", "file-missing", "digest-differs"]


def test_every_code_that_can_be_found_has_its_advice():
    codes = set()
    package = Path(inspect.getfile(edgeenv)).parent
    for name in ("evidence", "registry"):
        for path in (package / name).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in {
                    "EvidenceDefect",
                    "self._defect",
                }:
                    first = node.args[0]
                    values = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
                    codes |= {value.value for value in values if isinstance(value, ast.Constant)}
    assert len(codes) > 20
    assert codes <= ADVICE.keys()


@pytest.mark.parametrize(
    "name",
    [
        "a changed byte",
        "a missing file",
        "no manifest",
        "a broken manifest",
        "file and manifest edited together",
    ],
)
def test_altered_evidence_is_refused_with_its_list_unless_allowed(place, name):
    damage, expected = ONE_RUN[name]
    damage(place)
    with pytest.raises(EdgeEnvError) as refusal:
        examine(Registry(place.root), place.ids[0], allow_altered=False)
    assert refusal.value.code == "altered-evidence"
    assert "--allow-altered" in str(refusal.value.hint)
    stored, altered = examine(Registry(place.root), place.ids[0], allow_altered=True)
    assert [defect.code for defect in altered] == expected
    assert all(defect.text in refusal.value.message for defect in altered)
    assert stored.document["run_id"] == place.ids[0]
    present = {path.name for path in stored.directory.iterdir()} - {"manifest.json"}
    assert {entry.path for entry in stored.manifest.files} == present


def test_a_sound_run_has_nothing_to_allow(place):
    for allow in (True, False):
        stored, altered = examine(Registry(place.root), "latest", allow_altered=allow)
        assert (stored, altered) == (Registry(place.root).run("latest"), ())


@pytest.mark.parametrize("content", ["{", "[]", '{"schema_version": "edgeenv.result.v1"}', "null"])
def test_what_is_no_run_at_all_is_refused_even_so(place, content):
    place.file(0, "result.json").write_text(content, "utf-8")
    with pytest.raises(EdgeEnvError):
        examine(Registry(place.root), place.ids[0], allow_altered=True)


def test_looking_changes_nothing_and_opening_heals(place):
    before = tree(place.root)
    place.sql("DELETE FROM runs WHERE run_id = ?", place.ids[0])
    (place.root / "tmp" / f"{place.ids[0]}.00000001.lock").touch()
    registry = Registry(place.root, mend=False)
    assert registry.resolve(place.ids[0]) == place.ids[0]
    assert registry.count(RunQuery()) == 2
    assert registry.notices == []
    assert Registry(place.root).count(RunQuery()) == 3
    assert tree(place.root) == before
