"""Temperatures and throttle counters as the kernel shows them; shared by samplers and conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from edgeenv.capture.sysroot import Sysroot

LOWEST_C = -127.0
_HIGHEST_C = 200.0
_DUMMIES = ("PMIC",)
_CPU_CHIPS = ("coretemp", "k10temp", "zenpower", "cpu_thermal", "soc_thermal")


def zones(sysroot: Sysroot) -> dict[str, Path]:
    """The temperature files of this machine by the name of their sensor.

    Sensors that are dummies (``PMIC``) are left out; where the kernel has no thermal zones, the sensors of
    the CPU itself stand in.
    """
    found: dict[str, Path] = {}
    for zone in sysroot.matches("/sys/class/thermal/thermal_zone*"):
        name = sysroot.text(zone / "type")
        if name is not None and not name.upper().startswith(_DUMMIES):
            found[_unique(name, found)] = zone / "temp"
    if found:
        return found
    for chip in sysroot.matches("/sys/class/hwmon/hwmon*"):
        name = sysroot.text(chip / "name")
        if name in _CPU_CHIPS and (chip / "temp1_input").exists():
            found[_unique(str(name), found)] = chip / "temp1_input"
    return found


def celsius(sysroot: Sysroot, path: Path) -> float | None:
    """One sensor in degrees Celsius; None when it has no power, no value, or an impossible one."""
    millidegrees = sysroot.number(path)
    if millidegrees is None:
        return None
    degrees = millidegrees / 1000
    return degrees if LOWEST_C < degrees < _HIGHEST_C else None


def throttle_events(sysroot: Sysroot) -> dict[str, int]:
    """Counters of how often the hardware has slowed itself down since the machine was started."""
    counts: dict[str, int] = {}
    cores = [
        count
        for path in sysroot.matches("/sys/devices/system/cpu/cpu[0-9]*/thermal_throttle/core_throttle_count")
        if (count := sysroot.number(path)) is not None
    ]
    packages = [
        count
        for path in sysroot.matches(
            "/sys/devices/system/cpu/cpu[0-9]*/thermal_throttle/package_throttle_count"
        )
        if (count := sysroot.number(path)) is not None
    ]
    if cores:
        counts["cpu_core"] = sum(cores)
    if packages:
        counts["cpu_package"] = max(packages)  # every core shows the count of its whole package
    for chip in sysroot.matches("/sys/class/hwmon/hwmon*"):
        if sysroot.text(chip / "name") != "soctherm_oc":
            continue
        for path in sorted(chip.glob("oc*_event_cnt")):
            count = sysroot.number(path)
            if count is not None:
                counts[f"soctherm_{path.name.removesuffix('_event_cnt')}"] = count
    return counts


def _unique(name: str, taken: dict[str, Path]) -> str:
    number, free = 2, name
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free
