"""The throttling flags of a Raspberry Pi's firmware: what is so now, and what was so since it was started."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgeenv.capture.sysroot import Sysroot

FLAGS_FILE = "/sys/devices/platform/soc/soc:firmware/get_throttled"

_SINCE_START = 16
_FLAGS = ("under-voltage", "frequency capped", "throttled", "soft temperature limit")
_ANSWER = re.compile(r"(?:throttled=)?(?:0x)?([0-9a-fA-F]{1,8})\s*")


def throttled(sysroot: Sysroot) -> int | None:
    """The flags from the kernel's file; None where there is none."""
    return parse_throttled(sysroot.text(FLAGS_FILE) or "")


def parse_throttled(text: str) -> int | None:
    """The flags from the file's text or from the answer of ``vcgencmd get_throttled``."""
    found = _ANSWER.fullmatch(text)
    return int(found[1], 16) if found else None


def now(flags: int) -> tuple[str, ...]:
    """What is the case at this moment, in words."""
    return tuple(name for bit, name in enumerate(_FLAGS) if flags >> bit & 1)


def happened(before: int | None, after: int | None) -> tuple[str, ...]:
    """What has come up between two readings, or still was the case at one of them.

    Args:
        before: the flags at first; None when they are not known.
        after: the flags later.
    """
    if after is None or before is None:
        return ()
    since_start = (after & ~before) >> _SINCE_START
    return now(since_start | before | after)
