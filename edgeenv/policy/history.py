"""Where a rule came from: which file of a policy's chain wrote which of its members."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from edgeenv.policy.chain import resolve


class Step(NamedTuple):
    """One file of a chain that writes something of a rule.

    Attributes:
        policy: the name and the version of the policy in the file.
        source: the file as the user named it, or ``edgeenv:NAME``.
        line: where the rule stands in it.
        members: what it writes of the rule.
    """

    policy: str
    source: str
    line: int | None
    members: tuple[str, ...]


def history(reference: str, rule_id: str, *, directory: Path | None = None) -> tuple[Step, ...]:
    """Every file that writes something of a rule, oldest ancestor first.

    Raises:
        EdgeEnvError: as `edgeenv.policy.document.load_policy`, but for what only a lint finds.
    """
    steps = []
    for source in resolve(reference, directory=directory or Path()).chain:
        document = source.document
        if rule_id in document.data["rules"]:
            position = document.marks.key(("rules", rule_id))
            steps.append(
                Step(
                    f"{document.data['name']} {document.data['version']}",
                    document.source,
                    None if position is None else position.line,
                    tuple(document.data["rules"][rule_id]),
                )
            )
    return tuple(steps)
