"""A stored run as a bundle: the same bytes every time, and nothing that an import would refuse."""

from __future__ import annotations

import errno
import os
import zlib
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.bundle.archive import CHUNK, Archive
from edgeenv.evidence.bundle.limits import DEFAULT_LIMITS, Limits
from edgeenv.evidence.bundle.names import SAMPLER, SAMPLER_METADATA, is_bundled, shown
from edgeenv.evidence.bundle.placing import placed, write_at
from edgeenv.evidence.bundle.reader import require_bundle
from edgeenv.evidence.bundle.records import DEFLATED, LOCAL_BYTES, STORED, CentralRecord, EndRecord, Header
from edgeenv.evidence.bundle.sampler import SamplerFiles
from edgeenv.evidence.disk import explain, open_regular, read_regular
from edgeenv.evidence.files import DOCUMENT_LIMIT, MANIFEST, MANIFEST_LIMIT
from edgeenv.evidence.manifest import parse_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edgeenv.evidence.manifest import FileEntry, Manifest

_VERSION = 20
_MADE_BY_UNIX = 3 << 8 | _VERSION
_REGULAR_644 = 0o100644 << 16
_DATE_1980 = 1 << 5 | 1  # the first day that a zip can tell
_LEVEL = 6

_LINKED = "a bundle holds regular files only; replace it by the file itself, or restore the run"
_ALTERED = "restore the run from a bundle or a backup; altered evidence is not exported"


@dataclass(frozen=True, slots=True)
class Written:
    """A bundle that was written.

    Attributes:
        path: where it is.
        sha256: its digest in hex, bytes: its size.
    """

    path: Path
    sha256: str
    bytes: int


def write_bundle(  # noqa: PLR0913 - what, where to, and how
    directory: Path,
    manifest: Manifest,
    output: Path,
    *,
    edgeenv_version: str,
    limits: Limits = DEFAULT_LIMITS,
    force: bool = False,
) -> Written:
    """Write one run as a bundle; the same run gives the same bytes each time.

    Every byte is hashed while it is copied. Nothing is at ``output`` until the bundle is whole and synced.

    Args:
        directory: the run's directory.
        manifest: what the run consists of; where the directory holds a ``manifest.json``, that file is what
            travels, and it must say the same.
        output: the file to be made; its directory must exist.
        edgeenv_version: named in the manifest that is made for a run that has none.
        limits: what whoever imports the bundle allows.
        force: replace a file that is there.

    Raises:
        EdgeEnvError: with the code ``output-exists``; ``altered-evidence`` for bytes that differ from the
            manifest; ``not-exportable`` for a file that no import accepts; or that of a failing disk.
    """
    listed, raw = _manifest(directory, manifest, edgeenv_version)
    _check_sizes(listed, limits)
    with placed(output, force=force) as aside:
        _BundleFile(aside.descriptor, directory, listed, limits).write(raw)
        _check_importable(Archive(aside.path, aside.descriptor), listed.run_id, limits)
        return _measure(aside.descriptor, output)


class _BundleFile:
    """The zip while it is written."""

    def __init__(self, descriptor: int, directory: Path, manifest: Manifest, limits: Limits) -> None:
        self._descriptor = descriptor
        self._directory = directory
        self._manifest = manifest
        self._limits = limits
        self._at = 0
        self._records: list[CentralRecord] = []

    def write(self, raw_manifest: bytes) -> None:
        """Write the manifest, every file by name, and the list of all."""
        self._add(MANIFEST, len(raw_manifest), iter([raw_manifest]))
        for entry in sorted(self._manifest.files, key=lambda entry: entry.path):
            if not self._add(entry.path, entry.bytes, self._content(entry)):
                self._add(entry.path, entry.bytes, self._content(entry), method=STORED)
        directory = b"".join(record.to_bytes() for record in self._records)
        count = len(self._records)
        end = EndRecord(0, 0, count, count, len(directory), self._at, 0)
        self._append(directory + end.to_bytes())

    def _add(self, path: str, size: int, pieces: Iterator[bytes], method: int = DEFLATED) -> bool:
        """Append one entry; False, and nothing appended, when it deflates so well that no import takes it."""
        start, name = self._at, f"{self._manifest.run_id}/{path}".encode("ascii")
        self._append(bytes(LOCAL_BYTES) + name)
        crc, compressor = 0, zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        for piece in pieces:
            crc = zlib.crc32(piece, crc)
            self._append(compressor.compress(piece) if method == DEFLATED else piece)
        if method == DEFLATED:
            self._append(compressor.flush())
        compressed = self._at - start - LOCAL_BYTES - len(name)
        if method == DEFLATED and self._limits.expands_too_much(size, compressed):
            os.ftruncate(self._descriptor, start)
            self._at = start
            return False
        header = Header(_VERSION, 0, method, 0, _DATE_1980, crc, compressed, size, name)
        write_at(self._descriptor, start, header.to_local())
        self._records.append(CentralRecord(header, _MADE_BY_UNIX, 0, 0, _REGULAR_644, start))
        return True

    def _content(self, entry: FileEntry) -> Iterator[bytes]:
        """The bytes of one file, which must turn out to be those of the manifest."""
        path = self._directory / entry.path
        digest, size = sha256(), 0
        descriptor = _open(path, entry, self._manifest.run_id)
        try:
            while piece := os.read(descriptor, CHUNK):
                digest.update(piece)
                size += len(piece)
                if size > entry.bytes:
                    break
                yield piece
        finally:
            os.close(descriptor)
        if size != entry.bytes or digest.hexdigest() != entry.sha256:
            raise EdgeEnvError(
                f"the evidence of {self._manifest.run_id} was altered after it was stored: {entry.path} "
                f"is not the file of its manifest (in {self._directory})",
                _ALTERED,
                code="altered-evidence",
            )

    def _append(self, content: bytes) -> None:
        write_at(self._descriptor, self._at, content)
        self._at += len(content)


