"""What a policy's schema cannot say: each defect has a case that shows it, and one that it leaves alone."""

from __future__ import annotations

import pytest
from test_policy_residue import KEPT_OF_THE_RUN, SETTINGS

from edgeenv.errors import EdgeEnvError
from edgeenv.policy.document import inspect, load_policy
from edgeenv.policy.fields import json_types, named_paths, nearest_path
from edgeenv.policy.residue import MEASURED_CONDITIONS, VOLATILE_CONDITIONS

HEAD = 'schema_version: edgeenv.policy.v1\nname: lab\nversion: "1.0.0"\n'
HEIR = HEAD + "extends: edgeenv:default\n"


def rules(**written):
    lines = ["rules:"]
    for name, members in written.items():
        lines += [
            f"  {name}:",
            "    reason: Different thing",
            *(f"    {line}" for line in members.split("; ")),
        ]
    return "\n".join(lines) + "\n"


def looked_at(folder, text):
    path = folder / "lab.yaml"
    path.write_text(text, encoding="utf-8")
    return inspect("lab.yaml", directory=folder)


def found(problems):
    return [(problem.code, problem.line, problem.column) for problem in problems]


WAIVER = (
    "rules: {{}}\nwaivers:\n"
    '  - {{rule: {0}, runs: {{target.os: [a]}}, reason: r, owner: o, expires: "{1}"}}\n'
)
ONE = "level: required; fields: [protocol.task]"


@pytest.mark.parametrize(
    ("text", "defect", "words"),
    [
        (
            HEIR
            + "modes: [runtime-comparison, target-comparison]\n"
            + rules(x="level: conditional; mode: target-comparisn; fields: [target.os]"),
            ("unknown-mode", 10, 5),
            "did you mean 'target-comparison'?",
        ),
        (
            HEIR
            + "aliases: {precision: {fp16: [half]}}\n"
            + rules(x="level: advisory; fields: [target.os]; match: {text: {aliases: precisoin}}"),
            ("unknown-aliases", 11, 20),
            "did you mean 'precision'?",
        ),
        (
            HEIR + rules(x="level: advisory; fields: [target.os, protocol.precison]"),
            ("unknown-path", 9, 25),
            "did you mean protocol.precision?",
        ),
        (
            HEIR + rules(x="level: advisory; fields: [precision]"),
            ("unknown-path", 9, 14),
            "did you mean protocol.precision?",
        ),
        (
            HEIR + rules(x="level: advisory; fields: [env.conditions.before.powr_mode]"),
            ("unknown-path", 9, 14),
            "did you mean env.conditions.before.power_mode?",
        ),
        (
            HEIR + rules(x="level: advisory; fields: [protocol.batch_size]; match: {text: {}}"),
            ("unreadable-field", 9, 14),
            "the matcher text reads a string, and 'protocol.batch_size' is of the type integer",
        ),
        (
            HEIR + rules(x="level: advisory; fields: [target.os]; match: {number: {abs: 1}}"),
            ("unreadable-field", 9, 14),
            "reads a number",
        ),
        (
            HEIR + rules(x="level: advisory; fields: [model.model_hash]; match: {list: {}}"),
            ("unreadable-field", 9, 14),
            "'model.model_hash' is of the type string",
        ),
        (
            HEIR + rules(x="level: advisory; fields: [target.os]; when: {precison: [int8]}"),
            ("unfit-guard", 10, 12),
            "does not exist; did you mean 'precision'?",
        ),
        (
            HEIR + rules(x='level: advisory; fields: [target.os]; when: {batch-size: [1, "2"]}'),
            ("unfit-guard-value", 10, 28),
            "can never have the value '2'",
        ),
        (
            HEIR + rules(x="level: advisory; fields: [target.os]; when: {precision: [null]}"),
            ("unfit-guard-value", 10, 24),
            "can never have the value None",
        ),
        (
            HEIR + rules(x="level: advisory; fields: [target.os]; when: {model-hash: [null]}"),
            ("unfit-guard-value", 10, 25),
            "can never have the value None",
        ),
        (
            HEIR
            + "unknown_values: [N/A]\n"
            + rules(x="level: advisory; fields: [target.os]; when: {precision: [n/a]}"),
            ("unfit-guard-value", 11, 24),
            "so 'x' would never apply",
        ),
        (
            HEIR + "rules: {}\nsame_reasons:\n  - reason: Same\n    rules: [task, precison]\n",
            ("unfit-same-reason", 8, 19),
            "does not exist; did you mean 'precision'?",
        ),
        (
            HEIR + "rules: {}\nmetrics:\n  m: {path: protocol.task, unit: ms, better: lower}\n",
            ("unreadable-field", 7, 7),
            "a metric reads a number",
        ),
        (
            HEIR + "rules: {}\nmetrics:\n  m: {path: metrics.latency_mean, unit: ms, better: lower}\n",
            ("unknown-path", 7, 7),
            "did you mean metrics.latency_mean_ms?",
        ),
    ],
)
def test_an_error_is_told_with_line_column_and_suggestion(tmp_path, text, defect, words):
    inspected = looked_at(tmp_path, text)
    assert found(inspected.problems) == [defect]
    assert words in inspected.problems[0].message
    with pytest.raises(EdgeEnvError):
        load_policy("lab.yaml", directory=tmp_path)


