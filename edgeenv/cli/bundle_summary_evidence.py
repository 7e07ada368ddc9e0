"""What lies in a registry of one run, looked at file by file for a bundle summary."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edgeenv.documents import parse_json
from edgeenv.errors import EdgeEnvError, Problem
from edgeenv.evidence.bundle.names import SAMPLER, SAMPLER_METADATA, is_bundled, name_fault
from edgeenv.evidence.bundle.sampler import SamplerFiles
from edgeenv.evidence.check import defects, files_below
from edgeenv.evidence.disk import explained, read_regular
from edgeenv.evidence.files import DOCUMENT_LIMIT, MANIFEST, MANIFEST_LIMIT, RESULT, Kind
from edgeenv.evidence.manifest import parse_manifest
from edgeenv.evidence.refusal import RESTORE_HINT
from edgeenv.evidence.typed import typed_run
from edgeenv.model.facts import Facts
from edgeenv.model.finding import Finding
from edgeenv.report.bundle_summary import ListedFile, RunEvidence
from edgeenv.report.comparison import Side

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edgeenv.evidence.manifest import Manifest
    from edgeenv.model.run import Run
    from edgeenv.registry.registry import Registry

_ALTERED_HINT = "restore the run from a bundle or a backup; or use it as it is with --allow-altered"
_SHOWN = 140


@dataclass(frozen=True, slots=True)
class ExaminedRun:
    """A run's facts and what was found of its files."""

    facts: Facts
    evidence: RunEvidence


@dataclass(frozen=True, slots=True)
class _Found:
    """What could be read of a run, whether or not it is as it was stored."""

    run: Run
    facts: Facts
    manifest: Manifest
    sealed: bool
    altered: tuple[Finding, ...]


def examine(registry: Registry, reference: str, *, allow_altered: bool) -> ExaminedRun:
    """Read a run and check every file of it against its manifest, now.

    Args:
        registry: where it is recorded.
        reference: an id, a part of one, or ``latest~N``.
        allow_altered: tell of altered evidence instead of refusing it.

    Raises:
        EdgeEnvError: there is no such run; a file is missing or altered; its result or its sampler metadata
            is not valid; or it cannot be read just now.
    """
    run_id = registry.resolve(reference)
    directory = registry.run_directory(run_id)
    found = _found(registry, run_id, allow_altered=allow_altered)
    with explained(directory):
        present = files_below(directory)
    sampler, faults = _sampler(run_id, directory, present)
    if faults and not allow_altered:
        raise faults[0]
    resources = found.run.resource_metrics
    evidence = RunEvidence(
        side=Side.of(found.facts, found.manifest.digest, found.altered, sealed=found.sealed),
        files=_listed(found, present),
        altered=(*found.altered, *(Finding("sampler-invalid", fault.message) for fault in faults)),
        sealed=found.sealed,
        synthetic=found.run.target.target_type == "fake",
        sampler_metadata=SAMPLER_METADATA in sampler.paths,
        sampler_raw=0 if faults else len(sampler.raw_artifacts),
        has_resources=resources is not None,
        resource_source=None if resources is None else resources.source,
    )
    return ExaminedRun(found.facts, evidence)


def _found(registry: Registry, run_id: str, *, allow_altered: bool) -> _Found:
    directory = registry.run_directory(run_id)
    refusal = None
    try:
        stored = registry.run(run_id)
        run, facts, manifest, sealed = stored.run, stored.facts, stored.manifest, stored.sealed
    except EdgeEnvError as error:
        if error.code == "invalid-evidence":
            raise _invalid(f"Invalid result artifact for {run_id}", directory / RESULT, error) from error
        if error.code != "altered-evidence":
            raise
        refusal = error
        run, facts, manifest, sealed = *_as_it_is(run_id, directory, error), True
    altered: list[Finding] = []
    if sealed:  # a manifest that was computed a moment ago agrees with everything
        with explained(directory):
            altered = [
                Finding(defect.code, defect.text, (("path", defect.path),))
                for defect in defects(directory, manifest)
            ]
    if refusal is not None and not altered:
        text = f"the evidence digest is {manifest.digest}, the index recorded another one"
        altered = [Finding("index-differs", text)]
    if altered and not allow_altered:
        raise _altered(run_id, altered)
    return _Found(run, facts, manifest, sealed, tuple(altered))


