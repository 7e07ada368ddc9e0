"""One run against all others: what each may be compared with it as, and what stands in the way."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from edgeenv.model.judgement import Outcome, Verdict
from edgeenv.policy.cohort import Profiler, judged_fields, verdict_rules
from edgeenv.policy.judge import judge
from edgeenv.registry.alike import Alike
from edgeenv.registry.likeness import facts_of, values_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from edgeenv.model.facts import Facts
    from edgeenv.model.judgement import Judgement
    from edgeenv.policy.cohort import Profile
    from edgeenv.policy.rules import Policy
    from edgeenv.registry.alike import Group, Look, Unread
    from edgeenv.registry.registry import Registry
    from edgeenv.registry.rows import RunQuery


class Standing(NamedTuple):
    """What a judge says of a run as the candidate.

    Attributes:
        obstacle: the first thing that stands between the runs; None for comparable ones.
    """

    verdict: Verdict
    mode: str | None
    obstacle: str | None


class Neighbour(NamedTuple):
    """Another run, and how it stands to the baseline."""

    run_id: str
    standing: Standing


class Neighbours(NamedTuple):
    """What `find_neighbours` has found.

    Attributes:
        baseline: the id of the run that the others were judged against.
        runs: how many other runs there are of each standing, most frequent first within a verdict.
        named: the newest runs of each verdict, from the best verdict to the worst.
        unread: the runs that were left out, since their evidence could not be read.
    """

    baseline: str
    runs: tuple[tuple[Standing, int], ...]
    named: tuple[Neighbour, ...]
    unread: tuple[Unread, ...]

    def count(self, verdict: Verdict) -> int:
        """How many other runs have a verdict."""
        return sum(runs for standing, runs in self.runs if standing.verdict is verdict)


def find_neighbours(  # noqa: PLR0913 - what is asked, and how much of the answer
    policy: Policy,
    registry: Registry,
    reference: str,
    query: RunQuery,
    limit: int | None,
    *,
    today: str | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> Neighbours:
    """Judge every other run against one; runs that recorded the same are judged once.

    Args:
        policy: any.
        registry: the root.
        reference: names the baseline.
        query: which other runs; its limit does not matter.
        limit: name at most so many runs of each verdict; None for all.
        today: the day on which waivers are looked at, as for a judge.
        watch: told after each run whose evidence has to be read how many are done, and of how many.

    Raises:
        EdgeEnvError: there is no such baseline, or it or the root cannot be read.
    """
    stored = registry.run(reference)
    fields = judged_fields(policy)
    alike = Alike(registry, fields, watch)
    # Of the baseline, too, only what decides: the rest would be compared in vain, again and again.
    jury = _Jury(policy, facts_of(fields, values_at(stored.facts, fields)), today)
    run_id = str(stored.document["run_id"])
    found = alike.look(lambda look: _found(look, jury, run_id, query, limit))
    return found._replace(unread=alike.unread)


class _Jury:
    """Says how runs stand to a baseline; runs that the policy sees alike are judged once."""

    def __init__(self, policy: Policy, baseline: Facts, today: str | None) -> None:
        # What decides no verdict is left out: it may read fields that were not asked for.
        self._policy = policy._replace(rules=verdict_rules(policy), same_reasons=(), metrics=())
        self._profiler = Profiler(self._policy, today)
        self._baseline = baseline
        self._today = today
        self._known: dict[Profile, Standing] = {}

    def standing(self, facts: Facts) -> Standing:
        profile = self._profiler.profile(facts)
        found = self._known.get(profile)
        if found is None:
            judgement = judge(self._policy, self._baseline, facts, today=self._today)
            found = Standing(judgement.verdict, judgement.mode, _obstacle(judgement))
            self._known[profile] = found
        return found


def _obstacle(judgement: Judgement) -> str | None:
    failing = (rule for rule in judgement.rules if rule.outcome in (Outcome.DIFFERENT, Outcome.MISSING))
    sentences = [rule.reason for rule in failing if rule.reason in judgement.reasons]
    sentences += [line for line in judgement.reasons if line.startswith(("Missing evidence", "Waiver"))]
    return None if judgement.verdict is Verdict.COMPARABLE else next(iter(sentences), None)


def _found(look: Look, jury: _Jury, baseline: str, query: RunQuery, limit: int | None) -> Neighbours:
    groups = look.groups(query)
    present = {group.number for group in groups}
    standings = {number: jury.standing(facts) for number, facts in look.facts() if number in present}
    own = look.group_of(baseline, query)
    counts: Counter[Standing] = Counter()
    of_verdict: dict[Verdict, list[Group]] = {verdict: [] for verdict in Verdict}
    for group in groups:
        standing = standings[group.number]
        counts[standing] += group.runs - (group.number == own)
        of_verdict[standing.verdict].append(group)
    named: list[Neighbour] = []
    for those in of_verdict.values():
        newest = look.newest(those, None if limit is None else limit + 1, query)
        others = [(run_id, number) for run_id, number in newest if run_id != baseline]
        named.extend(Neighbour(run_id, standings[number]) for run_id, number in others[:limit])
    order = {verdict: place for place, verdict in enumerate(Verdict)}
    told = sorted(
        ((standing, runs) for standing, runs in counts.items() if runs),
        key=lambda item: (order[item[0].verdict], -item[1], item[0].obstacle or ""),
    )
    return Neighbours(baseline, tuple(told), tuple(named), ())
