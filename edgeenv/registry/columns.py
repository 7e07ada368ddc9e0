"""The columns of the index: what each holds of a run, and how a query asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edgeenv.evidence.files import RUNS, Kind
from edgeenv.evidence.moments import normal_time, utc_text
from edgeenv.registry.rows import SYNTHETIC_TARGET_TYPE, RunQuery

if TYPE_CHECKING:
    from edgeenv.evidence.store import StoredRun

COLUMNS = {
    "run_id": "TEXT PRIMARY KEY NOT NULL",
    "created_at": "TEXT NOT NULL",
    "benchmark_name": "TEXT NOT NULL",
    "target_name": "TEXT NOT NULL",
    "target_type": "TEXT NOT NULL",
    "board_name": "TEXT NOT NULL",
    "model_name": "TEXT NOT NULL",
    "model_version": "TEXT NOT NULL",
    "model_hash": "TEXT",
    "hash_basis": "TEXT",
    "runtime": "TEXT NOT NULL",
    "execution_provider": "TEXT NOT NULL",
    "precision": "TEXT NOT NULL",
    "batch_size": "INTEGER NOT NULL",
    "latency_mean_ms": "REAL NOT NULL",
    "latency_p50_ms": "REAL NOT NULL",
    "latency_p95_ms": "REAL NOT NULL",
    "latency_p99_ms": "REAL NOT NULL",
    "throughput_fps": "REAL NOT NULL",
    "evidence_digest": "TEXT NOT NULL",
    "result_sha256": "TEXT NOT NULL",
    "path": "TEXT NOT NULL",  # relative to the root, so that a root may be moved
    "synthetic": "INTEGER NOT NULL",
    "reversed_id": "TEXT NOT NULL",  # finds a run by the end of its id without reading all
}
SHOWN = ", ".join(list(COLUMNS)[:20])
FILTERS = {
    "model": "model_name",
    "runtime": "runtime",
    "provider": "execution_provider",
    "target": "target_name",
    "benchmark": "benchmark_name",
    "synthetic": "synthetic",
}
DROP = ("DROP TABLE IF EXISTS runs", "DROP TABLE IF EXISTS state")
TABLES = (
    f"CREATE TABLE runs ({', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())})",
    "CREATE TABLE state (true_at INTEGER NOT NULL)",
)
UPSERT = (
    f"INSERT INTO runs ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) "  # noqa: S608 - own names
    f"ON CONFLICT(run_id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in COLUMNS)}"
)


def indexes() -> tuple[str, ...]:
    """The statements that make the indexes of the runs; cheaper once the rows are there."""
    return (
        "CREATE INDEX runs_by_time ON runs (created_at, run_id)",
        "CREATE INDEX runs_by_reversed_id ON runs (reversed_id, run_id)",
        *(
            f"CREATE INDEX runs_by_{column} ON runs ({column}, created_at, run_id)"
            for column in FILTERS.values()
        ),
    )


def conditions(query: RunQuery) -> tuple[str, tuple[Any, ...]]:
    """The WHERE clause of a query, empty when every run is wanted, and the values to be bound."""
    wanted = {f"{column} = ?": getattr(query, name) for name, column in FILTERS.items()}
    wanted["created_at >= ?"] = None if query.since is None else utc_text(query.since)
    given = {condition: value for condition, value in wanted.items() if value is not None}
    where = f"WHERE {' AND '.join(given)}" if given else ""
    return where, tuple(_bindable(value) for value in given.values())


def values_of(stored: StoredRun) -> tuple[Any, ...]:
    """The row of a run, in the order of `COLUMNS`."""
    run, result = stored.run, stored.manifest.entry(Kind.RUN.document)
    model = stored.facts.document["model"]  # as judges see it: an absent model has no hash
    parts = (run.model, run.runtime, run.target, run.protocol, run.metrics, run)
    values: dict[str, Any] = {
        "created_at": normal_time(run.created_at),
        "model_hash": model["model_hash"],
        "hash_basis": model.get("hash_basis"),
        "evidence_digest": stored.digest,
        "result_sha256": None if result is None else result.sha256,
        "path": f"{RUNS}/{run.run_id}",
        "synthetic": int(run.target.target_type == SYNTHETIC_TARGET_TYPE),
        "reversed_id": run.run_id[::-1],
    }
    for name in COLUMNS:
        if name not in values:
            values[name] = next(getattr(part, name) for part in parts if hasattr(part, name))
    return tuple(values[name] for name in COLUMNS)


def _bindable(value: object) -> object:
    """A text that is not Unicode matches nothing; SQLite would refuse to look."""
    return value.encode("utf-8", "backslashreplace").decode("utf-8") if isinstance(value, str) else value
