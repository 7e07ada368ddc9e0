"""Policies by name or file: read, merged, checked, digested.

A shipped policy also lies beside its YAML in resolved form, as JSON. It is used only while the digests of the
YAML files that it was made from still hold, so that a policy edited in place is judged as edited, and an
untouched one costs no YAML parser at each comparison.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from edgeenv import documents, resources
from edgeenv.errors import EdgeEnvError
from edgeenv.model.judgement import PolicyIdentity
from edgeenv.policy.reading import policy_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edgeenv.documents import Document
    from edgeenv.errors import Problem
    from edgeenv.policy.chain import Resolved
    from edgeenv.policy.defect import Defect
    from edgeenv.policy.rules import Policy

RESOLVED_SCHEMA = "edgeenv.resolved-policy.v1"
MEMBERS_LIMIT = 1 << 20
"""The most bytes of a policy that a judgement carries."""
_PROSE = ("description", "why")
_LISTS = ("modes", "same_reasons", "unknown_values")
_ORDERED = ("rules", "metrics", "aliases")


class Inspected(NamedTuple):
    """A policy that was looked at as a whole.

    Attributes:
        written: the file itself, without its ancestors.
        document: the resolved form; of use only where there are no problems.
        problems: every defect that forbids its use.
        warnings: every defect that does not.
    """

    written: Document
    document: dict[str, Any]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def load_policy(reference: str, *, directory: Path | None = None) -> Policy:
    """The policy of that name or path, complete and checked.

    Args:
        reference: a shipped name such as ``default`` or ``edgeenv:default``, or the path of a YAML file.
        directory: where a relative path counts from; the process's own directory when None.

    Raises:
        EdgeEnvError: no such policy, or one that does not hold; every defect is among its problems.
    """
    return policy_of_resolved(load_resolved(reference, directory=directory))


def policy_of_resolved(document: Mapping[str, Any]) -> Policy:
    """The policy whose resolved form this is, as `load_resolved` gives it."""
    return policy_of(document["policy"], _identity(document["identity"]), document["origins"])


def load_resolved(reference: str, *, directory: Path | None = None) -> dict[str, Any]:
    """The resolved form of a policy: identity, sources, origin of every rule, and the merged members."""
    document = _shipped_resolved(reference)
    return document if document is not None else resolve_document(reference, directory=directory)


def resolve_document(reference: str, *, directory: Path | None = None) -> dict[str, Any]:
    """The same as `load_resolved`, always from the YAML files."""
    inspected = inspect(reference, directory=directory)
    if inspected.problems:
        raise EdgeEnvError(
            f"invalid policy: {inspected.written.source}", code="invalid-policy", problems=inspected.problems
        )
    return inspected.document


def inspect(reference: str, *, directory: Path | None = None, today: str | None = None) -> Inspected:
    """Read a policy and find everything that is wrong with it, warnings included.

    Args:
        reference: as for `load_policy`.
        directory: where a relative path counts from; the process's own directory when None.
        today: the day, ISO, on which a waiver that has expired is worth a warning; None to warn of none.

    Raises:
        EdgeEnvError: it cannot be read, or does not hold so far that it can be looked at as a whole.
    """
    from edgeenv.policy.chain import resolve
    from edgeenv.policy.lint import defects

    resolved = resolve(reference, directory=directory or Path())
    found = [(defect.warning, _placed(resolved, defect)) for defect in defects(resolved, today)]
    return Inspected(
        resolved.chain[-1].document,
        _resolved_document(resolved),
        tuple(problem for is_warning, problem in found if not is_warning),
        tuple(problem for is_warning, problem in found if is_warning),
    )


def digest_of(document: Mapping[str, Any]) -> str:
    """The identity of a resolved policy: ``sha256:`` and 64 hex digits over what can change a judgement.

    Mappings whose order shows (rules, aliases, metrics) count as lists of pairs; defaults are written out;
    prose for people (``description``, ``why``) is left out.
    """
    members = {key: value for key, value in document.items() if key not in _PROSE}
    if not members.get("waivers", True):
        del members["waivers"]  # none is none, written or not
    members["rules"] = [[name, _with_defaults(rule)] for name, rule in document["rules"].items()]
    members["metrics"] = [list(pair) for pair in document.get("metrics", {}).items()]
    members["aliases"] = [
        [name, [list(pair) for pair in groups.items()]]
        for name, groups in document.get("aliases", {}).items()
    ]
    for name in _LISTS:
        members.setdefault(name, [])
    return "sha256:" + sha256(documents.canonical_json(members)).hexdigest()


def judging_members(document: Mapping[str, Any]) -> dict[str, Any]:
    """The one form of all that can change a judgement: equal digests, equal members in the same order.

    Defaults are written out; prose, which no digest proves, is left out. `digest_of` gives for it what it
    gives for the document.
    """
    empty: dict[str, Any] = {"aliases": {}, "metrics": {}, **{name: [] for name in _LISTS}}
    members = {key: value for key, value in {**empty, **document}.items() if key not in _PROSE}
    if not members.get("waivers", True):
        del members["waivers"]
    ordered = {key: value if key in _ORDERED else _sorted(value) for key, value in sorted(members.items())}
    return ordered | {
        "rules": {name: _sorted(_with_defaults(rule)) for name, rule in members["rules"].items()},
        "metrics": {name: _sorted(metric) for name, metric in members["metrics"].items()},
    }


def _sorted(value: Any) -> Any:
    """The value with the members of every object in the order of their names."""
    return documents.parse_json(documents.canonical_json(value), "policy")


def policy_of_members(
    members: Mapping[str, Any],
    source: str,
    chain: tuple[tuple[str, str], ...],
    weakened: tuple[tuple[str, str, str], ...],
) -> Policy:
    """The policy that a judgement carries: checked like a file, under the digest that its members give.

    Args:
        members: what `judging_members` gave once, from a place that nobody vouches for.
        source: what to call them in messages.
        chain: what the judgement says of its ancestors, the policy itself left out.
        weakened: what it says of levels that were lowered.

    Raises:
        EdgeEnvError: they are no whole policy; every defect is among its problems.
    """
    from edgeenv import schema

    if len(documents.canonical_json(members)) > MEMBERS_LIMIT:
        raise EdgeEnvError(f"{source} is longer than {MEMBERS_LIMIT} bytes", code="too-large")
    whole = {key: value for key, value in members.items() if key != "extends"}
    problems = schema.check_value("policy", whole, source)
    if problems:
        raise EdgeEnvError(f"invalid policy: {source}", code="invalid-policy", problems=problems)
    if "extends" in members or all(rule["level"] != "required" for rule in members["rules"].values()):
        raise EdgeEnvError(
            f"invalid policy: {source}: expected a policy without extends and with a required rule",
            code="invalid-policy",
        )
    identity = PolicyIdentity(
        name=members["name"],
        version=members["version"],
        digest=digest_of(members),
        chain=(*chain, (members["name"], members["version"])),
        weakened=weakened,
    )
    return policy_of(members, identity)


def _with_defaults(rule: Mapping[str, Any]) -> dict[str, Any]:
    complete = {"match": {"exact": {}}, "missing": "fail", **rule}
    return {key: value for key, value in complete.items() if key not in _PROSE}


def _resolved_document(resolved: Resolved) -> dict[str, Any]:
    document = resolved.document
    return {
        "schema_version": RESOLVED_SCHEMA,
        "identity": {
            "name": document["name"],
            "version": document["version"],
            "digest": digest_of(document),
            "chain": [
                {"name": source.document.data["name"], "version": source.document.data["version"]}
                for source in resolved.chain
            ],
            "weakened": [
                {"rule": rule, "from": before, "to": after} for rule, before, after in resolved.weakened
            ],
        },
        "sources": [{"name": source.document.source, "sha256": source.digest} for source in resolved.chain],
        "origins": resolved.origins,
        "policy": document,
    }


def _identity(document: Mapping[str, Any]) -> PolicyIdentity:
    return PolicyIdentity(
        name=document["name"],
        version=document["version"],
        digest=document["digest"],
        chain=tuple((link["name"], link["version"]) for link in document["chain"]),
        weakened=tuple((entry["rule"], entry["from"], entry["to"]) for entry in document["weakened"]),
    )


def _shipped_resolved(reference: str) -> dict[str, Any] | None:
    name = reference.removeprefix("edgeenv:")
    if not name.isascii() or not name.replace("-", "").isalnum():
        return None
    try:
        raw = resources.read_bytes("policies", f"{name}.resolved.json")
    except EdgeEnvError:
        return None
    document: dict[str, Any] = documents.parse_json(raw, f"{name}.resolved.json")
    for source in document["sources"]:
        yaml = resources.read_bytes("policies", f"{source['name'].removeprefix('edgeenv:')}.yaml")
        if sha256(yaml).hexdigest() != source["sha256"]:
            return None
    return document


def _placed(resolved: Resolved, defect: Defect) -> Problem:
    """A defect at the youngest file of the chain that writes the member, or comes nearest to it."""
    from edgeenv.policy.chain import place

    path, writer = defect.path, _writer(resolved, defect.path)
    if defect.other is not None and _writer(resolved, defect.other) > writer:
        path, writer = defect.other, _writer(resolved, defect.other)
    return place(resolved.chain[writer], path, defect.code, defect.message, defect.hint)


def _writer(resolved: Resolved, path: tuple[str | int, ...]) -> int:
    """Where in the chain the file stands that last wrote a member, or what comes nearest to it."""
    for length in range(len(path), 0, -1):
        for index in range(len(resolved.chain) - 1, -1, -1):
            if resolved.chain[index].document.marks.key(path[:length]) is not None:
                return index
    return len(resolved.chain) - 1
