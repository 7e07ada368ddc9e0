"""The power of a whole board from the power of its rails, and the temperature that stands for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# A rail at the input measures everything behind it, the other rails among it: nothing is added to it.
_INPUTS = ("POM_5V_IN", "VDD_IN", "VIN")

# Boards without a rail at the input. The sum leaves out what no rail measures, so a meter reads more. On AGX
# Orin the rail VDDQ_VDD2_1V8AO is left out, because newer releases of the tool do not print it: with it, two
# runs of one board would be counted in two ways.
_SUMS = (
    ("GPU", "CPU", "SOC", "CV", "VDDRQ", "SYS5V"),
    ("VDD_GPU_SOC", "VDD_CPU_CV", "VIN_SYS_5V0"),
)

_JUNCTION = re.compile(r"tj(?:[-_]thermal)?", re.IGNORECASE)
_SILICON = re.compile(
    r"(?:[bm]?cpu|gpu|soc[0-9]*|aux|thermal|x86_pkg_temp|k10temp|coretemp|zenpower"
    r"|cpu[-_]?[a-z0-9]*[-_]thermal|[a-z]*cpu[0-9]*|(?:gpu|soc)[-_]?[a-z0-9]*[-_]thermal)(?:-therm(?:al)?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Total:
    """One number for a whole board, and what it was taken from.

    Attributes:
        value: watts, or degrees Celsius.
        basis: such as ``input:VDD_IN``, ``sum:GPU+CPU``, ``profile:VDD_CPU+VDD_GPU``, ``tj`` or
            ``max:cpu+gpu``.
    """

    value: float
    basis: str


def total_power(rails_mw: Mapping[str, float], power_rails: Sequence[str] = ()) -> Total | None:
    """The power of a board in watts; None where the rails do not tell it.

    Args:
        rails_mw: the power of each rail in milliwatts.
        power_rails: the rails whose sum counts, as the target profile states; empty to go by known boards.
    """
    if power_rails:
        return _sum(rails_mw, power_rails, "profile")
    for name in _INPUTS:
        if name in rails_mw:
            return _sum(rails_mw, (name,), "input")
    for names in _SUMS:
        total = _sum(rails_mw, names, "sum")
        if total is not None:
            return total
    return None


def board_temperature(temperatures_c: Mapping[str, float]) -> Total | None:
    """The temperature in degrees Celsius that stands for a board: its junction, else its hottest silicon.

    Sensors of the board itself, such as ``Tboard`` and ``AO``, do not count; None when no other is there.
    """
    for name, celsius in temperatures_c.items():
        if _JUNCTION.fullmatch(name):
            return Total(celsius, name)
    silicon = {name: celsius for name, celsius in temperatures_c.items() if _SILICON.fullmatch(name)}
    if not silicon:
        return None
    return Total(max(silicon.values()), f"max:{'+'.join(sorted(silicon))}")


def _sum(rails_mw: Mapping[str, float], names: Sequence[str], kind: str) -> Total | None:
    if any(name not in rails_mw for name in names):
        return None
    watts = round(sum(rails_mw[name] for name in names) / 1000, 6)
    return None if watts < 0 else Total(watts, f"{kind}:{'+'.join(names)}")
