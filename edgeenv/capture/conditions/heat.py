"""How hot it is, what is being done about it, and whether the hardware has slowed itself down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeenv.capture import firmware, thermal

if TYPE_CHECKING:
    from edgeenv.capture.conditions.observed import Observed

_ZONES = "/sys/class/thermal/thermal_zone*"
_COOLING = "/sys/class/thermal/cooling_device*"
_THROTTLING = "thermal_throttle, soctherm_oc"
_UNDER_VOLTAGE = "/sys/class/hwmon/hwmon*/in0_lcrit_alarm"


def observe(observed: Observed) -> None:
    """Temperatures, active cooling, throttle counters, firmware flags."""
    sysroot = observed.sysroot
    degrees = {
        name: round(celsius, 3)
        for name, path in thermal.zones(sysroot).items()
        if (celsius := thermal.celsius(sysroot, path)) is not None
    }
    observed.add("temperatures_c", degrees, _ZONES)
    active: dict[str, int] = {}
    for device in sysroot.matches(_COOLING):
        kind, state = sysroot.text(device / "type"), sysroot.number(device / "cur_state")
        if kind is not None and state is not None and state > 0:
            active[kind] = max(state, active.get(kind, 0))
    observed.add("cooling_active", active, _COOLING)
    observed.add("throttle_events", thermal.throttle_events(sysroot), _THROTTLING)
    flags = firmware.throttled(sysroot)
    if flags is not None:
        observed.add("firmware_throttled", hex(flags), firmware.FLAGS_FILE)
        observed.add("firmware_flags_now", list(firmware.now(flags)), firmware.FLAGS_FILE)
    for alarm in sysroot.matches(_UNDER_VOLTAGE):
        if sysroot.text(alarm.parent / "name") == "rpi_volt":
            value = sysroot.number(alarm)
            source = sysroot.named(alarm)
            observed.add("under_voltage_alarm", None if value is None else bool(value), source)
