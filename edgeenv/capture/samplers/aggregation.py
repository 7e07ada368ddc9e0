"""From samples to resource metrics: what lies inside the window, weighted by time, or the reason for none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edgeenv.capture import energy
from edgeenv.capture.samplers.summary import MetricValue

if TYPE_CHECKING:
    from edgeenv.capture.energy import Energy
    from edgeenv.capture.series import Series
    from edgeenv.capture.window import Window

_DIGITS = 6


@dataclass(slots=True)
class Aggregation:
    """The metrics of one sampler in the making.

    Attributes:
        source: the sampler's name.
        window: the stretch of time that counts.
        longest_gap_ns: two samples further apart tell nothing about the time between them.
        metrics: what is known so far.
        absent: why a metric is not there, by its name.
        warnings: numbers that rest on little.
        energy: how the energy came about, once asked for.
    """

    source: str
    window: Window
    longest_gap_ns: int
    metrics: list[MetricValue] = field(default_factory=list)
    absent: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    energy: Energy | None = None

    def mean_and_peak(self, quantity: str, unit: str, series: Series, basis: str, source_field: str) -> None:
        """The two metrics of one quantity, such as ``power_mean_w`` and ``power_peak_w``."""
        self.mean(f"{quantity}_mean_{unit}", series, basis, source_field)
        self.peak(f"{quantity}_peak_{unit}", series, basis, source_field)

    def mean(self, name: str, series: Series, basis: str, source_field: str) -> None:
        """The mean over the samples inside the window, weighted by time."""
        coverage = series.coverage(self.window, self.longest_gap_ns)
        value = series.mean(self.window)
        self._put(name, value, "mean", basis, source_field, coverage)
        if value is not None and coverage < energy.LEAST_COVERAGE:
            self.warnings.append(f"{name} rests on samples that cover only {coverage:.0%} of the window")

    def peak(self, name: str, series: Series, basis: str, source_field: str) -> None:
        """The greatest sample inside the window."""
        coverage = series.coverage(self.window, self.longest_gap_ns)
        self._put(name, series.peak(self.window), "max", basis, source_field, coverage)

    def energy_from_power(self, power_w: Series, basis: str, source_field: str) -> None:
        """The energy as the trapezoid sum of power."""
        self._energy(energy.from_power(power_w, self.window, self.longest_gap_ns), basis, source_field)

    def energy_from_counter(self, total_j: Series, basis: str, source_field: str) -> None:
        """The energy as the difference of a counter, and the mean power that follows from it."""
        found = energy.from_counter(total_j, self.window, self.longest_gap_ns)
        self._energy(found, basis, source_field)
        mean = None if found.joules is None else found.joules / self.window.duration_s
        self._put("power_mean_w", mean, "counter", basis, source_field, found.coverage, found.reason)
        self.peak("power_peak_w", energy.power_of(total_j), basis, source_field)

    def missing(self, reason: str, *names: str) -> None:
        """Metrics that this sampler cannot give here."""
        self.absent.update(dict.fromkeys(names, reason))

    def drop(self, *names: str) -> None:
        """Forget metrics for which a better reading follows."""
        self.metrics = [metric for metric in self.metrics if metric.name not in names]
        for name in names:
            self.absent.pop(name, None)

    def _energy(self, found: Energy, basis: str, source_field: str) -> None:
        self.energy = found
        self._put("energy_j", found.joules, found.method, basis, source_field, found.coverage, found.reason)

    def _put(  # noqa: PLR0913, PLR0917 - the parts of one value
        self,
        name: str,
        value: float | None,
        aggregation: str,
        basis: str,
        source_field: str,
        coverage: float,
        reason: str | None = None,
    ) -> None:
        if value is None:
            self.absent[name] = reason or "no sample lies inside the window"
            return
        self.metrics.append(
            MetricValue(
                name=name,
                value=round(value, _DIGITS),
                aggregation=aggregation,
                source=self.source,
                source_field=source_field,
                basis=basis,
                window=self.window.basis,
                coverage=coverage,
            )
        )
