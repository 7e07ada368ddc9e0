"""The shipped policies on named pairs of runs: verdicts, modes, reasons, findings, deltas."""

from __future__ import annotations

import pytest
from policy_cases import BASE, policy, rule, run

from edgeenv.model.facts import Facts, placeholder_hash
from edgeenv.model.judgement import Outcome, Verdict
from edgeenv.policy.document import load_policy
from edgeenv.policy.judge import judge

SAME = ("Same model hash", "Same input shape")

# Every field of the mission's rule, with another value and the one sentence that it must give.
REQUIRED = [
    ("model.model_hash", "bb" * 32, "Different model hash"),
    ("protocol.input_shape", [1, 3, 320, 320], "Different input shape"),
    ("protocol.input_dtype", "float16", "Different input dtype"),
    ("protocol.task", "image-classification", "Different task"),
    ("protocol.precision", "int8", "Different precision"),
    ("protocol.batch_size", 2, "Different batch size"),
    ("protocol.warmup_runs", 4, "Different warmup runs"),
    ("protocol.repeat_runs", 11, "Different repeat runs"),
    ("protocol.include_preprocess", False, "Different preprocess inclusion"),
    ("protocol.include_postprocess", False, "Different postprocess inclusion"),
]
CONDITIONAL = [
    ("runtime.runtime", "tensorrt", "runtime-comparison", "Different runtime or execution provider"),
    ("runtime.execution_provider", "cuda", "runtime-comparison", "Different runtime or execution provider"),
    ("target.target_name", "bench-2", "target-comparison", "Different target"),
    ("target.target_type", "fake", "target-comparison", "Different target"),
    ("target.board_name", "agx-orin", "target-comparison", "Different target"),
    ("target.os", "macOS", "target-comparison", "Different target"),
    ("target.runtime_tags", ["lab", "x"], "target-comparison", "Different target"),
]


@pytest.fixture(scope="module")
def default():
    return load_policy("default")


@pytest.fixture(scope="module")
def strict():
    return load_policy("strict")


def test_identical_conditions_are_comparable(default):
    judgement = judge(default, run(), run({"run_id": "run-20260101-000001-bbbbbbbb"}))
    assert (judgement.verdict, judgement.mode) == (Verdict.COMPARABLE, "same-condition")
    assert judgement.reasons == SAME
    assert judgement.unjudged == ()
    assert judgement.advisories == ()


@pytest.mark.parametrize(("path", "value", "reason"), REQUIRED)
def test_each_required_field_alone_means_no_with_exactly_its_reason(default, path, value, reason):
    judgement = judge(default, run(), run({path: value}))
    assert (judgement.verdict, judgement.mode) == (Verdict.NOT_COMPARABLE, None)
    assert judgement.reasons == (reason,)
    assert judgement.deltas == ()
    assert [r.rule for r in judgement.rules if r.outcome is not Outcome.SAME] == [
        r.id for r in default.rules if path in r.fields
    ]


@pytest.mark.parametrize(("path", "value", "mode", "reason"), CONDITIONAL)
def test_each_conditional_field_alone_means_conditional(default, path, value, mode, reason):
    judgement = judge(default, run(), run({path: value}))
    assert (judgement.verdict, judgement.mode, judgement.modes) == (Verdict.CONDITIONAL, mode, (mode,))
    assert judgement.reasons == (*SAME, reason)
    assert judgement.deltas == ()


@pytest.mark.parametrize("path", [path for path, *_ in REQUIRED])
def test_required_evidence_that_is_missing_decides_nothing(default, path):
    for a, b, side in (
        (run(), run({"run_id": "x"}, without=(path,)), "B"),
        (run(without=(path,)), run({"run_id": "x"}), "A"),
        (run(without=(path,)), run(without=(path,)), "A and B"),
    ):
        judgement = judge(default, a, b)
        assert (judgement.verdict, judgement.mode) == (Verdict.INDETERMINATE, None)
        assert judgement.reasons == (f"Missing evidence: {path} ({side})",)


