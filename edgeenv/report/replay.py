"""A recorded judgement held against the same judgement made anew: the same, or exactly what changed.

Nothing of the recorded document is believed but what the recomputation gives again.
"""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any, NamedTuple

from edgeenv.errors import ExitStatus
from edgeenv.report.comparison import value_texts
from edgeenv.report.judgement_id import id_of, shortened
from edgeenv.report.width import WIDTH, display_width

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REPLAY_SCHEMA = "edgeenv.replay.v1"
# Told by themselves, each in its own way; the carried policy is proved by its digest.
_APART = {"schema_version", "id", "policy", "engine", "runs", "rules", "resolved_policy"}


class Absence(NamedTuple):
    """A run of the judgement whose evidence is not to be had.

    Attributes:
        side: ``a`` or ``b``.
    """

    side: str
    run_id: str
    text: str


class Change(NamedTuple):
    """One thing that the judgement says and the recomputation does not.

    Attributes:
        code: stable name, such as ``evidence-digest`` or ``verdict``.
        subject: what it is about, in words: ``run a``, ``rule precision``, or the member of the document.
        recorded: what the document says, found: what it should say; any JSON value.
    """

    code: str
    subject: str
    recorded: Any
    found: Any


class Anew(NamedTuple):
    """What the inputs of a judgement give now.

    Attributes:
        policy: the identity of the policy that the document carries, as a judgement document says it.
        engine: the engine of this release.
        judgement: the whole document; None where the evidence of a run is not to be had.
        absent: the runs without evidence.
    """

    policy: Mapping[str, Any]
    engine: str
    judgement: Mapping[str, Any] | None
    absent: tuple[Absence, ...] = ()


class Replay(NamedTuple):
    """How a judgement came out of its recomputation.

    Attributes:
        recorded: the judgement document that was given.
        id: the id that the same judgement has now; None where evidence is not to be had.
    """

    recorded: Mapping[str, Any]
    id: str | None
    changes: tuple[Change, ...]
    absent: tuple[Absence, ...]

    @property
    def outcome(self) -> str:
        """``same``, ``changed`` or ``undecided``; what was shown to differ counts before what is absent."""
        return "changed" if self.changes else "undecided" if self.absent else "same"

    @property
    def status(self) -> ExitStatus:
        """The exit status that the outcome means."""
        return {
            "same": ExitStatus.DONE,
            "changed": ExitStatus.REQUIREMENT_FAILED,
            "undecided": ExitStatus.UNDECIDED,
        }[self.outcome]


def replay(recorded: Mapping[str, Any], anew: Anew) -> Replay:
    """Hold a judgement document, valid as such, against what its inputs give now."""
    changes = [*_inputs(recorded, anew)]
    if anew.judgement is not None:
        changes += [*_runs(recorded["runs"], anew.judgement["runs"])]
        changes += [*_answer(recorded, anew.judgement)]
    found = None if anew.judgement is None else str(anew.judgement["id"])
    return Replay(recorded, found, tuple(changes), anew.absent)


def _inputs(recorded: Mapping[str, Any], anew: Anew) -> Iterator[Change]:
    """What can be said without any evidence: is the document true to itself, and to this release?"""
    expected = id_of(recorded)
    if recorded["id"] != expected:
        yield Change("id", "id over the inputs that are written here", recorded["id"], expected)
    for name in anew.policy:
        if not same_value(recorded["policy"][name], anew.policy[name]):
            code = "policy-digest" if name == "digest" else "policy"
            yield Change(code, f"policy {name}", recorded["policy"][name], anew.policy[name])
    if recorded["engine"] != anew.engine:
        yield Change("engine", "engine", recorded["engine"], anew.engine)


def _runs(recorded: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[Change]:
    for label in ("a", "b"):
        for name, fallback in (("evidence_digest", None), ("sealed", True), ("altered", [])):
            old, new = (side[label].get(name, fallback) for side in (recorded, found))
            if not same_value(old, new):
                code = name.replace("_", "-") if name == "evidence_digest" else f"evidence-{name}"
                yield Change(code, f"run {label}, {name.replace('_', ' ')}", old, new)


def _answer(recorded: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[Change]:
    for name in (*recorded, *(name for name in found if name not in recorded)):
        if name == "rules":
            yield from _rules(recorded["rules"], found["rules"])
        elif name not in _APART and not same_value(recorded.get(name), found.get(name)):
            yield Change(name.replace("_", "-"), name.replace("_", " "), recorded.get(name), found.get(name))


def _rules(recorded: list[Any], found: list[Any]) -> Iterator[Change]:
    """Rule by rule; only where that shows nothing, the order of the rules is what differs."""
    old, new = ({rule["rule"]: rule for rule in rules} for rules in (recorded, found))
    silent = True
    for rule_id in (*old, *(rule_id for rule_id in new if rule_id not in old)):
        before, after = old.get(rule_id), new.get(rule_id)
        if not same_value(before, after):
            silent = False
            outcomes = [None if rule is None else rule["outcome"] for rule in (before, after)]
            told = outcomes if outcomes[0] != outcomes[1] else [before, after]
            yield Change("rule", f"rule {rule_id}", *told)
    if silent and not same_value(recorded, found):
        yield Change(
            "rules", "order of the rules", *([rule["rule"] for rule in rules] for rules in (recorded, found))
        )


def same_value(a: Any, b: Any) -> bool:
    """Whether two JSON values are equal: 1 is 1.0, true is not 1."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same_value(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same_value, a, b))
    return isinstance(a, bool) is isinstance(b, bool) and bool(a == b)


def replay_lines(replayed: Replay) -> Iterator[str]:
    """The outcome for the terminal; outside text in it is made harmless by whoever prints it."""
    recorded = replayed.recorded
    mode = "" if recorded["mode"] is None else f", {recorded['mode']}"
    yield f"Replay: {replayed.outcome}"
    yield f"Judgement: {shortened(recorded['id'])}"
    yield f"Recorded: {recorded['display']}{mode}"
    policy = recorded["policy"]
    yield f"Policy: {policy['name']} {policy['version']} ({shortened(policy['digest'])})"
    for label, words in (("a", "A (baseline): "), ("b", "B (candidate):")):
        yield f"{words} {recorded['runs'][label]['run_id']}"
    if replayed.absent:
        yield ""
        yield "No evidence:"
        for absence in replayed.absent:
            yield f"- run {absence.side}: {absence.text}"
    if replayed.changes:
        yield ""
        yield "Changed:"
        for change in replayed.changes:
            yield from _change_lines(change)


def _change_lines(change: Change) -> Iterator[str]:
    recorded, found = value_texts(_shown(change.recorded), _shown(change.found))
    line = f"- {change.subject}: {recorded} -> {found}"
    if display_width(line) <= WIDTH:
        yield line
        return
    yield f"- {change.subject}:"
    yield f"    recorded: {recorded}"
    yield f"    now:      {found}"


def _shown(value: Any) -> Any:
    """A list of sentences as one text; anything else as it is."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "; ".join(value) or "(none)"
    return dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def replay_document(replayed: Replay) -> dict[str, Any]:
    """The outcome as the document that the ``replay`` schema describes."""
    return {
        "schema_version": REPLAY_SCHEMA,
        "outcome": replayed.outcome,
        "id": replayed.recorded["id"],
        "found_id": replayed.id,
        "runs": {label: replayed.recorded["runs"][label]["run_id"] for label in ("a", "b")},
        "changes": [change._asdict() for change in replayed.changes],
        "absent": [absence._asdict() for absence in replayed.absent],
    }
