"""What the engine itself has to say about the evidence of a pair, whatever the policy.

An advisory never changes a verdict: it tells a reader how far the evidence behind it carries.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from edgeenv.model.finding import Finding
from edgeenv.model.sample_size import shortcomings

if TYPE_CHECKING:
    from edgeenv.model.facts import Facts


def advisories(a: Facts, b: Facts) -> tuple[Finding, ...]:
    """Every advisory for the pair, general ones first, then those that the runs recorded of themselves."""
    sides = (("A", a), ("B", b))
    found: list[Finding] = []
    run_id = a.at("run_id")
    if run_id is not None and run_id == b.at("run_id"):
        found.append(
            Finding(
                "self-comparison",
                "A and B are the same run: the comparison shows nothing but that",
                (("run_id", str(run_id)),),
            )
        )
    found.extend(_synthetic(sides))
    found.extend(_model_identity(sides))
    found.extend(_machine(sides))
    found.extend(_sample_sizes(sides))
    for label, facts in sides:
        found.extend(_recorded(label, facts))
    return tuple(found)


def _machine(sides: tuple[tuple[str, Facts], ...]) -> list[Finding]:
    """What each machine was like, whether the other one was the same or not."""
    found = []
    busy = [label for label, facts in sides if _overloaded(facts)]
    if busy:
        who = _who(busy, "ran", "ran")
        text = f"{who} while more processes wanted a CPU than there were CPUs: the numbers may be too slow"
        found.append(Finding("load-above-cores", text, (("sides", " and ".join(busy)),)))
    slowed = [label for label, facts in sides if facts.at("env.conditions.during.throttled") is True]
    if slowed:
        who = _who(slowed, "was throttled", "were throttled")
        text = f"{who} by hardware or firmware while the command ran"
        found.append(Finding("throttled-during-run", text, (("sides", " and ".join(slowed)),)))
    return found


def _sample_sizes(sides: tuple[tuple[str, Facts], ...]) -> list[Finding]:
    """Percentiles that so few samples cannot carry; sides of the same number are told together."""
    told: dict[str, list[str]] = {}
    for label, facts in sides:
        if (text := _few_samples(facts)) is not None:
            told.setdefault(text, []).append(label)
    return [
        Finding("few-samples", f"{' and '.join(labels)}: {text}", (("sides", " and ".join(labels)),))
        for text, labels in told.items()
    ]


def _few_samples(facts: Facts) -> str | None:
    recorded = facts.at("latency_samples.count")
    if type(recorded) is int:
        short = shortcomings(recorded)
        return None if short is None else f"of {_samples(recorded)} {short}"
    declared = facts.at("protocol.repeat_runs")
    if type(declared) is not int or facts.at("target.target_type") == "fake":
        return None
    short = shortcomings(declared)
    return None if short is None else f"of the {_samples(declared)} that repeat_runs declares {short}"


def _samples(count: int) -> str:
    return "1 sample" if count == 1 else f"{count} samples"


def _overloaded(facts: Facts) -> bool:
    load, cpus = (facts.at(f"env.conditions.before.{name}") for name in ("load_1m", "cpu_count"))
    return _is_number(load) and _is_number(cpus) and load > cpus


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _synthetic(sides: tuple[tuple[str, Facts], ...]) -> list[Finding]:
    labels = [label for label, facts in sides if facts.at("target.target_type") == "fake"]
    if not labels:
        return []
    who = _who(labels, "is a synthetic run", "are synthetic runs")
    text = f"{who}: the numbers are derived from names, nothing was measured"
    return [Finding("synthetic-run", text, (("sides", " and ".join(labels)),))]


def _model_identity(sides: tuple[tuple[str, Facts], ...]) -> list[Finding]:
    found = []
    for basis, code, singular, plural, consequence in _IDENTITY:
        labels = [label for label, facts in sides if _basis(facts) == basis]
        if labels:
            text = f"{_who(labels, singular, plural)}: {consequence}"
            found.append(Finding(code, text, (("sides", " and ".join(labels)),)))
    return found


_IDENTITY = (
    (
        "declared",
        "model-identity-declared",
        "names its model by a declared digest only",
        "name their models by declared digests only",
        "no model file was read where the run was recorded",
    ),
    (
        "unstated",
        "model-identity-unstated",
        "comes from a release that did not say what it hashed",
        "come from a release that did not say what it hashed",
        "its model hash is taken as that of a file",
    ),
    (
        "missing",
        "model-missing",
        "has no model identity",
        "have no model identity",
        (
            "no unchanged model was found at model_path; put the file there (relative to working_directory), "
            "or declare model_sha256 in the benchmark config, and record the run again"
        ),
    ),
)


def _basis(facts: Facts) -> str | None:
    basis = facts.at("model.hash_basis")
    if basis is None and facts.at("model.model_hash") is not None and facts.at("run_id") is not None:
        return "unstated"
    return None if basis is None else str(basis)


def _recorded(label: str, facts: Facts) -> list[Finding]:
    recorded = facts.at("findings")
    if not isinstance(recorded, list | tuple):
        return []
    return [_of_run(label, finding) for finding in recorded if isinstance(finding, Mapping)]


def _of_run(label: str, finding: Mapping[str, Any]) -> Finding:
    message = f"{label}: {finding.get('message')}"
    return Finding(str(finding.get("code")), message, (("sides", label),))


def _who(labels: list[str], singular: str, plural: str) -> str:
    return f"{labels[0]} {singular}" if len(labels) == 1 else f"{' and '.join(labels)} {plural}"