@pytest.mark.parametrize(
    ("text", "defect"),
    [
        (HEIR + "modes: [runtime-comparison, target-comparison, x]\nrules: {}\n", ("unused-mode", 5, 48)),
        (HEIR + "aliases:\n  spare: {a: [b]}\nrules: {}\n", ("unused-aliases", 6, 3)),
        (
            HEIR
            + "aliases:\n  os: {unix: ['*x'], linux: [ubuntu]}\n"
            + rules(x="level: advisory; fields: [target.os]; match: {text: {aliases: os}}"),
            ("shadowed-alias", 6, 22),
        ),
        (HEIR + rules(x="level: advisory; fields: [env.packages.numpy]"), ("open-path", 9, 14)),
        (HEIR + rules(x="level: advisory; fields: [run_id]"), ("never-the-same", 9, 14)),
        (
            HEIR + "rules: {}\nmetrics:\n"
            "  m: {path: metrics.throughput_fps, unit: fps, better: neither, flag_change: {rel: 0.1}}\n",
            ("idle-limit", 7, 65),
        ),
    ],
)
def test_a_warning_is_told_and_stops_nobody(tmp_path, text, defect):
    inspected = looked_at(tmp_path, text)
    assert inspected.problems == ()
    assert found(inspected.warnings) == [defect]
    assert load_policy("lab.yaml", directory=tmp_path).identity.name == "lab"


@pytest.mark.parametrize(
    "text",
    [
        HEIR + rules(x="level: advisory; fields: [metrics.latency_mean_ms]; match: {number: {rel: 0.1}}"),
        HEIR + rules(x="level: advisory; fields: [target.os]; when: {batch-size: [1.0]}"),
        HEIR + rules(x="level: disabled; fields: [target.os]; when: {nothing: [1]}"),
        HEIR + rules(x="level: advisory; fields: [target.runtime_tags]; match: {list: {ignore_order: true}}"),
        HEIR
        + rules(x="level: advisory; fields: [resource_metrics.memory_peak_mb]; match: {number: {abs: 1}}"),
        HEIR + rules(x="level: advisory; fields: [target.target_type]; match: {text: {}}"),
        HEIR
        + "aliases:\n  os: {linux: [ubuntu], unix: ['*x']}\n"
        + rules(x="level: advisory; fields: [target.os]; match: {text: {aliases: os}}"),
    ],
)
def test_what_is_sound_is_left_alone(tmp_path, text):
    inspected = looked_at(tmp_path, text)
    assert (found(inspected.problems), found(inspected.warnings)) == ([], [])


@pytest.mark.parametrize("name", ["default", "edge", "strict"])
def test_the_shipped_policies_check_without_a_warning(name):
    inspected = inspect(name)
    assert (found(inspected.problems), found(inspected.warnings)) == ([], [])


@pytest.mark.parametrize(
    ("moment", "facts"),
    [
        ("before", SETTINGS | set(VOLATILE_CONDITIONS)),
        ("after", SETTINGS | set(VOLATILE_CONDITIONS)),
        ("during", KEPT_OF_THE_RUN | set(MEASURED_CONDITIONS)),
    ],
)
def test_the_contract_names_the_conditions_that_are_recorded_and_no_others(moment, facts):
    head = f"env.conditions.{moment}."
    assert {path.removeprefix(head) for path in named_paths() if path.startswith(head)} == facts


def test_all_overrides_that_do_not_hold_are_told_at_once(tmp_path):
    text = HEIR + "rules:\n  tusk: {level: advisory}\n  task: {fields: [target.os]}\n  precison: {why: x}\n"
    with pytest.raises(EdgeEnvError) as caught:
        looked_at(tmp_path, text)
    assert found(caught.value.problems) == [
        ("unknown-rule", 6, 3),
        ("override-of-fields", 7, 10),
        ("unknown-rule", 8, 3),
    ]


