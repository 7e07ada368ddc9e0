"""Demands on a judgement: which exit status, with which words."""

from __future__ import annotations

from itertools import chain, combinations

import pytest
from report_cases import CONDITIONAL, FLAGGED, INDETERMINATE, NO, YES

from edgeenv.report.gate import FAILURES, REQUIREMENTS, Gate

CASES = {"yes": YES, "no": NO, "conditional": CONDITIONAL, "indeterminate": INDETERMINATE, "flagged": FLAGGED}


@pytest.mark.parametrize(
    ("case", "require", "fail_on", "status"),
    [
        ("yes", "same-condition", FAILURES, 0),
        ("flagged", "same-condition", (), 0),
        ("flagged", "same-condition", ("flagged",), 4),
        ("flagged", None, ("conditional", "not-comparable", "indeterminate"), 0),
        ("conditional", None, ("flagged",), 0),
        ("conditional", None, ("conditional",), 3),
        ("conditional", "conditional", (), 0),
        ("conditional", "conditional", ("conditional",), 3),
        ("conditional", "same-condition", (), 3),
        ("no", None, ("conditional", "indeterminate", "flagged"), 0),
        ("no", None, ("not-comparable",), 3),
        ("no", "conditional", (), 3),
        ("indeterminate", None, ("not-comparable", "conditional", "flagged"), 0),
        ("indeterminate", None, ("indeterminate",), 5),
        ("indeterminate", "conditional", ("not-comparable",), 5),
    ],
)
def test_status(case, require, fail_on, status):
    judgement = CASES[case].judgement
    gate = Gate(require, fail_on)
    assert gate.status(judgement) == status
    assert bool(gate.complaints(judgement)) is (status != 0)


def test_more_demands_never_let_more_through():
    every = list(chain.from_iterable(combinations(FAILURES, size) for size in range(len(FAILURES) + 1)))
    for judgement in (case.judgement for case in CASES.values()):
        for require in (None, *REQUIREMENTS):
            for fail_on in every:
                status = Gate(require, fail_on).status(judgement)
                for more in FAILURES:
                    stricter = Gate(require, (*fail_on, more)).status(judgement)
                    assert status in (stricter, 0)


def test_a_complaint_names_the_demand_and_what_was_found():
    both = Gate("same-condition", ("conditional",))
    assert both.complaints(CONDITIONAL.judgement) == (
        "Required: same-condition; found: Conditional",
        "Fails on: conditional; found: Conditional",
    )
    assert Gate(None, ("flagged",)).complaints(FLAGGED.judgement) == (
        "Fails on: flagged; found: latency_mean_ms, a single-run change beyond the policy limit",
    )


def test_a_demand_on_change_tells_what_it_has_not_seen():
    gate = Gate(None, ("flagged",))
    (told,) = gate.blind_spots(INDETERMINATE.judgement)
    assert "since the verdict is Indeterminate" in told
    assert gate.blind_spots(YES.judgement) == ()
    lacking = YES.judgement._replace(deltas=(YES.judgement.deltas[0]._replace(b=None),))
    assert gate.blind_spots(lacking) == ("no change was looked at in latency_mean_ms: a run lacks it",)
    assert Gate("conditional").blind_spots(INDETERMINATE.judgement) == ()
