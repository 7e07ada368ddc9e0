"""The SQLite index of a root: real columns, one row per run, rebuilt from the evidence whenever in doubt."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from edgeenv.evidence.files import is_run_id
from edgeenv.registry import likeness, resources
from edgeenv.registry.columns import COLUMNS, DROP, SHOWN, TABLES, UPSERT, conditions, indexes, values_of
from edgeenv.registry.resources import ResourceQuery, ResourceRow
from edgeenv.registry.rows import RunQuery, RunRow
from edgeenv.registry.trouble import (
    ForeignContentError,
    IndexBusyError,
    IndexDamagedError,
    IndexMissingError,
    IndexOutdatedError,
    IndexUnavailableError,
    file_identity,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from edgeenv.evidence.store import StoredRun

SCHEMA_VERSION = 4
"""``user_version`` of the database; a change of the columns counts it up, and every index is rebuilt."""

BUSY_SECONDS = 30.0
_NEWEST_FIRST = "ORDER BY created_at DESC, run_id DESC"
_PAGE_ROWS = 5000
_MOST_FAULTS = 5
_ABOVE_IDS = "\x7f"  # sorts after every character of an id
_DAMAGE = {
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_ERROR,  # a table or column that ought to be there is not
    sqlite3.SQLITE_SCHEMA,
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_CONSTRAINT,
}


class Index:
    """An open index; `close` it."""

    def __init__(self, connection: sqlite3.Connection, path: Path | None) -> None:
        self._connection = connection
        self._path = path
        self.identity = None if path is None else file_identity(path)

    @classmethod
    def open(cls, path: Path) -> Index:
        """Open an index that is there and of this version.

        Raises:
            IndexMissingError: there is none, or it is still empty.
            IndexDamagedError: it is no database, or something else has its name.
            IndexOutdatedError: it is of another version, or of another program.
            IndexBusyError: another process keeps it locked.
            IndexUnavailableError: it cannot be read.
        """
        with _translated(None):
            try:
                mode = path.lstat().st_mode
            except FileNotFoundError:
                raise IndexMissingError("it was missing", None) from None
            if not stat.S_ISREG(mode):
                raise IndexDamagedError("it is not a regular file", file_identity(path))
        index = cls.create(path)
        try:
            index.must_be_of_this_version()
        except BaseException:
            index.close()
            raise
        return index

    @classmethod
    def create(cls, path: Path) -> Index:
        """Connect to an index that may still be empty; see `fill`."""
        with _translated(file_identity(path)):
            return cls(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None), path)

    @classmethod
    def in_memory(cls) -> Index:
        """An empty index that leaves no trace."""
        index = cls(sqlite3.connect(":memory:", isolation_level=None), None)
        index.fill(())
        return index

    def copy_in_memory(self) -> Index:
        """The same index, to be added to without leaving a trace."""
        connection = sqlite3.connect(":memory:", isolation_level=None)
        with _translated(self.identity):
            self._connection.backup(connection)
        return Index(connection, None)

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def must_be_of_this_version(self) -> None:
        """Look whether the columns are those that this release knows; raises as `open`."""
        version = self._version()
        if version == 0 and self._is_empty():
            raise IndexMissingError("it was empty", self.identity)
        if version != SCHEMA_VERSION:
            found = f"it is of version {version}, this release has version {SCHEMA_VERSION}"
            raise IndexOutdatedError(found, self.identity, version)

    def is_current(self) -> bool:
        """Is this still the file that others will open, and not one that was set aside meanwhile?"""
        return self._path is None or file_identity(self._path) == self.identity

    def fill(self, runs: Iterable[StoredRun], *, anew: bool = False, true_at: int = -1) -> int | None:
        """Build the index from the evidence, in one transaction.

        Args:
            runs: the evidence; read while the transaction lasts, so that nothing is missed.
            anew: also when the index is of this version already.
            true_at: see `true_at`; read before the evidence is.

        Returns:
            the number of runs; None when another process had filled it meanwhile.
        """
        count = 0
        with self.writing():
            version = self._version()
            if version == SCHEMA_VERSION and not anew:
                return None
            if version == 0 and not self._is_empty():
                raise IndexOutdatedError("it is of another program", self.identity)
            noted = likeness.field_sets(self._connection) if version == SCHEMA_VERSION else ()
            for statement in (*DROP, *likeness.DROP, *TABLES, *resources.CREATE, *likeness.CREATE):
                self._connection.execute(statement)
            self._connection.execute("INSERT INTO state VALUES (?)", (true_at,))
            likeness.begin(self._connection, [fields for _, fields in noted] or [likeness.FIRST_FIELDS])
            for stored in runs:
                self._put(stored)
                count += 1
            for statement in (*indexes(), *likeness.INDEXES):
                self._connection.execute(statement)
            self._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        return count

    def add(self, stored: StoredRun, *, moved: tuple[int, int] | None = None) -> None:
        """Add one run, or write its row again.

        Args:
            stored: the run.
            moved: when the caller's own rename has changed ``runs/``: `true_at` before and after it.
        """
        with self.writing():
            self._put(stored)
            if moved is not None:
                before, after = moved
                self._connection.execute("UPDATE state SET true_at = ? WHERE true_at = ?", (after, before))

    def true_at(self) -> int:
        """For which change of ``runs/`` (its time in nanoseconds) the rows are known to be complete."""
        return int(self._all("SELECT true_at FROM state")[0][0])

    def set_true_at(self, moment: int) -> None:
        """Note that the rows are complete for that change of ``runs/``."""
        with self.writing():
            self._connection.execute("UPDATE state SET true_at = ?", (moment,))

    def remove(self, run_id: str) -> bool:
        """Take a run out of the index; False when it was not in it."""
        with self.writing():
            for delete in (resources.DELETE, likeness.DELETE):
                self._connection.execute(delete, (run_id,))
            return self._connection.execute("DELETE FROM runs WHERE run_id = ?", (run_id,)).rowcount > 0

    def select(self, query: RunQuery) -> list[RunRow]:
        """The runs that are wanted, newest first."""
        where, values = conditions(query)
        limit = -1 if query.limit is None else query.limit
        rows = self._all(f"SELECT {SHOWN} FROM runs {where} {_NEWEST_FIRST} LIMIT ?", (*values, limit))  # noqa: S608 - own names, bound values
        return [RunRow(*row) for row in rows if self._sound_id(row[0])]

    def count(self, query: RunQuery) -> int:
        """How many runs match; the limit does not matter."""
        where, values = conditions(query)
        rows = self._all(f"SELECT count(*) FROM runs {where}", values)  # noqa: S608 - own names, bound values
        return int(rows[0][0])

    def resources(self, query: ResourceQuery) -> list[ResourceRow]:
        """The resource metrics that are wanted, newest run first."""
        return [ResourceRow(*row) for row in self._all(*resources.selection(query))]

    def digest_of(self, run_id: str) -> str | None:
        """The digest of a run's evidence when it was indexed; None when the index has no such run."""
        rows = self._all("SELECT evidence_digest FROM runs WHERE run_id = ?", (run_id,))
        return str(rows[0][0]) if rows else None

    def row_of(self, run_id: str) -> dict[str, Any] | None:
        """Every column of a run's row; None when the index has no such run."""
        rows = self._all(f"SELECT {', '.join(COLUMNS)} FROM runs WHERE run_id = ?", (run_id,))  # noqa: S608 - own names, bound values
        return dict(zip(COLUMNS, rows[0], strict=True)) if rows else None

    def digests(self) -> Iterator[tuple[str, str]]:
        """Every run in the index, by id, with the digest of its evidence when it was indexed."""
        last = ""
        sql = "SELECT run_id, evidence_digest FROM runs WHERE run_id > ? ORDER BY run_id LIMIT ?"
        while rows := self._all(sql, (last, _PAGE_ROWS)):
            yield from ((str(run_id), str(digest)) for run_id, digest in rows)
            last = rows[-1][0]

    def faults(self) -> list[str]:
        """What SQLite itself finds wrong with the file; empty when it is sound."""
        found = [str(row[0]) for row in self._all(f"PRAGMA integrity_check({_MOST_FAULTS})")]
        return [] if found == ["ok"] else found

    def newest(self, skip: int, limit: int) -> list[str]:
        """The ids of the newest runs, after skipping some."""
        rows = self._all(f"SELECT run_id FROM runs {_NEWEST_FIRST} LIMIT ? OFFSET ?", (limit, skip))  # noqa: S608 - own names, bound values
        return [str(row[0]) for row in rows if self._sound_id(row[0])]

    def beginning_or_ending(self, part: str, limit: int) -> list[str]:
        """At most so many ids that begin or end with ``part``, sorted from the last."""
        found: set[str] = set()
        for column, start in (("run_id", part), ("reversed_id", part[::-1])):
            within = f"{column} >= ? AND {column} < ? ORDER BY {column} DESC"
            sql = f"SELECT run_id FROM runs WHERE {within} LIMIT ?"  # noqa: S608 - own names, bound values
            rows = self._all(sql, (start, start + _ABOVE_IDS, limit))
            found.update(str(row[0]) for row in rows if self._sound_id(row[0]))
        return sorted(found, reverse=True)[:limit]

    def _put(self, stored: StoredRun) -> None:
        self._connection.execute(UPSERT, values_of(stored))
        self._connection.execute(resources.DELETE, (stored.run.run_id,))
        self._connection.executemany(resources.INSERT, resources.rows_of(stored))
        likeness.note(self._connection, stored)

    def _sound_id(self, found: object) -> bool:
        """An id becomes a path, so one that no run can have means that somebody has written into the file."""
        if isinstance(found, str) and is_run_id(found):
            return True
        raise IndexDamagedError("it holds an id that no run can have", self.identity)

    def _all(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with _translated(self.identity):
            return self._connection.execute(sql, values).fetchall()

    def _version(self) -> int:
        return int(self._all("PRAGMA user_version")[0][0])

    def _is_empty(self) -> bool:
        return not self._all("SELECT 1 FROM sqlite_master LIMIT 1")

    @contextmanager
    def reading(self) -> Iterator[likeness.Database]:
        """One transaction that sees one state of the index, whatever other processes write meanwhile."""
        with self._transaction("BEGIN"):
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[likeness.Database]:
        """One transaction that takes the write lock at once: to read first and write later loses the race."""
        with self._transaction("BEGIN IMMEDIATE"):
            yield self._connection

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        with _translated(self.identity):
            self._connection.execute(begin)
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise


@contextmanager
def _translated(identity: tuple[int, int] | None) -> Iterator[None]:
    """Turn what SQLite and the file system raise into the few kinds of trouble that callers tell apart."""
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.InterfaceError):
        raise
    except ForeignContentError as error:
        raise IndexDamagedError(str(error), identity) from error
    except (sqlite3.Error, OSError) as error:
        code = getattr(error, "sqlite_errorcode", None)
        if isinstance(error, OSError):
            raise IndexUnavailableError(error.strerror or str(error), identity) from error
        if code is None or code & 0xFF in _DAMAGE or code == sqlite3.SQLITE_IOERR_SHORT_READ:
            raise IndexDamagedError(str(error), identity) from error
        if code & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise IndexBusyError(str(error), identity) from error
        raise IndexUnavailableError(str(error), identity) from error
