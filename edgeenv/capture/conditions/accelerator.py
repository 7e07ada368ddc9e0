"""Clocks and driver of the GPU, as far as plain files tell them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgeenv.capture.conditions.observed import Observed

_DEVFREQ = "/sys/class/devfreq/*"
_GPU = re.compile(
    r".*(?:gpu|ga10b|gv11b|gp10b|gm20b|gb10b|mali|v3d|panfrost|panthor|adreno|kgsl)", re.IGNORECASE
)
_INTEL = "/sys/class/drm/card[0-9]"
_DRIVER = "/proc/driver/nvidia/version"
_L4T = "/etc/nv_tegra_release"
_VERSION = re.compile(r"\b([0-9]{2,4}\.[0-9]{1,3}(?:\.[0-9]{1,3})?)\b")


def observe(observed: Observed) -> None:
    """GPU clocks and governor by devfreq or i915, NVIDIA driver, release of a Jetson's system."""
    sysroot = observed.sysroot
    for device in sysroot.matches(_DEVFREQ):
        if not _GPU.match(device.name):
            continue
        source = sysroot.named(device)
        observed.add("gpu_governor", sysroot.text(device / "governor"), source)
        lowest, highest = sysroot.number(device / "min_freq"), sysroot.number(device / "max_freq")
        observed.add("gpu_min_hz", lowest, source)
        observed.add("gpu_max_hz", highest, source)
        observed.add("gpu_current_hz", sysroot.number(device / "cur_freq"), source)
        if lowest is not None and highest is not None:
            observed.add("gpu_clocks_fixed", lowest == highest, source)
        break
    else:
        _intel(observed)
    version = _VERSION.search(sysroot.text(_DRIVER) or "")
    observed.add("gpu_driver", f"nvidia {version[1]}" if version else None, _DRIVER)
    observed.add("l4t_release", (sysroot.text(_L4T) or "").split("\n")[0].lstrip("# "), _L4T)


def _intel(observed: Observed) -> None:
    sysroot = observed.sysroot
    for card in sysroot.matches(_INTEL):
        highest = sysroot.number(card / "gt_max_freq_mhz")
        if highest is not None:
            source = sysroot.named(card)
            for name, file in (("min", "gt_min"), ("max", "gt_max"), ("current", "gt_cur")):
                mhz = sysroot.number(card / f"{file}_freq_mhz")
                observed.add(f"gpu_{name}_hz", None if mhz is None else mhz * 1_000_000, source)
            return
