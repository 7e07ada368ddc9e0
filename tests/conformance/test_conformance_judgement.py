"""A judgement belongs to the evidence: it is the same, byte for byte, wherever the evidence lies."""

from __future__ import annotations

import re

import pytest

PAIRS = {
    "same-condition": ("baseline", "candidate", "Yes", "same-condition"),
    "other target": ("baseline", "other-target", "Conditional", "target-comparison"),
    "other protocol": ("baseline", "other-batch", "No", None),
    "no model": ("no-model", "baseline", "Indeterminate", None),
    "itself": ("baseline", "baseline", "Yes", "same-condition"),
}


@pytest.fixture(scope="module")
def elsewhere(program, workshop, bundles, tmp_path_factory):
    """Another root, in another place, with the same evidence."""
    root = tmp_path_factory.mktemp("elsewhere") / "root"
    assert bundles
    program("runs", "import", workshop / "bundles", "--edgeenv-root", root, cwd=root.parent).must()
    return root


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("policy", ["default", "strict"])
def test_a_judgement_survives_the_round_trip(program, recorded, elsewhere, pair, policy):
    a, b, *_ = PAIRS[pair]
    words = ("report", "compare", recorded.id(a), recorded.id(b), "--policy", policy, "--json")
    here = program(*words, "--edgeenv-root", recorded.root, cwd=recorded.root)
    there = program(*words, "--edgeenv-root", elsewhere, cwd=elsewhere.parent)
    assert (here.status, there.status) == (0, 0)
    assert here.stdout.encode() == there.stdout.encode()


@pytest.mark.parametrize("pair", PAIRS)
def test_verdicts_of_the_default_policy(program, recorded, place, pair):
    a, b, display, mode = PAIRS[pair]
    words = ("--json", "--edgeenv-root", recorded.root)
    judged = program("report", "compare", recorded.id(a), recorded.id(b), *words, cwd=place).must().json
    assert (judged["display"], judged["mode"]) == (display, mode)
    assert bool(judged["deltas"]) is (mode == "same-condition")
    turned = program("report", "compare", recorded.id(b), recorded.id(a), *words, cwd=place).must().json
    assert (turned["verdict"], turned["mode"]) == (judged["verdict"], judged["mode"])
    assert [exchanged(reason) for reason in turned["reasons"]] == judged["reasons"]


def exchanged(reason):
    """A reason that names one of the two runs, with the names exchanged."""
    return re.sub(r"\(([AB])\)", lambda match: "(B)" if match[1] == "A" else "(A)", reason)


@pytest.mark.parametrize(
    ("pair", "requirement"),
    [
        ("same-condition", ("same-condition", 0)),
        ("other target", ("conditional", 0)),
        ("other target", ("same-condition", 3)),
        ("other protocol", ("conditional", 3)),
        ("no model", ("conditional", 5)),
    ],
)
def test_a_requirement_becomes_an_exit_status(program, recorded, place, pair, requirement):
    a, b, *_ = PAIRS[pair]
    required, status = requirement
    words = ("--require", required, "--edgeenv-root", recorded.root)
    assert program("report", "compare", recorded.id(a), recorded.id(b), *words, cwd=place).status == status


def test_a_judgement_names_no_place_and_no_time(program, recorded, place):
    words = (recorded.id("baseline"), recorded.id("candidate"), "--json", "--edgeenv-root", recorded.root)
    first = program("report", "compare", *words, cwd=place).must()
    assert str(recorded.root) not in first.stdout
    assert program("report", "compare", *words, cwd=place).stdout == first.stdout
