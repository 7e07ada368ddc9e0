"""`edgeenv report compare` and `edgeenv policy …`, over recorded runs."""

from __future__ import annotations

import json

import pytest
from cli_cases import RECORDED, write_config

from edgeenv import resources, schema

WORDS = ("bench", "run", "--target", "target.yaml", "--config", "bench.yaml")
FAKE, FIRST, SECOND, OTHER = (f"latest~{len(RECORDED) - 1 - index}" for index in range(len(RECORDED)))
DELTA_BLOCK = """\
Comparable: Yes
Mode: same-condition
Reason:
- Same model hash
- Same input shape
Metrics Delta:
- latency_mean_ms: 18.0 ms -> 16.4 ms (delta -1.6 ms, -8.89%)
- latency_p50_ms: 17.6 ms -> 16.0 ms (delta -1.6 ms, -9.09%)
- latency_p95_ms: 20.5 ms -> 18.2 ms (delta -2.3 ms, -11.22%)
- latency_p99_ms: 22.0 ms -> 19.7 ms (delta -2.3 ms, -10.45%)
- throughput_fps: 55.5 fps -> 61.0 fps (delta +5.5 fps, +9.91%)
"""


@pytest.fixture
def compare(edgeenv, recorded_root):
    def call(*words, **options):
        return edgeenv("report", "compare", *words, env={"EDGEENV_ROOT": str(recorded_root)}, **options)

    return call


def test_the_example_pair_gives_the_block_of_the_contract(compare):
    done = compare(FIRST, SECOND)
    assert (done.status, done.stderr) == (0, "")
    assert done.stdout.startswith(DELTA_BLOCK)
    assert "- execution.extra_env.LOCAL_COMPARE_VARIANT: a -> b" in done.lines
    assert all(len(line) <= 80 for line in done.lines)


def test_a_synthetic_run_is_never_in_the_same_condition_as_a_real_one(compare):
    done = compare(FAKE, FIRST)
    assert done.status == 0
    assert done.lines[:3] == ["Comparable: No", "Reason:", "- Different model hash"]
    assert "- target.target_type (conditional): fake -> local" in done.lines
    assert any(line.startswith("- A is a synthetic run") for line in done.lines)
    assert "latency" not in done.stdout


def test_a_run_with_itself_is_told(compare):
    done = compare(FIRST, FIRST)
    assert done.lines[0] == "Comparable: Yes"
    assert "Advisories:" in done.lines
    assert "A and B are the same run" in done.stdout


def test_explain_lists_every_rule(compare):
    explained = compare(FIRST, SECOND, "--explain").stdout
    document = json.loads(compare(FIRST, SECOND, "--json").stdout)
    for rule in document["rules"]:
        assert f"- {rule['rule']}: same ({rule['level']}" in explained
        assert all(f"    {field['path']}:" in explained for field in rule["fields"])


def test_the_json_form_holds_its_schema_and_is_the_same_each_time(compare, edgeenv, recorded_root, tmp_path):
    first, second = (compare(FIRST, SECOND, *words).stdout for words in (("--json",), ("--format", "json")))
    assert first == second
    document = json.loads(first)
    assert schema.check_value("judgement", document, "judgement") == ()
    assert next(iter(document)) == "schema_version"
    assert document["verdict"] == "comparable"
    shown = json.loads(edgeenv("runs", "show", FIRST, "--json", "--edgeenv-root", recorded_root).stdout)
    assert document["runs"]["a"] == {"run_id": shown["run_id"], "evidence_digest": shown["evidence_digest"]}
    moved = tmp_path / "moved"
    recorded_root.rename(moved)
    try:
        elsewhere = edgeenv("report", "compare", FIRST, SECOND, "--json", "--edgeenv-root", moved)
    finally:
        moved.rename(recorded_root)
    assert elsewhere.stdout == first


def test_the_markdown_form(compare):
    done = compare(FIRST, SECOND, "--format", "markdown")
    assert done.lines[0] == "# Comparable: Yes"
    assert "| `latency_mean_ms` | 18.0 ms | 16.4 ms | -1.6 ms | -8.89% |" in done.lines


