"""`edgeenv runs cohorts` and `runs like`, over recorded runs."""

from __future__ import annotations

import json
import shutil

import pytest
from cli_cases import write_config

from edgeenv.model.judgement import Verdict
from edgeenv.policy.document import load_policy
from edgeenv.policy.judge import judge
from edgeenv.registry.registry import Registry
from edgeenv.registry.rows import RunQuery

ROOT = ("--edgeenv-root", "evidence")
TOLERANT = """\
schema_version: edgeenv.policy.v1
name: tolerant
version: "1.0.0"
extends: edgeenv:default
rules:
  warmth:
    level: conditional
    mode: target-comparison
    fields: [env.cpu_count]
    match: {number: {abs: 1}}
    reason: Different number of processors
"""


@pytest.fixture
def stored(edgeenv, workplace):
    """Six runs: three alike, one on another board, one of another precision, one whose model is not there."""
    board = (workplace / "target.yaml").read_text()

    def record(target=board, **values):
        write_config(workplace, **values)
        (workplace / "target.yaml").write_text(target)
        words = ("bench", "run", "--target", "target.yaml", "--config", "bench.yaml", *ROOT)
        assert edgeenv(*words).status == 0

    for _ in range(3):
        record()
    record(board.replace("board_name: board", "board_name: other"))
    bench = workplace / "bench.yaml"
    write_config(workplace)
    bench.write_text(bench.read_text().replace("fp32", "int8"))
    assert edgeenv("bench", "run", "--target", "target.yaml", "--config", "bench.yaml", *ROOT).status == 0
    record(model="gone.onnx")
    return workplace


def verdicts(stored, policy):
    registry = Registry(stored / "evidence")
    facts = {row.run_id: registry.run(row.run_id).facts for row in registry.runs(RunQuery())}
    rules = load_policy(policy, directory=stored)
    return {(a, b): judge(rules, facts[a], facts[b]).verdict for a in facts for b in facts}


@pytest.mark.parametrize("wide", [False, True])
def test_runs_of_one_cohort_and_no_others_are_comparable(edgeenv, stored, wide):
    words = ("runs", "cohorts", "--json", *ROOT, *(["--wide"] if wide else []))
    document = json.loads(edgeenv(*words).stdout)
    good = {Verdict.COMPARABLE, Verdict.CONDITIONAL} if wide else {Verdict.COMPARABLE}
    cohort_of = {run: cohort["key"] for cohort in document["cohorts"] for run in cohort["runs"]}
    for (a, b), verdict in verdicts(stored, "default").items():
        same = a in cohort_of and cohort_of[a] == cohort_of.get(b)
        assert same is (verdict in good)
    assert document["without"]["count"] == len(document["without"]["runs"]) == 1
    assert [cohort["count"] for cohort in document["cohorts"]] == ([4, 1] if wide else [3, 1, 1])
    assert (document["runs"], document["left_out"]) == (6, [])
    assert (document["schema_version"], document["wide"]) == ("edgeenv.runs-cohorts.v1", wide)


def test_cohorts_are_told_the_greatest_first(edgeenv, stored):
    done = edgeenv("runs", "cohorts", *ROOT)
    assert (done.status, done.stderr) == (0, "")
    assert "Runs: 6; cohorts: 3" in done.lines
    heads = [line.split(":")[0] for line in done.lines if not line.startswith(("-", " ")) and line]
    assert heads[2:] == [
        "Cohort 1, 3 runs, newest",
        "Cohort 2, 1 run, newest",
        "Cohort 3, 1 run, newest",
        "Comparable with no run, for want of evidence",
    ]
    assert max(map(len, done.lines)) <= 80
    assert sum(line.startswith("- run-") for line in done.lines) == 6
    assert (stored / "evidence").exists()


@pytest.mark.usefixtures("stored")
def test_many_runs_of_a_cohort_are_named_only_on_demand(edgeenv, monkeypatch):
    from edgeenv.cli import runs_cohorts

    monkeypatch.setattr(runs_cohorts, "_NAMES", 2)
    assert "  and 1 more: --all names them" in edgeenv("runs", "cohorts", *ROOT).lines
    assert "more" not in edgeenv("runs", "cohorts", "--all", *ROOT).stdout


@pytest.mark.usefixtures("stored")
def test_filters_leave_runs_out(edgeenv):
    assert "Runs: 0; cohorts: 0" in edgeenv("runs", "cohorts", "--model", "nothing", *ROOT).lines


