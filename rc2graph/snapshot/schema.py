"""The tables of a snapshot file, as the model has them.

A row carries the *look* that brought it: a list that is asked again gets a new look, and its rows stand beside the
earlier ones until the collection is finished. Then the latest look at each thing wins and nothing that the server has
shown is lost. `line` is the ledger line of the page that brought the row, so that pages which turn out not to be
trustworthy can be thrown away again.
"""

import json
import re
import sqlite3
from collections.abc import Mapping

from rc2graph.model import (
    EDGE_TYPES,
    LOADED,
    PERMISSION,
    ROLE,
    TEAM,
    USER,
    Membership,
    NodeType,
    Property,
    properties,
)

_NODES = tuple(dict.fromkeys((USER, ROLE, PERMISSION, TEAM, *LOADED)))
"""The hash of a file depends on their order: what is new comes last."""
_MEMBER = properties(Membership)
STORED = {**{one.table: one.stored for one in _NODES}, "member": _MEMBER}
"""Per table, what the model says of its columns."""
_EDGES = tuple(edge for edge in EDGE_TYPES if edge.row is None)
_SINCE = {**{one.table: one.since for one in _NODES}, **{one.table: one.since for one in _EDGES}}

OLDEST = 2
"""The oldest format that is still read. Later ones say themselves which tables and columns they have."""
FORMAT = max(3, *(about.since for some in STORED.values() for about in some), *_SINCE.values())
"""Of the files that are written; a file of a later one is refused."""


def _column(of: Property) -> str:
    kind = "INTEGER" if of.kind in ("truth", "number") else "TEXT"
    return f"{of.column} {kind}{' NOT NULL DEFAULT 0' if of.always else ''}"


def _table(name: str, key: tuple[str, ...], some: tuple[Property, ...], *more: str) -> str:
    keys = [f"{column} TEXT NOT NULL" for column in key]
    columns = [*keys, "look INTEGER NOT NULL", "line INTEGER NOT NULL", *map(_column, some), *more]
    return f"CREATE TABLE {name} ({', '.join(columns)}, PRIMARY KEY ({', '.join((*key, 'look'))})) WITHOUT ROWID;"


TABLES = "\n".join((
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;",
    """CREATE TABLE ledger (
      line INTEGER PRIMARY KEY, look INTEGER NOT NULL, route TEXT NOT NULL, subject TEXT NOT NULL,
      "offset" INTEGER NOT NULL, rows INTEGER NOT NULL, total INTEGER, status INTEGER NOT NULL, note TEXT,
      at TEXT NOT NULL);""",
    "CREATE INDEX ledger_route ON ledger (route, subject, look);",
    """CREATE TABLE dataset (
      name TEXT PRIMARY KEY, state TEXT NOT NULL, fetched INTEGER, total INTEGER, why TEXT) WITHOUT ROWID;""",
    *(_table(one.table, ("id",), one.stored, *(["fingerprint TEXT"] if one.fingerprint else [])) for one in _NODES),
    _table("member", ("team_id", "user_id"), _MEMBER),
    *(f"""CREATE TABLE {one.table} ({one.owner_column} TEXT NOT NULL, {one.target_column} TEXT NOT NULL,
      PRIMARY KEY ({one.owner_column}, {one.target_column})) WITHOUT ROWID;""" for one in _EDGES),
))  # fmt: skip
"""Lists are JSON arrays, truth values 1 and 0, what was not visible NULL.

After finishing: one row a thing (look no longer matters), `has_role` and `grants` filled, `role.dangling` for ids that
only users or permissions name, `user.unlisted` for members that no user list shows. `team.unsettled` says why the
team's members are not proven (its fingerprint is then NULL, and no membership of any team may be removed);
`team.orphan_rows` are its rows of deleted users, `team.unconfirmed_rows` those for which nobody was found yet. `room` holds rooms of teams only."""

WORKING = """CREATE TABLE IF NOT EXISTS inactive (
  id TEXT NOT NULL, pending INTEGER NOT NULL, look INTEGER NOT NULL, line INTEGER NOT NULL,
  PRIMARY KEY (id, look)) WITHOUT ROWID"""
"""A table that only a collection needs (`approval`). A finished file does not have it."""

MEMBERS_BY_USER = "CREATE INDEX IF NOT EXISTS member_user ON member (user_id)"
"""Made when all members are there: kept up to date meanwhile, it would be most of what a page writes."""


def _brought(key: tuple[str, ...], some: tuple[Property, ...]) -> tuple[str, ...]:
    return (*key, *(about.column for about in some if not about.derived))


ROWS = {
    **{one.table: _brought(("id",), one.stored) for one in _NODES},
    "member": _brought(("team_id", "user_id"), _MEMBER),
    "inactive": ("id", "pending"),
}
"""Per table, the columns that a page brings, in the order of the model's fields."""


