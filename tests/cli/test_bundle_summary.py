"""`edgeenv report bundle-summary`, over recorded runs that are as they were, and over some that are not."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from cli_cases import RECORDED

from edgeenv import __version__, schema

FAKE, FIRST, SECOND, RESOURCES = (f"latest~{len(RECORDED) - 1 - index}" for index in range(len(RECORDED)))
COMMAND = (sys.executable, "-m", "edgeenv", "report", "bundle-summary")
PAIR = f"again:{FIRST}:{SECOND}"
METADATA = {
    "schema_version": "edgeenv.sampler-metadata.v1",
    "sampler_name": "jetson-tegrastats",
    "platform_tool": "tegrastats",
    "sampling_scope": "host",
    "benchmark_window": "sampler-start-before-command-stop-after-command",
    "sample_count": 2,
    "raw_artifacts": ["sampler/tegrastats.log"],
    "fields": {},
    "warnings": [],
}


@pytest.fixture
def own_root(recorded_root, tmp_path):
    """A copy of the recorded runs, to change."""
    return shutil.copytree(recorded_root, tmp_path / "own")


@pytest.fixture
def summary(edgeenv, recorded_root):
    def call(*words, root=recorded_root):
        return edgeenv("report", "bundle-summary", "--edgeenv-root", root, *words)

    return call


@pytest.fixture
def run_directory(edgeenv, own_root):
    """Where the run FIRST of the copy lies."""
    shown = json.loads(edgeenv("runs", "show", FIRST, "--json", "--edgeenv-root", own_root).stdout)
    return own_root / "runs" / shown["run_id"]


def reseal(directory):
    """Make the manifest describe the files as they are, and let the index be made anew."""
    path = directory / "manifest.json"
    manifest = json.loads(path.read_text())
    required = {entry["path"] for entry in manifest["files"] if entry["required"]}
    names = [entry["path"] for entry in manifest["files"]]
    names += sorted(f"sampler/{file.name}" for file in directory.glob("sampler/*"))
    manifest["files"] = [
        {
            "path": name,
            "required": name in required,
            "sha256": sha256((directory / name).read_bytes()).hexdigest(),
            "bytes": (directory / name).stat().st_size,
        }
        for name in names
    ]
    path.write_text(json.dumps(manifest))
    (directory.parents[1] / "runs.db").unlink()


def put_sampler(directory, metadata, raw=("tegrastats.log",)):
    (directory / "sampler").mkdir()
    (directory / "sampler" / "metadata.json").write_text(metadata)
    for name in raw:
        (directory / "sampler" / name).write_text("RAM 1/2MB\n")
    reseal(directory)


def refused(done, text):
    assert (done.status, done.stdout) == (1, "")
    assert done.stderr.splitlines()[0] == f"Error: {text}"


# What it says.


def test_a_pair_of_runs_is_summarised(summary, edgeenv, recorded_root):
    done = summary("--scenario", PAIR, "--source-device", "bench 2", "--note", "door closed")
    assert (done.status, done.stderr) == (0, "")
    assert done.lines[0] == "# EdgeEnv Evidence Bundle Handoff"
    a, b = (
        json.loads(edgeenv("runs", "show", run, "--json", "--edgeenv-root", recorded_root).stdout)
        for run in (FIRST, SECOND)
    )
    for line in (
        "- Source device: bench 2",
        f"- EdgeEnv version: {__version__}",
        "- Bundle type: successful-run",
        f"| again | {a['run_id']} | {b['run_id']} | core | absent | absent |",
        "| Scenario | Comparable | Mode | Metrics Delta |",
        "| again | Yes | same-condition | present |",
        "| `latency_mean_ms` | 18.0 ms | 16.4 ms | -1.6 ms | -8.89% |",
        "- Manifest schema: edgeenv.export.v1",
        "- Required files present: result/config/target/env/stdout/stderr",
        "- Sampler metadata present: no",
        "- Raw sampler artifacts present: no",
        "- Unsafe paths/runs.db excluded: verified now: 12 of 12 listed paths may travel in a bundle",
        "- Author's note: door closed",
        f"- {a['run_id']}: resource metrics absent",
    ):
        assert line in done.lines
    assert "verified now: 12 of 12 files (" in done.stdout
    for shown in (a, b):
        assert f"`{shown['evidence_digest']}` |" in done.lines[-2] + done.lines[-1]
    assert "edgeenv-default" in done.stdout


def test_the_order_is_that_of_the_command_line_and_a_run_is_checked_once(summary):
    done = summary("--scenario", f"z:{FIRST}:{RESOURCES}", "--scenario", f"a:{FAKE}:{FIRST}")
    rows = [line for line in done.lines if line.startswith(("| z |", "| a |"))]
    assert [row[2] for row in rows] == ["z", "a", "z", "a"]
    assert rows[0].endswith("| core | absent | absent / example-script |")
    assert rows[3] == "| a | No | none | absent |"
    assert "of 3 runs match the manifest" in done.stdout
    assert "synthetic run, its numbers were not measured" in done.stdout


def test_the_json_form_holds_its_schema_and_the_judgement_is_that_of_compare(summary, edgeenv, recorded_root):
    done = summary("--scenario", f"{PAIR}=yes", "--json")
    assert done.stdout == summary("--scenario", f"{PAIR}=yes", "--format", "json").stdout
    document = json.loads(done.stdout)
    assert schema.check_value("bundle-summary", document, "summary") == ()
    compared = edgeenv("report", "compare", FIRST, SECOND, "--json", "--edgeenv-root", recorded_root)
    (scenario,) = document["scenarios"]
    assert scenario["judgement"] == json.loads(compared.stdout)
    assert scenario["expectation"] == {"expected": "yes", "holds": True}
    assert document["integrity"]["evidence_unaltered"] is True
    assert str(recorded_root) not in done.stdout


@pytest.mark.parametrize("form", ["markdown", "json", "html"])
def test_the_same_evidence_gives_the_same_bytes_in_any_place(form, summary, own_root):
    words = ("--scenario", PAIR, "--format", form)
    assert summary(*words).stdout == summary(*words, root=own_root).stdout


def test_the_html_form_stands_alone(summary):
    page = summary("--scenario", f"<script>alert(1)</script>:{FIRST}:{SECOND}", "--format", "html").stdout
    tags = []
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, attrs: tags.append((tag, dict(attrs)))
    reader.feed(page)
    assert {"html", "table", "style"} <= {tag for tag, _ in tags}
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in tags}
    assert not any({"src", "href"} & attributes.keys() for _, attributes in tags)
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 4


def test_a_summary_is_written_once_and_replaced_on_request_only(summary, tmp_path):
    path = tmp_path / "out" / "summary.md"
    done = summary("--scenario", PAIR, "--output", path)
    assert (done.status, done.stderr) == (0, "")
    assert done.lines == ["Bundle summary written", f"Report: {path}"]
    first = path.read_text()
    assert first == summary("--scenario", PAIR).stdout
    done = summary("--scenario", f"other:{FIRST}:{SECOND}", "-o", path)
    assert (done.status, done.stdout) == (1, "")
    assert "is there already" in done.stderr
    assert path.read_text() == first
    assert summary("--scenario", f"other:{FIRST}:{SECOND}", "-o", path, "--force").status == 0
    assert "| other |" in path.read_text()
    assert [file.name for file in path.parent.iterdir()] == ["summary.md"]


def test_a_policy_of_ones_own(summary, tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(
        "schema_version: edgeenv.policy.v1\nname: own\nversion: '2.0.0'\nextends: edgeenv:default\n"
        "rules:\n  variant:\n    level: required\n    fields: [execution.extra_env]\n"
        "    reason: Different variables\n  warmup-runs:\n    level: advisory\n"
    )
    done = summary("--scenario", PAIR, "--policy", path)
    assert "| again | No | none | absent |" in done.lines
    assert "- Policy: own 2.0.0" in done.lines
    assert "- Weakened rule: warmup-runs: required to advisory" in done.lines


# What the author expects.


def test_an_expectation_that_holds(summary):
    done = summary("--scenario", f"{PAIR}=same-condition", "--scenario", f"fake:{FAKE}:{FIRST}=no")
    assert (done.status, done.stderr) == (0, "")
    assert "| again | Yes | same-condition | present | yes |" in done.lines
    assert "| fake | No | none | absent | yes |" in done.lines


def test_an_expectation_that_does_not_hold_is_told_after_the_summary_is_written(summary, tmp_path):
    path = tmp_path / "summary.md"
    words = ("--scenario", PAIR, "--scenario", f"fake:{FAKE}:{FIRST}=conditional", "--output", path)
    done = summary(*words)
    assert done.status == 3
    assert done.lines[0] == "Bundle summary written"
    assert done.stderr == "Scenario fake: expected conditional; found: No\n"
    assert "| again | Yes | same-condition | present | not stated |\n" in path.read_text()
    assert "| fake | No | none | absent | no |\n" in path.read_text()
    assert "Expected: conditional, which does not hold.\n" in path.read_text()


# How it is called wrongly.


def test_no_scenario_is_wrong_usage(summary):
    done = summary()
    assert (done.status, done.stdout) == (2, "")
    assert "--scenario" in done.stderr


@pytest.mark.parametrize("text", ["x", "x:y", ":a:b", "x::b", "x:a:"])
def test_a_scenario_of_another_form(summary, text):
    refused(summary("--scenario", text), "Scenario must use the form <label>:<run_id_a>:<run_id_b>")


def test_a_label_twice(summary):
    refused(summary("--scenario", PAIR, "--scenario", PAIR), "Duplicate scenario label: again")


def test_an_unknown_expectation(summary):
    done = summary("--scenario", f"{PAIR}=perhaps")
    assert done.status == 1
    assert "expects 'perhaps', expected one of: yes, conditional, no" in done.stderr


def test_an_unknown_run(summary):
    refused(
        summary("--scenario", f"x:{FIRST}:run-19990101-000000-00000000"),
        "Run not found: run-19990101-000000-00000000",
    )


# Evidence that is not as it was.


def test_an_altered_log_is_refused_or_told(summary, own_root, run_directory, tmp_path):
    with (run_directory / "stdout.log").open("a") as file:
        file.write("one more line\n")
    (run_directory / "extra.txt").write_text("x")
    output = tmp_path / "summary.md"
    done = summary("--scenario", PAIR, "--output", output, root=own_root)
    assert (done.status, done.stdout) == (1, "")
    first = done.stderr.splitlines()[0]
    assert first.startswith(
        f"Error: the evidence of {run_directory.name} was altered after it was stored: stdout.log: has "
    )
    assert first.endswith("extra.txt: is not in the manifest")
    assert "--allow-altered" in done.stderr
    assert not output.exists()
    done = summary("--scenario", PAIR, "--allow-altered", root=own_root)
    assert done.status == 0
    assert f"used here as it is: {run_directory.name}." in done.lines[2]
    assert "failed: 11 of 12 files (" in done.stdout
    assert "| 5 of 6 match |" in done.stdout
    assert f"- {run_directory.name}: evidence altered: extra.txt: is not in the manifest" in done.lines
    page = summary("--scenario", PAIR, "--allow-altered", "--format", "html", root=own_root).stdout
    assert '<p class="altered">Altered evidence was allowed' in page
    document = json.loads(summary("--scenario", PAIR, "--allow-altered", "--json", root=own_root).stdout)
    assert schema.check_value("bundle-summary", document, "summary") == ()
    assert [item["path"] for item in document["runs"][0]["altered"]] == ["stdout.log", "extra.txt"]
    assert document["integrity"]["evidence_unaltered"] is False
    # Runs that are not part of the summary do not matter to it.
    assert summary("--scenario", f"x:{SECOND}:{RESOURCES}", root=own_root).status == 0


def test_altered_numbers_are_refused_or_told(summary, own_root, run_directory):
    path = run_directory / "result.json"
    path.write_text(path.read_text().replace('"latency_mean_ms": 18.0', '"latency_mean_ms": 17.9'))
    done = summary("--scenario", PAIR, root=own_root)
    assert (done.status, done.stdout) == (1, "")
    assert "altered after it was stored: result.json: has SHA-256" in done.stderr
    done = summary("--scenario", PAIR, "--allow-altered", root=own_root)
    assert done.status == 0
    assert "| `latency_mean_ms` | 17.9 ms | 16.4 ms |" in done.stdout
    assert "evidence altered: result.json: has SHA-256" in done.stdout


def test_a_manifest_edited_together_with_its_file_is_found_by_the_index(summary, own_root, run_directory):
    path = run_directory / "result.json"
    path.write_text(path.read_text().replace('"latency_mean_ms": 18.0', '"latency_mean_ms": 17.9'))
    index = (own_root / "runs.db").read_bytes()
    reseal(run_directory)
    (own_root / "runs.db").write_bytes(index)
    done = summary("--scenario", PAIR, root=own_root)
    assert (done.status, done.stdout) == (1, "")
    assert done.stderr.count("altered after it was stored") == 1
    assert "the index recorded another one" in done.stderr
    done = summary("--scenario", PAIR, "--allow-altered", root=own_root)
    assert done.status == 0
    assert "SHA-256/byte-size verification: failed: " in done.stdout
    assert "the index recorded another one" in done.stdout
    assert run_directory.parent.as_posix() not in done.stdout.replace("\\", "")


def test_a_missing_file(summary, own_root, run_directory):
    (run_directory / "env.json").unlink()
    text = f"Required run artifact file missing for {run_directory.name}: env.json"
    refused(summary("--scenario", PAIR, root=own_root), text)
    done = summary("--scenario", PAIR, "--allow-altered", root=own_root)
    assert done.status == 0
    assert f"- Required files present: no; {run_directory.name} lacks env.json" in done.lines
    (run_directory / "stdout.log").write_text("")
    done = summary("--scenario", PAIR, root=own_root)
    assert done.stderr.startswith(f"Error: {text}; the evidence of {run_directory.name} was altered")
    (run_directory / "result.json").unlink()
    text = f"Required run artifact file missing for {run_directory.name}: result.json"
    refused(summary("--scenario", PAIR, root=own_root), text)
    refused(summary("--scenario", PAIR, "--allow-altered", root=own_root), text)


def test_a_missing_manifest_leaves_nothing_to_check_against(summary, own_root, run_directory):
    (run_directory / "manifest.json").unlink()
    for words in ((), ("--allow-altered",)):
        done = summary("--scenario", PAIR, *words, root=own_root)
        assert (done.status, done.stdout) == (1, "")
        assert "manifest.json: is missing" in done.stderr


def test_a_run_of_a_release_without_manifests_is_told(summary, own_root, run_directory):
    (run_directory / "manifest.json").unlink()
    path = run_directory / "result.json"
    result = json.loads(path.read_text())
    del result["env"]["edgeenv_version"]
    path.write_text(json.dumps(result))
    (own_root / "runs.db").unlink()
    done = summary("--scenario", PAIR, root=own_root)
    assert done.status == 0
    assert f"- Manifest schema: edgeenv.export.v1; none stored with {run_directory.name}" in done.lines
    assert "verified now: 6 of 6 files (" in done.stdout
    assert f"not verified for want of a stored manifest: {run_directory.name}" in done.stdout
    assert f"- {run_directory.name}: no stored manifest, so nothing proves" in done.stdout


@pytest.mark.parametrize("words", [(), ("--allow-altered",)], ids=["plain", "allowed"])
@pytest.mark.parametrize("content", ["{", "[]"])
def test_a_result_that_is_none(summary, own_root, run_directory, content, words):
    assert summary("--scenario", PAIR, root=own_root).status == 0
    (run_directory / "result.json").write_text(content)
    done = summary("--scenario", PAIR, *words, root=own_root)
    refused(done, f"Invalid result artifact for {run_directory.name}")
    assert "result.json: $: " in done.stderr


@pytest.mark.parametrize("words", [(), ("--allow-altered",)], ids=["plain", "allowed"])
def test_a_result_of_another_shape_whose_manifest_agrees(summary, own_root, run_directory, words):
    path = run_directory / "result.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "metrics": {"latency_mean_ms": "fast"}}))
    index = (own_root / "runs.db").read_bytes()
    reseal(run_directory)
    (own_root / "runs.db").write_bytes(index)
    done = summary("--scenario", PAIR, *words, root=own_root)
    refused(done, f"Invalid result artifact for {run_directory.name}")


# What a sampler left.


def test_sampler_files_are_counted(summary, own_root, run_directory):
    put_sampler(run_directory, json.dumps(METADATA))
    done = summary("--scenario", PAIR, root=own_root)
    assert (done.status, done.stderr) == (0, done.stderr)
    row = next(line for line in done.lines if line.startswith("| again | run-"))
    assert row.endswith("| core + sampler / core | metadata + raw log / absent | absent |")
    assert "- Sampler metadata present: partial" in done.lines
    assert "- Raw sampler artifacts present: partial" in done.lines
    assert f"- {run_directory.name}: sampler metadata absent" not in done.lines


def test_sampler_metadata_alone(summary, own_root, run_directory):
    put_sampler(run_directory, json.dumps({**METADATA, "raw_artifacts": []}), raw=())
    done = summary("--scenario", PAIR, root=own_root)
    assert "| metadata only / absent |" in done.stdout
    assert f"- {run_directory.name}: sampler raw artifacts absent" in done.lines


@pytest.mark.parametrize(
    ("metadata", "text"),
    [
        ("{", "Invalid sampler metadata for {}"),
        ("[]", "Sampler metadata must be a JSON object for {}"),
        ({}, "Sampler raw_artifacts must be a list for {}"),
        ({"raw_artifacts": "x"}, "Sampler raw_artifacts must be a list for {}"),
        ({"raw_artifacts": [1]}, "Sampler raw_artifacts entries must be strings for {}"),
        ({"raw_artifacts": ["../x"]}, "Unsafe sampler raw artifact path for {}: ../x"),
        ({"raw_artifacts": ["/etc/passwd"]}, "Unsafe sampler raw artifact path for {}: /etc/passwd"),
        ({"raw_artifacts": ["stdout.log"]}, "Unsafe sampler raw artifact path for {}: stdout.log"),
        (
            {"raw_artifacts": ["sampler/\x1b[31m"]},
            "Unsafe sampler raw artifact path for {}: sampler/\\x1b[31m",
        ),
        ({"raw_artifacts": ["sampler/gone.log"]}, "Sampler raw artifact missing for {}: sampler/gone.log"),
    ],
)
def test_sampler_metadata_that_cannot_be_used(summary, own_root, run_directory, metadata, text):
    put_sampler(run_directory, metadata if isinstance(metadata, str) else json.dumps(metadata))
    refused(summary("--scenario", PAIR, root=own_root), text.format(run_directory.name))
    done = summary("--scenario", PAIR, "--allow-altered", root=own_root)
    assert done.status == 0
    assert "- Raw sampler artifacts present: no" in done.lines
    assert all(line.isprintable() for line in done.lines)


# Texts from outside, as a real process gets them.


@pytest.mark.parametrize("form", ["markdown", "html", "json"])
def test_hostile_texts_in_arguments(recorded_root, form):
    hostile = b"a\xff|b\x1b[31m\xe2\x80\xae`x`<b>\n## Scope"
    words = [
        b"--scenario=" + hostile + f":{FAKE}:{FIRST}=yes".encode(),
        b"--note=" + hostile,
        b"--source-device=" + hostile,
    ]
    done = subprocess.run(
        [*COMMAND, "--format", form, "--edgeenv-root", str(recorded_root), *words],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 3, done.stderr
    text = done.stdout.decode("utf-8")
    if form == "json":
        assert schema.check_value("bundle-summary", json.loads(text), "summary") == ()
    else:
        assert all(line.isprintable() for line in text.split("\n"))
        assert "<b>" not in text.replace(r"\<b\>", "")
    if form == "markdown":
        assert len(re.findall(r"^## Scope$", text, re.MULTILINE)) == 1
    assert all(line.isprintable() for line in done.stderr.decode().splitlines())
