"""`edgeenv policy check`, `test`, `diff`, `init` and `explain`, as whole commands."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from cli_cases import write_config

REPOSITORY = Path(__file__).resolve().parents[2]
POLICY = 'schema_version: edgeenv.policy.v1\nname: lab\nversion: "1.0.0"\nextends: edgeenv:default\nrules:\n'
# Everything that a policy language of this kind is asked for in a day's work.
TUNED = """\
schema_version: edgeenv.policy.v1
name: lab
version: "1.2.0"
extends: edgeenv:default
modes: [runtime-comparison, target-comparison, precision-comparison]
aliases:
  precision: {fp16: [half, float16], fp32: [float32]}
rules:
  warmup-runs: {level: advisory}
  precision:
    level: conditional
    mode: precision-comparison
    match: {text: {ignore_case: true, aliases: precision}}
  target: {level: disabled}
  board:
    level: required
    fields: [target.board_name]
    reason: Different board
    why: Numbers of one board say nothing of another.
  calibration:
    level: conditional
    mode: precision-comparison
    fields: [extensions.calibration]
    when: {precision: [int8]}
    reason: Different calibration
"""
TESTS = """\
schema_version: edgeenv.policy-test.v1
policy: ./lab.yaml
base:
  model: {model_hash: sha256:aa}
  protocol: {input_shape: [1, 3], precision: fp32}
cases:
  - name: half is fp16
    both: {protocol.precision: fp16}
    set: {protocol.precision: HALF}
    expect: {verdict: comparable, rules: {precison: same, target: same, precision: different}}
  - name: a <strange> name & "quotes"
    expect: {verdict: indeterminate, mode: null}
