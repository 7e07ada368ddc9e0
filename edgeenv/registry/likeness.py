"""What runs recorded in the fields that policies read: noted once, so that evidence is not read again.

Runs that recorded equal values in a set of fields are alike: every policy that reads no other field judges
them alike. The index keeps each list of values once, and for each run which of them is its own.

Every command that lists runs imports this module, so it imports late what only noting needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from edgeenv.evidence.moments import normal_time
from edgeenv.registry.trouble import ForeignContentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from edgeenv.evidence.store import StoredRun
    from edgeenv.model.facts import Facts

FIRST_FIELDS = (
    "model.model_hash",
    "protocol.batch_size",
    "protocol.include_postprocess",
    "protocol.include_preprocess",
    "protocol.input_dtype",
    "protocol.input_shape",
    "protocol.precision",
    "protocol.repeat_runs",
    "protocol.task",
    "protocol.warmup_runs",
    "runtime.execution_provider",
    "runtime.runtime",
    "target.board_name",
    "target.os",
    "target.runtime_tags",
    "target.target_name",
    "target.target_type",
)
"""What the default policy reads, sorted: every index notes it from its first run on."""

MOST_FIELD_SETS = 6
MOST_POLICIES = 32

_COLUMNS = {
    "field_sets": "id INTEGER PRIMARY KEY AUTOINCREMENT, fields TEXT NOT NULL UNIQUE",
    "likenesses": """id INTEGER PRIMARY KEY AUTOINCREMENT, field_set INTEGER NOT NULL, digest TEXT NOT NULL,
        facts TEXT NOT NULL, UNIQUE (field_set, digest)""",
    # A likeness of NULL: the run's evidence has not been read for these fields yet.
    "alike": """run_id TEXT NOT NULL, field_set INTEGER NOT NULL, moment TEXT NOT NULL, likeness INTEGER,
        PRIMARY KEY (run_id, field_set)""",
    "keyed_policies": "id INTEGER PRIMARY KEY AUTOINCREMENT, identity TEXT NOT NULL UNIQUE",
    "cohort_keys": """policy INTEGER NOT NULL, likeness INTEGER NOT NULL, narrow TEXT, wide TEXT,
        PRIMARY KEY (policy, likeness)""",
}
_WITHOUT_ROWID = {"alike", "cohort_keys"}
DROP = tuple(f"DROP TABLE IF EXISTS {table}" for table in _COLUMNS)
CREATE = tuple(
    f"CREATE TABLE {table} ({columns}){' WITHOUT ROWID' if table in _WITHOUT_ROWID else ''}"
    for table, columns in _COLUMNS.items()
)
INDEXES = (
    "CREATE INDEX alike_by_likeness ON alike (field_set, likeness, moment, run_id)",
    "CREATE INDEX cohort_keys_by_likeness ON cohort_keys (likeness)",
)
DELETE = "DELETE FROM alike WHERE run_id = ?"
_PUT = (
    "INSERT INTO alike (run_id, field_set, moment, likeness) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (run_id, field_set) DO UPDATE SET moment = excluded.moment, likeness = excluded.likeness"
)
_FORGET = (
    "DELETE FROM cohort_keys WHERE likeness IN (SELECT id FROM likenesses WHERE field_set = ?)",
    "DELETE FROM alike WHERE field_set = ?",
    "DELETE FROM likenesses WHERE field_set = ?",
    "DELETE FROM field_sets WHERE id = ?",
)


class Database(Protocol):
    """What is needed of a connection to the index."""

    def execute(self, sql: str, values: Sequence[Any] = ..., /) -> Any:
        """Run one statement."""


def field_sets(database: Database) -> list[tuple[int, tuple[str, ...]]]:
    """Every set of fields that is noted, with its number, the first that was asked for first."""
    rows = database.execute("SELECT id, fields FROM field_sets ORDER BY id").fetchall()
    return [(int(number), _fields(fields)) for number, fields in rows]


def begin(database: Database, sets: Iterable[tuple[str, ...]]) -> None:
    """Say, in tables that are still empty, what is to be noted of every run."""
    for fields in sets:
        database.execute("INSERT INTO field_sets (fields) VALUES (?)", (text_of(fields),))


def note(database: Database, stored: StoredRun) -> None:
    """Note what a run recorded; within the caller's transaction."""
    moment = normal_time(stored.run.created_at)
    for number, fields in field_sets(database):
        likeness = likeness_of(database, number, values_at(stored.facts, fields))
        database.execute(_PUT, (stored.run.run_id, number, moment, likeness))


def noted(database: Database, run_id: str) -> list[tuple[tuple[str, ...], str | None]]:
    """Every set of fields with what is noted of a run in it; None where its evidence is still to be read.

    A set that knows nothing of the run is left out.
    """
    sql = (
        "SELECT field_sets.fields, alike.likeness, likenesses.facts FROM field_sets "
        "JOIN alike ON alike.field_set = field_sets.id "
        "LEFT JOIN likenesses ON likenesses.id = alike.likeness AND likenesses.field_set = field_sets.id "
        "WHERE alike.run_id = ?"
    )
    rows = database.execute(sql, (run_id,)).fetchall()
    return [(_fields(fields), None if number is None else str(facts)) for fields, number, facts in rows]


