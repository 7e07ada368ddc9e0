"""What changed between two observations: the facts that belong to the run itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edgeenv.capture import firmware

if TYPE_CHECKING:
    from collections.abc import Mapping
    from resource import struct_rusage

_TO_WATCH = (
    "power_mode",
    "power_mode_id",
    "platform_profile",
    "cpu_governor",
    "cpu_clusters",
    "cpus_online",
    "cpu_boost",
    "gpu_governor",
    "gpu_min_hz",
    "gpu_max_hz",
    "on_mains",
)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The facts for ``conditions.during``; what one of the observations does not tell is absent.

    Members: ``throttled`` (whether the hardware or the firmware slowed the machine down),
    ``throttled_by``, ``cgroup_throttled_s``, ``steal_share`` (0 to 1), ``swap_grown_mb``,
    ``temperature_rise_c`` and ``changed`` (the names of settings that differ).
    """
    found: dict[str, Any] = {}
    slowed = _slowed(before, after)
    if slowed is not None:
        found["throttled"] = bool(slowed)
        if slowed:
            found["throttled_by"] = slowed
    for name, fact in (("cgroup_throttled_s", "cgroup_throttled_s"), ("swap_grown_mb", "swap_used_mb")):
        if fact in before and fact in after:
            found[name] = round(after[fact] - before[fact], 6)
    ticks = _difference(before, after, "cpu_ticks")
    stolen = _difference(before, after, "cpu_steal_ticks")
    if ticks and stolen is not None:
        found["steal_share"] = round(max(0, stolen) / ticks, 6) if ticks > 0 else None
    rises = [
        after["temperatures_c"][name] - celsius
        for name, celsius in before.get("temperatures_c", {}).items()
        if name in after.get("temperatures_c", {})
    ]
    if rises:
        found["temperature_rise_c"] = round(max(rises), 3)
    found["changed"] = [name for name in _TO_WATCH if before.get(name) != after.get(name)]
    return {name: value for name, value in found.items() if value is not None}


def child_usage(used: struct_rusage) -> dict[str, Any]:
    """What one ended child and its collected children have used, for ``conditions.during``."""
    return {
        "child_cpu_s": round(used.ru_utime + used.ru_stime, 6),
        "child_voluntary_context_switches": used.ru_nvcsw,
        "child_involuntary_context_switches": used.ru_nivcsw,
        "child_major_page_faults": used.ru_majflt,
    }


def _slowed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str] | None:
    """What slowed the machine down; None when nothing here could tell."""
    told = False
    slowed = []
    if "throttle_events" in before and "throttle_events" in after:
        told = True
        counts = before["throttle_events"]
        slowed += [
            name for name, count in after["throttle_events"].items() if count > counts.get(name, count)
        ]
    if "firmware_throttled" in before and "firmware_throttled" in after:
        told = True
        flags = (int(before["firmware_throttled"], 16), int(after["firmware_throttled"], 16))
        slowed += [f"firmware: {name}" for name in firmware.happened(*flags)]
    return slowed if told else None


def _difference(before: Mapping[str, Any], after: Mapping[str, Any], name: str) -> int | None:
    return after[name] - before[name] if name in before and name in after else None
