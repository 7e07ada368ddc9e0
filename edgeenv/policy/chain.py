"""A policy file and its ancestors: read one after the other, merged into one resolved document.

``extends`` names one parent, a shipped policy (``edgeenv:NAME``) or a file relative to the one that says it.
A top-level member replaces the parent's whole member, except ``rules``, which merge by id, and inside a rule
each member given replaces that member.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeenv import documents, resources, schema
from edgeenv.documents.paths import shown_path
from edgeenv.errors import EdgeEnvError, Problem
from edgeenv.policy.nearest import nearest, suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edgeenv.documents import Document

SHIPPED = "edgeenv:"
MAX_DEPTH = 5
_SUFFIX = ".yaml"
# What a parent may suffer from that no line of its own can show.
NOT_THERE = documents.NOT_READABLE | {"unknown-policy"}
# From strictest to softest: an heir that moves a rule to the right has weakened it.
_LEVELS = ("required", "conditional", "advisory", "disabled")


@dataclass(frozen=True, slots=True)
class Source:
    """One file of a chain.

    Attributes:
        identity: what tells it from every other file: ``edgeenv:NAME`` or its resolved path.
        directory: where relative parents are looked for; None for a shipped policy.
    """

    identity: str
    document: Document
    directory: Path | None

    @property
    def digest(self) -> str:
        """SHA-256 of the file's bytes, as 64 hex digits."""
        return sha256(self.document.raw).hexdigest()


@dataclass(frozen=True, slots=True)
class Resolved:
    """A whole policy in one document.

    Attributes:
        document: the merged members, without ``extends``.
        chain: the files, oldest ancestor first.
        origins: rule id to the name of the policy that last wrote it.
        weakened: ``(rule, level in the parent, level now)`` for every level an heir has lowered.
    """

    document: dict[str, Any]
    chain: tuple[Source, ...]
    origins: dict[str, str]
    weakened: tuple[tuple[str, str, str], ...]


def shipped_names() -> tuple[str, ...]:
    """The names of the policies that EdgeEnv ships."""
    return tuple(name for name in resources.names("policies", _SUFFIX) if "." not in name)


def resolve(reference: str, *, directory: Path) -> Resolved:
    """Read a policy and its ancestors, check each against the schema, and merge them.

    Args:
        reference: the name of a shipped policy, with or without ``edgeenv:``, or a path.
        directory: where a relative path counts from.

    Raises:
        EdgeEnvError: a file that cannot be read or does not hold, a cycle, too many ancestors, an override of
            what must not be overridden.
    """
    chain = [_read(reference, directory)]
    while "extends" in chain[0].document.data:
        if len(chain) > MAX_DEPTH:
            raise _refuse(chain[0], ("extends",), "too-deep", f"more than {MAX_DEPTH} ancestors")
        parent = _read_parent(chain[0])
        if any(parent.identity == source.identity for source in chain):
            raise _refuse(
                chain[0], ("extends",), "extends-cycle", f"{parent.document.source} is its own ancestor"
            )
        chain.insert(0, parent)
    return _merge(tuple(chain))


def _read(reference: str, directory: Path | None) -> Source:
    name = reference.removeprefix(SHIPPED)
    if reference.startswith(SHIPPED) or name in shipped_names():
        return _read_shipped(name)
    path = Path(reference)
    if directory is not None and "/" not in reference and not reference.endswith((".yaml", ".yml")):
        there = [
            f"{reference}{end}" for end in (_SUFFIX, ".yml") if (directory / f"{reference}{end}").is_file()
        ]
        raise _no_such_policy(reference, near=next(iter(there), None))
    if directory is not None:
        path = directory / path
    document = documents.load_yaml(path)
    schema.require("policy", document)
    return Source(str(path.resolve()), document, path.parent)


def _read_parent(heir: Source) -> Source:
    reference = str(heir.document.data["extends"])
    if heir.directory is None and not reference.startswith(SHIPPED):
        raise _refuse(heir, ("extends",), "extends-file", "a shipped policy extends shipped policies only")
    try:
        if reference.startswith(SHIPPED):
            return _read_shipped(reference.removeprefix(SHIPPED))
        return _read(f"./{reference}", heir.directory)
    except EdgeEnvError as error:
        if error.code not in NOT_THERE:
            raise
        said_here = place(heir, ("extends",), error.code, error.message, error.hint)
        raise EdgeEnvError(
            f"invalid policy: {heir.document.source}: {error.message}",
            code="invalid-policy",
            problems=(said_here,),
        ) from error


