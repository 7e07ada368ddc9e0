"""What a policy has not looked at: recorded facts that differ and that no enabled rule reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeenv.model.judgement import Difference, Outcome
from edgeenv.policy.matchers import typed

if TYPE_CHECKING:
    from edgeenv.model.facts import Facts
    from edgeenv.model.judgement import RuleOutcome

# Facts that must differ between any two runs (ids, times), that are the thing measured (metrics, logs), or
# that repeat another recorded fact (the injected variables and argv repeat config, target and command).
_NOT_CONDITIONS = (
    "schema_version",
    "run_id",
    "created_at",
    "metrics",
    "resource_metrics",
    "findings",
    "env.captured_at",
    "execution.started_at",
    "execution.finished_at",
    "execution.duration_s",
    "execution.exit_code",
    "execution.argv",
    "execution.injected_env",
    "execution.stdout",
    "execution.stderr",
)


def unjudged_differences(outcomes: tuple[RuleOutcome, ...], a: Facts, b: Facts) -> tuple[Difference, ...]:
    """The differing facts that no evaluated rule reads, sorted by path; None stands for an absent value."""
    read = {
        field.path for rule in outcomes if rule.outcome is not Outcome.NOT_APPLICABLE for field in rule.fields
    }
    left, right = dict(a.leaves()), dict(b.leaves())
    filled = {path.rpartition(".")[0] for path in left.keys() | right.keys()}
    return tuple(
        Difference(path, left.get(path), right.get(path))
        for path in sorted(left.keys() | right.keys())
        if not _under(path, _NOT_CONDITIONS)
        and not _under(path, read)
        and typed(left.get(path)) != typed(right.get(path))
        # An object that is empty on one side only is told by the members of the other side.
        and not (path in filled and {} in (left.get(path), right.get(path)))
    )


def _under(path: str, roots: set[str] | tuple[str, ...]) -> bool:
    parts = path.split(".")
    return any(".".join(parts[:length]) in roots for length in range(1, len(parts) + 1))