def test_a_policy_with_a_tolerance_is_refused_with_the_reason_and_the_way_out(edgeenv, stored):
    (stored / "tolerant.yaml").write_text(TOLERANT)
    done = edgeenv("runs", "cohorts", "--policy", "tolerant.yaml", *ROOT)
    assert done.status == 1
    assert "the rule 'warmth' allows a tolerance (number within 1)" in done.stderr
    assert "edgeenv runs cohorts --policy tolerant.yaml --against latest" in done.stderr
    assert edgeenv("runs", "cohorts", "--policy", "tolerant.yaml", "--wide", *ROOT).status == 0
    star = edgeenv("runs", "cohorts", "--policy", "tolerant.yaml", "--against", "latest~5", *ROOT)
    assert "Yes: 2 runs" in star.lines


def test_like_tells_the_verdict_on_every_other_run_and_the_first_obstacle(edgeenv, stored):
    done = edgeenv("runs", "like", "latest~5", *ROOT)
    assert (done.status, done.stderr) == (0, "")
    rest = [line.split(": ", 1)[-1] for line in done.lines if line.startswith("- run-")]
    assert [line for line in done.lines if line.endswith(("run", "runs"))] == [
        "Yes: 2 runs",
        "Conditional: 1 run",
        "Indeterminate: 1 run",
        "No: 1 run",
    ]
    assert rest[2:] == ["Different target", "Missing evidence: model.model_hash (B)", "Different precision"]
    document = json.loads(edgeenv("runs", "like", "latest~5", "--json", *ROOT).stdout)
    expected = verdicts(stored, "default")
    assert len(document["runs"]) == 5
    for other in document["runs"]:
        assert other["verdict"] == expected[document["baseline"], other["run_id"]].value
        assert (other["obstacle"] is None) is (other["verdict"] == "comparable")


@pytest.mark.usefixtures("stored")
def test_like_of_nothing_else_says_so(edgeenv):
    done = edgeenv("runs", "like", "latest", "--model", "nothing", *ROOT)
    assert done.lines[-1] == "There is no other run"
    assert edgeenv("runs", "like", "nonsense", *ROOT).status == 1


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("cohorts", "--all", "--limit", "2"), "--all and --limit contradict each other"),
        (("like", "latest", "--all", "--limit", "2"), "--all and --limit contradict each other"),
        (("cohorts", "--wide", "--against", "latest"), "--wide makes groups, and --against makes none"),
        (("cohorts", "--limit", "0"), "0 is not in the range"),
    ],
)
def test_options_that_contradict_each_other_are_refused(edgeenv, words, complaint):
    done = edgeenv("runs", *words)
    assert done.status == 2
    assert complaint in done.stderr


@pytest.mark.usefixtures("stored")
def test_what_is_told_is_bounded_and_what_is_counted_is_not(edgeenv):
    lines = edgeenv("runs", "cohorts", "--limit", "1", *ROOT).lines
    assert lines[1] == "Runs: 6; cohorts: 3"
    assert "1 of 3 cohorts; --all lists every one" in lines
    document = json.loads(edgeenv("runs", "cohorts", "--limit", "1", "--json", *ROOT).stdout)
    assert [document["total"], len(document["cohorts"])] == [3, 1]
    lines = edgeenv("runs", "like", "latest~5", "--limit", "1", *ROOT).lines
    assert "Yes: 2 runs" in lines
    assert "  and 1 more: --all names them" in lines
    everything = edgeenv("runs", "like", "latest~5", "--all", *ROOT).stdout
    assert sum(line.startswith("- run-") for line in everything.splitlines()) == 5
    document = json.loads(edgeenv("runs", "like", "latest~5", "--limit", "1", "--json", *ROOT).stdout)
    assert document["count"] == 5 == sum(standing["count"] for standing in document["standings"])
    assert len(document["runs"]) == 4


def test_a_run_whose_directory_is_gone_is_marked(edgeenv, stored):
    newest = Registry(stored / "evidence").resolve("latest~3")
    shutil.rmtree(stored / "evidence" / "runs" / newest)
    assert f"- {newest} (directory is missing)" in edgeenv("runs", "cohorts", *ROOT).lines


def test_runs_that_cannot_be_read_are_told_of_and_left_out(edgeenv, stored):
    (stored / "cores.yaml").write_text(
        TOLERANT.replace("name: tolerant", "name: cores").replace("    match: {number: {abs: 1}}\n", "")
    )
    for path in (stored / "evidence" / "runs").glob("*/result.json"):
        path.write_text(path.read_text() + " ")
        break
    done = edgeenv("runs", "cohorts", "--policy", "cores.yaml", *ROOT)
    assert done.status == 0
    assert done.stderr.startswith("Left out: the evidence of run-")
    assert done.lines[1].startswith("Runs: 5; cohorts: ")
    document = json.loads(edgeenv("runs", "cohorts", "--policy", "cores.yaml", "--json", *ROOT).stdout)
    assert len(document["left_out"]) == 1