def _read_shipped(name: str) -> Source:
    if name not in shipped_names():
        raise _no_such_policy(name)
    raw = resources.read_bytes("policies", name + _SUFFIX)
    document = documents.parse_yaml(raw, f"{SHIPPED}{name}")
    return Source(f"{SHIPPED}{name}", document, None)


def _no_such_policy(name: str, near: str | None = None) -> EdgeEnvError:
    names = shipped_names()
    near = near or nearest(name, names)
    found = "" if near is None else f"; did you mean {near}?"
    return EdgeEnvError(
        f"no shipped policy is named {name!r}{found}",
        f"shipped policies: {', '.join(names)}; a file is named by a path that ends in .yaml",
        code="unknown-policy",
    )


def _merge(chain: tuple[Source, ...]) -> Resolved:
    merged: dict[str, Any] = {"rules": {}}
    origins: dict[str, str] = {}
    weakened: list[tuple[str, str, str]] = []
    for source in chain:
        data = source.document.data
        rules = dict(merged["rules"])
        faults = [_override_fault(source, rule_id, rules) for rule_id in data["rules"]]
        if any(faults):
            raise _invalid(source, *(fault for fault in faults if fault is not None))
        for rule_id, members in data["rules"].items():
            inherited = rules.get(rule_id)
            if inherited is not None:
                weakened.extend(_weakening(rule_id, inherited, members))
            rules[rule_id] = {**(inherited or {}), **members}
            origins[rule_id] = str(data["name"])
        merged = {**merged, **data, "rules": rules}
    merged.pop("extends", None)
    # What the youngest file writes is placed there; what it has inherited has no line in it.
    problems = schema.check("policy", replace(chain[-1].document, data=merged))
    if problems:
        raise EdgeEnvError(
            f"the policy does not hold once it is merged with its ancestors: {chain[-1].document.source}",
            code="invalid-policy",
            problems=problems,
        )
    return Resolved(merged, chain, origins, tuple(weakened))


def _override_fault(source: Source, rule_id: str, inherited: Mapping[str, Any]) -> Problem | None:
    """What is wrong with one rule of a file, given the rules that it inherits."""
    members = source.document.data["rules"][rule_id]
    if rule_id in inherited:
        if "fields" not in members:
            return None
        return place(
            source,
            ("rules", rule_id, "fields"),
            "override-of-fields",
            f"the fields of the inherited rule '{rule_id}' cannot be changed, since its reason would lie",
            "disable the inherited rule (level: disabled) and add a rule of another name",
        )
    lacking = [name for name in ("level", "fields", "reason") if name not in members]
    if not lacking or "extends" not in source.document.data:
        return None
    return place(
        source,
        ("rules", rule_id),
        "unknown-rule",
        f"no rule '{rule_id}' to override{suggestion(rule_id, inherited)}",
        f"a new rule also needs: {', '.join(lacking)}",
    )


def _weakening(
    rule_id: str, inherited: Mapping[str, Any], members: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    before, after = str(inherited["level"]), str(members.get("level", inherited["level"]))
    return [(rule_id, before, after)] if _LEVELS.index(after) > _LEVELS.index(before) else []


def place(source: Source, path: tuple[str | int, ...], code: str, message: str, hint: str | None) -> Problem:
    """A problem at the member under ``path``, or at the nearest member above it that the file writes."""
    marks = source.document.marks
    positions = (marks.key(path[:length]) for length in range(len(path), -1, -1))
    line, column = next((position for position in positions if position is not None), (None, None))
    return Problem(code, source.document.source, line, column, shown_path(path), message, hint)


def _refuse(source: Source, path: tuple[str | int, ...], code: str, message: str) -> EdgeEnvError:
    return _invalid(source, place(source, path, code, message, None))


def _invalid(source: Source, *problems: Problem) -> EdgeEnvError:
    return EdgeEnvError(f"invalid policy: {source.document.source}", code="invalid-policy", problems=problems)
