"""Other people's validators read our schemas and our files, and say of each file what EdgeEnv says.

Each is asked once for all files. ajv comes from the npm registry, once, into a folder outside the repository;
where there is no Node or no registry its tests are skipped and say so.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import jsonschema
import jsonschema_rs
import pytest
from consumer_documents import BEYOND_A_SCHEMA, DOCUMENTS, SCHEMAS, real_documents, shipped

from edgeenv import schema
from edgeenv.documents import load

HERE = Path(__file__).parent
ALL = tuple(real_documents())
AJV = ("ajv@8.20.0", "yaml@2.9.1")
NPM = ("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--fetch-retries=0")
NPM_SECONDS = 60


def asked(command):
    """The answers of a validator that is a program of its own."""
    jobs = json.dumps([document.job for document in ALL])
    done = subprocess.run(command, input=jobs, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def answers_of_jsonschema():
    contracts = {name: json.loads(schema.text(name)) for name in schema.names()}
    validators = {name: jsonschema.Draft202012Validator(contract) for name, contract in contracts.items()}
    return {
        document.key: [
            error.message for error in validators[document.contract].iter_errors(load(document.path).data)
        ]
        for document in ALL
    }


def answers_of_jsonschema_rs():
    validators = {
        name: jsonschema_rs.Draft202012Validator(json.loads(schema.text(name))) for name in schema.names()
    }
    return {
        document.key: [
            error.message for error in validators[document.contract].iter_errors(load(document.path).data)
        ]
        for document in ALL
    }


def answers_of_check_jsonschema():
    return asked([sys.executable, str(HERE / "check_jsonschema_files.py")])


def answers_of_ajv():
    return asked(["node", str(HERE / "ajv.mjs"), str(node_packages())])


def node_packages():
    """The folder with ajv; installed when it is not there, whole or not at all."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("no Node.js with npm on PATH")
    versions = "-".join(package.replace("@", "-") for package in AJV)
    folder = Path(tempfile.gettempdir()) / f"edgeenv-tests-{os.getuid()}-{versions}"
    if folder.is_dir() and folder.stat().st_uid == os.getuid():
        return folder
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{folder.name}.") as aside:
        try:
            done = subprocess.run(
                [*NPM, *AJV], cwd=aside, capture_output=True, text=True, timeout=NPM_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            pytest.skip(f"the npm registry has not given ajv within {NPM_SECONDS} seconds")
        if done.returncode != 0:
            pytest.skip(f"npm cannot install ajv: {' '.join(done.stderr.split())[:120]}")
        if not folder.exists():
            shutil.copytree(aside, f"{aside}.whole")
            Path(f"{aside}.whole").rename(folder)
    return folder


CONSUMERS = {
    "jsonschema": answers_of_jsonschema,
    "jsonschema-rs": answers_of_jsonschema_rs,
    "check-jsonschema": answers_of_check_jsonschema,
    "ajv": answers_of_ajv,
}


@pytest.fixture(scope="module", params=CONSUMERS)
def answers(request):
    return CONSUMERS[request.param]()


def test_every_document_is_answered(answers):
    assert set(answers) == {document.key for document in ALL}


def test_every_valid_document_is_accepted(answers):
    refused = {document.name: answers[document.key] for document in ALL if document.is_valid}
    assert {name: messages for name, messages in refused.items() if messages} == {}


def test_every_invalid_document_is_refused(answers):
    assert [document.name for document in ALL if not document.is_valid and not answers[document.key]] == []


@pytest.mark.parametrize("name", schema.names())
def test_every_schema_is_one_for_strict_readers(name):
    contract = json.loads(schema.text(name))
    jsonschema.Draft202012Validator.check_schema(contract)
    assert jsonschema_rs.meta.is_valid(contract)


def test_what_is_beyond_a_schema_is_still_there_and_still_refused_by_us():
    for name in BEYOND_A_SCHEMA:
        contract = name.split("/")[0]
        assert schema.check(contract, load(DOCUMENTS / "invalid" / name)), name


def test_the_documents_are_of_every_kind():
    assert {document.contract for document in ALL} >= set(schema.names()) - {"judgement"}
    assert {contract for contract, _ in shipped()} >= {
        "bench-config",
        "target-profile",
        "policy",
        "policy-test",
    }
    assert all(Path(document.job["schema"]).parent == SCHEMAS for document in ALL)
