"""What this machine calls itself: its system and its board. Its host name is private and not read."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from edgeenv.capture.sysroot import Sysroot

_MOST = 100
_BOARD = "/proc/device-tree/model"
_PRODUCT = ("/sys/class/dmi/id/sys_vendor", "/sys/class/dmi/id/product_name")
_RELEASE = ("/etc/os-release", "/usr/lib/os-release")
_PRETTY = re.compile(r"^PRETTY_NAME=(['\"]?)(.+)\1$", re.MULTILINE)
# What makers leave in the tables of a machine that they have not named.
_NO_NAME = re.compile(
    r"(system (manufacturer|product name|version)|to be filled.*|default string|o\.?e\.?m\.?|unknown"
    r"|none|n/?a|not (applicable|specified|available)|invalid|undefined|\W*)",
    re.IGNORECASE,
)


class MachineNames(NamedTuple):
    """What the members of a target profile can be filled with.

    Attributes:
        board: the board or the product.
        system: the operating system with its version.
        architecture: as the kernel names it, such as ``aarch64``.
    """

    board: str
    system: str
    architecture: str

    @property
    def target_name(self) -> str:
        """A name for the target, made from the board's."""
        words = re.findall(r"[a-z0-9]+", self.board.lower())
        return "-".join(words) or "local-machine"


def machine_names(sysroot: Sysroot | None = None) -> MachineNames:
    """Read the names from the kernel's and the distribution's files; what they leave open is said plainly."""
    there = sysroot or Sysroot()
    kernel = os.uname()
    release = next((text for name in _RELEASE if (text := there.text(name))), "")
    pretty = _PRETTY.search(release)
    return MachineNames(
        board=_board(there) or f"{kernel.machine} machine",
        system=_plain(pretty[2] if pretty else "") or f"{kernel.sysname} {kernel.release}",
        architecture=kernel.machine,
    )


def _board(sysroot: Sysroot) -> str:
    model = _plain(sysroot.text(_BOARD) or "")
    if model:
        return model
    vendor, product = (_plain(sysroot.text(name) or "") for name in _PRODUCT)
    if not product or _NO_NAME.fullmatch(product):
        return ""
    if not vendor or _NO_NAME.fullmatch(vendor) or product.lower().startswith(vendor.lower()):
        return product
    return f"{vendor} {product}"


def _plain(text: str) -> str:
    """The text in one line, without what cannot be seen, bounded."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_MOST].strip()
