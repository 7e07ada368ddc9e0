"""The outcome of policy tests as JUnit XML, the form in which every CI system reads tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeenv.report.junit import case, document, element, outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from xml.etree import ElementTree as ET

    from edgeenv.cli.policy_trial import Asked
    from edgeenv.errors import EdgeEnvError
    from edgeenv.policy.trial_suite import PolicyTrial


def junit_document(tried: tuple[PolicyTrial, ...], errors: Mapping[str, EdgeEnvError], asked: Asked) -> bytes:
    """One suite for each policy, one test for each case and for each further demand of the call.

    It holds no times and no host, so that equal outcomes give equal bytes.
    """
    suites = [_suite(trial, asked) for trial in tried]
    if errors:
        suites.append(element("testsuite", name="test files"))
        for file, error in errors.items():
            test = case(suites[-1], "can be run", file)
            lines = [error.message, *(problem.render() for problem in error.problems)]
            outcome(test, "error", error.message, "\n".join(lines))
    return document("edgeenv policy test", suites)


def _suite(trial: PolicyTrial, asked: Asked) -> ET.Element:
    suite = element("testsuite", name=f"{trial.identity.name} {trial.identity.version}")
    for result in trial.results:
        test = case(suite, result.case.name, result.case.file)
        if result.failures:
            place = f"{result.case.file}:{result.case.line}:{result.case.column}"
            outcome(test, "failure", result.failures[0], "\n".join([place, *result.failures]))
    for name, fault in _demands(trial, asked):
        test = case(suite, name, trial.sources[0])
        if fault:
            outcome(test, "failure", fault, fault)
    return suite


def _demands(trial: PolicyTrial, asked: Asked) -> Iterator[tuple[str, str]]:
    """The name of every demand beside the cases, and what is wrong with it."""
    if asked.coverage:
        for rule in trial.coverage:
            yield f"coverage of {rule.rule}", rule.gap
    for field in trial.probed or ():
        yield f"probe of {field.path} of {field.rule}", field.unnoticed
