"""How large a bundle may be: the same for what is written and for what is read."""

from __future__ import annotations

from dataclasses import dataclass

from edgeenv.documents import YAML_LIMIT
from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.bundle.names import SAMPLER_METADATA
from edgeenv.evidence.files import (
    CONFIG,
    DOCUMENT_LIMIT,
    ENVIRONMENT,
    FAILURE,
    LATENCY_SAMPLES,
    LATENCY_SAMPLES_LIMIT,
    MANIFEST,
    MANIFEST_LIMIT,
    RESULT,
    TARGET,
)

MIB = 1 << 20
_ARCHIVE_ALLOWANCE = 88 * MIB
_MOST = (1 << 32) - 1 - _ARCHIVE_ALLOWANCE  # what a zip without extensions can say of itself

DOCUMENTS = {
    MANIFEST: MANIFEST_LIMIT,
    RESULT: DOCUMENT_LIMIT,
    FAILURE: DOCUMENT_LIMIT,
    CONFIG: YAML_LIMIT,
    TARGET: YAML_LIMIT,
    ENVIRONMENT: DOCUMENT_LIMIT,
    SAMPLER_METADATA: DOCUMENT_LIMIT,
    LATENCY_SAMPLES: LATENCY_SAMPLES_LIMIT,
}
"""The files that are read as a whole, and the most bytes that each may have."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one bundle may cost whoever reads it.

    Attributes:
        archive_bytes: the size of the zip.
        total_bytes: all its files together, unpacked.
        file_bytes: one file, unpacked.
        entries: how many files.
        directory_bytes: the zip's own list of files.
        ratio: how many times larger than its compressed form a file above ``ratio_above`` bytes may be.
        ratio_above: up to this size a file may be compressed as well as it can.
    """

    archive_bytes: int = 600 * MIB
    total_bytes: int = 512 * MIB
    file_bytes: int = 256 * MIB
    entries: int = 1000
    directory_bytes: int = 2 * MIB
    ratio: int = 50
    ratio_above: int = 64 * MIB

    @classmethod
    def of_size(cls, max_size: int) -> Limits:
        """Limits for bundles of at most so many bytes unpacked, as ``--max-size`` asks for.

        Raises:
            EdgeEnvError: it is not a size that a bundle can have (code ``invalid-max-size``).
        """
        if not 0 < max_size <= _MOST:
            raise EdgeEnvError(
                f"found {max_size} bytes as the greatest size of a bundle, expected 1 to {_MOST}",
                "name a size in bytes, or with a unit: --max-size 1GiB",
                code="invalid-max-size",
            )
        return cls(archive_bytes=max_size + _ARCHIVE_ALLOWANCE, total_bytes=max_size, file_bytes=max_size)

    def file_limit(self, path: str) -> int:
        """The most bytes that the file with this path inside the run may have."""
        return min(DOCUMENTS.get(path, self.file_bytes), self.file_bytes)

    def expands_too_much(self, size: int, compressed: int) -> bool:
        """Is a file so much larger than its compressed form that it may be a trap?"""
        return size > self.ratio_above and size > self.ratio * compressed


DEFAULT_LIMITS = Limits()
