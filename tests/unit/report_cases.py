"""Judgements made by hand, for tests of what reports say."""

from __future__ import annotations

from itertools import combinations

from edgeenv.model.finding import Finding
from edgeenv.model.judgement import (
    AppliedWaiver,
    Axis,
    Difference,
    FieldOutcome,
    Judgement,
    Level,
    MetricDelta,
    Outcome,
    PolicyIdentity,
    RuleOutcome,
    Verdict,
)
from edgeenv.model.remedy import Need, Perhaps, Place, Remedy, RemedyStep
from edgeenv.report.comparison import Comparison, Side
from edgeenv.report.gate import FAILURES, REQUIREMENTS, Gate

A = Side("run-20260507-212153-0a1b2c3d", f"sha256:{'a' * 64}", "yolo 1.0, onnxruntime (cpu), bench-1")
B = Side("run-20260507-213011-4e5f6a7b", f"sha256:{'b' * 64}", "yolo 1.0, onnxruntime (cpu), bench-1")
POLICY = PolicyIdentity("edgeenv-default", "1.0.0", f"sha256:{'c' * 64}", (("edgeenv-default", "1.0.0"),))
HEIR = PolicyIdentity(
    "lab",
    "2.1.0",
    f"sha256:{'d' * 64}",
    (("edgeenv-default", "1.0.0"), ("lab", "2.1.0")),
    (("warmup-runs", "required", "advisory"),),
)
RESOLVED = {
    "schema_version": "edgeenv.policy.v1",
    "name": "edgeenv-default",
    "version": "1.0.0",
    "rules": {
        "model-hash": {
            "level": "required",
            "fields": ["model.model_hash"],
            "reason": "Different model hash",
        }
    },
}
# The delta block of the contract, to the digit.
DELTAS = tuple(
    MetricDelta(metric, unit, a, b, round(b - a, 9), 100 * (b - a) / a, better, "improved")
    for metric, unit, a, b, better in (
        ("latency_mean_ms", "ms", 18.0, 16.4, "lower"),
        ("latency_p50_ms", "ms", 17.6, 16.0, "lower"),
        ("latency_p95_ms", "ms", 20.5, 18.2, "lower"),
        ("latency_p99_ms", "ms", 22.0, 19.7, "lower"),
        ("throughput_fps", "fps", 55.5, 61.0, "higher"),
    )
)
# What outside text may hold: table and list syntax, HTML, links, code, line breaks, escapes, bidi, wide text.
HOSTILE = (
    "a|b",
    "a\nb\r\nc",
    "`code` ``more``",
    "<script>alert(1)</script>",
    "[x](http://evil.example)",
    "http://evil.example www.evil.example",
    "someone@evil.example",
    "\x1b[31mred\x1b[0m\x07",
    "\u202egnp.exe",
    "# heading",
    "- item",
    "1. item",
    "*bold* _it_ ~~no~~",
    "모델-ギガ",
    "",
    "\\|",
    "{{ 7 * 7 }} {% raw %}",
    "a\u2028b\x85c",
)


def rule(name, outcome, fields, *, level=Level.REQUIRED, mode=None, reason=None):  # noqa: PLR0913 - a case
    return RuleOutcome(
        rule=name,
        level=level,
        outcome=outcome,
        matcher="exact",
        reason=reason or f"Different {name.replace('-', ' ')}",
        mode=mode,
        fields=tuple(
            FieldOutcome(path, a, b, Outcome.SAME if a == b else outcome, ("B",) if b is None else ())
            for path, a, b in fields
        ),
    )


SAME_SHAPE = rule("input-shape", Outcome.SAME, [("protocol.input_shape", [1, 3, 224, 224], [1, 3, 224, 224])])
SAME_HASH = rule("model-hash", Outcome.SAME, [("model.model_hash", "ab" * 32, "ab" * 32)])
OTHER_HASH = rule("model-hash", Outcome.DIFFERENT, [("model.model_hash", "ab" * 32, "cd" * 32)])
NO_HASH = rule("model-hash", Outcome.MISSING, [("model.model_hash", "ab" * 32, None)])
OTHER_RUNTIME = rule(
    "runtime",
    Outcome.DIFFERENT,
    [("runtime.runtime", "onnxruntime", "onnxruntime"), ("runtime.execution_provider", "cpu", "cuda")],
    level=Level.CONDITIONAL,
    mode="runtime-comparison",
    reason="Different runtime or execution provider",
)


def judgement(verdict, rules, **members):
    values = {
        "mode": None,
        "modes": (),
        "reasons": (),
        "notes": (),
        "advisories": (),
        "unjudged": (),
        "deltas": (),
        "policy": POLICY,
        "engine": "edgeenv-rules/1",
    }
    return Judgement(verdict=verdict, rules=tuple(rules), **{**values, **members})


def comparison(verdict, rules, a=A, b=B, **members):
    return Comparison(judgement(verdict, rules, **members), a, b, RESOLVED)


