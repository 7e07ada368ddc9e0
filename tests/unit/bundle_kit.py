"""Bundles made by hand, byte by byte, so that a test can break exactly one thing."""

from __future__ import annotations

import copy
import json
import struct
import zlib
from dataclasses import dataclass, field, replace
from hashlib import sha256

RUN_ID = "run-20260507-122153-0a1b2c3d"

CONFIG = b"""\
name: local-echo-metrics
command: python bench.py --threads 2
model_name: tiny
model_version: "1.0"
model_format: onnx
model_path: models/tiny.onnx
task: object-detection
input_shape: [1, 3, 224, 224]
input_dtype: float32
runtime: local-python
execution_provider: cpu
precision: fp32
batch_size: 1
warmup_runs: 1
repeat_runs: 3
include_preprocess: true
include_postprocess: true
timeout_seconds: 30
working_directory: .
extra_env:
  LOCAL_DEMO_FLAG: enabled
"""
TARGET = b"""\
target_name: local-machine
target_type: local
board_name: local-dev-machine
os: local
runtime_tags: [local, bench]
"""
ENV = {
    "captured_at": "2026-05-07T12:21:53.482914+00:00",
    "python_version": "3.10.12",
    "platform": "Linux-5.15.148-tegra-aarch64-with-glibc2.35",
    "machine": "aarch64",
    "processor": "aarch64",
}
RESULT = {
    "schema_version": "edgeenv.result.v1",
    "run_id": RUN_ID,
    "created_at": "2026-05-07T12:21:53.482914Z",
    "benchmark_name": "local-echo-metrics",
    "command": "python bench.py --threads 2",
    "model": {
        "model_name": "tiny",
        "model_version": "1.0",
        "model_format": "onnx",
        "model_path": "models/tiny.onnx",
        "model_hash": "ab" * 32,
        "hash_basis": "file",
    },
    "runtime": {"runtime": "local-python", "execution_provider": "cpu"},
    "target": {
        "target_name": "local-machine",
        "target_type": "local",
        "board_name": "local-dev-machine",
        "os": "local",
        "runtime_tags": ["local", "bench"],
    },
    "protocol": {
        "input_shape": [1, 3, 224, 224],
        "input_dtype": "float32",
        "task": "object-detection",
        "precision": "fp32",
        "batch_size": 1,
        "warmup_runs": 1,
        "repeat_runs": 3,
        "include_preprocess": True,
        "include_postprocess": True,
    },
    "metrics": {
        "latency_mean_ms": 12.3,
        "latency_p50_ms": 12.0,
        "latency_p95_ms": 14.1,
        "latency_p99_ms": 15.0,
        "throughput_fps": 81.3,
    },
    "env": ENV,
}
FAILURE = {
    "schema_version": "edgeenv.failed-run.v1",
    "run_id": RUN_ID,
    "created_at": "2026-05-07T12:21:53.482914Z",
    "benchmark_name": "local-echo-metrics",
    "target_name": "local-machine",
    "target_type": "local",
    "command": "python bench.py --threads 2",
    "error_type": "LocalRunnerError",
    "error_message": "Missing EDGEENV_METRICS_JSON=<json> line in stdout",
    "return_code": 0,
}
METADATA = {
    "schema_version": "edgeenv.sampler-metadata.v1",
    "sampler_name": "jetson-tegrastats",
    "platform_tool": "tegrastats",
    "sampling_scope": "host",
    "benchmark_window": "sampler-start-before-command-stop-after-command",
    "sample_count": 2,
    "raw_artifacts": ["sampler/tegrastats.log"],
    "fields": {},
    "warnings": [],
}
CORE = ("result.json", "config.yaml", "target.yaml", "env.json", "stdout.log", "stderr.log")
FAILED_CORE = ("failure.json", *CORE[1:])


def as_json(value) -> bytes:
    return json.dumps(value, indent=2).encode()


def run_files(**documents) -> dict[str, bytes]:
    """The six files of a run; `result`, `env`, `config` and so on replace single ones."""
    parts = {
        "result": RESULT,
        "config": CONFIG,
        "target": TARGET,
        "env": ENV,
        "stdout": b"out\n",
        "stderr": b"",
    }
    parts.update(documents)
    raw = {key: value if isinstance(value, bytes) else as_json(value) for key, value in parts.items()}
    names = ("result.json", "config.yaml", "target.yaml", "env.json", "stdout.log", "stderr.log")
    return dict(zip(names, (raw[name.split(".")[0]] for name in names), strict=True))


def failed_files(failure=FAILURE) -> dict[str, bytes]:
    files = run_files()
    del files["result.json"]
    return {"failure.json": failure if isinstance(failure, bytes) else as_json(failure), **files}


def sampled_files(metadata=METADATA, raw=b"RAM 848/7620MB\n") -> dict[str, bytes]:
    content = metadata if isinstance(metadata, bytes) else as_json(metadata)
    return {**run_files(), "sampler/metadata.json": content, "sampler/tegrastats.log": raw}


SAMPLES = b"12.0\n10.5\n13.5\n12.0\n"
SAMPLED_RESULT = {
    **RESULT,
    "metrics": {
        "latency_mean_ms": 12.0,
        "latency_p50_ms": 12.0,
        "latency_p95_ms": 13.5,
        "latency_p99_ms": 13.5,
        "throughput_fps": 1000 / 12.0,
    },
    "latency_samples": {
        "count": 4,
        "method": "nearest-rank",
        "throughput": "mean-latency",
        "reported_in": "file",
    },
}


