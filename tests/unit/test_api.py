"""The public face: each name, what importing costs, what each function takes and refuses, and its types."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from bundle_kit import bundle, failed_files, run_files
from recorded_samples import Hands, record_fake, store_old_failure

import edgeenv
from edgeenv.transfer.exporting import export_run

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLE = REPOSITORY / "examples" / "embedding" / "find_baseline.py"
DOCUMENTS = REPOSITORY / "tests" / "documents"
POLICY = (
    'schema_version: edgeenv.policy.v1\nname: lab\nversion: "1.0.0"\nextends: edgeenv:default\nrules: {}\n'
)
# Whatever a library costs: an importing program has not asked for it yet.
LATE = ("click", "yaml", "jsonschema", "jinja2", "tabulate", "sqlite3", "typing", "importlib.metadata")


@pytest.fixture
def registry(root):
    """Two runs that are alike, and one in another runtime."""
    hands = Hands()
    for runtime in ("rt-1", "rt-1", "rt-2"):
        record_fake(root, hands, runtime=runtime)
    return edgeenv.Registry(str(root))


def a_bundle(folder, files, name="b.zip"):
    path = folder / name
    path.write_bytes(bundle(files))
    return path


def refusal_of(call, *args):
    with pytest.raises(edgeenv.EdgeEnvError) as refusal:
        call(*args)
    return refusal.value


def loaded_by(statement):
    """The modules that a fresh interpreter holds after a statement and did not hold before."""
    program = f"import sys; before = set(sys.modules); {statement}; print(*set(sys.modules) - before)"
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(REPOSITORY)!r}); {program}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_but_itself():
    assert loaded_by("import edgeenv") == {"edgeenv"}


@pytest.mark.parametrize("name", sorted(edgeenv._PLACES))
def test_every_name_is_there_and_costs_no_library_until_it_works(name):
    assert getattr(edgeenv, name).__name__.removeprefix("edgeenv.") == name
    assert getattr(edgeenv, name).__doc__
    assert loaded_by(f"import edgeenv; edgeenv.{name}").isdisjoint({*LATE} - {"typing"})


def test_the_names_that_are_said_are_the_names_that_there_are():
    assert sorted(edgeenv.__all__) == edgeenv.__all__ == sorted({*edgeenv._PLACES, "__version__"})
    assert set(edgeenv.__all__) <= set(dir(edgeenv))
    with pytest.raises(AttributeError, match="module 'edgeenv' has no attribute 'jugde'"):
        _ = edgeenv.jugde


def test_star_import_gives_the_names():
    names = {}
    exec("from edgeenv import *", names)  # noqa: S102 - what a user may type
    assert set(edgeenv.__all__) <= names.keys()


# load_policy


def test_a_policy_is_named_by_name_text_or_path(tmp_path, monkeypatch):
    (tmp_path / "lab.yaml").write_text(POLICY)
    (tmp_path / "strict").write_text(POLICY)
    monkeypatch.chdir(tmp_path)
    assert edgeenv.load_policy("strict").identity.name == "edgeenv-strict"
    for named in ("lab.yaml", Path("lab.yaml"), tmp_path / "lab.yaml", Path("strict")):
        assert edgeenv.load_policy(named).identity.name == "lab"


def test_a_policy_that_does_not_hold_carries_every_problem(tmp_path):
    path = tmp_path / "lab.yaml"
    path.write_text(POLICY.replace("{}", "{tusk: {level: advisory}, precison: {level: advisory}}"))
    error = refusal_of(edgeenv.load_policy, path)
    assert [(problem.code, problem.line) for problem in error.problems] == [("unknown-rule", 5)] * 2
    assert refusal_of(edgeenv.load_policy, "defualt").code == "unknown-policy"


# judge


def test_runs_facts_documents_and_bundles_are_judged_alike(registry, tmp_path):
    old, new = (registry.run(row.run_id) for row in registry.runs()[:0:-1])
    export_run(new, tmp_path / "new.zip", edgeenv_version="0")
    for policy in ("default", edgeenv.load_policy("default")):
        wanted = edgeenv.judge(policy, old, new)
        assert wanted.verdict is edgeenv.Verdict.COMPARABLE
        for other in (new.facts, new.document, edgeenv.verify_bundle(str(tmp_path / "new.zip"))):
            assert edgeenv.judge(policy, old, other) == wanted
    third = edgeenv.judge("default", old, registry.run("latest"))
    assert (third.verdict.value, third.mode) == ("conditional", "runtime-comparison")


def test_a_bundle_that_does_not_hold_is_not_judged(registry, tmp_path):
    path = a_bundle(tmp_path, run_files())
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes(path.read_bytes()[:-1])
    report = edgeenv.verify_bundle(damaged)
    assert report.failures
    error = refusal_of(edgeenv.judge, "default", report, registry.run("latest"))
    assert error.code == report.failures[0].code
    assert str(damaged) in error.message


def test_a_failed_run_is_not_judged(registry, tmp_path):
    run = registry.run("latest")
    report = edgeenv.verify_bundle(a_bundle(tmp_path, failed_files()))
    assert not report.failures
    assert refusal_of(edgeenv.judge, "default", run, report).code == "not-a-run"
    failed = json.loads((DOCUMENTS / "valid" / "failed-run" / "current.json").read_text())
    error = refusal_of(edgeenv.judge, "default", failed, run)
    assert (error.code, "edgeenv.failed-run.v1" in error.message) == ("not-a-run", True)


def test_what_earlier_releases_wrote_for_an_absent_model_matches_nothing():
    path = DOCUMENTS / "valid" / "result" / "missing-model.json"
    document = json.loads(path.read_text())
    judgement = edgeenv.judge("default", document, document)
    assert judgement.verdict is edgeenv.Verdict.INDETERMINATE


# validate


@pytest.mark.parametrize("kind", ["valid", "invalid"])
@pytest.mark.parametrize("schema", ["bench-config", "result", "policy-test"])
def test_a_file_gives_its_problems_as_values_with_their_places(kind, schema):
    for path in sorted((DOCUMENTS / kind / schema).iterdir()):
        if path.suffix == ".expect":
            continue
        problems = edgeenv.validate(path, schema)
        assert bool(problems) is (kind == "invalid"), path
        assert all(problem.line and problem.file == str(path) for problem in problems)


def test_a_file_that_is_no_document_is_a_problem_and_one_that_is_not_there_an_error(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("a: 1\na: 2\n")
    assert [(problem.code, problem.line) for problem in edgeenv.validate(str(path), "result")] == [
        ("duplicate-key", 2)
    ]
    assert refusal_of(edgeenv.validate, tmp_path / "none.yaml", "result").code == "not-found"
    assert refusal_of(edgeenv.validate, path, "reslut").code == "unknown-schema"


def test_a_document_of_ones_own_has_problems_without_lines():
    document = json.loads((DOCUMENTS / "valid" / "result" / "current.json").read_text())
    assert edgeenv.validate(document, "result") == ()
    del document["metrics"]["latency_mean_ms"]
    (problem,) = edgeenv.validate(document, "result")
    assert (problem.code, problem.path, problem.line) == ("required", "$.metrics.latency_mean_ms", None)


# verify_bundle and Registry


def test_a_bundle_is_verified_and_nothing_is_written(tmp_path):
    path = a_bundle(tmp_path, run_files())
    report = edgeenv.verify_bundle(path)
    assert report.failures == ()
    assert report.content.manifest.run_id == report.facts.at("run_id")
    assert [entry.name for entry in tmp_path.iterdir()] == ["b.zip"]
    assert refusal_of(edgeenv.verify_bundle, tmp_path / "none.zip").code == "not-found"


def test_a_registry_lists_all_runs_or_those_that_are_asked_for(registry, root):
    assert [row.runtime for row in registry.runs()] == ["rt-2", "rt-1", "rt-1"]
    assert registry.count() == len(registry.runs()) == 3
    assert [row.runtime for row in registry.runs(edgeenv.RunQuery(runtime="rt-1"))] == ["rt-1", "rt-1"]
    assert registry.root == root
    assert refusal_of(registry.run, "nothing").code == "unknown-run"


# The types, and the example.


def types_of(path):
    words = ("-m", "mypy", "--config-file", "pyproject.toml", "--hide-error-context", "--no-error-summary")
    return subprocess.run(
        [sys.executable, *words, str(path)], cwd=REPOSITORY, capture_output=True, text=True, check=False
    ).stdout.splitlines()


CONSUMER = """\
from pathlib import Path
from typing import assert_type

