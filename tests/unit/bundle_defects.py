"""Every way in which a bundle is refused, each as a bundle with that one defect."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bundle_kit import (
    CONFIG,
    ENV,
    FAILURE,
    METADATA,
    RUN_ID,
    SAMPLES,
    TARGET,
    Entry,
    as_json,
    bundle,
    deflated,
    entries_of,
    failed_files,
    failure_with,
    manifest_of,
    manifest_with,
    measured_files,
    pack,
    result_with,
    run_files,
    sampled_files,
    with_entry,
    with_name,
)

from edgeenv.evidence.bundle.limits import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Case:
    """A damaged bundle, the one check that refuses it, and the limits under which it does."""

    code: str
    name: str
    make: Callable[[], bytes]
    limits: Limits = DEFAULT_LIMITS

    def __str__(self) -> str:
        return f"{self.code}: {self.name}"


def _entries(edit) -> bytes:
    entries = entries_of(run_files())
    return pack(edit(entries) or entries)


def _end(**end) -> bytes:
    return pack(entries_of(run_files()), end=end)


def _overlap() -> bytes:
    entries = entries_of(run_files())
    size = len(pack(entries[:1])) - 22 - 46 - len(entries[0].name)
    entries[2].offset = size
    entries[2].is_there = False
    return pack(entries)


def _edit_file(number: int, **members) -> bytes:
    return manifest_with(lambda document: document["files"][number].update(members))


def _metadata(**members) -> bytes:
    return bundle(sampled_files({**copy.deepcopy(METADATA), **members}))


def _result(path, value) -> bytes:
    return bundle(run_files(result=result_with(path, value)))


def _failure(path, value) -> bytes:
    return bundle(failed_files(failure_with(path, value)))


def _execution(**members) -> bytes:
    return bundle(run_files(result=result_with("execution", members)))


def _without(name: str) -> bytes:
    return _entries(lambda entries: [entry for entry in entries if not entry.name.endswith(name.encode())])


PLAIN = run_files()
_RUN = RUN_ID.encode()
COMPOSED, DECOMPOSED = "caf\u00e9", "cafe\u0301"

ZIP = (
    Case("archive-too-large", "larger than allowed", bundle, Limits(archive_bytes=1000)),
    Case("not-a-zip", "empty", lambda: b""),
    Case("not-a-zip", "some text", lambda: b"not a zip at all\n" * 100),
    Case("not-a-zip", "cut off", lambda: bundle()[:-30]),
    Case("not-a-zip", "cut off in the middle", lambda: bundle()[:500]),
    Case("zip-trailing-data", "appended data", lambda: bundle() + b"more"),
    Case("zip-trailing-data", "a comment", lambda: pack(entries_of(PLAIN), comment=b"hello")),
    Case("zip-trailing-data", "two end records", lambda: bundle() + b"PK\5\6" + bytes(17)),
    Case("zip-several-disks", "second of two", lambda: _end(disk=1)),
    Case("zip-several-disks", "begins on another", lambda: _end(first=1)),
    Case("zip64", "too many entries to count", lambda: _end(here=0xFFFF, all=0xFFFF)),
    Case("zip64", "list too far away", lambda: _end(offset=0xFFFFFFFF)),
    Case("zip-counts-differ", "fewer here", lambda: _end(here=6)),
    Case("too-many-entries", "more than allowed", bundle, Limits(entries=6)),
    Case("zip-list-too-long", "more than allowed", bundle, Limits(directory_bytes=100)),
    Case("zip-list-misplaced", "prepended data", lambda: b"#!/bin/sh\n" + bundle()),
    Case(
        "zip-list-misplaced", "data before the end record", lambda: pack(entries_of(PLAIN), after_list=b"hid")
    ),
    Case("zip-list-misplaced", "a whole zip before", lambda: bundle() + bundle()),
    Case(
        "zip-list-damaged", "no record where one should be", lambda: bundle().replace(b"PK\1\2", b"PK\1\3", 1)
    ),
    Case("zip-list-damaged", "one record too many", lambda: _end(here=6, all=6)),
    Case("zip-list-damaged", "one record too few", lambda: _end(here=8, all=8)),
    Case("zip-encrypted", "encrypted", lambda: with_entry(5, flags=1)),
    Case("zip-flags", "streamed", lambda: with_entry(5, flags=8)),
    Case("zip-flags", "patched data", lambda: with_entry(5, flags=1 << 5)),
    Case("zip-flags", "masked headers", lambda: with_entry(5, flags=1 << 13)),
    Case("zip-method", "bzip2", lambda: with_entry(5, method=12)),
    Case("zip-method", "zstandard", lambda: with_entry(5, method=93)),
    Case("zip-version", "4.5", lambda: with_entry(5, version=45)),
    Case(
        "entry-not-a-file",
        "a directory",
        lambda: _entries(lambda e: [*e, Entry(b"%s/sampler/" % _RUN, b"", mode=0o40755)]),
    ),
    Case("entry-not-a-file", "a directory by mode", lambda: with_entry(5, mode=0o40755)),
    Case("entry-not-a-file", "a directory of DOS", lambda: with_entry(5, external=0x10)),
    Case("entry-not-a-file", "a symbolic link", lambda: with_entry(5, mode=0o120777)),
    Case("entry-not-a-file", "a pipe", lambda: with_entry(5, mode=0o10644)),
    Case("entry-not-a-file", "a device", lambda: with_entry(5, mode=0o20644)),
    Case("entry-not-a-file", "a socket", lambda: with_entry(5, mode=0o140644)),
    Case("entry-set-id", "set user id", lambda: with_entry(5, mode=0o104755)),
    Case("entry-set-id", "set group id", lambda: with_entry(5, mode=0o102755)),
    Case("zip-extra", "an extra field", lambda: with_entry(5, central_extra=b"UT\1\0\0")),
    Case("zip-extra", "a comment", lambda: with_entry(5, comment=b"look")),
    Case("zip-entry-disk", "on another disk", lambda: with_entry(5, disk=1)),
    Case("zip-stored-size", "stored, of another size", lambda: with_entry(5, method=0, size=9)),
    Case("zip-gaps", "data between entries", lambda: with_entry(5, before=b"hidden")),
    Case("zip-gaps", "data before the list", lambda: pack(entries_of(PLAIN), before_list=b"hidden")),
    Case(
        "zip-gaps",
        "an entry that is not listed",
        lambda: _entries(lambda e: [*e, Entry(b"%s/x" % _RUN, b"", is_listed=False)]),
    ),
    Case("zip-gaps", "overlapping entries", _overlap),
    Case("zip-gaps", "an extra field in one header only", lambda: with_entry(5, local_extra=b"UT\1\0\0")),
    Case(
        "zip-headers-differ", "another name", lambda: with_entry(5, local={"name": b"%s/stdouT.log" % _RUN})
    ),
    Case("zip-headers-differ", "another checksum", lambda: with_entry(5, local={"crc": 1})),
    Case("zip-headers-differ", "another size", lambda: with_entry(5, local={"size": 1})),
    Case("zip-headers-differ", "another packed size", lambda: with_entry(5, local={"compressed": 1})),
    Case("zip-headers-differ", "another method", lambda: with_entry(5, local={"method": 0})),
    Case("zip-headers-differ", "other flags", lambda: with_entry(5, local={"flags": 8})),
    Case("zip-headers-differ", "no header there", lambda: bundle().replace(b"PK\3\4", b"PK\3\5", 1)),
    Case("bundle-too-large", "more than allowed", bundle, Limits(total_bytes=2000)),
    Case(
        "file-too-large",
        "more than allowed",
        lambda: bundle(run_files(stdout=b"x" * 3000)),
        Limits(file_bytes=2900),
    ),
    Case("file-too-large", "a config of 300 kB", lambda: bundle(run_files(config=CONFIG + b"#" * 300_000))),
    Case(
        "file-too-large",
        "a manifest of 2 MB",
        lambda: bundle(PLAIN, as_json(manifest_of(PLAIN)) + b" " * (2 << 20)),
    ),
    Case(
        "compression-ratio",
        "a bomb",
        lambda: bundle(run_files(stdout=bytes(100_000))),
        Limits(ratio_above=10_000),
    ),
    Case("zip-data-damaged", "wrong checksum", lambda: with_entry(5, crc=1)),
    Case("zip-data-damaged", "size told too small", lambda: with_entry(5, size=1)),
    Case("zip-data-damaged", "size told too large", lambda: with_entry(5, size=9)),
    Case("zip-data-damaged", "not deflated", lambda: with_entry(5, packed=b"\xff\xff\xff")),
    Case(
        "zip-data-damaged",
        "data behind the stream",
        lambda: with_entry(5, packed=deflated(b"out\n") + b"hid"),
    ),
    Case("zip-data-damaged", "stream cut off", lambda: with_entry(5, packed=deflated(b"out\n")[:-1])),
    Case("zip-data-damaged", "nothing packed", lambda: with_entry(5, packed=b"")),
)

NAMES = (
    Case("duplicate-entries", "twice the same", lambda: with_name(b"%s/stdout.log" % _RUN)),
    *(
        Case("unsafe-path", repr(name), lambda name=name: with_name(_RUN + b"/" + name))
        for name in (
            b"../escape",
            b"sampler/../../escape",
            b"..",
            b".",
            b"sampler//x",
            b"sampler\\x",
            b"C:x",
            b"sampler/nul",
            b"sampler/COM1.log",
            b"sampler/aux.txt",
            b"sampler/x.",
            b"sampler/x ",
            b"sampler/a\0b",
            b"sampler/a\nb",
            b"sampler/\x1b[31m",
            b"sampler/\x7f",
            b".hidden",
            b"-rf",
            b"sampler/a b",
            b"sampler/" + b"x" * 129,
            b"1/2/3/4/5/6/7/8",
            COMPOSED.encode(),
            DECOMPOSED.encode(),
            "sampler/\u202egol.txt".encode(),
            b"\xff\xfe",
            b"~",
            b"a:b",
            b"*",
            b"sampler/CONOUT$",
        )
    ),
    Case("unsafe-path", "absolute", lambda: bundle(top="")),
    Case("unsafe-path", "a drive", lambda: bundle(top="C:")),
    Case("unsafe-path", "the directory above", lambda: bundle(top="..")),
    Case("entry-outside-run", "a file at the top", lambda: with_name(_RUN)),
    Case(
        "several-top-directories", "two runs", lambda: with_name(b"run-20260507-122153-ffffffff/stdout.log")
    ),
    Case("clashing-names", "equal but for case", lambda: with_name(b"%s/STDOUT.LOG" % _RUN)),
    Case("clashing-names", "a file that is a directory", lambda: with_name(b"%s/stdout.log/x" % _RUN)),
    Case("manifest-missing", "no manifest", lambda: _without("manifest.json")),
)


MANIFEST = (
    *(
        Case("manifest-not-json", name, lambda raw=raw: bundle(PLAIN, raw))
        for name, raw in {
            "no JSON": b"hello",
            "empty": b"",
            "cut off": as_json(manifest_of(PLAIN))[:-5],
            "a byte order mark": b"\xef\xbb\xbf" + as_json(manifest_of(PLAIN)),
            "not UTF-8": as_json(manifest_of(PLAIN)).replace(b"edgeenv", b"edge\xff", 1),
            "a key twice": as_json(manifest_of(PLAIN)).replace(b"{", b'{"run_id": "x",', 1),
            "NaN": as_json(manifest_of(PLAIN, extra=float("nan"))),
            "deep": b"[" * 40 + b"]" * 40,
            "a huge number": b'{"bytes": 1e999}',
            "a lone surrogate": b'{"run_id": "\\ud800"}',
        }.items()
    ),
    Case("manifest-not-object", "a list", lambda: bundle(PLAIN, b"[]")),
    Case("manifest-not-object", "null", lambda: bundle(PLAIN, b"null")),
    Case("manifest-schema", "missing", lambda: bundle(PLAIN, manifest_of(PLAIN, schema_version=None))),
    Case(
        "manifest-schema",
        "of the future",
        lambda: bundle(PLAIN, manifest_of(PLAIN, schema_version="edgeenv.export.v2")),
    ),
    Case("manifest-schema", "a number", lambda: bundle(PLAIN, manifest_of(PLAIN, schema_version=1))),
    Case("bundle-type", "unknown", lambda: bundle(PLAIN, manifest_of(PLAIN, bundle_type="telemetry"))),
    Case("bundle-type", "missing", lambda: bundle(PLAIN, manifest_of(PLAIN, bundle_type=None))),
    Case("bundle-type", "a list", lambda: bundle(PLAIN, manifest_of(PLAIN, bundle_type=[]))),
    Case("manifest-files", "an object", lambda: bundle(PLAIN, manifest_of(PLAIN, files={}))),
    Case("manifest-files", "missing", lambda: bundle(PLAIN, manifest_of(PLAIN, files=None))),
    Case("manifest-files", "a text in it", lambda: manifest_with(lambda d: d["files"].append("stdout.log"))),
    Case("manifest-files", "a path that is a number", lambda: _edit_file(4, path=4)),
    Case(
        "manifest-unsafe-path",
        "above",
        lambda: manifest_with(lambda d: d["files"].append(_listed("sampler/../../x"))),
    ),
    Case(
        "manifest-unsafe-path",
        "device",
        lambda: manifest_with(lambda d: d["files"].append(_listed("sampler/nul"))),
    ),
    Case(
        "manifest-unsafe-path",
        "itself",
        lambda: manifest_with(lambda d: d["files"].append(_listed("manifest.json"))),
    ),
    Case("manifest-duplicates", "twice", lambda: manifest_with(lambda d: d["files"].append(d["files"][4]))),
    Case("required-not-listed", "no log", lambda: manifest_with(lambda d: d["files"].pop(4) and None)),
    Case("required-not-listed", "a failed run's", lambda: bundle(failed_files(), _without_environment())),
    Case("manifest-unexpected-entry", "the index", lambda: bundle({**PLAIN, "runs.db": b"SQLite"})),
    Case(
        "manifest-unexpected-entry",
        "what a failed command left, beside a result",
        lambda: bundle({**PLAIN, "latency-samples.raw": b"1\n"}),
    ),
    Case(
        "manifest-unexpected-entry",
        "samples beside a failure",
        lambda: bundle({**failed_files(), "latency-samples.txt": SAMPLES}),
    ),
    Case("manifest-unexpected-entry", "a note", lambda: bundle({**PLAIN, "notes.txt": b"hello"})),
    Case(
        "manifest-unexpected-entry",
        "a failure beside a result",
        lambda: bundle({**PLAIN, "failure.json": as_json(FAILURE)}, _with_failure()),
    ),
    Case("manifest-required-flag", "core not required", lambda: _edit_file(4, required=False)),
    Case("manifest-required-flag", "core, a number", lambda: _edit_file(4, required=1)),
    Case(
        "manifest-required-flag",
        "sampler required",
        lambda: manifest_with(lambda d: d["files"][7].update(required=True), sampled_files()),
    ),
    Case("manifest-invalid", "an unknown member", lambda: bundle(PLAIN, manifest_of(PLAIN, note="hello"))),
    Case("manifest-invalid", "an unknown member of a file", lambda: _edit_file(4, note="hello")),
    Case("manifest-invalid", "no exporter", lambda: bundle(PLAIN, manifest_of(PLAIN, exported_by=None))),
    Case("manifest-invalid", "no run id", lambda: bundle(PLAIN, manifest_of(PLAIN, run_id=None))),
    Case(
        "manifest-invalid", "a run id with a path", lambda: bundle(PLAIN, manifest_of(PLAIN, run_id="../x"))
    ),
    Case("manifest-invalid", "no time", lambda: bundle(PLAIN, manifest_of(PLAIN, created_at=None))),
    Case(
        "manifest-invalid",
        "no source",
        lambda: bundle(PLAIN, manifest_of(PLAIN, source_result_schema_version=None)),
    ),
    Case("manifest-invalid", "a short digest", lambda: _edit_file(4, sha256="ab")),
    Case(
        "manifest-invalid",
        "a digest in upper case",
        lambda: manifest_with(lambda d: d["files"][4].update(sha256=d["files"][4]["sha256"].upper())),
    ),
    Case("manifest-invalid", "a negative size", lambda: _edit_file(4, bytes=-1)),
    Case("manifest-invalid", "a boolean size", lambda: _edit_file(5, bytes=False)),
    Case("manifest-invalid", "a size with a fraction", lambda: _edit_file(4, bytes=4.0)),
    Case("unexpected-file", "a note", lambda: with_name(b"%s/notes.txt" % _RUN)),
    Case("unexpected-file", "a sampler file", lambda: with_name(b"%s/sampler/x.log" % _RUN)),
    Case("listed-file-missing", "no log", lambda: _without("stdout.log")),
    Case(
        "listed-file-missing",
        "no sampler log",
        lambda: bundle(
            {k: v for k, v in sampled_files().items() if not k.endswith("tegrastats.log")},
            manifest_of(sampled_files()),
        ),
    ),
    Case(
        "size-differs",
        "a longer log",
        lambda: bundle(run_files(stdout=b"out\nand more\n"), manifest_of(PLAIN)),
    ),
    Case("size-differs", "an empty log", lambda: bundle(run_files(stdout=b""), manifest_of(PLAIN))),
    Case("checksum-differs", "an edited log", lambda: bundle(run_files(stdout=b"tuo\n"), manifest_of(PLAIN))),
    Case(
        "checksum-differs",
        "an edited metric",
        lambda: bundle(
            run_files(result=as_json(result_with("metrics.latency_mean_ms", 11.3))), manifest_of(PLAIN)
        ),
    ),
)


def _listed(path: str) -> dict:
    return {"path": path, "required": False, "sha256": "0" * 64, "bytes": 0}


def _without_environment() -> dict:
    return manifest_of({path: raw for path, raw in failed_files().items() if path != "env.json"})


def _with_failure() -> dict:
    document = manifest_of(PLAIN)
    document["files"].append({**_listed("failure.json")})
    return document


SAMPLER = (
    Case(
        "sampler-metadata-missing", "a log alone", lambda: bundle({**PLAIN, "sampler/tegrastats.log": b"RAM"})
    ),
    Case("sampler-metadata-invalid", "no JSON", lambda: bundle({**PLAIN, "sampler/metadata.json": b"{"})),
    Case("sampler-metadata-invalid", "a list", lambda: bundle({**PLAIN, "sampler/metadata.json": b"[]"})),
    Case(
        "sampler-metadata-invalid",
        "an unknown version",
        lambda: _metadata(schema_version="edgeenv.sampler-metadata.v9"),
    ),
    Case(
        "sampler-metadata-invalid",
        "a key missing",
        lambda: bundle(sampled_files({k: v for k, v in METADATA.items() if k != "fields"})),
    ),
    Case(
        "sampler-metadata-invalid",
        "no list",
        lambda: bundle({**PLAIN, "sampler/metadata.json": as_json({**METADATA, "raw_artifacts": "x"})}),
    ),
    Case(
        "sampler-listing-invalid", "a number", lambda: _metadata(raw_artifacts=["sampler/tegrastats.log", 4])
    ),
    Case(
        "sampler-listing-invalid",
        "above",
        lambda: _metadata(raw_artifacts=["sampler/tegrastats.log", "../x"]),
    ),
    Case(
        "sampler-listing-invalid",
        "elsewhere",
        lambda: _metadata(raw_artifacts=["sampler/tegrastats.log", "stdout.log"]),
    ),
    Case(
        "sampler-listing-invalid",
        "itself",
        lambda: _metadata(raw_artifacts=["sampler/tegrastats.log", "sampler/metadata.json"]),
    ),
    Case("sampler-listing-invalid", "twice", lambda: _metadata(raw_artifacts=["sampler/tegrastats.log"] * 2)),
    Case("sampler-file-unexpected", "not listed", lambda: _metadata(raw_artifacts=[])),
    Case(
        "sampler-file-missing",
        "not there",
        lambda: _metadata(raw_artifacts=["sampler/tegrastats.log", "sampler/power.log"]),
    ),
)

DOCUMENTS = (
    *(
        Case("result-invalid", name, lambda raw=raw: bundle(run_files(result=raw)))
        for name, raw in {
            "no JSON": b"hello",
            "a list": b"[]",
            "empty": b"",
            "NaN": as_json(result_with("metrics.latency_mean_ms", float("nan"))),
            "1e999": as_json(result_with("metrics.latency_mean_ms", 12.3)).replace(b"12.3", b"1e999", 1),
            "duplicate keys": as_json(result_with("command", "x")).replace(b"{", b'{"run_id": "y",', 1),
        }.items()
    ),
    *(
        Case(
            "result-invalid", f"{path} = {value!r}"[:60], lambda path=path, value=value: _result(path, value)
        )
        for path, value in (
            ("schema_version", "edgeenv.result.v2"),
            ("note", "hello"),
            ("metrics.extra", 1.0),
            ("model.extra", "x"),
            ("metrics.latency_mean_ms", -1.0),
            ("metrics.latency_mean_ms", 0),
            ("metrics.latency_mean_ms", "12.3"),
            ("metrics.latency_mean_ms", True),
            ("metrics.latency_p50_ms", 99.0),
            ("metrics.throughput_fps", None),
            ("protocol.batch_size", 1.5),
            ("protocol.batch_size", 2**31),
            ("protocol.batch_size", -1),
            ("model.model_hash", "AB" * 32),
            ("target", None),
            ("created_at", "yesterday"),
            ("run_id", "../../x"),
            ("env", None),
            ("metrics", []),
            ("runtime.runtime", ""),
        )
    ),
    *(
        Case("failure-invalid", f"{path} = {value!r}", lambda path=path, value=value: _failure(path, value))
        for path, value in (
            ("schema_version", "edgeenv.failed-run.v2"),
            ("schema_version", None),
            ("return_code", "0"),
            ("note", "x"),
            ("created_at", 4),
            ("error_message", ""),
            ("target_type", "cloud"),
        )
    ),
    Case("failure-invalid", "a list", lambda: bundle(failed_files(b"[]"))),
    *(
        Case("config-invalid", name, lambda raw=raw: bundle(run_files(config=raw)))
        for name, raw in {
            "empty": b"",
            "a list": b"- 1\n",
            "not YAML": b"name: [\n",
            "a key twice": CONFIG + b"name: other\n",
            "an alias": CONFIG.replace(b"task: object-detection", b"task: &a object-detection"),
            "a tag": CONFIG.replace(b"task: ", b"task: !!python/name:os.system "),
            "an unknown key": CONFIG + b"note: hello\n",
            "a missing key": CONFIG.replace(b"task: object-detection\n", b""),
            "a text for a number": CONFIG.replace(b"batch_size: 1", b'batch_size: "1"'),
            "two documents": CONFIG + b"---\nname: x\n",
            "Latin-1": CONFIG + b"# caf\xe9\n",
        }.items()
    ),
    Case("target-invalid", "empty", lambda: bundle(run_files(target=b""))),
    Case(
        "target-invalid",
        "unknown type",
        lambda: bundle(run_files(target=TARGET.replace(b"type: local", b"type: ssh"))),
    ),
    Case("target-invalid", "an unknown key", lambda: bundle(run_files(target=TARGET + b"note: x\n"))),
    Case("env-invalid", "no JSON", lambda: bundle(run_files(env=b"hello"))),
    Case("env-invalid", "a list", lambda: bundle(run_files(env=b"[]"))),
    Case("env-invalid", "a secret", lambda: bundle(run_files(env={**ENV, "API_TOKEN": "x"}))),
    Case(
        "env-invalid",
        "a missing fact",
        lambda: bundle(run_files(env={k: v for k, v in ENV.items() if k != "machine"})),
    ),
)

_OTHER_ID = "run-20260507-122153-ffffffff"
AGREEMENT = (
    Case("run-id-differs", "the result's", lambda: _result("run_id", _OTHER_ID)),
    Case("run-id-differs", "the failure's", lambda: _failure("run_id", _OTHER_ID)),
    Case("directory-differs", "renamed", lambda: bundle(top=_OTHER_ID)),
    Case(
        "schema-differs",
        "another marker",
        lambda: bundle(PLAIN, manifest_of(PLAIN, source_result_schema_version="edgeenv.result.v0")),
    ),
    Case(
        "time-differs",
        "another second",
        lambda: bundle(PLAIN, manifest_of(PLAIN, created_at="2026-05-07T12:21:54Z")),
    ),
    Case("time-differs", "no time", lambda: bundle(PLAIN, manifest_of(PLAIN, created_at="noon"))),
    *(
        Case("contradicts-config", path, lambda path=path, value=value: _result(path, value))
        for path, value in (
            ("benchmark_name", "other"),
            ("command", "other"),
            ("model.model_name", "other"),
            ("model.model_version", "2"),
            ("model.model_format", "trt"),
            ("model.model_path", "other"),
            ("runtime.runtime", "other"),
            ("runtime.execution_provider", "cuda"),
            ("protocol.input_shape", [2, 3, 224, 224]),
            ("protocol.input_dtype", "int8"),
            ("protocol.task", "other"),
            ("protocol.precision", "int8"),
            ("protocol.batch_size", 2),
            ("protocol.warmup_runs", 2),
            ("protocol.repeat_runs", 4),
            ("protocol.include_preprocess", False),
            ("protocol.include_postprocess", False),
        )
    ),
    Case("contradicts-config", "extra_env", lambda: _execution(extra_env={"LOCAL_DEMO_FLAG": "other"})),
    Case(
        "contradicts-config",
        "model_sha256",
        lambda: bundle(run_files(config=CONFIG + b"model_sha256: %s\n" % (b"cd" * 32))),
    ),
    Case("contradicts-config", "failed: name", lambda: _failure("benchmark_name", "other")),
    Case("contradicts-config", "failed: command", lambda: _failure("command", "other")),
    *(
        Case("contradicts-target", path, lambda path=path, value=value: _result(path, value))
        for path, value in (
            ("target.target_name", "other"),
            ("target.target_type", "fake"),
            ("target.board_name", "other"),
            ("target.os", "other"),
            ("target.runtime_tags", ["bench", "local"]),
            ("target.runtime_tags", []),
        )
    ),
    Case("contradicts-target", "failed: name", lambda: _failure("target_name", "other")),
    Case("contradicts-target", "failed: type", lambda: _failure("target_type", "fake")),
    Case("contradicts-env", "another machine", lambda: _result("env.machine", "x86_64")),
    Case("contradicts-env", "one fact more", lambda: _result("env.cpu_count", 6)),
    Case("contradicts-env", "one fact less", lambda: bundle(run_files(env={**ENV, "cpu_count": 6}))),
    Case("contradicts-logs", "stdout", lambda: _execution(stdout={"bytes": 9, "stored_bytes": 9})),
    Case("contradicts-logs", "stderr", lambda: _execution(stderr={"bytes": 9, "stored_bytes": 9})),
    *(
        Case("contradicts-samples", name, lambda files=files: bundle(files))
        for name, files in {
            "samples that no result names": {**run_files(), "latency-samples.txt": SAMPLES},
            "a result that names samples that are not there": measured_files(None),
            "another mean": measured_files(metrics__latency_mean_ms=12.001),
            "another percentile": measured_files(metrics__latency_p50_ms=11.25),
            "another throughput": measured_files(metrics__throughput_fps=84.0),
            "another count": measured_files(latency_samples__count=5),
            "one sample less": measured_files(SAMPLES[:-5]),
            "one sample changed": measured_files(SAMPLES.replace(b"10.5", b"10.6")),
            "no samples": measured_files(b""),
            "a sample below zero": measured_files(b"-" + SAMPLES),
            "a sample that is zero": measured_files(SAMPLES.replace(b"10.5", b"0.0")),
            "a sample that is no number": measured_files(SAMPLES.replace(b"10.5", b"nan")),
            "an infinite sample": measured_files(SAMPLES.replace(b"10.5", b"1e+999")),
            "words": measured_files(b"twelve\n" + SAMPLES),
            "two in one line": measured_files(SAMPLES.replace(b"\n", b" ", 1)),
            "an empty line": measured_files(b"\n" + SAMPLES),
            "no end of the last line": measured_files(SAMPLES[:-1]),
            "a line without end": measured_files(b"1" * 100_000),
            "more lines than samples may be": measured_files(b"1.0\n" * 1_000_001),
        }.items()
    ),
)

CASES = (*ZIP, *NAMES, *MANIFEST, *SAMPLER, *DOCUMENTS, *AGREEMENT)
