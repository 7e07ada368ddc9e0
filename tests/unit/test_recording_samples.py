"""Samples become evidence: stored with the run, digested, checked against the metrics, and carried along."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path

import pytest
from recorded_samples import local_request, metrics_line, printing

from edgeenv.emit import latency_metrics
from edgeenv.evidence.bundle.inspection import inspect_bundle
from edgeenv.evidence.check import defects
from edgeenv.evidence.files import Kind
from edgeenv.evidence.latency import read_samples
from edgeenv.evidence.manifest import parse_manifest
from edgeenv.evidence.store import load_failure, load_run
from edgeenv.evidence.verification import verify
from edgeenv.recording import record
from edgeenv.transfer.exporting import export_run, private_data_of
from edgeenv.transfer.privacy import Exporter

REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLES = [12.25, 11.5, 13.0, 0.1]


def script(root, text):
    place = root.parent / "bench.py"
    place.write_text(f"import os, sys\nsys.path.insert(0, {str(REPOSITORY)!r})\n{text}\n", "utf-8")
    return f"{shlex.quote(sys.executable)} {shlex.quote(str(place))}"


def recorded(root, text):
    return record(local_request(root, script(root, text)))


@pytest.fixture
def measured(root):
    done = recorded(root, f"import edgeenv; edgeenv.emit(samples_ms={SAMPLES})")
    assert done.failed is None, done.failed
    return done


def test_one_line_of_python_stores_samples_and_metrics(root, measured):
    directory = measured.directory
    assert (directory / "latency-samples.txt").read_bytes() == b"12.25\n11.5\n13.0\n0.1\n"
    document = json.loads((directory / "result.json").read_bytes())
    assert document["metrics"] == latency_metrics(SAMPLES, batch_size=1)
    assert document["latency_samples"] == {
        "count": 4,
        "method": "nearest-rank",
        "throughput": "mean-latency",
        "reported_in": "file",
    }
    stored = load_run(directory)
    assert stored.run == measured.run
    entry = stored.manifest.entry("latency-samples.txt")
    assert (entry.required, entry.bytes) == (False, 20)
    assert defects(directory, stored.manifest) == ()
    assert verify(directory, Kind.RUN).defects == ()
    assert list((root / "tmp").iterdir()) == []


def test_samples_of_a_marker_line_are_stored_the_same(root):
    line = f"EDGEENV_METRICS_JSON={json.dumps({'latency_samples_ms': SAMPLES})}"
    done = record(local_request(root, printing(root.parent, line)))
    assert (done.directory / "latency-samples.txt").read_bytes() == b"12.25\n11.5\n13.0\n0.1\n"
    assert done.run.latency_samples.reported_in == "marker"


def test_measure_stores_as_many_samples_as_the_protocol_repeats(root):
    done = recorded(
        root, "import time; from edgeenv.emit import measure; measure(lambda: time.sleep(0.0001))"
    )
    samples = read_samples((done.directory / "latency-samples.txt").read_bytes())
    assert len(samples) == 3
    assert done.run.metrics.latency_mean_ms == pytest.approx(sum(samples) / 3)


def test_a_run_without_samples_holds_nothing_new(root):
    done = record(local_request(root, printing(root.parent, metrics_line())))
    assert sorted(path.name for path in done.directory.iterdir()) == [
        "config.yaml",
        "env.json",
        "manifest.json",
        "result.json",
        "stderr.log",
        "stdout.log",
        "target.yaml",
    ]
    assert "latency_samples" not in json.loads((done.directory / "result.json").read_bytes())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("open(os.environ['EDGEENV_SAMPLES_FILE'], 'wb').write(b'1\\nfast\\xff\\n')", "samples-file-syntax"),
        (
            "open(os.environ['EDGEENV_SAMPLES_FILE'], 'wb').write(b'1\\nfast\\xff\\n'); sys.exit(2)",
            "nonzero-exit",
        ),
    ],
)
def test_a_failed_run_keeps_what_was_left_byte_for_byte(root, text, code):
    done = recorded(root, text)
    assert done.failed.error_code == code
    assert (done.directory / "latency-samples.raw").read_bytes() == b"1\nfast\xff\n"
    assert verify(done.directory, Kind.FAILED_RUN).defects == ()
    bundle = export_run(load_failure(done.directory), root.parent / "f.zip", edgeenv_version="0.1.0")
    assert inspect_bundle(bundle.path).failures == ()


def test_what_else_a_command_puts_beside_its_samples_is_no_part_of_the_run(root):
    done = recorded(
        root,
        "place = os.environ['EDGEENV_SAMPLES_FILE']; open(place, 'w').write('1\\n2\\n')\n"
        "os.mkdir(place + '.d'); open(place + '.d/x', 'w').write('x'); os.symlink('/etc', place + '.etc')",
    )
    assert len(list(done.directory.iterdir())) == 8
    assert verify(done.directory, Kind.RUN).defects == ()


def test_a_link_in_the_place_of_the_folder_is_not_followed(root):
    treasure = root.parent / "treasure"
    treasure.mkdir()
    (treasure / "kept").write_text("kept")
    done = recorded(
        root,
        "import shutil; folder = os.path.dirname(os.environ['EDGEENV_SAMPLES_FILE']); shutil.rmtree(folder)\n"
        f"os.symlink({str(treasure)!r}, folder); sys.exit(1)",
    )
    assert done.failed.error_code == "nonzero-exit"
    assert (treasure / "kept").read_text() == "kept"
    assert verify(done.directory, Kind.FAILED_RUN).defects == ()


def test_the_bundle_of_a_run_carries_its_samples(root, measured):
    stored = load_run(measured.directory)
    bundle = export_run(stored, root.parent / "r.zip", edgeenv_version="0.1.0")
    report = inspect_bundle(bundle.path)
    assert report.failures == ()
    assert report.content.manifest.entry("latency-samples.txt") is not None
    files = [file for finding in private_data_of(stored, Exporter()) for _, file in finding.operands]
    assert "latency-samples.txt" not in files


def rewrite(directory, path, content):
    """Change a file and let the manifest agree, as somebody does who covers it up."""
    from hashlib import sha256

    (directory / path).write_bytes(content)
    document = json.loads((directory / "manifest.json").read_bytes())
    for entry in document["files"]:
        if entry["path"] == path:
            entry.update(sha256=sha256(content).hexdigest(), bytes=len(content))
    (directory / "manifest.json").write_text(json.dumps(document))
    parse_manifest((directory / "manifest.json").read_bytes(), "manifest.json")


def test_samples_that_were_altered_are_found(measured):
    (measured.directory / "latency-samples.txt").write_bytes(b"12.25\n11.5\n13.0\n0.2\n")
    assert [defect.code for defect in verify(measured.directory, Kind.RUN).defects] == ["file-altered"]


@pytest.mark.parametrize(
    "content", [b"12.25\n11.5\n13.0\n0.2\n", b"12.25\n11.5\n13.0\n", b"", b"fast\n", b"1e5\n" * 4]
)
def test_samples_that_contradict_their_metrics_are_found_and_not_exported(root, measured, content):
    rewrite(measured.directory, "latency-samples.txt", content)
    found = verify(measured.directory, Kind.RUN).defects
    assert {defect.code for defect in found} == {"contradicts-samples"}
    from edgeenv.errors import EdgeEnvError

    with pytest.raises(EdgeEnvError, match=r"latency-samples\.txt"):
        export_run(load_run(measured.directory), root.parent / "r.zip", edgeenv_version="0.1.0")
    assert not os.path.lexists(root.parent / "r.zip")


def test_metrics_that_contradict_their_samples_are_found(measured):
    document = json.loads((measured.directory / "result.json").read_bytes())
    document["metrics"]["latency_p99_ms"] = 13.01
    rewrite(measured.directory, "result.json", json.dumps(document).encode())
    found = verify(measured.directory, Kind.RUN).defects
    text = "metrics.latency_p99_ms is 13.01, its samples give 13.0"
    assert [defect.text for defect in found] == [
        f"result.json contradicts latency-samples.txt beside it: {text}"
    ]
