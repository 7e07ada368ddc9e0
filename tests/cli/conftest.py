"""One root with a few recorded runs, shared by the tests that only read, and a place to record in."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from cli_cases import EXAMPLES, METRICS, RECORDED, TARGET, bench_run_words, write_config
from click.testing import CliRunner

from edgeenv.cli.main import cli

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))  # the samples of the unit tests


@pytest.fixture(scope="session")
def recorded_root(tmp_path_factory):
    """A root with the runs of RECORDED; nobody may change it."""
    root = tmp_path_factory.mktemp("recorded") / "evidence"
    before = Path.cwd()
    os.chdir(EXAMPLES.parent)
    try:
        for name in RECORDED:
            outcome = CliRunner().invoke(cli, bench_run_words(name, root))
            assert outcome.exit_code == 0, outcome.stderr
    finally:
        os.chdir(before)
    return root


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """A directory with a valid local benchmark of its own, as the current one; files can be rewritten."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EDGEENV_ROOT")
    (tmp_path / "model.onnx").write_bytes(b"weights")
    (tmp_path / "target.yaml").write_text(TARGET)
    (tmp_path / "bench.py").write_text(f"print('EDGEENV_METRICS_JSON=' + {METRICS!r})\n")
    write_config(tmp_path)
    return tmp_path