"""


@pytest.fixture
def lab(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lab.yaml").write_text(TUNED)
    return tmp_path


def width(text):
    return max(map(len, text.splitlines()), default=0)


# check


@pytest.mark.usefixtures("lab")
def test_check_tells_what_holds_and_warns(edgeenv):
    done = edgeenv("policy", "check", "lab.yaml", "default", "edgeenv:strict")
    assert done.status == 0
    assert done.lines == [
        "Valid policy: lab 1.2.0",
        "Valid policy: edgeenv-default 1.0.0",
        "Valid policy: edgeenv-strict 1.0.0",
    ]
    assert "Warning: lab.yaml:5:29: $.modes[1]: no conditional rule has the mode" in done.stderr
    assert "Warning: lab.yaml:23:14: $.rules.calibration.fields[0]: 'extensions.calibration'" in done.stderr


def test_check_tells_every_defect_of_every_file_in_the_order_of_the_file(edgeenv, lab, txt_snapshot):
    (lab / "paths.yaml").write_text(
        POLICY + "  board:\n    level: conditional\n    mode: target-comparisn\n"
        "    fields: [target.board_nam]\n    reason: Different board\n"
        "  batch: {level: advisory, fields: [protocol.batch_size], match: {text: {}}, reason: B}\n"
    )
    (lab / "names.yaml").write_text(POLICY + "  precsion: {level: advisory}\n  task: {fields: [target.os]}\n")
    (lab / "form.yaml").write_text(POLICY + "  task: {levle: advisory}\n")
    (lab / "nothing.yaml").write_text("x: [\n")
    done = edgeenv(
        "policy", "check", "paths.yaml", "lab.yaml", "names.yaml", "form.yaml", "nothing.yaml", "default"
    )
    assert done.status == 3
    assert done.lines == ["Valid policy: lab 1.2.0", "Valid policy: edgeenv-default 1.0.0"]
    assert done.stderr == txt_snapshot


@pytest.mark.usefixtures("lab")
def test_check_of_what_cannot_be_read_is_no_defect(edgeenv):
    done = edgeenv("policy", "check", "nowhere.yaml", "lab.yaml")
    assert done.status == 1
    assert done.stderr.startswith("Error: nowhere.yaml: no such file\nHint: check the path\n")
    assert edgeenv("policy", "check", "nothing-shipped").status == 1
    assert edgeenv("policy", "check").status == 2


def test_check_as_json(edgeenv, lab):
    (lab / "bad.yaml").write_text(POLICY + "  x: {level: advisory, fields: [precision], reason: X}\n")
    done = edgeenv("policy", "check", "lab.yaml", "bad.yaml", "--json")
    document = json.loads(done.stdout)
    assert (done.status, document["schema_version"], document["schema"]) == (
        3,
        "edgeenv.validation.v1",
        "policy",
    )
    good, bad = document["files"]
    assert (good["valid"], good["name"], len(good["warnings"])) == (True, "lab 1.2.0", 2)
    assert (bad["valid"], bad["problems"][0]["code"], bad["problems"][0]["line"]) == (
        False,
        "unknown-path",
        6,
    )


# test


def test_the_shipped_policies_pass_their_own_tests(edgeenv):
    done = edgeenv("policy", "test", "policies", "--probe", "--require-coverage", cwd=REPOSITORY)
    assert (done.status, done.stderr) == (0, "")
    for name, covered in (("default", "18/18"), ("edge", "22/22"), ("strict", "25/25")):
        at = done.lines.index(f"edgeenv-{name} 1.0.0 (policies/{name}.policy-test.yaml)")
        assert done.lines[at + 1].endswith(f"0 failed; rules seen both same and different: {covered}")
    assert "not covered" not in done.stdout


def test_failures_coverage_and_probe_are_told(edgeenv, lab, txt_snapshot):
    (lab / "lab.policy-test.yaml").write_text(TESTS)
    done = edgeenv("policy", "test", "--probe")
    assert (done.status, done.stderr) == (3, "")
    assert width(done.stdout) <= 80
    assert done.stdout == txt_snapshot


def test_what_is_asked_for_beside_the_cases_decides_only_when_it_is_asked_for(edgeenv, lab):
    (lab / "lab.policy-test.yaml").write_text(
        TESTS.replace(
            "comparable, rules: {precison: same, target: same, precision: different}", "indeterminate"
        )
    )
    assert edgeenv("policy", "test").status == 0
    assert edgeenv("policy", "test", "--require-coverage").status == 3
    assert edgeenv("policy", "test", "--probe").status == 3


@pytest.mark.parametrize(
    ("text", "words", "status"),
    [
        (None, "no policy test was found: no file below . ends in .policy-test.yaml", 1),
        (TESTS[: TESTS.index("cases:")] + "cases: []\n", "$.cases", 3),
        (TESTS.replace("./lab.yaml", "./lob.yaml"), "lob.yaml: no such file", 3),
        (
            TESTS.replace("protocol.precision: fp16", "protocol.precison: fp16"),
            "did you mean protocol.precision?",
            3,
        ),
    ],
)
def test_nothing_tested_never_passes(edgeenv, lab, text, words, status):
    if text is not None:
        (lab / "lab.policy-test.yaml").write_text(text)
    done = edgeenv("policy", "test")
    assert done.status == status
    assert words in done.stderr
    assert done.stdout == ""


def test_one_bad_file_fails_the_call_and_the_others_are_still_run(edgeenv, lab):
    (lab / "a.policy-test.yaml").write_text("policy: x\n")
    (lab / "sub").mkdir()
    good = "schema_version: edgeenv.policy-test.v1\npolicy: edgeenv:default\nbase: {}\ncases:\n"
    good += "  - {name: nothing is known, expect: {verdict: indeterminate}}\n"
    (lab / "sub" / "b.policy-test.yaml").write_text(good)
    done = edgeenv("policy", "test")
    assert done.status == 3
    assert "edgeenv-default 1.0.0 (sub/b.policy-test.yaml)" in done.lines
    assert "not covered: task never same nor different" in done.lines
    assert "a.policy-test.yaml:1:1" in done.stderr
    assert "1 test file could not be run" in done.stderr
    assert edgeenv("policy", "test", "sub").status == 0
    assert edgeenv("policy", "test", "elsewhere").status == 1


def test_an_unreadable_test_file_is_no_failure_of_a_policy(edgeenv, lab):
    (lab / "huge.policy-test.yaml").write_bytes(b"#" * 300_000)
    assert edgeenv("policy", "test").status == 1


def test_the_outcome_as_json(edgeenv, lab):
    (lab / "lab.policy-test.yaml").write_text(TESTS)
    document = json.loads(edgeenv("policy", "test", "--json", "--probe").stdout)
    assert (document["schema_version"], document["passed"], document["errors"]) == (
        "edgeenv.policy-trial.v1",
        False,
        [],
    )
    (policy,) = document["policies"]
    first, second = policy["cases"]
    assert (policy["failed"], first["passed"], second["passed"], first["line"]) == (1, False, True, 7)
    assert len(first["failures"]) == 4
    assert second["outcomes"]["model-hash"] == "same"
    assert {"rule": "precision", "same": True, "different": False} in policy["coverage"]
    blind = [probed for probed in policy["probed"] if not probed["noticed"]]
    assert {"rule": "board", "path": "target.board_name"}.items() <= blind[-2].items()
    assert "base holds no value" in blind[-1]["why"]


def test_the_outcome_as_junit(edgeenv, lab):
    (lab / "lab.policy-test.yaml").write_text(TESTS.replace("half is fp16", '"half \\u0001 is fp16"'))
    (lab / "bad.policy-test.yaml").write_text("policy: x\n")
    junit = lab / "reports" / "junit.xml"
    words = ("policy", "test", "--probe", "--require-coverage", "--junit", junit)
    assert edgeenv(*words).status == 3
    first = junit.read_bytes()
    assert edgeenv(*words).status == 3
    assert junit.read_bytes() == first, "it may be written again, and holds no times"
    root = ET.fromstring(first)  # noqa: S314 - written by the call above
    assert (root.tag, [suite.tag for suite in root]) == ("testsuites", ["testsuite", "testsuite"])
    for element in root.iter("testsuite"):
        assert element.get("tests") == str(len(element.findall("testcase")))
        assert element.get("failures") == str(len(element.findall("testcase/failure")))
        assert element.get("errors") == str(len(element.findall("testcase/error")))
    assert int(root.get("tests")) == sum(int(suite.get("tests")) for suite in root)
    policy, files = root
    names = [case.get("name") for case in policy]
    assert names[:2] == ["half \\x01 is fp16", 'a <strange> name & "quotes"']
    assert len(set(names)) == len(names)
    assert all(case.get("classname") for case in root.iter("testcase"))
    failed = {case.get("name") for case in policy if case.find("failure") is not None}
    assert {"coverage of task", "probe of target.board_name of board"} <= failed
    assert 'a <strange> name & "quotes"' not in failed
    assert "lab.policy-test.yaml:7:5" in policy[0].find("failure").text
    assert files.find("testcase/error") is not None


def test_the_outcome_as_annotations_at_the_cases(edgeenv, lab, txt_snapshot):
    (lab / "lab.policy-test.yaml").write_text(TESTS)
    (lab / "bad.policy-test.yaml").write_text(TESTS[: TESTS.index("cases:")] + "cases: []\n")
    done = edgeenv("policy", "test", "--probe", "--format", "github")
    assert done.status == 3
    assert done.stdout == txt_snapshot
    assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in done.lines)
    again = edgeenv("policy", "test", "--format", "github", "--require-coverage").stdout
    assert "::error title=lab 1.2.0%3A not covered::" in again


def test_junit_counts_only_what_was_asked_for(edgeenv, lab):
    edgeenv("policy", "test", REPOSITORY / "policies", "--junit", "out.xml")
    root = ET.fromstring((lab / "out.xml").read_bytes())  # noqa: S314 - as above
    assert {case.get("name").split()[0] for case in root.iter("testcase")}.isdisjoint({"coverage", "probe"})
    assert root.get("failures") == root.get("errors") == "0"


# diff


@pytest.mark.usefixtures("lab")
def test_diff_shows_every_member_that_differs(edgeenv, txt_snapshot):
    done = edgeenv("policy", "diff", "default", "lab.yaml")
    assert (done.status, done.stderr) == (0, "")
    assert width(done.stdout) <= 80
    assert done.stdout == txt_snapshot


@pytest.mark.usefixtures("lab")
def test_diff_of_a_policy_with_itself(edgeenv):
    done = edgeenv("policy", "diff", "lab.yaml", "./lab.yaml")
    assert done.lines[-1] == "They judge and say the same"


def test_diff_refuses_what_does_not_hold(edgeenv, lab):
    (lab / "bad.yaml").write_text(POLICY + "  tusk: {level: advisory}\n")
    done = edgeenv("policy", "diff", "lab.yaml", "bad.yaml")
    assert done.status == 1
    assert "did you mean 'task'?" in done.stderr


def record(edgeenv, workplace, **values):
    write_config(workplace, **values)
    words = (
        "bench",
        "run",
        "--target",
        "target.yaml",
        "--config",
        "bench.yaml",
        "--edgeenv-root",
        "evidence",
    )
    assert edgeenv(*words).status == 0


@pytest.fixture
def stored(edgeenv, workplace):
    """Two runs that are alike, and one on another board."""
    record(edgeenv, workplace)
    record(edgeenv, workplace)
    target = workplace / "target.yaml"
    target.write_text(target.read_text().replace("board_name: board", "board_name: other"))
    record(edgeenv, workplace)
    (workplace / "lab.yaml").write_text(TUNED)
    return workplace


@pytest.mark.usefixtures("stored")
def test_diff_counts_the_stored_pairs_that_change_their_verdict(edgeenv):
    done = edgeenv("policy", "diff", "default", "lab.yaml", "--runs", "--edgeenv-root", "evidence")
    assert (done.status, done.stderr) == (0, "")
    start = done.lines.index("Runs: 3; pairs: 3")
    assert done.lines[start + 1 : start + 3] == [
        "Pairs that change their verdict: 2",
        "- Conditional -> No: 2",
    ]
    assert "      B: Different board" in done.lines
    assert width(done.stdout) <= 80


@pytest.mark.usefixtures("stored")
def test_diff_over_runs_as_json_and_by_filter(edgeenv):
    words = ("policy", "diff", "default", "lab.yaml", "--edgeenv-root", "evidence", "--json")
    plain = json.loads(edgeenv(*words).stdout)
    assert plain["runs"] is None
    assert [rule["rule"] for rule in plain["rules"]][:2] == ["precision", "warmup-runs"]
    found = json.loads(edgeenv(*words, "--runs").stdout)["runs"]
    assert (found["runs"], found["pairs"], found["changed"], found["left_out"]) == (3, 3, 2, [])
    (transition,) = found["transitions"]
    assert (transition["before"], transition["after"], transition["pairs"]) == (
        "conditional",
        "not-comparable",
        2,
    )
    example = transition["examples"][0]
    assert example["a"][:19] <= example["b"][:19]
    assert example["reasons_after"] == ["Different board"]
    assert json.loads(edgeenv(*words, "--model", "nothing").stdout)["runs"]["runs"] == 0


def test_a_run_that_cannot_be_read_is_left_out_and_told(edgeenv, stored):
    victim = min((stored / "evidence" / "runs").iterdir()) / "result.json"
    victim.chmod(0o644)
    victim.write_bytes(victim.read_bytes() + b" ")
    done = edgeenv("policy", "diff", "default", "lab.yaml", "--runs", "--edgeenv-root", "evidence")
    assert done.status == 0
    assert "Runs: 2, 1 left out; pairs: 1" in done.lines
    assert "altered" in done.stderr


def test_no_runs_are_no_pairs(edgeenv, lab):
    done = edgeenv("policy", "diff", "default", "lab.yaml", "--runs", "--edgeenv-root", "nowhere")
    assert done.lines[-2:] == ["Runs: 0; pairs: 0", "Pairs that change their verdict: 0"]
    assert not (lab / "nowhere").exists()


# init


def test_init_writes_a_policy_and_tests_that_hold(edgeenv, tmp_path):
    done = edgeenv("policy", "init", cwd=tmp_path)
    assert done.lines == ["Policy: policy.yaml", "Tests: policy.policy-test.yaml"]
    lines = (tmp_path / "policy.yaml").read_text().splitlines()
    assert len(lines) == 6
    mark, _, schema = lines[0].partition("=")
    assert mark == "# yaml-language-server: $schema"
    assert (tmp_path / schema).resolve() == (REPOSITORY / "schemas" / "policy.schema.json").resolve()
    assert lines[4] == "extends: edgeenv:default"
    checked = edgeenv("policy", "check", "policy.yaml", cwd=tmp_path)
    assert (checked.status, checked.stdout, checked.stderr) == (0, "Valid policy: policy 1.0.0\n", "")
    tried = edgeenv("policy", "test", "--probe", "--require-coverage", cwd=tmp_path)
    assert (tried.status, tried.stderr) == (0, "")
    assert "policy 1.0.0 (policy.policy-test.yaml)" in tried.lines
    assert edgeenv("policy", "diff", "default", "policy.yaml", cwd=tmp_path).lines[-1].endswith("the same")


@pytest.mark.parametrize(
    ("file", "name"),
    [("My Lab.yaml", "my-lab"), ("sub/2024.orin.yml", "policy-2024-orin"), ("ü.yaml", "policy")],
)
def test_init_makes_a_name_from_any_file_name(edgeenv, tmp_path, file, name):
    assert edgeenv("policy", "init", file, cwd=tmp_path).status == 0
    assert edgeenv("policy", "check", file, cwd=tmp_path).stdout == f"Valid policy: {name} 1.0.0\n"
    assert edgeenv("policy", "test", cwd=tmp_path).status == 0


@pytest.mark.parametrize("there", ["lab.yaml", "lab.policy-test.yaml"])
def test_init_never_overwrites_and_writes_both_or_nothing(edgeenv, tmp_path, there):
    (tmp_path / there).write_text("mine")
    done = edgeenv("policy", "init", "lab.yaml", cwd=tmp_path)
    assert done.status == 1
    assert f"{there} is there already, and is not overwritten" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [there]
    assert (tmp_path / there).read_text() == "mine"


def test_init_wants_a_name_that_a_policy_can_have(edgeenv, tmp_path):
    done = edgeenv("policy", "init", "lab", cwd=tmp_path)
    assert (done.status, list(tmp_path.iterdir())) == (1, [])
    assert "Hint: edgeenv policy init lab.yaml" in done.stderr


def test_inside_a_checkout_the_editor_line_is_relative(edgeenv, tmp_path, monkeypatch):
    from edgeenv import resources

    place = tmp_path / "schemas"
    monkeypatch.setattr(resources, "place", lambda kind, name: tmp_path / kind / name)
    assert not place.exists()
    edgeenv("policy", "init", "team/lab.yaml", cwd=tmp_path)
    first = (tmp_path / "team" / "lab.yaml").read_text().splitlines()[0]
    assert first.endswith("$schema=../schemas/policy.schema.json")


# explain


@pytest.mark.parametrize("rule", ["precision", "board", "target", "calibration"])
@pytest.mark.usefixtures("lab")
def test_explain_says_a_rule_in_words(edgeenv, txt_snapshot, rule):
    done = edgeenv("policy", "explain", rule, "--policy", "lab.yaml")
    assert (done.status, done.stderr) == (0, "")
    assert width(done.stdout) <= 80
    assert done.stdout == txt_snapshot


@pytest.mark.usefixtures("lab")
def test_explain_as_json(edgeenv):
    document = json.loads(edgeenv("policy", "explain", "precision", "--policy", "lab.yaml", "--json").stdout)
    assert document["schema_version"] == "edgeenv.policy-explain.v1"
    assert document["fields"] == [
        {"path": "protocol.precision", "description": "Numeric precision of the model"}
    ]
    assert document["spellings"]["fp16"] == ["half", "float16"]
    assert [step["source"] for step in document["written_by"]] == ["edgeenv:default", "lab.yaml"]
    assert document["weakened"] == [{"from": "required", "to": "conditional"}]


def test_explain_knows_what_was_meant(edgeenv):
    done = edgeenv("policy", "explain", "precison")
    assert done.status == 1
    assert "edgeenv-default has no rule 'precison'; did you mean 'precision'?" in done.stderr
    assert "its rules: model-hash, input-shape" in done.stderr
