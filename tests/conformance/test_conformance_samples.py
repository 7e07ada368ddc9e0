"""Latency samples: what is computed from them, stored and carried along, and what contradicts them."""

from __future__ import annotations

import json
import math
import re
from types import SimpleNamespace

import pytest
from conformance_kit import CONFIG, Bundle, edited, sealed, zipped

SAMPLES = [float(number) for number in range(1, 201)]
TEXT = "".join(f"{sample}\n" for sample in SAMPLES).encode()
SCRIPT = """\
import os
samples = [float(number) for number in range(1, 201)]
with open(os.environ["EDGEENV_SAMPLES_FILE"], "w") as file:
    file.writelines(f"{sample:g}\\n" for sample in samples)
"""
MEMBERS = {
    "latency_mean_ms": 100.5,
    "latency_p50_ms": 100.0,
    "latency_p95_ms": 190.0,
    "latency_p99_ms": 198.0,
}


@pytest.fixture(scope="module")
def measured(program, workshop):
    """A run whose command has left nothing but samples, and its bundle."""
    (workshop / "samples.py").write_text(SCRIPT)
    usual = {"name": "samples", "command": "python samples.py", "model": "model.onnx", "scale": "1.0"}
    (workshop / "samples.yaml").write_text(CONFIG.format(batch_size="2", **usual))
    root = workshop / "with-samples"
    words = ("--target", "target.yaml", "--config", "samples.yaml", "--edgeenv-root", root)
    done = program("bench", "run", *words, cwd=workshop).must()
    run_id = re.search(r"^Run ID: (\S+)$", done.stdout, re.MULTILINE)[1]
    program("runs", "export", run_id, "-o", "s.zip", "--edgeenv-root", root, cwd=workshop).must()
    bundle = Bundle(run_id, (workshop / "s.zip").read_bytes())
    return SimpleNamespace(
        root=root, run_id=run_id, bundle=bundle, directory=root / "runs" / run_id, ended=done
    )


def test_the_metrics_are_those_of_nearest_rank(measured):
    result = json.loads((measured.directory / "result.json").read_bytes())
    for name, value in MEMBERS.items():
        assert math.isclose(result["metrics"][name], value, rel_tol=1e-12), name
    assert math.isclose(result["metrics"]["throughput_fps"], 1000 / 100.5 * 2, rel_tol=1e-8)
    assert (result["latency_samples"]["count"], result["latency_samples"]["method"]) == (200, "nearest-rank")


def test_the_samples_are_evidence_of_the_run(measured):
    assert (measured.directory / "latency-samples.txt").read_bytes() == TEXT
    listed = json.loads((measured.directory / "manifest.json").read_bytes())["files"]
    assert [entry["required"] for entry in listed if entry["path"] == "latency-samples.txt"] == [False]
    assert measured.bundle.files["latency-samples.txt"] == TEXT
    assert "p99 is not held (needed: 662)" in measured.ended.stderr


def test_a_bundle_brings_its_samples_to_another_root(program, measured, place):
    (place / "s.zip").write_bytes(measured.bundle.content)
    program("runs", "import", "s.zip", "--edgeenv-root", "other", cwd=place).must()
    assert (place / "other/runs" / measured.run_id / "latency-samples.txt").read_bytes() == TEXT
    program("runs", "verify", "--edgeenv-root", "other", cwd=place).must()


@pytest.mark.parametrize(
    ("path", "change"),
    [
        *(
            (
                "result.json",
                lambda raw, name=name, value=value: edited(raw, f"metrics.{name}", value * 1.000001),
            )
            for name, value in MEMBERS.items()
        ),
        ("result.json", lambda raw: edited(raw, "metrics.throughput_fps", 20.0)),
        ("result.json", lambda raw: edited(raw, "latency_samples.count", 199)),
        ("latency-samples.txt", lambda raw: raw.replace(b"200.0\n", b"")),
        ("latency-samples.txt", lambda raw: raw.replace(b"7.0\n", b"8.0\n", 1)),
        ("latency-samples.txt", lambda raw: raw + b"fast\n"),
        ("latency-samples.txt", lambda _: b""),
    ],
)
def test_a_bundle_whose_metrics_are_not_those_of_its_samples_is_refused(
    program, measured, place, path, change
):
    files = measured.bundle.files
    changed = sealed({**files, path: change(files[path])})
    (place / "bad.zip").write_bytes(zipped(measured.run_id, changed))
    done = program("bundle", "verify", "bad.zip", "--json", cwd=place)
    assert done.status == 3
    checks = done.json["bundles"][0]["checks"]
    assert [check["code"] for check in checks if check["result"] == "failed"] == ["contradicts-samples"]
    done = program("runs", "import", "bad.zip", "--edgeenv-root", "other", cwd=place)
    assert done.status == 1
    assert not (place / "other" / "runs").exists()
