"""One line of ``tegrastats``, read token by token: names and order are data, so every board family fits.

Written as a grammar, what a line may hold is::

    line  := [MM-DD-YYYY HH:MM:SS] item*
    mem   := (RAM|SWAP) used/totalMB [(lfb NxZ[kM]B) | (cached NMB)]
    iram  := IRAM used/totalkB(lfb NkB)
    cpu   := [CPU] [core{,core}][@MHz]         core := off | P% | P%@MHz
    clock := NAME[_FREQ] [P%][@MHz | @[MHz{,MHz}]]
    eng   := NAME off | NAME MHz
    mts   := MTS fg P% bg P%
    temp  := name@degC[/degC]                  (current, and the highest in newer releases)
    power := RAIL cur[mW|W]/avg[mW|W][/max[mW|W]]

Of the power fields only the first is read: the second is an average since the tool was started, which is off
by a factor of two in the tool's own first line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LOWEST_TEMPERATURE_C = -127.0
"""A reading at or below this is a sensor without power (-256) or without a value (-127)."""

_NUMBER = r"-?[0-9]{1,9}(?:\.[0-9]{1,9})?"
_NAME = r"[A-Za-z][A-Za-z0-9_]{0,63}"
_CORE = r"(?:off|[0-9]{1,3}%(?:@[0-9]{1,5})?)"
_MHZ = r"[0-9]{1,5}"
_MHZ_LIST = rf"(?:{_MHZ}|\[{_MHZ}(?:,{_MHZ})*\])"
_POWER = rf"{_NUMBER}(?:mW|W)?"


@dataclass(frozen=True, slots=True)
class Core:
    """One CPU core that is on: its load in percent, its clock in MHz where the line has one."""

    load_percent: int
    mhz: int | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """A unit with a clock: its load in percent and the clocks of its parts in MHz, as far as told."""

    load_percent: int | None = None
    mhz: tuple[int, ...] = ()


@dataclass(slots=True)
class TegrastatsLine:
    """What one line says; what it does not say is absent.

    Attributes:
        timestamp: the tool's own, as it stands there; it has whole seconds only.
        ram_mb: used and total memory of the whole board, in MB.
        swap_mb: used and total swap, in MB.
        iram_kb: used and total internal memory, in kB.
        cores: one entry per CPU core, None for a core that is off.
        cpu_mhz: the clock that all cores share, where the line has one.
        clocks: units with a load or clock, by name, such as ``EMC`` and ``GR3D``.
        engines: units with a bare clock in MHz, or None for one that is off.
        temperatures_c: sensors by name, without the dummy ``PMIC`` and without sensors that have no power.
        dropped_temperatures: the names of the sensors left out.
        rails_mw: power by rail as it is now, in milliwatts; unconnected rails (``NC``) left out.
        unknown: tokens that no rule fits.
    """

    timestamp: str | None = None
    ram_mb: tuple[int, int] | None = None
    swap_mb: tuple[int, int] | None = None
    iram_kb: tuple[int, int] | None = None
    cores: tuple[Core | None, ...] = ()
    cpu_mhz: int | None = None
    clocks: dict[str, Clock] = field(default_factory=dict)
    engines: dict[str, int | None] = field(default_factory=dict)
    temperatures_c: dict[str, float] = field(default_factory=dict)
    dropped_temperatures: list[str] = field(default_factory=list)
    rails_mw: dict[str, float] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether nothing of use was found: no memory, no power and no temperature."""
        return self.ram_mb is None and not self.rails_mw and not self.temperatures_c

    @property
    def gpu_load_percent(self) -> int | None:
        """The load of the GPU; None where the line does not tell it, which is not the same as 0."""
        clock = self.clocks.get("GR3D")
        return None if clock is None else clock.load_percent


def parse_line(text: str) -> TegrastatsLine:
    """Read one line, whole or in parts; this never raises, what fits no rule is listed as unknown."""
    line = TegrastatsLine()
    position = 0
    while (start := _BLANKS.match(text, position).end()) < len(text):  # type: ignore[union-attr]
        position = _next_item(line, text, start)
    return line


def _next_item(line: TegrastatsLine, text: str, start: int) -> int:
    for pattern, store in _RULES:
        found = pattern.match(text, start)
        if found:
            store(line, found)
            return found.end()
    token = _TOKEN.match(text, start)
    if token is None:  # cannot be: a token is whatever is no blank
        return len(text)
    line.unknown.append(token.group())
    return token.end()


