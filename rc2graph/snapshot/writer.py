"""The snapshot while it is collected: what was read is written page by page, and proves where it came from.

The file is locked for other processes by SQLite's own exclusive lock, which goes with the process. A page's rows and
its ledger line are one transaction: a killed run loses at most the page it was reading.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import astuple, dataclass
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any, Self

from rc2graph.errors import UsageError
from rc2graph.model import LOADED, Inactive, Membership, Row
from rc2graph.snapshot import finish
from rc2graph.snapshot.approval import ASKED
from rc2graph.snapshot.file import Dataset, explained, meta_of, read_only, reading, renew, require_ours, say_tables
from rc2graph.snapshot.schema import KEYS, ROWS, STATES, TABLES, WORKING

Value = str | int | float | None

COLLECTING = 4_096
"""The same while collecting, where SQLite takes as much again to sort. With its own 2 MB the end of a large collection
takes half as long again."""

_TABLE: dict[type[Row], str] = {
    **{one.row: one.table for one in LOADED if one.row},
    Membership: "member",
    Inactive: "inactive",
}
_INSERT = {
    kind: "INSERT OR IGNORE INTO {table} ({columns}, look, line) VALUES ({marks})".format(
        table=table, columns=", ".join(ROWS[table]), marks=", ".join("?" * (len(ROWS[table]) + 2))
    )
    for kind, table in _TABLE.items()
}
_CELLS: dict[type[Row], Callable[[Row], tuple[Any, ...]]] = {
    kind: attrgetter(*ROWS[table]) for kind, table in _TABLE.items()
}
_spelt = json.JSONEncoder(ensure_ascii=False).encode
_UNREADABLE = "unreadable"
"""Begins keys of `meta` while collecting: table, ledger line and ids (a JSON list) of a row follow. The value names its
keys whose values could not be read (a JSON list)."""
_UNREADABLE_LINE = f"iif(key LIKE '{_UNREADABLE} %', CAST(substr(key, instr(substr(key, 12), ' ') + 12) AS INTEGER), 0)"
_ABOUT = "('format', 'tables')"
"""Keys of `meta` that say what the file is."""
_LINE = """INSERT INTO ledger (look, route, subject, "offset", rows, total, status, note, at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_LINE_CELLS = attrgetter("look", "route", "subject", "offset", "rows", "total", "status", "note", "at")


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: which list (`route`), whose (`subject`: a team or user id, or nothing), and what it said.

    `look` numbers the tries at one list from 1. `total` is what the server claims, None where it claims nothing.
    `note` marks answers that carry no rows but a meaning, such as a team that does not exist any more.
    """

    route: str
    look: int = 1
    subject: str = ""
    offset: int = 0
    rows: int = 0
    total: int | None = None
    status: int = 200
    note: str | None = None
    at: str = ""


class Collection:
    """An unfinished snapshot, open for writing by this process alone."""

    def __init__(self, path: Path, db: sqlite3.Connection, *, resumed: bool) -> None:
        self.path, self.db, self.resumed = path, db, resumed

    @classmethod
    def open(cls, path: Path, *, overwrite: bool = False) -> Self:
        """Begin at `path`, or go on where an unfinished file stands.

        Errors: `UsageError` for a finished file without `overwrite`, or a place that cannot be written;
        `SnapshotError` for a file that is not ours; `BusyError` where another process is collecting into it.
        """
        if path.is_dir():
            raise UsageError(
                f"The snapshot {path} cannot be written.", "It is a folder.", "Name a file in it that ends in .sqlite."
            )
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _create(path)
        except OSError as error:
            raise UsageError(
                f"The snapshot {path} cannot be written.", str(error), "Name a place that you may write to."
            ) from error
        db = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
        try:
            return cls._opened(path, db, overwrite)
        except BaseException:
            db.close()
            raise

    @classmethod
    def _opened(cls, path: Path, db: sqlite3.Connection, overwrite: bool) -> Self:
        with reading(path):
            db.execute("PRAGMA locking_mode = EXCLUSIVE")
            try:
                db.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                db.close()  # with what it got of the lock
                if not overwrite:
                    _refuse_finished(path, _meta_of(path))  # whoever holds it may only be reading it
                raise
            there = bool(db.execute("SELECT 1 FROM sqlite_master").fetchone())
            if there:
                require_ours(path, db)
            if there and overwrite and meta_of(db).get("finished"):
                for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                    db.execute(f"DROP TABLE {name}")
                there = False
            if not there:
                for statement in TABLES.split(";"):
                    if statement.strip():
                        db.execute(statement)
                say_tables(db)
            elif not meta_of(db).get("finished"):
                renew(db)
            if not meta_of(db).get("finished"):
                db.execute(WORKING)
            resumed = bool(db.execute("SELECT 1 FROM ledger LIMIT 1").fetchone())
            if not resumed:  # a run that got nothing from the server has left nothing to go on with
                db.execute(f"DELETE FROM meta WHERE key NOT IN {_ABOUT}")
            db.execute("COMMIT")
            meta = meta_of(db)
            _refuse_finished(path, meta)
            db.execute(f"PRAGMA cache_size = -{COLLECTING}")
            db.execute("PRAGMA journal_mode = WAL")  # a page costs no fsync; a finished file goes back to one file
            db.execute("PRAGMA synchronous = NORMAL")
        return cls(path, db, resumed=resumed)

    def meta(self, key: str) -> str | None:
        return meta_of(self.db).get(key)

    def set_meta(self, **values: str) -> None:
        with self._transaction():
            self.db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", list(values.items()))

    def commit(self, page: Page, rows: Iterable[Row] = (), judge: Callable[[int], str] | None = None) -> int:
        """Write a page's rows and its ledger line in one transaction, and say which line it became.

        A row that the same look brought before is left as it is. `judge` is told how many rows were new, and its word
        becomes the page's note.
        """
        with self._transaction():
            cursor = self.db.execute(_LINE, _LINE_CELLS(page))
            line, new = int(cursor.lastrowid or 0), 0
            for chunk in batched(rows, finish.CHUNK):
                # Not `rowcount`: before Python 3.13 it is -1 for an upper-case INSERT in a Turkish locale, where the
                # lower case of I is not i.
                before = self.db.total_changes
                self.db.executemany(_INSERT[type(chunk[0])], [(*_values(row), page.look, line) for row in chunk])
                new += self.db.total_changes - before
                if odd := [(_unreadable(row, line), _spelt(row.unreadable)) for row in chunk if row.unreadable]:
                    self.db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", odd)
            if judge:
                self.db.execute("UPDATE ledger SET note = ? WHERE line = ?", (judge(new), line))
        return line

    def pages(self, route: str, *, look: int | None = None, subject: str | None = None) -> Iterator[Page]:
        """Ledger lines of one list, oldest first."""
        for row in self.db.execute(
            """SELECT route, look, subject, "offset", rows, total, status, note, at FROM ledger
               WHERE route = ?1 AND (?2 IS NULL OR look = ?2) AND (?3 IS NULL OR subject = ?3) ORDER BY line""",
            (route, look, subject),
        ).fetchall():
            yield Page(*row)

    def unreadable(self, table: str) -> dict[tuple[str, ...], tuple[str, ...]]:
        """Of the rows of `table` that are believed as things stand: id (of a member: of team and user) → the keys whose
        values could not be read."""
        one = "team_id = ? AND user_id = ?" if table == "member" else "id = ?"
        order = "roles IS NOT NULL DESC, look DESC" if table in finish.SHOWS_LESS else "look DESC"
        found = {}
        for key, keys in self.rows(f"SELECT key, value FROM meta WHERE key LIKE '{_UNREADABLE} {table} %'"):
            line, spelt = key.removeprefix(f"{_UNREADABLE} {table} ").split(" ", 1)
            ids = tuple(json.loads(spelt))
            if self.rows(f"SELECT line FROM {table} WHERE {one} ORDER BY {order} LIMIT 1", *ids) == [(int(line),)]:
                found[ids] = tuple(json.loads(keys))
        return dict(sorted(found.items()))

    def last_line(self) -> int:
        return int(self.db.execute("SELECT coalesce(max(line), 0) FROM ledger").fetchone()[0])

    def rows(self, statement: str, *values: Value) -> list[tuple[Any, ...]]:
        """What a question of our own (SQL) finds in the rows so far."""
        return self.db.execute(statement, values).fetchall()

    def execute(self, statement: str, *values: Value) -> None:
        with self._transaction():
            self.db.execute(statement, values)

    def drop_after(self, line: int) -> None:
        """Throw away every page after `line`: it came while something was not as it should be."""
        with self._transaction():
            for table in ROWS:
                self.db.execute(f"DELETE FROM {table} WHERE line > ?", (line,))
            self.db.execute("DELETE FROM ledger WHERE line > ?", (line,))
            self.db.execute(f"DELETE FROM meta WHERE {_UNREADABLE_LINE} > ?", (line,))

    def forget(self, route: str, looks: range, subject: str = "") -> None:
        """Throw away the pages of one list in these looks, to read it anew."""
        lines = "SELECT line FROM ledger WHERE route = ?1 AND look BETWEEN ?2 AND ?3 AND subject = ?4"
        which = (route, looks[0], looks[-1], subject)
        with self._transaction():
            self.db.execute(f"DELETE FROM meta WHERE {_UNREADABLE_LINE} IN ({lines})", which)
            for table in (*ROWS, "ledger"):
                self.db.execute(f"DELETE FROM {table} WHERE line IN ({lines})", which)

    def clear(self) -> None:
        """Start anew in the same file."""
        with self._transaction():
            for table in (*ROWS, "ledger", "dataset"):
                self.db.execute(f"DELETE FROM {table}")
            self.db.execute(f"DELETE FROM meta WHERE key NOT IN {_ABOUT}")
        self.resumed = False

    def finish(self, datasets: Iterable[Dataset], finished: str, settle: Callable[[Self], None] | None = None) -> str:
        """Close the file for good, and say its hash. `settle` may still mend rows inside the same transaction."""
        with self._transaction():
            if settle:
                settle(self)
            for dataset in datasets:
                if dataset.state not in STATES:
                    raise ValueError(f"no such state: {dataset.state}")
                self.db.execute("INSERT OR REPLACE INTO dataset VALUES (?, ?, ?, ?, ?)", astuple(dataset))
            self.db.execute("INSERT OR REPLACE INTO meta VALUES (?, 'asked')", (ASKED,))
            finish.settle(self.db)
            self.db.execute(f"DELETE FROM meta WHERE key LIKE '{_UNREADABLE} %'")
            self.db.execute("INSERT OR REPLACE INTO meta VALUES ('finished', ?)", (finished,))
            digest = finish.digest(self.db)
            self.db.execute("INSERT OR REPLACE INTO meta VALUES ('sha256', ?)", (digest,))
        with explained(self.path):
            self.db.execute("PRAGMA journal_mode = DELETE")
        self.close()
        Path(f"{self.path}-shm").unlink(missing_ok=True)  # of somebody who looked at it meanwhile
        return digest

    def explained(self) -> AbstractContextManager[None]:
        """Whatever SQLite says inside, in our words. Errors: `SnapshotError`."""
        return explained(self.path)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with explained(self.path):
            self.db.execute("BEGIN")
            try:
                yield
            except BaseException:
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")

    def close(self) -> None:
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _create(path: Path) -> None:
    """Make the file, for its owner alone. One that is there is not opened: closing it again would take away the lock
    that another collection of this very process holds on it."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        if not path.is_file() or not os.access(path, os.R_OK | os.W_OK):
            raise


def batched(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    source = iter(rows)
    while chunk := list(islice(source, size)):
        yield chunk


def _meta_of(path: Path) -> dict[str, str]:
    """The same of a file that somebody holds; nothing where they let nobody read it."""
    with (
        suppress(sqlite3.Error, UnicodeDecodeError),
        closing(sqlite3.connect(read_only(path), uri=True, timeout=0)) as db,
    ):
        return meta_of(db)
    return {}


def _refuse_finished(path: Path, meta: dict[str, str]) -> None:
    if meta.get("finished"):
        raise UsageError(
            f"The snapshot {path} is finished already.",
            f"It holds {meta.get('workspace')} as of {meta.get('started')}.",
            "Name another file, or add --overwrite.",
        )


def _values(row: Row) -> list[Value]:
    return [_spelt(value) if type(value) is tuple else value for value in _CELLS[type(row)](row)]


def _unreadable(row: Row, line: int) -> str:
    table = _TABLE[type(row)]
    ids = [getattr(row, column) for column in ROWS[table][: KEYS[table]]]
    return f"{_UNREADABLE} {table} {line} {_spelt(ids)}"
