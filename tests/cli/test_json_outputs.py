"""What commands print with ``--json`` holds the schema that its marker names, for every command.

A new command with ``--json`` needs a line in CASES, a schema of the name in its marker, and documents of both
kinds under ``tests/documents``: the tests at the end of this module demand them.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
from typing import NamedTuple

import pytest
from cli_cases import EXAMPLES, METRICS, TARGET, write_config

from edgeenv import schema
from edgeenv.cli.commands import COMMANDS

PACKAGE = EXAMPLES.parent / "edgeenv"
MARKER = re.compile(r"\bedgeenv\.[a-z][a-z-]*\.v[0-9]+\b")
WITHOUT_SCHEMA = {"edgeenv.model-directory.v1": "goes into the digest of a directory and into no document"}
WRITTEN_ONLY = {"edgeenv.policy.v1", "edgeenv.policy-test.v1"}  # into the files that `policy init` writes


class Case(NamedTuple):
    """One call: the marker of what it prints, its words without ``--json``, and how it ends."""

    marker: str
    words: str
    status: int = 0


CASES = [
    Case("bench-run", "bench run --target target.yaml --config bench.yaml"),
    Case("bench-run", "bench run --target target.yaml --config failing.yaml", 1),
    Case("bench-plan", "bench run --target target.yaml --config bench.yaml --dry-run"),
    Case("bench-plan", "bench run --target fake.yaml --config bench.yaml --dry-run"),
    Case("validation", "bench validate bench.yaml bad.yaml", 3),
    Case("validation", "profile validate target.yaml nowhere.yaml", 1),
    Case("validation", "policy check policy.yaml bad.yaml nowhere.yaml", 1),
    Case("validation", "schema validate --schema bench-config bench.yaml"),
    Case("validation", "schema validate policy.yaml bench.yaml", 3),
    Case("init", "init started --from-command 'python bench.py' --model model.onnx"),
    Case("init", "init started --dry-run"),
    Case("doctor", "doctor"),
    Case("doctor-noise", "doctor --noise"),
    Case("runs-list", "runs list --limit 2"),
    Case("runs-show", "runs show latest"),
    Case("runs-show", "runs show {imported}"),
    Case("runs-show", "runs show {altered} --allow-altered"),
    Case("sampler-show", "runs sampler show {sampled}"),
    Case("resources-list", "runs resources list"),
    Case("resources-list", "runs resources list --metric memory_peak_mb --min-value 1"),
    Case("runs-cohorts", "runs cohorts"),
    Case("runs-like", "runs cohorts --against {a}"),
    Case("runs-like", "runs like {a}"),
    Case("export-report", "runs export {a} nowhere --output out/", 1),
    Case("export-report", "failed-runs export {failed} --output out/"),
    Case("import-report", "runs import run.zip bench.yaml", 1),
    Case("import-report", "failed-runs import failed.zip"),
    Case("runs-verify", "runs verify --all", 3),
    Case("runs-verify", "runs verify {a}"),
    Case("runs-verify", "failed-runs verify --all"),
    Case("runs-delete", "runs delete {a} --yes"),
    Case("runs-delete", "failed-runs delete {failed} --yes"),
    Case("runs-restore", "runs restore {deleted}"),
    Case("runs-restore", "failed-runs restore {deleted}"),
    Case("failed-runs-list", "failed-runs list"),
    Case("failed-runs-show", "failed-runs show {failed}"),
    Case("bundle-report", "bundle show run.zip"),
    Case("bundle-report", "bundle show bench.yaml", 3),
    Case("bundle-verification", "bundle verify run.zip failed.zip bench.yaml", 3),
    Case("registry-check", "registry check", 3),
    Case("registry-rebuild", "registry rebuild"),
    Case("registry-prune", "registry prune --dry-run"),
    Case("judgement", "report compare {a} {b}"),
    Case("judgement", "report compare {a} {sampled}"),
    Case("replay", "report replay judgement.json"),
    Case("bundle-summary", "report bundle-summary --scenario same:{a}:{b}"),
    Case("policy-list", "policy list"),
    Case("resolved-policy", "policy show edge"),
    Case("resolved-policy", "policy show policy.yaml"),
    Case("policy-trial", "policy test policy.policy-test.yaml --probe", 3),
    Case("policy-trial", "policy test policy.policy-test.yaml broken.policy-test.yaml", 3),
    Case("policy-diff", "policy diff default strict"),
    Case("policy-diff", "policy diff default policy.yaml --runs"),
    Case("policy-explain", "policy explain precision --policy edge"),
    Case("policy-explain", "policy explain precision --policy policy.yaml"),
    Case("schema-list", "schema list"),
    Case("schema-export", "schema export out result policy"),
]
POLICY = """\
schema_version: edgeenv.policy.v1
name: lab
version: "1.0.0"
extends: edgeenv:default
rules:
  precision: {level: advisory}
