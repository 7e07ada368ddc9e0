"""What one sampler has to say of one run: numbers that name their origin, and what keeps others away."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from edgeenv.capture.samplers.base import Shortfall
    from edgeenv.capture.window import Window

METADATA_SCHEMA = "edgeenv.sampler-metadata.v1"
SAMPLER_VERSION = "1.0"
BENCHMARK_WINDOW = "sampler-start-before-command-stop-after-command"

UNITS = {
    "memory_peak_mb": "MB",
    "memory_mean_mb": "MB",
    "power_mean_w": "W",
    "power_peak_w": "W",
    "energy_j": "J",
    "temperature_peak_c": "C",
}
"""The resource metrics and their units, in the order of the contract."""


@dataclass(frozen=True, slots=True)
class MetricValue:
    """One resource metric.

    Attributes:
        name: one of `UNITS`.
        value: in the metric's unit.
        aggregation: ``mean`` (weighted by time), ``max``, ``trapezoid`` or ``counter``.
        source: the sampler, or who the command says has measured.
        source_field: what was read, in the tool's own words.
        basis: what the number stands for, such as ``input:VDD_IN``, ``rss_tree`` or ``system_used``.
        window: what stretch of time it is about, such as ``whole_command``.
        coverage: the share of that stretch that samples cover; None where that is not known.
    """

    name: str
    value: float
    aggregation: str
    source: str
    source_field: str
    basis: str
    window: str
    coverage: float | None = None

    @property
    def unit(self) -> str:
        """The unit of its value."""
        return UNITS[self.name]

    def document(self) -> dict[str, Any]:
        """The metric as JSON members, without its name."""
        members = {
            "source_field": self.source_field,
            "unit": self.unit,
            "aggregation": self.aggregation,
            "value": self.value,
            "source": self.source,
            "basis": self.basis,
            "window": self.window,
        }
        if self.coverage is not None:
            members["coverage"] = round(self.coverage, 4)
        return members


@dataclass(frozen=True, slots=True)
class Tool:
    """The program, library or kernel interface that a sampler reads.

    Attributes:
        name: such as ``tegrastats`` or ``psutil``.
        path: where the program was found.
        version: of the program or library.
        scope: what the numbers are about: ``host``, ``process-tree``, ``package`` or ``device``.
    """

    name: str
    scope: str
    path: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class SamplerSummary:
    """Everything that one sampler leaves behind.

    Attributes:
        sampler: its name.
        metrics: what it measured, at most one value for each metric.
        absent: why the other metrics it could have measured are not there, by metric.
        sample_count: samples that were read, inside the window or not.
        samples_inside: how many of them lie inside the window.
        warnings: what a reader of the numbers must know.
        shortfalls: what it owes; see `Shortfall`.
        raw_artifacts: its files, as seen from the run's directory.
        details: further facts as JSON members, such as rails and their power.
    """

    sampler: str
    tool: Tool
    window: Window
    interval_ms: int
    startup_wait_ms: int
    metrics: tuple[MetricValue, ...] = ()
    absent: Mapping[str, str] = field(default_factory=dict)
    sample_count: int = 0
    samples_inside: int = 0
    warnings: tuple[str, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
    raw_artifacts: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)

    def metric(self, name: str) -> MetricValue | None:
        """The value of one metric; None when it was not measured."""
        return next((metric for metric in self.metrics if metric.name == name), None)

    def with_shortfalls(self, shortfalls: Iterable[Shortfall]) -> SamplerSummary:
        """The same, owing more."""
        return replace(self, shortfalls=(*self.shortfalls, *shortfalls))

    def document(self) -> dict[str, Any]:
        """The members of ``sampler/metadata.json``; warnings name the shortfalls too."""
        return {
            "schema_version": METADATA_SCHEMA,
            "sampler_name": self.sampler,
            "sampler_version": SAMPLER_VERSION,
            "platform_tool": self.tool.name,
            "platform_tool_path": self.tool.path,
            "platform_tool_version": self.tool.version,
            "sampling_scope": self.tool.scope,
            "sampling_interval_ms": self.interval_ms,
            "startup_wait_ms": self.startup_wait_ms,
            "benchmark_window": BENCHMARK_WINDOW,
            "window": self.window.document(),
            "sample_count": self.sample_count,
            "samples_inside_window": self.samples_inside,
            "fields": {metric.name: metric.document() for metric in self.metrics},
            "absent": dict(self.absent),
            "details": dict(self.details),
            "raw_artifacts": list(self.raw_artifacts),
            "warnings": [*self.warnings, *(shortfall.message for shortfall in self.shortfalls)],
        }


def joint_document(summaries: tuple[SamplerSummary, ...]) -> dict[str, Any] | None:
    """One ``sampler/metadata.json`` for a whole run; None when there was no sampler.

    With several samplers the top level speaks for all of them, and ``samplers`` holds the document of each.
    """
    documents = [summary.document() for summary in summaries]
    if len(documents) <= 1:
        return documents[0] if documents else None
    first = documents[0]
    fields: dict[str, Any] = {}
    for document in documents:
        fields |= {name: value for name, value in document["fields"].items() if name not in fields}
    return {
        **{name: first[name] for name in ("schema_version", "sampler_version", "benchmark_window", "window")},
        "sampler_name": _joined(documents, "sampler_name"),
        "platform_tool": _joined(documents, "platform_tool"),
        "sampling_scope": _joined(documents, "sampling_scope"),
        "sample_count": sum(document["sample_count"] for document in documents),
        "samples_inside_window": sum(document["samples_inside_window"] for document in documents),
        "fields": fields,
        "raw_artifacts": [path for document in documents for path in document["raw_artifacts"]],
        "warnings": [
            f"{document['sampler_name']}: {warning}"
            for document in documents
            for warning in document["warnings"]
        ],
        "samplers": documents,
    }


def _joined(documents: list[dict[str, Any]], member: str) -> str:
    return "+".join(dict.fromkeys(document[member] for document in documents))
