"""The runs of a root in groups that recorded the same in some fields, read where nothing is noted yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.files import is_run_id
from edgeenv.registry import likeness
from edgeenv.registry.columns import SHOWN, conditions
from edgeenv.registry.rows import RunQuery, RunRow
from edgeenv.registry.trouble import ForeignContentError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from edgeenv.model.facts import Facts
    from edgeenv.registry.index import Index
    from edgeenv.registry.likeness import Database
    from edgeenv.registry.registry import Registry

T = TypeVar("T")
Keys = tuple[str | None, str | None]

_PAGE = 200
_TRIES = 3
_EVERY_RUN = RunQuery()


class Group(NamedTuple):
    """Runs that recorded the same.

    Attributes:
        number: of the group, within one look.
        runs: how many there are.
        newest: when the newest was recorded.
    """

    number: int
    runs: int
    newest: str


class Unread(NamedTuple):
    """A run whose evidence could not be read, and why."""

    run_id: str
    error: EdgeEnvError


class Alike:
    """The runs of a root, by what they recorded in some fields.

    Args:
        registry: the root.
        fields: dotted paths into ``result.json``.
        watch: told after each run that has to be read how many are done, and of how many.
    """

    def __init__(
        self, registry: Registry, fields: Iterable[str], watch: Callable[[int, int], None] | None = None
    ) -> None:
        self.unread: tuple[Unread, ...] = ()
        self._registry = registry
        self._wanted = frozenset(fields)
        self._watch = watch

    def look(self, action: Callable[[Look], T]) -> T:
        """Ask something of one state of the index; `unread` says which runs had to be left out.

        Args:
            action: what to ask; it may be asked again, when the index had to be mended.

        Raises:
            EdgeEnvError: the root cannot be read.
        """
        if not self._registry.open() or not self._registry.access.read(lambda index: index.newest(0, 1)):
            return action(Look(None, 0, ()))
        for _ in range(_TRIES):
            found = self._looked(action)
            if found is not None:
                return found[0]
        raise EdgeEnvError(
            f"the index of {self._registry.root} keeps being changed by other commands",
            "wait until they have ended, then run the command again",
            code="index-busy",
        )

    def store_keys(self, identity: str, keys: Mapping[tuple[int, str], Keys]) -> None:
        """Keep the keys of a policy for later; what they belong to is named by number and digest."""
        told = [(number, digest, narrow, wide) for (number, digest), (narrow, wide) in keys.items()]

        def store(index: Index) -> None:
            with index.writing() as database:
                likeness.tell_keys(database, identity, told)

        if told:
            self._registry.access.keep(store)

    def _looked(self, action: Callable[[Look], T]) -> tuple[T] | None:
        """The answer; None when another process has had the fields given up meanwhile."""
        fields = self._noted()
        self._read_what_is_new(fields)

        def ask(index: Index) -> tuple[T] | None:
            with index.reading() as database:
                number = likeness.number_of(database, fields)
                return None if number is None else (action(Look(database, number, fields)),)

        return self._registry.access.read(ask)

    def _noted(self) -> tuple[str, ...]:
        """The fewest fields that are noted and hold the wanted ones; they are noted from now on."""

        def known(index: Index) -> list[tuple[str, ...]]:
            with index.reading() as database:
                return [each for _, each in likeness.field_sets(database) if self._wanted.issubset(each)]

        def register(index: Index) -> None:
            with index.writing() as database:
                likeness.register(database, fields)

        found = self._registry.access.read(known)
        if found:
            return min(found, key=len)
        fields = tuple(sorted(self._wanted))
        self._registry.access.change(register)
        return fields

    def _read_what_is_new(self, fields: tuple[str, ...]) -> None:
        """Read the evidence of the runs that nothing is noted of, page by page; what is done stays done."""
        access, unread = self._registry.access, []
        total = access.read(lambda index: _counted_new(index, fields))
        done, last = 0, ("", "")
        while page := access.read(lambda index, last=last: _page_of_new(index, fields, last)):  # type: ignore[misc]  # bound at once
            told = []
            for run_id, moment, digest in page:
                last = (moment, run_id)
                try:
                    facts = self._registry.indexed_run(run_id, digest).facts
                    told.append((run_id, likeness.values_at(facts, fields)))
                except EdgeEnvError as error:
                    unread.append(Unread(run_id, error))
                done += 1
                if self._watch is not None:
                    self._watch(done, total)
            access.change(lambda index, told=told: _tell(index, fields, told))  # type: ignore[misc]  # as above
        self.unread = tuple(unread)


class Look:
    """One state of the index, asked about runs that are alike."""

    def __init__(self, database: Database | None, number: int, fields: tuple[str, ...]) -> None:
        self._database = database
        self._number = number
        self._fields = fields

    def groups(self, query: RunQuery = _EVERY_RUN) -> list[Group]:
        """Every group that runs are in, the one with the newest run first; no matter the query's limit."""
        where, values = conditions(query)
        if where:
            sql = (
                "SELECT alike.likeness, count(*), max(alike.moment) FROM runs CROSS JOIN alike "  # noqa: S608 - own names, bound values
                f"ON alike.run_id = runs.run_id AND alike.field_set = ? {where} "
                "AND alike.likeness IS NOT NULL GROUP BY alike.likeness"
            )
        else:
            sql = (
                "SELECT likeness, count(*), max(moment) FROM alike "
                "WHERE field_set = ? AND likeness IS NOT NULL GROUP BY likeness"
            )
        found = [Group(*row) for row in self._rows(sql, self._number, *values)]
        return sorted(found, key=lambda group: (group.newest, group.number), reverse=True)

    def facts(self) -> Iterator[tuple[int, Facts]]:
        """What the runs of each group recorded in the fields, by the number of the group."""
        rows = self._rows("SELECT id, facts FROM likenesses WHERE field_set = ?", self._number)
        return ((number, likeness.facts_of(self._fields, text)) for number, text in rows)

    def keys(self, identity: str) -> dict[int, Keys]:
        """The keys that are stored for a policy, by the number of the group."""
        sql = (
            "SELECT likeness, narrow, wide FROM cohort_keys WHERE policy = "
            "(SELECT id FROM keyed_policies WHERE identity = ?)"
        )
        return {number: (narrow, wide) for number, narrow, wide in self._rows(sql, identity)}

    def group_of(self, run_id: str, query: RunQuery = _EVERY_RUN) -> int | None:
        """The number of a run's group; None when the query does not ask for the run."""
        where, values = conditions(query)
        sql = (
            f"SELECT alike.likeness FROM alike JOIN runs ON runs.run_id = alike.run_id {where} "  # noqa: S608 - as above
            f"{'AND' if where else 'WHERE'} alike.run_id = ? AND alike.field_set = ?"
        )
        rows = self._rows(sql, *values, run_id, self._number)
        return rows[0][0] if rows else None

    def digests(self) -> dict[int, str]:
        """What names the values of each group, whatever its number, by that number."""
        return dict(self._rows("SELECT id, digest FROM likenesses WHERE field_set = ?", self._number))

    def newest(
        self, groups: Sequence[Group], limit: int | None, query: RunQuery = _EVERY_RUN
    ) -> list[tuple[str, int]]:
        """The newest runs of some groups, each with the number of its group, and at most so many.

        Args:
            groups: the newest first, as `groups` gives them for the same query.
            limit: None for all of them.
            query: its limit does not matter.
        """
        # Of more groups than are wanted runs, those with the newest runs hold all that are wanted.
        least = groups[limit - 1].newest if limit is not None and len(groups) >= limit else ""
        found: list[tuple[str, str, int]] = []
        for group in groups:
            if group.newest < least:
                break
            found.extend(self._within(group, limit, query))
        found.sort(reverse=True)
        return [(run_id, number) for _, run_id, number in found[:limit]]

    def oldest(self, group: Group, limit: int, query: RunQuery = _EVERY_RUN) -> list[tuple[str, str]]:
        """The runs of a group that were recorded first: when, and the id of each."""
        found = self._within(group, limit, query, order="ASC")
        return [(moment, run_id) for moment, run_id, _ in found]

    def row(self, run_id: str) -> RunRow:
        """A run as lists show it."""
        rows = self._rows(f"SELECT {SHOWN} FROM runs WHERE run_id = ?", run_id)  # noqa: S608 - own names
        if not rows:
            raise ForeignContentError("it notes a run that it does not know")
        return RunRow(*rows[0])

    def _within(
        self, group: Group, limit: int | None, query: RunQuery, order: str = "DESC"
    ) -> list[tuple[str, str, int]]:
        where, values = conditions(query)
        sql = (
            "SELECT alike.moment, alike.run_id, alike.likeness FROM alike "  # noqa: S608 - own names, bound values
            f"{'CROSS JOIN runs ON runs.run_id = alike.run_id ' + where + ' AND' if where else 'WHERE'} "
            "alike.field_set = ? AND alike.likeness = ? "
            f"ORDER BY alike.moment {order}, alike.run_id {order} LIMIT ?"
        )
        found = self._rows(sql, *values, self._number, group.number, -1 if limit is None else limit)
        return [row for row in found if _sound_id(row[1])]

    def _rows(self, sql: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]  # whatever is asked for
        return [] if self._database is None else self._database.execute(sql, values).fetchall()


