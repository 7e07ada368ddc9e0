"""What a bundle summary knows, as plain values: the runs as they were found, and the judgement of each pair.

Nothing in it is assumed: what it says of files was found out when it was made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from edgeenv.model.finding import Finding
    from edgeenv.report.bundle_summary_scenario import Scenario
    from edgeenv.report.comparison import Comparison, Side

NOT_VERIFIED = (
    "signatures, and so who made the evidence",
    "the exported bundle files themselves: this summary reads the runs in a registry",
    "that the documents of a run agree with each other",
    "that what was recorded is true; the source device and the author's notes are as stated",
)
"""What no bundle summary looks at, in words that end a line ``Not verified:``."""

_SAYS_NOTHING_OF = (
    "This summary says nothing about the quality of models, datasets or cloud services, and ranks nothing."
)
_ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file that a run's manifest lists.

    Attributes:
        path: relative to the run's directory.
        bytes: its size as listed.
        required: is it one of the files that every run holds?
        matches: does what lies there have that size and the listed SHA-256? None when there was no stored
            manifest to check against.
        present: is something there?
        safe: may a bundle hold such a path?
    """

    path: str
    bytes: int
    required: bool
    matches: bool | None
    present: bool = True
    safe: bool = True


@dataclass(frozen=True, slots=True)
class RunEvidence:
    """One run, as it was found when the summary was made.

    Attributes:
        side: its id, the digest of its manifest, and what was run.
        files: what the manifest lists.
        altered: every way in which the files differ from the manifest, or the manifest from the index.
        sealed: does the run have a stored manifest? One of an early release has none.
        synthetic: were its numbers made up by a fake target?
        sampler_metadata: is ``sampler/metadata.json`` there?
        sampler_raw: how many raw sampler files its metadata lists, all of them there.
        has_resources: does the result hold resource metrics?
        resource_source: where they come from, as the result says.
    """

    side: Side
    files: tuple[ListedFile, ...]
    altered: tuple[Finding, ...] = ()
    sealed: bool = True
    synthetic: bool = False
    sampler_metadata: bool = False
    sampler_raw: int = 0
    has_resources: bool = False
    resource_source: str | None = None

    @property
    def run_id(self) -> str:
        """The id under which the run is recorded."""
        return self.side.run_id

    @property
    def exported_files(self) -> str:
        """What an export of the run would hold."""
        core = "core" if all(file.present for file in self.files if file.required) else "incomplete core"
        return f"{core} + sampler" if self.sampler_metadata else core

    @property
    def sampler_evidence(self) -> str:
        """How much a sampler left."""
        if not self.sampler_metadata:
            return _ABSENT
        return "metadata + raw log" if self.sampler_raw else "metadata only"

    @property
    def shown_source(self) -> str:
        """Where the resource metrics come from, in a word."""
        return (self.resource_source or "unspecified") if self.has_resources else _ABSENT

    @property
    def verified(self) -> tuple[ListedFile, ...]:
        """The files that were found to be as the manifest says."""
        return tuple(file for file in self.files if file.matches)


@dataclass(frozen=True, slots=True)
class JudgedScenario:
    """A pair, the judgement of it and the evidence of both runs."""

    scenario: Scenario
    comparison: Comparison
    a: RunEvidence
    b: RunEvidence

    @property
    def holds(self) -> bool | None:
        """Is the judgement the expected one? None when none was stated."""
        return self.scenario.holds(self.comparison.judgement)


@dataclass(frozen=True, slots=True)
class BundleSummary:
    """Everything that a bundle summary says.

    Attributes:
        scenarios: in the order of the command line; at least one, all judged by one policy.
        source_device: where the evidence comes from, as the author states it.
        notes: the author's own lines.
        altered_allowed: was it asked to summarise altered evidence as it is?
        edgeenv_version: the release that made the summary.
    """

    scenarios: tuple[JudgedScenario, ...]
    edgeenv_version: str
    source_device: str | None = None
    notes: tuple[str, ...] = ()
    altered_allowed: bool = False

    @property
    def runs(self) -> tuple[RunEvidence, ...]:
        """Every run once, in the order of the scenarios."""
        found: dict[str, RunEvidence] = {}
        for judged in self.scenarios:
            for run in (judged.a, judged.b):
                found.setdefault(run.run_id, run)
        return tuple(found.values())

    @property
    def states_expectations(self) -> bool:
        """Does any scenario say what it expects?"""
        return any(judged.scenario.expected is not None for judged in self.scenarios)

    @property
    def sampler_metadata(self) -> str:
        """Do the runs have sampler metadata: ``yes``, ``partial`` or ``no``?"""
        return self._of_all(lambda run: run.sampler_metadata)

    @property
    def sampler_raw(self) -> str:
        """The same for raw sampler files."""
        return self._of_all(lambda run: run.sampler_raw > 0)

    @property
    def disclaimers(self) -> tuple[str, ...]:
        """What every reader must know, whatever the author notes."""
        rules = sorted(
            {
                f"{rule.rule} ({field.path})"
                for judged in self.scenarios
                for rule in judged.comparison.judgement.rules
                for field in rule.fields
                if field.path.partition(".")[0] == "resource_metrics"
            }
        )
        supplemental = (
            f"This policy judges by supplemental evidence too: {', '.join(rules)}."
            if rules
            else "Resource and sampler evidence is supplemental: no rule of the policy reads it, so it was no"
            " reason for any judgement."
        )
        return (supplemental, _SAYS_NOTHING_OF)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader should know about single runs; sorted, each once."""
        return tuple(sorted({f"{run.run_id}: {text}" for run in self.runs for text in _warnings(run)}))

    def _of_all(self, question: Callable[[RunEvidence], bool]) -> str:
        answers = {question(run) for run in self.runs}
        return "partial" if len(answers) > 1 else "yes" if True in answers else "no"


def _warnings(run: RunEvidence) -> list[str]:
    found = [f"evidence altered: {finding.text}" for finding in run.altered]
    if not run.sealed:
        found.append("no stored manifest, so nothing proves that its files are unchanged")
    if run.synthetic:
        found.append("synthetic run, its numbers were not measured")
    if not run.sampler_metadata:
        found.append("sampler metadata absent")
    if not run.sampler_raw:
        found.append("sampler raw artifacts absent")
    if not run.has_resources:
        found.append("resource metrics absent")
    return found
