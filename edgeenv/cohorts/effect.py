"""What a change of policy does to the stored runs: the pairs whose verdict changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from edgeenv.errors import EdgeEnvError
from edgeenv.policy.cohort import judged_fields
from edgeenv.policy.judge import judge
from edgeenv.policy.verdict_changes import VerdictChanges
from edgeenv.registry.alike import Alike, Unread

if TYPE_CHECKING:
    from collections.abc import Callable

    from edgeenv.policy.rules import Policy
    from edgeenv.policy.verdict_changes import Transition
    from edgeenv.registry.alike import Look
    from edgeenv.registry.registry import Registry
    from edgeenv.registry.rows import RunQuery


class Example(NamedTuple):
    """A pair of runs whose verdict changes, with the reasons of both policies."""

    baseline: str
    candidate: str
    before: tuple[str, ...]
    after: tuple[str, ...]


class Effect(NamedTuple):
    """What a change of policy does to the stored runs.

    Attributes:
        unread: the runs that were left out, or not shown as examples, since they could not be read.
    """

    runs: int
    pairs: int
    transitions: tuple[tuple[Transition, tuple[Example, ...]], ...]
    unread: tuple[Unread, ...]

    @property
    def changed(self) -> int:
        """How many pairs change their verdict."""
        return sum(transition.pairs for transition, _ in self.transitions)


def find_effect(  # noqa: PLR0913 - what is asked, and on which day
    before: Policy,
    after: Policy,
    registry: Registry,
    query: RunQuery,
    *,
    today: str | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> Effect:
    """Judge all pairs of the runs that are wanted by both policies, those recorded first as the baselines.

    Runs that recorded the same in all that both policies read are judged once for all of them.

    Args:
        before: the policy that judges now.
        after: the one that would take its place.
        registry: the root.
        query: which runs; its limit does not matter.
        today: the day on which waivers are looked at, as for a judge.
        watch: told after each run whose evidence has to be read how many are done, and of how many.

    Raises:
        EdgeEnvError: the root cannot be read.
    """
    alike = Alike(registry, {*judged_fields(before), *judged_fields(after)}, watch)
    changes = alike.look(lambda look: _changes(look, VerdictChanges(before, after, today), query))
    unread = list(alike.unread)
    transitions = []
    for transition in changes.transitions():
        examples = []
        for ids in transition.examples:
            try:
                examples.append(_example(before, after, registry, ids, today))
            except EdgeEnvError as error:
                unread.append(Unread(ids[0], error))
        transitions.append((transition, tuple(examples)))
    return Effect(changes.runs, changes.pairs, tuple(transitions), tuple(unread))


def _changes(look: Look, changes: VerdictChanges, query: RunQuery) -> VerdictChanges:
    facts = dict(look.facts())
    found = []
    for group in look.groups(query):
        first = look.oldest(group, 2, query)
        found.append((first, group))
    found.sort()
    for first, group in found:
        changes.add_alike(facts[group.number], group.runs, first)
    return changes


def _example(
    before: Policy, after: Policy, registry: Registry, ids: tuple[str, str], today: str | None
) -> Example:
    a, b = (registry.run(run_id).facts for run_id in ids)
    return Example(*ids, *(judge(policy, a, b, today=today).reasons for policy in (before, after)))
