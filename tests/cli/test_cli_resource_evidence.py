"""Looking at resource evidence: `runs resources list`, `runs sampler show` and `runs sampler plot`."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from xml.dom import minidom

import pytest
from cli_cases import METRICS, TARGET

WORDS = ("bench", "run", "--target", "target.yaml", "--config", "bench.yaml")
SAMPLED = f"{TARGET}sampler: {{name: process-tree, interval_ms: 20}}\n"


def record(edgeenv, directory, resources=None):
    lines = ["import time; time.sleep(0.25)", f"print('EDGEENV_METRICS_JSON=' + {METRICS!r})"]
    if resources is not None:
        lines.append(f"print('EDGEENV_RESOURCE_METRICS_JSON=' + {json.dumps(resources)!r})")
    (directory / "bench.py").write_text("\n".join(lines))
    done = edgeenv(*WORDS)
    assert done.status == 0, done.stderr
    return done.lines[1].removeprefix("Run ID: ")


@pytest.fixture
def three(edgeenv, workplace):
    """Two runs with resource metrics of their own, and one without any; the ids of the first two."""
    first = record(edgeenv, workplace, {"power_mean_w": 4.0, "memory_peak_mb": 100.0, "source": "meter"})
    second = record(edgeenv, workplace, {"power_mean_w": 6.5})
    record(edgeenv, workplace)
    return first, second


def listed(edgeenv, *words):
    done = edgeenv("runs", "resources", "list", "--json", *words)
    assert done.status == 0, done.stderr
    return json.loads(done.stdout)


def found(document):
    return [(row["run_id"], row["metric_name"], row["metric_value"]) for row in document["results"]]


def test_the_text_has_the_lines_of_the_contract(edgeenv, three):
    first, second = three
    lines = edgeenv("runs", "resources", "list").lines
    assert lines[0] == "EdgeEnv Resource Metrics"
    assert lines[1].startswith("Resource metrics are supplemental lookup evidence;")
    assert lines[2:] == [
        "Results: 3",
        "Sources: unspecified (1), meter (2)",
        f"- Run ID: {second}",
        "  Metric: power_mean_w=6.5 w",
        "  Source:",
        f"- Run ID: {first}",
        "  Metric: memory_peak_mb=100.0 mb",
        "  Source: meter",
        f"- Run ID: {first}",
        "  Metric: power_mean_w=4.0 w",
        "  Source: meter",
    ]


def test_the_document_has_the_members_of_the_contract(edgeenv, three):
    first, _ = three
    document = listed(edgeenv, "--metric", "power_mean_w", "--max-value", "5")
    assert document["count"] == 1
    assert document["filters"] == {
        "metric": "power_mean_w",
        "source": None,
        "min_value": None,
        "max_value": 5.0,
    }
    (row,) = document["results"]
    assert row.pop("created_at").endswith("+00:00")
    assert row == {
        "run_id": first,
        "target_name": "bench-1",
        "model_name": "tiny",
        "metric_name": "power_mean_w",
        "metric_value": 4.0,
        "unit": "w",
        "source": "meter",
    }
    assert document["sources"] == [{"source": "meter", "count": 1}]


def test_filters_take_what_they_name_and_bounds_include_themselves(edgeenv, three):
    first, second = three
    power = ("--metric", "power_mean_w")
    both = [(second, "power_mean_w", 6.5), (first, "power_mean_w", 4.0)]
    assert found(listed(edgeenv, *power)) == both
    assert found(listed(edgeenv, *power, "--min-value", "4.0", "--max-value", "6.5")) == both
    assert found(listed(edgeenv, *power, "--min-value", "4.01")) == both[:1]
    assert found(listed(edgeenv, "--source", "meter", *power)) == both[1:]
    assert found(listed(edgeenv, "--source", "Meter")) == []


@pytest.mark.parametrize("option", ["--min-value", "--max-value"])
@pytest.mark.usefixtures("workplace")
def test_bounds_without_a_metric_would_mix_units(edgeenv, option):
    done = edgeenv("runs", "resources", "list", option, "5")
    assert done.status == 2
    assert f"{option} needs --metric" in done.stderr
    done = edgeenv("runs", "resources", "list", "--metric", "energy_j", option, "nan")
    assert done.status == 2


@pytest.mark.usefixtures("workplace")
def test_an_unknown_metric_is_refused_with_the_known_ones(edgeenv):
    done = edgeenv("runs", "resources", "list", "--metric", "power")
    assert done.status == 1
    assert (
        "Error: Unsupported resource metric: power. Valid: energy_j, memory_mean_mb, memory_peak_mb, "
        "power_mean_w, power_peak_w, temperature_peak_c" in done.stderr
    )


def test_nothing_found_is_said_and_makes_no_root(edgeenv, workplace):
    done = edgeenv("runs", "resources", "list")
    assert done.lines[2:] == ["Results: 0", "No indexed resource metrics found."]
    assert not (workplace / ".edgeenv").exists()


@pytest.mark.usefixtures("three")
def test_the_table_comes_back_when_the_index_is_lost_or_of_the_release_before(edgeenv, workplace):
    before = found(listed(edgeenv))
    index = workplace / ".edgeenv" / "runs.db"
    index.unlink()
    assert found(listed(edgeenv)) == before
    with closing(sqlite3.connect(index)) as connection:
        connection.execute("DROP TABLE resource_metrics")
        connection.execute("PRAGMA user_version = 1")
    assert found(listed(edgeenv)) == before
    with closing(sqlite3.connect(index)) as connection:
        connection.execute("DROP TABLE resource_metrics")
    assert found(listed(edgeenv)) == before


def test_each_metric_is_listed_with_the_source_that_measured_it(edgeenv, workplace):
    (workplace / "target.yaml").write_text(SAMPLED)
    record(edgeenv, workplace, {"power_mean_w": 4.0, "memory_peak_mb": 1.0, "source": "meter"})
    sources = {row["metric_name"]: row["source"] for row in listed(edgeenv)["results"]}
    assert sources == {
        "memory_mean_mb": "process-tree",
        "memory_peak_mb": "process-tree",
        "power_mean_w": "meter",
    }


def test_sampler_show_tells_where_each_number_comes_from(edgeenv, workplace):
    (workplace / "target.yaml").write_text(SAMPLED)
    run_id = record(edgeenv, workplace)
    done = edgeenv("runs", "sampler", "show", "latest")
    assert done.status == 0, done.stderr
    assert f"Run ID: {run_id}" in done.lines
    assert any(line.startswith("Sampler: process-tree (psutil ") for line in done.lines)
    assert any(line.startswith("  memory_peak_mb  ") and "sum of RSS" in line for line in done.lines)
    assert any(line.startswith("  sampler/samples.jsonl  ") for line in done.lines)
    document = json.loads(edgeenv("runs", "sampler", "show", run_id, "--json").stdout)
    directory = f".edgeenv/runs/{run_id}"
    assert document["run_id"] == run_id
    assert document["artifact_path"] == directory
    assert document["sampler_metadata_path"] == f"{directory}/sampler/metadata.json"
    assert document["sampler_name"] == "process-tree"
    assert document["raw_artifacts"] == ["sampler/samples.jsonl"]
    assert document["files"]["raw_artifacts"] == {
        "sampler/samples.jsonl": f"{directory}/sampler/samples.jsonl"
    }
    assert document["metadata"]["fields"]["memory_peak_mb"]["basis"] == "rss_tree"


@pytest.mark.parametrize("word", ["show", "plot"])
def test_a_run_without_a_sampler_says_so(edgeenv, workplace, word):
    run_id = record(edgeenv, workplace)
    done = edgeenv("runs", "sampler", word, "latest")
    assert done.status == 1
    assert f"Error: Sampler metadata not found for run: {run_id}" in done.stderr
    assert "Hint: name a sampler in the target profile" in done.stderr


def test_altered_sampler_evidence_is_refused(edgeenv, workplace):
    (workplace / "target.yaml").write_text(SAMPLED)
    run_id = record(edgeenv, workplace)
    (workplace / ".edgeenv" / "runs" / run_id / "sampler" / "metadata.json").write_text("[]")
    done = edgeenv("runs", "sampler", "show", "latest")
    assert done.status == 1
    assert "altered" in done.stderr


def test_a_plot_shows_every_quantity_in_the_terminal_and_as_a_picture(edgeenv, workplace):
    (workplace / "target.yaml").write_text(SAMPLED)
    run_id = record(edgeenv, workplace)
    done = edgeenv("runs", "sampler", "plot", "latest", "--output", "memory.svg")
    assert done.status == 0, done.stderr
    assert done.lines[0] == f"tiny-bench on bench-1 ({run_id})"
    assert any(line.startswith("memory ") and line.endswith(" MB") for line in done.lines)
    assert done.lines[-1] == "Plot: memory.svg"
    picture = minidom.parse(str(workplace / "memory.svg"))  # noqa: S318 - as at its import
    texts = [node.firstChild.data for node in picture.getElementsByTagName("text")]
    assert {"tiny-bench on bench-1", "memory", "MB", "0 s"} <= set(texts)
    assert len(picture.getElementsByTagName("polyline")) >= 3
    again = edgeenv("runs", "sampler", "plot", "latest", "--output", "memory.svg")
    assert again.status == 1
    assert "is there already" in again.stderr
    assert edgeenv("runs", "sampler", "plot", "latest", "-o", "memory.svg", "--force").status == 0


@pytest.mark.usefixtures("three")
def test_a_moved_root_keeps_everything(edgeenv, workplace):
    before = found(listed(edgeenv))
    shutil.move(workplace / ".edgeenv", workplace / "elsewhere")
    assert found(listed(edgeenv, "--edgeenv-root", "elsewhere")) == before
