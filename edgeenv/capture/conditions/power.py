"""How much power the machine may draw: board, power mode, platform profile, battery."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edgeenv.capture.conditions.observed import Observed

_BOARD = "/proc/device-tree/model"
_DMI = "/sys/class/dmi/id/product_name"
_STATUS, _MODES = "/var/lib/nvpmodel/status", "/etc/nvpmodel.conf"
_PROFILE = "/sys/firmware/acpi/platform_profile"
_SUPPLIES = "/sys/class/power_supply/*"
_NVPMODEL_S = 0.5

_MODE_ID = re.compile(r"\bpmode:([0-9]{1,4})\b")
_MODE = re.compile(r"<\s*POWER_MODEL\s+ID=([0-9]{1,4})\s+NAME=([A-Za-z0-9_]{1,64})\s*>")
_ANSWER = re.compile(r"^NV Power Mode:\s*([A-Za-z0-9_]{1,64})\s*(?:\n([0-9]{1,4})\s*)?$", re.MULTILINE)
_MAINS = ("Mains", "USB")


def observe(observed: Observed) -> None:
    """Board model, power mode of a Jetson, platform profile, battery and mains."""
    sysroot = observed.sysroot
    observed.add_text("board_model", _BOARD)
    if "board_model" not in observed.facts:
        observed.add_text("board_model", _DMI)
    found = _MODE_ID.search(sysroot.text(_STATUS) or "")
    if found is not None:
        mode = int(found[1])
        names = {int(number): name for number, name in _MODE.findall(sysroot.text(_MODES) or "")}
        observed.add("power_mode", names.get(mode, str(mode)), f"{_STATUS}, {_MODES}")
        observed.add("power_mode_id", mode, _STATUS)
    observed.add_text("platform_profile", _PROFILE)
    _supplies(observed)


def ask_nvpmodel(observed: Observed, environment: Mapping[str, str]) -> None:
    """The power mode as ``nvpmodel -q`` tells it, if there is such a program; its error lines are ignored."""
    places = (os.path.join(place, "nvpmodel") for place in os.get_exec_path(environment))  # noqa: PTH118 - text
    program = next((place for place in places if os.access(place, os.X_OK)), None)
    if program is None:
        return
    try:
        answer = subprocess.run(  # noqa: S603 - found on the PATH handed in, no shell
            [program, "-q"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_NVPMODEL_S,
            env=dict(environment),
            check=False,
        ).stdout[:4000]
    except (OSError, subprocess.TimeoutExpired):
        return
    found = _ANSWER.search(answer.decode("ascii", "replace"))
    if found is not None:
        observed.add("power_mode", found[1], "nvpmodel -q")
        observed.add("power_mode_id", int(found[2]) if found[2] else None, "nvpmodel -q")


def _supplies(observed: Observed) -> None:
    sysroot = observed.sysroot
    mains = []
    for supply in sysroot.matches(_SUPPLIES):
        kind = sysroot.text(supply / "type")
        if kind == "Battery" and sysroot.text(supply / "scope") != "Device":  # not the battery of a mouse
            status = sysroot.text(supply / "status")
            observed.add("battery_status", status, sysroot.named(supply / "status"))
            capacity = sysroot.number(supply / "capacity")
            observed.add("battery_percent", capacity, sysroot.named(supply / "capacity"))
        elif kind in _MAINS:
            online = sysroot.number(supply / "online")
            if online is not None:
                mains.append(bool(online))
    if "battery_status" in observed.facts and mains:
        observed.add("on_mains", any(mains), _SUPPLIES)