def test_a_parent_that_is_not_there_is_told_at_the_line_that_names_it(tmp_path):
    for parent, code in (("./none.yaml", "not-found"), ("edgeenv:defualt", "unknown-policy")):
        with pytest.raises(EdgeEnvError) as caught:
            looked_at(tmp_path, HEAD + f"extends: {parent}\nrules: {{}}\n")
        assert found(caught.value.problems) == [(code, 4, 1)]


def test_a_defect_is_told_in_the_file_that_writes_it(tmp_path):
    (tmp_path / "team.yaml").write_text(
        HEIR.replace("lab", "team") + rules(x="level: advisory; fields: [os]")
    )
    text = HEAD + "extends: ./team.yaml\nrules:\n  x: {why: because}\n"
    (problem,) = looked_at(tmp_path, text).problems
    assert (problem.file, problem.line, problem.column) == (str(tmp_path / "team.yaml"), 9, 14)


@pytest.mark.parametrize(
    ("text", "defect", "words"),
    [
        (
            "modes: [mine]\nrules:\n  task: {level: conditional, mode: mine}\n",
            [("unknown-mode", 5, 1)] * 2,
            "modes: [mine, runtime-comparison, target-comparison]",
        ),
        (
            "rules:\n  model-hash: {level: disabled}\n",
            [("unfit-same-reason", 6, 16)],
            "write same_reasons anew",
        ),
        ("aliases: {other: {a: [b]}}\nrules: {}\n", [("unknown-aliases", 5, 1)], "known: other"),
        (
            "rules:\n  precision:\n    level: disabled\n",
            [("unfit-guard", 6, 3)],
            "must not be able to soften",
        ),
    ],
)
def test_what_an_heir_takes_from_its_parents_rules_is_told_at_the_heirs_own_line(
    tmp_path, text, defect, words
):
    parent = HEAD.replace("lab", "team") + "extends: edgeenv:default\naliases: {os: {unix: [linux]}}\n"
    parent += rules(
        x="level: advisory; fields: [target.os]; match: {text: {aliases: os}}",
        y="level: advisory; fields: [target.os]; when: {precision: [int8]}",
    )
    (tmp_path / "team.yaml").write_text(parent)
    inspected = looked_at(tmp_path, HEAD + "extends: ./team.yaml\n" + text)
    assert found(inspected.problems) == defect
    assert {problem.file for problem in inspected.problems} == {str(tmp_path / "lab.yaml")}
    assert words in inspected.problems[0].hint


@pytest.mark.parametrize(
    ("modes", "mode", "question"),
    [
        ("[target-comparison]", "runtime-comparison", None),
        ("[target-comparison]", "target-comparsion", "target-comparison"),
        ("[target-comparison, runtime-comparison]", "runtme-comparison", "runtime-comparison"),
        ("[mine]", "mime", "mine"),
    ],
)
def test_a_last_word_that_modes_share_makes_none_of_them_near(tmp_path, modes, mode, question):
    written = rules(x=f"level: conditional; mode: {mode}; fields: [target.os]")
    problems = looked_at(tmp_path, HEAD + f"modes: {modes}\n" + written).problems
    (message,) = [problem.message for problem in problems if problem.code == "unknown-mode"]
    asked = "" if question is None else f"; did you mean '{question}'?"
    assert message.endswith(f"is not one of the policy's modes{asked}")


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        ("aliases: {x: {a: [b], c: [B]}}\nrules: {}\n", "ambiguous-alias", "leave 'B' out of one"),
        (WAIVER.format("task", "2098-02-30"), "impossible-date", 'such as "2030-06-30"'),
        (WAIVER.format("tsk", "2098-02-20"), "unfit-waiver", "name one, or remove the waiver"),
    ],
)
def test_a_defect_says_what_to_do(tmp_path, text, code, hint):
    problems = looked_at(tmp_path, HEIR + text).problems
    (told,) = [problem.hint for problem in problems if problem.code == code]
    assert hint in told


def test_types_come_from_the_contract():
    assert json_types("protocol.batch_size") == {"integer"}
    assert json_types("model.model_hash") == {"string", "null"}
    assert json_types("target.target_type") == {"string"}
    assert json_types("env.conditions.before.power_mode") == {"string"}
    assert json_types("env.conditions.during.throttled") == {"boolean"}
    assert json_types("env.packages.numpy") is None
    assert json_types("no.such") is None


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("protocol.precison", "protocol.precision"),
        ("precision", "protocol.precision"),
        ("run.precision", "protocol.precision"),
        ("quite.other", None),
        ("x" * 500, None),
    ],
)
def test_the_nearest_path_is_a_good_guess_or_none(path, near):
    assert nearest_path(path) == near
