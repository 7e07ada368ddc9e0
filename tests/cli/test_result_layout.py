"""The page of the layout names every file that the commands really leave."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from cli_cases import EXAMPLES, bench_run_words
from click.testing import CliRunner

from edgeenv.cli.main import cli

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "result-layout.md"


def section(title):
    page = PAGE.read_text(encoding="utf-8")
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)[1]


def paths(title):
    table = section(title).split("\n\n`", 1)[0]
    return dict(re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", table, re.MULTILINE))


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.chdir(EXAMPLES.parent)
    root = tmp_path / "root"
    profile = (EXAMPLES / "profiles" / "local_process_tree.yaml").read_text().replace("required: true", "")
    (tmp_path / "target.yaml").write_text(profile)
    config = (EXAMPLES / "benches" / "local_echo_metrics.yaml").read_text()
    script = tmp_path / "samples.py"
    # Long enough for the sampler to see it.
    marker = 'EDGEENV_METRICS_JSON={"latency_samples_ms": [1.5, 2.5]}'
    script.write_text(f"import time\ntime.sleep(1)\nprint({marker!r})\n")
    (tmp_path / "bench.yaml").write_text(re.sub("command: .*", f"command: python {script}", config))
    sampled = ("--target", tmp_path / "target.yaml", "--config", tmp_path / "bench.yaml")
    for words in (
        bench_run_words("yolov8n_fire", root),
        ["runs", "export", "latest", "--edgeenv-root", root, "--output", tmp_path / "one.zip"],
        ["runs", "import", tmp_path / "one.zip", "--edgeenv-root", tmp_path / "other"],
        ["runs", "delete", "latest", "--yes", "--edgeenv-root", root],
        ["bench", "run", *sampled, "--edgeenv-root", root],
    ):
        outcome = CliRunner().invoke(cli, [str(word) for word in words])
        assert outcome.exit_code == 0, outcome.stderr
    words = [str(word) for word in bench_run_words("local_sampler_malformed_resource", root)]
    assert CliRunner().invoke(cli, words).exit_code == 1
    return root


def below(directory):
    return {path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()}


def test_a_root_holds_what_the_page_says(root, tmp_path):
    named = {path.split("/")[0] for path in paths("A root")}
    found = {entry.name for place in (root, tmp_path / "other") for entry in place.iterdir()}
    assert found == named


@pytest.mark.parametrize(("title", "folder"), [("A run", "runs"), ("A failed run", "failed-runs")])
def test_a_run_holds_what_the_page_says(root, title, folder):
    said = paths(title)
    (directory,) = (root / folder).iterdir()
    found = below(directory)
    assert found <= set(said)
    assert {path for path, there in said.items() if there == "always"} <= found
    if folder == "runs":
        assert "latency-samples.txt" in found
        assert "sampler/samples.jsonl" in found


def test_a_bundle_holds_the_files_of_its_run_with_the_manifest_first(root, tmp_path):
    with zipfile.ZipFile(tmp_path / "one.zip") as bundle:
        names = bundle.namelist()
    (stored,) = (root / "trash").iterdir()
    assert names[0] == f"{stored.name}/manifest.json"
    assert set(names) == {f"{stored.name}/{path}" for path in below(stored)}