import edgeenv

policy = edgeenv.load_policy(Path("lab.yaml"))
assert_type(policy, edgeenv.Policy)
registry = edgeenv.Registry("x")
row = registry.runs(edgeenv.RunQuery(runtime="x"))[0]
assert_type(row, edgeenv.RunRow)
run = registry.run(row.run_id)
assert_type(run, edgeenv.StoredRun)
report = edgeenv.verify_bundle("b.zip")
assert_type(report, edgeenv.BundleReport)
assert_type(edgeenv.judge(policy, run, report), edgeenv.Judgement)
assert_type(edgeenv.judge("default", run.facts, {"model": {}}).verdict, edgeenv.Verdict)
assert_type(edgeenv.validate(Path("a.yaml"), "policy"), tuple[edgeenv.Problem, ...])
try:
    edgeenv.validate({"a": 1}, "policy")
except edgeenv.EdgeEnvError as error:
    assert_type(error.problems, tuple[edgeenv.Problem, ...])
"""


def test_a_strict_type_checker_knows_every_name(tmp_path):
    consumer = tmp_path / "consumer.py"
    consumer.write_text(CONSUMER)
    assert types_of(consumer) == []
    assert types_of(EXAMPLE) == []
    consumer.write_text(CONSUMER + 'edgeenv.judge(policy, run, 3)\nedgeenv.validate("a")\nedgeenv.jugde\n')
    lines = CONSUMER.count("\n")
    assert [line.split(":")[1] for line in types_of(consumer) if ": error:" in line] == [
        str(lines + number) for number in (1, 2, 3)
    ]


def example(*words):
    done = subprocess.run(
        [sys.executable, str(EXAMPLE), *(str(word) for word in words)],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(REPOSITORY), "PATH": ""},
    )
    return done.returncode, done.stdout.splitlines(), done.stderr


def test_the_example_finds_a_baseline_or_says_what_is_in_the_way(registry, root, tmp_path):
    status, lines, _ = example(root)
    assert (status, lines[-1]) == (3, "no baseline under edgeenv-default 1.0.0")
    assert lines[0].endswith("Different runtime or execution provider")
    record_fake(root, Hands(now=Hands().now.replace(year=2027)), runtime="rt-1")
    wanted = registry.runs()[2].run_id
    assert example(root)[1][1] == f"baseline: {wanted}"
    bundle_file = tmp_path / "b.zip"
    export_run(registry.run(wanted), bundle_file, edgeenv_version="0")
    status, lines, _ = example(root, "--bundle", bundle_file)
    assert (status, lines[0]) == (0, f"baseline: {bundle_file}")
    assert any(line.startswith("  latency_mean_ms: ") and line.endswith("(+0.0 %)") for line in lines)


def test_the_example_tells_what_it_cannot_read(root, tmp_path):
    store_old_failure(root)
    (tmp_path / "lab.yaml").write_text(POLICY + "x: 1\n")
    status, lines, told = example(root, "--policy", tmp_path / "lab.yaml")
    assert (status, lines) == (1, [])
    assert "lab.yaml:6:1: " in told
    assert example(root)[0] == 1