def _as_it_is(run_id: str, directory: Path, refusal: EdgeEnvError) -> tuple[Run, Facts, Manifest]:
    """What a run that is not as it was stored says now.

    Raises:
        EdgeEnvError: there is nothing to summarise, or nothing to check it against.
    """
    try:
        document: Any = parse_json(read_regular(directory / RESULT, DOCUMENT_LIMIT), RESULT)
        manifest = parse_manifest(read_regular(directory / MANIFEST, MANIFEST_LIMIT), MANIFEST)
    except OSError as error:
        absent = [name for name in Kind.RUN.files if not os.path.lexists(directory / name)]
        if absent:
            raise EdgeEnvError(_missing(run_id, absent[0]), RESTORE_HINT, code="altered-evidence") from error
        raise refusal from error
    if manifest.kind is not Kind.RUN:
        raise refusal
    try:
        run = typed_run(document, directory / RESULT)
    except EdgeEnvError as error:
        raise _invalid(f"Invalid result artifact for {run_id}", directory / RESULT, error) from error
    return run, Facts.of_result(document), manifest


def _listed(found: _Found, present: list[str]) -> tuple[ListedFile, ...]:
    differing = {finding.operands[0][1] for finding in found.altered if finding.operands}
    return tuple(
        ListedFile(
            path=entry.path,
            bytes=entry.bytes,
            required=entry.required,
            matches=entry.path not in differing if found.sealed else None,
            present=entry.path in present,
            safe=name_fault(entry.path) is None and is_bundled(entry.path, Kind.RUN),
        )
        for entry in found.manifest.files
    )


def _sampler(
    run_id: str, directory: Path, present: list[str]
) -> tuple[SamplerFiles, tuple[EdgeEnvError, ...]]:
    """What a sampler left, and everything that is wrong with it."""
    paths = [path for path in present if path.startswith(SAMPLER)]
    if SAMPLER_METADATA not in paths:
        return SamplerFiles.parse(paths, b""), ()
    invalid = f"Invalid sampler metadata for {run_id}"
    try:
        content = read_regular(directory / SAMPLER_METADATA, DOCUMENT_LIMIT)
    except OSError as error:
        detail = EdgeEnvError(f"{SAMPLER_METADATA}: {error.strerror or error}")
        return SamplerFiles(frozenset(paths)), (_invalid(invalid, directory / SAMPLER_METADATA, detail),)
    sampler = SamplerFiles.parse(paths, content)
    if sampler.fault is not None:
        detail = EdgeEnvError(sampler.fault)
        return sampler, (_invalid(invalid, directory / SAMPLER_METADATA, detail),)
    texts = _sampler_faults(sampler, run_id)
    return sampler, tuple(EdgeEnvError(text, RESTORE_HINT, code="invalid-sampler-metadata") for text in texts)


def _sampler_faults(sampler: SamplerFiles, run_id: str) -> Iterator[str]:
    if not isinstance(sampler.metadata, dict):
        yield f"Sampler metadata must be a JSON object for {run_id}"
        return
    if not isinstance(sampler.metadata.get("raw_artifacts"), list):
        yield f"Sampler raw_artifacts must be a list for {run_id}"
        return
    for path in sampler.raw_artifacts:
        if not isinstance(path, str):
            yield f"Sampler raw_artifacts entries must be strings for {run_id}"
        elif name_fault(path) or not path.startswith(SAMPLER) or path == SAMPLER_METADATA:
            yield f"Unsafe sampler raw artifact path for {run_id}: {path[:_SHOWN]}"
        elif path not in sampler.paths:
            yield f"Sampler raw artifact missing for {run_id}: {path}"


def _altered(run_id: str, altered: list[Finding]) -> EdgeEnvError:
    lacking = [
        finding.operands[0][1]
        for finding in altered
        if finding.code == "file-missing" and finding.operands[0][1] in Kind.RUN.files
    ]
    listed = "; ".join(finding.text for finding in altered)
    text = f"the evidence of {run_id} was altered after it was stored: {listed}"
    if lacking:
        text = (
            _missing(run_id, lacking[0]) if len(altered) == 1 else f"{_missing(run_id, lacking[0])}; {text}"
        )
    return EdgeEnvError(text, _ALTERED_HINT, code="altered-evidence")


def _missing(run_id: str, name: str) -> str:
    return f"Required run artifact file missing for {run_id}: {name}"


def _invalid(text: str, path: Path, cause: EdgeEnvError) -> EdgeEnvError:
    detail = cause.message.removeprefix(f"Invalid run artifact: {path}: ")
    problem = Problem("invalid-evidence", str(path), None, None, "$", detail)
    return EdgeEnvError(text, RESTORE_HINT, code="invalid-evidence", problems=(problem,))
