"""`runs list|show` and `failed-runs list|show`."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from cli_cases import RECORDED, write_config

from edgeenv import schema

WORDS = ("bench", "run", "--target", "target.yaml", "--config", "bench.yaml")


@pytest.fixture
def at(recorded_root):
    return {"EDGEENV_ROOT": str(recorded_root)}


def listed(done):
    return [line.split()[0] for line in done.lines if line.startswith("run-")]


def test_runs_are_listed_newest_first_with_whole_ids_in_80_columns(edgeenv, at, recorded_root):
    done = edgeenv("runs", "list", env=at)
    assert done.status == 0
    assert listed(done) == sorted(
        (path.name for path in (recorded_root / "runs").iterdir()), reverse=True
    ) or (set(listed(done)) == {path.name for path in (recorded_root / "runs").iterdir()})
    assert len(listed(done)) == len(RECORDED)
    assert all(len(line) <= 80 for line in done.lines)
    assert done.lines[0].split() == ["Run", "ID", "Created", "(UTC)", "Mean", "ms"]
    synthetic = [line for line in done.lines if line.endswith("synthetic")]
    assert len(synthetic) == 1
    assert "12.588" in synthetic[0]
    assert synthetic[0] == done.lines[-2]


def test_a_pipe_and_a_terminal_see_the_same(edgeenv, edgeenv_process, at):
    piped = edgeenv_process("runs", "list", env={**at, "COLUMNS": "40", "NO_COLOR": "1"})
    assert piped.stdout == edgeenv("runs", "list", env=at).stdout


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("--synthetic",), ["yolov8n-fire-fake"]),
        (("--real", "--limit", "1"), ["local-resource-metrics"]),
        (("--benchmark", "local-compare-a"), ["local-compare-a"]),
        (("--target", "local-fake"), ["yolov8n-fire-fake"]),
        (("--runtime", "fake-runtime"), ["yolov8n-fire-fake"]),
        (("--provider", "cpu", "--benchmark", "local-compare-b"), ["local-compare-b"]),
        (("--model", "no-such-model"), []),
        (("--since", "2999-01-01"), []),
    ],
    ids=["synthetic", "real", "benchmark", "target", "runtime", "provider", "model", "since"],
)
def test_filters(edgeenv, at, words, names):
    document = json.loads(edgeenv("runs", "list", *words, "--json", env=at).stdout)
    assert [row["benchmark_name"] for row in document["runs"]] == names


def test_a_cut_listing_says_so_and_json_counts_all(edgeenv, at):
    done = edgeenv("runs", "list", "--limit", "2", env=at)
    assert len(listed(done)) == 2
    assert done.stderr == "2 of 4 runs; --all lists every one\n"
    assert json.loads(edgeenv("runs", "list", "--limit", "2", "--json", env=at).stdout)["total"] == 4
    assert len(listed(edgeenv("runs", "list", "--all", env=at))) == 4


@pytest.mark.parametrize(
    "words",
    [
        ["--limit", "2", "--all"],
        ["--limit", "0"],
        ["--limit", "99999999999999999999"],
        ["--since", "9999-12-31T23:59-12:00"],
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(edgeenv, at, words):
    assert edgeenv("runs", "list", *words, env=at).status == 2


def test_a_time_that_is_none_is_a_usage_error(edgeenv, at):
    done = edgeenv("runs", "list", "--since", "yesterday", env=at)
    assert done.status == 2
    assert "found 'yesterday', expected a time such as 2026-05-07" in done.stderr


def test_an_empty_place_is_told_and_not_made(edgeenv, root):
    for words in (("runs", "list"), ("failed-runs", "list")):
        done = edgeenv(*words, "--edgeenv-root", root)
        assert done.status == 0
    done = edgeenv("runs", "list", "--edgeenv-root", root)
    assert done.stdout == ""
    assert f"No runs in {root} yet." in done.stderr
    assert "edgeenv bench run" in done.stderr
    assert json.loads(edgeenv("runs", "list", "--json", "--edgeenv-root", root).stdout)["runs"] == []
    assert edgeenv("runs", "show", "latest", "--edgeenv-root", root).status == 1
    assert not root.exists()


def test_hostile_and_endless_names_stay_in_their_lines(edgeenv, workplace):
    wide = "모델" * 60
    write_config(workplace, name='"x\\e[31m|\\u202ey"')
    text = (workplace / "bench.yaml").read_text().replace("model_name: tiny", f"model_name: {wide}")
    (workplace / "bench.yaml").write_text(text)
    assert edgeenv(*WORDS).status == 0
    done = edgeenv("runs", "list")
    assert all(line.isprintable() for line in done.lines)
    assert "\\x1b[31m|\\u202ey" in done.stdout
    assert wide in "".join(line.strip() for line in done.lines)
    assert (
        json.loads(edgeenv("runs", "list", "--json").stdout)["runs"][0]["benchmark_name"]
        == "x\x1b[31m|\u202ey"
    )
    assert all(line.isprintable() for line in edgeenv("runs", "show", "latest").lines)


def test_a_run_is_shown_with_everything_recorded(edgeenv, at, recorded_root):
    done = edgeenv("runs", "show", "latest", env=at)
    assert done.status == 0
    run_id = done.lines[0].removeprefix("Run ID: ")
    stored = json.loads((recorded_root / "runs" / run_id / "result.json").read_text())
    assert schema.check_value("result", stored, run_id) == ()
    for section, members in stored.items():
        if isinstance(members, dict):
            assert section in done.lines
            for name in members:
                assert re.search(rf"^  {name}(\.| )", done.stdout, re.MULTILINE), f"{section}.{name}"
    assert re.search(r"^Evidence: sha256:[0-9a-f]{64}$", done.stdout, re.MULTILINE)
    assert re.search(r"^  memory_peak_mb +512\.0$", done.stdout, re.MULTILINE)
    assert "  stdout.log   " in done.stdout


def test_a_synthetic_run_says_so(edgeenv, at):
    done = edgeenv("runs", "show", "latest~3", env=at)
    assert done.lines[0].endswith(" (synthetic: nothing was measured)")


def test_a_run_as_json_holds_the_document_and_its_digest(edgeenv, at, recorded_root):
    document = json.loads(edgeenv("runs", "show", "latest", "--json", env=at).stdout)
    assert document["schema_version"] == "edgeenv.runs-show.v1"
    directory = recorded_root / "runs" / document["run_id"]
    assert document["directory"] == str(directory)
    assert document["result"] == json.loads((directory / "result.json").read_text())
    assert {entry["path"] for entry in document["files"]} >= {"result.json", "config.yaml", "stdout.log"}


def test_a_part_of_an_id_is_enough_and_an_unknown_one_is_told(edgeenv, at, recorded_root):
    run_id = next((recorded_root / "runs").iterdir()).name
    assert edgeenv("runs", "show", run_id[-8:], env=at).lines[0].startswith(f"Run ID: {run_id}")
    done = edgeenv("runs", "show", "no-such-run", env=at)
    assert (done.status, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: Run not found: no-such-run\nHint: ")
    assert "edgeenv runs list" in done.stderr
    assert edgeenv("runs", "show", "run-", env=at).status == 1


def test_altered_evidence_is_not_shown_as_if_it_were_good(edgeenv, recorded_root, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(recorded_root, copy)
    run_id = listed(edgeenv("runs", "list", "--edgeenv-root", copy))[0]
    result = copy / "runs" / run_id / "result.json"
    result.write_text(result.read_text().replace("512.0", "511.0"))
    for words in (("runs", "show", run_id), ("report", "compare", run_id, run_id)):
        done = edgeenv(*words, "--edgeenv-root", copy)
        assert (done.status, done.stdout) == (1, "")
        assert "altered" in done.stderr


@pytest.fixture
def failed(edgeenv, workplace):
    """A failed run whose output is hostile."""
    (workplace / "bench.py").write_text(
        "import sys\nsys.stdout.buffer.write(b'\\x1b[2J\\xff one\\r\\ntwo\\n' + b'x' * 5000)\nsys.exit(3)\n"
    )
    done = edgeenv(*WORDS)
    assert done.status == 1
    return re.search(r"failed-runs/(\S+)", done.stderr)[1]


def test_failed_runs_are_listed_as_blocks(edgeenv, failed):
    done = edgeenv("failed-runs", "list")
    assert done.status == 0
    assert done.lines[0] == "EdgeEnv Failed Runs"
    assert done.lines[1] == f"- Run ID: {failed}"
    assert re.fullmatch(r"  Created: \S+Z", done.lines[2])
    assert done.lines[3:] == [
        "  Benchmark: tiny-bench",
        "  Target: bench-1",
        "  Return Code: 3",
        "  Error: Local benchmark command failed with exit code 3",
    ]
    document = json.loads(edgeenv("failed-runs", "list", "--json").stdout)
    assert document["failed_runs"][0]["error_code"] == "nonzero-exit"


def test_no_failed_runs(edgeenv, at):
    assert edgeenv("failed-runs", "list", env=at).lines == [
        "EdgeEnv Failed Runs",
        "No failed run artifacts found.",
    ]


def test_a_failed_run_is_shown_with_its_logs_escaped(edgeenv, failed):
    done = edgeenv("failed-runs", "show", failed)
    assert done.status == 0
    assert done.lines[0] == f"Run ID: {failed} (failed)"
    assert "\\x1b[2J\N{REPLACEMENT CHARACTER} one" in done.stdout
    assert "[truncated]" in done.lines
    assert all(line.isprintable() for line in done.lines)
    whole = edgeenv("failed-runs", "show", failed[-8:], "--log-chars", "10000")
    assert "[truncated]" not in whole.stdout
    assert "x" * 5000 in whole.stdout


def test_a_failed_run_as_json_has_the_members_of_the_contract(edgeenv, failed):
    document = json.loads(edgeenv("failed-runs", "show", failed, "--json", "--log-chars", "7").stdout)
    assert document["schema_version"] == "edgeenv.failed-runs-show.v1"
    assert document["artifact_path"] == f".edgeenv/failed-runs/{failed}"
    assert set(document["files"]) == {"failure", "config", "target", "env", "stdout", "stderr"}
    assert document["stdout"] == "\x1b[2J\N{REPLACEMENT CHARACTER} o\n[truncated]"
    assert document["stderr"] == ""
    assert document["failure"]["run_id"] == failed
    none = json.loads(edgeenv("failed-runs", "show", failed, "--json", "--log-chars", "0").stdout)
    assert (none["stdout"], none["stderr"]) == ("", "")


def test_a_failed_run_without_its_log_is_still_shown(edgeenv, failed, workplace):
    (workplace / ".edgeenv" / "failed-runs" / failed / "stdout.log").unlink()
    done = edgeenv("failed-runs", "show", failed)
    assert done.status == 0
    assert "stdout.log is not there" in done.stdout
    assert "cannot be read" in done.stderr


@pytest.mark.parametrize(
    ("reference", "error"),
    [
        ("nope", "Failed run not found: nope"),
        ("../x", "Invalid failed run id: ../x"),
        ("", "Invalid failed run id: "),
    ],
)
def test_an_unknown_failed_run(edgeenv, at, reference, error):
    done = edgeenv("failed-runs", "show", reference, env=at)
    assert done.status == 1
    assert done.stderr.startswith(f"Error: {error}\n")


def test_a_negative_length_is_a_usage_error(edgeenv, at):
    assert edgeenv("failed-runs", "show", "x", "--log-chars", "-1", env=at).status == 2
