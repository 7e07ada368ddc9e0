"""A comparison as JUnit XML, the form in which every CI system reads tests; and the pieces for others."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from edgeenv.model.judgement import Level, Outcome, Verdict
from edgeenv.report.comparison import delta_line, shown_deltas, value_texts, waiver_note
from edgeenv.report.gate import FLAGGED
from edgeenv.report.remedy import axis_line, grouped, step_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edgeenv.model.judgement import Judgement, RuleOutcome
    from edgeenv.report.comparison import Comparison
    from edgeenv.report.gate import Gate

_UNJUDGED = (Outcome.NOT_APPLICABLE, Outcome.NOT_EVALUATED)


def comparison_junit(comparison: Comparison, gate: Gate) -> bytes:
    """One test for the verdict, one for each rule, one for each metric that may be shown.

    A rule fails when it stands behind a verdict that the gate refuses; without a gate every verdict but Yes
    counts as refused. It holds no times and no host, so that equal judgements give equal bytes.
    """
    judgement = comparison.judgement
    policy = judgement.policy
    suite = element("testsuite", name=f"{policy.name} {policy.version}")
    properties = element("properties")
    suite.append(properties)
    for name, value in _properties(comparison):
        properties.append(element("property", name=name, value=value))
    _verdict(suite, judgement, gate)
    for rule in judgement.rules:
        counts = gate.stops_at(rule, judgement) if gate.stated else rule.level is not Level.ADVISORY
        _rule(suite, rule, counts=counts)
    for delta in shown_deltas(judgement):
        found = case(suite, delta.metric, "edgeenv.metric")
        if delta.status == FLAGGED and (not gate.stated or FLAGGED in gate.fail_on):
            outcome(found, "failure", "single-run change beyond the policy limit", delta_line(delta))
        else:
            system_out(found, delta_line(delta))
    return document("edgeenv report compare", [suite])


def document(name: str, suites: list[ET.Element]) -> bytes:
    """The whole document, its tests counted."""
    root = element("testsuites", name=name)
    for suite in suites:
        _count(suite)
        root.append(suite)
    _count(root)
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def case(suite: ET.Element, name: str, group: str) -> ET.Element:
    """A test, within its suite."""
    found = element("testcase", name=name, classname=group)
    suite.append(found)
    return found


def outcome(test: ET.Element, kind: str, message: str, text: str) -> None:
    """Let a test fail: ``kind`` is ``failure``, ``error`` or ``skipped``."""
    attributes = {"message": message} if kind == "skipped" else {"message": message, "type": kind}
    found = element(kind, **attributes)
    found.text = _xml(text)
    test.append(found)


def system_out(test: ET.Element, text: str) -> None:
    """Let a test say something without failing."""
    found = element("system-out")
    found.text = _xml(text)
    test.append(found)


def element(tag: str, **attributes: str) -> ET.Element:
    """An element whose attributes hold only what XML can."""
    return ET.Element(tag, {name: _xml(value) for name, value in attributes.items()})


def _properties(comparison: Comparison) -> Iterator[tuple[str, str]]:
    judgement = comparison.judgement
    policy = judgement.policy
    yield "id", comparison.id
    yield "verdict", judgement.verdict.value
    yield "mode", judgement.mode or ""
    yield "axis", axis_line(judgement)
    yield "baseline", comparison.a.run_id
    yield "candidate", comparison.b.run_id
    yield "policy", f"{policy.name} {policy.version}"
    yield "policy.digest", policy.digest
    yield "policy.chain", ", ".join(f"{name} {version}" for name, version in policy.chain)
    for rule, old, new in policy.weakened:
        yield f"policy.weakened.{rule}", f"{old} to {new}"
    if judgement.day is not None:
        yield "waivers.day", judgement.day


def _verdict(suite: ET.Element, judgement: Judgement, gate: Gate) -> None:
    test = case(suite, "verdict", "edgeenv.verdict")
    refused = gate.refuses(judgement.verdict) or not (gate.stated or judgement.verdict is Verdict.COMPARABLE)
    lines = [*judgement.reasons, *gate.complaints(judgement)]
    for heading, steps in grouped(judgement):
        lines += [f"{heading}: {step.path}: {step_words(step, judgement.axis)}" for step in steps]
    text = "\n".join(lines)
    said = f"Comparable: {judgement.verdict.display}"
    if refused:
        outcome(test, "error" if judgement.verdict is Verdict.INDETERMINATE else "failure", said, text)
    else:
        system_out(test, f"{said}\n{text}")


def _rule(suite: ET.Element, rule: RuleOutcome, *, counts: bool) -> None:
    test = case(suite, rule.rule, f"edgeenv.{rule.level.value}")
    lines = []
    for field in rule.fields:
        a, b = value_texts(field.a, field.b)
        lines.append(f"{field.path}: {a} -> {b} ({field.outcome.value}; {rule.matcher})")
    text = "\n".join(lines)
    if rule.outcome in _UNJUDGED:
        outcome(test, "skipped", rule.outcome.value, text)
    elif rule.outcome is Outcome.SAME:
        return
    elif rule.waiver is not None:
        waiver = rule.waiver
        said = f"{waiver_note(rule)} ({waiver.owner}, {waiver.expires}; {waiver.reason}): {rule.reason}"
        if rule.is_waived or not counts:
            system_out(test, f"{said}\n{text}")
        else:
            outcome(test, "error", said, text)
    elif not counts:
        system_out(test, f"{rule.outcome.value}: {rule.reason}\n{text}")
    elif rule.outcome is Outcome.MISSING:
        outcome(test, "error", "Missing evidence", text)
    else:
        outcome(test, "failure", rule.reason, text)


def _count(found: ET.Element) -> None:
    counted = (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
    for attribute, tag in counted:
        found.set(attribute, str(sum(1 for _ in found.iter(tag))))


def _xml(text: str) -> str:
    """The text with whatever XML cannot hold, a terminal obeys or nobody sees shown escaped."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c in "\t\n" else c.encode("unicode_escape").decode("ascii") for c in text
    )