def _timestamp(line: TegrastatsLine, found: re.Match[str]) -> None:
    line.timestamp = found.group()


def _memory(line: TegrastatsLine, found: re.Match[str]) -> None:
    amounts = (int(found["used"]), int(found["total"]))
    if found["kind"] == "RAM":
        line.ram_mb = amounts
    else:
        line.swap_mb = amounts


def _iram(line: TegrastatsLine, found: re.Match[str]) -> None:
    line.iram_kb = (int(found["used"]), int(found["total"]))


def _cpu(line: TegrastatsLine, found: re.Match[str]) -> None:
    line.cores = tuple(_core(word) for word in found["cores"].split(","))
    line.cpu_mhz = int(found["mhz"]) if found["mhz"] else None


def _core(word: str) -> Core | None:
    if word == "off":
        return None
    load, _, mhz = word.partition("%")
    return Core(int(load), int(mhz[1:]) if mhz else None)


def _mts(line: TegrastatsLine, found: re.Match[str]) -> None:
    line.clocks["MTS"] = Clock(int(found["fg"]) + int(found["bg"]))


def _temperature(line: TegrastatsLine, found: re.Match[str]) -> None:
    name, celsius = found["name"], float(found["now"])
    # The PMIC sensor is a dummy: exactly 100 on older releases and exactly 50 on newer ones, whatever it is.
    if name.upper() == "PMIC" or celsius <= LOWEST_TEMPERATURE_C:
        line.dropped_temperatures.append(name)
    else:
        line.temperatures_c[name] = celsius


def _power(line: TegrastatsLine, found: re.Match[str]) -> None:
    if found["name"] != "NC":
        factor = 1000.0 if found["unit"] == "W" else 1.0
        line.rails_mw[found["name"]] = float(found["now"]) * factor


def _clock(line: TegrastatsLine, found: re.Match[str]) -> None:
    load = int(found["load"]) if found["load"] else None
    mhz = tuple(int(number) for number in re.findall(_MHZ, found["mhz"] or found["only"] or ""))
    line.clocks[found["name"].removesuffix("_FREQ")] = Clock(load, mhz)


def _engine(line: TegrastatsLine, found: re.Match[str]) -> None:
    mhz = None if found["mhz"] == "off" else int(found["mhz"])
    line.engines[found["name"].removesuffix("_FREQ")] = mhz


def _rule(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern + r"(?=\s|\Z)", re.ASCII)


_BLANKS = re.compile(r"\s*")
_TOKEN = re.compile(r"\S+")
_RULES: tuple[tuple[re.Pattern[str], Callable[[TegrastatsLine, re.Match[str]], None]], ...] = (
    (_rule(r"[0-9]{2}-[0-9]{2}-[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}"), _timestamp),
    (
        _rule(
            r"(?P<kind>RAM|SWAP) (?P<used>[0-9]{1,9})/(?P<total>[0-9]{1,9})MB"
            r"(?: \((?:lfb [0-9]+x[0-9]+[kM]B|cached [0-9]+MB)\))?"
        ),
        _memory,
    ),
    (_rule(r"IRAM (?P<used>[0-9]{1,9})/(?P<total>[0-9]{1,9})kB ?(?:\(lfb [0-9]+kB\))?"), _iram),
    (_rule(rf"(?:CPU )?\[(?P<cores>{_CORE}(?:,{_CORE})*)\](?:@(?P<mhz>{_MHZ}))?"), _cpu),
    (_rule(r"MTS fg (?P<fg>[0-9]{1,3})% bg (?P<bg>[0-9]{1,3})%"), _mts),
    (_rule(rf"(?P<name>{_NAME})@(?P<now>{_NUMBER})C(?:/{_NUMBER}C)?"), _temperature),
    (
        # Memory that is cut short has the form of a rail.
        _rule(
            rf"(?!(?:RAM|SWAP|IRAM) )(?P<name>{_NAME}) (?P<now>{_NUMBER})(?P<unit>mW|W)?"
            rf"/{_POWER}(?:/{_POWER})?"
        ),
        _power,
    ),
    (
        _rule(
            rf"(?P<name>{_NAME}) (?:(?P<load>[0-9]{{1,3}})%(?:@(?P<mhz>{_MHZ_LIST}))?|@(?P<only>{_MHZ_LIST}))"
        ),
        _clock,
    ),
    (_rule(rf"(?P<name>{_NAME}) (?P<mhz>off|{_MHZ})"), _engine),
)
