"""Test files of policies: found below folders, read strictly, with the place of every case."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeenv import documents, schema
from edgeenv.documents.paths import shown_path
from edgeenv.errors import EdgeEnvError, Problem
from edgeenv.policy.chain import NOT_THERE
from edgeenv.policy.document import load_policy
from edgeenv.policy.fields import Known, known_path, nearest_path
from edgeenv.policy.lint_waivers import is_day
from edgeenv.policy.trial import Case, Expectation, Trial

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from edgeenv.documents import Document

_ENDINGS = (".policy-test.yaml", ".policy-test.yml")
_PASSED_OVER = {"node_modules", "__pycache__"}


def find_trial_files(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The test files that are named, and those below the folders that are named, each once.

    Hidden folders are passed over, and links to folders are not followed.

    Raises:
        EdgeEnvError: a path that is not there (code ``not-found``), or no test file at all
            (``no-policy-tests``).
    """
    paths = tuple(paths)
    found: dict[Path, Path] = {}
    for path in paths:
        if not path.exists():
            raise EdgeEnvError(
                f"no such file or folder: {path}",
                "see what is there: ls -d *policy-test.yaml",
                code="not-found",
            )
        for file in _below(path) if path.is_dir() else (path,):
            found.setdefault(file.resolve(), file)
    if not found:
        shown = ", ".join(str(path) for path in paths)
        raise EdgeEnvError(
            f"no policy test was found: no file below {shown} ends in {_ENDINGS[0]}",
            "write one beside a new policy: edgeenv policy init",
            code="no-policy-tests",
        )
    return tuple(found.values())


def read_trial_file(path: Path) -> Trial:
    """Read a test file and the policy that it names, which counts from the test file.

    Raises:
        EdgeEnvError: either cannot be read or does not hold; every defect is among its problems.
    """
    document = documents.load_yaml(path)
    schema.require("policy-test", document)
    data = document.data
    problems = tuple(_problems(document))
    if problems:
        raise EdgeEnvError(
            f"invalid policy test: {document.source}", code="invalid-policy-test", problems=problems
        )
    try:
        policy = load_policy(data["policy"], directory=path.parent)
    except EdgeEnvError as error:
        if error.code not in NOT_THERE:
            raise
        raise EdgeEnvError(
            f"invalid policy test: {document.source}: {error.message}",
            code="invalid-policy-test",
            problems=(_problem(document, ("policy",), error.code, error.message, error.hint),),
        ) from error
    problems = tuple(_days(document, needed=bool(policy.waivers)))
    if problems:
        raise EdgeEnvError(
            f"invalid policy test: {document.source}", code="invalid-policy-test", problems=problems
        )
    cases = tuple(_case(document, index) for index in range(len(data["cases"])))
    return Trial(document.source, policy, data["base"], cases)


def _below(folder: Path) -> Iterator[Path]:
    for directory, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _PASSED_OVER)
        for name in sorted(files):
            if name.endswith(_ENDINGS):
                yield Path(directory) / name


def _case(document: Document, index: int) -> Case:
    members = document.data["cases"][index]
    expect = members["expect"]
    position = document.marks.value(("cases", index))
    line, column = position or (0, 0)
    return Case(
        name=members["name"],
        expect=Expectation(
            verdict=expect["verdict"],
            mode=(expect["mode"],) if "mode" in expect else (),
            reasons=tuple(expect["reasons"]) if "reasons" in expect else None,
            notes=tuple(expect["notes"]) if "notes" in expect else None,
            rules=tuple(expect.get("rules", {}).items()),
        ),
        both=members.get("both", {}),
        set=members.get("set", {}),
        remove=tuple(members.get("remove", ())),
        today=members.get("today", document.data.get("today")),
        file=document.source,
        line=line,
        column=column,
    )


def _problems(document: Document) -> Iterator[Problem]:
    """Paths that no result has, and names that stand for two cases."""
    data = document.data
    for path in _leaves(data["base"], ()):
        yield from _unknown(document, ("base", *path), ".".join(path))
    names: dict[str, int] = {}
    for index, case in enumerate(data["cases"]):
        for member in ("both", "set"):
            for path in case.get(member, {}):
                yield from _unknown(document, ("cases", index, member, path), path)
        for place, path in enumerate(case.get("remove", ())):
            yield from _unknown(document, ("cases", index, "remove", place), path)
        first = names.setdefault(case["name"], index)
        if first != index:
            yield _problem(
                document,
                ("cases", index, "name"),
                "duplicate-case",
                f"case {first + 1} has the same name: '{case['name']}'",
                "give each case a name of its own, so that a report can tell them apart",
            )


def _days(document: Document, *, needed: bool) -> Iterator[Problem]:
    """Days that the calendar does not know, and cases without a day under a policy with waivers."""
    holders: list[tuple[tuple[str | int, ...], Mapping[str, Any]]] = [((), document.data)]
    holders += [(("cases", index), case) for index, case in enumerate(document.data["cases"])]
    for place, holder in holders:
        if "today" in holder and not is_day(holder["today"]):
            text = f"'{holder['today']}' is no day that the calendar knows"
            yield _problem(document, (*place, "today"), "impossible-date", text, None)
        if needed and place and "today" not in holder and "today" not in document.data:
            yield _problem(
                document,
                place,
                "no-day",
                "the policy has waivers, and the case does not say on which day it is judged",
                'say it once for all cases, at the top of the file: today: "2026-01-31"',
            )


def _unknown(document: Document, place: tuple[str | int, ...], path: str) -> Iterator[Problem]:
    if known_path(path) is not Known.UNKNOWN:
        return
    near = nearest_path(path)
    question = "" if near is None else f"; did you mean {near}?"
    yield _problem(
        document,
        place,
        "unknown-path",
        f"no result has a field '{path}'{question}",
        "see every field: edgeenv schema show result",
    )


def _leaves(value: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Every member of an object that is no object itself; an unknown object is named once."""
    for name, member in value.items():
        path = (*above, name)
        if isinstance(member, dict) and known_path(".".join(path)) is Known.NAMED:
            yield from _leaves(member, path)
        else:
            yield path


def _problem(
    document: Document, place: tuple[str | int, ...], code: str, message: str, hint: str | None
) -> Problem:
    line, column = document.marks.key(place) or (None, None)
    return Problem(code, document.source, line, column, shown_path(place), message, hint)
