"""The energy counters of the kernel's powercap interface: microjoules that start again at a stated range."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edgeenv.capture import energy
from edgeenv.capture.series import Series

if TYPE_CHECKING:
    from pathlib import Path

    from edgeenv.capture.sysroot import Sysroot

# Packages only: their parts (core, uncore) are in them already, and psys holds the packages.
_ZONES = "/sys/class/powercap/intel-rapl:*"
_PERMISSION_FIX = (
    "energy counters may be read by root only; allow it once with: "
    'echo \'SUBSYSTEM=="powercap", ACTION=="add", RUN+="/bin/chmod a+r /sys/class/powercap/%k/energy_uj"\' '
    "| sudo tee /etc/udev/rules.d/60-powercap.rules, then restart (or chmod a+r the file now)"
)


@dataclass(slots=True)
class Zone:
    """One package with an energy counter.

    Attributes:
        name: such as ``package-0``.
        counter: the file with the count.
        highest: the count after which it starts again.
        readings: times and counts so far.
    """

    name: str
    counter: Path
    highest: int | None
    readings: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Packages:
    """The packages of this machine whose counters can be read.

    Attributes:
        zones: one for each package.
        refusal: why there is none, None when there is one; ends in what to do about it.
    """

    zones: tuple[Zone, ...] = ()
    refusal: str | None = None

    @classmethod
    def find(cls, sysroot: Sysroot) -> Packages:
        """Look for counters, and whether they may be read; never asks for more rights."""
        zones, refused = [], None
        for directory in sysroot.matches(_ZONES):
            name = sysroot.text(directory / "name")
            if name is None or not name.startswith("package"):
                continue
            counter = directory / "energy_uj"
            if sysroot.refusal(counter) == "permission":
                refused = f"unavailable: permission: {sysroot.named(counter)}: {_PERMISSION_FIX}"
            elif sysroot.number(counter) is not None:
                zones.append(Zone(name, counter, sysroot.number(directory / "max_energy_range_uj")))
        if zones and refused is None:
            return cls(tuple(zones))
        return cls(refusal=refused or "unavailable: no powercap energy counter of a package")

    @property
    def basis(self) -> str:
        """What the sum of the counters stands for."""
        return f"powercap:{'+'.join(zone.name for zone in self.zones)}"

    def read(self, sysroot: Sysroot, time_ns: int) -> float | None:
        """Read every counter; the sum in joules as it stands, for the record; None when one is lost."""
        counts = [sysroot.number(zone.counter) for zone in self.zones]
        known = [count for count in counts if count is not None]
        if len(known) < len(counts):
            return None
        for zone, count in zip(self.zones, known, strict=True):
            zone.readings.append((time_ns, count))
        return sum(known) / 1e6

    def total_j(self) -> Series:
        """The energy of all packages since the first reading, in joules, wrap-arounds undone.

        Raises:
            CounterError: a counter went backwards.
        """
        sums: dict[int, float] = {}
        for zone in self.zones:
            grown = energy.unwrapped(zone.readings, zone.highest)
            for time_ns, count in grown:
                sums[time_ns] = sums.get(time_ns, 0.0) + (count - grown[0][1]) / 1e6
        return Series.of(sums.items())
