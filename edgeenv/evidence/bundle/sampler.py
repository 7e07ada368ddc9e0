"""What a sampler left beside a run: its metadata, and exactly the raw files that the metadata lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edgeenv.documents import parse_json
from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.bundle.checking import Check
from edgeenv.evidence.bundle.names import SAMPLER, SAMPLER_METADATA, name_fault, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from edgeenv.evidence.bundle.contents import Contents

METADATA_SCHEMA = "edgeenv.sampler-metadata.v1"
_REQUIRED = (
    "schema_version",
    "sampler_name",
    "platform_tool",
    "sampling_scope",
    "benchmark_window",
    "sample_count",
    "raw_artifacts",
    "fields",
    "warnings",
)


@dataclass(frozen=True, slots=True)
class SamplerFiles:
    """The files under ``sampler/`` of one run.

    Attributes:
        paths: all of them, the metadata included.
        metadata: ``sampler/metadata.json`` as a JSON value; None when it is not there or not JSON.
        fault: why it is not JSON.
    """

    paths: frozenset[str]
    metadata: Any = None
    fault: str | None = None

    @classmethod
    def of(cls, contents: Contents) -> SamplerFiles:
        """Find a bundle's sampler files and parse their metadata."""
        paths = [path for path in contents.files if path.startswith(SAMPLER)]
        return cls.parse(paths, contents.document(SAMPLER_METADATA))

    @classmethod
    def parse(cls, paths: Iterable[str], metadata: bytes) -> SamplerFiles:
        """The same from the paths and the bytes of the metadata."""
        present = frozenset(paths)
        if SAMPLER_METADATA not in present:
            return cls(present)
        try:
            return cls(present, parse_json(metadata, SAMPLER_METADATA))
        except EdgeEnvError as error:
            return cls(present, fault=error.message)

    @property
    def raw_artifacts(self) -> list[Any]:
        """What the metadata lists, as far as it lists anything."""
        listed = self.metadata.get("raw_artifacts") if isinstance(self.metadata, dict) else None
        return listed if isinstance(listed, list) else []


def _without_metadata(files: SamplerFiles) -> Iterator[str]:
    if files.paths and SAMPLER_METADATA not in files.paths:
        yield f"Sampler artifact metadata missing: {SAMPLER_METADATA}"


def _metadata_faults(files: SamplerFiles) -> Iterator[str]:
    if SAMPLER_METADATA not in files.paths:
        return
    if files.fault is not None:
        yield f"Invalid sampler metadata JSON: {files.fault}"
    elif not isinstance(files.metadata, dict):
        yield f"{SAMPLER_METADATA} must be a JSON object"
    elif absent := [name for name in _REQUIRED if name not in files.metadata]:
        yield f"Sampler metadata missing required keys: {', '.join(absent)}"
    elif files.metadata["schema_version"] != METADATA_SCHEMA:
        yield f"Unsupported sampler metadata schema: found {shown(str(files.metadata['schema_version']))}"
    elif not isinstance(files.metadata["raw_artifacts"], list):
        yield "Sampler metadata raw_artifacts must be a list"


def _listed_faults(files: SamplerFiles) -> Iterator[str]:
    seen: set[str] = set()
    for path in files.raw_artifacts:
        if not isinstance(path, str):
            yield "Sampler metadata raw_artifacts entries must be strings"
        elif fault := name_fault(path):
            yield f"Unsafe sampler raw artifact path: {shown(path)} {fault}"
        elif not path.startswith(SAMPLER):
            yield f"Sampler raw artifact must be under sampler/: {shown(path)}"
        elif path == SAMPLER_METADATA:
            yield "Sampler metadata cannot list metadata.json as a raw artifact"
        elif path in seen:
            yield f"Duplicate sampler raw artifacts are not allowed: {shown(path)}"
        else:
            seen.add(path)


def _unlisted(files: SamplerFiles) -> Iterator[str]:
    if files.metadata is None:
        return
    for path in sorted(files.paths - {SAMPLER_METADATA}):
        if path not in files.raw_artifacts:
            yield f"Unexpected sampler artifact file: {shown(path)}: its metadata does not list it"


def _absent(files: SamplerFiles) -> Iterator[str]:
    for path in files.raw_artifacts:
        if (
            isinstance(path, str)
            and name_fault(path) is None
            and path.startswith(SAMPLER)
            and path not in files.paths
        ):
            yield f"Sampler raw artifact missing: {shown(path)}"


SAMPLED: tuple[Check[SamplerFiles], ...] = (
    Check("sampler-metadata-missing", "sampler files come with their metadata", _without_metadata),
    Check("sampler-metadata-invalid", "the sampler's metadata can be read", _metadata_faults),
    Check("sampler-listing-invalid", "the sampler's metadata lists files of its own", _listed_faults),
    Check("sampler-file-unexpected", "every sampler file is listed by the metadata", _unlisted),
    Check("sampler-file-missing", "every raw file that the metadata lists is there", _absent),
)