def likeness_of(database: Database, number: int, facts: str) -> int:
    """The number of a set of values, given it when it is new; within the caller's transaction."""
    from hashlib import sha256

    digest = sha256(facts.encode("utf-8")).hexdigest()
    sql = "SELECT id FROM likenesses WHERE field_set = ? AND digest = ?"
    found = database.execute(sql, (number, digest)).fetchone()
    if found is not None:
        return int(found[0])
    sql = "INSERT INTO likenesses (field_set, digest, facts) VALUES (?, ?, ?)"
    return int(database.execute(sql, (number, digest, facts)).lastrowid)


def register(database: Database, fields: tuple[str, ...]) -> None:
    """Note one more set of fields, in the place of the oldest but the first when there are too many.

    What every run recorded in it is still to be read.
    """
    known = field_sets(database)
    if fields in (each for _, each in known):
        return
    too_many = max(0, len(known) - MOST_FIELD_SETS + 1)
    for number, _ in known[1 : 1 + too_many]:
        for statement in _FORGET:
            database.execute(statement, (number,))
    added = database.execute("INSERT INTO field_sets (fields) VALUES (?)", (text_of(fields),)).lastrowid
    database.execute("INSERT INTO alike SELECT run_id, ?, created_at, NULL FROM runs", (added,))


def number_of(database: Database, fields: tuple[str, ...]) -> int | None:
    """The number of exactly this set of fields; a rebuild may give it another one."""
    found = database.execute("SELECT id FROM field_sets WHERE fields = ?", (text_of(fields),)).fetchone()
    return None if found is None else int(found[0])


def tell(database: Database, fields: tuple[str, ...], read: Iterable[tuple[str, str]]) -> None:
    """Note what the evidence of runs, by id, turned out to hold; within the caller's transaction.

    A run that was deleted or written anew meanwhile is left as it is, and so is a set of fields that was
    given up.
    """
    number = number_of(database, fields)
    if number is None:
        return
    sql = "UPDATE alike SET likeness = ? WHERE run_id = ? AND field_set = ? AND likeness IS NULL"
    for run_id, facts in read:
        database.execute(sql, (likeness_of(database, number, facts), run_id, number))


def tell_keys(
    database: Database, identity: str, keys: Iterable[tuple[int, str, str | None, str | None]]
) -> None:
    """Store the keys of a policy; the policy that was keyed first gives way when there are too many.

    Args:
        database: within the caller's transaction.
        identity: of the policy.
        keys: a likeness, the digest of its values, and its two keys; one that has other values by now is
            left out.
    """
    database.execute("INSERT INTO keyed_policies (identity) VALUES (?) ON CONFLICT DO NOTHING", (identity,))
    (policy,) = database.execute("SELECT id FROM keyed_policies WHERE identity = ?", (identity,)).fetchone()
    old = "SELECT id FROM keyed_policies ORDER BY id DESC LIMIT -1 OFFSET ?"
    for (number,) in database.execute(old, (MOST_POLICIES,)).fetchall():
        database.execute("DELETE FROM cohort_keys WHERE policy = ?", (number,))
        database.execute("DELETE FROM keyed_policies WHERE id = ?", (number,))
    sql = (
        "INSERT INTO cohort_keys SELECT ?, id, ?, ? FROM likenesses WHERE id = ? AND digest = ? "
        "ON CONFLICT DO NOTHING"
    )
    for likeness, digest, narrow, wide in keys:
        database.execute(sql, (policy, narrow, wide, likeness, digest))


def text_of(fields: Sequence[str]) -> str:
    """A set of fields as the index names it."""
    import json

    return json.dumps(list(fields))


def values_at(facts: Facts, fields: Sequence[str]) -> str:
    """What a run recorded in some fields, as the index keeps it: a list in the order of the fields."""
    from edgeenv.documents import canonical_json

    return canonical_json([facts.at(path) for path in fields]).decode("utf-8")


def facts_of(fields: Sequence[str], text: str) -> Facts:
    """The facts that `values_at` has kept; what was not asked for is absent.

    Raises:
        ForeignContentError: somebody has written something else into the index.
    """
    from edgeenv.model.facts import Facts

    values = _list(text)
    if len(values) != len(fields):
        raise ForeignContentError("it holds facts of other fields than it says")
    document: dict[str, Any] = {}
    for path, value in zip(fields, values, strict=True):
        if value is not None:
            *parents, last = path.split(".")
            _inner(document, parents)[last] = value
    return Facts(document)


def _inner(document: dict[str, Any], parents: Iterable[str]) -> dict[str, Any]:
    place = document
    for name in parents:
        inner = place.setdefault(name, {})
        if not isinstance(inner, dict):
            raise ForeignContentError("it holds facts that contradict each other")
        place = inner
    return place


def _fields(text: object) -> tuple[str, ...]:
    return tuple(str(path) for path in _list(text))


def _list(text: object) -> list[Any]:
    import json

    try:
        found = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, list):
        return found
    raise ForeignContentError("it holds facts that cannot be read")
