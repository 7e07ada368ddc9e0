"""The cohorts of a root, from the keys that its index keeps."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.disk import explain, is_real_directory
from edgeenv.evidence.files import RUNS
from edgeenv.policy.cohort import Profiler, judged_fields, key_identity, why_no_cohorts
from edgeenv.registry.alike import Alike

if TYPE_CHECKING:
    from collections.abc import Callable

    from edgeenv.policy.rules import Policy
    from edgeenv.registry.alike import Group, Keys, Look, Unread
    from edgeenv.registry.registry import Registry
    from edgeenv.registry.rows import RunQuery, RunRow

_MANY = 1000


class Cohort(NamedTuple):
    """Runs that are mutually comparable.

    Attributes:
        key: None for the runs that are comparable with none, for want of evidence.
        runs: how many there are.
        named: the ids of the newest of them, or of all.
        newest: the newest of them.
    """

    key: str | None
    runs: int
    named: tuple[str, ...]
    newest: RunRow


class Cohorts(NamedTuple):
    """What `find_cohorts` has found.

    Attributes:
        runs: how many runs were asked for and could be read.
        total: how many cohorts they fall into.
        cohorts: the greatest first, and at most so many as were asked for.
        without: the runs that are comparable with none.
        gone: the named runs whose directory is not there.
        unread: the runs that were left out, since their evidence could not be read.
    """

    runs: int
    total: int
    cohorts: tuple[Cohort, ...]
    without: Cohort | None
    gone: frozenset[str]
    unread: tuple[Unread, ...]


class Extent(NamedTuple):
    """How much is to be told; None for everything.

    Attributes:
        cohorts: at most so many cohorts.
        names: at most so many runs of each by name.
    """

    cohorts: int | None
    names: int | None


def find_cohorts(  # noqa: PLR0913 - what is asked, and how much of the answer
    policy: Policy,
    registry: Registry,
    query: RunQuery,
    extent: Extent,
    *,
    wide: bool = False,
    watch: Callable[[int, int], None] | None = None,
) -> Cohorts:
    """Group runs that may be compared with each other, newest runs first.

    Args:
        policy: one under which runs fall into groups.
        registry: the root.
        query: which runs; its limit does not matter.
        extent: how much is to be told.
        wide: group runs whose verdict is Yes or Conditional, in place of Yes alone.
        watch: told after each run whose evidence has to be read how many are done, and of how many.

    Raises:
        EdgeEnvError: runs do not fall into groups under the policy (code ``no-cohorts``), or the root cannot
            be read.
    """
    why = why_no_cohorts(policy, wide=wide)
    if why is not None:
        raise EdgeEnvError(
            f"runs do not fall into groups under {policy.identity.name}: {why}",
            "judge every run against one: edgeenv runs cohorts --against latest",
            code="no-cohorts",
        )
    alike = Alike(registry, judged_fields(policy), watch)
    keyer = _Keyer(policy)

    def ask(look: Look) -> Cohorts:
        return _grouped(look, keyer.keys(look, look.groups(query), wide=wide), query, extent)

    found = alike.look(ask)
    alike.store_keys(key_identity(policy), keyer.fresh)
    named = [run_id for cohort in (*found.cohorts, found.without) if cohort for run_id in cohort.named]
    return found._replace(gone=_gone(registry, named), unread=alike.unread)


def _gone(registry: Registry, named: list[str]) -> frozenset[str]:
    """The runs whose directory is not there; of many, with one look at all directories."""
    if len(named) <= _MANY:
        return frozenset(name for name in named if not is_real_directory(registry.run_directory(name)))
    try:
        with os.scandir(registry.root / RUNS) as entries:
            there = {entry.name for entry in entries if entry.is_dir(follow_symlinks=False)}
    except FileNotFoundError:
        there = set()
    except OSError as error:
        raise explain(error, registry.root / RUNS) from error
    return frozenset(named) - there


class _Keyer:
    """The keys of groups of runs: stored ones, and those that had to be made, which are then `fresh`."""

    def __init__(self, policy: Policy) -> None:
        self.fresh: dict[tuple[int, str], Keys] = {}
        self._identity = key_identity(policy)
        self._profiler = Profiler(policy)

    def keys(self, look: Look, groups: list[Group], *, wide: bool) -> dict[str | None, list[Group]]:
        """The groups of each key, in their order."""
        self.fresh.clear()
        keys = look.keys(self._identity)
        new = {group.number for group in groups} - keys.keys()
        if new:
            digests = look.digests()
            for number, facts in look.facts():
                if number in new:
                    keys[number] = self.fresh[number, digests[number]] = self._profiler.keys(facts)
        found: dict[str | None, list[Group]] = {}
        for group in groups:
            found.setdefault(keys[group.number][wide], []).append(group)
        return found


def _grouped(look: Look, by_key: dict[str | None, list[Group]], query: RunQuery, extent: Extent) -> Cohorts:
    def cohort(key: str | None, groups: list[Group]) -> Cohort:
        named = tuple(run_id for run_id, _ in look.newest(groups, extent.names, query))
        newest = named[0] if named else look.newest(groups, 1, query)[0][0]
        return Cohort(key, sum(group.runs for group in groups), named, look.row(newest))

    lacking = by_key.pop(None, None)
    greatest = sorted(by_key.items(), key=lambda item: -sum(group.runs for group in item[1]))
    shown = greatest if extent.cohorts is None else greatest[: extent.cohorts]
    runs = sum(group.runs for groups in (*by_key.values(), lacking or ()) for group in groups)
    without = None if lacking is None else cohort(None, lacking)
    return Cohorts(runs, len(by_key), tuple(cohort(*item) for item in shown), without, frozenset(), ())
