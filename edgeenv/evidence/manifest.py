"""The manifest of a run: every file with its digest and size, in the shape that bundles carry."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from edgeenv.documents import canonical_json, parse_json, pretty_json
from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.files import MANIFEST, Kind, is_run_id

if TYPE_CHECKING:
    from collections.abc import Mapping

EXPORT_SCHEMA = "edgeenv.export.v1"
TOOL = "edgeenv"

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_ENTRY_MEMBERS = {"path", "required", "sha256", "bytes"}
_MEMBERS = {"schema_version", "bundle_type", "run_id", "created_at", "files", "exported_by"}


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of a run.

    Attributes:
        path: relative to the run's directory, with ``/``.
        required: is it one of the six files that every run holds?
        sha256: 64 lower-case hex digits.
        bytes: its size.
    """

    path: str
    required: bool
    sha256: str
    bytes: int

    def to_document(self) -> dict[str, Any]:
        """The entry as a member of ``files``."""
        return {"path": self.path, "required": self.required, "sha256": self.sha256, "bytes": self.bytes}


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a run consists of, byte for byte.

    Attributes:
        created_at: when the run was recorded, ISO 8601 with an offset.
        source_schema: the schema marker of its document.
        files: the six files in the order of the contract, then any others by path.
        version: the release of EdgeEnv that wrote the manifest; None for one computed on reading.
    """

    kind: Kind
    run_id: str
    created_at: str
    source_schema: str
    files: tuple[FileEntry, ...]
    version: str | None = None

    @property
    def digest(self) -> str:
        """``sha256:`` and 64 hex digits over the files: equal digests mean equal evidence."""
        listed = canonical_json([entry.to_document() for entry in self.files])
        return f"sha256:{sha256(listed).hexdigest()}"

    def entry(self, path: str) -> FileEntry | None:
        """The entry of one file; None when the manifest does not list it."""
        return next((entry for entry in self.files if entry.path == path), None)

    def to_bytes(self) -> bytes:
        """The content of ``manifest.json``."""
        document = {
            "schema_version": EXPORT_SCHEMA,
            "bundle_type": self.kind.value,
            "run_id": self.run_id,
            "created_at": self.created_at,
            self.kind.schema_member: self.source_schema,
            "files": [entry.to_document() for entry in self.files],
            "exported_by": {"tool": TOOL, "package": TOOL, "version": self.version},
        }
        return pretty_json(document, sort_keys=True).encode("utf-8")


def parse_manifest(raw: bytes, source: str) -> Manifest:
    """Read ``manifest.json``.

    Raises:
        EdgeEnvError: it is not JSON, or not of the shape that this release understands.
    """
    try:
        document = parse_json(raw, source)
    except EdgeEnvError as error:
        raise _invalid(source, error.message.removeprefix(f"{source}: ")) from error
    if not isinstance(document, dict):
        raise _invalid(source, "expected a JSON object")
    marker = document.get("schema_version")
    if marker != EXPORT_SCHEMA:
        raise _invalid(source, f"schema_version is {_shown(marker)}, expected {EXPORT_SCHEMA!r}")
    kind = next((kind for kind in Kind if kind.value == document.get("bundle_type")), None)
    if kind is None:
        raise _invalid(source, f"bundle_type is {_shown(document.get('bundle_type'))}")
    _members(document, _MEMBERS | {kind.schema_member}, source, "the manifest", also={"exported_at"})
    for name in ("run_id", "created_at", kind.schema_member):
        if not isinstance(document[name], str):
            raise _invalid(source, f"{name} is {_shown(document[name])}, expected text")
    if not is_run_id(document["run_id"]):
        raise _invalid(source, f"run_id is {_shown(document['run_id'])}")
    return Manifest(
        kind=kind,
        run_id=document["run_id"],
        created_at=document["created_at"],
        source_schema=document[kind.schema_member],
        files=_entries(document["files"], kind, source),
        version=_version(document["exported_by"], source),
    )


def _entries(listed: object, kind: Kind, source: str) -> tuple[FileEntry, ...]:
    if not isinstance(listed, list):
        raise _invalid(source, "files is not a list")
    entries = tuple(_entry(item, kind, source) for item in listed)
    paths = [entry.path for entry in entries]
    if twice := sorted({path for path in paths if paths.count(path) > 1}):
        raise _invalid(source, f"{twice[0]} is listed twice")
    if absent := [name for name in kind.files if name not in paths]:
        raise _invalid(source, f"{', '.join(absent)} not listed")
    return entries


def _entry(item: object, kind: Kind, source: str) -> FileEntry:
    if not isinstance(item, dict):
        raise _invalid(source, f"a member of files is {_shown(item)}, expected an object")
    _members(item, _ENTRY_MEMBERS, source, "a member of files")
    path, digest, size = item["path"], item["sha256"], item["bytes"]
    if not isinstance(path, str) or not _is_inner_path(path):
        raise _invalid(source, f"path is {_shown(path)}, expected the relative path of a file of the run")
    if not isinstance(digest, str) or _SHA256.fullmatch(digest) is None:
        raise _invalid(source, f"sha256 of {path} is {_shown(digest)}, expected 64 lower-case hex digits")
    if type(size) is not int or size < 0:
        raise _invalid(source, f"bytes of {path} is {_shown(size)}, expected a whole number, not below 0")
    if item["required"] is not (path in kind.files):
        raise _invalid(source, f"required of {path} is {_shown(item['required'])}")
    return FileEntry(path, required=path in kind.files, sha256=digest, bytes=size)


def _is_inner_path(path: str) -> bool:
    """Is it a path below the run's directory, and not the manifest itself?"""
    return path != MANIFEST and all(is_run_id(part) for part in path.split("/"))


def _version(exporter: object, source: str) -> str | None:
    version = exporter.get("version") if isinstance(exporter, dict) else None
    if not isinstance(version, str):
        raise _invalid(source, f"exported_by is {_shown(exporter)}, expected tool, package and version")
    return version


def _members(
    document: Mapping[str, Any],
    expected: set[str],
    source: str,
    what: str,
    also: frozenset[str] | set[str] = frozenset(),
) -> None:
    if absent := sorted(expected - document.keys()):
        raise _invalid(source, f"{what} lacks {', '.join(absent)}")
    if unknown := sorted(document.keys() - expected - also):
        raise _invalid(source, f"{what} has the unknown member {_shown(unknown[0])}")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."  # noqa: PLR2004 - a line on the screen


def _invalid(source: str, defect: str) -> EdgeEnvError:
    return EdgeEnvError(
        f"Invalid evidence manifest: {source}: {defect}",
        "restore the run from a bundle or a backup",
        code="manifest-invalid",
    )
