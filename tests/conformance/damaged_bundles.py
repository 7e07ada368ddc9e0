"""Every way in which a bundle must be refused: what is done to a good one, and the code of the refusal."""

from __future__ import annotations

import io
import json
import struct
import warnings
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance_kit import MANIFEST, Bundle, edited, entry, sealed, zipped

if TYPE_CHECKING:
    from collections.abc import Callable

_END = struct.Struct("<4s4H2IH")
_OTHER_ID = "run-20260507-122153-ffffffff"


@dataclass(frozen=True)
class Damage:
    """One damage, and the code of the check that must refuse it."""

    code: str
    what: str
    do: Callable[[Bundle], bytes]
    of: str = "baseline"

    def __str__(self) -> str:
        return f"{self.code}: {self.what}"


def _in_both_headers(bundle: Bundle, path: str, at: int, value: bytes) -> bytes:
    """Other bytes in the local and in the central header of one entry; offsets are the local one's."""
    content = bytearray(bundle.content)
    with zipfile.ZipFile(io.BytesIO(bundle.content)) as archive:
        local = archive.getinfo(f"{bundle.run_id}/{path}").header_offset
    name = f"{bundle.run_id}/{path}".encode()
    central = bundle.content.rindex(name) - 46
    content[local + at : local + at + len(value)] = value
    content[central + at + 2 : central + at + 2 + len(value)] = value
    return bytes(content)


def _hidden(bundle: Bundle) -> bytes:
    """Data between the last entry and the central directory, with the end record made to fit."""
    content = bundle.content
    *numbers, offset, comment = _END.unpack(content[-22:])
    return (
        content[:offset]
        + b"hidden"
        + content[offset:-22]
        + _END.pack(*numbers, offset + len(b"hidden"), comment)
    )


def _packed(bundle: Bundle, info: zipfile.ZipInfo, content: bytes = b"more") -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name twice is what is wanted
        return zipped(bundle.run_id, bundle.files, (info, content))


def _named(name: str) -> Callable[[Bundle], bytes]:
    return lambda bundle: _packed(bundle, entry(name.replace("RUN", bundle.run_id)))


def _replaced(path: str, content: bytes) -> Callable[[Bundle], bytes]:
    """Another content, with a manifest that says so: only the content itself can give it away."""
    return lambda bundle: zipped(bundle.run_id, sealed({**bundle.files, path: content}))


def _unsealed(path: str, change: Callable[[bytes], bytes]) -> Callable[[Bundle], bytes]:
    """Another content under the old manifest."""
    return lambda bundle: zipped(bundle.run_id, {**bundle.files, path: change(bundle.files[path])})


def _without(path: str) -> Callable[[Bundle], bytes]:
    return lambda bundle: zipped(
        bundle.run_id, {name: raw for name, raw in bundle.files.items() if name != path}
    )


def _document(path: str, member: str, value: Any) -> Callable[[Bundle], bytes]:
    """One member of a JSON document replaced, with a manifest that says so."""
    return lambda bundle: zipped(
        bundle.run_id, sealed({**bundle.files, path: edited(bundle.files[path], member, value)})
    )


def _manifest(edit: Callable[[dict[str, Any]], object]) -> Callable[[Bundle], bytes]:
    def do(bundle: Bundle) -> bytes:
        document = json.loads(bundle.files[MANIFEST])
        edit(document)
        return zipped(bundle.run_id, {**bundle.files, MANIFEST: json.dumps(document).encode()})

    return do


def _manifest_bytes(change: Callable[[bytes], bytes]) -> Callable[[Bundle], bytes]:
    return _unsealed(MANIFEST, change)


def _yaml(path: str, old: bytes, new: bytes) -> Callable[[Bundle], bytes]:
    return lambda bundle: _replaced(path, bundle.files[path].replace(old, new))(bundle)


