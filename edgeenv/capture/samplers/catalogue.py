"""The samplers that there are, by name; a module is imported when its sampler is asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, cast

from edgeenv.capture.samplers.base import INTERVAL_MS, TOOL_STARTUP_WAIT_MS, SamplerUnavailableError

if TYPE_CHECKING:
    from edgeenv.capture.samplers.base import Sampler, SamplerSettings


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a sampler's code is, and its own defaults.

    Attributes:
        module: the module whose ``SAMPLER`` is the class.
        interval_ms: time between two samples.
        startup_wait_ms: time from its start to the command's.
    """

    module: str
    interval_ms: int = INTERVAL_MS
    startup_wait_ms: int = 0


_PACKAGE = "edgeenv.capture.samplers"
_ENTRIES = {
    "jetson-tegrastats": Entry("jetson_tegrastats", startup_wait_ms=TOOL_STARTUP_WAIT_MS),
    "linux-power": Entry("linux_power", interval_ms=100),
    "nvidia-nvml": Entry("nvidia_nvml", interval_ms=100),
    "process-tree": Entry("process_tree", interval_ms=100),
    "raspberry-pi": Entry("raspberry_pi"),
}


def names() -> tuple[str, ...]:
    """The names that a target profile may use, sorted."""
    return tuple(_ENTRIES)


def completed(settings: SamplerSettings) -> SamplerSettings:
    """The same settings with the sampler's own defaults where the profile says nothing.

    The wait before the command is never shorter than one interval, so that a sample lies before it.
    """
    entry = _ENTRIES.get(settings.name, Entry(""))
    interval = settings.interval_ms or entry.interval_ms
    wait = entry.startup_wait_ms if settings.startup_wait_ms is None else settings.startup_wait_ms
    return replace(settings, interval_ms=interval, startup_wait_ms=max(wait, interval))


def create(name: str) -> Sampler:
    """A sampler that has not been started.

    Raises:
        SamplerUnavailableError: there is no sampler of that name.
    """
    entry = _ENTRIES.get(name)
    if entry is None:
        known = ", ".join(_ENTRIES)
        raise SamplerUnavailableError(f"found the sampler name {name!r}, expected one of: {known}")
    return cast("Sampler", import_module(f"{_PACKAGE}.{entry.module}").SAMPLER())