def test_a_report_is_written_once_and_replaced_on_request_only(compare, tmp_path):
    path = tmp_path / "out" / "report.md"
    done = compare(FIRST, SECOND, "--format", "markdown", "--output", path)
    assert (done.status, done.stdout, done.stderr) == (0, "", f"Report: {path}\n")
    first = path.read_bytes()
    assert first.startswith(b"# Comparable: Yes\n")
    done = compare(FAKE, SECOND, "--format", "markdown", "--output", path)
    assert done.status == 1
    assert "is there already" in done.stderr
    assert path.read_bytes() == first
    assert compare(FAKE, SECOND, "--format", "markdown", "--output", path, "--force").status == 0
    assert path.read_bytes().startswith(b"# Comparable: No\n")


@pytest.mark.parametrize(
    ("pair", "require", "status"),
    [
        ((FIRST, SECOND), "same-condition", 0),
        ((FIRST, SECOND), "conditional", 0),
        ((FAKE, SECOND), "same-condition", 3),
        ((FAKE, SECOND), "conditional", 3),
        ((FAKE, FAKE), "same-condition", 0),
    ],
)
def test_a_requirement_decides_the_status(compare, pair, require, status):
    done = compare(*pair, "--require", require)
    assert done.status == status
    assert ("Required:" in done.stderr) == (status != 0)
    assert done.stdout.startswith("Comparable: ")


def recorded(edgeenv, workplace, more="", **values):
    write_config(workplace, more, **values)
    done = edgeenv(*WORDS)
    assert done.status == 0, done.stderr


def test_a_missing_model_is_indeterminate_and_says_how_to_mend_it(edgeenv, workplace):
    for _ in range(2):
        recorded(edgeenv, workplace, model="nowhere.onnx")
    done = edgeenv("report", "compare", "latest~1", "latest")
    assert done.status == 0
    assert done.lines[0] == "Comparable: Indeterminate"
    assert "Same model hash" not in done.stdout
    assert "latency" not in done.stdout
    assert "declare model_sha256" in " ".join(done.stdout.split())
    for require in ("same-condition", "conditional"):
        assert edgeenv("report", "compare", "latest~1", "latest", "--require", require).status == 5


def test_another_runtime_is_conditional(edgeenv, workplace):
    recorded(edgeenv, workplace)
    text = (workplace / "bench.yaml").read_text()
    (workplace / "bench.yaml").write_text(text.replace("execution_provider: cpu", "execution_provider: cuda"))
    assert edgeenv(*WORDS).status == 0
    done = edgeenv("report", "compare", "latest~1", "latest", "--require", "conditional")
    assert done.status == 0
    assert done.lines[:2] == ["Comparable: Conditional", "Mode: runtime-comparison"]
    assert "latency" not in done.stdout
    assert edgeenv("report", "compare", "latest~1", "latest", "--require", "same-condition").status == 3


