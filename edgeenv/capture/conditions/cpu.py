"""Which CPUs may work, how fast, and by whose rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from edgeenv.capture.conditions.observed import Observed
    from edgeenv.capture.sysroot import Sysroot

_CPU = "/sys/devices/system/cpu"
_POLICIES = f"{_CPU}/cpufreq/policy[0-9]*"
_OLD_POLICIES = f"{_CPU}/cpu[0-9]*/cpufreq"
_STATUS = "/proc/self/status"
_NO_TURBO = f"{_CPU}/intel_pstate/no_turbo"
_BOOST = f"{_CPU}/cpufreq/boost"


def observe(observed: Observed) -> None:
    """Governor, clocks, online and isolated CPUs, affinity, boost."""
    clusters, source = _clusters(observed.sysroot)
    if clusters:
        observed.add("cpu_governor", "+".join(_distinct(clusters, "governor")), source)
        observed.add("cpu_clusters", [_stable(cluster) for cluster in clusters], source)
        current = {
            cluster["cpus"]: cluster["current_khz"] for cluster in clusters if "current_khz" in cluster
        }
        observed.add("cpu_current_khz", current, source)
        observed.add("cpu_clocks_fixed", _fixed(clusters), source)
        preferences = "+".join(_distinct(clusters, "energy_preference"))
        observed.add("cpu_energy_preference", preferences, source)
    observed.add_text("cpus_online", f"{_CPU}/online")
    observed.add_text("cpus_isolated", f"{_CPU}/isolated")
    smt = observed.sysroot.number(f"{_CPU}/smt/active")
    observed.add("smt_active", None if smt is None else bool(smt), f"{_CPU}/smt/active")
    _boost(observed)
    status = observed.sysroot.text(_STATUS) or ""
    for line in status.split("\n"):
        name, _, value = line.partition(":")
        if name == "Cpus_allowed_list":
            observed.add("cpu_affinity", value.strip(), _STATUS)
    observed.add("cpu_count", _count(observed.facts.get("cpus_online")), f"{_CPU}/online")


def _clusters(sysroot: Sysroot) -> tuple[list[dict[str, Any]], str]:
    policies = sysroot.matches(_POLICIES)
    if policies:
        return [
            _cluster(sysroot, policy, policy.name.removeprefix("policy")) for policy in policies
        ], _POLICIES
    alone = sysroot.matches(_OLD_POLICIES)
    return [
        _cluster(sysroot, policy, policy.parent.name.removeprefix("cpu")) for policy in alone
    ], _OLD_POLICIES


def _cluster(sysroot: Sysroot, policy: Path, number: str) -> dict[str, Any]:
    members = {
        "cpus": sysroot.text(policy / "related_cpus") or number,
        "governor": sysroot.text(policy / "scaling_governor"),
        "driver": sysroot.text(policy / "scaling_driver"),
        "min_khz": sysroot.number(policy / "scaling_min_freq"),
        "max_khz": sysroot.number(policy / "scaling_max_freq"),
        "hardware_max_khz": sysroot.number(policy / "cpuinfo_max_freq"),
        "current_khz": sysroot.number(policy / "scaling_cur_freq"),
        "energy_preference": sysroot.text(policy / "energy_performance_preference"),
    }
    return {name: value for name, value in members.items() if value is not None}


def _stable(cluster: dict[str, Any]) -> dict[str, Any]:
    """A cluster without what changes from moment to moment, so that two runs can be compared by it."""
    return {name: value for name, value in cluster.items() if name != "current_khz"}


def _distinct(clusters: list[dict[str, Any]], member: str) -> list[str]:
    return sorted({cluster[member] for cluster in clusters if member in cluster})


def _fixed(clusters: list[dict[str, Any]]) -> bool | None:
    """Whether every cluster's lowest clock is its highest, as after ``jetson_clocks``."""
    known = [cluster for cluster in clusters if "min_khz" in cluster and "max_khz" in cluster]
    if len(known) < len(clusters):
        return None
    return all(cluster["min_khz"] == cluster["max_khz"] for cluster in known)


def _boost(observed: Observed) -> None:
    no_turbo = observed.sysroot.number(_NO_TURBO)
    if no_turbo is not None:
        observed.add("cpu_boost", not no_turbo, _NO_TURBO)
        return
    boost = observed.sysroot.number(_BOOST)
    observed.add("cpu_boost", None if boost is None else bool(boost), _BOOST)


def _count(cpu_list: str | None) -> int | None:
    """How many CPUs a list such as ``0-3,6`` names."""
    count = 0
    for part in (cpu_list or "").split(","):
        first, _, last = part.partition("-")
        if not first.isdecimal() or not (last or first).isdecimal():
            return None
        count += int(last or first) - int(first) + 1
    return count