"""
FAILING = "import sys; sys.exit(3)"
SAMPLED = "import time; time.sleep(0.3)"


def ids(listing, member):
    return [row["run_id"] for row in json.loads(listing.stdout)[member]]


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory, recorded_root):
    """A directory with a root of every kind of run, and files of every kind; nobody may change it."""
    from click.testing import CliRunner

    from edgeenv.cli.main import cli

    place = tmp_path_factory.mktemp("laboratory")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("EDGEENV_ROOT", "evidence")
        shutil.copytree(recorded_root, place / "evidence")
        write_files(place)

        def call(*words, status=0):
            done = CliRunner().invoke(cli, [str(word) for word in words])
            assert done.exit_code == status, done.stderr
            return done

        names = record_all(place, call)
    return place, names


def write_files(place):
    (place / "model.onnx").write_bytes(b"weights")
    (place / "target.yaml").write_text(TARGET)
    (place / "fake.yaml").write_text(TARGET.replace("target_type: local", "target_type: fake"))
    (place / "sampled.yaml").write_text(f"{TARGET}sampler: {{name: process-tree, interval_ms: 50}}\n")
    (place / "bench.py").write_text(f"print('EDGEENV_METRICS_JSON=' + {METRICS!r})\n")
    (place / "failing.py").write_text(f"{FAILING}\n")
    (place / "slow.py").write_text(f"{SAMPLED}\nprint('EDGEENV_METRICS_JSON=' + {METRICS!r})\n")
    for name in ("failing", "slow", "bench"):
        write_config(place, command=f"python {name}.py")
        (place / "bench.yaml").replace(place / f"{name}.yaml")
    (place / "bad.yaml").write_text("name: a\nbatch_size: many\n")
    (place / "broken.policy-test.yaml").write_text("schema_version: edgeenv.policy-test.v1\n")


def record_all(place, call):
    """Record, fail, sample, export, import, delete and damage; the names of the runs that came of it."""
    words = ("bench", "run", "--config")
    call(*words, "slow.yaml", "--target", "sampled.yaml")
    sampled = ids(call("runs", "list", "--json"), "runs")[0]
    for number in range(2):
        call(*words, "failing.yaml", "--target", "target.yaml", status=1)
        if number == 0:
            call("failed-runs", "export", "--output", "failed.zip", *failed_ids(call))
    first, second = failed_ids(call)
    a, b, imported, altered = (row for row in ids(call("runs", "list", "--json"), "runs")[1:])
    call("runs", "export", imported, "--output", "run.zip")
    call("runs", "delete", imported, "--yes")
    call("registry", "prune", "--yes")
    call("runs", "import", "run.zip")
    call("bench", "run", "--config", "bench.yaml", "--target", "target.yaml")
    deleted = ids(call("runs", "list", "--json"), "runs")[0]
    call("runs", "delete", deleted, "--yes")
    call("report", "compare", a, b, "--format", "json", "--output", "judgement.json")
    (place / "evidence" / "runs" / altered / "stdout.log").write_text("altered\n")
    call("policy", "init", "policy.yaml")
    (place / "policy.yaml").write_text(POLICY)
    return {
        "a": b, "b": a, "sampled": sampled, "imported": imported, "altered": altered,
        "deleted": deleted, "failed": first, "other_failed": second,
    }  # fmt: skip


def failed_ids(call):
    return ids(call("failed-runs", "list", "--json"), "failed_runs")


@pytest.mark.parametrize("case", CASES, ids=lambda case: re.sub(r"[^a-z-]+", "_", case.words))
def test_what_is_printed_holds_its_schema(case, laboratory, edgeenv, tmp_path):
    place, names = laboratory
    workplace = tmp_path / "laboratory"
    shutil.copytree(place, workplace)
    words = shlex.split(case.words.format(**names))
    done = edgeenv(*words, "--json", cwd=workplace, env={"EDGEENV_ROOT": "evidence"})
    assert done.status == case.status, done.stderr
    document = json.loads(done.stdout)
    assert next(iter(document)) == "schema_version"
    assert document["schema_version"] == f"edgeenv.{case.marker}.v1"
    problems = schema.check_value(schema.markers()[document["schema_version"]], document, "printed")
    assert problems == (), [problem.render() for problem in problems]


def test_records_of_imports_and_environments_hold_their_schemas(laboratory):
    place, names = laboratory
    record = place / "evidence" / "imports" / f"{names['imported']}.json"
    assert schema.check_value("import", json.loads(record.read_text()), "record") == ()
    for environment in (place / "evidence").glob("*/*/env.json"):
        assert schema.check_value("env", json.loads(environment.read_text()), "env.json") == ()


def test_shipped_resolved_policies_hold_their_schema():
    files = sorted((EXAMPLES.parent / "policies").glob("*.resolved.json"))
    assert files
    for file in files:
        assert schema.check_value("resolved-policy", json.loads(file.read_text()), file.name) == ()


def commands_with_json():
    for top in COMMANDS:
        for words, entry in top.leaves():
            if any("--json" in parameter.opts for parameter in entry.load().params):
                yield " ".join(words)


def test_every_command_with_json_is_called():
    uncalled = [
        command
        for command in commands_with_json()
        if not any(f"{case.words} ".startswith(f"{command} ") for case in CASES)
    ]
    assert uncalled == [], "add a line to CASES"


def markers_in(files):
    return {marker for file in files for marker in MARKER.findall(file.read_text(encoding="utf-8"))}


def test_every_marker_has_a_schema_and_every_schema_a_marker_in_the_code():
    used = markers_in(PACKAGE.rglob("*.py")) - set(WITHOUT_SCHEMA)
    assert used == set(schema.markers()), "a marker needs schemas/NAME.schema.json, a schema its use"


def test_every_marker_that_the_command_line_prints_is_seen():
    printed = markers_in((PACKAGE / "cli").glob("*.py")) - set(WITHOUT_SCHEMA) - WRITTEN_ONLY
    assert printed <= {f"edgeenv.{case.marker}.v1" for case in CASES}, "add a line to CASES"


def test_a_marker_is_named_like_its_schema():
    assert {marker: name for marker, name in schema.markers().items() if marker != f"edgeenv.{name}.v1"} == {
        "edgeenv.export.v1": "manifest"
    }