def _hashed(one: NodeType) -> tuple[str, ...]:
    derived = tuple(about.column for about in one.stored if about.derived)
    return (*ROWS[one.table], *derived, *(["fingerprint"] if one.fingerprint else []))


HASHED = {
    "meta": ("key", "value"),
    "dataset": ("name", "state", "fetched", "total", "why"),
    "ledger": ("line", "look", "route", "subject", "offset", "rows", "total", "status", "note", "at"),
    **{one.table: _hashed(one) for one in _NODES[:4]},
    "member": ROWS["member"],
    **{one.table: _hashed(one) for one in _NODES[4:]},
    **{one.table: (one.owner_column, one.target_column) for one in _EDGES},
}
"""What the hash of a finished snapshot covers: everything that is loaded, what follows from other rows included. A file
says it itself (`tables` in its meta), so that one of another release can be checked."""

CONTENT = {
    one.table: (
        ("id", "fingerprint", *(about.column for about in one.stored if about.derived and about.stored == "snapshot"))
        if one.fingerprint
        else ROWS[one.table]
    )
    for one in _NODES
}
"""What two finished snapshots have in common that make the same graph; fingerprints stand for all that they cover."""


class OddFileError(ValueError):
    """What a file says of itself is not what is in it, or makes no sense. Its text says in words what is wrong."""


_NAME = re.compile("[a-z][a-z0-9_]*")
_OLDEST = HASHED.keys() - {table for table, since in _SINCE.items() if since > OLDEST}
"""The tables that every file has."""


def without_new_tables(has: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """What a file says that gets the columns of today but shows nothing of what it had no table for: that there is no
    row is no proof."""
    return {table: columns for table, columns in HASHED.items() if table in has}


def tables(meta: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The tables and columns that a file has, by what it says of itself.

    Errors: `OddFileError` for what makes no sense: their names stand in statements.
    """
    if "tables" in meta:
        try:
            says = json.loads(meta["tables"])
        except (ValueError, RecursionError):
            says = None
        lists = isinstance(says, dict) and all(isinstance(columns, list) for columns in says.values())
        if not lists or not _OLDEST <= says.keys() <= HASHED.keys():
            raise OddFileError("it does not say which tables it has")
        if bare := [table for table, columns in says.items() if not columns]:
            raise OddFileError(f"it does not say which columns its table {bare[0]} has")
        if odd := [one for columns in says.values() for one in columns if not _NAME.fullmatch(str(one))]:
            raise OddFileError(f"it names a column {odd[0]!r}")
        return {table: tuple(columns) for table, columns in says.items()}
    later = {(table, about.column) for table, some in STORED.items() for about in some if about.since > OLDEST}
    return {
        table: tuple(one for one in HASHED[table] if (table, one) not in later) for table in HASHED if table in _OLDEST
    }


def require_tables(db: sqlite3.Connection, has: Mapping[str, tuple[str, ...]]) -> None:
    """Errors: `OddFileError` where a table, or a column of one, that a file says it has is not there."""
    for table, columns in has.items():
        there = {row[1] for row in db.execute(f"PRAGMA table_info({table})")}
        if not there:
            raise OddFileError(f"it has no table {table}")
        if missing := [name for name in columns if name not in there]:
            raise OddFileError(f"its table {table} has no column {missing[0]}, which it names")


def kept(one: NodeType) -> str:
    """Which of its rows (SQL) stay when a snapshot is finished: rooms of teams."""
    edge = one.beside
    return f"{edge.target_column} IN (SELECT id FROM {edge.target.lower()})" if edge else "1"


KEYS = {table: 2 if table == "member" or table in {one.table for one in _EDGES} else 1 for table in HASHED}
"""How many of the columns are the key; they come first."""


def add_columns(db: sqlite3.Connection, has: Mapping[str, tuple[str, ...]]) -> None:
    """Give a file of an earlier format the tables and columns that it lacks. Nothing is known of them.

    Errors: `OddFileError` where a table that it says it has is not there.
    """
    columns = {(table, about.column): about for table, some in STORED.items() for about in some}
    for table, names in HASHED.items():
        if table not in has:
            made = next(text for text in TABLES.split(";") if f"CREATE TABLE {table} " in text)
            db.execute(made.replace("TABLE", "TABLE IF NOT EXISTS", 1))
        there = {row[1] for row in db.execute(f"PRAGMA table_info({table})")}
        if not there:
            raise OddFileError(f"it has no table {table}")
        for name in names:
            if name not in there:
                if (table, name) not in columns:
                    raise OddFileError(f"its table {table} has no column {name}")
                db.execute(f"ALTER TABLE {table} ADD COLUMN {_column(columns[table, name])}")


OPTIONAL = tuple(one.noun for one in LOADED if one.optional)
"""What a run may do without: refused to this account, or unknown to the server, and it is complete all the same."""

DATASETS = ("users", "roles", "permissions", "teams", "members", "deactivatedMembers", *OPTIONAL)

STATES = ("complete", "partial", "forbidden", "unsupported", "skipped")
