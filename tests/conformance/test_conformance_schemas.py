"""The schemas that the program prints hold for the files that it leaves, and refuse what they must."""

from __future__ import annotations

import json
from functools import cache

import jsonschema
import pytest
import yaml
from conformance_kit import MANIFEST, edited, tree

DOCUMENTS = {
    "result.json": "result",
    "failure.json": "failed-run",
    MANIFEST: "manifest",
    "config.yaml": "bench-config",
    "target.yaml": "target-profile",
}


@pytest.fixture(scope="module")
def schema(program, workshop):
    @cache
    def show(name):
        document = json.loads(program("schema", "show", name, cwd=workshop).must().stdout)
        validator = jsonschema.validators.validator_for(document)
        validator.check_schema(document)
        return validator(document)

    return show


@pytest.mark.parametrize("name", ["baseline", "candidate", "other-target", "no-model", "failed"])
def test_every_document_of_a_run_holds_its_schema(recorded, schema, name):
    checked = 0
    for path, raw in tree(recorded.directory(name)).items():
        if path in DOCUMENTS:
            value = yaml.safe_load(raw) if path.endswith(".yaml") else json.loads(raw)
            schema(DOCUMENTS[path]).validate(value)
            checked += 1
    assert checked == 4


def test_a_judgement_holds_its_schema(program, recorded, schema, place):
    for other in ("candidate", "other-target", "other-batch", "no-model"):
        words = (recorded.id("baseline"), recorded.id(other), "--json", "--edgeenv-root", recorded.root)
        schema("judgement").validate(program("report", "compare", *words, cwd=place).must().json)


def test_a_bundle_summary_holds_its_schema(program, recorded, schema, place):
    scenario = f"pair:{recorded.id('baseline')}:{recorded.id('candidate')}"
    words = ("--scenario", scenario, "--format", "json", "--edgeenv-root", recorded.root)
    schema("bundle-summary").validate(program("report", "bundle-summary", *words, cwd=place).must().json)


def test_every_json_answer_names_its_schema(program, recorded, place):
    for words in (
        ("runs", "list"),
        ("runs", "show", recorded.id("baseline")),
        ("failed-runs", "list"),
        ("failed-runs", "show", recorded.failed),
        ("runs", "verify"),
        ("registry", "check"),
    ):
        done = program(*words, "--json", "--edgeenv-root", recorded.root, cwd=place).must()
        assert done.json["schema_version"].startswith("edgeenv.")
        assert done.stderr == ""


@pytest.mark.parametrize(
    ("path", "member", "value"),
    [
        ("result.json", "metrics.latency_mean_ms", "2.5"),
        ("result.json", "schema_version", "edgeenv.result.v2"),
        ("result.json", "note", "hello"),
        (MANIFEST, "files", [{"path": "../x"}]),
        (MANIFEST, "note", "hello"),
    ],
)
def test_the_schemas_refuse_what_they_must(recorded, schema, path, member, value):
    raw = (recorded.directory("baseline") / path).read_bytes()
    assert not schema(DOCUMENTS[path]).is_valid(json.loads(edited(raw, member, value)))
