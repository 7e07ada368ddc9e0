"""What a person reads when a document breaks its contract."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeenv import schema
from edgeenv.documents import Document, load, load_yaml, parse_yaml
from edgeenv.errors import EdgeEnvError

VALID = Path(__file__).parents[1] / "documents" / "valid"
MINIMAL = (VALID / "bench-config" / "minimal.yaml").read_text()
RESULT = load(VALID / "result" / "current.json").data
METRICS = RESULT["metrics"]


def problems(old, new, *, base=MINIMAL, name="bench-config"):
    assert old in base
    return schema.check(name, parse_yaml(base.replace(old, new, 1).encode(), "bench.yaml"))


def only(old, new, **options):
    found = problems(old, new, **options)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("old", "new", "said", "hint"),
    [
        (
            '"1.0"',
            "1.10",
            "bench.yaml:4:16: $.model_version: found the number 1.10, expected text",
            'quote it: "1.10"',
        ),
        (
            "fp32",
            "true",
            "bench.yaml:12:12: $.precision: found the boolean true, expected text",
            'quote it: "true"',
        ),
        ("fp32", "", "bench.yaml:12:11: $.precision: found no value, expected text", "write the text"),
        ("fp32", "~", "bench.yaml:12:12: $.precision: found null, expected text", "write the text"),
        (
            "fp32",
            '""',
            "bench.yaml:12:12: $.precision: found empty text, expected at least 1 character",
            None,
        ),
        ("fp32", "[a]", "bench.yaml:12:12: $.precision: found a list of 1 item, expected text", None),
        ("fp32", "{a: b, c: d}", "$.precision: found an object with 2 members, expected text", None),
        (
            "warmup_runs: 3",
            'warmup_runs: "3"',
            "found the text '3', expected a whole number",
            "remove the quotes: 3",
        ),
        (
            "warmup_runs: 3",
            "warmup_runs: 3.0",
            "found the number 3.0, expected a whole number",
            "decimal point: 3",
        ),
        ("warmup_runs: 3", "warmup_runs: 3.5", "found the number 3.5, expected a whole number", None),
        ("warmup_runs: 3", "warmup_runs: -1", "found the number -1, expected a number not below 0", None),
        ("batch_size: 1", "batch_size: 99999999999", "expected a number not above 2147483647", None),
        (
            "preprocess: true",
            'preprocess: "yes"',
            "found the text 'yes', expected true or false",
            "quotes: true",
        ),
        ("preprocess: true", "preprocess: 0", "found the number 0, expected true or false", "write false"),
        ("[1, 3, 640, 640]", "640", "found the number 640, expected a list", None),
        ("[1, 3, 640, 640]", "[]", "found a list of 0 items, expected at least 1 item", None),
    ],
)
def test_a_wrong_value(old, new, said, hint):
    problem = only(old, new)
    assert said in problem.render()
    assert problem.hint is None if hint is None else hint in problem.hint


def test_a_near_miss_key_is_told_at_the_key_and_the_missing_one_at_its_parent():
    missing, stray = problems("model_format: onnx", "model-fromat: onnx")
    wanted = "missing, expected text: File format of the model"
    assert missing.render() == f"bench.yaml:1:1: $.model_format: {wanted}"
    assert stray.render().startswith(
        "bench.yaml:5:1: $['model-fromat']: found the unknown member 'model-fromat'"
    )
    assert stray.hint == "did you mean 'model_format'?"


def test_a_stray_key_that_is_near_to_nothing_gets_the_list():
    problem = only("batch_size: 1", "batch_size: 1\nzzz: 1")
    assert problem.hint.startswith("known members: name, command, ")


def test_a_near_miss_value_of_an_enumeration():
    profile = (VALID / "target-profile" / "minimal.yaml").read_text()
    problem = only("type: local", "type: Locall", base=profile, name="target-profile")
    assert problem.message == "found the text 'Locall', expected one of: fake, local"
    assert problem.hint == "did you mean 'local'?"


def test_names_of_variables():
    env = "batch_size: 1\nextra_env:\n  EDGEENV_X: a\n  path: b"
    reserved, small = problems("batch_size: 1", env)
    assert "reserved EDGEENV_ prefix" in reserved.message
    assert (reserved.line, reserved.column) == (15, 3)
    assert "capital letters, digits and underscores" in small.message


def test_a_pattern_is_never_shown():
    problem = only("batch_size: 1", "batch_size: 1\nmodel_sha256: XYZ")
    assert "64 lower-case hex digits" in problem.message
    assert "[0-9a-f]" not in problem.message


def test_long_and_hostile_values_are_bounded_and_escaped():
    problem = only("batch_size: 1", 'batch_size: "' + "\\u202e\\e[31m" + "x" * 5000 + '"')
    assert len(problem.message) < 200
    assert problem.message.isprintable()
    stray = only("batch_size: 1", 'batch_size: 1\n"\\e]0;' + "k" * 900 + '": 1')
    assert len(stray.render()) < 300
    assert stray.render().isprintable()


def test_all_problems_are_told_in_the_order_of_the_file():
    found = problems('model_version: "1.0"', "model_version: 1\nextra: 1\nother: 2")
    assert [p.line for p in found] == sorted(p.line for p in found)
    assert len(found) == 3
    many = schema.check_value("bench-config", {f"k{n}": 1 for n in range(5000)}, "v")
    assert 100 < len(many) <= 200


def test_an_unknown_version_is_the_only_problem():
    found = schema.check_value("result", {"schema_version": "edgeenv.result.v7", "x": 1}, "r.json")
    assert [p.code for p in found] == ["unsupported-schema-version"]
    assert "edgeenv.result.v7" in found[0].message
    assert "edgeenv.result.v1" in found[0].message


def test_require_carries_every_problem():
    document = parse_yaml(MINIMAL.replace("batch_size: 1", "batch_sise: 1").encode(), "b.yaml")
    with pytest.raises(EdgeEnvError, match=r"b\.yaml is no valid bench-config, 2 problems") as caught:
        schema.require("bench-config", document)
    assert caught.value.code == "invalid-document"
    assert len(caught.value.problems) == 2


def test_an_unknown_schema_is_refused_by_name():
    with pytest.raises(EdgeEnvError) as caught:
        schema.check_value("reslt", {}, "v")
    assert caught.value.code == "unknown-schema"
    assert caught.value.hint == "did you mean 'result'?"
    with pytest.raises(EdgeEnvError, match="no part 'metrix'"):
        schema.check_part("result", "metrix", {}, "v")


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({}, []),
        ({"latency_mean_ms": 12}, []),
        ({"latency_mean_ms": math.nan}, ["type"]),
        ({"throughput_fps": math.inf}, ["type"]),
        ({"throughput_fps": 0}, ["minimum"]),
        ({"throughput_fps": -1}, ["minimum"]),
        ({"throughput_fps": True}, ["type"]),
        ({"throughput_fps": "61"}, ["type"]),
        ({"throughput_fps": None}, ["type"]),
        ({"stdout": "x"}, ["unknown-member"]),
        ({"latency_p95_ms": 99.0}, ["percentiles-out-of-order"]),
        ({"latency_p50_ms": 99.0}, ["percentiles-out-of-order"]),
        (
            {"latency_p50_ms": 30.0, "latency_p95_ms": 20.0, "latency_p99_ms": 10.0},
            ["percentiles-out-of-order"] * 2,
        ),
        ({"latency_p50_ms": math.nan}, ["type"]),
    ],
    ids=str,
)
def test_metrics_as_a_command_prints_them(change, codes):
    found = schema.check_part("result", "metrics", {**METRICS, **change}, "EDGEENV_METRICS_JSON")
    assert [p.code for p in found] == codes
    assert all(p.path.startswith("$.") and p.line is None for p in found)


@pytest.mark.parametrize("value", [None, [], "x", 1, True])
def test_metrics_that_are_no_object(value):
    assert [p.code for p in schema.check_part("result", "metrics", value, "m")] == ["type"]


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        ({}, []),
        (dict.fromkeys(RESULT["resource_metrics"]), []),
        ({"temperature_peak_c": -40.5}, []),
        ({"energy_j": 0}, []),
        ({"energy_j": -0.1}, ["minimum"]),
        ({"memory_peak_mb": math.inf}, ["type"]),
        ({"temperature_peak_c": math.nan}, ["type"]),
        ({"memory_peak_mb": "512"}, ["type"]),
        ({"source": 1}, ["type"]),
        ({"gpu_load": 1}, ["unknown-member"]),
    ],
    ids=str,
)
def test_resource_metrics_as_a_command_prints_them(value, codes):
    assert [p.code for p in schema.check_part("result", "resource_metrics", value, "m")] == codes


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("python bench.py", None),
        ("python -c 'print(\"a b\")'", None),
        ("python -c 'print(1)", "command-unbalanced-quotes"),
        ('python "bench.py', "command-unbalanced-quotes"),
        ("python bench.py \\", "command-unbalanced-quotes"),
        ("   ", "command-empty"),
        ("''", "command-empty"),
        ("python a\0b", "nul-character"),
    ],
)
def test_the_command_is_checked_apart(command, code):
    document = Document(
        {**load_yaml(VALID / "bench-config" / "minimal.yaml").data, "command": command}, b"", "b"
    )
    assert schema.check("bench-config", document) == ()
    assert [p.code for p in schema.check_command(document)] == ([code] if code else [])


@pytest.mark.parametrize("data", [{}, {"command": 3}, {"command": ""}, [], None])
def test_a_command_that_the_contract_refuses_is_not_told_twice(data):
    assert schema.check_command(Document(data, b"", "b")) == ()


def test_a_problem_of_the_command_has_its_place():
    document = parse_yaml(b"name: x\ncommand: python 'a\n", "b.yaml")
    assert schema.check_command(document)[0].render().startswith("b.yaml:2:10: $.command: ")


def test_many_mixed_items_are_compared_in_linear_time():
    fields = [[], {}, 1, "a", None, True, 1.5] * 3000
    policy = {
        "schema_version": "edgeenv.policy.v1",
        "name": "x",
        "version": "1.0.0",
        "modes": fields,
        "rules": {},
    }
    assert schema.check_value("policy", policy, "p")


def test_importing_schema_imports_no_validator():
    program = "import sys, edgeenv.schema as s; s.names(); sys.exit('jsonschema' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=80, deadline=None)
@given(name=st.sampled_from(schema.names()), value=anything)
def test_any_value_is_judged_and_never_accepted(name, value):
    found = schema.check_value(name, value, "v")
    assert found
    assert all(problem.message.isprintable() and problem.path.isprintable() for problem in found)


@settings(max_examples=150, deadline=None)
@given(member=st.sampled_from(sorted(RESULT)), value=anything)
def test_a_result_with_one_strange_member_is_judged(member, value):
    for problem in schema.check_value("result", {**RESULT, member: value}, "v"):
        assert problem.path.startswith(f"$.{member}")


def test_a_file_without_a_marker_is_told_which_one():
    found = schema.check_value("policy", {"name": "lab", "version": "1", "rules": {}}, "x")
    (problem,) = [problem for problem in found if problem.path == "$.schema_version"]
    assert problem.message.startswith("missing, expected the text 'edgeenv.policy.v1'")
    assert problem.hint == "add: schema_version: edgeenv.policy.v1"


@pytest.mark.parametrize(
    ("parent", "hint"),
    [
        ("default", "write edgeenv:default for a shipped policy, ./default.yaml for a file"),
        ("https://x/y.yaml", None),
    ],
)
def test_a_parent_without_its_prefix_is_told_both_ways(parent, hint):
    value = {
        "schema_version": "edgeenv.policy.v1",
        "name": "lab",
        "version": "1",
        "rules": {},
        "extends": parent,
    }
    found = schema.check_value("policy", value, "x")
    (problem,) = [problem for problem in found if problem.path == "$.extends"]
    assert problem.hint == hint


@pytest.mark.parametrize(
    ("marker", "hint"),
    [
        ("edgeenv.policy-test.v1", "this is a document of another kind"),
        ("edgeenv.policy.v9", "use a release of EdgeEnv that knows this version"),
        ("edgeenv.polcy.v1", "use a release of EdgeEnv that knows this version"),
    ],
)
def test_a_marker_of_another_kind_is_no_question_of_the_release(marker, hint):
    (problem,) = schema.check_value("policy", {"schema_version": marker}, "x")
    assert problem.hint.startswith(hint)
