"""Each rule of the runner of policy tests, by its failing case over the command line."""

from __future__ import annotations

import pytest

from edgeenv.model.judgement import Outcome
from edgeenv.policy import trial
from edgeenv.policy.judge import judge

POLICY = """\
schema_version: edgeenv.policy.v1
name: lab
version: "1.0.0"
modes: [board-comparison]
rules:
  task: {level: required, fields: [protocol.task], reason: Different task}
  board:
    {level: conditional, mode: board-comparison, fields: [target.board_name], missing: ignore,
     reason: Different board}
  batch: {level: required, fields: [protocol.batch_size], when: {task: [detection]}, reason: Different batch}
  os: {level: disabled, fields: [target.os], reason: Different os}
"""
TESTS = """\
schema_version: edgeenv.policy-test.v1
policy: ./lab.yaml
base: {protocol: {task: detection, batch_size: 1}, target: {board_name: orin}}
cases:
  - name: same
    expect: {verdict: comparable, rules: {task: same}}
  - name: different
    set: {protocol.task: other, protocol.batch_size: 2, target.board_name: nano}
    expect: {verdict: not-comparable, rules: {task: different, batch: not-applicable}}
  - name: batch and board
    set: {protocol.batch_size: 2, target.board_name: nano}
    expect: {verdict: not-comparable, rules: {batch: different, board: different}}
  - name: missing
    remove: [protocol.task]
    expect: {verdict: indeterminate, rules: {task: missing}}
  - name: not evaluated
    remove: [target.board_name]
    expect: {verdict: comparable, rules: {board: not-evaluated}}
"""
COVERAGE = ("--require-coverage",)
PROBE = ("--probe",)
# What is broken, the call, the status, and what is said.
RULES = {
    "a case that is not as expected fails": (
        ("expect: {verdict: indeterminate", "expect: {verdict: comparable"),
        (),
        3,
        "expected comparable, found indeterminate",
    ),
    "an unknown rule id fails the case": (
        ("rules: {task: same}", "rules: {tsk: same}"),
        (),
        3,
        "rule 'tsk': the policy has no such rule; did you mean 'task'?",
    ),
    "a disabled rule has no outcome": (
        ("rules: {task: same}", "rules: {os: same}"),
        (),
        3,
        "rule 'os': it is disabled, so it has no outcome",
    ),
    "an outcome that there is not is refused": (
        ("rules: {task: same}", "rules: {task: equal}"),
        (),
        3,
        "$.cases[0].expect.rules.task",
    ),
    "zero cases are refused": ((TESTS[TESTS.index("cases:") :], "cases: []\n"), (), 3, "$.cases"),
    "an unknown field in the base is refused": (
        ("batch_size: 1}", "batch_sise: 1}"),
        (),
        3,
        "did you mean protocol.batch_size?",
    ),
    "an unknown field in a case is refused": (
        ("remove: [protocol.task]", "remove: [protocol.tsk]"),
        (),
        3,
        "did you mean protocol.task?",
    ),
    "a pair that cannot be made fails the case": (
        ("remove: [protocol.task]", "remove: [protocol.precision]"),
        (),
        3,
        "cannot remove protocol.precision: run B does not hold it",
    ),
    "two cases of one name are refused": (
        ("name: missing", "name: same"),
        (),
        3,
        "case 1 has the same name: 'same'",
    ),
    "a rule never seen different is a gap": (
        (
            TESTS[TESTS.index("  - name: batch and board") : TESTS.index("  - name: missing")],
            "",
        ),
        COVERAGE,
        3,
        "not covered: batch never different",
    ),
    "a field that the base does not hold is not noticed": (
        (", target: {board_name: orin}", ""),
        PROBE,
        3,
        "not noticed: target.board_name of board: base holds no value there",
    ),
    "a policy that is not there is told at its line": (
        ("./lab.yaml", "./lob.yaml"),
        (),
        3,
        "lab.policy-test.yaml:2:1",
    ),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lab.yaml").write_text(POLICY)
    (tmp_path / "lab.policy-test.yaml").write_text(TESTS)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_without_a_fault_everything_passes_and_all_five_outcomes_were_asserted(edgeenv):
    done = edgeenv("policy", "test", "--require-coverage", "--probe")
    assert (done.status, done.stderr) == (0, "")
    assert done.lines[1] == "5 cases, 0 failed; rules seen both same and different: 3/3"
    assert all(f": {outcome.value}" in TESTS for outcome in Outcome)


@pytest.mark.parametrize("rule", list(RULES))
def test_each_rule_of_the_runner_has_its_failing_case(edgeenv, folder, rule):
    (there, broken), words, status, said = RULES[rule]
    assert there in TESTS
    (folder / "lab.policy-test.yaml").write_text(TESTS.replace(there, broken, 1))
    done = edgeenv("policy", "test", *words)
    told = " ".join(f"{done.stdout} {done.stderr}".split())
    assert done.status == status
    assert said in told
    if words == COVERAGE:
        assert edgeenv("policy", "test").status == 0, "a gap is told and does not fail until it is demanded"


@pytest.mark.parametrize(("path", "code"), [("empty", 1), ("none", 1), ("none.policy-test.yaml", 1)])
def test_finding_nothing_never_passes(edgeenv, folder, path, code):
    (folder / "empty").mkdir()
    done = edgeenv("policy", "test", path)
    assert (done.status, done.stdout) == (code, "")
    assert path in done.stderr


@pytest.mark.usefixtures("folder")
def test_a_judgement_that_depends_on_the_order_fails_the_case(edgeenv, monkeypatch):
    def lopsided(policy, a, b, **more):
        found = judge(policy, a, b, **more)
        return found if a.at("protocol.task") == "detection" else found._replace(notes=("Other",))

    monkeypatch.setattr(trial, "judge", lopsided)
    done = edgeenv("policy", "test")
    assert done.status == 3
    assert "the order of the runs matters" in done.stdout


@pytest.mark.usefixtures("folder")
def test_whatever_breaks_within_a_case_fails_the_case(edgeenv, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(trial, "judge", broken)
    done = edgeenv("policy", "test")
    assert done.status == 3
    assert "5 cases, 5 failed" in done.stdout


def test_junit_says_what_the_status_says(edgeenv, folder):
    (folder / "lab.policy-test.yaml").write_text(
        TESTS.replace("comparable, rules: {task: same}", "conditional")
    )
    assert edgeenv("policy", "test", "--junit", "out.xml").status == 3
    assert ' tests="5" failures="1" errors="0"' in (folder / "out.xml").read_text()
