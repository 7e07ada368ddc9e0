"""The end of every sampler's run: its samples written down, its numbers and its debts in one summary."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from edgeenv.capture.samplers.base import Shortfall
from edgeenv.capture.samplers.summary import SamplerSummary

if TYPE_CHECKING:
    from edgeenv.capture.samplers.aggregation import Aggregation
    from edgeenv.capture.samplers.base import SamplerContext
    from edgeenv.capture.samplers.samples import Samples
    from edgeenv.capture.samplers.summary import Tool

SAMPLES = "samples.jsonl"


@dataclass(slots=True)
class Report:
    """What a sampler knows besides its samples.

    Attributes:
        artifacts: names of further files of evidence in its directory.
        warnings: what a reader must know.
        shortfalls: what it owes; that there were no samples at all need not be said.
        details: further facts as JSON members.
    """

    tool: Tool
    artifacts: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    shortfalls: list[Shortfall] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)


def close(context: SamplerContext, samples: Samples, found: Aggregation, report: Report) -> SamplerSummary:
    """Write ``samples.jsonl`` and put everything together; this never raises for want of disk space."""
    inside = len(samples.times().inside(found.window))
    artifacts, shortfalls, warnings = list(report.artifacts), list(report.shortfalls), list(report.warnings)
    if len(samples):
        lost = _write(samples, context)
        if lost is None:
            artifacts.append(SAMPLES)
        else:
            shortfalls.append(lost)
    if samples.dropped:
        warnings.append(f"{samples.dropped} samples came after the limit and were left out")
    if not inside and not any(owed.code in _NOTHING for owed in shortfalls):
        told = "lies inside the window" if len(samples) else "was taken"
        shortfalls.append(Shortfall("sampler-no-samples", f"no sample of {report.tool.name} {told}"))
    if found.energy is not None:
        report.details["energy"] = found.energy.document()
    settings = context.settings
    return SamplerSummary(
        sampler=found.source,
        tool=report.tool,
        window=found.window,
        interval_ms=settings.interval_ms or 0,
        startup_wait_ms=settings.startup_wait_ms or 0,
        metrics=tuple(found.metrics),
        absent=found.absent,
        sample_count=len(samples),
        samples_inside=inside,
        warnings=(*warnings, *found.warnings),
        shortfalls=tuple(shortfalls),
        raw_artifacts=tuple(context.artifact_prefix + name for name in artifacts),
        details=report.details,
    )


_NOTHING = ("sampler-no-samples", "sampler-unparseable")


def _write(samples: Samples, context: SamplerContext) -> Shortfall | None:
    path = context.directory / SAMPLES
    try:
        samples.write(path)
    except OSError as error:
        with suppress(OSError):
            path.unlink()  # half a file of samples would pass for all of them
        told = f"Failed to write sampler raw artifact: {SAMPLES}: {error}"
        return Shortfall("sampler-samples-lost", told)
    return None