def _bomb(bundle: Bundle) -> bytes:
    """A hundred megabytes of nothing in a hundred kilobytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in bundle.files.items():
            with archive.open(entry(f"{bundle.run_id}/{path}"), "w") as member:
                for _ in range(100 if path == "stdout.log" else 1):
                    member.write(bytes(1 << 20) if path == "stdout.log" else content)
    return target.getvalue()


def _first_file(**members: Any) -> Callable[[dict[str, Any]], object]:
    return lambda document: document["files"][0].update(members)


ZIP = (
    Damage("not-a-zip", "nothing", lambda _: b""),
    Damage("not-a-zip", "a text", lambda _: b"hello " * 100),
    Damage("not-a-zip", "cut off at the end", lambda bundle: bundle.content[:-30]),
    Damage("not-a-zip", "cut off in the middle", lambda bundle: bundle.content[:700]),
    Damage("zip-trailing-data", "data behind it", lambda bundle: bundle.content + b"more"),
    Damage("zip-list-misplaced", "data before it", lambda bundle: b"#!/bin/sh\n" + bundle.content),
    Damage("zip-gaps", "data hidden inside", _hidden),
    Damage(
        "zip-headers-differ",
        "two names for one entry",
        lambda bundle: bundle.content.replace(b"stdout.log", b"stdouT.log", 1),
    ),
    Damage("zip-encrypted", "encrypted", lambda b: _in_both_headers(b, "stdout.log", 6, b"\1")),
    Damage("zip-method", "an unknown compression", lambda b: _in_both_headers(b, "stdout.log", 8, b"\x5d")),
    Damage("zip-data-damaged", "a wrong checksum", lambda b: _in_both_headers(b, "stdout.log", 14, b"\0\0")),
    Damage("zip-extra", "zipped anew by hand", lambda b: _packed(b, _with_extra(f"{b.run_id}/x"))),
    Damage(
        "entry-not-a-file",
        "a symbolic link",
        lambda b: _packed(b, entry(f"{b.run_id}/x", 0o120777), b"/etc/passwd"),
    ),
    Damage("entry-not-a-file", "a directory", lambda b: _packed(b, entry(f"{b.run_id}/x/", 0o40755), b"")),
    Damage("entry-set-id", "a set-user-id file", lambda b: _packed(b, entry(f"{b.run_id}/x", 0o104755))),
    Damage("compression-ratio", "a bomb", _bomb),
    Damage("duplicate-entries", "one name twice", _named("RUN/stdout.log")),
    *(
        Damage("unsafe-path", repr(name), _named(name))
        for name in (
            *("RUN/../../escape", "/etc/escape", "../escape", "RUN/C:x", "RUN/a\\b", "RUN/sampler/nul"),
            *("RUN/sampler/x.", "RUN/sampler/\x1b[31m", "RUN/.hidden", "RUN/cafe\u0301", "RUN/\u202egol.txt"),
        )
    ),
    Damage("entry-outside-run", "a file at the top", _named("RUN")),
    Damage("several-top-directories", "two runs", _named(f"{_OTHER_ID}/stdout.log")),
    Damage("clashing-names", "names equal but for case", _named("RUN/STDOUT.LOG")),
)

MANIFESTS = (
    Damage("manifest-missing", "none", _without(MANIFEST)),
    Damage("manifest-not-json", "a text", _manifest_bytes(lambda _: b"hello")),
    Damage("manifest-not-json", "a byte order mark", _manifest_bytes(lambda raw: b"\xef\xbb\xbf" + raw)),
    Damage("manifest-not-json", "a key twice", _manifest_bytes(lambda raw: b'{"run_id": "x",' + raw[1:])),
    Damage("manifest-not-object", "a list", _manifest_bytes(lambda _: b"[]")),
    Damage(
        "manifest-schema", "of the future", _manifest(lambda d: d.update(schema_version="edgeenv.export.v2"))
    ),
    Damage("manifest-schema", "without a marker", _manifest(lambda d: d.pop("schema_version"))),
    Damage("bundle-type", "an unknown type", _manifest(lambda d: d.update(bundle_type="telemetry"))),
    Damage("manifest-files", "no list of files", _manifest(lambda d: d.update(files="all of them"))),
    Damage(
        "manifest-unsafe-path", "a path that leaves", _manifest(lambda d: d["files"].append(_listed("../x")))
    ),
    Damage("manifest-duplicates", "a file twice", _manifest(lambda d: d["files"].append(d["files"][0]))),
    Damage("required-not-listed", "a file left out", _manifest(lambda d: d["files"].pop())),
    Damage(
        "manifest-unexpected-entry", "the index", _manifest(lambda d: d["files"].append(_listed("runs.db")))
    ),
    Damage("manifest-required-flag", "not required", _manifest(_first_file(required=False))),
    Damage("manifest-invalid", "a short digest", _manifest(_first_file(sha256="ab"))),
    Damage("manifest-invalid", "a digest in capitals", _manifest(_first_file(sha256="AB" * 32))),
    Damage("manifest-invalid", "a negative size", _manifest(_first_file(bytes=-1))),
    Damage("manifest-invalid", "a boolean size", _manifest(_first_file(bytes=True))),
    Damage("manifest-invalid", "an unknown member", _manifest(lambda d: d.update(note="hello"))),
    Damage("unexpected-file", "a file that is not listed", _named("RUN/notes.txt")),
    Damage("listed-file-missing", "a log removed", _without("stdout.log")),
    Damage("size-differs", "a log cut off", _unsealed("stdout.log", lambda raw: raw[:-9])),
    Damage(
        "checksum-differs", "a log edited", _unsealed("stderr.log", lambda raw: raw.replace(b"no", b"NO"))
    ),
    Damage(
        "checksum-differs",
        "a metric edited",
        _unsealed("result.json", lambda raw: raw.replace(b"2.5", b"1.5")),
    ),
)

DOCUMENTS = (
    Damage(
        "result-invalid", "of the future", _document("result.json", "schema_version", "edgeenv.result.v2")
    ),
    Damage("result-invalid", "an unknown member", _document("result.json", "metrics.score", 1.0)),
    Damage(
        "result-invalid", "not a number", _document("result.json", "metrics.latency_mean_ms", float("nan"))
    ),
    Damage("result-invalid", "a negative number", _document("result.json", "metrics.latency_mean_ms", -1.0)),
    Damage("result-invalid", "a text as number", _document("result.json", "metrics.latency_mean_ms", "2.5")),
    Damage("result-invalid", "a null as number", _document("result.json", "metrics.latency_mean_ms", None)),
    Damage(
        "result-invalid", "percentiles out of order", _document("result.json", "metrics.latency_p50_ms", 9.0)
    ),
    Damage("result-invalid", "an id with a path", _document("result.json", "run_id", "../../x")),
    Damage("result-invalid", "no JSON", _replaced("result.json", b"hello")),
    Damage("config-invalid", "a list", _replaced("config.yaml", b"- 1\n")),
    Damage("config-invalid", "an alias", _yaml("config.yaml", b"name: ", b"name: &a ")),
    Damage("config-invalid", "a tag", _yaml("config.yaml", b"name: ", b"name: !!python/name:os.system ")),
    Damage("config-invalid", "an unknown key", _yaml("config.yaml", b"name: ", b"note: hello\nname: ")),
    Damage("target-invalid", "another type", _yaml("target.yaml", b"type: local", b"type: ssh")),
    Damage("env-invalid", "an environment variable", _document("env.json", "API_TOKEN", "x")),
    Damage("env-invalid", "no JSON", _replaced("env.json", b"")),
    Damage("failure-invalid", "of the future", _document("failure.json", "schema_version", "x.v2"), "failed"),
    Damage("failure-invalid", "a status as text", _document("failure.json", "return_code", "7"), "failed"),
    Damage("failure-invalid", "a list", _replaced("failure.json", b"[]"), "failed"),
)

CONTRADICTIONS = (
    Damage("run-id-differs", "the result of another run", _document("result.json", "run_id", _OTHER_ID)),
    Damage(
        "run-id-differs",
        "the failure of another run",
        _document("failure.json", "run_id", _OTHER_ID),
        "failed",
    ),
    Damage("directory-differs", "renamed", lambda bundle: zipped(_OTHER_ID, bundle.files)),
    Damage("time-differs", "another time", _manifest(lambda d: d.update(created_at="2020-01-01T00:00:00Z"))),
    *(
        Damage("contradicts-config", member, _document("result.json", member, value))
        for member, value in (
            ("benchmark_name", "other"),
            ("command", "python other.py"),
            ("model.model_name", "other"),
            ("runtime.execution_provider", "cuda"),
            ("protocol.batch_size", 8),
            ("protocol.repeat_runs", 1000),
            ("protocol.include_preprocess", True),
            ("execution.extra_env", {"SCALE": "2.0"}),
        )
    ),
    Damage(
        "contradicts-config", "a failure's command", _document("failure.json", "command", "true"), "failed"
    ),
    Damage("contradicts-target", "the board", _document("result.json", "target.board_name", "other")),
    Damage(
        "contradicts-target", "a failure's target", _document("failure.json", "target_name", "x"), "failed"
    ),
    Damage("contradicts-env", "the machine", _document("result.json", "env.machine", "other")),
    Damage("contradicts-env", "the machine, there", _document("env.json", "machine", "other")),
    Damage("contradicts-logs", "a longer log", _replaced("stdout.log", b"much more than there was" * 50)),
)

DAMAGES = (*ZIP, *MANIFESTS, *DOCUMENTS, *CONTRADICTIONS)


def _listed(path: str) -> dict[str, Any]:
    return {"path": path, "required": False, "sha256": "0" * 64, "bytes": 0}


def _with_extra(name: str) -> zipfile.ZipInfo:
    info = entry(name)
    info.extra = b"UT\5\0\3\0\0\0\0"
    return info
