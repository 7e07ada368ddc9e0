"""Several sources of resource metrics for one run: which one counts, and what the others say."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from edgeenv.capture.samplers.summary import UNITS, MetricValue
from edgeenv.capture.window import WHOLE_COMMAND
from edgeenv.model.run import ResourceMetrics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeenv.capture.samplers.summary import SamplerSummary

BY_COMMAND = "reported_by_command"
_UNNAMED = "command"


@dataclass(frozen=True, slots=True)
class Merged:
    """The resource metrics of one run.

    Attributes:
        metrics: the value that counts for each metric, and all the sources of these values joined by ``+``.
        chosen: the same values with their origin.
        others: what further sources say of a metric that has a value already; the command's own among them.
    """

    metrics: ResourceMetrics | None
    chosen: tuple[MetricValue, ...] = ()
    others: tuple[MetricValue, ...] = ()

    def document(self) -> list[dict[str, Any]]:
        """Every value as JSON members, those that count first."""
        return [
            {"metric": value.name, **value.document(), "chosen": counts}
            for counts, values in ((True, self.chosen), (False, self.others))
            for value in values
        ]


def merge(summaries: Sequence[SamplerSummary], reported: ResourceMetrics | None) -> Merged:
    """Decide for each metric.

    A sampler stands above the next one in the profile, and every sampler above the command: what the command
    says counts where no sampler has measured, and is kept beside where one has.

    Args:
        summaries: what the samplers measured, in the order of the profile.
        reported: what the command has printed.
    """
    chosen: dict[str, MetricValue] = {}
    others: list[MetricValue] = []
    sources = [value for summary in summaries for value in summary.metrics] + _reported(reported)
    for value in sources:
        if value.name in chosen:
            others.append(value)
        else:
            chosen[value.name] = value
    if not chosen:
        return Merged(reported)  # an empty object stays what the command has said
    ordered = tuple(chosen[name] for name in UNITS if name in chosen)
    names = list(dict.fromkeys(value.source for value in chosen.values()))
    return Merged(_metrics(ordered, names, reported), ordered, tuple(others))


def _metrics(
    chosen: tuple[MetricValue, ...], names: list[str], reported: ResourceMetrics | None
) -> ResourceMetrics:
    if names == [_UNNAMED] and reported is not None:
        return reported
    return ResourceMetrics(**{value.name: value.value for value in chosen}, source="+".join(names))


def _reported(reported: ResourceMetrics | None) -> list[MetricValue]:
    if reported is None:
        return []
    named = reported.source or _UNNAMED
    values = {field.name: getattr(reported, field.name) for field in fields(reported)}
    return [
        MetricValue(
            name=name,
            value=values[name],
            aggregation="unknown",
            source=named,
            source_field=name,
            basis=BY_COMMAND,
            window=WHOLE_COMMAND,
        )
        for name in UNITS
        if values[name] is not None
    ]
