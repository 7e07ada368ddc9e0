"""Runs and policies for the tests of the judge, and the strategies that generate more of them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from edgeenv.model.facts import Facts
from edgeenv.model.judgement import PolicyIdentity
from edgeenv.policy.reading import policy_of

if TYPE_CHECKING:
    from edgeenv.policy.rules import Policy

BASE: dict[str, Any] = {
    "run_id": "run-20260101-000000-aaaaaaaa",
    "benchmark_name": "bench",
    "model": {"model_name": "m", "model_hash": "aa" * 32, "hash_basis": "file"},
    "protocol": {
        "input_shape": [1, 3, 640, 640],
        "input_dtype": "float32",
        "task": "object-detection",
        "precision": "fp32",
        "batch_size": 1,
        "warmup_runs": 3,
        "repeat_runs": 1000,
        "include_preprocess": True,
        "include_postprocess": True,
    },
    "runtime": {"runtime": "onnxruntime", "execution_provider": "cpu"},
    "target": {
        "target_name": "bench-1",
        "target_type": "local",
        "board_name": "orin-nano",
        "os": "linux",
        "runtime_tags": ["lab"],
    },
    "metrics": {
        "latency_mean_ms": 18.0,
        "latency_p50_ms": 17.6,
        "latency_p95_ms": 20.5,
        "latency_p99_ms": 22.0,
        "throughput_fps": 55.5,
    },
}


def run(changes: dict[str, Any] | None = None, *, without: tuple[str, ...] = ()) -> Facts:
    """The base run with other values under some dotted paths, and without others."""
    document = copy.deepcopy({**BASE, "run_id": "run-20260101-000001-bbbbbbbb"} if changes else BASE)
    for path, value in (changes or {}).items():
        *parents, last = path.split(".")
        place = document
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    for path in without:
        *parents, last = path.split(".")
        place = document
        for parent in parents:
            place = place[parent]
        del place[last]
    return Facts(document)


def policy(document: dict[str, Any]) -> Policy:
    """A policy from resolved members, as the loader would build it."""
    return policy_of(document, PolicyIdentity("test", "1.0.0", "sha256:0", (("test", "1.0.0"),)))


def rule(field: str, level: str = "required", **members: Any) -> dict[str, Any]:
    """One complete rule."""
    complete = {"level": level, "fields": [field], "reason": f"Different {field}", **members}
    if level == "conditional":
        complete.setdefault("mode", "mode-a")
    return complete


# A small world in which collisions are frequent, so that every outcome is met.
FIELDS = ("x.a", "x.b", "y.c", "y.d")
VALUES: tuple[Any, ...] = (
    None,
    "unknown",
    "fp16",
    "half",
    "FP16",
    "1.2.3",
    "1.2.9",
    1,
    True,
    20.0,
    24.0,
    28.5,
    ["p", "q"],
    ["q", "p"],
)
EQUIVALENCES: tuple[dict[str, Any], ...] = (
    {"exact": {}},
    {"text": {}},
    {"text": {"ignore_case": True, "aliases": "precision"}},
    {"list": {}},
    {"list": {"ignore_order": True}},
    {"version": {"parts": 2}},
)
TOLERANCES: tuple[dict[str, Any], ...] = ({"number": {"abs": 5}}, {"number": {"rel": 0.2}})


@st.composite
def runs(draw: st.DrawFn) -> Facts:
    """A run of the small world; any field may be absent."""
    document: dict[str, Any] = {"x": {}, "y": {}, "z": {"free": draw(st.integers(0, 2))}}
    for path in FIELDS:
        section, name = path.split(".")
        if draw(st.booleans()) or draw(st.booleans()):
            document[section][name] = draw(st.sampled_from(VALUES))
    return Facts(document)


@st.composite
def documents(draw: st.DrawFn, *, equivalences_only: bool = False) -> dict[str, Any]:
    """The resolved members of a policy of the small world, as schema and lint would accept them."""
    rules: dict[str, Any] = {"guard": rule("x.a", match=draw(st.sampled_from(EQUIVALENCES)))}
    operators = EQUIVALENCES if equivalences_only else EQUIVALENCES + TOLERANCES
    for index in range(draw(st.integers(0, 5))):
        level = draw(st.sampled_from(["required", "conditional", "advisory", "disabled"]))
        fields = draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=2, unique=True))
        tolerant = (
            ["fail", "allow-both"]
            if level == "required" or equivalences_only
            else ["fail", "allow-both", "ignore"]
        )
        complete: dict[str, Any] = {
            "level": level,
            "fields": fields,
            "reason": f"Different thing {index}",
            "match": draw(st.sampled_from(operators)),
            "missing": draw(st.sampled_from(tolerant)),
        }
        if level == "conditional":
            complete["mode"] = draw(st.sampled_from(["mode-a", "mode-b"]))
        if draw(st.integers(0, 3)) == 0:
            complete["when"] = {
                "guard": draw(
                    st.lists(st.sampled_from(["fp16", "half", 1]), min_size=1, max_size=2, unique=True)
                )
            }
        rules[f"rule-{index}"] = complete
    return {
        "modes": ["mode-b", "mode-a"],
        "unknown_values": ["Unknown", ""],
        "aliases": {"precision": {"fp16": ["half"]}},
        "rules": rules,
        "same_reasons": [{"reason": "Same guard", "rules": ["guard"]}],
        "metrics": {"a": {"path": "x.a", "unit": "ms", "better": "lower"}},
    }


# Days around which the generated waivers expire.
DAYS = ("2026-01-01", "2026-01-02", "2026-01-03")


@st.composite
def waivers(draw: st.DrawFn, document: dict[str, Any]) -> dict[str, Any]:
    """The same policy with waivers of its required and conditional rules, for some runs."""
    waivable = [
        name for name, each in document["rules"].items() if each["level"] in ("required", "conditional")
    ]
    values = st.sampled_from(
        [value for value in VALUES if not isinstance(value, list | None)] + ["fp*", "?.2.*"]
    )
    found = []
    for index in range(draw(st.integers(1, 3))):
        paths = draw(st.lists(st.sampled_from((*FIELDS, "z.free")), min_size=1, max_size=2, unique=True))
        found.append(
            {
                "rule": draw(st.sampled_from(waivable)),
                "runs": {path: draw(st.lists(values, min_size=1, max_size=3)) for path in paths},
                "reason": f"Known (A) case {index}",
                "owner": "Kim",
                "expires": draw(st.sampled_from(DAYS)),
            }
        )
    return {**document, "waivers": found}


@st.composite
def waiving(draw: st.DrawFn) -> dict[str, Any]:
    """A policy of the small world that has waivers."""
    return draw(waivers(draw(documents())))
