"""One corruption at a time: whatever lies in a root, runs are found, recorded, and nothing is deleted."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
import time
from contextlib import closing

import pytest
from recorded_samples import Hands, a_request, record_fake, store_old_failure, tree
from sound_root import ALL, is_sound

from edgeenv.errors import EdgeEnvError
from edgeenv.recording import record
from edgeenv.registry.index import Index
from edgeenv.registry.registry import Registry
from edgeenv.registry.rows import RunQuery

PAGE = 4096


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def three(root, hands) -> list[str]:
    return [record_fake(root, hands, model_name=f"model-{n}").run_id for n in range(3)]


def sql(root, *statements: str) -> None:
    with closing(sqlite3.connect(root / "runs.db", isolation_level=None)) as db:
        for statement in statements:
            db.execute(statement)


def truncate(size: int):
    return lambda root: os.truncate(root / "runs.db", size)


def garbage(root) -> None:
    (root / "runs.db").write_bytes(b"this is no database\n" * 1000)


def another_version(version: int):
    return lambda root: sql(root, f"PRAGMA user_version = {version}")


def old_system(root) -> None:
    (root / "runs.db").unlink()
    columns = "created_at TEXT NOT NULL, target TEXT NOT NULL, result_path TEXT NOT NULL"
    sql(
        root,
        f"CREATE TABLE runs (run_id TEXT PRIMARY KEY, {columns})",
        "INSERT INTO runs VALUES ('run-a', '2024', '{}', '.edgeenv/runs/run-a/result.json')",
    )


def other_columns(root) -> None:
    sql(root, "DROP TABLE runs", "CREATE TABLE runs (run_id TEXT PRIMARY KEY, created_at TEXT)")


def a_directory(root) -> None:
    (root / "runs.db").unlink()
    (root / "runs.db").mkdir()
    (root / "runs.db" / "kept").write_text("mine", "utf-8")


def a_link(root) -> None:
    (root / "runs.db").rename(root.parent / "elsewhere.db")
    (root / "runs.db").symlink_to(root.parent / "elsewhere.db")


def a_pipe(root) -> None:
    (root / "runs.db").unlink()
    os.mkfifo(root / "runs.db")


def not_unicode(root) -> None:
    sql(root, "UPDATE runs SET model_name = CAST(x'ff' AS TEXT)")


SET_ASIDE = {
    "cut in half": truncate(2 * PAGE),
    "cut within a page": truncate(100),
    "garbage": garbage,
    "an older version": another_version(0),
    "a newer version": another_version(99),
    "the old system": old_system,
    "other columns": other_columns,
    "a directory": a_directory,
    "a link": a_link,
    "a pipe": a_pipe,
    "texts that are not Unicode": not_unicode,
}


@pytest.mark.parametrize("damage", SET_ASIDE.values(), ids=SET_ASIDE.keys())
def test_an_unusable_index_is_set_aside_and_made_anew(root, three, damage):
    before = tree(root)
    damage(root)
    registry = Registry(root)
    assert [row.run_id for row in registry.runs(ALL)] == three[::-1]
    assert [notice.code for notice in registry.notices] == ["index-rebuilt"]
    aside = root / "runs.db.damaged-1"
    assert aside.name in registry.notices[0].text
    assert os.path.lexists(aside)
    assert tree(root) == before
    is_sound(root)


@pytest.mark.parametrize("damage", SET_ASIDE.values(), ids=SET_ASIDE.keys())
@pytest.mark.usefixtures("three")
def test_a_run_is_recorded_into_an_unusable_index(root, hands, damage):
    damage(root)
    recorded = record_fake(root, hands)
    assert {notice.code for notice in recorded.notices} <= {"index-rebuilt"}
    assert Registry(root).count(ALL) == 4
    Registry(root).runs(ALL)
    is_sound(root)


def test_what_was_set_aside_earlier_is_kept(root, three):
    for number in (1, 2, 3):
        a_directory(root)
        (root / "runs.db-journal").write_bytes(b"the journal of another database")
        assert Registry(root).count(ALL) == len(three)
        assert (root / f"runs.db.damaged-{number}" / "kept").is_file()
        assert (root / f"runs.db.damaged-{number}-journal").is_file()


@pytest.mark.parametrize("size", [0, None], ids=["empty", "missing"])
def test_a_lost_index_is_made_anew(root, three, size):
    if size is None:
        (root / "runs.db").unlink()
    else:
        os.truncate(root / "runs.db", size)
    registry = Registry(root)
    assert [row.run_id for row in registry.runs(ALL)] == three[::-1]
    assert [notice.code for notice in registry.notices] == ["index-rebuilt"]
    assert not list(root.glob("*damaged*"))
    is_sound(root)


@pytest.mark.usefixtures("hands")
def test_any_page_of_the_index_may_be_lost(root, three):
    sound = (root / "runs.db").read_bytes()
    assert len(sound) > 5 * PAGE
    for start in range(0, len(sound), PAGE):
        (root / "runs.db").write_bytes(sound[:start] + bytes(PAGE) + sound[start + PAGE :])
        registry = Registry(root)
        for query in (ALL, RunQuery(model="model-1"), RunQuery(synthetic=True), RunQuery(target="bench")):
            expected = 1 if query.model else 3
            assert len(registry.runs(query)) == expected, start
            assert registry.count(query) == expected, start
        for run_id in three:
            assert registry.run(run_id[-8:]).run.run_id == run_id


@pytest.mark.usefixtures("three")
def test_a_run_is_recorded_whatever_page_of_the_index_is_lost(root, hands):
    sound = (root / "runs.db").read_bytes()
    for start in range(0, len(sound), PAGE):
        (root / "runs.db").write_bytes(sound[:start] + bytes(PAGE) + sound[start + PAGE :])
        recorded = record_fake(root, hands)
        assert {notice.code for notice in recorded.notices} <= {"index-rebuilt"}
        assert Registry(root).run(recorded.run_id).run == recorded.run
        assert len(Registry(root).runs(ALL)) == len(list(root.glob("runs/*")))
        shutil.rmtree(recorded.directory)  # the sound index that comes next does not know it


def test_an_unreadable_run_is_left_out_and_named_once(root, three):
    (root / "runs" / three[1] / "result.json").write_bytes(b"{")
    (root / "runs.db").unlink()
    registry = Registry(root)
    assert [row.run_id for row in registry.runs(ALL)] == [three[2], three[0]]
    assert [notice.code for notice in registry.notices] == ["run-unreadable", "index-rebuilt"]
    assert three[1] in registry.notices[0].text
    again = Registry(root)
    again.runs(ALL)
    assert again.notices == []


def test_an_interrupted_run_that_was_damaged_since_is_told_of_and_kept(root, three):
    (root / "runs" / three[2] / "result.json").write_bytes(b"{")
    sql(root, "DELETE FROM runs WHERE model_name = 'model-2'")
    lock = root / "tmp" / f"{three[2]}.00000001.lock"
    lock.touch()
    registry = Registry(root)
    assert len(registry.runs(ALL)) == 2
    assert [notice.code for notice in registry.notices] == ["not-healed"]
    assert three[2] in registry.notices[0].text


@pytest.mark.parametrize("name", ["tmp", "runs"])
def test_a_file_where_a_folder_belongs_refuses_the_run(root, name):
    root.mkdir()
    (root / name).write_text("mine", "utf-8")
    with pytest.raises(EdgeEnvError) as refusal:
        record(a_request(root))
    assert str(root / name) in refusal.value.message
    assert (root / name).read_text("utf-8") == "mine"


def test_a_folder_of_runs_may_be_a_link_on_the_same_file_system(root, tmp_path, hands):
    (tmp_path / "elsewhere").mkdir()
    root.mkdir()
    (root / "runs").symlink_to(tmp_path / "elsewhere")
    recorded = record_fake(root, hands)
    assert (tmp_path / "elsewhere" / recorded.run_id / "result.json").is_file()
    assert Registry(root).run("latest").run == recorded.run


def test_a_file_where_failed_runs_belong_is_told_of(root):
    root.mkdir()
    (root / "failed-runs").write_text("mine", "utf-8")
    with pytest.raises(EdgeEnvError, match="failed-runs"):
        Registry(root).failed_runs()


@pytest.mark.usefixtures("three")
def test_an_index_in_another_journal_mode_works(root, hands):
    sql(root, "PRAGMA journal_mode = WAL")
    record_fake(root, hands)
    registry = Registry(root)
    assert registry.count(ALL) == 4
    assert registry.notices == []


@pytest.mark.usefixtures("three")
def test_an_index_that_stays_locked_is_told_of(root, hands, monkeypatch):
    monkeypatch.setattr("edgeenv.registry.index.BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(root / "runs.db", isolation_level=None)) as db:
        db.execute("BEGIN EXCLUSIVE")
        with pytest.raises(EdgeEnvError) as refusal:
            Registry(root).runs(ALL)
        assert refusal.value.code == "index-busy"
        recorded = record_fake(root, hands)
        assert [notice.code for notice in recorded.notices] == ["index-not-updated"]
        db.execute("ROLLBACK")
    registry = Registry(root)
    assert registry.runs(ALL)[0].run_id == recorded.run_id
    assert [notice.code for notice in registry.notices] == ["run-indexed"]
    is_sound(root)


@pytest.mark.usefixtures("three")
def test_failed_runs_of_another_system_do_not_disturb(root):
    store_old_failure(root)
    registry = Registry(root)
    assert len(registry.failed_runs()) == 1
    assert registry.notices == []


@pytest.mark.usefixtures("three")
def test_a_row_that_went_into_an_index_being_set_aside_is_written_again(root, hands, monkeypatch):
    """Another process may set the index aside between our opening it and our commit."""
    real = Index.add

    def add(self, stored, **moved):
        real(self, stored, **moved)
        if not (root / "runs.db.damaged-1").exists():
            (root / "runs.db").rename(root / "runs.db.damaged-1")

    monkeypatch.setattr(Index, "add", add)
    recorded = record_fake(root, hands)
    with closing(sqlite3.connect(root / "runs.db")) as db:
        assert db.execute("SELECT count(*) FROM runs WHERE run_id = ?", (recorded.run_id,)).fetchone() == (1,)
    is_sound(root)


def test_a_rebuild_waits_for_a_writer_instead_of_losing_the_race(root, three):
    """What reads first and writes later, without holding the write lock, fails at once."""
    begun = threading.Event()

    def write():
        with closing(sqlite3.connect(root / "runs.db", isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")
            db.execute("UPDATE runs SET runtime = runtime")
            begun.set()
            time.sleep(0.3)
            db.execute("COMMIT")

    writer = threading.Thread(target=write)
    writer.start()
    begun.wait()
    assert Registry(root).access.rebuild() == len(three)
    writer.join()
