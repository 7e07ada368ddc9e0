"""A comparison as JUnit XML: the shape that CI systems read, and hostile text inside it."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from report_cases import ALL, CONDITIONAL, FLAGGED, GATES, HOSTILE, INDETERMINATE, NO, YES, rule

from edgeenv.model.judgement import Level, Outcome
from edgeenv.report.gate import Gate
from edgeenv.report.junit import comparison_junit

NO_GATE = Gate()
# The XSD that CI systems share, as far as it is about names: element -> attributes, children in order.
SHAPE = {
    "testsuites": ({"name", "tests", "failures", "errors", "skipped"}, ("testsuite",)),
    "testsuite": ({"name", "tests", "failures", "errors", "skipped"}, ("properties", "testcase")),
    "properties": (set(), ("property",)),
    "property": ({"name", "value"}, ()),
    "testcase": ({"name", "classname"}, ("skipped", "error", "failure", "system-out")),
    "failure": ({"message", "type"}, ()),
    "error": ({"message", "type"}, ()),
    "skipped": ({"message"}, ()),
    "system-out": (set(), ()),
}


def parsed(comparison, gate=NO_GATE):
    return ET.fromstring(comparison_junit(comparison, gate))  # noqa: S314 - our own output


def hold_shape(element):
    attributes, children = SHAPE[element.tag]
    assert set(element.attrib) == attributes
    order = [children.index(child.tag) for child in element]
    assert order == sorted(order)
    if element.tag == "testcase":
        assert len(element) <= 1
    for child in element:
        hold_shape(child)


def outcomes(comparison, gate=NO_GATE):
    return {
        test.get("name"): next((child.tag for child in test), "passed")
        for test in parsed(comparison, gate).iter("testcase")
    }


@pytest.mark.parametrize("case", ALL)
def test_junit(case, txt_snapshot):
    assert comparison_junit(ALL[case], NO_GATE).decode() == txt_snapshot
    hold_shape(parsed(ALL[case]))


@pytest.mark.parametrize("case", ALL)
def test_the_counts_are_those_of_the_tests(case):
    root = parsed(ALL[case])
    for element in (root, *root.iter("testsuite")):
        for attribute, tag in (
            ("tests", "testcase"),
            ("failures", "failure"),
            ("errors", "error"),
            ("skipped", "skipped"),
        ):
            assert int(element.get(attribute)) == len(list(element.iter(tag)))


def test_every_rule_is_a_test_and_the_verdict_too():
    assert outcomes(NO) == {
        "verdict": "failure",
        "model-hash": "failure",
        "input-shape": "passed",
        "runtime": "failure",
    }
    assert outcomes(INDETERMINATE)["verdict"] == "error"
    assert outcomes(INDETERMINATE)["model-hash"] == "error"
    assert set(outcomes(YES)) == {"verdict", "model-hash", "input-shape"} | {
        delta.metric for delta in YES.judgement.deltas
    }


def test_what_was_not_judged_is_skipped_and_a_note_fails_nothing():
    rules = (
        rule("a", Outcome.NOT_EVALUATED, [("x", 1, None)], level=Level.CONDITIONAL),
        rule("b", Outcome.NOT_APPLICABLE, [("y", 1, 2)]),
        rule("c", Outcome.DIFFERENT, [("z", 1, 2)], level=Level.ADVISORY),
    )
    found = outcomes(replace(YES, judgement=YES.judgement._replace(rules=rules)))
    assert [found[name] for name in "abc"] == ["skipped", "skipped", "system-out"]


def test_a_gate_decides_what_fails():
    lenient = Gate("conditional")
    assert outcomes(CONDITIONAL, lenient)["runtime"] == "system-out"
    assert outcomes(CONDITIONAL, lenient)["verdict"] == "system-out"
    assert outcomes(CONDITIONAL, Gate("same-condition"))["runtime"] == "failure"
    assert outcomes(FLAGGED)["latency_mean_ms"] == "failure"
    assert outcomes(FLAGGED, Gate("same-condition"))["latency_mean_ms"] == "system-out"
    assert outcomes(FLAGGED, Gate(None, ("flagged",)))["latency_mean_ms"] == "failure"


@pytest.mark.parametrize("case", ALL)
def test_a_test_fails_exactly_when_the_gate_does(case):
    for gate in GATES:
        failing = {"failure", "error"} & set(outcomes(ALL[case], gate).values())
        assert bool(failing) is (gate.status(ALL[case].judgement) != 0), gate


@pytest.mark.parametrize("text", [*HOSTILE, "\x9b31m", "]]>", "\ud800", "<failure/>", "&amp;"])
def test_outside_text_stays_text(text):
    bad = rule(text or "x", Outcome.DIFFERENT, [(text, text, "other")], reason=text or "r")
    hostile = replace(NO, judgement=NO.judgement._replace(rules=(bad,), reasons=(text,)))
    root = parsed(hostile)
    hold_shape(root)
    assert all(line.isprintable() for line in comparison_junit(hostile, NO_GATE).decode().split("\n"))
    assert len(list(root.iter("testcase"))) == 2
