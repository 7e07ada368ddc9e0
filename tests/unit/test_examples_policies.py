"""The example policies: valid, explained, covered by their own cases, and of use for real runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeenv import schema
from edgeenv.documents import load_yaml
from edgeenv.policy.cohort import why_no_cohorts
from edgeenv.policy.document import inspect, load_policy
from edgeenv.policy.trial_file import find_trial_files, read_trial_file
from edgeenv.policy.trial_suite import run_trials

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
FOLDER = EXAMPLES / "policies"
POLICIES = sorted(path for path in FOLDER.glob("*.yaml") if "." not in path.stem)


def test_each_policy_has_its_tests_and_nothing_else_is_there():
    tests = {path.with_name(f"{path.stem}.policy-test.yaml") for path in POLICIES}
    assert set(FOLDER.iterdir()) == {*POLICIES, *tests}
    assert len(POLICIES) >= 3


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.name)
def test_a_file_begins_with_the_line_for_editors_and_says_what_it_is_for(path):
    first, second, *_ = path.read_text(encoding="utf-8").splitlines()
    name = "policy-test" if path.name.endswith("policy-test.yaml") else "policy"
    assert first == f"# yaml-language-server: $schema=../../schemas/{name}.schema.json"
    assert second.startswith("# ")
    assert schema.check(name, load_yaml(path)) == ()


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.name)
def test_a_policy_holds_without_a_warning_and_is_called_like_its_file(path):
    inspected = inspect(str(path))
    assert (inspected.problems, inspected.warnings) == ((), ())
    assert inspected.document["identity"]["name"] == path.stem
    assert why_no_cohorts(load_policy(str(path))) is None, "an example should leave runs their cohorts"


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.name)
def test_its_cases_hold_cover_every_rule_and_every_field_is_noticed(path):
    (tests,) = find_trial_files([path.with_name(f"{path.stem}.policy-test.yaml")])
    (done,) = run_trials([read_trial_file(tests)], with_probe=True)
    assert done.identity.name == path.stem
    assert [(result.case.name, result.failures) for result in done.failed] == []
    assert done.uncovered == ()
    assert done.unnoticed == ()


def test_the_gate_lets_two_real_runs_of_one_machine_pass(edgeenv, root):
    for name in ("local_compare_a", "local_compare_a"):
        words = ["--target", EXAMPLES / "profiles" / "local.yaml", "--edgeenv-root", root]
        config = EXAMPLES / "benches" / f"{name}.yaml"
        assert edgeenv("bench", "run", "--config", config, *words, cwd=EXAMPLES.parent).status == 0
    compared = ("report", "compare", "latest~1", "latest", "--edgeenv-root", root, "--policy")
    gate = edgeenv(*compared, FOLDER / "ci-gate.yaml", "--require", "same-condition")
    assert (gate.status, gate.lines[:2]) == (0, ["Comparable: Yes", "Mode: same-condition"])
    fake = ("--target", EXAMPLES / "profiles" / "local_fake.yaml", "--config")
    for _ in range(2):
        assert edgeenv("bench", "run", *fake, EXAMPLES / "benches/yolov8n_fire.yaml", *words[2:]).status == 0
    refused = edgeenv(*compared, FOLDER / "ci-gate.yaml", "--require", "same-condition")
    assert (refused.status, refused.lines[0]) == (5, "Comparable: Indeterminate")


def test_the_shoot_out_takes_its_declared_axis(edgeenv, root, tmp_path):
    config = EXAMPLES / "benches" / "yolov8n_fire.yaml"
    other = tmp_path / "other.yaml"
    other.write_text(config.read_text().replace("fake-runtime", "tensorrt").replace("onnx\n", "engine\n", 1))
    for path in (config, other):
        words = ("--target", EXAMPLES / "profiles" / "local_fake.yaml", "--config", path)
        assert edgeenv("bench", "run", *words, "--edgeenv-root", root).status == 0
    policy = FOLDER / "runtime-shootout.yaml"
    words = ("latest~1", "latest", "--edgeenv-root", root, "--policy", policy, "--vary", "runtime,model-file")
    compared = edgeenv("report", "compare", *words)
    assert compared.lines[:2] == ["Comparable: Conditional", "Mode: runtime-comparison"]
    assert compared.status == 0
