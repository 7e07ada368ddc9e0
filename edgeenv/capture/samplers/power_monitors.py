"""Power monitor chips (INA3221, INA238 and relatives) as the kernel shows them: watts of each rail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from edgeenv.capture.sysroot import Sysroot

_CHIPS = ("ina3221", "ina238", "ina237", "ina228", "ina226", "ina219", "ina230", "ina231", "ina260", "ina2xx")
_SKIPPED_LABELS = ("NC", "SUM OF SHUNT VOLTAGES")
_OLD_INA3221 = "/sys/bus/i2c/drivers/ina3221x/*/iio:device*"


@dataclass(frozen=True, slots=True)
class Rail:
    """One rail that a chip watches.

    Attributes:
        name: its label, else the chip's name; unique on this machine.
        read_mw: its power in milliwatts now; None when it cannot be read.
    """

    name: str
    read_mw: Callable[[], float | None]


def find(sysroot: Sysroot) -> tuple[Rail, ...]:
    """Every connected rail of every chip; the first of two rails of one name counts."""
    rails: dict[str, Rail] = {}
    for rail in (*_hwmon(sysroot), *_iio(sysroot)):
        rails.setdefault(rail.name, rail)
    return tuple(rails.values())


def _hwmon(sysroot: Sysroot) -> Iterator[Rail]:
    for directory in sysroot.matches("/sys/class/hwmon/hwmon*"):
        chip = sysroot.text(directory / "name")
        if chip is None or not chip.startswith(_CHIPS):
            continue
        for channel in range(1, 8):
            label = sysroot.text(directory / f"in{channel}_label") or sysroot.text(
                directory / f"power{channel}_label"
            )
            if label is not None and label.upper() in _SKIPPED_LABELS:
                continue
            read = _microwatts(sysroot, directory, channel) or _product(sysroot, directory, channel)
            if read is not None:
                yield Rail(label or chip, read)


def _microwatts(sysroot: Sysroot, directory: Path, channel: int) -> Callable[[], float | None] | None:
    power = directory / f"power{channel}_input"
    if sysroot.number(power) is None:
        return None

    def read() -> float | None:
        microwatts = sysroot.number(power)
        return None if microwatts is None else microwatts / 1000

    return read


def _product(sysroot: Sysroot, directory: Path, channel: int) -> Callable[[], float | None] | None:
    volts, amperes = directory / f"in{channel}_input", directory / f"curr{channel}_input"
    if sysroot.number(volts) is None or sysroot.number(amperes) is None:
        return None

    def read() -> float | None:
        millivolts, milliamperes = sysroot.number(volts), sysroot.number(amperes)
        if millivolts is None or milliamperes is None:
            return None
        return millivolts * milliamperes / 1000

    return read


def _iio(sysroot: Sysroot) -> Iterator[Rail]:
    """The INA3221 of older Jetson releases."""
    for directory in sysroot.matches(_OLD_INA3221):
        for channel in range(3):
            label = sysroot.text(directory / f"rail_name_{channel}")
            power = directory / f"in_power{channel}_input"
            if label is None or label.upper() in _SKIPPED_LABELS or sysroot.number(power) is None:
                continue
            yield Rail(label, _milliwatts(sysroot, power))


def _milliwatts(sysroot: Sysroot, power: Path) -> Callable[[], float | None]:
    def read() -> float | None:
        milliwatts = sysroot.number(power)
        return None if milliwatts is None else float(milliwatts)

    return read
