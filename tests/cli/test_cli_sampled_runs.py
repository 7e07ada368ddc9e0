"""`edgeenv bench run` with samplers: evidence beside a run, and what a required one does to it."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import pytest
from cli_cases import METRICS, TARGET, write_config

from edgeenv import schema
from edgeenv.documents import load_json
from edgeenv.evidence.check import defects
from edgeenv.evidence.store import load_failure, load_run

FAKE = Path(__file__).parents[1] / "data" / "tegrastats" / "tegrastats"
WORDS = ("bench", "run", "--target", "target.yaml", "--config", "bench.yaml")
TEGRASTATS = "{name: jetson-tegrastats, interval_ms: 20, startup_wait_ms: 300, stop_timeout_ms: 500%s}"
METRICS_LINE = f"print('EDGEENV_METRICS_JSON=' + {METRICS!r})"
SLEEP = "import time; time.sleep(0.3)"


@pytest.fixture
def board(workplace, monkeypatch):
    """A machine with a tegrastats on its PATH; ``board(mode)`` tells how it behaves."""
    folder = workplace / "bin"
    folder.mkdir()
    shutil.copy(FAKE, folder / "tegrastats")
    (folder / "tegrastats").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def behave(mode, **variables):
        for name, value in {"FAKE_TEGRASTATS": mode, **variables}.items():
            monkeypatch.setenv(name, str(value))

    return behave


def profile(directory, *blocks, several=True):
    listed = "samplers:\n" + "".join(f"  - {block}\n" for block in blocks)
    (directory / "target.yaml").write_text(TARGET + (listed if several else f"sampler: {blocks[0]}\n"))


def command(directory, *lines):
    (directory / "bench.py").write_text("".join(f"{line}\n" for line in lines))


def the_only_run(directory, kind="runs"):
    (run,) = (directory / ".edgeenv" / kind).iterdir()
    return run


def metadata_of(run):
    document = load_json(run / "sampler" / "metadata.json")
    assert schema.check_value("sampler-metadata", document, "sampler/metadata.json") == ()
    beside = {path.relative_to(run).as_posix() for path in (run / "sampler").rglob("*") if path.is_file()}
    assert beside == {"sampler/metadata.json", *document["raw_artifacts"]}
    return document


def test_a_sampled_run_keeps_what_was_sampled_and_says_so(edgeenv, workplace, board):
    board("steady")
    profile(workplace, TEGRASTATS % "", several=False)
    command(workplace, SLEEP, METRICS_LINE)
    done = edgeenv(*WORDS)
    assert done.status == 0, done.stderr
    run = the_only_run(workplace)
    fields = "energy_j, memory_mean_mb, memory_peak_mb, power_mean_w, power_peak_w, temperature_peak_c"
    assert done.lines[4] == f"Resource metrics: stored (source=jetson-tegrastats, fields={fields})"
    metadata_path = f".edgeenv/runs/{run.name}/sampler/metadata.json"
    assert done.lines[5] == f"Sampler metadata: stored ({metadata_path})"
    document = metadata_of(run)
    assert document["window"]["basis"] == "whole_command"
    assert set(document["raw_artifacts"]) == {"sampler/tegrastats.log", "sampler/samples.jsonl"}
    stored = load_run(run)
    metrics = stored.run.resource_metrics
    assert (metrics.power_mean_w, metrics.power_peak_w, metrics.temperature_peak_c) == (5.0, 5.0, 40.0)
    assert metrics.energy_j == pytest.approx(5 * stored.run.execution.duration_s, rel=0.02)
    assert defects(run, stored.manifest) == ()
    assert {"sampler/metadata.json", "sampler/tegrastats.log", "sampler/samples.jsonl"} <= {
        entry.path for entry in stored.manifest.files
    }
    evidence = {value["metric"]: value for value in stored.document["resource_evidence"]}
    assert evidence["power_mean_w"]["basis"] == "input:VDD_IN"
    assert all(value["chosen"] for value in evidence.values())


def test_a_sampled_run_travels_whole(edgeenv, workplace, board):
    board("steady")
    profile(workplace, TEGRASTATS % "", "{name: process-tree, interval_ms: 20}")
    command(workplace, SLEEP, METRICS_LINE)
    assert edgeenv(*WORDS).status == 0
    run = the_only_run(workplace)
    names = {path.relative_to(run).as_posix() for path in run.rglob("*") if path.is_file()}
    assert "sampler/process-tree/samples.jsonl" in names
    assert edgeenv("runs", "export", "latest", "-o", "run.zip").status == 0
    done = edgeenv("runs", "import", "run.zip", "--edgeenv-root", "other")
    assert done.status == 0, done.stderr
    copy = workplace / "other" / "runs" / run.name
    for name in names:
        assert (copy / name).read_bytes() == (run / name).read_bytes()


def test_the_order_of_the_profile_decides_and_the_command_is_kept_beside(edgeenv, workplace, board):
    board("steady")
    profile(workplace, "{name: process-tree, interval_ms: 20}", TEGRASTATS % "")
    reported = json.dumps({"power_mean_w": 99.0, "source": "meter"})
    command(workplace, SLEEP, f"print('EDGEENV_RESOURCE_METRICS_JSON=' + {reported!r})", METRICS_LINE)
    assert edgeenv(*WORDS).status == 0
    document = load_run(the_only_run(workplace)).document
    assert document["resource_metrics"]["source"] == "process-tree+jetson-tegrastats"
    told = [
        (value["metric"], value["source"], value["chosen"])
        for value in document["resource_evidence"]
        if value["metric"] in {"memory_peak_mb", "power_mean_w"}
    ]
    assert told == [
        ("memory_peak_mb", "process-tree", True),
        ("power_mean_w", "jetson-tegrastats", True),
        ("memory_peak_mb", "jetson-tegrastats", False),
        ("power_mean_w", "meter", False),
    ]
    assert document["env"]["conditions"]["before"]["samplers_active"] == ["jetson-tegrastats", "process-tree"]


def test_the_command_may_name_the_stretch_that_it_measured(edgeenv, workplace, board):
    """A board at 5 W that draws 15 W while it measures: a mean of the whole log would tell less."""
    busy = workplace / "busy"
    board("steady", FAKE_TEGRASTATS_BUSY=busy)
    profile(workplace, TEGRASTATS % "")
    command(
        workplace,
        "import json, pathlib, time",
        f"busy = pathlib.Path({str(busy)!r})",
        "time.sleep(0.3); busy.touch(); time.sleep(0.1)",
        "begin = time.monotonic_ns(); time.sleep(0.4); end = time.monotonic_ns()",
        "busy.unlink(); time.sleep(0.2)",
        "window = {'start_monotonic_ns': begin, 'end_monotonic_ns': end}",
        "print('EDGEENV_WINDOW_JSON=' + json.dumps(window))",
        METRICS_LINE,
    )
    assert edgeenv(*WORDS).status == 0
    run = the_only_run(workplace)
    assert metadata_of(run)["window"]["basis"] == "reported_by_command"
    metrics = load_run(run).run.resource_metrics
    assert metrics.power_mean_w == pytest.approx(15.0, abs=0.5)
    assert metrics.energy_j == pytest.approx(15 * 0.4, rel=0.1)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{window", "window-json"),
        ('{"start_monotonic_ns": 1}', "window-schema"),
        ('{"start_monotonic_ns": 1, "end_monotonic_ns": 2}', "window-outside-command"),
    ],
)
def test_a_window_that_is_not_one_fails_the_run(edgeenv, workplace, line, code):
    command(workplace, f"print('EDGEENV_WINDOW_JSON=' + {line!r})", METRICS_LINE)
    done = edgeenv(*WORDS)
    assert done.status == 1
    assert "Error: Invalid EDGEENV_WINDOW_JSON" in done.stderr
    assert "Hint: The window is optional" in done.stderr
    failed = load_failure(the_only_run(workplace, "failed-runs")).failed
    assert (failed.error_code, failed.return_code) == (code, 0)


def test_an_optional_sampler_that_is_not_there_costs_nothing_but_its_numbers(edgeenv, workplace, monkeypatch):
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    profile(workplace, TEGRASTATS % "")
    done = edgeenv(*WORDS)
    assert done.status == 0
    assert done.lines[4] == "Resource metrics: omitted"
    assert "Note: tegrastats unavailable: tegrastats" in done.stderr
    run = the_only_run(workplace)
    assert not (run / "sampler").exists()
    assert [finding.code for finding in load_run(run).run.findings] == ["sampler-unavailable"]


def test_a_warning_is_told_with_the_status(edgeenv, workplace, board):
    board("stubborn")
    profile(workplace, TEGRASTATS % "")
    command(workplace, SLEEP, METRICS_LINE)
    done = edgeenv(*WORDS)
    assert done.status == 0
    assert done.lines[4].startswith("Resource metrics: stored with warnings (source=jetson-tegrastats, ")
    assert "Note: " in done.stderr


@pytest.mark.parametrize(
    ("mode", "told"),
    [
        ("silent", "tegrastats produced no samples"),
        ("nonsense", "tegrastats output had no supported fields"),
        ("dying", "tegrastats ended"),
        ("stubborn", "tegrastats stop timed out"),
    ],
)
def test_a_required_sampler_is_required(edgeenv, workplace, board, mode, told):
    board(mode)
    profile(workplace, TEGRASTATS % ", required: true")
    command(workplace, SLEEP, METRICS_LINE)
    done = edgeenv(*WORDS)
    assert done.status == 1
    assert "Error: Required sampler failed: " in done.stderr
    assert told in done.stderr
    assert not (workplace / ".edgeenv" / "runs").exists()
    directory = the_only_run(workplace, "failed-runs")
    stored = load_failure(directory)
    assert stored.failed.error_code == "sampler-required"
    assert stored.failed.return_code == 0
    document = metadata_of(directory)
    assert any(told in warning for warning in document["warnings"])
    assert METRICS in (directory / "stdout.log").read_text()
    assert defects(directory, stored.manifest) == ()
    if mode == "dying":
        assert (directory / "sampler" / "tegrastats.log").read_text().count("VDD_IN") == 3
    done = edgeenv("failed-runs", "export", "latest", "-o", "failed.zip")
    assert done.status == 0, done.stderr
    assert edgeenv("failed-runs", "import", "failed.zip", "--edgeenv-root", "other").status == 0


def test_a_required_sampler_that_cannot_start_leaves_the_command_unstarted(edgeenv, workplace, monkeypatch):
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    profile(workplace, TEGRASTATS % ", required: true")
    command(workplace, "open('ran', 'w')", METRICS_LINE)
    done = edgeenv(*WORDS)
    assert done.status == 1
    assert "Error: Required sampler failed: tegrastats unavailable: tegrastats" in done.stderr
    assert "Hint: Install tegrastats" in done.stderr
    assert not (workplace / "ran").exists()
    failed = load_failure(the_only_run(workplace, "failed-runs")).failed
    assert (failed.error_code, failed.return_code) == ("sampler-required", None)


def test_the_samples_of_a_failed_run_are_kept(edgeenv, workplace, board):
    board("steady")
    profile(workplace, TEGRASTATS % "")
    command(workplace, SLEEP, "raise SystemExit(3)")
    assert edgeenv(*WORDS).status == 1
    directory = the_only_run(workplace, "failed-runs")
    assert metadata_of(directory)["sample_count"] > 3
    assert load_failure(directory).failed.error_code == "nonzero-exit"


def test_ten_minutes_of_lines_never_block(edgeenv, workplace, board):
    board("chatty")
    profile(workplace, TEGRASTATS % ", required: true")
    command(workplace, SLEEP, METRICS_LINE)
    begin = time.monotonic()
    assert edgeenv(*WORDS).status == 0
    assert time.monotonic() - begin < 10
    document = metadata_of(the_only_run(workplace))
    assert document["sample_count"] > 1200
    assert document["samples_inside_window"] >= 3


def test_a_fake_target_is_not_sampled(edgeenv, workplace, board):
    board("steady")
    profile(workplace, TEGRASTATS % ", required: true")
    text = (workplace / "target.yaml").read_text().replace("target_type: local", "target_type: fake")
    (workplace / "target.yaml").write_text(text)
    assert edgeenv(*WORDS).status == 0
    run = the_only_run(workplace)
    assert not (run / "sampler").exists()
    assert "conditions" not in load_run(run).document["env"]


def test_both_ways_to_name_samplers_at_once_are_refused(edgeenv, workplace):
    profile(workplace, TEGRASTATS % "")
    with (workplace / "target.yaml").open("a") as stream:
        stream.write("sampler: {name: process-tree}\n")
    done = edgeenv("profile", "validate", "target.yaml")
    assert done.status == 3
    assert "found both sampler and samplers" in done.stderr


def test_conditions_are_recorded_with_every_local_run(edgeenv, workplace):
    write_config(workplace)
    assert edgeenv(*WORDS).status == 0
    run = the_only_run(workplace)
    conditions = load_run(run).document["env"]["conditions"]
    assert conditions == json.loads((run / "env.json").read_text())["conditions"]
    assert conditions["before"]["cpu_affinity"] == conditions["after"]["cpu_affinity"]
    assert conditions["before"]["samplers_active"] == []
    assert conditions["during"]["child_cpu_s"] > 0
    assert set(conditions["before"]) <= set(conditions["sources"])


def test_a_machine_that_cannot_be_observed_costs_the_conditions_and_not_the_run(
    edgeenv, workplace, monkeypatch
):
    def fail(*_arguments, **_options):
        raise ZeroDivisionError

    monkeypatch.setattr("edgeenv.capture.conditions.observe_conditions", fail)
    write_config(workplace)
    assert edgeenv(*WORDS).status == 0
    assert "conditions" not in load_run(the_only_run(workplace)).document["env"]


def test_a_run_that_fails_before_its_start_has_no_conditions(edgeenv, workplace):
    write_config(workplace, command="python 'bench.py")
    assert edgeenv(*WORDS).status == 1
    env = json.loads((the_only_run(workplace, "failed-runs") / "env.json").read_text())
    assert "conditions" not in env
