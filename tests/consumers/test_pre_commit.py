"""The hooks, as a team uses them: real pre-commit, a scratch repository, an environment of the hooks' own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGED = ("edgeenv", "examples", "policies", "schemas", "templates")
BESIDE = ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")
HOOKS = ("edgeenv-bench", "edgeenv-profile", "edgeenv-policy", "edgeenv-policy-test")
NO_INDEX = re.compile(
    r"No matching distribution|Could not find a version|Connection|Temporary failure|Network is unreachable"
)
pytestmark = pytest.mark.slow


def git(directory, *words):
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *identity, *words], cwd=directory, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture(scope="module")
def team(tmp_path_factory):
    """A repository of somebody's own that uses the hooks; ``team(**files)`` gives how a commit would go."""
    if shutil.which("git") is None:
        pytest.skip("no git on PATH")
    place = tmp_path_factory.mktemp("hooks")
    ours, theirs = place / "edgeenv", place / "team"
    for name in PACKAGED:
        shutil.copytree(
            REPOSITORY / name, ours / name, ignore=shutil.ignore_patterns("__pycache__", "*.onnx")
        )
    for name in BESIDE:
        shutil.copy(REPOSITORY / name, ours / name)
    for repository in (ours, theirs):
        repository.mkdir(exist_ok=True)
        git(repository, "init", "--quiet")
    git(ours, "add", "--all")
    git(ours, "commit", "--quiet", "--message", "Hooks")
    hooks = "".join(f"      - id: {hook}\n" for hook in HOOKS)
    (theirs / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {ours}\n    rev: {git(ours, 'rev-parse', 'HEAD')}\n    hooks:\n{hooks}"
    )

    # The index that pip is configured for stays; where this repository is kept does not matter.
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}

    def pre_commit(*words):
        git(theirs, "add", "--all")
        return subprocess.run(
            [sys.executable, "-m", "pre_commit", *words],
            cwd=theirs,
            env={**surroundings, "PRE_COMMIT_HOME": str(place / "home")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    installed = pre_commit("install-hooks")
    if installed.returncode != 0 and NO_INDEX.search(installed.stdout):
        pytest.skip("the package index, from which the hooks' environment comes, is not to be had")
    assert installed.returncode == 0, installed.stdout

    def commit(files):
        for name, text in files.items():
            (theirs / name).parent.mkdir(exist_ok=True)
            (theirs / name).write_text(text)
        return pre_commit("run", "--files", *files)

    return commit


def outcomes(done):
    """Hook's name -> Passed, Failed or Skipped."""
    return dict(
        re.findall(r"^(edgeenv [a-z ]+[a-z])\.+.*?(Passed|Failed|Skipped)$", done.stdout, re.MULTILINE)
    )


def shipped(*parts):
    return REPOSITORY.joinpath(*parts).read_text()


GOOD = {
    "benches/one.yaml": shipped("examples", "benches", "yolov8n_fire.yaml"),
    "profiles/desk.yaml": shipped("examples", "profiles", "local.yaml"),
    "policies/default.yaml": shipped("policies", "default.yaml"),
    "policies/default.policy-test.yaml": shipped("policies", "default.policy-test.yaml"),
}
SPOILT = {
    "benches/one.yaml": ("batch_size: 1", "batch_size: one", "benches/one.yaml:"),
    "profiles/desk.yaml": ("target_type: local", "target_type: ssh", "profiles/desk.yaml:"),
    "policies/default.yaml": ("level: required", "level: requird", "did you mean 'required'?"),
    "policies/default.policy-test.yaml": ("verdict: not-comparable", "verdict: comparable", "FAILED"),
}


def test_good_files_pass_every_hook(team):
    done = team(GOOD)
    assert done.returncode == 0, done.stdout
    assert set(outcomes(done).values()) == {"Passed"}
    assert len(outcomes(done)) == len(HOOKS)


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_file_fails_its_hook(team, name):
    old, new, told = SPOILT[name]
    assert old in GOOD[name]
    done = team({**GOOD, name: GOOD[name].replace(old, new, 1)})
    assert done.returncode == 1
    assert told in done.stdout
    # A policy that does not hold cannot be tested either.
    failed = {hook for hook, outcome in outcomes(done).items() if outcome == "Failed"}
    assert len(failed) == (2 if name == "policies/default.yaml" else 1), done.stdout


def test_other_files_are_none_of_their_business(team):
    done = team({"notes.yaml": "a: 1\n", "benches/readme.txt": "no config\n"})
    assert done.returncode == 0
    assert set(outcomes(done).values()) == {"Skipped"}


def test_every_hook_is_tried():
    declared = re.findall(r"^- id: (\S+)$", (REPOSITORY / ".pre-commit-hooks.yaml").read_text(), re.MULTILINE)
    assert tuple(declared) == HOOKS
