"""Resource metrics as the index knows them: one row for each metric of each run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from edgeenv.evidence.store import StoredRun

UNITS = {
    "energy_j": "j",
    "memory_mean_mb": "mb",
    "memory_peak_mb": "mb",
    "power_mean_w": "w",
    "power_peak_w": "w",
    "temperature_peak_c": "c",
}
"""The metrics and their units, sorted."""

COLUMNS = {
    "run_id": "TEXT NOT NULL",
    "metric_name": "TEXT NOT NULL",
    "metric_value": "REAL NOT NULL",
    "unit": "TEXT NOT NULL",
    "source": "TEXT",
}
TABLE = "resource_metrics"
_DECLARED = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
CREATE = (
    f"DROP TABLE IF EXISTS {TABLE}",
    f"CREATE TABLE {TABLE} ({_DECLARED}, PRIMARY KEY (run_id, metric_name)) WITHOUT ROWID",
    f"CREATE INDEX resource_metrics_by_value ON {TABLE} (metric_name, metric_value)",
)
INSERT = f"INSERT INTO {TABLE} VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608 - own names
DELETE = f"DELETE FROM {TABLE} WHERE run_id = ?"  # noqa: S608 - own names
_FROM_RUN = ("run_id", "created_at", "target_name", "model_name")
_SHOWN = ", ".join(
    (*(f"r.{name}" for name in _FROM_RUN), *(f"m.{name}" for name in COLUMNS if name not in _FROM_RUN))
)
_SELECT = f"SELECT {_SHOWN} FROM {TABLE} AS m JOIN runs AS r ON r.run_id = m.run_id"  # noqa: S608 - own names
_NEWEST_FIRST = "ORDER BY r.created_at DESC, m.run_id DESC, m.metric_name"


class ResourceQuery(NamedTuple):
    """Which resource metrics are wanted; what is None does not matter.

    Attributes:
        source: exactly this text.
        min_value: this value or more, in the metric's unit.
        max_value: this value or less.
    """

    metric: str | None = None
    source: str | None = None
    min_value: float | None = None
    max_value: float | None = None


class ResourceRow(NamedTuple):
    """One metric of one run.

    Attributes:
        created_at: of the run; UTC, always ``YYYY-MM-DDTHH:MM:SS.ffffffZ``.
        source: who measured; None when nobody is named.
    """

    run_id: str
    created_at: str
    target_name: str
    model_name: str
    metric_name: str
    metric_value: float
    unit: str
    source: str | None


def selection(query: ResourceQuery) -> tuple[str, tuple[Any, ...]]:
    """The statement that answers a query, newest run first, and the values to be bound."""
    source = query.source
    wanted = {
        "m.metric_name = ?": query.metric,
        # A text that is not Unicode matches nothing; SQLite would refuse to look.
        "m.source = ?": None
        if source is None
        else source.encode("utf-8", "backslashreplace").decode("utf-8"),
        "m.metric_value >= ?": query.min_value,
        "m.metric_value <= ?": query.max_value,
    }
    given = {condition: value for condition, value in wanted.items() if value is not None}
    where = f" WHERE {' AND '.join(given)}" if given else ""
    return f"{_SELECT}{where} {_NEWEST_FIRST}", tuple(given.values())


def rows_of(stored: StoredRun) -> list[tuple[Any, ...]]:
    """The rows of one run, in the order of `COLUMNS`; each names its own source where that is known."""
    metrics = stored.run.resource_metrics
    if metrics is None:
        return []
    origins = {
        value["metric"]: value["source"] for value in stored.run.resource_evidence or () if value["chosen"]
    }
    return [
        (stored.run.run_id, name, float(value), unit, origins.get(name, metrics.source))
        for name, unit in UNITS.items()
        if (value := getattr(metrics, name)) is not None
    ]
