"""Free memory and swap: a board that swaps measures its card reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgeenv.capture.conditions.observed import Observed

_MEMINFO, _SWAPS = "/proc/meminfo", "/proc/swaps"
_KB_PER_MB = 1024


def observe(observed: Observed) -> None:
    """Available memory, swap and what it lies on."""
    amounts: dict[str, int] = {}
    for line in (observed.sysroot.text(_MEMINFO) or "").split("\n"):
        name, _, rest = line.partition(":")
        number, _, unit = rest.strip().partition(" ")
        if unit == "kB" and number.isascii() and number.isdecimal():
            amounts[name] = int(number) // _KB_PER_MB
    observed.add("memory_available_mb", amounts.get("MemAvailable"), _MEMINFO)
    if "SwapTotal" in amounts and "SwapFree" in amounts:
        observed.add("swap_total_mb", amounts["SwapTotal"], _MEMINFO)
        observed.add("swap_used_mb", amounts["SwapTotal"] - amounts["SwapFree"], _MEMINFO)
    devices = [
        line.split()[0].rpartition("/")[2]
        for line in (observed.sysroot.text(_SWAPS) or "").split("\n")[1:]
        if line.split()
    ]
    if devices:
        observed.add("swap_in_memory", all(name.startswith("zram") for name in devices), _SWAPS)