def test_reasons_keep_the_order_of_the_policy(default):
    judgement = judge(default, run(), run({path: value for path, value, _ in reversed(REQUIRED)}))
    assert judgement.reasons == tuple(reason for _, _, reason in REQUIRED)


def test_runtime_outranks_target_and_both_reasons_show(default):
    judgement = judge(default, run(), run({"runtime.runtime": "tensorrt", "target.os": "macOS"}))
    assert judgement.mode == "runtime-comparison"
    assert judgement.modes == ("runtime-comparison", "target-comparison")
    assert judgement.reasons == (*SAME, "Different runtime or execution provider", "Different target")


def test_a_required_difference_hides_conditional_reasons_and_outweighs_missing_evidence(default):
    other = run({"protocol.precision": "int8", "runtime.runtime": "tensorrt"}, without=("protocol.task",))
    judgement = judge(default, run(), other)
    assert judgement.verdict is Verdict.NOT_COMPARABLE
    assert judgement.reasons == ("Different precision",)


def test_true_is_not_one(default):
    judgement = judge(default, run(), run({"protocol.include_preprocess": 1}))
    assert judgement.verdict is Verdict.NOT_COMPARABLE


def test_a_model_that_was_not_there_is_no_identity(default):
    gone = run({"model.model_hash": None, "model.hash_basis": "missing"})
    judgement = judge(default, gone, gone)
    assert judgement.verdict is Verdict.INDETERMINATE
    assert judgement.reasons == ("Missing evidence: model.model_hash (A and B)",)
    assert "model-missing" in [finding.code for finding in judgement.advisories]


def test_a_placeholder_hash_of_an_earlier_release_counts_as_missing(default):
    model = {
        "model_path": "./models//yolov8n-fire.onnx",
        "model_hash": placeholder_hash("models/yolov8n-fire.onnx"),
    }
    assert model["model_hash"] == "de6861b8925800b8daf54b23ec67167fea2c4b357176e524b3b56878c09b8090"
    old = Facts.of_result({**BASE, "model": model})
    judgement = judge(default, old, old)
    assert judgement.verdict is Verdict.INDETERMINATE
    assert [f.code for f in judgement.advisories] == ["self-comparison", "model-missing"]


def test_fake_runs_are_never_same_condition_with_real_ones_and_always_named(default):
    fake = run({"target.target_type": "fake", "model.hash_basis": "synthetic"})
    mixed = judge(default, run(), fake)
    assert (mixed.verdict, mixed.mode) == (Verdict.CONDITIONAL, "target-comparison")
    assert "synthetic-run" in [finding.code for finding in mixed.advisories]
    both = judge(default, fake, run({"target.target_type": "fake", "model.hash_basis": "synthetic"}))
    assert both.verdict is Verdict.COMPARABLE
    finding = next(finding for finding in both.advisories if finding.code == "synthetic-run")
    assert finding.text.startswith("A and B are synthetic runs")


def test_declared_identity_self_comparison_and_recorded_findings_are_advisories(default):
    declared = run(
        {"model.hash_basis": "declared", "findings": [{"code": "log-truncated", "message": "cut"}]}
    )
    judgement = judge(default, declared, declared)
    assert judgement.verdict is Verdict.COMPARABLE
    assert [f.code for f in judgement.advisories] == [
        "self-comparison",
        "model-identity-declared",
        "log-truncated",
        "log-truncated",
    ]


def test_facts_that_no_rule_reads_are_named_with_both_values(default):
    a = run({"execution.extra_env": {"THREADS": "1"}, "execution.duration_s": 1.0, "env.cpu_count": 4})
    b = run({"execution.extra_env": {"THREADS": "2"}, "execution.duration_s": 2.0, "benchmark_name": "other"})
    judgement = judge(default, a, b)
    assert judgement.verdict is Verdict.COMPARABLE
    assert [(d.path, d.a, d.b) for d in judgement.unjudged] == [
        ("benchmark_name", "bench", "other"),
        ("env.cpu_count", 4, None),
        ("execution.extra_env.THREADS", "1", "2"),
    ]


