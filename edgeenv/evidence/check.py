"""What is wrong with a run's files, told apart as values: missing, altered, unexpected or unreadable."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from edgeenv.evidence.disk import digest_regular
from edgeenv.evidence.files import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edgeenv.evidence.manifest import FileEntry, Manifest


@dataclass(frozen=True, slots=True)
class EvidenceDefect:
    """One thing that is wrong with a run's files.

    Attributes:
        code: the stable name of what is wrong, such as ``file-missing``, ``file-altered``,
            ``file-unexpected``, ``file-not-regular``, ``file-unreadable`` or ``run-id-differs``.
        path: the file, relative to the run's directory.
        text: what was found and what is expected, with the path.
    """

    code: str
    path: str
    text: str


def defects(directory: Path, manifest: Manifest) -> tuple[EvidenceDefect, ...]:
    """Everything that differs between a run's directory and its manifest; every file is read.

    Raises:
        OSError: the directory itself cannot be listed.
    """
    found = list(id_defects(directory, manifest))
    for entry in manifest.files:
        found.extend(file_defects(directory, entry))
    listed = {entry.path for entry in manifest.files}
    found.extend(
        EvidenceDefect("file-unexpected", path, f"{path}: is not in the manifest")
        for path in files_below(directory)
        if path not in listed and path != MANIFEST
    )
    return tuple(found)


def id_defects(directory: Path, manifest: Manifest) -> Iterator[EvidenceDefect]:
    """A manifest that belongs to another run than its directory says."""
    if manifest.run_id != directory.name:
        text = f"{MANIFEST}: is of {manifest.run_id}, expected {directory.name}"
        yield EvidenceDefect("run-id-differs", MANIFEST, text)


def file_defects(directory: Path, entry: FileEntry) -> Iterator[EvidenceDefect]:
    """What differs between one file and its entry in the manifest."""
    try:
        digest, size = digest_regular(directory / entry.path)
    except OSError as error:
        yield unreadable(entry.path, error)
    else:
        yield from _difference(entry, digest, size)


def content_defects(entry: FileEntry, content: bytes) -> Iterator[EvidenceDefect]:
    """What differs between bytes that have been read already and their entry in the manifest."""
    yield from _difference(entry, sha256(content).hexdigest(), len(content))


def unreadable(path: str, error: OSError) -> EvidenceDefect:
    """The defect of a file that could not be read."""
    if error.errno == errno.ENOENT:
        return EvidenceDefect("file-missing", path, f"{path}: is missing")
    if error.errno == errno.ELOOP:
        return EvidenceDefect("file-not-regular", path, f"{path}: is a link, expected a regular file")
    if error.errno in {errno.EINVAL, errno.ENXIO}:
        return EvidenceDefect("file-not-regular", path, f"{path}: is not a regular file")
    return EvidenceDefect("file-unreadable", path, f"{path}: {error.strerror or error}")


def files_below(directory: Path) -> list[str]:
    """Everything below a directory that is not a directory itself, sorted; raises as `entries_below`."""
    return entries_below(directory)[0]


def entries_below(directory: Path) -> tuple[list[str], list[str]]:
    """What lies below a directory: first what is no directory, then the directories; links are not followed.

    Raises:
        OSError: a directory cannot be listed; a listing with gaps would be a lie.
    """
    found: list[str] = []
    folders: list[str] = []
    pending = [""]
    while pending:
        prefix = pending.pop()
        with os.scandir(directory / prefix) as entries:
            for entry in entries:
                path = f"{prefix}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    pending.append(f"{path}/")
                    folders.append(path)
                else:
                    found.append(path)
    return sorted(found), sorted(folders)


def _difference(entry: FileEntry, digest: str, size: int) -> Iterator[EvidenceDefect]:
    if size != entry.bytes:
        text = f"{entry.path}: has {size} bytes, the manifest says {entry.bytes}"
        yield EvidenceDefect("file-altered", entry.path, text)
    elif digest != entry.sha256:
        text = f"{entry.path}: has SHA-256 {digest[:12]}…, the manifest says {entry.sha256[:12]}…"
        yield EvidenceDefect("file-altered", entry.path, text)
