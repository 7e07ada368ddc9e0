"""What a comparison says, as values and as the judgement document."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_cases import ALL, CONDITIONAL, DELTAS, HOSTILE, INDETERMINATE, NO, YES

from edgeenv import documents, schema
from edgeenv.model.facts import Facts
from edgeenv.model.judgement import MetricDelta
from edgeenv.report.comparison import (
    Side,
    delta_line,
    failing_fields,
    judgement_document,
    number,
    percentage,
    rest_of_rules,
    shown_deltas,
    value_texts,
)


def test_delta_lines_are_those_of_the_contract():
    assert [delta_line(delta) for delta in DELTAS] == [
        "latency_mean_ms: 18.0 ms -> 16.4 ms (delta -1.6 ms, -8.89%)",
        "latency_p50_ms: 17.6 ms -> 16.0 ms (delta -1.6 ms, -9.09%)",
        "latency_p95_ms: 20.5 ms -> 18.2 ms (delta -2.3 ms, -11.22%)",
        "latency_p99_ms: 22.0 ms -> 19.7 ms (delta -2.3 ms, -10.45%)",
        "throughput_fps: 55.5 fps -> 61.0 fps (delta +5.5 fps, +9.91%)",
    ]


@pytest.mark.parametrize(
    ("delta", "line"),
    [
        (
            MetricDelta("m", "ms", 1.0, 1.0, 0.0, 0.0, "lower", "unchanged"),
            "m: 1.0 ms -> 1.0 ms (delta 0.0 ms, +0.00%)",
        ),
        (
            MetricDelta("m", "ms", 0.0, 1.0, 1.0, None, "lower", "worse"),
            "m: 0.0 ms -> 1.0 ms (delta +1.0 ms, percent n/a)",
        ),
        (
            MetricDelta("m", "ms", None, 1.0, None, None, "lower", "n/a"),
            "m: n/a -> 1.0 ms (delta n/a, percent n/a)",
        ),
        (
            MetricDelta("m", "ms", 1.0, 2.0, 1.0, 100.0, "lower", "flagged"),
            "m: 1.0 ms -> 2.0 ms (delta +1.0 ms, +100.00%); single-run change beyond the policy limit",
        ),
    ],
    ids=["zero", "zero-baseline", "absent", "flagged"],
)
def test_delta_line_of_an_edge_case(delta, line):
    assert delta_line(delta) == line


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (18, "18.0"),
        (0.1234567, "0.123457"),
        (-1e-9, "-1e-09"),
        (0.0, "0.0"),
        (1e300, "1e+300"),
        (1000000.5, "1000000.5"),
        (12.300000, "12.3"),
    ],
)
def test_number_has_one_to_six_decimals(value, text):
    assert number(value) == text


@given(st.floats(min_value=-1e12, max_value=1e12))
def test_number_never_loses_more_than_its_last_decimal(value):
    text = number(value)
    assert math.isclose(float(text), value, abs_tol=5.1e-7, rel_tol=1e-9)
    assert "." in text or "e" in text
    assert (float(text) == 0) is (value == 0)


def test_percentage_of_almost_nothing_has_no_minus():
    assert percentage(-0.0001) == "+0.00%"


def test_values_of_different_type_are_told_apart():
    assert value_texts(1, "1") == ("1", '"1"')
    assert value_texts(None, "") == ("(absent)", '""')
    assert value_texts(a=True, b="true") == ("true", '"true"')
    assert value_texts([1, "x"], {"k": 1}) == ('[1, "x"]', '{"k": 1}')


def test_a_huge_value_is_cut_in_text():
    left, _ = value_texts("x" * 10_000, "y")
    assert len(left) < 400
    assert "10000 characters" in left


def test_numbers_are_shown_for_yes_in_the_same_condition_only():
    assert shown_deltas(YES.judgement) == DELTAS
    for case in (NO, CONDITIONAL, INDETERMINATE):
        smuggled = case.judgement._replace(deltas=DELTAS)
        assert shown_deltas(smuggled) == ()
        assert judgement_document(replace(case, judgement=smuggled))["deltas"] == []


def test_failing_fields_stand_with_their_rules_and_the_rest_is_counted():
    assert [field.path for _, field in failing_fields(NO.judgement)] == [
        "model.model_hash",
        "runtime.execution_provider",
    ]
    assert rest_of_rules(NO.judgement) == "1 other rule agrees"
    assert rest_of_rules(YES.judgement) == "2 rules agree"
    assert failing_fields(YES.judgement) == ()


@pytest.mark.parametrize("case", ALL)
def test_the_judgement_document_holds_its_schema(case):
    document = judgement_document(ALL[case])
    assert schema.check_value("judgement", document, "judgement") == ()
    assert next(iter(document)) == "schema_version"
    text = documents.pretty_json(document)
    assert json.loads(text) == document


def test_the_schema_refuses_what_is_no_judgement():
    document = judgement_document(YES)
    for broken in (
        {**document, "verdict": "Yes"},
        {**document, "score": 1},
        {**document, "policy": {**document["policy"], "digest": "sha256:short"}},
        {key: value for key, value in document.items() if key != "unjudged"},
    ):
        assert schema.check_value("judgement", broken, "judgement") != ()


def test_the_same_comparison_gives_the_same_bytes():
    assert documents.canonical_json(judgement_document(YES)) == documents.canonical_json(
        judgement_document(YES)
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_a_side_takes_its_words_from_the_facts(name):
    facts = Facts({"run_id": "run-1", "model": {"model_name": name}, "target": {"target_name": "t"}})
    assert name in Side.of(facts, "sha256:0").description