def _counted_new(index: Index, fields: tuple[str, ...]) -> int:
    sql = "SELECT count(*) FROM alike WHERE field_set = ? AND likeness IS NULL"
    with index.reading() as database:
        return int(database.execute(sql, (likeness.number_of(database, fields),)).fetchone()[0])


def _page_of_new(index: Index, fields: tuple[str, ...], last: tuple[str, str]) -> list[tuple[str, str, str]]:
    """Id, moment and digest of the next runs that nothing is noted of."""
    sql = (
        "SELECT alike.run_id, alike.moment, runs.evidence_digest FROM alike CROSS JOIN runs "
        "ON runs.run_id = alike.run_id WHERE field_set = ? AND likeness IS NULL "
        "AND (alike.moment, alike.run_id) > (?, ?) ORDER BY alike.moment, alike.run_id LIMIT ?"
    )
    with index.reading() as database:
        number = likeness.number_of(database, fields)
        rows = database.execute(sql, (number, *last, _PAGE)).fetchall()
        return [row for row in rows if _sound_id(row[0])]


def _sound_id(found: object) -> bool:
    """An id becomes a path, so one that no run can have means that somebody has written into the file."""
    if isinstance(found, str) and is_run_id(found):
        return True
    raise ForeignContentError("it holds an id that no run can have")


def _tell(index: Index, fields: tuple[str, ...], told: list[tuple[str, str]]) -> None:
    with index.writing() as database:
        likeness.tell(database, fields, told)
