"""What must hold of waivers: each waives something, for runs that can be told, until a day that will come."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from edgeenv.documents import canonical_json
from edgeenv.policy.defect import Defect
from edgeenv.policy.fields import Known, json_name, json_types, known_path, nearest_path
from edgeenv.policy.matchers import glob_matches
from edgeenv.policy.nearest import suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from edgeenv.documents import ValuePath

_DAY = 'write the last day on which it holds, such as "2030-06-30"'
_RULE = "only a required or conditional rule can be waived: name one, or remove the waiver"
_WHOLE_NUMBER = frozenset({"integer", "number"})
# Two ids with nothing in common but what every id has: a pattern that fits both fits them all.
_ANY_IDS = ("run-00000000-000000-00000000", "run-99999999-999999-ffffffff")


def waiver_defects(document: Mapping[str, Any], today: str | None) -> Iterator[Defect]:
    """Waivers that waive nothing, select no run or every run, never expire, have expired, or stand twice."""
    ids: dict[str, int] = {}
    seen: dict[bytes, int] = {}
    for index, waiver in enumerate(document.get("waivers", ())):
        place: ValuePath = ("waivers", index)
        yield from _rule(document["rules"], waiver["rule"], place)
        for path, values in waiver["runs"].items():
            yield from _path(path, values, (*place, "runs", path))
        if all(_is_everything(path, values) for path, values in waiver["runs"].items()):
            yield Defect(
                "waiver-of-every-run",
                (*place, "runs"),
                "the selector takes every run, so that the rule would hold for none",
                "name the runs that are meant, such as target.board_name: [orin-nano]; "
                "a rule that is not wanted is advisory or disabled",
            )
        yield from _day(waiver["expires"], (*place, "expires"), today)
        yield from _twice(ids, waiver.get("id"), index, (*place, "id"), "id")
        key = canonical_json([waiver["rule"], waiver["runs"]])
        yield from _twice(seen, key, index, place, "rule and the same runs")


def is_day(text: str) -> bool:
    """Whether the calendar knows this ISO day."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _rule(rules: Mapping[str, Any], name: str, place: ValuePath) -> Iterator[Defect]:
    if name not in rules:
        why: str | None = f"does not exist{suggestion(name, rules)}"
    else:
        why = {
            "disabled": "is disabled, so that there is nothing to waive",
            "advisory": "is advisory: its difference does not count towards the verdict",
        }.get(rules[name]["level"])
    if why is not None:
        yield Defect("unfit-waiver", (*place, "rule"), f"the rule '{name}' {why}", _RULE)


def _path(path: str, values: Sequence[Any], place: ValuePath) -> Iterator[Defect]:
    known = known_path(path)
    if known is Known.UNKNOWN:
        near = nearest_path(path)
        question = "" if near is None else f"; did you mean {near}?"
        yield Defect(
            "unknown-path",
            place,
            f"no result has a field '{path}', so the waiver would select no run{question}",
            "see every field: edgeenv schema show result",
        )
        return
    if known is Known.OPEN:
        yield Defect(
            "open-path",
            place,
            f"'{path}' lies in a free-form object, so a misspelling of it cannot be noticed",
            warning=True,
        )
    types = json_types(path)
    for index, value in enumerate(values):
        if value is None or not (types is None or types & _types_of(value)):
            yield Defect(
                "unfit-waiver-value",
                (*place, index),
                f"'{path}' can never have the value {value!r}, so the waiver selects nothing by it",
            )


def _types_of(value: Any) -> frozenset[str]:
    name = json_name(value)
    is_whole = name == "integer" or (isinstance(value, float) and value.is_integer())
    return _WHOLE_NUMBER if is_whole else frozenset({name})


def _is_everything(path: str, values: Sequence[Any]) -> bool:
    """Whether a path leaves no run out, but for those that lack it."""
    texts = [value for value in values if isinstance(value, str)]
    if path == "schema_version" or any(text and not text.strip("*") for text in texts):
        return True
    if path == "run_id":
        return all(any(glob_matches(text, run_id) for text in texts) for run_id in _ANY_IDS)
    return json_types(path) == frozenset({"boolean"}) and True in values and False in values


def _day(text: str, place: ValuePath, today: str | None) -> Iterator[Defect]:
    if not is_day(text):
        yield Defect("impossible-date", place, f"'{text}' is no day that the calendar knows", _DAY)
        return
    if today is not None and text < today:
        yield Defect(
            "expired-waiver",
            place,
            f"the waiver has expired, so that a pair to which it applies is Indeterminate (today is {today})",
            "mend what was waived and remove the waiver, or have its owner set another day",
            warning=True,
        )


def _twice(seen: dict[Any, int], key: Any, index: int, place: ValuePath, what: str) -> Iterator[Defect]:
    if key is None:
        return
    first = seen.setdefault(key, index)
    if first != index:
        yield Defect("duplicate-waiver", place, f"waiver {first + 1} has the same {what}")
