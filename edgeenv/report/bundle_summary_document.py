"""A bundle summary as the document that the ``bundle-summary`` schema describes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edgeenv.report.bundle_summary import NOT_VERIFIED
from edgeenv.report.bundle_summary_page import BUNDLE_TYPE, MANIFEST_SCHEMA
from edgeenv.report.comparison import judgement_document

if TYPE_CHECKING:
    from edgeenv.report.bundle_summary import BundleSummary, JudgedScenario, RunEvidence

SUMMARY_SCHEMA = "edgeenv.bundle-summary.v1"


def summary_document(summary: BundleSummary) -> dict[str, Any]:
    """The summary in full; no clock, no paths of this machine."""
    scenarios = [_scenario(judged) for judged in summary.scenarios]
    return {
        "schema_version": SUMMARY_SCHEMA,
        "source_device": summary.source_device,
        "edgeenv_version": summary.edgeenv_version,
        "bundle_type": BUNDLE_TYPE,
        "altered_allowed": summary.altered_allowed,
        "scenarios": scenarios,
        "runs": [_run(run) for run in summary.runs],
        "integrity": _integrity(summary),
        "disclaimers": list(summary.disclaimers),
        "notes": list(summary.notes),
        "warnings": list(summary.warnings),
        "policy": scenarios[0]["judgement"]["policy"],
    }


def _scenario(judged: JudgedScenario) -> dict[str, Any]:
    expected = judged.scenario.expected
    return {
        "label": judged.scenario.label,
        "a": judged.a.run_id,
        "b": judged.b.run_id,
        "expectation": None if expected is None else {"expected": expected, "holds": judged.holds},
        "judgement": judgement_document(judged.comparison),
    }


def _run(run: RunEvidence) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "description": run.side.description,
        "evidence_digest": run.side.evidence_digest,
        "sealed": run.sealed,
        "synthetic": run.synthetic,
        "files": [
            {
                "path": file.path,
                "bytes": file.bytes,
                "required": file.required,
                "present": file.present,
                "matches": file.matches,
                "safe": file.safe,
            }
            for file in run.files
        ],
        "exported_files": run.exported_files,
        "sampler_evidence": run.sampler_evidence,
        "resource_source": run.shown_source,
        "altered": [
            {"code": finding.code, "path": dict(finding.operands).get("path"), "text": finding.text}
            for finding in run.altered
        ],
    }


def _integrity(summary: BundleSummary) -> dict[str, Any]:
    files = [file for run in summary.runs for file in run.files]
    return {
        "manifest_schema": MANIFEST_SCHEMA,
        "manifests_stored": all(run.sealed for run in summary.runs),
        "required_files_present": all(file.present for file in files if file.required),
        "sampler_metadata_present": summary.sampler_metadata,
        "raw_sampler_artifacts_present": summary.sampler_raw,
        "files_listed": len(files),
        "files_verified": sum(len(run.verified) for run in summary.runs),
        "evidence_unaltered": not any(run.altered for run in summary.runs)
        and all(run.sealed for run in summary.runs),
        "paths_safe": all(file.safe for file in files),
        "not_verified": list(NOT_VERIFIED),
    }
