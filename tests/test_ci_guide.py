"""The jobs of docs/guides/ci.md and the action, run step by step in a scratch repository."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from edgeenv.documents import parse_yaml

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "docs" / "guides" / "ci.md").read_text(encoding="utf-8")
JOBS = [
    parse_yaml(text.encode(), "ci.md").data
    for text in re.findall(r"^```yaml\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
]
INSTALL = "python3 -m pip install edgeenv"
ACTION = parse_yaml((ROOT / "action.yml").read_bytes(), "action.yml").data
COMPARE = ACTION["runs"]["steps"][1]
POLICY = """\
schema_version: edgeenv.policy.v1
name: ci
version: "1.0.0"
extends: edgeenv:default
rules: {}
metrics:
  latency_mean_ms:
    {path: metrics.latency_mean_ms, unit: ms, better: lower, flag_change: {rel: 0.05, abs: 0.2}}
"""


class Runner:
    """A scratch repository with a baseline, and the files that a CI system hands to its steps."""

    def __init__(self, place):
        self.place = place
        programs = place / "bin"
        programs.mkdir()
        shim = programs / "edgeenv"
        shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m edgeenv "$@"\n', encoding="utf-8")
        shim.chmod(0o755)
        self.environment = {
            "PATH": os.pathsep.join((str(programs), str(Path(sys.executable).parent), os.environ["PATH"])),
            "PYTHONPATH": str(ROOT),
            "GITHUB_ENV": str(place / "github-env"),
            "GITHUB_OUTPUT": str(place / "github-output"),
            "GITHUB_STEP_SUMMARY": str(place / "github-summary"),
            "EDGEENV_ROOT": str(place / "root"),
            "CI_PROJECT_DIR": str(place),
        }
        for name in ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
            Path(self.environment[name]).touch()
        bench = place / "bench"
        bench.mkdir()
        shutil.copytree(ROOT / "examples", place / "examples")
        (bench / "policy.yaml").write_text(POLICY)
        shutil.copy(ROOT / "examples/profiles/local.yaml", bench / "target.yaml")
        self.measure("b")
        self.call(
            "edgeenv bench run --target bench/target.yaml --config bench/bench.yaml", EDGEENV_ROOT="old"
        )
        self.call("edgeenv runs export latest --output bench/baseline.zip", EDGEENV_ROOT="old")

    def measure(self, variant):
        """Let the benchmark be the quick one (b) or the slow one (a), under the same name."""
        text = (ROOT / f"examples/benches/local_compare_{variant}.yaml").read_text()
        (self.place / "bench" / "bench.yaml").write_text(text)

    def call(self, script, *, status=0, **environment):
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.place,
            env={**os.environ, **self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == status, f"{script}\n{done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def written(self, name):
        return Path(self.environment[name]).read_text(encoding="utf-8")

    def github(self, steps, status=0):
        """Run the steps as a runner does; the gate alone may end with another status."""
        ends = []
        for step in steps:
            if "run" not in step or step["run"] == INSTALL:
                continue
            known = dict(line.split("=", 1) for line in self.written("GITHUB_ENV").splitlines())
            expected = status if step.get("name", "").startswith("Gate") else 0
            ends.append(self.call(step["run"], status=expected, **known))
        return ends

    def action(self, *, status=0, **given):
        inputs = {name: member.get("default", "") for name, member in ACTION["inputs"].items()} | given
        environment = {}
        for name, value in COMPARE["env"].items():
            (wanted,) = re.fullmatch(r"\$\{\{ inputs\.([a-z-]+) \}\}", value).groups()
            environment[name] = inputs[wanted]
        return self.call(COMPARE["run"], status=status, **environment)


@pytest.fixture
def runner(tmp_path):
    return Runner(tmp_path)


def job(index):
    return JOBS[index]["jobs"]["gate"]["steps"]


@pytest.mark.slow
def test_the_github_job_passes_and_fails_as_the_guide_says(runner):
    *_, gate, _kept = runner.github(job(0))
    assert gate.stdout.startswith("::notice title=Comparable%3A Yes::")
    assert runner.written("GITHUB_STEP_SUMMARY").startswith(
        "<!-- edgeenv:report-compare -->\n### Comparable: Yes"
    )
    assert (runner.place / "candidate.zip").exists()
    runner.measure("a")
    *_, gate, _kept = runner.github(job(0), status=4)
    assert gate.stdout.startswith("::error title=Changed%3A latency_mean_ms::")


@pytest.mark.slow
def test_the_github_job_with_the_action(runner):
    steps = job(1)
    runner.github(steps)
    (step,) = (step for step in steps if step.get("uses", "").startswith("OWNER/edgeenv@"))
    assert set(step["with"]) <= set(ACTION["inputs"])
    root = {"root": runner.environment["EDGEENV_ROOT"]}
    done = runner.action(**{**step["with"], **root})
    assert done.stdout.splitlines()[0].startswith("::notice title=Comparable%3A Yes::")
    reports = runner.place / "edgeenv-reports"
    assert json.loads((reports / "judgement.json").read_text())["verdict"] == "comparable"
    assert ET.parse(reports / "junit.xml").getroot().get("failures") == "0"  # noqa: S314 - our own output
    assert (reports / "summary.md").read_text() == runner.written("GITHUB_STEP_SUMMARY")
    output = runner.written("GITHUB_OUTPUT")
    assert output.endswith("verdict=comparable\n")
    for name in ("judgement", "junit", "summary"):
        assert re.search(
            rf"^{name}<<(end-[0-9a-f]{{32}})\nedgeenv-reports/{name}\.[a-z]+\n\1$", output, re.MULTILINE
        )
    hostile = 'nope"; touch stolen; $(touch stolen) `touch stolen`'
    for name in ("baseline", "candidate", "policy", "require", "fail-on", "vary"):
        done = runner.action(
            status=2 if name in ("require", "fail-on") else 1, **{**step["with"], **root, name: hostile}
        )
        assert "Error: " in done.stderr, name
    assert not (runner.place / "stolen").exists()


@pytest.mark.slow
def test_the_action_fails_with_what_the_gate_says(runner):
    runner.measure("a")
    runner.call("edgeenv bench run --target bench/target.yaml --config bench/bench.yaml")
    words = {
        "baseline": "bench/baseline.zip",
        "policy": "bench/policy.yaml",
        "root": str(runner.place / "root"),
    }
    assert (
        "::error title=Changed"
        in runner.action(status=4, **words, **{"fail-on": "indeterminate, flagged"}).stdout
    )
    summary = runner.place / "edgeenv-reports" / "summary.md"
    assert "**Fails on: flagged" in summary.read_text()
    assert "::warning title=Changed" in runner.action(**words).stdout
    assert "**Fails on: flagged" not in summary.read_text()
    text = (runner.place / "bench/bench.yaml").read_text()
    (runner.place / "bench/bench.yaml").write_text(
        text.replace("execution_provider: cpu", "execution_provider: x")
    )
    runner.call("edgeenv bench run --target bench/target.yaml --config bench/bench.yaml")
    runner.action(status=3, **words)
    assert runner.written("GITHUB_OUTPUT").endswith("verdict=conditional\n")
    done = runner.action(**words, require="conditional", vary="runtime")
    assert "Axis: runtime (controlled)" in done.stdout


@pytest.mark.slow
def test_the_gitlab_job_passes_and_fails_as_the_guide_says(runner):
    gitlab = JOBS[2]["benchmark"]
    assert gitlab["before_script"] == [INSTALL]
    script = "\n".join(gitlab["script"])
    runner.call(script)
    for path in (*gitlab["artifacts"]["paths"], gitlab["artifacts"]["reports"]["junit"]):
        assert (runner.place / path).exists()
    runner.measure("a")
    runner.call(script, status=4)
    failed = ET.parse(runner.place / "junit.xml").getroot()  # noqa: S314 - our own output
    assert [test.get("name") for test in failed.iter("testcase") if len(test.findall("failure"))] == [
        "latency_mean_ms"
    ]


def test_the_jobs_install_one_thing_and_nothing_else():
    assert len(JOBS) == 3
    for steps in (job(0), job(1)):
        assert [step["run"] for step in steps if "pip" in step.get("run", "")] == [INSTALL]


def test_no_expression_stands_in_a_shell_script():
    scripts = [step.get("run", "") for steps in (job(0), job(1), ACTION["runs"]["steps"]) for step in steps]
    assert not [script for script in scripts if "${{" in script]


def test_the_action_holds_the_form_of_a_composite_action():
    assert set(ACTION) == {"name", "description", "inputs", "outputs", "runs"}
    for member in ACTION["inputs"].values():
        assert set(member) <= {"description", "default", "required"}
        assert isinstance(member["description"], str)
        assert member.get("required") is True or isinstance(member["default"], str)
    outputs = {f"${{{{ steps.compare.outputs.{name} }}}}" for name in ACTION["outputs"]}
    assert {member["value"] for member in ACTION["outputs"].values()} == outputs
    assert ACTION["runs"]["using"] == "composite"
    for step in ACTION["runs"]["steps"]:
        assert set(step) <= {"name", "id", "if", "shell", "env", "run"}
        assert step["shell"] == "bash"
    passed = {name for value in COMPARE["env"].values() for name in re.findall(r"inputs\.([a-z-]+)", value)}
    assert passed == set(ACTION["inputs"]) - {"install"}
