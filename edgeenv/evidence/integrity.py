"""Is a run's directory what its manifest says? Every file is looked at, every way to differ told apart."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from edgeenv.documents import parse_json
from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.check import (
    EvidenceDefect,
    content_defects,
    entries_below,
    file_defects,
    id_defects,
    unreadable,
)
from edgeenv.evidence.disk import digest_regular, is_real_directory, read_regular
from edgeenv.evidence.files import (
    DOCUMENT_LIMIT,
    LATENCY_SAMPLES,
    LATENCY_SAMPLES_LIMIT,
    MANIFEST,
    MANIFEST_LIMIT,
    STDERR,
    STDOUT,
    Kind,
)
from edgeenv.evidence.manifest import FileEntry, Manifest, parse_manifest
from edgeenv.model.contracts import RESULT_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

NEVER_SEALED = "manifest-absent"
"""The code for a run of a release that stored no manifest: nothing is wrong, and nothing can be proven."""

_LOGS = (STDOUT, STDERR)
_SAMPLES = {LATENCY_SAMPLES: LATENCY_SAMPLES_LIMIT}


@dataclass(frozen=True, slots=True)
class Integrity:
    """What a run's directory holds, against its manifest.

    Attributes:
        manifest: the one that is stored; without a readable one, or when files differ from it, see `found`.
        found: what is there now, described as a manifest would.
        defects: everything that differs.
        contents: the documents among the files, byte for byte as they were digested.
        document: ``result.json`` or ``failure.json``; empty when it is not there or not a JSON object.
    """

    kind: Kind
    manifest: Manifest | None
    found: Manifest
    defects: tuple[EvidenceDefect, ...]
    contents: Mapping[str, bytes] = field(default_factory=dict)
    document: Mapping[str, Any] = field(default_factory=dict)


def check_integrity(directory: Path, kind: Kind, *, read_logs: bool = True) -> Integrity:
    """Compare a run's directory with its manifest.

    Args:
        directory: where the run is.
        kind: what it is expected to be.
        read_logs: False to look only at the sizes of the logs, which may be large.

    Raises:
        OSError: the directory cannot be listed.
    """
    if not is_real_directory(directory):
        return _no_directory(directory, kind)
    survey = _Survey(directory, kind)
    survey.read_documents()
    survey.look_at_manifest()
    survey.look_at_files(read_logs=read_logs)
    return survey.result()


class _Survey:
    """One look at one directory; no file is read twice."""

    def __init__(self, directory: Path, kind: Kind) -> None:
        self._directory = directory
        self._kind = kind
        self._files, self._folders = entries_below(directory)
        self._manifest: Manifest | None = None
        self._defects: list[EvidenceDefect] = []
        self._contents: dict[str, bytes] = {}
        self._failures: dict[str, OSError] = {}
        self._document: dict[str, Any] = {}

    def read_documents(self) -> None:
        also = [path for path in _SAMPLES if path in self._files and path in self._kind.optional_files]
        for path in (*self._kind.files, *also):
            if path not in _LOGS:
                limit = _SAMPLES.get(path, DOCUMENT_LIMIT)
                try:
                    self._contents[path] = read_regular(self._directory / path, limit)
                except OSError as error:
                    self._failures[path] = error
        try:
            value = parse_json(self._contents.get(self._kind.document, b""), self._kind.document)
        except EdgeEnvError:
            return  # whoever checks contracts says why
        if isinstance(value, dict):
            self._document = value

    def look_at_manifest(self) -> None:
        path = self._directory / MANIFEST
        try:
            manifest = parse_manifest(read_regular(path, MANIFEST_LIMIT), MANIFEST)
        except OSError as error:
            self._defects.append(
                self._absent() if error.errno == errno.ENOENT else unreadable(MANIFEST, error)
            )
            return
        except EdgeEnvError as error:
            text = error.message.removeprefix("Invalid evidence manifest: ")
            self._defects.append(EvidenceDefect("manifest-invalid", MANIFEST, text))
            return
        if manifest.kind is not self._kind:
            text = f"{MANIFEST}: is of a {manifest.kind.value}, expected a {self._kind.value}"
            self._defects.append(EvidenceDefect("kind-differs", MANIFEST, text))
            return
        self._manifest = manifest
        self._defects.extend(id_defects(self._directory, manifest))

    def look_at_files(self, *, read_logs: bool) -> None:
        if self._manifest is None:
            self._defects.extend(self._unreadable_required())
            return
        for entry in self._manifest.files:
            self._defects.extend(self._entry_defects(entry, read_logs=read_logs))
        self._defects.extend(self._unexpected(self._manifest))

    def result(self) -> Integrity:
        trusted = self._manifest is not None and not self._defects
        found = self._manifest if trusted and self._manifest is not None else self._as_found()
        return Integrity(
            self._kind, self._manifest, found, tuple(self._defects), self._contents, self._document
        )

    def _absent(self) -> EvidenceDefect:
        environment = self._document.get("env")
        if self._kind is Kind.RUN:
            was_stored = isinstance(environment, dict) and "edgeenv_version" in environment
        else:
            was_stored = "error_code" in self._document
        if was_stored or not self._document:
            return EvidenceDefect("manifest-missing", MANIFEST, f"{MANIFEST}: is missing")
        text = f"{MANIFEST}: was never stored, so there is nothing to verify the files against"
        return EvidenceDefect(NEVER_SEALED, MANIFEST, text)

    def _unreadable_required(self) -> Iterator[EvidenceDefect]:
        """Without a manifest only the six files that every run holds can be asked for."""
        for path in self._kind.files:
            error = self._failures.get(path) or (_fault_of(self._directory / path) if path in _LOGS else None)
            if error is not None:
                yield unreadable(path, error)

    def _entry_defects(self, entry: FileEntry, *, read_logs: bool) -> Iterator[EvidenceDefect]:
        if entry.path in self._failures:
            yield unreadable(entry.path, self._failures[entry.path])
        elif entry.path in self._contents:
            yield from content_defects(entry, self._contents[entry.path])
        elif read_logs:
            yield from file_defects(self._directory, entry)
        else:
            yield from _size_defects(self._directory, entry)

    def _unexpected(self, manifest: Manifest) -> Iterator[EvidenceDefect]:
        listed = {entry.path for entry in manifest.files}
        for path in self._files:
            if path not in listed and path != MANIFEST:
                yield EvidenceDefect("file-unexpected", path, f"{path}: is not in the manifest")
        for folder in self._folders:
            inside = f"{folder}/"
            if not any(path.startswith(inside) for path in (*listed, *self._files)):
                text = f"{inside}: is a directory that is not in the manifest"
                yield EvidenceDefect("file-unexpected", inside, text)

    def _as_found(self) -> Manifest:
        entries = []
        others = [path for path in self._files if path not in self._kind.files and path != MANIFEST]
        for path in (*self._kind.files, *others):
            if path in self._contents:
                digest, size = sha256(self._contents[path]).hexdigest(), len(self._contents[path])
            else:
                try:
                    digest, size = digest_regular(self._directory / path)
                except OSError:
                    continue  # among the defects already, or not part of the run
            entries.append(FileEntry(path, required=path in self._kind.files, sha256=digest, bytes=size))
        marker, moment = (self._document.get(name) for name in ("schema_version", "created_at"))
        return Manifest(
            self._kind, self._directory.name, str(moment), str(marker or RESULT_SCHEMA), tuple(entries)
        )


def _no_directory(directory: Path, kind: Kind) -> Integrity:
    if os.path.lexists(directory):
        defect = EvidenceDefect("run-not-a-directory", ".", "is not a directory of its own")
    else:
        defect = EvidenceDefect("run-missing", ".", "its directory is gone")
    nothing = Manifest(kind, directory.name, "", "", ())
    return Integrity(kind, None, nothing, (defect,))


def _fault_of(path: Path) -> OSError | None:
    """Why a path is not a regular file; None when it is one."""
    try:
        mode = path.lstat().st_mode
    except OSError as error:
        return error
    if stat.S_ISREG(mode):
        return None
    return OSError(errno.ELOOP if stat.S_ISLNK(mode) else errno.EINVAL, "not a regular file", str(path))


def _size_defects(directory: Path, entry: FileEntry) -> Iterator[EvidenceDefect]:
    fault = _fault_of(directory / entry.path)
    if fault is not None:
        yield unreadable(entry.path, fault)
        return
    size = (directory / entry.path).lstat().st_size
    if size != entry.bytes:
        text = f"{entry.path}: has {size} bytes, the manifest says {entry.bytes}"
        yield EvidenceDefect("file-altered", entry.path, text)
