"""What this machine was like at one moment, as far as it moves edge numbers; best effort and cheap."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeenv.capture.conditions import accelerator, containment, cpu, heat, load, memory, power
from edgeenv.capture.conditions.observed import Observed
from edgeenv.capture.sysroot import Sysroot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_OBSERVERS = (
    power.observe,
    cpu.observe,
    load.observe,
    heat.observe,
    memory.observe,
    accelerator.observe,
    containment.observe,
)


def observe_conditions(
    sysroot: Path = Path("/"),
    *,
    environment: Mapping[str, str] | None = None,
    samplers: Sequence[str] = (),
) -> dict[str, Any]:
    """The conditions now, for ``conditions.before`` or ``conditions.after``.

    A fact that cannot be read is absent, never guessed. The members are JSON values with stable names, so
    that a policy can name one, and ``sources`` tells for each of them where it was read.

    Args:
        sysroot: the directory that stands for ``/``.
        environment: the variables for ``nvpmodel``, which is asked on a Jetson that has no status file; None
            to start no program at all.
        samplers: the names of the samplers that run at this moment.
    """
    observed = Observed(Sysroot(sysroot))
    for observe in _OBSERVERS:
        observe(observed)
    if environment is not None and "power_mode" not in observed.facts:
        power.ask_nvpmodel(observed, environment)
    observed.add("samplers_active", sorted(samplers), "edgeenv")
    return observed.document()
