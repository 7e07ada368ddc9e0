"""The smoke script for boards passes here, and says which scenario failed when one does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def smoke(*words):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EDGEENV_")}
    return subprocess.run(
        ["bash", "examples/scripts/smoke_board.sh", "--python", sys.executable, *map(str, words)],
        cwd=ROOT,
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def quick(tmp_path):
    """The sampled example without its wait and without its sampler."""
    config = (ROOT / "examples/benches/jetson_sampled_local.yaml").read_text()
    (tmp_path / "quick.yaml").write_text(config.replace('"1.2"', '"0"'))
    return ("--config", tmp_path / "quick.yaml", "--target", "examples/profiles/local.yaml")


def test_every_scenario_passes_and_leaves_what_was_asked_for(quick, tmp_path):
    places = ("--edgeenv-root", tmp_path / "root", "--import-root", tmp_path / "other")
    kept = ("--bundle-dir", tmp_path / "bundles", "--bundle-summary-output", tmp_path / "summary.md")
    done = smoke(*quick, *places, *kept, "--bundle-summary-source-device", "board-7")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("==> ") == 5
    assert done.stdout.splitlines()[-1].startswith("smoke: OK (entry-points sampled-compare ")
    assert len(list((tmp_path / "bundles").glob("*.zip"))) == 2
    assert "Source device: board-7" in (tmp_path / "summary.md").read_text()


def test_a_scenario_that_fails_is_named(quick, tmp_path):
    spoiled = tmp_path / "quick.yaml"
    spoiled.write_text(spoiled.read_text().replace("emit_delayed_local_metrics", "nothing"))
    done = smoke(*quick, "sampled-compare")
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1] == "smoke: FAILED in sampled-compare"


def test_a_word_that_it_does_not_know_is_a_usage_error():
    done = smoke("--fast")
    assert done.returncode == 2
    assert "bundle-handoff" in done.stderr
