"""How scenarios are typed, and what is said when one is typed wrongly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_cases import CONDITIONAL, INDETERMINATE, NO, YES

from edgeenv.errors import EdgeEnvError
from edgeenv.report.bundle_summary_scenario import EXAMPLE, Scenario, parse_scenarios

FORM = "Scenario must use the form <label>:<run_id_a>:<run_id_b>"
REFERENCES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,20}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "scenario"),
    [
        ("x:a:b", Scenario("x", "a", "b")),
        ("x:latest~1:latest=conditional", Scenario("x", "latest~1", "latest", "conditional")),
        ("board 2: fp16 : again:a:b", Scenario("board 2: fp16 : again", "a", "b")),
        (" spaced \n label : a : b = no ", Scenario("spaced label", "a", "b", "no")),
        ("a=b:run-1:run-2", Scenario("a=b", "run-1", "run-2")),
        ("x:a:b=runtime-comparison", Scenario("x", "a", "b", "runtime-comparison")),
        (EXAMPLE, Scenario("fp16-vs-fp32", "latest~1", "latest", "conditional")),
    ],
)
def test_a_scenario_is_read(text, scenario):
    assert parse_scenarios([text]) == (scenario,)


@given(label=st.text(min_size=1, max_size=100), a=REFERENCES, b=REFERENCES)
def test_any_label_comes_back(label, a, b):
    shown = " ".join(label.split())
    if shown:
        assert parse_scenarios([f"{label}:{a}:{b}"]) == (Scenario(shown, a, b),)


@pytest.mark.parametrize(
    "text", ["", "x", "x:a", ":a:b", " :a:b", "x::b", "x:a:", "x:a: =yes", "::", "x:a:=yes"]
)
def test_another_form_is_refused(text):
    with pytest.raises(EdgeEnvError) as refused:
        parse_scenarios([text])
    assert refused.value.message == FORM
    assert refused.value.code == "invalid-scenario"
    assert EXAMPLE in refused.value.hint


def test_a_label_may_be_used_once():
    for texts in (("L:a:b", "L:c:d"), ("L  x:a:b", "L x:c:d")):
        with pytest.raises(EdgeEnvError, match=r"^Duplicate scenario label: L"):
            parse_scenarios(texts)
    assert len(parse_scenarios(("L:a:b", "l:a:b"))) == 2


def test_at_least_one_is_required():
    with pytest.raises(EdgeEnvError, match=r"^At least one --scenario is required$"):
        parse_scenarios([])


def test_a_label_has_a_bounded_length():
    assert parse_scenarios([f"{'x' * 200}:a:b"])
    with pytest.raises(EdgeEnvError, match="has 201 characters, expected at most 200"):
        parse_scenarios([f"{'x' * 201}:a:b"])


@pytest.mark.parametrize("expected", ["", "Yes", "maybe", "not-comparable", "x" * 5000])
def test_an_unknown_expectation_is_refused(expected):
    with pytest.raises(EdgeEnvError) as refused:
        parse_scenarios([f"L:a:b={expected}"])
    assert "expected one of: yes, conditional, no, indeterminate, same-condition" in refused.value.message
    assert len(refused.value.message) < 400


def test_the_modes_of_a_policy_may_be_expected():
    with pytest.raises(EdgeEnvError):
        parse_scenarios(["L:a:b=driver-comparison"])
    (scenario,) = parse_scenarios(["L:a:b=driver-comparison"], ["driver-comparison"])
    assert scenario.expected == "driver-comparison"


@pytest.mark.parametrize(
    ("comparison", "holding"),
    [
        (YES, {"yes", "same-condition"}),
        (NO, {"no"}),
        (CONDITIONAL, {"conditional", "runtime-comparison"}),
        (INDETERMINATE, {"indeterminate"}),
    ],
)
def test_which_expectations_hold(comparison, holding):
    tokens = (
        "yes",
        "conditional",
        "no",
        "indeterminate",
        "same-condition",
        "runtime-comparison",
        "target-comparison",
    )
    found = {token for token in tokens if Scenario("L", "a", "b", token).holds(comparison.judgement)}
    assert found == holding
    assert Scenario("L", "a", "b").holds(comparison.judgement) is None
