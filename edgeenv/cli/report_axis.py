"""The option ``--vary``: which rules an experiment changes on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeenv.errors import EdgeEnvError
from edgeenv.policy.axis import axis_faults

if TYPE_CHECKING:
    from edgeenv.policy.rules import Policy


def axis_of(policy: Policy, vary: str | None, reference: str) -> tuple[str, ...]:
    """The rules that were named, each once; ``reference`` is what the policy was called by.

    Raises:
        EdgeEnvError: one of them cannot be varied under this policy, or none was named.
    """
    if vary is None:
        return ()
    names = tuple(dict.fromkeys(part for part in (word.strip() for word in vary.split(",")) if part))
    faults = tuple(axis_faults(policy, names)) or (() if names else ("no rule is named",))
    if faults:
        import shlex

        raise EdgeEnvError(
            f"--vary {vary}: {'; '.join(faults)}",
            f"see its rules and their levels: edgeenv policy show {shlex.quote(reference)} --resolved",
            code="unfit-axis",
        )
    return names
