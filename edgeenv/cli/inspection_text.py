"""What an inspection found, as text for 80 columns and as JSON."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Any, NamedTuple

from edgeenv.cli.output import clean, json_text
from edgeenv.errors import ExitStatus
from edgeenv.evidence.files import Kind
from edgeenv.registry.advice import ADVICE
from edgeenv.registry.inspection import Outcome
from edgeenv.report.width import WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from edgeenv.evidence.check import EvidenceDefect
    from edgeenv.registry.inspection import RunReport

_NAMES = {Kind.RUN: "runs", Kind.FAILED_RUN: "failed runs"}


class Findings(NamedTuple):
    """Everything that one inspection has to say.

    Attributes:
        passed: what a run is called in which nothing was found: ``verified`` only when all was read.
        surroundings: what is wrong with the root besides its runs.
    """

    passed: str
    reports: tuple[RunReport, ...]
    surroundings: tuple[EvidenceDefect, ...]

    def word(self, outcome: Outcome) -> str:
        """What an outcome is called."""
        return self.passed if outcome is Outcome.VERIFIED else outcome.value

    def status(self) -> int:
        """The exit status: 3 when anything is wrong, 5 when something cannot be proven."""
        outcomes = {report.outcome for report in self.reports}
        if self.surroundings or Outcome.DEFECTIVE in outcomes:
            return ExitStatus.REQUIREMENT_FAILED
        return ExitStatus.UNDECIDED if Outcome.UNPROVEN in outcomes else ExitStatus.DONE


def finding_lines(findings: Findings, *, name_all: bool) -> Iterator[str]:
    """What was found, what to do about it, and how many passed.

    Args:
        findings: what the inspection gave.
        name_all: also name the runs in which nothing was found.
    """
    codes: dict[str, None] = {}
    named = False
    for report in findings.reports:
        codes.update(dict.fromkeys(defect.code for defect in report.defects))
        if report.defects or name_all:
            named = True
            yield f"{clean(report.run_id)}: {findings.word(report.outcome)}"
            yield from _defect_lines(report.defects)
    if findings.surroundings:
        named = True
        codes.update(dict.fromkeys(defect.code for defect in findings.surroundings))
        yield "registry:"
        yield from _defect_lines(findings.surroundings)
    if codes:
        yield ""
        yield "What to do:"
        for advice, about in _advice(codes).items():
            text = f"- {', '.join(about)}: {advice}"
            yield from wrap(text, WIDTH, subsequent_indent="  ", **_WHOLE_WORDS)
    if named:
        yield ""
    yield from _summary(findings)


def findings_document(findings: Findings) -> dict[str, Any]:
    """The same as JSON."""
    counts = {
        findings.word(outcome): sum(report.outcome is outcome for report in findings.reports)
        for outcome in Outcome
    }
    return {
        "ok": findings.status() == ExitStatus.DONE,
        "counts": counts,
        "runs": [
            {
                "run_id": json_text(report.run_id),
                "kind": report.kind.value,
                "outcome": findings.word(report.outcome),
                "evidence_digest": report.digest,
                "defects": _defect_documents(report.defects),
            }
            for report in findings.reports
        ],
        "registry": _defect_documents(findings.surroundings),
    }


def _advice(codes: Iterable[str]) -> dict[str, list[str]]:
    """What to do, and about which codes."""
    advice: dict[str, list[str]] = {}
    for code in codes:
        advice.setdefault(ADVICE[code], []).append(code)
    return advice


def _summary(findings: Findings) -> Iterator[str]:
    parts = []
    for kind, name in _NAMES.items():
        outcomes = [report.outcome for report in findings.reports if report.kind is kind]
        if outcomes or kind is Kind.RUN:
            parts.append(f"{outcomes.count(Outcome.VERIFIED)} of {len(outcomes)} {name}")
    yield f"{findings.passed.capitalize()}: {', '.join(parts)}"
    for outcome in (Outcome.UNPROVEN, Outcome.DEFECTIVE):
        count = sum(report.outcome is outcome for report in findings.reports)
        if count:
            yield f"{outcome.value.capitalize()}: {count}"


def _defect_lines(defects: Iterable[EvidenceDefect]) -> Iterator[str]:
    for defect in defects:
        text = clean(f"{defect.code}: {defect.text}")
        yield from wrap(text, WIDTH, initial_indent="  ", subsequent_indent="    ", **_WHOLE_WORDS)


def _defect_documents(defects: Iterable[EvidenceDefect]) -> list[dict[str, str]]:
    return [
        {
            "code": defect.code,
            "path": json_text(defect.path),
            "text": json_text(defect.text),
            "advice": ADVICE[defect.code],
        }
        for defect in defects
    ]


_WHOLE_WORDS: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}
