"""What samplers left beside a run, read again: the metadata, and the samples over time."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edgeenv.documents import load_json
from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.check import file_defects
from edgeenv.evidence.files import SAMPLER, SAMPLER_METADATA
from edgeenv.evidence.refusal import RESTORE_HINT
from edgeenv.model.readings import Readings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from edgeenv.evidence.manifest import Manifest

SAMPLES = "samples.jsonl"
MAX_SAMPLES = 200_000
MAX_LINE_BYTES = 64 << 10
_TIME = "t_ns"


@dataclass(frozen=True, slots=True)
class SamplerEvidence:
    """The samplers' part of one run.

    Attributes:
        run_id: the run.
        directory: the run's directory.
        metadata: the document of ``sampler/metadata.json``.
        raw_artifacts: the other files, as seen from the run's directory.
    """

    run_id: str
    directory: Path
    metadata: Mapping[str, Any]
    raw_artifacts: tuple[str, ...]

    @property
    def metadata_path(self) -> Path:
        """Where the metadata is."""
        return self.directory / SAMPLER_METADATA

    @property
    def samplers(self) -> tuple[Mapping[str, Any], ...]:
        """The document of each sampler; of the only one when there are not several."""
        parts = self.metadata.get("samplers")
        if isinstance(parts, list) and parts and all(isinstance(part, dict) for part in parts):
            return tuple(parts)
        return (self.metadata,)


def read_sampler(directory: Path, manifest: Manifest) -> SamplerEvidence:
    """Read what samplers left beside a run, checked against the run's manifest.

    Raises:
        EdgeEnvError: there is nothing (code ``no-sampler-evidence``), it was altered (``altered-evidence``),
            or the metadata is not what it should be (``invalid-sampler-metadata``).
    """
    path = directory / SAMPLER_METADATA
    run_id = manifest.run_id
    entries = [entry for entry in manifest.files if entry.path.startswith(f"{SAMPLER}/")]
    altered = [defect.text for entry in entries for defect in file_defects(directory, entry)]
    if altered:
        told = "; ".join(altered)
        raise EdgeEnvError(
            f"the evidence of {run_id} was altered after it was stored: {told} (in {directory})",
            RESTORE_HINT,
            code="altered-evidence",
        )
    if SAMPLER_METADATA not in {entry.path for entry in entries}:
        raise EdgeEnvError(
            f"Sampler metadata not found for run: {run_id}",
            "name a sampler in the target profile and record again; see: edgeenv schema show target-profile",
            code="no-sampler-evidence",
        )
    try:
        metadata = load_json(path)
    except EdgeEnvError as error:
        raise _invalid(f"Invalid sampler metadata JSON: {path}: {error.message}") from error
    if not isinstance(metadata, dict):
        raise _invalid(f"Sampler metadata must be a JSON object: {path}")
    listed = metadata.get("raw_artifacts")
    if not isinstance(listed, list):
        raise _invalid(f"Sampler metadata raw_artifacts must be a list: {path}")
    return SamplerEvidence(run_id, directory, metadata, tuple(map(str, listed)))


def read_readings(evidence: SamplerEvidence) -> tuple[Readings, ...]:
    """Every quantity of every sampler over time, in the order of the files.

    Raises:
        EdgeEnvError: a file of samples is not what it should be.
    """
    paths = [path for path in evidence.raw_artifacts if path.rpartition("/")[2] == SAMPLES]
    several = len(paths) > 1
    found = []
    for path in paths:
        columns: dict[str, list[tuple[int, float]]] = {}
        for time_ns, values in _samples(evidence.directory, path):
            for channel, value in values.items():
                columns.setdefault(channel, []).append((time_ns, value))
        sampler = path.split("/")[-2] if several else ""
        found += [Readings(sampler, channel, points) for channel, points in columns.items()]
    return tuple(found)


def _samples(directory: Path, path: str) -> Iterator[tuple[int, dict[str, float]]]:
    place = (directory / path).resolve()
    if directory.resolve() not in place.parents:
        raise _invalid(f"Unsafe sampler raw artifact path: {path}")
    try:
        with place.open("rb") as stream:
            for number in range(1, MAX_SAMPLES + 1):
                line = stream.readline(MAX_LINE_BYTES + 1)
                if not line:
                    return
                yield _sample(line, f"{directory / path}:{number}")
    except OSError as error:
        raise _invalid(f"cannot read the samples {place}: {error.strerror}") from error


def _sample(line: bytes, where: str) -> tuple[int, dict[str, float]]:
    try:
        members = json.loads(line) if len(line) <= MAX_LINE_BYTES else None
    except (ValueError, RecursionError):
        members = None
    time_ns = members.pop(_TIME, None) if isinstance(members, dict) else None
    if (
        members is None
        or type(time_ns) is not int
        or not all(_is_number(value) for value in members.values())
    ):
        raise _invalid(
            f"{where}: found no sample, expected one JSON object of {_TIME} and numbers on each line"
        )
    return time_ns, {channel: float(value) for channel, value in members.items()}


def _is_number(value: object) -> bool:
    if type(value) is int:
        return abs(value) < 1 << 63
    return type(value) is float and math.isfinite(value)


def _invalid(message: str) -> EdgeEnvError:
    return EdgeEnvError(message, RESTORE_HINT, code="invalid-sampler-metadata")
