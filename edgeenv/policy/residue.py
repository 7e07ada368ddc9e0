"""What a policy has not looked at: recorded facts that differ and that no enabled rule reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeenv.model.judgement import Difference, Outcome
from edgeenv.policy.matchers import typed

if TYPE_CHECKING:
    from edgeenv.model.facts import Facts
    from edgeenv.model.judgement import RuleOutcome

VOLATILE_CONDITIONS = (
    "load_1m",
    "load_5m",
    "load_15m",
    "processes_running",
    "pressure_cpu_avg10",
    "pressure_cpu_avg60",
    "pressure_cpu_avg300",
    "pressure_memory_avg10",
    "pressure_memory_avg60",
    "pressure_memory_avg300",
    "pressure_io_avg10",
    "pressure_io_avg60",
    "pressure_io_avg300",
    "cpu_ticks",
    "cpu_steal_ticks",
    "cpu_current_khz",
    "gpu_current_hz",
    "temperatures_c",
    "cooling_active",
    "throttle_events",
    "firmware_throttled",
    "memory_available_mb",
    "swap_used_mb",
    "battery_percent",
    "cgroup_throttled_count",
    "cgroup_throttled_s",
)
"""Readings and counters before a run that are never the same twice; settings are not among them."""

MEASURED_CONDITIONS = (
    "cgroup_throttled_s",
    "steal_share",
    "swap_grown_mb",
    "temperature_rise_c",
    "child_cpu_s",
    "child_voluntary_context_switches",
    "child_involuntary_context_switches",
    "child_major_page_faults",
)
"""Amounts measured during a run; whether it was throttled, or a setting changed, is not among them."""

# Facts that must differ between any two runs (ids, times), that are the thing measured (metrics, logs), or
# that repeat another recorded fact (the injected variables and argv repeat config, target and command).
_NOT_CONDITIONS = (
    "schema_version",
    "run_id",
    "created_at",
    "metrics",
    "latency_samples",
    "resource_metrics",
    "resource_evidence",
    "findings",
    "env.captured_at",
    "execution.started_at",
    "execution.finished_at",
    "execution.duration_s",
    "execution.exit_code",
    "execution.argv",
    "execution.injected_env",
    "execution.stdout",
    "execution.stderr",
    "env.conditions.sources",
    # What was so before the run and not after it is named by ``during.changed``.
    "env.conditions.after",
    *(f"env.conditions.before.{name}" for name in VOLATILE_CONDITIONS),
    *(f"env.conditions.during.{name}" for name in MEASURED_CONDITIONS),
)


def unjudged_differences(outcomes: tuple[RuleOutcome, ...], a: Facts, b: Facts) -> tuple[Difference, ...]:
    """The differing facts that no evaluated rule reads, sorted by path; None stands for an absent value."""
    read = {
        field.path for rule in outcomes if rule.outcome is not Outcome.NOT_APPLICABLE for field in rule.fields
    }
    left, right = dict(a.leaves()), dict(b.leaves())
    filled = {path.rpartition(".")[0] for path in left.keys() | right.keys()}
    return tuple(
        Difference(path, left.get(path), right.get(path))
        for path in sorted(left.keys() | right.keys())
        if not _under(path, _NOT_CONDITIONS)
        and not _under(path, read)
        and typed(left.get(path)) != typed(right.get(path))
        # An object that is empty on one side only is told by the members of the other side.
        and not (path in filled and {} in (left.get(path), right.get(path)))
    )


def _under(path: str, roots: set[str] | tuple[str, ...]) -> bool:
    parts = path.split(".")
    return any(".".join(parts[:length]) in roots for length in range(1, len(parts) + 1))