def test_the_deltas_of_the_compare_example(default):
    other = {
        "metrics": {
            "latency_mean_ms": 16.4,
            "latency_p50_ms": 16.0,
            "latency_p95_ms": 18.2,
            "latency_p99_ms": 19.7,
            "throughput_fps": 61.0,
        }
    }
    judgement = judge(default, run(), run(other))
    assert [(d.metric, d.delta, round(d.percent, 2), d.status) for d in judgement.deltas] == [
        ("latency_mean_ms", -1.6, -8.89, "improved"),
        ("latency_p50_ms", -1.6, -9.09, "improved"),
        ("latency_p95_ms", -2.3, -11.22, "improved"),
        ("latency_p99_ms", -2.3, -10.45, "improved"),
        ("throughput_fps", 5.5, 9.91, "improved"),
    ]


@pytest.mark.parametrize(
    ("a", "b", "limits", "status"),
    [
        (10.0, 11.0, {"rel": 0.15}, "worse"),
        (10.0, 12.0, {"rel": 0.15}, "flagged"),
        (1.0, 1.2, {"rel": 0.15, "abs": 0.5}, "worse"),
        (10.0, 9.0, {"rel": 0.01}, "improved"),
        (10.0, 10.0, {"rel": 0.01}, "unchanged"),
        (10.0, 12.0, None, "worse"),
        (0, 1.0, None, "worse"),
        (True, 1.0, None, "n/a"),
        ("10", 1.0, None, "n/a"),
        (None, 1.0, None, "n/a"),
    ],
)
def test_a_change_for_the_worse_is_flagged_beyond_every_limit(a, b, limits, status):
    metric = {"path": "m.value", "unit": "ms", "better": "lower"}
    if limits:
        metric["flag_change"] = limits
    rules = policy({"rules": {"h": rule("model.model_hash")}, "metrics": {"value": metric}})
    delta = judge(rules, run({"m.value": a}), run({"m.value": b})).deltas[0]
    assert delta.status == status
    assert (delta.percent is None) == (status == "n/a" or a == 0)


MACHINE = {
    "env.machine": "aarch64",
    "env.cpu_model": "Cortex-A78AE",
    "env.cpu_count": 6,
    "env.memory_total_bytes": 8_000_000_000,
    "env.kernel": "5.15.148-tegra",
    "env.libc": "glibc 2.35",
    "env.packages": {"onnxruntime": "1.20.0"},
    "execution.extra_env": {},
    "env.conditions.before.power_mode": "15W",
    "env.conditions.before.cpu_governor": "schedutil",
    "env.conditions.before.cpu_clusters": [{"cpus": "0-5", "min_khz": 729600, "max_khz": 1510400}],
}
ADVISED = {
    "env.conditions.before.power_mode": "7W",
    "env.conditions.before.platform_profile": "quiet",
    "env.conditions.before.cpu_governor": "performance",
    "env.conditions.during.throttled": True,
    "env.conditions.before.cpu_affinity": "0-1",
    "env.conditions.before.samplers_active": ["process-tree"],
}
CALM = {
    "env.conditions.before.power_mode": "15W",
    "env.conditions.before.platform_profile": "balanced",
    "env.conditions.before.cpu_governor": "schedutil",
    "env.conditions.during.throttled": False,
    "env.conditions.before.cpu_affinity": "0-5",
    "env.conditions.before.samplers_active": [],
}


@pytest.mark.parametrize("path", ADVISED)
def test_conditions_that_differ_are_noted_and_change_no_verdict(default, path):
    a, b = run(CALM), run({**CALM, path: ADVISED[path]})
    judgement = judge(default, a, b)
    assert (judgement.verdict, judgement.reasons) == (Verdict.COMPARABLE, SAME)
    (note,) = judgement.notes
    rule = next(rule for rule in default.rules if path in rule.fields)
    assert note.startswith(rule.reason)
    assert judge(default, a, a).notes == ()


