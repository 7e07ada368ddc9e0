"""The option ``--vary``: which rules an experiment changes on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeenv.errors import EdgeEnvError
from edgeenv.policy.axis import axis_faults

if TYPE_CHECKING:
    from edgeenv.policy.rules import Policy


def axis_of(policy: Policy, vary: str | None) -> tuple[str, ...]:
    """The rules that were named, each once.

    Raises:
        EdgeEnvError: one of them cannot be varied under this policy, or none was named.
    """
    if vary is None:
        return ()
    names = tuple(dict.fromkeys(part for part in (word.strip() for word in vary.split(",")) if part))
    faults = tuple(axis_faults(policy, names)) or (() if names else ("no rule is named",))
    if faults:
        raise EdgeEnvError(
            f"--vary {vary}: {'; '.join(faults)}",
            "see the rules of a policy and their levels: edgeenv policy show NAME|FILE --resolved",
            code="unfit-axis",
        )
    return names
