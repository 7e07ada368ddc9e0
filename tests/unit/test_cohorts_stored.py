"""Stored cohort keys: they agree with the judge, cost no evidence twice, and outlive harm to the index."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from policy_cases import documents, policy, rule, runs
from recorded_samples import Hands, record_fake, store_old_run, tree

from edgeenv.cohorts.effect import find_effect
from edgeenv.cohorts.grouping import Extent, find_cohorts
from edgeenv.cohorts.neighbours import find_neighbours
from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.files import Kind
from edgeenv.model.judgement import Verdict
from edgeenv.policy.cohort import Profiler, cohort_key, judged_fields, key_identity
from edgeenv.policy.document import load_policy
from edgeenv.policy.judge import judge
from edgeenv.registry import likeness
from edgeenv.registry.alike import Alike
from edgeenv.registry.maintenance import rebuild_index
from edgeenv.registry.registry import Registry
from edgeenv.registry.removal import delete_run, removable, restore_run, trashed
from edgeenv.registry.rows import RunQuery

ALL = RunQuery()
EVERYTHING = Extent(None, None)
DEFAULT = load_policy("default")
CORED = DEFAULT._replace(
    identity=DEFAULT.identity._replace(digest="sha256:cored"),
    rules=(*DEFAULT.rules, *policy({"rules": {"cores": rule("env.cpu_count")}}).rules),
)


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def five(root, hands) -> list[str]:
    """Three runs alike, one on another runtime, one of another precision; the newest last."""
    changes = ({}, {"runtime": "other"}, {}, {"precision": "int8"}, {})
    return [record_fake(root, hands, **change).run_id for change in changes]


class Watch:
    """Counts the runs whose evidence was read."""

    def __init__(self) -> None:
        self.read = 0

    def __call__(self, done: int, total: int) -> None:
        assert 0 < done <= total
        self.read += 1


def sql(root, statement: str, *values: object) -> list[tuple]:
    with closing(sqlite3.connect(root / "runs.db", isolation_level=None)) as db:
        return db.execute(statement, values).fetchall()


def cohorts(root, rules=DEFAULT, *, wide=False, query=ALL):
    watch = Watch()
    found = find_cohorts(rules, Registry(root), query, EVERYTHING, wide=wide, watch=watch)
    return [cohort.named for cohort in found.cohorts], watch.read


def grouped(five, *, without=()) -> list[tuple[str, ...]]:
    alike = [five[4], five[2], five[0]]
    groups = [tuple(name for name in alike if name not in without), (five[3],), (five[1],)]
    return [group for group in groups if group and group[0] not in without]


# What is noted, and when.


def test_every_index_notes_what_the_default_policy_reads():
    assert judged_fields(DEFAULT) == likeness.FIRST_FIELDS


def test_under_the_default_policy_no_evidence_is_ever_read(root, five):
    assert cohorts(root) == (grouped(five), 0)


def test_another_policy_reads_each_run_once_and_later_runs_are_noted_when_they_are_recorded(
    root, five, hands
):
    assert cohorts(root, CORED) == (grouped(five), 5)
    assert cohorts(root, CORED) == (grouped(five), 0)
    six = record_fake(root, hands).run_id
    found, read = cohorts(root, CORED)
    assert (found[0], read) == ((six, *grouped(five)[0]), 0)
    assert sql(root, "SELECT count(*) FROM alike WHERE likeness IS NULL") == [(0,)]


def test_an_edited_policy_reads_no_evidence_but_has_other_keys(root, five):
    rules = tuple(
        each._replace(level=each.level.__class__.ADVISORY) if each.id == "precision" else each
        for each in DEFAULT.rules
    )
    edited = DEFAULT._replace(
        identity=DEFAULT.identity._replace(digest="sha256:edited"),
        rules=tuple(each for each in rules if each.id != "runtime"),
    )
    cohorts(root)
    assert cohorts(root, edited) == ([tuple(five[::-1])], 0)
    assert cohorts(root) == (grouped(five), 0)
    found = {
        row[0]: row[1]
        for row in sql(root, "SELECT policy, count(DISTINCT narrow) FROM cohort_keys GROUP BY 1")
    }
    assert sorted(found.values()) == [1, 3]


def test_keys_are_those_of_the_evidence_and_stored_under_the_policy(root, five):
    cohorts(root)
    ((identity,),) = sql(root, "SELECT identity FROM keyed_policies")
    assert identity == key_identity(DEFAULT) == f"edgeenv-cohort/1 {DEFAULT.identity.digest}"
    stored = dict(sql(root, "SELECT run_id, narrow FROM alike JOIN cohort_keys USING (likeness)"))
    registry = Registry(root)
    assert stored == {run_id: cohort_key(DEFAULT, registry.run(run_id).facts) for run_id in five}


def test_a_stored_key_is_the_same_on_every_machine(root):
    store_old_run(root)
    cohorts(root)
    assert sql(root, "SELECT narrow, wide FROM cohort_keys") == [GOLDEN]


GOLDEN = (
    "sha256:4eb8a878bc8b018f6a27d4da8f25acd77c0785e09ce64e061e188c6b63011812",
    "sha256:04dae9bd90dcbb40f5bb6a299e281a1a40c8763a3af7ee75355c6325ab3f606c",
)


def test_field_sets_and_policies_are_bounded(root, five):
    for number in range(likeness.MOST_FIELD_SETS + 3):
        rules = policy({"rules": {"a": rule(f"env.thing_{number}", missing="allow-both")}})
        find_cohorts(rules, Registry(root), ALL, EVERYTHING)
    sets = [each for (each,) in sql(root, "SELECT fields FROM field_sets ORDER BY id")]
    assert len(sets) == likeness.MOST_FIELD_SETS
    assert sets[0] == likeness.text_of(likeness.FIRST_FIELDS)
    assert "thing_8" in sets[-1]
    kept = {each for (each,) in sql(root, "SELECT id FROM field_sets")}
    assert {each for (each,) in sql(root, "SELECT DISTINCT field_set FROM alike")} == kept
    assert {each for (each,) in sql(root, "SELECT DISTINCT field_set FROM likenesses")} == kept
    for number in range(likeness.MOST_POLICIES + 3):
        identity = DEFAULT.identity._replace(digest=f"sha256:{number}")
        find_cohorts(DEFAULT._replace(identity=identity), Registry(root), ALL, EVERYTHING)
    assert sql(root, "SELECT count(*) FROM keyed_policies") == [(likeness.MOST_POLICIES,)]
    assert sql(root, "SELECT count(DISTINCT policy) FROM cohort_keys") == [(likeness.MOST_POLICIES,)]
    assert cohorts(root) == (grouped(five), 0)


# Whatever happens to the index.


def test_a_rebuild_keeps_what_is_noted_of_runs(root, five):
    cohorts(root, CORED)
    rebuild_index(Registry(root))
    assert cohorts(root, CORED) == (grouped(five), 0)


@pytest.mark.parametrize(
    "damage",
    [
        lambda root: (root / "runs.db").unlink(),
        lambda root: sql(root, "PRAGMA user_version = 3"),
        lambda root: (root / "runs.db").write_bytes(b"no database" * 999),
        lambda root: sql(root, "DROP TABLE alike"),
        lambda root: sql(root, "DROP TABLE cohort_keys"),
        lambda root: sql(root, "UPDATE field_sets SET fields = 'x' || id"),
        lambda root: sql(root, "UPDATE likenesses SET facts = 'x'"),
        lambda root: sql(root, "UPDATE likenesses SET facts = '[1]'"),
        lambda root: sql(
            root, "UPDATE likenesses SET facts = '[' || replace(hex(zeroblob(99999)), '0', '[')"
        ),
    ],
)
@pytest.mark.parametrize("rules", [DEFAULT, CORED])
def test_cohorts_come_back_when_the_index_is_lost_or_damaged(root, five, damage, rules):
    find_cohorts(CORED, Registry(root), ALL, EVERYTHING)
    sql(root, "DELETE FROM keyed_policies")
    sql(root, "DELETE FROM cohort_keys")
    damage(root)
    assert cohorts(root, rules)[0] == grouped(five)
    assert cohorts(root, rules) == (grouped(five), 0)


def test_an_id_that_no_run_can_have_never_becomes_a_path(root, five):
    sql(root, "UPDATE alike SET run_id = '../' || run_id, likeness = NULL WHERE run_id = ?", five[0])
    sql(root, "UPDATE runs SET run_id = '../' || run_id WHERE run_id = ?", five[0])
    assert cohorts(root)[0] == grouped(five)


def test_a_note_of_a_run_that_is_in_no_row_means_damage(root, five):
    sql(root, "DELETE FROM runs WHERE run_id = ?", five[3])
    registry = Registry(root)
    found = find_cohorts(DEFAULT, registry, ALL, EVERYTHING)
    assert [cohort.named for cohort in found.cohorts] == grouped(five)
    assert [notice.code for notice in registry.notices] == ["index-rebuilt"]


def test_a_root_that_cannot_be_written_is_grouped_in_memory(root, five, monkeypatch):
    rebuild_index(Registry(root))
    before = tree(root)
    connect = sqlite3.connect

    def read_only(path, **options):
        if path == ":memory:":
            return connect(path, **options)
        return connect(f"file:{path}?mode=ro", uri=True, **options)

    monkeypatch.setattr("edgeenv.registry.index.sqlite3.connect", read_only)
    assert cohorts(root, CORED) == (grouped(five), 5)
    assert cohorts(root) == (grouped(five), 0)
    assert tree(root) == before


def test_a_root_without_runs_and_one_that_is_not_there_have_no_cohorts(root, tmp_path):
    root.mkdir(exist_ok=True)
    for place in (root, tmp_path / "nowhere"):
        assert cohorts(place, CORED) == ([], 0)
        assert cohorts(place) == ([], 0)
    assert not (tmp_path / "nowhere").exists()


def test_a_deleted_run_leaves_its_cohort_and_a_restored_one_joins_it(root, five, hands):
    cohorts(root, CORED)
    registry = Registry(root)
    delete_run(registry, removable(registry, five[2], Kind.RUN), hands.random_hex)
    assert cohorts(root, CORED) == (grouped(five, without={five[2]}), 0)
    assert sql(root, "SELECT count(*) FROM alike WHERE run_id = ?", five[2]) == [(0,)]
    registry = Registry(root)
    restore_run(registry, trashed(registry, five[2]), hands.random_hex)
    assert cohorts(root, CORED) == (grouped(five), 0)


def test_a_run_that_was_copied_in_joins_its_cohort(root, five, tmp_path):
    cohorts(root, CORED)
    (root / "runs" / five[2]).rename(tmp_path / "aside")
    rebuild_index(Registry(root))
    assert cohorts(root, CORED) == (grouped(five, without={five[2]}), 0)
    (tmp_path / "aside").rename(root / "runs" / five[2])
    assert cohorts(root, CORED) == (grouped(five), 0)


def test_a_run_whose_evidence_was_altered_is_left_out_and_told_again(root, five):
    path = root / "runs" / five[0] / "result.json"
    path.write_text(path.read_text("utf-8").replace("fp32", "fp16"), "utf-8")
    shutil.rmtree(root / "runs" / five[1])
    for _ in range(2):
        found = find_cohorts(CORED, Registry(root), ALL, EVERYTHING)
        assert [run.run_id for run in found.unread] == five[:2]
        assert [run.error.code for run in found.unread] == ["altered-evidence", "run-missing"]
        assert found.runs == 3
    # What the index noted when they were recorded is still known, and that one directory is gone.
    found = find_cohorts(DEFAULT, Registry(root), ALL, EVERYTHING)
    assert (found.runs, found.unread, found.gone) == (5, (), frozenset({five[1]}))


@pytest.mark.parametrize("many", [0, 1000])
def test_directories_that_are_gone_are_told_of_few_runs_and_of_many(root, five, monkeypatch, many):
    monkeypatch.setattr("edgeenv.cohorts.grouping._MANY", many)
    shutil.rmtree(root / "runs" / five[1])
    (root / "runs" / five[0]).rename(root / "elsewhere")
    (root / "runs" / five[0]).symlink_to(root / "elsewhere")
    assert find_cohorts(DEFAULT, Registry(root), ALL, EVERYTHING).gone == frozenset(five[:2])
    shutil.rmtree(root / "runs")
    assert find_cohorts(DEFAULT, Registry(root), ALL, EVERYTHING).gone == frozenset(five)


def test_work_that_was_interrupted_is_not_done_again(root, five, monkeypatch):
    monkeypatch.setattr("edgeenv.registry.alike._PAGE", 2)

    class Stop(Exception):  # noqa: N818 - a test's own
        pass

    def stop(done: int, _total: int) -> None:
        if done == 5:
            raise Stop

    with pytest.raises(Stop):
        find_cohorts(CORED, Registry(root), ALL, EVERYTHING, watch=stop)
    assert cohorts(root, CORED) == (grouped(five), 1)


def test_fields_that_another_process_has_given_up_are_noted_again(root, five, monkeypatch):
    read = Alike._read_what_is_new
    given_up = []

    def losing(self, fields):
        read(self, fields)
        if not given_up:
            given_up.append(fields)
            sql(root, "DELETE FROM field_sets WHERE fields = ?", likeness.text_of(fields))

    monkeypatch.setattr(Alike, "_read_what_is_new", losing)
    found = find_cohorts(CORED, Registry(root), ALL, EVERYTHING)
    assert [cohort.named for cohort in found.cohorts] == grouped(five)
    monkeypatch.setattr(
        Alike, "_read_what_is_new", lambda *_: sql(root, "DELETE FROM field_sets WHERE id > 1")
    )
    with pytest.raises(EdgeEnvError) as refusal:
        find_cohorts(CORED, Registry(root), ALL, EVERYTHING)
    assert refusal.value.code == "index-busy"


# What is answered.


def test_filters_and_extent(root, five):
    registry = Registry(root)
    found = find_cohorts(DEFAULT, registry, RunQuery(runtime="other"), EVERYTHING)
    assert [cohort.named for cohort in found.cohorts] == [(five[1],)]
    found = find_cohorts(DEFAULT, registry, ALL, Extent(2, 1))
    assert (found.runs, found.total) == (5, 3)
    assert [(cohort.runs, cohort.named) for cohort in found.cohorts] == [(3, (five[4],)), (1, (five[3],))]
    assert found.cohorts[0].newest.run_id == five[4]
    assert find_cohorts(DEFAULT, registry, RunQuery(runtime="none"), EVERYTHING).total == 0


@pytest.mark.parametrize("limit", [1, 2, 3, None])
@pytest.mark.parametrize("query", [ALL, RunQuery(model="model-1")])
def test_the_newest_of_several_groups_are_the_newest_of_all(root, hands, limit, query):
    recorded = [
        record_fake(root, hands, model_name=f"model-{n % 2}", batch_size=1 + n % 3).run_id for n in range(8)
    ]
    wanted = [each for n, each in enumerate(recorded) if query is ALL or n % 2][::-1]
    alike = Alike(Registry(root), judged_fields(DEFAULT))
    found = alike.look(lambda look: look.newest(look.groups(query), limit, query))
    assert [run_id for run_id, _ in found] == wanted[:limit]


def test_neighbours_are_those_that_the_judge_names(root, five):
    registry = Registry(root)
    facts = {run_id: registry.run(run_id).facts for run_id in five}
    for baseline in five:
        found = find_neighbours(DEFAULT, registry, baseline, ALL, None)
        assert {each.run_id: each.standing.verdict for each in found.named} == {
            other: judge(DEFAULT, facts[baseline], facts[other]).verdict
            for other in five
            if other != baseline
        }
        assert sum(count for _, count in found.runs) == 4
    found = find_neighbours(DEFAULT, registry, five[4], ALL, 1)
    assert [(each.run_id, each.standing.obstacle) for each in found.named] == [
        (five[2], None),
        (five[1], "Different runtime or execution provider"),
        (five[3], "Different precision"),
    ]
    assert [found.count(verdict) for verdict in Verdict] == [2, 1, 0, 1]
    found = find_neighbours(DEFAULT, registry, five[4], RunQuery(runtime="other"), None)
    assert [each.run_id for each in found.named] == [five[1]]


def test_the_effect_of_a_policy_counts_pairs_and_names_the_older_run_first(root, five):
    strict = tuple(
        each._replace(level=each.level.__class__.REQUIRED, mode=None) if each.id == "runtime" else each
        for each in DEFAULT.rules
    )
    after = DEFAULT._replace(identity=DEFAULT.identity._replace(digest="sha256:strict"), rules=strict)
    found = find_effect(DEFAULT, after, Registry(root), ALL)
    ((transition, examples),) = found.transitions
    assert (found.runs, found.pairs, found.changed) == (5, 10, 3)
    assert (transition.before, transition.after) == (Verdict.CONDITIONAL, Verdict.NOT_COMPARABLE)
    assert (examples[0].baseline, examples[0].candidate) == (five[0], five[1])
    assert examples[0].after == ("Different runtime or execution provider",)
    shutil.rmtree(root / "runs" / five[1])
    found = find_effect(DEFAULT, after, Registry(root), ALL)
    assert (found.changed, found.transitions[0][1]) == (3, ())
    assert {run.error.code for run in found.unread} == {"run-missing"}


# Laws.


@given(documents(), runs(), runs())
def test_the_fields_that_are_noted_are_enough_for_every_verdict_and_key(document, a, b):
    rules = policy(document)
    fields = judged_fields(rules)
    one, other = (likeness.facts_of(fields, likeness.values_at(each, fields)) for each in (a, b))
    profiler = Profiler(rules)
    assert profiler.verdict(profiler.profile(one), profiler.profile(other)) is judge(rules, a, b).verdict
    assert [profiler.keys(each) for each in (one, other)] == [profiler.keys(each) for each in (a, b)]


@given(documents(equivalences_only=True), runs(), runs())
def test_equal_noted_keys_are_the_same_as_yes(document, a, b):
    rules = policy(document)
    fields = judged_fields(rules)
    noted = [likeness.facts_of(fields, likeness.values_at(each, fields)) for each in (a, b)]
    (narrow, wide), (other_narrow, other_wide) = (Profiler(rules).keys(each) for each in noted)
    verdict = judge(rules, a, b).verdict
    assert (narrow is not None and narrow == other_narrow) is (verdict is Verdict.COMPARABLE)
    assert (wide is not None and wide == other_wide) is (verdict in {Verdict.COMPARABLE, Verdict.CONDITIONAL})
