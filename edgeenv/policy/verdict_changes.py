"""Which pairs of runs change their verdict when one policy takes the place of another.

Runs that both policies see alike are judged once for all of them. Where both policies are equivalences and
nothing required is missing, pairs are counted by cohort, and no pair is judged at all.
"""

from __future__ import annotations

from itertools import chain, combinations, product
from typing import TYPE_CHECKING, NamedTuple

from edgeenv.model.judgement import Verdict
from edgeenv.policy.cohort import Profile, Profiler
from edgeenv.policy.counted_pairs import AlikeRuns, Change, CountedPairs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from edgeenv.model.facts import Facts
    from edgeenv.policy.rules import Policy


class Transition(NamedTuple):
    """One old verdict, one new one, and the pairs that go from one to the other.

    Attributes:
        examples: the ids of some of the pairs, the run that was added first as the baseline.
    """

    before: Verdict
    after: Verdict
    pairs: int
    examples: tuple[tuple[str, str], ...]


class VerdictChanges:
    """Takes runs one by one, and says how the verdicts on all their pairs change.

    Args:
        before: the policy that judges now.
        after: the policy that would take its place.
        today: the day on which waivers are looked at, as for a judge.
    """

    def __init__(self, before: Policy, after: Policy, today: str | None = None) -> None:
        self._before, self._after = Profiler(before, today), Profiler(after, today)
        self._groups: dict[tuple[Profile, Profile], AlikeRuns] = {}
        self.runs = 0

    def add(self, run_id: str, facts: Facts) -> None:
        """Count a run in; its facts are not kept."""
        self.add_alike(facts, 1, ((f"{self.runs:020}", run_id),))

    def add_alike(self, facts: Facts, runs: int, first: Sequence[tuple[str, str]]) -> None:
        """Count runs in that recorded the same.

        Args:
            facts: what they recorded.
            runs: how many they are.
            first: two of them, or the only one: a text that sorts as they were recorded, and the id.
        """
        profiles = (self._before.profile(facts), self._after.profile(facts))
        group = self._groups.get(profiles)
        if group is None:
            group = self._groups[profiles] = AlikeRuns(*profiles)
        group.add(runs, first)
        self.runs += runs

    @property
    def pairs(self) -> int:
        """How many pairs the runs make."""
        return self.runs * (self.runs - 1) // 2

    def transitions(self, *, examples: int = 3) -> tuple[Transition, ...]:
        """Every kind of change that occurs, from the mildest old verdict to the worst."""
        counts: dict[tuple[Verdict, Verdict], int] = {}
        shown: dict[tuple[Verdict, Verdict], list[tuple[str, str]]] = {}
        for kind, pairs, example in self._changes():
            counts[kind] = counts.get(kind, 0) + pairs
            those = shown.setdefault(kind, [])
            if example is not None and len(those) < examples:
                those.append(example)
        kinds = ((before, after) for before in Verdict for after in Verdict)
        return tuple(Transition(*kind, counts[kind], tuple(shown[kind])) for kind in kinds if kind in counts)

    def _changes(self) -> Iterator[Change]:
        groups = list(self._groups.values())
        counted = CountedPairs(self._before, self._after)
        others = [group for group in groups if not counted.takes(group)]
        yield from counted.changes()
        for group in others:
            kind = self._verdicts(group, group)
            if group.count > 1 and kind[0] is not kind[1]:
                yield kind, group.count * (group.count - 1) // 2, group.own_pair()
        of_others = set(map(id, others))
        rest = [group for group in groups if id(group) not in of_others]
        for one, other in chain(combinations(others, 2), product(others, rest)):
            kind = self._verdicts(one, other)
            if kind[0] is not kind[1]:
                yield kind, one.count * other.count, one.pair_with(other)

    def _verdicts(self, one: AlikeRuns, other: AlikeRuns) -> tuple[Verdict, Verdict]:
        return (
            self._before.verdict(one.before, other.before),
            self._after.verdict(one.after, other.after),
        )
