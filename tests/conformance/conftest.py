"""A workshop, a root recorded in it, and its bundles: made once by the program under test."""

from __future__ import annotations

import re

import pytest
from conformance_kit import BENCH, CONFIG, FAILING, TARGET, Bundle, Program, Recorded

# What each recorded run is for: its config, and the target profile if it is another than usual.
RUNS = {
    "baseline": {},
    "candidate": {"scale": "0.5"},
    "other-target": {"target": "other.yaml"},
    "other-batch": {"batch_size": "2"},
    "no-model": {"model": "absent.onnx"},
}


@pytest.fixture(scope="session")
def program():
    return Program.chosen()


@pytest.fixture(scope="session")
def workshop(tmp_path_factory):
    """A directory with benchmarks that run on any machine with Python."""
    directory = tmp_path_factory.mktemp("workshop")
    (directory / "model.onnx").write_bytes(b"weights")
    (directory / "bench.py").write_text(BENCH)
    (directory / "fail.py").write_text(FAILING)
    (directory / "target.yaml").write_text(TARGET.format(name="bench-1"))
    (directory / "other.yaml").write_text(TARGET.format(name="bench-2"))
    usual = {"command": "python bench.py", "model": "model.onnx", "batch_size": "1", "scale": "1.0"}
    for name, members in {**RUNS, "failed": {"command": "python fail.py"}}.items():
        (directory / f"{name}.yaml").write_text(CONFIG.format(**{"name": "conformance", **usual, **members}))
    return directory


@pytest.fixture(scope="session")
def recorded(program, workshop):
    root = workshop / "recorded"
    ids = {}
    for name, members in RUNS.items():
        target = members.get("target", "target.yaml")
        words = ("--target", target, "--config", f"{name}.yaml", "--edgeenv-root", root)
        done = program("bench", "run", *words, cwd=workshop).must()
        ids[name] = re.search(r"^Run ID: (\S+)$", done.stdout, re.MULTILINE)[1]
    words = ("--target", "target.yaml", "--config", "failed.yaml", "--edgeenv-root", root, "--json")
    done = program("bench", "run", *words, cwd=workshop)
    assert done.status == 1
    return Recorded(root, ids, done.json["run_id"])


@pytest.fixture(scope="session")
def bundles(program, workshop, recorded):
    """The bundle of each recorded run."""
    folder = workshop / "bundles"
    for noun in ("runs", "failed-runs"):
        words = ("--all", "-o", folder, "--edgeenv-root", recorded.root)
        program(noun, "export", *words, cwd=workshop).must()
    names = (*recorded.ids, "failed")
    return {
        name: Bundle(recorded.id(name), (folder / f"edgeenv-{recorded.id(name)}.zip").read_bytes())
        for name in names
    }


@pytest.fixture
def place(tmp_path):
    """A directory of the test's own, in which nothing is found by chance."""
    return tmp_path
