"""The outcome of policy tests as JUnit XML, the form in which every CI system reads tests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from edgeenv.cli.policy_trial import Asked
    from edgeenv.errors import EdgeEnvError
    from edgeenv.policy.trial_suite import PolicyTrial

_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_document(tried: tuple[PolicyTrial, ...], errors: Mapping[str, EdgeEnvError], asked: Asked) -> bytes:
    """One suite for each policy, one test for each case and for each further demand of the call.

    It holds no times and no host, so that equal outcomes give equal bytes.
    """
    suites = [_suite(trial, asked) for trial in tried]
    if errors:
        suites.append(_element("testsuite", name="test files"))
        for file, error in errors.items():
            case = _case(suites[-1], "can be run", file)
            lines = [error.message, *(problem.render() for problem in error.problems)]
            _outcome(case, "error", error.message, "\n".join(lines))
    root = _element("testsuites", name="edgeenv policy test")
    for suite in suites:
        _count(suite, suite)
        root.append(suite)
    _count(root, root)
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _suite(trial: PolicyTrial, asked: Asked) -> ET.Element:
    suite = _element("testsuite", name=f"{trial.identity.name} {trial.identity.version}")
    for result in trial.results:
        case = _case(suite, result.case.name, result.case.file)
        if result.failures:
            place = f"{result.case.file}:{result.case.line}:{result.case.column}"
            _outcome(case, "failure", result.failures[0], "\n".join([place, *result.failures]))
    for name, fault in _demands(trial, asked):
        case = _case(suite, name, trial.sources[0])
        if fault:
            _outcome(case, "failure", fault, fault)
    return suite


def _demands(trial: PolicyTrial, asked: Asked) -> Iterator[tuple[str, str]]:
    """The name of every demand beside the cases, and what is wrong with it."""
    if asked.coverage:
        for rule in trial.coverage:
            yield f"coverage of {rule.rule}", rule.gap
    for field in trial.probed or ():
        yield f"probe of {field.path} of {field.rule}", field.unnoticed


def _case(suite: ET.Element, name: str, file: str) -> ET.Element:
    case = _element("testcase", name=name, classname=file)
    suite.append(case)
    return case


def _outcome(case: ET.Element, kind: str, message: str, text: str) -> None:
    outcome = _element(kind, message=message, type=kind)
    outcome.text = _xml(text)
    case.append(outcome)


def _count(element: ET.Element, within: ET.Element) -> None:
    for attribute, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
        element.set(attribute, str(sum(1 for _ in within.iter(tag))))


def _element(tag: str, **attributes: str) -> ET.Element:
    return ET.Element(tag, {name: _xml(value) for name, value in attributes.items()})


def _xml(text: str) -> str:
    """The text without the characters that XML cannot hold, which are shown escaped."""
    return _NOT_XML.sub(lambda found: found.group().encode("unicode_escape").decode("ascii"), text)
