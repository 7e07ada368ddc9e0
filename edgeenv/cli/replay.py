"""``edgeenv report replay``: a recorded judgement made again from the evidence, and what differs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from edgeenv.cli.judged_evidence import side_of
from edgeenv.cli.output import clean, json_document, json_option, json_text, result, show_notices
from edgeenv.cli.root import root_option
from edgeenv.cli.transfer_options import size_option
from edgeenv.errors import EdgeEnvError
from edgeenv.model.facts import Facts
from edgeenv.policy.document import policy_of_members
from edgeenv.policy.judge import ENGINE, judge
from edgeenv.report.comparison import Comparison, Side, judgement_document
from edgeenv.report.judgement_parts import policy_document
from edgeenv.report.replay import Absence, Anew, replay, replay_document, replay_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from edgeenv.evidence.bundle.limits import Limits
    from edgeenv.policy.rules import Policy

LIMIT = 16 << 20
"""The most bytes of a judgement document."""
# What says of a run that its evidence cannot be had, and nothing of the place where it was looked for.
_NOT_TO_BE_HAD = {
    "unknown-run",
    "ambiguous-run",
    "run-missing",
    "altered-evidence",
    "manifest-invalid",
    "invalid-evidence",
    "unsupported-schema",
}


class _Evidence(NamedTuple):
    """One run as it is now."""

    facts: Facts
    side: Side


@click.command(name="replay")
@click.argument("file", metavar="JUDGEMENT")
@click.argument("bundles", metavar="[BUNDLE]...", nargs=-1)
@root_option
@size_option
@json_option
def replay_judgement(
    *, file: str, bundles: tuple[str, ...], root: Path, limits: Limits | None, as_json: bool
) -> int:
    """Make a recorded judgement again.

    JUDGEMENT is what edgeenv report compare --output FILE.json has written. The evidence comes from the
    registry or, when bundles are named, from these alone: each is checked as an import would check it, and
    nothing is stored. The policy is the one that the judgement carries. Exit status: 0 the same, 3 something
    changed, 5 the evidence of a run is not to be had, 1 something could not be read.
    """
    recorded = _read(file)
    policy = _policy(recorded, file)
    find = _in_bundles(bundles, limits) if bundles else _in_registry(root)
    replayed = replay(recorded, _anew(recorded, policy, find))
    if as_json:
        json_document(replay_document(replayed))
    else:
        for line in replay_lines(replayed):
            result(clean(line))
    return replayed.status


def _read(file: str) -> Mapping[str, Any]:
    """The document, held against its contract before anything of it is looked at."""
    from edgeenv import schema
    from edgeenv.documents import Document, read_file
    from edgeenv.documents.json_reader import read_json

    raw = read_file(file, LIMIT)
    data, marks = read_json(raw, file, LIMIT)
    document = Document(data, raw, file, marks)
    schema.require("judgement", document)
    members: dict[str, Any] = document.data
    return members


def _policy(recorded: Mapping[str, Any], file: str) -> Policy:
    identity = recorded["policy"]
    chain = tuple((link["name"], link["version"]) for link in identity["chain"][:-1])
    weakened = tuple((entry["rule"], entry["from"], entry["to"]) for entry in identity["weakened"])
    return policy_of_members(recorded["resolved_policy"], f"the policy in {file}", chain, weakened)


def _anew(recorded: Mapping[str, Any], policy: Policy, find: Callable[[str], _Evidence]) -> Anew:
    """Judge again what can be found of both runs."""
    found: dict[str, _Evidence] = {}
    absent = []
    for label in ("a", "b"):
        run_id = recorded["runs"][label]["run_id"]
        try:
            found[label] = find(run_id)
        except EdgeEnvError as error:
            if error.code not in _NOT_TO_BE_HAD:
                raise
            absent.append(Absence(label, run_id, json_text(error.message)))
    identity = policy_document(policy.identity)
    if absent:
        return Anew(identity, ENGINE, None, tuple(absent))
    a, b = found["a"], found["b"]
    judgement = judge(policy, a.facts, b.facts, tuple(recorded["vary"]), today=recorded.get("day"))
    return Anew(identity, ENGINE, judgement_document(Comparison(judgement, a.side, b.side)))


def _in_registry(root: Path) -> Callable[[str], _Evidence]:
    from edgeenv.registry.examining import examine
    from edgeenv.registry.registry import Registry

    registry = Registry(root)

    def find(run_id: str) -> _Evidence:
        try:
            examined = examine(registry, run_id, allow_altered=True)
        finally:
            show_notices(registry.notices)
            registry.notices.clear()
        if examined.stored.document["run_id"] != run_id:  # a part of an id, or a word such as latest
            raise EdgeEnvError(f"Run not found: {run_id}", code="unknown-run")
        return _Evidence(examined.stored.facts, side_of(examined))

    return find


def _in_bundles(files: tuple[str, ...], limits: Limits | None) -> Callable[[str], _Evidence]:
    """Read every bundle as an import would, and keep the runs that they hold."""
    from edgeenv.evidence.bundle.limits import DEFAULT_LIMITS
    from edgeenv.evidence.bundle.reader import open_bundle
    from edgeenv.evidence.files import Kind

    held: dict[str, _Evidence] = {}
    for file in files:
        with open_bundle(Path(file), limits or DEFAULT_LIMITS) as bundle:
            if bundle.kind is not Kind.RUN:
                raise EdgeEnvError(
                    f"{file} holds a failed run, of which there are no judgements", code="not-a-run"
                )
            facts = Facts.of_result(bundle.document)
            evidence = _Evidence(facts, Side.of(facts, bundle.manifest.digest))
            known = held.setdefault(bundle.run_id, evidence)
        if known.side != evidence.side:
            raise EdgeEnvError(
                f"{file} holds {evidence.side.run_id} with other evidence than a bundle before it",
                "name the bundle that you mean alone",
                code="run-exists",
            )

    def find(run_id: str) -> _Evidence:
        if run_id not in held:
            raise EdgeEnvError(f"no bundle that was named holds {run_id}", code="unknown-run")
        return held[run_id]

    return find
