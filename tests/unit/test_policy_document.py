"""Policies by name and file: the chain, overrides, what is refused and where, and the digest."""

from __future__ import annotations

import json

import pytest

from edgeenv import resources
from edgeenv.errors import EdgeEnvError
from edgeenv.model.judgement import Level
from edgeenv.policy.chain import shipped_names
from edgeenv.policy.document import digest_of, inspect, load_policy, load_resolved, resolve_document

HEAD = 'schema_version: edgeenv.policy.v1\nname: lab\nversion: "1.0.0"\n'
RULE = "  {name}:\n    level: required\n    fields: [{field}]\n    reason: Different {name}\n"


def write(folder, text, name="lab.yaml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def refused(folder, text, **options):
    with pytest.raises(EdgeEnvError) as caught:
        load_policy(write(folder, text), **options)
    return caught.value


def codes(error):
    return [(problem.code, problem.line) for problem in error.problems]


def test_the_shipped_policies_are_known_and_complete():
    assert {"default", "strict"} <= set(shipped_names())
    for name in shipped_names():
        assert load_policy(name) == load_policy(f"edgeenv:{name}")


@pytest.mark.parametrize("name", ["default", "strict"])
def test_the_resolved_form_of_a_shipped_policy_is_that_of_its_yaml(name):
    """Mend with: edgeenv policy show NAME --resolved --json > policies/NAME.resolved.json."""
    shipped = json.loads(resources.read_text("policies", f"{name}.resolved.json"))
    assert shipped == resolve_document(name)
    assert load_resolved(name) == shipped


def test_a_shipped_policy_that_was_edited_is_judged_as_edited(monkeypatch):
    read = resources.read_bytes

    def edited(kind, name):
        raw = read(kind, name)
        return raw.replace(b"Different task", b"Another task") if name == "default.yaml" else raw

    monkeypatch.setattr(resources, "read_bytes", edited)
    policy = load_policy("default")
    assert policy.rule("task").reason == "Another task"


def test_the_default_policy_is_the_mission():
    policy = load_policy("default")
    assert [rule.id for rule in policy.rules if rule.level is Level.REQUIRED] == [
        "model-hash",
        "input-shape",
        "input-dtype",
        "task",
        "precision",
        "batch-size",
        "warmup-runs",
        "repeat-runs",
        "include-preprocess",
        "include-postprocess",
    ]
    assert policy.modes == ("runtime-comparison", "target-comparison")
    assert all(metric.flag_rel is None and metric.flag_abs is None for metric in policy.metrics)


def test_an_heir_changes_what_it_names_and_nothing_else(tmp_path):
    path = write(
        tmp_path,
        HEAD + "extends: edgeenv:default\nrules:\n  warmup-runs:\n    level: advisory\n"
        "  target: {level: disabled}\n  board:\n    level: conditional\n    mode: target-comparison\n"
        "    fields: [target.board_name]\n    reason: Different board\n",
    )
    policy, parent = load_policy(path), load_policy("default")
    assert [rule.id for rule in policy.rules] == [*(rule.id for rule in parent.rules), "board"]
    assert policy.rule("warmup-runs").level is Level.ADVISORY
    assert policy.rule("warmup-runs").reason == "Different warmup runs"
    assert policy.rule("warmup-runs").origin == "lab"
    assert policy.rule("task").origin == "edgeenv-default"
    assert policy.identity.chain == (("edgeenv-default", "1.0.0"), ("lab", "1.0.0"))
    assert policy.identity.weakened == (
        ("warmup-runs", "required", "advisory"),
        ("target", "conditional", "disabled"),
    )
    assert policy.same_reasons == parent.same_reasons


def test_a_parent_file_counts_from_the_file_that_names_it(tmp_path):
    (tmp_path / "team").mkdir()
    (tmp_path / "mine").mkdir()
    write(
        tmp_path / "team",
        HEAD.replace("lab", "base") + "rules:\n" + RULE.format(name="task", field="protocol.task"),
    )
    path = write(tmp_path / "mine", HEAD + "extends: ../team/lab.yaml\nrules: {}\n")
    assert load_policy(path).identity.chain == (("base", "1.0.0"), ("lab", "1.0.0"))


def test_a_relative_path_counts_from_the_given_directory(tmp_path):
    write(tmp_path, HEAD + "extends: edgeenv:default\nrules: {}\n")
    assert load_policy("./lab.yaml", directory=tmp_path).identity.name == "lab"


@pytest.mark.parametrize(
    ("body", "code", "line"),
    [
        ("extends: edgeenv:defualt\nrules: {}\n", None, None),
        ("extends: ./lab.yaml\nrules: {}\n", "extends-cycle", 4),
        ("extends: edgeenv:default\nrules:\n  warmup-run: {level: advisory}\n", "unknown-rule", 6),
        (
            "extends: edgeenv:default\nrules:\n  task: {fields: [protocol.precision]}\n",
            "override-of-fields",
            6,
        ),
        ("rules: {}\n", "no-required-rule", 4),
        ("modes: [same-condition]\nrules: {}\n", "reserved-mode", 4),
        ("rules:\n" + RULE.format(name="x", field="protocol.precison"), "unknown-path", 7),
        (
            "rules:\n"
            + RULE.format(name="x", field="protocol.task")
            + "    match: {text: {aliases: none}}\n",
            "unknown-aliases",
            9,
        ),
        (
            "modes: [a]\nrules:\n"
            + RULE.format(name="x", field="protocol.task")
            + RULE.format(name="y", field="protocol.precision").replace("required", "conditional")
            + "    mode: b\n",
            "unknown-mode",
            14,
        ),
        (
            "aliases: {p: {fp16: [half], fp32: [HALF]}}\nrules:\n"
            + RULE.format(name="x", field="protocol.task"),
            "ambiguous-alias",
            4,
        ),
        (
            "rules:\n"
            + RULE.format(name="x", field="protocol.task")
            + RULE.format(name="y", field="protocol.precision")
            + "    when: {z: [int8]}\n",
            "unfit-guard",
            13,
        ),
        (
            "rules:\n"
            + RULE.format(name="x", field="protocol.task")
            + "same_reasons:\n  - {reason: Same, rules: [nothing]}\n",
            "unfit-same-reason",
            10,
        ),
        (
            "rules:\n"
            + RULE.format(name="x", field="protocol.task")
            + "metrics:\n  mean: {path: metrics.mean, unit: ms, better: lower}\n",
            "unknown-path",
            10,
        ),
    ],
)
def test_what_does_not_hold_is_refused_at_its_line(tmp_path, body, code, line):
    error = refused(tmp_path, HEAD + body)
    if code is None:
        assert "did you mean default?" in error.message
    else:
        assert (code, line) in codes(error)


@pytest.mark.parametrize(
    ("guard", "words"),
    [
        ("level: disabled", "is disabled"),
        ("level: advisory", "is weaker"),
        ("level: required\n    match: {number: {abs: 1}}", "is a tolerance"),
        ("level: required\n    missing: allow-both", "lets evidence be missing"),
        ("level: required\n    when: {z: [1]}", "has a guard itself"),
    ],
)
def test_a_guard_must_not_be_able_to_soften_a_verdict(tmp_path, guard, words):
    body = (
        "rules:\n"
        + RULE.format(name="z", field="protocol.batch_size")
        + f"  x:\n    {guard}\n    fields: [protocol.batch_size]\n    reason: Different x\n"
        + RULE.format(name="y", field="protocol.precision")
        + "    when: {x: [1]}\n"
    )
    error = refused(tmp_path, HEAD + body)
    assert any(words in problem.message for problem in error.problems if problem.code == "unfit-guard")


def test_a_chain_has_a_bounded_depth(tmp_path):
    for index in range(8):
        parent = f"extends: ./p{index + 1}.yaml\n" if index < 7 else "extends: edgeenv:default\n"
        write(tmp_path, HEAD + parent + "rules: {}\n", f"p{index}.yaml")
    with pytest.raises(EdgeEnvError) as caught:
        load_policy(str(tmp_path / "p0.yaml"))
    assert caught.value.problems[0].code == "too-deep"


def test_schema_defects_are_all_told(tmp_path):
    error = refused(tmp_path, HEAD + "rules:\n  x: {level: requird, fields: [protocol.task], reasn: other}\n")
    assert len(error.problems) >= 2
    assert {problem.line for problem in error.problems} == {5}


def test_an_unknown_name_lists_the_shipped_ones():
    with pytest.raises(
        EdgeEnvError, match="no shipped policy is named 'strct'; did you mean strict\\?"
    ) as caught:
        load_policy("strct")
    assert "default" in caught.value.hint


@pytest.mark.parametrize("end", [".yaml", ".yml"])
def test_a_file_without_its_ending_is_what_was_meant(tmp_path, end):
    (tmp_path / f"lab{end}").write_text(HEAD)
    with pytest.raises(EdgeEnvError, match=f"did you mean lab{end}\\?"):
        load_policy("lab", directory=tmp_path)


def test_an_inherited_mode_of_a_rule_that_is_no_longer_conditional_is_nobodys_fault(tmp_path):
    write(tmp_path, HEAD + "extends: edgeenv:default\nrules: {target: {level: required}}\n")
    assert [warning.code for warning in inspect("./lab.yaml", directory=tmp_path).warnings] == ["unused-mode"]


def test_a_required_rule_that_would_ignore_absence_is_told_why_not(tmp_path):
    error = refused(tmp_path, HEAD + "extends: edgeenv:default\nrules: {task: {missing: ignore}}\n")
    assert "silent Yes" in error.problems[0].hint


def test_the_digest_covers_what_judges_and_not_what_explains():
    document = resolve_document("default")["policy"]
    same = {**document, "description": "other words"}
    assert digest_of(same) == digest_of(document)
    assert digest_of({**document, "version": "1.0.1"}) != digest_of(document)
    rules = document["rules"]
    reordered = {**document, "rules": dict(reversed(rules.items()))}
    assert digest_of(reordered) != digest_of(document)
    explained = {**document, "rules": {**rules, "task": {**rules["task"], "why": "because"}}}
    assert digest_of(explained) == digest_of(document)
    spelled_out = {
        **document,
        "rules": {**rules, "task": {**rules["task"], "missing": "fail", "match": {"exact": {}}}},
    }
    assert digest_of(spelled_out) == digest_of(document)
    softer = {**document, "rules": {**rules, "task": {**rules["task"], "level": "advisory"}}}
    assert digest_of(softer) != digest_of(document)
