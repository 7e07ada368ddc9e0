"""How many pairs of runs change their verdict, counted by cohort: as much work as there are runs, not pairs.

Under an equivalence two runs that lack nothing required are No when their required values differ, Yes when
all their values are equal and complete, and Conditional otherwise. So the pairs of each verdict follow from
how many runs share which values.
"""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from edgeenv.model.judgement import Verdict

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from edgeenv.policy.cohort import Profile, Profiler

Kind = tuple[Verdict, Verdict]
Change = tuple[Kind, int, tuple[str, str] | None]

_EXAMPLES = 3
_BEST_FIRST = (Verdict.COMPARABLE, Verdict.CONDITIONAL, Verdict.NOT_COMPARABLE)


class AlikeRuns:
    """Runs that both policies see alike: how many there are, and the first two of them."""

    def __init__(self, before: Profile, after: Profile) -> None:
        self.before, self.after = before, after
        self.count = 0
        self.some: list[tuple[str, str]] = []

    def add(self, runs: int, first: Sequence[tuple[str, str]]) -> None:
        """Count runs in, of which the first two are named, each with what it is sorted by."""
        self.count += runs
        self.some = sorted((*self.some, *first))[:2]

    def own_pair(self) -> tuple[str, str]:
        """The first two of them."""
        return self.some[0][1], self.some[1][1]

    def pair_with(self, other: AlikeRuns) -> tuple[str, str]:
        """The first of them and the first of others, in the order in which they were recorded."""
        first, second = sorted((self.some[0], other.some[0]))
        return first[1], second[1]


class _Seen(NamedTuple):
    """What one policy sees of runs that are alike.

    Attributes:
        wide: shared by runs whose verdict is Yes or Conditional.
        narrow: shared by those whose verdict is Yes; None where evidence is missing.
    """

    wide: Hashable
    narrow: Hashable | None

    def verdict(self, other: _Seen) -> Verdict:
        if self.wide != other.wide:
            return Verdict.NOT_COMPARABLE
        same = self.narrow is not None and self.narrow == other.narrow
        return Verdict.COMPARABLE if same else Verdict.CONDITIONAL

    def at_least(self, verdict: Verdict) -> tuple[Hashable] | None:
        """What runs share exactly when their verdict is this or a better one; None: never."""
        if verdict is Verdict.NOT_COMPARABLE:
            return (True,)
        if verdict is Verdict.CONDITIONAL:
            return (self.wide,)
        return None if self.narrow is None else (self.narrow,)


class CountedPairs:
    """Takes groups of runs that lack nothing required, and counts the changes among them.

    Args:
        before: of the policy that judges now.
        after: of the one that would take its place.
    """

    def __init__(self, before: Profiler, after: Profiler) -> None:
        self._before, self._after = before, after
        self._groups: list[tuple[AlikeRuns, _Seen, _Seen]] = []

    def takes(self, group: AlikeRuns) -> bool:
        """Count a group in; False where only judging its pairs tells their verdicts."""
        if not (self._before.is_decided(group.before) and self._after.is_decided(group.after)):
            return False
        before, after = _seen(self._before, group.before), _seen(self._after, group.after)
        self._groups.append((group, before, after))
        return True

    def changes(self) -> Iterator[Change]:
        """Every change with all its pairs, and then some of them once more, as examples that count none."""
        counts = self._counts()
        for kind, pairs in counts.items():
            if pairs and kind[0] is not kind[1]:
                yield kind, pairs, None
                yield from self._examples(kind)

    def _counts(self) -> dict[Kind, int]:
        """The pairs of every two verdicts, from those of every two verdicts or better ones."""
        exact: dict[Kind, int] = {}
        for column, after in enumerate(_BEST_FIRST):
            for row, before in enumerate(_BEST_FIRST):
                better = sum(
                    exact[one, other]
                    for one in _BEST_FIRST[: row + 1]
                    for other in _BEST_FIRST[: column + 1]
                    if (one, other) != (before, after)
                )
                exact[before, after] = self._pairs_at_least(before, after) - better
        return exact

    def _pairs_at_least(self, before: Verdict, after: Verdict) -> int:
        runs: Counter[Hashable] = Counter()
        for group, one, other in self._groups:
            shared = (one.at_least(before), other.at_least(after))
            if None not in shared:
                runs[shared] += group.count
        return sum(count * (count - 1) // 2 for count in runs.values())

    def _examples(self, kind: Kind) -> Iterator[Change]:
        classes: dict[Hashable, list[tuple[AlikeRuns, _Seen, _Seen]]] = {}
        for entry in self._groups:
            shared = (entry[1].at_least(kind[0]), entry[2].at_least(kind[1]))
            if None not in shared:
                classes.setdefault(shared, []).append(entry)
        left = _EXAMPLES
        for entries in classes.values():
            for pair in _pairs_of(entries, kind):
                yield kind, 0, pair
                left -= 1
                if not left:
                    return


def _pairs_of(entries: list[tuple[AlikeRuns, _Seen, _Seen]], kind: Kind) -> Iterator[tuple[str, str]]:
    for group, before, after in entries:
        if group.count > 1 and (before.verdict(before), after.verdict(after)) == kind:
            yield group.own_pair()
    for (group, before, after), (other, before_other, after_other) in combinations(entries, 2):
        if (before.verdict(before_other), after.verdict(after_other)) == kind:
            yield group.pair_with(other)


def _seen(profiler: Profiler, profile: Profile) -> _Seen:
    is_complete = profiler.verdict(profile, profile) is Verdict.COMPARABLE
    return _Seen(profile.required, (profile.required, profile.conditional) if is_complete else None)
