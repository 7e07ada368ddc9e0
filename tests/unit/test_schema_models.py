"""The schemas are the contract and the dataclasses their typed reading: they name the same members."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from edgeenv import schema
from edgeenv.documents import load
from edgeenv.model import benchmark, execution, failed_run, run

VALID = Path(__file__).parents[1] / "documents" / "valid"
PAIRS = [
    ("bench-config", None, benchmark.BenchmarkConfig),
    ("target-profile", None, benchmark.TargetProfile),
    ("result", None, run.Run),
    ("result", "model", run.ModelIdentity),
    ("result", "runtime", run.Runtime),
    ("result", "target", run.Target),
    ("result", "protocol", run.Protocol),
    ("result", "metrics", run.Metrics),
    ("result", "latency_samples", run.LatencySamples),
    ("result", "resource_metrics", run.ResourceMetrics),
    ("result", "execution", execution.Execution),
    ("result", "stream", execution.StreamRecord),
    ("result", "env", run.Environment),
    ("result", "finding", execution.RunFinding),
    ("failed-run", None, failed_run.FailedRun),
    ("failed-run", "execution", execution.Execution),
]


@pytest.mark.parametrize(("name", "part", "cls"), PAIRS)
def test_members_and_optionality_agree(name, part, cls):
    contract = json.loads(schema.text(name))
    node = contract if part is None else contract["$defs"][part]
    fields = dataclasses.fields(cls)
    assert set(node["properties"]) == {field.name for field in fields}
    required = {
        field.name
        for field in fields
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }
    if cls is run.Run:
        required.remove("schema_version")  # the oldest results have none; reading supplies it
    assert set(node.get("required", [])) == required


@pytest.mark.parametrize("path", sorted(VALID.glob("result/*.json")), ids=lambda path: path.stem)
def test_a_result_goes_through_the_model_unharmed(path):
    document = load(path).data
    written = run.Run.from_document(document).to_document()
    assert schema.check_value("result", written, "written") == ()
    assert written == {"schema_version": "edgeenv.result.v1", **document}
    order = list(json.loads(schema.text("result"))["properties"])
    assert list(written) == [name for name in order if name in written]


@pytest.mark.parametrize("path", sorted(VALID.glob("failed-run/*.json")), ids=lambda path: path.stem)
def test_a_failed_run_goes_through_the_model_unharmed(path):
    document = load(path).data
    written = failed_run.FailedRun.from_document(document).to_document()
    assert schema.check_value("failed-run", written, "written") == ()
    assert written == document


def test_configs_and_profiles_are_read_by_the_model():
    for path in sorted(VALID.glob("bench-config/*")):
        assert benchmark.BenchmarkConfig.from_document(load(path).data).batch_size == 1
    for path in sorted(VALID.glob("target-profile/*")):
        assert benchmark.TargetProfile.from_document(load(path).data).target_type == "local"