@pytest.mark.parametrize(
    "path",
    sorted(
        set(ADVISED) - {"env.conditions.before.samplers_active", "env.conditions.before.platform_profile"}
    ),
)
def test_edge_wants_the_same_conditions_where_they_are_known(path):
    edge = load_policy("edge")
    a, b = run(CALM), run({**CALM, path: ADVISED[path]})
    assert judge(edge, a, a).verdict is Verdict.COMPARABLE
    assert judge(edge, run(), run()).verdict is Verdict.COMPARABLE
    assert judge(edge, a, b).verdict is Verdict.NOT_COMPARABLE
    assert judge(edge, a, run(CALM, without=(path,))).verdict is Verdict.INDETERMINATE


@pytest.mark.parametrize("name", ["power_mode", "cpu_governor", "cpu_clusters"])
def test_strict_wants_power_mode_and_clocks_that_are_known_and_the_same(strict, name):
    path = f"env.conditions.before.{name}"
    unknown = run(MACHINE, without=(path,))
    assert judge(strict, unknown, unknown).verdict is Verdict.INDETERMINATE
    assert judge(strict, run(MACHINE), run({**MACHINE, path: "other"})).verdict is Verdict.NOT_COMPARABLE


def test_an_overloaded_or_throttled_machine_is_named_whatever_the_other_one_was(default):
    loaded = {"env.conditions.before.load_1m": 4.5, "env.conditions.before.cpu_count": 4}
    slowed = {"env.conditions.during.throttled": True}
    both = judge(default, run({**loaded, **slowed}), run({**loaded, **slowed}))
    assert both.verdict is Verdict.COMPARABLE
    assert [finding.code for finding in both.advisories][-2:] == ["load-above-cores", "throttled-during-run"]
    one = judge(default, run(), run(loaded))
    assert one.advisories[-1].operands == (("sides", "B"),)
    calm = {"env.conditions.before.load_1m": 4, "env.conditions.before.cpu_count": 4}
    assert judge(default, run(calm), run(calm)).advisories[1:] == ()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("env.cpu_model", "Cortex-A57"),
        ("env.memory_total_bytes", 4_000_000_000),
        ("env.kernel", "6.1"),
        ("env.packages", {"onnxruntime": "1.21.0"}),
        ("execution.extra_env", {"OMP_NUM_THREADS": "2"}),
    ],
)
def test_strict_wants_the_same_machine(strict, path, value):
    assert judge(strict, run(MACHINE), run(MACHINE)).verdict is Verdict.COMPARABLE
    assert judge(strict, run(MACHINE), run({**MACHINE, path: value})).verdict is Verdict.NOT_COMPARABLE


@pytest.mark.parametrize("basis", ["declared", "synthetic", "missing"])
def test_strict_takes_no_model_that_was_not_read(strict, basis):
    other = run({**MACHINE, "model.hash_basis": basis})
    assert judge(strict, other, other).verdict is Verdict.INDETERMINATE


def test_a_guarded_rule_is_silent_where_its_guard_does_not_hold():
    rules = policy(
        {
            "rules": {
                "precision": rule("protocol.precision", match={"text": {"ignore_case": True}}),
                "calibration": rule("extensions.calibration", when={"precision": ["INT8"]}),
            }
        }
    )
    fp32 = judge(rules, run(), run())
    assert [r.outcome for r in fp32.rules] == [Outcome.SAME, Outcome.NOT_APPLICABLE]
    int8 = run({"protocol.precision": "int8"})
    assert judge(rules, int8, int8).reasons == ("Missing evidence: extensions.calibration (A and B)",)
    mixed = judge(rules, run(), int8)
    assert mixed.verdict is Verdict.NOT_COMPARABLE
    assert [r.outcome for r in mixed.rules] == [Outcome.DIFFERENT, Outcome.NOT_APPLICABLE]


@pytest.mark.parametrize("word", ["unknown", "Unknown", "UNKNOWN", "N/A"])
def test_a_word_for_unknown_is_missing_evidence_in_any_case(word):
    rules = policy({"unknown_values": ["unknown", "n/a"], "rules": {"task": rule("protocol.task")}})
    same = run({"protocol.task": word})
    assert judge(rules, same, same).reasons == ("Missing evidence: protocol.task (A and B)",)
