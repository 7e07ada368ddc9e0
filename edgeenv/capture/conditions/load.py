"""What else the machine is doing: load, pressure, time stolen by a hypervisor."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgeenv.capture.conditions.observed import Observed

_LOAD, _STAT = "/proc/loadavg", "/proc/stat"
_RESOURCES = ("cpu", "memory", "io")
_STAT_FIELDS = 8
_STEAL = 7
_LOAD_FIELDS = 4


def observe(observed: Observed) -> None:
    """Load averages, processes that want to run, pressure stalls, CPU time in all and stolen."""
    fields = (observed.sysroot.text(_LOAD) or "").split()
    if len(fields) >= _LOAD_FIELDS:
        for name, word in zip(("load_1m", "load_5m", "load_15m"), fields, strict=False):
            observed.add(name, _number(word), _LOAD)
        running = fields[3].partition("/")[0]
        observed.add("processes_running", int(running) if running.isdecimal() else None, _LOAD)
    for resource in _RESOURCES:
        _pressure(observed, resource)
    first = (observed.sysroot.text(_STAT) or "").split("\n", 1)[0].split()
    ticks = [int(word) for word in first[1:] if word.isdecimal()]
    if first[:1] == ["cpu"] and len(ticks) >= _STAT_FIELDS:
        observed.add("cpu_ticks", sum(ticks[:_STAT_FIELDS]), _STAT)
        observed.add("cpu_steal_ticks", ticks[_STEAL], _STAT)


def _pressure(observed: Observed, resource: str) -> None:
    file = f"/proc/pressure/{resource}"
    for line in (observed.sysroot.text(file) or "").split("\n"):
        kind, *pairs = line.split()[:5] or [""]
        if kind == "some":
            values = {name: _number(value) for name, _, value in (pair.partition("=") for pair in pairs)}
            for span in ("avg10", "avg60", "avg300"):
                observed.add(f"pressure_{resource}_{span}", values.get(span), file)


def _number(word: str) -> float | None:
    try:
        number = float(word)
    except ValueError:
        return None
    return number if 0 <= number < 1e9 else None  # noqa: PLR2004 - no load is greater; also refuses nan