HASH_STEP = RemedyStep(
    "model.model_hash",
    "ab" * 32,
    "cd" * 32,
    Need.EQUAL,
    ("B",),
    ("model-hash",),
    ("exact",),
    Place.MACHINE,
    None,
)
PROVIDER_STEP = RemedyStep(
    "runtime.execution_provider",
    "cpu",
    "cuda",
    Need.EQUAL,
    ("B",),
    ("runtime",),
    ("exact",),
    Place.BENCH_CONFIG,
    "execution_provider",
)
PRECISION_STEP = RemedyStep(
    "protocol.precision",
    None,
    None,
    Need.PRESENT,
    ("A", "B"),
    ("precision",),
    ("text ignoring case",),
    Place.BENCH_CONFIG,
    "precision",
)

YES = comparison(
    Verdict.COMPARABLE,
    [SAME_HASH, SAME_SHAPE],
    mode="same-condition",
    reasons=("Same model hash", "Same input shape"),
    deltas=DELTAS,
    unjudged=(Difference("execution.extra_env.OMP_NUM_THREADS", "1", "2"),),
)
NO = comparison(
    Verdict.NOT_COMPARABLE,
    [OTHER_HASH, SAME_SHAPE, OTHER_RUNTIME],
    reasons=("Different model hash",),
    unjudged=(Difference("env.kernel", "5.15.148-tegra", None), Difference("env.cpu_count", 6, "6")),
    remedy=Remedy((HASH_STEP, PROVIDER_STEP)),
)
CONDITIONAL = comparison(
    Verdict.CONDITIONAL,
    [SAME_HASH, SAME_SHAPE, OTHER_RUNTIME],
    mode="runtime-comparison",
    modes=("runtime-comparison",),
    reasons=("Same model hash", "Same input shape", "Different runtime or execution provider"),
    notes=("Different warmup runs",),
    policy=HEIR,
    remedy=Remedy((PROVIDER_STEP,)),
)
CONTROLLED = comparison(
    Verdict.CONDITIONAL,
    [SAME_HASH, SAME_SHAPE, OTHER_RUNTIME],
    mode="runtime-comparison",
    modes=("runtime-comparison",),
    reasons=("Same model hash", "Same input shape", "Different runtime or execution provider"),
    remedy=Remedy((PROVIDER_STEP,)),
    axis=Axis(("runtime",), ("runtime",), (), (), (), controlled=True),
)
SURPLUS = comparison(
    Verdict.CONDITIONAL,
    [SAME_HASH, SAME_SHAPE, OTHER_RUNTIME],
    mode="runtime-comparison",
    modes=("runtime-comparison",),
    reasons=("Same model hash", "Same input shape", "Different runtime or execution provider"),
    remedy=Remedy((PROVIDER_STEP,)),
    axis=Axis(("target", "power"), (), ("target",), ("power",), ("runtime",), controlled=False),
)
INDETERMINATE = comparison(
    Verdict.INDETERMINATE,
    [NO_HASH, SAME_SHAPE],
    reasons=("Missing evidence: model.model_hash (B)",),
    advisories=(Finding("model-missing", "B has no model identity: record it again", (("sides", "B"),)),),
    remedy=Remedy(
        (HASH_STEP._replace(b=None, need=Need.PRESENT), PRECISION_STEP),
        (Perhaps("calibration", "precision", ("int8",), ("model.size_bytes",)),),
    ),
)
FLAGGED = comparison(
    Verdict.COMPARABLE,
    [SAME_HASH, SAME_SHAPE],
    mode="same-condition",
    reasons=("Same model hash", "Same input shape"),
    deltas=(MetricDelta("latency_mean_ms", "ms", 10.0, 20.0, 10.0, 100.0, "lower", "flagged"), *DELTAS[1:]),
    policy=HEIR,
)
EXPIRED = AppliedWaiver("orin-fp16", "Ships until 2.4", "Kim", "2026-06-30", in_force=False, selected=("B",))
IN_FORCE = AppliedWaiver(None, "Ships until 2.4", "Kim", "2026-12-31", in_force=True, selected=("A", "B"))
WAIVED = comparison(
    Verdict.COMPARABLE,
    [OTHER_HASH._replace(waiver=IN_FORCE), SAME_SHAPE],
    mode="same-condition",
    reasons=("Same input shape", "Waived until 2026-12-31 by Kim: Different model hash (Ships until 2.4)"),
    deltas=DELTAS,
    day="2026-11-24",
)
UNDECIDED = comparison(
    Verdict.INDETERMINATE,
    [OTHER_HASH._replace(waiver=EXPIRED), SAME_SHAPE, OTHER_RUNTIME._replace(waiver=IN_FORCE)],
    reasons=(
        "Waiver 'orin-fp16' by Kim expired on 2026-06-30: Different model hash (Ships until 2.4)",
        "Waived until 2026-12-31 by Kim: Different runtime or execution provider (Ships until 2.4)",
    ),
    day="2026-11-24",
)
GATES = tuple(
    Gate(require, fail_on)
    for require in (None, *REQUIREMENTS)
    for size in range(len(FAILURES) + 1)
    for fail_on in combinations(FAILURES, size)
    if require or fail_on
)
"""Every demand that can be made, but for none."""
ALL = {
    "yes": YES,
    "no": NO,
    "conditional": CONDITIONAL,
    "indeterminate": INDETERMINATE,
    "controlled": CONTROLLED,
    "surplus": SURPLUS,
    "flagged": FLAGGED,
    "waived": WAIVED,
    "expired": UNDECIDED,
}