def measured_files(samples=SAMPLES, **changes) -> dict[str, bytes]:
    """The files of a run that kept its latency samples; each change goes to one member of its result."""
    result = SAMPLED_RESULT
    for path, value in changes.items():
        result = _with(result, path.replace("__", "."), value)
    files = run_files(result=result)
    return files if samples is None else {**files, "latency-samples.txt": samples}


def manifest_of(content: dict[str, bytes], /, **members) -> dict:
    """A manifest as this release writes it."""
    is_failed = "failure.json" in content
    core = FAILED_CORE if is_failed else CORE
    document = {
        "schema_version": "edgeenv.export.v1",
        "bundle_type": "failed-run" if is_failed else "successful-run",
        "run_id": RUN_ID,
        "created_at": "2026-05-07T12:21:53.482914Z",
        "files": [
            {"path": path, "required": path in core, "sha256": sha256(raw).hexdigest(), "bytes": len(raw)}
            for path, raw in content.items()
        ],
        "exported_by": {"tool": "edgeenv", "package": "edgeenv", "version": "1.0.0"},
    }
    marker = "source_failed_schema_version" if is_failed else "source_result_schema_version"
    document[marker] = "edgeenv.failed-run.v1" if is_failed else "edgeenv.result.v1"
    document.update(members)
    return {name: value for name, value in document.items() if value is not None}


@dataclass
class Entry:
    """One zip entry; `local` and `central` replace single fields of one of its two headers."""

    name: bytes
    content: bytes
    method: int = 8
    version: int = 20
    flags: int = 0
    mode: int = 0o100644
    external: int | None = None
    packed: bytes | None = None
    crc: int | None = None
    size: int | None = None
    disk: int = 0
    local_extra: bytes = b""
    central_extra: bytes = b""
    comment: bytes = b""
    before: bytes = b""
    offset: int | None = None
    local: dict = field(default_factory=dict)
    is_listed: bool = True
    is_there: bool = True


def deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def pack(entries: list[Entry], *, before_list=b"", after_list=b"", comment=b"", end=None) -> bytes:
    """The bytes of a zip, with whatever lies its entries tell."""
    body, listed = b"", b""
    count = 0
    for entry in entries:
        packed = entry.packed
        if packed is None:
            packed = deflated(entry.content) if entry.method == 8 else entry.content
        numbers = {
            "version": entry.version,
            "flags": entry.flags,
            "method": entry.method,
            "time": 0,
            "date": 33,
            "crc": zlib.crc32(entry.content) if entry.crc is None else entry.crc,
            "compressed": len(packed),
            "size": len(entry.content) if entry.size is None else entry.size,
        }
        body += entry.before
        offset = len(body) if entry.offset is None else entry.offset
        if entry.is_there:
            told = {**numbers, **{key: value for key, value in entry.local.items() if key != "name"}}
            name = entry.local.get("name", entry.name)
            body += struct.pack("<4s5H3I2H", b"PK\3\4", *told.values(), len(name), len(entry.local_extra))
            body += name + entry.local_extra + packed
        if entry.is_listed:
            count += 1
            external = entry.mode << 16 if entry.external is None else entry.external
            lengths = (
                len(entry.name),
                len(entry.central_extra),
                len(entry.comment),
                entry.disk,
                0,
                external,
                offset,
            )
            listed += struct.pack("<4s6H3I5H2I", b"PK\1\2", 3 << 8 | 20, *numbers.values(), *lengths)
            listed += entry.name + entry.central_extra + entry.comment
    body += before_list
    told_end = {"disk": 0, "first": 0, "here": count, "all": count, "size": len(listed), "offset": len(body)}
    told_end.update(end or {})
    return (
        body
        + listed
        + after_list
        + struct.pack("<4s4H2IH", b"PK\5\6", *told_end.values(), len(comment))
        + comment
    )


def entries_of(files: dict[str, bytes], manifest=None, top=RUN_ID) -> list[Entry]:
    document = manifest_of(files) if manifest is None else manifest
    raw = document if isinstance(document, bytes) else as_json(document)
    contents = {"manifest.json": raw, **files}
    return [
        Entry(f"{top}/{path}".encode("utf-8", "surrogateescape"), content)
        for path, content in contents.items()
    ]


def bundle(files=None, manifest=None, top=RUN_ID) -> bytes:
    """A bundle of these files, valid when they are."""
    return pack(entries_of(run_files() if files is None else files, manifest, top))


def with_entry(number: int, **changes) -> bytes:
    """A valid bundle in which one entry is told otherwise."""
    entries = entries_of(run_files())
    entries[number] = replace(entries[number], **changes)
    return pack(entries)


def with_name(name: bytes) -> bytes:
    """A valid bundle with one more entry."""
    return pack([*entries_of(run_files()), Entry(name, b"more")])


def result_with(path: str, value) -> dict:
    return _with(RESULT, path, value)


def failure_with(path: str, value) -> dict:
    return _with(FAILURE, path, value)


def _with(document: dict, path: str, value) -> dict:
    changed = copy.deepcopy(document)
    *parents, last = path.split(".")
    place = changed
    for part in parents:
        place = place.setdefault(part, {})
    if value is None:
        del place[last]
    else:
        place[last] = value
    return changed


def manifest_with(edit, files=None) -> bytes:
    """A bundle whose manifest has been edited and nothing else."""
    files = run_files() if files is None else files
    document = manifest_of(files)
    edited = edit(document)
    return bundle(files, document if edited is None else edited)
