"""What must hold of the fields that rules and metrics read: they exist, and can be read as they are to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edgeenv.policy.defect import Defect
from edgeenv.policy.fields import Known, json_types, known_path, nearest_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NUMBERS = frozenset({"number", "integer"})
# What each operator reads; any other value would be missing evidence, always.
_READS = {
    "text": frozenset({"string"}),
    "version": frozenset({"string"}),
    "list": frozenset({"array"}),
    "number": _NUMBERS,
}
_NEVER_THE_SAME = (
    "run_id",
    "created_at",
    "metrics.",
    "env.captured_at",
    "execution.started_at",
    "execution.finished_at",
    "execution.duration_s",
)


def field_defects(rule_id: str, rule: Mapping[str, Any]) -> Iterator[Defect]:
    """The fields of one rule: unknown, unreadable for its matcher, or no condition of a run."""
    (operator,) = rule.get("match", {"exact": {}})
    for index, path in enumerate(rule["fields"]):
        place = ("rules", rule_id, "fields", index)
        yield from _path(path, place, "the rule would always miss evidence")
        yield from _unreadable(path, place, _READS.get(operator), f"the matcher {operator}")
        if operator != "number" and path.startswith(_NEVER_THE_SAME):
            yield Defect(
                "never-the-same",
                place,
                f"'{path}' is an id, a time or a measured value: it differs between any two runs",
                "compare what the runs were made with, such as model.model_hash",
                warning=True,
            )


def metric_defects(document: Mapping[str, Any]) -> Iterator[Defect]:
    """The metrics: paths that are unknown or hold no number, and limits that can have no effect."""
    for name, metric in document.get("metrics", {}).items():
        place = ("metrics", name, "path")
        yield from _path(metric["path"], place, "the metric would never be shown")
        yield from _unreadable(metric["path"], place, _NUMBERS, "a metric")
        if metric["better"] == "neither" and "flag_change" in metric:
            yield Defect(
                "idle-limit",
                ("metrics", name, "flag_change"),
                "no change of a metric is for the worse when neither direction is better",
                "say better: lower or better: higher, or leave flag_change out",
                warning=True,
            )


def _path(path: str, place: tuple[str | int, ...], consequence: str) -> Iterator[Defect]:
    known = known_path(path)
    if known is Known.UNKNOWN:
        near = nearest_path(path)
        question = "" if near is None else f"; did you mean {near}?"
        yield Defect(
            "unknown-path",
            place,
            f"no result has a field '{path}', so {consequence}{question}",
            "see every field: edgeenv schema show result",
        )
    elif known is Known.OPEN:
        yield Defect(
            "open-path",
            place,
            f"'{path}' lies in a free-form object, so a misspelling of it cannot be noticed",
            warning=True,
        )


def _unreadable(
    path: str, place: tuple[str | int, ...], readable: frozenset[str] | None, reader: str
) -> Iterator[Defect]:
    types = json_types(path)
    if readable is None or types is None or types & readable:
        return
    found = " or ".join(sorted(types - {"null"})) or "null"
    wanted = "a " + " or ".join(sorted(readable - {"integer"}))
    yield Defect("unreadable-field", place, f"{reader} reads {wanted}, and '{path}' is of the type {found}")
