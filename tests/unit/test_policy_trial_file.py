"""Test files of policies: where they are found, what they hold, and what is refused and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeenv.errors import EdgeEnvError
from edgeenv.policy.trial_file import find_trial_files, read_trial_file
from edgeenv.policy.trial_suite import run_trials

REPOSITORY = Path(__file__).resolve().parents[2]
HEAD = "schema_version: edgeenv.policy-test.v1\npolicy: edgeenv:default\n"
CASES = "cases:\n  - {name: one, expect: {verdict: indeterminate}}\n"
ONE = HEAD + "base: {}\ncases:\n  - name: a\n    expect: {verdict: comparable}\n"
LAB = 'schema_version: edgeenv.policy.v1\nname: lab\nversion: "1.0.0"\nextends: edgeenv:default\nrules: {}\n'


def write(folder, text, name="a.policy-test.yaml"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def refused(path):
    with pytest.raises(EdgeEnvError) as caught:
        read_trial_file(path)
    return caught.value


@pytest.mark.parametrize("name", ["default", "edge", "strict"])
def test_every_shipped_policy_holds_its_own_cases_covers_every_rule_and_notices_every_field(name):
    found = read_trial_file(REPOSITORY / "policies" / f"{name}.policy-test.yaml")
    assert found.policy.identity.name == f"edgeenv-{name}"
    (done,) = run_trials([found], with_probe=True)
    assert [(result.case.name, result.failures) for result in done.failed] == []
    assert done.uncovered == ()
    assert done.unnoticed == ()
    assert len(done.results) >= 20


def test_a_case_knows_its_place(tmp_path):
    found = read_trial_file(write(tmp_path, HEAD + "base: {}\n" + CASES))
    assert (found.cases[0].file, found.cases[0].line) == (found.source, 5)
    assert found.cases[0].expect.mode == ()


def test_null_and_absent_are_different_expectations_of_a_mode(tmp_path):
    cases = CASES.replace("indeterminate", "indeterminate, mode: null")
    assert read_trial_file(write(tmp_path, HEAD + "base: {}\n" + cases)).cases[0].expect.mode == (None,)


def test_the_policy_counts_from_the_test_file(tmp_path):
    write(tmp_path, LAB, "up/lab.yaml")
    text = (HEAD + "base: {}\n" + CASES).replace("edgeenv:default", "../up/lab.yaml")
    assert read_trial_file(write(tmp_path, text, "tests/a.policy-test.yaml")).policy.identity.name == "lab"


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (HEAD + "base: {}\ncases: []\n", "too-few", 4),
        (HEAD + "base: {}\n", "required", 1),
        (HEAD + "base: {protocol: {precison: x}}\n" + CASES, "unknown-path", 3),
        (HEAD + "base: {protocl: {precision: {x: 1}}}\n" + CASES, "unknown-path", 3),
        (
            ONE + "    set: {protocol.precison: x}\n",
            "unknown-path",
            7,
        ),
        (
            ONE + "    both: {precison: x}\n",
            "unknown-path",
            7,
        ),
        (
            ONE + "    remove:\n    - env.kernl\n",
            "unknown-path",
            8,
        ),
        (HEAD + "base: {}\n" + CASES + CASES.splitlines()[1] + "\n", "duplicate-case", 6),
        ((HEAD + "base: {}\n" + CASES).replace("edgeenv:default", "edgeenv:defualt"), "unknown-policy", 2),
        ((HEAD + "base: {}\n" + CASES).replace("edgeenv:default", "./none.yaml"), "not-found", 2),
    ],
)
def test_what_does_not_hold_is_refused_at_its_line(tmp_path, text, code, line):
    error = refused(write(tmp_path, text))
    assert (code, line) in [(problem.code, problem.line) for problem in error.problems]


def test_a_policy_that_does_not_hold_is_told_by_its_own_lines(tmp_path):
    write(tmp_path, LAB.replace("{}", "{tusk: {level: advisory}}"), "lab.yaml")
    error = refused(write(tmp_path, (HEAD + "base: {}\n" + CASES).replace("edgeenv:default", "./lab.yaml")))
    assert [(p.code, p.file, p.line) for p in error.problems] == [
        ("unknown-rule", str(tmp_path / "lab.yaml"), 5)
    ]


def test_a_wrong_path_has_a_suggestion(tmp_path):
    error = refused(write(tmp_path, HEAD + "base: {protocol: {precison: x}}\n" + CASES))
    assert "did you mean protocol.precision?" in error.problems[0].message


def test_free_form_members_are_not_blamed(tmp_path):
    text = HEAD + "base: {env: {packages: {numpy: '1'}}, extensions: {mine: {x: 1}}}\n" + CASES
    assert read_trial_file(write(tmp_path, text)).base["extensions"] == {"mine": {"x": 1}}


def test_files_are_found_below_folders_each_once_and_nowhere_hidden(tmp_path):
    names = ("b.policy-test.yaml", "a.policy-test.yml", "deep/er/c.policy-test.yaml")
    passed_over = (".git/x.policy-test.yaml", "node_modules/x.policy-test.yaml", "x.yaml", "policy-test.yaml")
    for name in (*names, *passed_over):
        write(tmp_path, "", name)
    (tmp_path / "link").symlink_to(tmp_path / "deep")
    found = find_trial_files([tmp_path, tmp_path / "b.policy-test.yaml", tmp_path / "deep"])
    assert [str(path.relative_to(tmp_path)) for path in found] == [names[1], names[0], names[2]]


def test_a_file_that_is_named_is_taken_whatever_it_is_called(tmp_path):
    path = write(tmp_path, "", "cases.yaml")
    assert find_trial_files([path]) == (path,)


@pytest.mark.parametrize(("name", "code"), [("nowhere", "not-found"), ("empty", "no-policy-tests")])
def test_finding_nothing_is_an_error(tmp_path, name, code):
    (tmp_path / "empty").mkdir()
    with pytest.raises(EdgeEnvError) as caught:
        find_trial_files([tmp_path / name])
    assert caught.value.code == code