def _manifest(directory: Path, manifest: Manifest, edgeenv_version: str) -> tuple[Manifest, bytes]:
    """What is exported, and the bytes that say so: those that are stored, or new ones for an old run."""
    path = directory / MANIFEST
    try:
        raw = read_regular(path, MANIFEST_LIMIT)
    except OSError as error:
        if error.errno != errno.ENOENT:
            raise explain(error, path, _LINKED) from error
        made = replace(manifest, files=_of_old_run(directory, manifest), version=edgeenv_version)
        return made, made.to_bytes()
    stored = parse_manifest(raw, str(path))
    if stored.files != manifest.files or (stored.run_id, stored.kind) != (manifest.run_id, manifest.kind):
        raise EdgeEnvError(
            f"{path} was changed since the run was read", "run the command again", code="altered-evidence"
        )
    return stored, raw


def _of_old_run(directory: Path, manifest: Manifest) -> tuple[FileEntry, ...]:
    """The files that travel for a run without manifest: the six, and what its sampler's metadata lists."""
    sampled = [entry.path for entry in manifest.files if entry.path.startswith(SAMPLER)]
    raw: list[object] = []
    if SAMPLER_METADATA in sampled:
        try:
            metadata = read_regular(directory / SAMPLER_METADATA, DOCUMENT_LIMIT)
        except OSError as error:
            raise explain(error, directory / SAMPLER_METADATA, _LINKED) from error
        raw = [SAMPLER_METADATA, *SamplerFiles.parse(sampled, metadata).raw_artifacts]
    return tuple(entry for entry in manifest.files if entry.required or entry.path in raw)


def _check_sizes(manifest: Manifest, limits: Limits) -> None:
    """Refuse what would be too large, before anything is written."""
    for entry in manifest.files:
        limit = limits.file_limit(entry.path)
        if not is_bundled(entry.path, manifest.kind):
            raise _not_exportable(manifest.run_id, f"{shown(entry.path)} is no file of a run")
        if entry.bytes > limit:
            raise _not_exportable(
                manifest.run_id, f"{shown(entry.path)} has {entry.bytes} bytes, expected at most {limit}"
            )
    total = sum(entry.bytes for entry in manifest.files)
    if total > limits.total_bytes:
        raise _not_exportable(manifest.run_id, f"it has {total} bytes, expected at most {limits.total_bytes}")


def _check_importable(archive: Archive, run_id: str, limits: Limits) -> None:
    """Read the finished bundle as an import will; what it would refuse is not handed out."""
    try:
        require_bundle(archive, limits)
    except EdgeEnvError as error:
        raise _not_exportable(run_id, error.message) from error


def _open(path: Path, entry: FileEntry, run_id: str) -> int:
    for folder in path.parents[: entry.path.count("/")]:
        if folder.is_symlink():
            raise _not_exportable(run_id, f"{shown(entry.path)} lies behind a link")
    try:
        return open_regular(path)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.EINVAL, errno.ENXIO}:
            raise _not_exportable(run_id, f"{shown(entry.path)} is a link or a special file") from error
        if error.errno == errno.ENOENT:
            raise EdgeEnvError(
                f"Required run artifact file missing: {path}", _ALTERED, code="altered-evidence"
            ) from error
        raise explain(error, path) from error


def _measure(descriptor: int, output: Path) -> Written:
    digest, size = sha256(), 0
    while piece := os.pread(descriptor, CHUNK, size):
        digest.update(piece)
        size += len(piece)
    return Written(output, digest.hexdigest(), size)


def _not_exportable(run_id: str, defect: str) -> EdgeEnvError:
    return EdgeEnvError(
        f"{run_id} cannot be exported: {defect}",
        "remove what does not belong to the run, or allow more with --max-size, here and for the import",
        code="not-exportable",
    )
