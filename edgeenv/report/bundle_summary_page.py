"""A bundle summary in words: the lines, rows and sections that its Markdown and HTML pages both show.

Everything here is plain text; each page makes it harmless in its own way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from edgeenv.report.bundle_summary import NOT_VERIFIED
from edgeenv.report.comparison import came_out, delta_texts, failing_fields, shown_deltas, value_texts

if TYPE_CHECKING:
    from edgeenv.model.judgement import Judgement
    from edgeenv.report.bundle_summary import BundleSummary, JudgedScenario, RunEvidence
    from edgeenv.report.comparison import DeltaTexts

MANIFEST_SCHEMA = "edgeenv.export.v1"
BUNDLE_TYPE = "successful-run"
_REQUIRED = "result/config/target/env/stdout/stderr"
_NOTHING_DIFFERENT = "No rule of the policy came out different"
_MANY = 3


class Line(NamedTuple):
    """One statement: what it is about, and what is said."""

    label: str
    text: str


class DifferingField(NamedTuple):
    """A field that differs or lacks evidence, with both values as text."""

    rule: str
    path: str
    a: str
    b: str
    outcome: str


@dataclass(frozen=True, slots=True)
class ScenarioSection:
    """Why one pair was judged as it was, and its numbers where they may be compared.

    Attributes:
        expectation: whether what the author expects holds, as a sentence; empty when nothing was stated.
        advisories: what never changes a verdict but must be known.
    """

    label: str
    verdict: str
    mode: str
    expectation: str
    reasons: tuple[str, ...]
    differing: tuple[DifferingField, ...]
    advisories: tuple[str, ...]
    deltas: tuple[DeltaTexts, ...]


@dataclass(frozen=True, slots=True)
class SummaryPage:
    """The whole summary, section by section; a row has as many cells as its headings."""

    scope: tuple[Line, ...]
    altered: str
    bundle_headings: tuple[str, ...]
    bundle_rows: tuple[tuple[str, ...], ...]
    compare_headings: tuple[str, ...]
    compare_rows: tuple[tuple[str, ...], ...]
    scenarios: tuple[ScenarioSection, ...]
    integrity: tuple[Line, ...]
    disclaimers: tuple[str, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    policy: tuple[Line, ...]
    policy_digest: str
    evidence_rows: tuple[tuple[str, ...], ...]


def page_of(summary: BundleSummary) -> SummaryPage:
    """Put a summary into words."""
    expected = ("Expected",) if summary.states_expectations else ()
    return SummaryPage(
        scope=_scope(summary),
        altered=_altered(summary),
        bundle_headings=(
            "Scenario",
            "Run A",
            "Run B",
            "Exported files",
            "Sampler evidence",
            "Resource source",
        ),
        bundle_rows=tuple(_bundle_row(judged) for judged in summary.scenarios),
        compare_headings=("Scenario", "Comparable", "Mode", "Metrics Delta", *expected),
        compare_rows=tuple(_compare_row(judged)[: 4 + len(expected)] for judged in summary.scenarios),
        scenarios=tuple(_section(judged) for judged in summary.scenarios),
        integrity=_integrity(summary),
        disclaimers=summary.disclaimers,
        notes=summary.notes,
        warnings=summary.warnings,
        policy=_policy(summary),
        policy_digest=summary.scenarios[0].comparison.judgement.policy.digest,
        evidence_rows=tuple(
            (run.run_id, run.side.description, _checked(run), run.side.evidence_digest)
            for run in summary.runs
        ),
    )


def _scope(summary: BundleSummary) -> tuple[Line, ...]:
    return (
        Line("Source device", summary.source_device or "unspecified"),
        Line("EdgeEnv version", summary.edgeenv_version),
        Line("Bundle type", BUNDLE_TYPE),
        Line(
            "Export/import validation", "not assumed; what was verified now stands under Evidence Integrity"
        ),
        Line("Import registry policy", "runs.db is no evidence; every fact here was read from result.json"),
    )


def _altered(summary: BundleSummary) -> str:
    if not summary.altered_allowed:
        return ""
    found = [run.run_id for run in summary.runs if run.altered]
    if not found:
        return "Altered evidence was allowed (--allow-altered); none was found."
    return (
        f"Altered evidence was allowed (--allow-altered) and is used here as it is: {', '.join(found)}. "
        "What follows from it proves nothing."
    )


def _bundle_row(judged: JudgedScenario) -> tuple[str, ...]:
    a, b = judged.a, judged.b
    return (
        judged.scenario.label,
        a.run_id,
        b.run_id,
        _pair(a.exported_files, b.exported_files),
        _pair(a.sampler_evidence, b.sampler_evidence),
        _pair(a.shown_source, b.shown_source),
    )


def _pair(a: str, b: str) -> str:
    return a if a == b else f"{a} / {b}"


def _compare_row(judged: JudgedScenario) -> tuple[str, ...]:
    judgement = judged.comparison.judgement
    return (
        judged.scenario.label,
        judgement.verdict.display,
        judgement.mode or "none",
        "present" if shown_deltas(judgement) else "absent",
        "not stated" if judged.holds is None else "yes" if judged.holds else "no",
    )


def _section(judged: JudgedScenario) -> ScenarioSection:
    judgement = judged.comparison.judgement
    differing = tuple(
        DifferingField(rule.rule, field.path, *value_texts(field.a, field.b), came_out(rule, field.outcome))
        for rule, field in failing_fields(judgement)
    )
    return ScenarioSection(
        label=judged.scenario.label,
        verdict=judgement.verdict.display,
        mode=judgement.mode or "none",
        expectation=_expectation(judged),
        reasons=judgement.reasons or (_NOTHING_DIFFERENT,),
        differing=differing,
        advisories=(*(finding.text for finding in judgement.advisories), *judgement.notes),
        deltas=tuple(delta_texts(delta) for delta in shown_deltas(judgement)),
    )


def _expectation(judged: JudgedScenario) -> str:
    if judged.holds is None:
        return ""
    return f"{judged.scenario.expected}, which {'holds' if judged.holds else 'does not hold'}"


def _integrity(summary: BundleSummary) -> tuple[Line, ...]:
    return (
        Line("Manifest schema", _manifest_schema(summary)),
        Line("Required files present", _required_files(summary)),
        Line("Sampler metadata present", summary.sampler_metadata),
        Line("Raw sampler artifacts present", summary.sampler_raw),
        Line("SHA-256/byte-size verification", _digests(summary)),
        Line("Unsafe paths/runs.db excluded", _paths(summary)),
        *(Line("Not verified", text) for text in NOT_VERIFIED),
    )


def _manifest_schema(summary: BundleSummary) -> str:
    unsealed = [run.run_id for run in summary.runs if not run.sealed]
    if not unsealed:
        return MANIFEST_SCHEMA
    return f"{MANIFEST_SCHEMA}; none stored with {_some(unsealed)}"


def _required_files(summary: BundleSummary) -> str:
    absent = [
        f"{run.run_id} lacks {file.path}"
        for run in summary.runs
        for file in run.files
        if file.required and not file.present
    ]
    return f"no; {_some(absent)}" if absent else _REQUIRED


def _digests(summary: BundleSummary) -> str:
    sealed = [run for run in summary.runs if run.sealed]
    files = [file for run in sealed for file in run.files]
    verified = [file for file in files if file.matches]
    texts = []
    if sealed:
        outcome = "failed" if any(run.altered for run in summary.runs) else "verified now"
        size = sum(file.bytes for file in verified)
        texts.append(
            f"{outcome}: {len(verified)} of {_counted(len(files), 'file')} ({size} bytes) of "
            f"{_counted(len(sealed), 'run')} match the manifest"
        )
    unsealed = [run.run_id for run in summary.runs if not run.sealed]
    if unsealed:
        texts.append(f"not verified for want of a stored manifest: {_some(unsealed)}")
    if any(run.altered for run in summary.runs):
        texts.append("see Warnings")
    return "; ".join(texts)


def _paths(summary: BundleSummary) -> str:
    unsafe = [
        f"{run.run_id} lists {file.path}" for run in summary.runs for file in run.files if not file.safe
    ]
    if unsafe:
        return f"no; {_some(unsafe)}"
    listed = sum(len(run.files) for run in summary.runs)
    return f"verified now: {listed} of {_counted(listed, 'listed path')} may travel in a bundle"


def _policy(summary: BundleSummary) -> tuple[Line, ...]:
    judgement: Judgement = summary.scenarios[0].comparison.judgement
    policy = judgement.policy
    return (
        Line("Policy", f"{policy.name} {policy.version}"),
        *(Line("Weakened rule", f"{rule}: {old} to {new}") for rule, old, new in policy.weakened),
        Line("Judged by", judgement.engine),
        Line("Made by", f"EdgeEnv {summary.edgeenv_version}"),
    )


def _checked(run: RunEvidence) -> str:
    if not run.sealed:
        return "no stored manifest"
    return f"{len(run.verified)} of {len(run.files)} match"


def _some(texts: list[str]) -> str:
    more = f" and {len(texts) - _MANY} more" if len(texts) > _MANY else ""
    return f"{', '.join(texts[:_MANY])}{more}"


def _counted(count: int, one: str) -> str:
    return f"{count} {one}" if count == 1 else f"{count} {one}s"
