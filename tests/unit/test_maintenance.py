"""Rebuilding the index, deleting and restoring runs, and removing what nobody needs."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import pytest
from old_root import OLD_FAILURE, OLD_RUNS, make_old_root, snapshot
from recorded_samples import Hands, local_request, record_fake, tree

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.bundle.origin import Origin, read_origin, write_origin
from edgeenv.evidence.files import Kind
from edgeenv.evidence.stage import Stage
from edgeenv.evidence.trash import trashed_runs
from edgeenv.recording import record
from edgeenv.registry.maintenance import prune, rebuild_index, rubbish
from edgeenv.registry.registry import Registry
from edgeenv.registry.removal import delete_run, removable, restore_run, trashed
from edgeenv.registry.rows import RunQuery

ALL = RunQuery()


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def three(root, hands) -> list[str]:
    return [record_fake(root, hands, model_name=f"model-{n}").run_id for n in range(3)]


def ids(root) -> list[str]:
    registry = Registry(root)
    found = [row.run_id for row in registry.runs(ALL) if row.present]
    assert registry.notices == []
    return found


def codes(registry) -> list[str]:
    return [notice.code for notice in registry.notices]


def delete(root, hands, reference, kind=Kind.RUN):
    registry = Registry(root)
    path = delete_run(registry, removable(registry, reference, kind), hands.random_hex)
    assert registry.notices == []
    return path


def restore(root, hands, reference):
    registry = Registry(root)
    path = restore_run(registry, trashed(registry, reference), hands.random_hex)
    return path, registry


def refusal_of(call, *args) -> EdgeEnvError:
    with pytest.raises(EdgeEnvError) as refusal:
        call(*args)
    return refusal.value


# Rebuilding


def test_a_rebuild_finds_every_run_again(root, three):
    rows = Registry(root).runs(ALL)
    (root / "runs.db").unlink()
    seen = []
    rebuilt = rebuild_index(Registry(root), lambda done, total: seen.append((done, total)))
    assert rebuilt == (3, tuple(three), (), (), ())
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert Registry(root).runs(ALL) == rows


def test_a_rebuild_of_a_sound_index_changes_nothing(root, three):
    rows, identity = Registry(root).runs(ALL), (root / "runs.db").stat().st_ino
    registry = Registry(root)
    assert rebuild_index(registry) == (3, (), (), (), ())
    assert registry.notices == []
    assert Registry(root).runs(ALL) == rows
    assert (root / "runs.db").stat().st_ino == identity, "others may have it open"
    assert len(three) == 3


def test_a_rebuild_adds_and_drops(root, three):
    with closing(sqlite3.connect(root / "runs.db")) as db, db:
        db.execute("DELETE FROM runs WHERE run_id = ?", (three[0],))
        db.execute("UPDATE runs SET latency_mean_ms = 0.001")
    shutil.rmtree(root / "runs" / three[1])
    assert rebuild_index(Registry(root)) == (2, (three[0],), (three[1],), (), ())
    assert ids(root) == [three[2], three[0]]
    assert Registry(root).runs(ALL)[0].latency_mean_ms > 1


def test_the_old_index_is_kept_as_witness_when_evidence_has_changed(root, three):
    directory = root / "runs" / three[0]
    manifest = directory / "manifest.json"
    text = manifest.read_text("utf-8")
    recorded = Registry(root).run(three[0]).digest
    log = directory / "stdout.log"
    raw = log.read_bytes()
    log.write_bytes(bytes([raw[0] ^ 1]) + raw[1:])
    from hashlib import sha256

    manifest.write_text(text.replace(sha256(raw).hexdigest(), sha256(log.read_bytes()).hexdigest()), "utf-8")
    registry = Registry(root)
    assert rebuild_index(registry) == (3, (), (), (three[0],), ())
    assert codes(registry) == ["index-set-aside"]
    assert "runs.db.damaged-1" in registry.notices[0].text
    with closing(sqlite3.connect(root / "runs.db.damaged-1")) as db:
        kept = dict(db.execute("SELECT run_id, evidence_digest FROM runs"))
    assert kept[three[0]] == recorded
    assert len(kept) == 3
    assert Registry(root).run(three[0]).digest != recorded


@pytest.mark.parametrize("content", ['{"schema_version": "edgeenv.result.v1"}', "{", ""])
@pytest.mark.parametrize("name", ["result.json", "manifest.json"])
def test_a_rebuild_leaves_out_what_is_not_sound(root, three, name, content):
    (root / "runs" / three[1] / name).write_text(content, "utf-8")
    registry = Registry(root)
    assert rebuild_index(registry) == (2, (), (), (), (three[1],))
    assert "index-set-aside" in codes(registry)
    assert ids(root) == [three[2], three[0]]


@pytest.mark.parametrize("content", [b"", b"no database" * 500])
def test_a_rebuild_in_place_of_an_index_that_is_none(root, three, content):
    (root / "runs.db").write_bytes(content)
    registry = Registry(root)
    assert rebuild_index(registry) == (3, tuple(three), (), (), ())
    assert codes(registry) == (["index-set-aside"] if content else [])
    assert ids(root) == three[::-1]


@pytest.mark.usefixtures("three")
def test_a_rebuild_of_a_locked_index_says_so(root, monkeypatch):
    monkeypatch.setattr("edgeenv.registry.index.BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(root / "runs.db", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        assert refusal_of(rebuild_index, Registry(root)).code == "index-busy"


def test_readers_see_the_old_index_until_the_new_one_is_whole(root, three):
    seen = []
    rebuild_index(Registry(root), lambda *_: seen.append(Registry(root).count(ALL)))
    assert seen == [len(three)] * len(three)


# Old roots


def test_an_old_root_is_listed_shown_and_rebuilt(root):
    make_old_root(root)
    evidence, old = tree(root), (root / "runs.db").read_bytes()
    registry = Registry(root)
    rows = registry.runs(ALL)
    assert [row.run_id for row in rows] == list(OLD_RUNS)
    assert [row.latency_mean_ms for row in rows] == [41.0, 40.9, 41.2]
    assert [failed.run_id for failed in registry.failed_runs()] == [OLD_FAILURE]
    stored = registry.run(OLD_RUNS[0])
    assert not stored.sealed
    assert [entry.path for entry in stored.manifest.files[6:]] == [
        "sampler/metadata.json",
        "sampler/tegrastats.log",
    ]
    assert tree(root) == evidence
    assert (root / "runs.db.damaged-1").read_bytes() == old, "the old index is never destroyed"


def test_an_old_root_is_rebuilt_on_request(root):
    make_old_root(root)
    evidence, old = tree(root), (root / "runs.db").read_bytes()
    registry = Registry(root)
    assert rebuild_index(registry) == (3, tuple(sorted(OLD_RUNS)), (), (), ())
    assert codes(registry) == ["index-set-aside"]
    assert tree(root) == evidence
    assert (root / "runs.db.damaged-1").read_bytes() == old
    assert ids(root) == list(OLD_RUNS)


def test_an_old_root_is_looked_at_without_a_trace(root):
    make_old_root(root)
    before = snapshot(root)
    registry = Registry(root, mend=False)
    assert [row.run_id for row in registry.runs(ALL)] == list(OLD_RUNS)
    assert registry.run("latest").run.metrics.latency_mean_ms == 41.0
    assert snapshot(root) == before


# Deleting and restoring


def test_a_run_is_deleted_and_restored(root, hands, three):
    before, row = tree(root), Registry(root).runs(RunQuery(model="model-1"))
    path = delete(root, hands, three[1])
    assert path == root / "trash" / three[1]
    assert ids(root) == [three[2], three[0]]
    assert refusal_of(Registry(root).run, three[1]).code == "unknown-run"
    assert [(run.run_id, run.kind) for run in trashed_runs(root)] == [(three[1], Kind.RUN)]
    path, registry = restore(root, hands, three[1])
    assert registry.notices == []
    assert path == root / "runs" / three[1]
    assert tree(root) == before
    assert Registry(root).runs(RunQuery(model="model-1")) == row
    assert trashed_runs(root) == ()
    assert list((root / "tmp").iterdir()) == []


def test_a_failed_run_is_deleted_and_restored_without_an_index(root, hands):
    run_id = record(local_request(root, "false", hands)).run_id
    before = tree(root)
    delete(root, hands, "latest", Kind.FAILED_RUN)
    assert Registry(root).failed_runs() == ()
    assert trashed_runs(root)[0].kind is Kind.FAILED_RUN
    restore(root, hands, run_id[-8:])
    assert tree(root) == before
    assert not (root / "runs.db").exists()


@pytest.mark.parametrize("name", ["result.json", "manifest.json"])
def test_evidence_need_not_be_sound_to_be_deleted_and_restored(root, hands, three, name):
    (root / "runs" / three[0] / name).write_text("{", "utf-8")
    before = tree(root)
    delete(root, hands, three[0])
    assert ids(root) == [three[2], three[1]]
    _, registry = restore(root, hands, three[0])
    assert codes(registry) == ["run-unreadable"]
    assert tree(root) == before
    told_again = Registry(root)
    told_again.runs(ALL)  # the first look at a changed root compares names with rows
    assert codes(told_again) == ["run-unreadable"]
    assert ids(root) == [three[2], three[1]]


def test_nothing_is_overwritten_by_deleting_or_restoring(root, hands, three):
    shutil.copytree(root / "runs" / three[0], root.parent / "copy")
    delete(root, hands, three[0])
    shutil.copytree(root.parent / "copy", root / "runs" / three[0])
    (root / "runs" / three[0] / "stdout.log").write_text("another", "utf-8")
    before = snapshot(root)
    registry = Registry(root)
    refusal = refusal_of(trashed, registry, three[0])
    assert refusal.code == "run-exists"
    assert refusal_of(removable, registry, three[0], Kind.RUN).code == "trash-occupied"
    assert snapshot(root) == before


def test_what_is_in_the_way_is_found_at_the_last_moment_too(root, hands, three):
    registry = Registry(root)
    run = removable(registry, three[0], Kind.RUN)
    (root / "trash" / three[0]).mkdir(parents=True)
    before = tree(root)
    assert refusal_of(delete_run, registry, run, hands.random_hex).code == "run-exists"
    assert tree(root) == before
    assert ids(root) == three[::-1]
    assert list((root / "tmp").iterdir()) == []


def test_a_directory_that_is_a_link_is_not_moved(root, hands, three):
    directory = root / "runs" / three[0]
    directory.rename(root.parent / "elsewhere")
    directory.symlink_to(root.parent / "elsewhere")
    assert refusal_of(delete, root, hands, three[0]).code == "run-not-a-directory"
    directory.unlink()
    refusal = refusal_of(delete, root, hands, three[0])
    assert refusal.code == "run-missing"
    assert "registry rebuild" in str(refusal.hint)


def test_names_that_are_none(root, hands, three):
    for reference in ("nothing-like-it", "../runs", "/etc", "latest~9", ""):
        assert refusal_of(delete, root, hands, reference).code == "unknown-run"
        assert refusal_of(restore, root, hands, reference).code == "unknown-run"
    delete(root, hands, three[0])
    delete(root, hands, three[1])
    assert refusal_of(restore, root, hands, "run-").code == "ambiguous-run"


def test_an_index_that_cannot_be_changed_is_mended_by_the_next_command(root, hands, three, monkeypatch):
    monkeypatch.setattr("edgeenv.registry.index.BUSY_SECONDS", 0.05)
    registry = Registry(root)
    run = removable(registry, three[0], Kind.RUN)
    with closing(sqlite3.connect(root / "runs.db", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        delete_run(registry, run, hands.random_hex)
    assert codes(registry) == ["index-not-updated"]
    healing = Registry(root)
    assert [row.run_id for row in healing.runs(ALL)] == [three[2], three[1]]
    assert codes(healing) == ["run-deleted"]
    assert ids(root) == [three[2], three[1]]


# Removing what nobody needs


def test_what_can_be_removed_is_named_and_removed(root, hands, three):
    delete(root, hands, three[0])
    (root / "runs.db").write_bytes(b"no database" * 100)
    ids_now = [row.run_id for row in Registry(root).runs(ALL)]
    assert ids_now == [three[2], three[1]]
    (root / "runs.db.damaged-7").mkdir()
    (root / "runs.db.damaged-7" / "inner").write_bytes(b"12345")
    (root / "runs.db.damaged-8").symlink_to(root / "runs")
    stage = Stage.open(root, "run-20260301-120000-0000000f", lambda count: "e" * count)
    stage.write("config.yaml", b"1234567")
    stage.release()
    before = tree(root)
    items = rubbish(root)
    assert [(item.what, item.path.name) for item in items] == [
        ("deleted-run", three[0]),
        ("set-aside-index", "runs.db.damaged-1"),
        ("set-aside-index", "runs.db.damaged-7"),
        ("set-aside-index", "runs.db.damaged-8"),
        ("interrupted", "run-20260301-120000-0000000f.eeeeeeee"),
    ]
    assert [item.bytes for item in items][1:] == [1100, 5, 0, 7]
    registry = Registry(root)
    for item in items:
        prune(registry, item, hands.random_hex)
    assert rubbish(root) == ()
    assert tree(root) == before
    assert list((root / "tmp").iterdir()) == []
    assert ids(root) == ids_now


def test_what_is_in_use_is_not_rubbish(root, hands, three):
    stage = Stage.open(root, "run-20260301-120000-0000000f", hands.random_hex)
    assert rubbish(root) == ()
    stage.discard()
    assert len(three) == 3


def an_origin(root, run_id) -> None:
    write_origin(
        root,
        Origin(run_id, "successful-run", "2026-06-01T00:00:00.000000Z", "x.zip", "ab" * 32, 9, "sha256:x"),
    )


def test_where_an_imported_run_came_from_goes_with_it(root, hands, three):
    for run_id in three[:2]:
        an_origin(root, run_id)
        delete(root, hands, run_id)
    restore(root, hands, three[0])
    assert read_origin(root, three[0]) is not None
    (item,) = rubbish(root)
    prune(Registry(root), item, hands.random_hex)
    assert read_origin(root, three[1]) is None
    assert read_origin(root, three[0]) is not None


def test_an_older_copy_of_a_run_that_is_here_takes_no_record_with_it(root, hands, three):
    shutil.copytree(root / "runs" / three[0], root.parent / "copy")
    delete(root, hands, three[0])
    (root.parent / "copy").rename(root / "runs" / three[0])
    an_origin(root, three[0])
    prune(Registry(root), rubbish(root)[0], hands.random_hex)
    assert read_origin(root, three[0]) is not None
    assert (root / "runs" / three[0]).is_dir()


def test_what_somebody_else_removed_meanwhile_is_fine(root, hands, three):
    delete(root, hands, three[0])
    items = rubbish(root)
    shutil.rmtree(root / "trash" / three[0])
    prune(Registry(root), items[0], hands.random_hex)
    assert rubbish(root) == ()


def test_an_empty_root_has_nothing_to_remove(root):
    root.mkdir()
    assert rubbish(root) == ()
    assert rebuild_index(Registry(root)) == (0, (), (), (), ())
