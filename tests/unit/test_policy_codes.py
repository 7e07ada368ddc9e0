"""Each code that the source gives to a defect of a policy or a test file has a case, and its cure.

The codes are read from the source, so that a new lint or refusal without a case makes this fail. To mend it,
add the case to CASES: what is wrong, and the same text put right.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from edgeenv import resources
from edgeenv.errors import EdgeEnvError
from edgeenv.policy.document import inspect
from edgeenv.policy.trial_file import find_trial_files, read_trial_file

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.append(str(REPOSITORY / "docs" / "reference"))
from policy_language import told  # noqa: E402 - the generator of the page that lists them

HEAD = 'schema_version: edgeenv.policy.v1\nname: lab\nversion: "1.0.0"\n'
HEIR = HEAD + "extends: edgeenv:default\n"
NEW = HEIR + "rules:\n  x:\n    level: advisory\n    reason: Different x\n"
TESTS = "schema_version: edgeenv.policy-test.v1\npolicy: edgeenv:default\nbase: {}\n"
CASE = "cases:\n  - name: one\n    expect: {verdict: indeterminate}\n"

TODAY = "2026-01-01"

# Errors that only say which file it is; the problems that they carry have codes of their own.
CARRIERS = {"invalid-policy", "invalid-policy-test"}
# What a stored judgement carries instead of a file: tests of judgements.
ELSEWHERE = {("too-large", "document")}


class Wrong(NamedTuple):
    """A file that is wrong in one way.

    Attributes:
        text: the file.
        found: the code and the line, None for an error about no line.
        instead: what must be replaced, and by what, so that it holds.
    """

    text: str
    found: tuple[str, int | None]
    instead: tuple[str, str]


WAIVERS = HEIR + "rules: {}\nwaivers:\n"


def waiver(line):
    """A policy with one waiver, with this line in place of its own."""
    members = {
        "rule": "task",
        "runs": "{target.board_name: [orin]}",
        "reason": "R",
        "owner": "O",
        "expires": '"2999-01-01"',
    }
    name, _, value = line.partition(": ")
    members = {name: value, **{key: text for key, text in members.items() if key != name}}
    return WAIVERS + "  - " + "\n    ".join(f"{key}: {text}" for key, text in members.items()) + "\n"


CASES: dict[tuple[str, str], Wrong] = {
    # What a loader refuses.
    ("unknown-policy", "chain"): Wrong(
        HEAD + "extends: edgeenv:defualt\nrules: {}\n", ("unknown-policy", 4), ("ualt", "ault")
    ),
    ("extends-cycle", "chain"): Wrong(
        HEAD + "extends: ./lab.yaml\nrules: {}\n", ("extends-cycle", 4), ("./lab.yaml", "edgeenv:edge")
    ),
    ("too-deep", "chain"): Wrong(
        HEAD + "extends: ./2.yaml\nrules: {}\n", ("too-deep", 4), ("./2.yaml", "./3.yaml")
    ),
    ("unknown-rule", "chain"): Wrong(
        HEIR + "rules:\n  warmup-run: {level: advisory}\n", ("unknown-rule", 6), ("-run:", "-runs:")
    ),
    ("override-of-fields", "chain"): Wrong(
        HEIR + "rules:\n  task:\n    fields: [target.os]\n", ("override-of-fields", 7), ("fields", "level")
    ),
    # What a lint finds.
    ("no-required-rule", "lint"): Wrong(
        HEAD + "rules:\n  x: {level: advisory, fields: [target.os], reason: R}\n",
        ("no-required-rule", 4),
        ("advisory", "required"),
    ),
    ("unknown-mode", "lint"): Wrong(
        HEIR + "rules:\n  task:\n    level: conditional\n    mode: target-comparisn\n",
        ("unknown-mode", 8),
        ("isn", "ison"),
    ),
    ("reserved-mode", "lint"): Wrong(
        HEIR + "modes: [runtime-comparison, target-comparison, same-condition]\n"
        "rules: {task: {level: conditional, mode: same-condition}}\n",
        ("reserved-mode", 5),
        ("same-condition", "task-comparison"),
    ),
    ("unused-mode", "lint"): Wrong(
        HEIR + "modes: [runtime-comparison, target-comparison, spare]\nrules: {}\n",
        ("unused-mode", 5),
        (", spare", ""),
    ),
    ("idle-mode", "lint"): Wrong(
        HEIR + "rules:\n  task:\n    mode: target-comparison\n    level: required\n",
        ("idle-mode", 7),
        ("level: required", "level: conditional"),
    ),
    ("unfit-same-reason", "lint"): Wrong(
        HEIR + "rules: {}\nsame_reasons:\n  - {reason: Same, rules: [tsk]}\n",
        ("unfit-same-reason", 7),
        ("tsk", "task"),
    ),
    ("unknown-aliases", "lint_aliases"): Wrong(
        NEW + "    fields: [target.os]\n    match: {text: {aliases: os}}\n",
        ("unknown-aliases", 10),
        ("aliases: os", "ignore_case: true"),
    ),
    ("unused-aliases", "lint_aliases"): Wrong(
        NEW + "    fields: [target.os]\n    match: {text: {}}\naliases: {os: {unix: [linux]}}\n",
        ("unused-aliases", 11),
        ("{text: {}}", "{text: {aliases: os}}"),
    ),
    ("ambiguous-alias", "lint_aliases"): Wrong(
        NEW + "    fields: [target.os]\n    match: {text: {aliases: os}}\n"
        "aliases: {os: {unix: [linux], bsd: [LINUX]}}\n",
        ("ambiguous-alias", 11),
        ("LINUX", "freebsd"),
    ),
    ("shadowed-alias", "lint_aliases"): Wrong(
        NEW + "    fields: [target.os]\n    match: {text: {aliases: os}}\n"
        "aliases: {os: {unix: ['*x'], linux: [ubuntu]}}\n",
        ("shadowed-alias", 11),
        ("'*x'", "posix"),
    ),
    ("unknown-path", "lint_fields"): Wrong(
        NEW + "    fields: [protocol.precison]\n", ("unknown-path", 9), ("precison", "precision")
    ),
    ("open-path", "lint_fields"): Wrong(
        NEW + "    fields: [env.packages.numpy]\n    missing: allow-both\n", ("open-path", 9), (".numpy", "")
    ),
    ("unreadable-field", "lint_fields"): Wrong(
        NEW + "    fields: [protocol.batch_size]\n    match: {version: {parts: 1}}\n",
        ("unreadable-field", 9),
        ("version: {parts: 1}", "number: {abs: 1}"),
    ),
    ("never-the-same", "lint_fields"): Wrong(
        NEW + "    fields: [created_at]\n", ("never-the-same", 9), ("created_at", "benchmark_name")
    ),
    ("idle-limit", "lint_fields"): Wrong(
        HEIR + "rules: {}\nmetrics:\n  m:\n    {path: metrics.throughput_fps, unit: fps, better: neither,\n"
        "     flag_change: {rel: 0.1}}\n",
        ("idle-limit", 9),
        ("neither", "higher"),
    ),
    ("unfit-guard", "lint_guards"): Wrong(
        NEW + "    fields: [target.os]\n    when: {precison: [int8]}\n",
        ("unfit-guard", 10),
        ("precison", "precision"),
    ),
    ("unfit-guard-value", "lint_guards"): Wrong(
        NEW + "    fields: [target.os]\n    when: {batch-size: ['1']}\n",
        ("unfit-guard-value", 10),
        ("'1'", "1"),
    ),
    # What must hold of waivers.
    ("unknown-path", "lint_waivers"): Wrong(
        waiver("runs: {target.bord_name: [orin]}"), ("unknown-path", 7), ("bord", "board")
    ),
    ("open-path", "lint_waivers"): Wrong(
        waiver("runs: {env.packages.numpy: ['1']}"), ("open-path", 7), ("env.packages.numpy", "target.os")
    ),
    ("unfit-waiver-value", "lint_waivers"): Wrong(
        waiver("runs: {protocol.batch_size: ['1']}"), ("unfit-waiver-value", 7), ("'1'", "1")
    ),
    ("waiver-of-every-run", "lint_waivers"): Wrong(
        waiver("runs: {target.board_name: ['*']}"), ("waiver-of-every-run", 7), ("'*'", "'orin*'")
    ),
    ("unfit-waiver", "lint_waivers"): Wrong(waiver("rule: tsk"), ("unfit-waiver", 7), ("tsk", "task")),
    ("impossible-date", "lint_waivers"): Wrong(
        waiver('expires: "2998-02-30"'), ("impossible-date", 7), ("-30", "-28")
    ),
    ("expired-waiver", "lint_waivers"): Wrong(
        waiver('expires: "2020-01-01"'), ("expired-waiver", 7), ("2020", "2998")
    ),
    ("duplicate-waiver", "lint_waivers"): Wrong(
        waiver("id: one") + waiver("id:  one").removeprefix(WAIVERS).replace("orin", "nano"),
        ("duplicate-waiver", 13),
        ("id:  one", "id: two"),
    ),
    # What is refused of test files.
    ("unknown-path", "trial_file"): Wrong(
        TESTS.replace("{}", "{protocol: {precison: fp16}}") + CASE,
        ("unknown-path", 3),
        ("precison", "precision"),
    ),
    ("duplicate-case", "trial_file"): Wrong(
        TESTS + CASE + "  - name: one\n    expect: {verdict: indeterminate}\n",
        ("duplicate-case", 7),
        ("  - name: one\n    expect: {verdict: indeterminate}\n  - name: one", "  - name: two"),
    ),
    ("impossible-date", "trial_file"): Wrong(
        TESTS + 'today: "2026-02-30"\n' + CASE, ("impossible-date", 4), ("-30", "-28")
    ),
    ("no-day", "trial_file"): Wrong(
        TESTS.replace("edgeenv:default", "./waiving.yaml") + CASE,
        ("no-day", 5),
        ("cases:", 'today: "2026-01-31"\ncases:'),
    ),
}
# Refusals that a file alone does not show; each has a test of its own below.
APART = {("extends-file", "chain"), ("no-policy-tests", "trial_file"), ("not-found", "trial_file")}


def test_every_code_of_the_source_has_a_case():
    codes = {(one.code, one.module) for one in told() if one.code not in CARRIERS} - ELSEWHERE
    assert codes == CASES.keys() | APART


@pytest.fixture
def chain(tmp_path):
    """A file that has as many ancestors as there may be, and a younger one that has one too many."""
    for number in range(2, 7):
        parent = f"./{number + 1}.yaml" if number < 6 else "edgeenv:default"
        (tmp_path / f"{number}.yaml").write_text(HEAD + f"extends: {parent}\nrules: {{}}\n")
    (tmp_path / "waiving.yaml").write_text(waiver("id: one"))
    return tmp_path


def looked_at(folder, module, text):
    """What is told of a file, as code and line; raises nothing that belongs to it."""
    try:
        if module == "trial_file":
            path = folder / "lab.policy-test.yaml"
            path.write_text(text)
            read_trial_file(path)
            return []
        (folder / "lab.yaml").write_text(text)
        inspected = inspect("lab.yaml", directory=folder, today=TODAY)
    except EdgeEnvError as error:
        return [(problem.code, problem.line) for problem in error.problems]
    return [(problem.code, problem.line) for problem in (*inspected.problems, *inspected.warnings)]


@pytest.mark.parametrize(("code", "module"), [pytest.param(*key, id="-in-".join(key)) for key in CASES])
def test_each_code_is_told_of_its_case_at_its_line_and_of_nothing_else(chain, code, module):
    wrong = CASES[code, module]
    assert looked_at(chain, module, wrong.text) == [wrong.found]
    there, right = wrong.instead
    assert there in wrong.text
    mended = wrong.text.replace(there, right)
    if code == "override-of-fields":
        mended = mended.replace("[target.os]", "advisory")
    assert looked_at(chain, module, mended) == []


@pytest.mark.parametrize(("code", "module"), [pytest.param(*key, id="-in-".join(key)) for key in CASES])
def test_whether_it_is_a_warning_is_what_the_page_says(chain, code, module):
    (warning,) = {one.warning for one in told() if (one.code, one.module) == (code, module)}
    if module == "trial_file":
        assert not warning
        return
    (chain / "lab.yaml").write_text(CASES[code, module].text)
    try:
        inspected = inspect("lab.yaml", directory=chain, today=TODAY)
    except EdgeEnvError:
        assert not warning
    else:
        assert bool(inspected.warnings) is warning
        assert bool(inspected.problems) is not warning


def test_a_shipped_policy_may_extend_shipped_ones_only(monkeypatch):
    read = resources.read_bytes

    def planted(kind, name):
        if name == "strict.yaml":
            return read(kind, name).replace(b"extends: edgeenv:default", b"extends: ./team.yaml")
        return read(kind, name)

    monkeypatch.setattr(resources, "read_bytes", planted)
    with pytest.raises(EdgeEnvError) as caught:
        inspect("edgeenv:strict")
    assert [problem.code for problem in caught.value.problems] == ["extends-file"]


@pytest.mark.parametrize(("name", "code"), [("none", "not-found"), (".", "no-policy-tests")])
def test_no_test_file_is_an_error(tmp_path, name, code):
    with pytest.raises(EdgeEnvError) as caught:
        find_trial_files([tmp_path / name])
    assert caught.value.code == code
