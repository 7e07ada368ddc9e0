"""The functions for programs that embed EdgeEnv; `edgeenv` hands them out.

A program names a file by text or by path, a policy by name, file or value, and a run by whatever holds its
facts. What is wrong with evidence or a file is a value; what cannot go on is an `EdgeEnvError`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from edgeenv.errors import EdgeEnvError
from edgeenv.model.contracts import RESULT_SCHEMA
from edgeenv.model.facts import Facts
from edgeenv.policy.rules import Policy

if TYPE_CHECKING:
    from edgeenv.errors import Problem
    from edgeenv.evidence.bundle.inspection import BundleReport
    from edgeenv.model.judgement import Judgement

FilePath: TypeAlias = str | os.PathLike[str]


class HasFacts(Protocol):
    """Whatever holds the facts of one run: a `StoredRun` or a `BundleReport`."""

    @property
    def facts(self) -> Facts:
        """The recorded facts."""


Run: TypeAlias = Facts | HasFacts | Mapping[str, Any]


def load_policy(policy: FilePath) -> Policy:
    """Read a policy with its ancestors, and check it as ``edgeenv policy check`` does.

    Args:
        policy: the name of a shipped policy, such as ``default``, or a YAML file. A path object is always a
            file.

    Raises:
        EdgeEnvError: there is no such policy, or it does not hold; every defect is among its ``problems``.
    """
    from edgeenv.policy.document import load_policy as load

    if isinstance(policy, str):
        return load(policy)
    path = Path(policy)
    return load(str(path) if path.is_absolute() else f"./{path}")


def judge(policy: Policy | FilePath, baseline: Run, candidate: Run, *, today: str | None = None) -> Judgement:
    """Judge whether two runs may be compared, and how.

    Nothing is read but a policy that is given by name or file: load it once to judge many pairs.

    Args:
        policy: a policy, or what `load_policy` takes.
        baseline: run A: what `Registry.run` or `verify_bundle` returns, its facts, or the document of a
            ``result.json`` in which `validate` finds nothing.
        candidate: run B, in the same way.
        today: the day, such as ``2026-12-31``, on which the waivers of the policy are looked at. Without it
            none is in force, and a note says so.

    Raises:
        EdgeEnvError: a policy that cannot be loaded, a bundle that does not hold, or evidence that is no run.
    """
    from edgeenv.policy.judge import judge as judge_facts

    rules = policy if isinstance(policy, Policy) else load_policy(policy)
    return judge_facts(rules, _facts(baseline), _facts(candidate), today=today)


def validate(document: FilePath | Mapping[str, Any], schema: str) -> tuple[Problem, ...]:
    """Hold a file or a document against one of the contracts that ``edgeenv schema list`` shows.

    Args:
        document: a file, JSON where its name ends in ``.json`` and YAML elsewhere; or the members of a
            document.
        schema: the name of the contract, such as ``bench-config``.

    Returns:
        Every problem in the order of the file, none when it holds. Those of a file have a line and a column.

    Raises:
        EdgeEnvError: the file cannot be read, or there is no such contract.
    """
    from edgeenv import documents
    from edgeenv import schema as contracts

    contracts.text(schema)  # an unknown name is told whatever the document holds
    if isinstance(document, Mapping):
        return contracts.check_value(schema, dict(document), "document")
    try:
        read = documents.load(os.fspath(document))
    except EdgeEnvError as error:
        if error.code in documents.NOT_READABLE or not error.problems:
            raise
        return error.problems
    return contracts.check(schema, read)


def verify_bundle(path: FilePath) -> BundleReport:
    """Ask every check that an import would ask of a bundle; nothing is written.

    Returns:
        What each check answered. ``failures`` is empty and ``content`` is there for a bundle that holds;
        `judge` takes one that holds a run.

    Raises:
        EdgeEnvError: there is no such file, or it cannot be read.
    """
    from edgeenv.evidence.bundle.inspection import inspect_bundle

    return inspect_bundle(Path(path))


def _facts(run: Run) -> Facts:
    if isinstance(run, Facts):
        return run
    if not isinstance(run, Mapping):
        return run.facts
    marker = run.get("schema_version", RESULT_SCHEMA)  # the first releases wrote none
    if marker != RESULT_SCHEMA:
        raise EdgeEnvError(
            f"a document with the schema_version {marker!r} is no run, expected {RESULT_SCHEMA}",
            "hand over the document of a result.json",
            code="not-a-run",
        )
    return Facts.of_result(run)