def test_unknown_runs_and_policies_are_told(compare, tmp_path):
    done = compare("nope", SECOND)
    assert (done.status, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: Run not found: nope\n")
    for policy in ("nope", tmp_path / "nope.yaml"):
        done = compare(FIRST, SECOND, "--policy", policy)
        assert (done.status, done.stdout) == (1, "")
        assert "nope" in done.stderr


def test_a_policy_of_ones_own(compare, tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(
        "schema_version: edgeenv.policy.v1\nname: own\nversion: '1.0.0'\nextends: edgeenv:default\n"
        "rules:\n  variant:\n    level: required\n    fields: [execution.extra_env]\n"
        "    reason: Different variables\n  warmup-runs:\n    level: advisory\n"
    )
    done = compare(FIRST, SECOND, "--policy", path)
    assert done.lines[:3] == ["Comparable: No", "Reason:", "- Different variables"]
    assert "- weakened rule warmup-runs: required -> advisory" in done.lines


def test_policies_are_listed_and_shown(edgeenv, tmp_path):
    assert {line.split()[0] for line in edgeenv("policy", "list").lines} >= {"default", "strict"}
    assert edgeenv("policy", "show", "default").stdout == resources.read_text("policies", "default.yaml")
    resolved = edgeenv("policy", "show", "edgeenv:strict", "--resolved")
    assert "- model-hash (required): Different model hash" in resolved.lines
    assert "    exact, missing: fail, from edgeenv-default" in resolved.lines
    document = json.loads(edgeenv("policy", "show", "strict", "--json").stdout)
    assert document["identity"]["name"] == "edgeenv-strict"
    assert next(iter(document)) == "schema_version"
    bad = tmp_path / "bad.yaml"
    bad.write_text("schema_version: edgeenv.policy.v1\nname: Bad Name\n")
    done = edgeenv("policy", "show", bad)
    assert (done.status, done.stdout) == (1, "")
    assert f"{bad}:2:7: $.name: " in done.stderr


def test_an_axis_is_declared_labelled_and_checked(edgeenv, workplace):
    recorded(edgeenv, workplace)
    text = (workplace / "bench.yaml").read_text()
    (workplace / "bench.yaml").write_text(text.replace("execution_provider: cpu", "execution_provider: cuda"))
    assert edgeenv(*WORDS).status == 0
    pair = ("report", "compare", "latest~1", "latest")
    done = edgeenv(*pair, "--vary", "runtime")
    assert done.lines[:3] == [
        "Comparable: Conditional",
        "Mode: runtime-comparison",
        "Axis: runtime (controlled)",
    ]
    assert "Axis: runtime (controlled)" in edgeenv(*pair, "--vary", "runtime", "--format", "markdown").lines
    done = edgeenv(*pair, "--vary", "target, runtime,target")
    assert done.lines[2] == "Axis: runtime, target (not controlled; did not differ: target)"
    document = json.loads(edgeenv(*pair, "--vary", "target", "--json").stdout)
    assert document["vary"] == ["target"]
    assert document["axis"]["surplus"] == ["runtime"]
    assert document["verdict"] == "conditional"
    assert [step["path"] for step in document["remedy"]["steps"]] == ["runtime.execution_provider"]
    assert edgeenv(*pair, "--vary", "runtime", "--require", "same-condition").status == 3
    for vary, told in (
        ("runtme", "did you mean 'runtime'?"),
        ("precision", "is required"),
        (",", "no rule is named"),
    ):
        done = edgeenv(*pair, "--vary", vary)
        assert (done.status, done.stdout) == (1, "")
        assert told in done.stderr
        assert "edgeenv policy show default --resolved" in done.stderr


LIMITED = """\
schema_version: edgeenv.policy.v1
name: limited
version: "1.0.0"
extends: edgeenv:default
metrics:
  latency_mean_ms: {path: metrics.latency_mean_ms, unit: ms, better: lower, flag_change: {rel: 0.05}}
rules: {}
"""


def test_a_change_beyond_the_limit_ends_with_four(compare, tmp_path):
    policy = tmp_path / "limited.yaml"
    policy.write_text(LIMITED)
    words = ("--policy", policy, "--require", "same-condition", "--fail-on", "flagged")
    assert compare(FIRST, SECOND, *words).status == 0
    done = compare(SECOND, FIRST, *words)
    assert done.status == 4
    assert done.stderr == (
        "Fails on: flagged; found: latency_mean_ms, a single-run change beyond the policy limit\n"
    )
    assert "+9.76%); single-run change beyond the policy limit" in " ".join(done.stdout.split())
    done = compare(FAKE, FIRST, *words[:2], "--fail-on", "flagged")
    assert done.status == 0
    assert done.stderr.startswith("Note: no change was looked at, since the verdict is No; ")
    assert compare(FAKE, FIRST, "--fail-on", "conditional", "--fail-on", "not-comparable").status == 3


def test_a_gate_that_can_never_fail_is_refused(compare):
    done = compare(FIRST, SECOND, "--fail-on", "flagged")
    assert (done.status, done.stdout) == (1, "")
    assert "sets no flag_change" in done.stderr


@pytest.mark.parametrize("form", ["text", "markdown", "summary", "json", "junit", "github"])
def test_every_format_says_which_policy_judged(compare, tmp_path, form):
    policy = tmp_path / "limited.yaml"
    policy.write_text(f"{LIMITED.replace('rules: {}', 'rules:')}  warmup-runs:\n    level: advisory\n")
    words = (FIRST, SECOND, "--policy", policy)
    digest = json.loads(compare(*words, "--json").stdout)["policy"]["digest"]
    done = compare(*words, "--format", form)
    assert done.status == 0
    for said in ("limited", "1.0.0", digest[:19], "edgeenv-default", "warmup-runs", "required", "advisory"):
        assert said in done.stdout
    assert compare(*words, "--format", form).stdout == done.stdout
