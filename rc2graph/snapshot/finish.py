"""Turn the pages of a collection into one closed snapshot: what follows from the rows, fingerprints, hash.

Everything here runs inside SQLite or in chunks: memory does not grow with the number of users.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rc2graph.model import EDGE_TYPES, LOADED, MEMBER_OF, ROLE, TEAM, EdgeType, NodeType, fingerprint
from rc2graph.snapshot import approval
from rc2graph.snapshot.schema import CONTENT, HASHED, KEYS, MEMBERS_BY_USER, STORED, kept
from rc2graph.snapshot.shown import keep_not_shown

CHUNK = 5_000
SHOWS_LESS = ("user", "permission")
"""Tables of which a row that shows roles is believed before a later one that shows none."""

_LATER = "DELETE FROM {t} WHERE look < (SELECT max(look) FROM {t} AS later WHERE later.id = {t}.id);\n"

LATEST_LOOK = f"""
DELETE FROM user WHERE roles IS NULL
  AND EXISTS (SELECT 1 FROM user AS other WHERE other.id = user.id AND other.roles IS NOT NULL);
DELETE FROM permission WHERE roles IS NULL
  AND EXISTS (SELECT 1 FROM permission AS other WHERE other.id = permission.id AND other.roles IS NOT NULL);
{"".join(_LATER.format(t=one.table) for one in LOADED)}
DELETE FROM member WHERE line IN (SELECT line FROM ledger WHERE route = 'users.listTeams')
  AND user_id NOT IN (SELECT id FROM user WHERE active IS NOT 1)
  AND EXISTS (SELECT 1 FROM member AS told JOIN ledger USING (line) WHERE told.team_id = member.team_id
              AND told.user_id = member.user_id AND ledger.route = 'teams.members');
DELETE FROM member WHERE look < (SELECT max(look) FROM member AS later
                                 WHERE later.team_id = member.team_id AND later.user_id = member.user_id);
DELETE FROM member WHERE team_id NOT IN (SELECT id FROM team);
{"".join(f"DELETE FROM {one.table} WHERE NOT coalesce({kept(one)}, 0);" for one in LOADED if one.beside)}
DELETE FROM permission WHERE setting_id IS NOT NULL AND roles = '[]';
"""
"""The last look of a thing is believed, but for what shows less than was shown before: accounts and permissions without
their roles, and an active member in the answer of `users.listTeams`, which tells no more than the ownership."""

STATUS = """
UPDATE user SET status = CASE
  WHEN active = 0 THEN iif(reason <> '', 'pending', 'deactivated')
  WHEN federated = 1 THEN 'federated'
  WHEN service_account = 1 THEN 'service'
  WHEN active = 1 THEN 'active' END
"""
"""What an account is, in one word; NULL: not visible. The server keeps the reason that somebody wrote on registering
until the account is approved (rocketchat.md §4.5), so an inactive one that has it was never approved. Of the others
`approval` knows more where the server was asked."""

_OF_SEEN = ", ".join(f"{one} = NULL" for one in MEMBER_OF.columns if one not in ("roles", "owner"))


def _edges() -> tuple[str, str]:
    """What fills the tables of edges, from the rows that say or list the ids of their other ends; and what takes those
    away again that lead nowhere. (Of a role there is always a node, if only a dangling one.)"""
    filled, emptied = "", ""
    for edge in (one for one in EDGE_TYPES if one.ids):
        table, column = edge.ids.split(".")
        ends = {edge.owner.lower(): edge.owner_column, edge.target.lower(): edge.target_column}
        own, [(other, there)] = ends.pop(table), ends.items()
        lists = next(about for about in STORED[table] if about.column == column).kind == "texts"
        value, rows = ("value", f"{table}, json_each({edge.ids})") if lists else (edge.ids, table)
        filled += f"""INSERT OR IGNORE INTO {edge.table} ({own}, {there})
          SELECT {table}.id, {value} FROM {rows} WHERE {value} IS NOT NULL;\n"""
        if ROLE.label not in (edge.start, edge.end):
            emptied += f"DELETE FROM {edge.table} WHERE {there} NOT IN (SELECT id FROM {other});\n"
    return filled, emptied


_FILLED, _EMPTIED = _edges()

DERIVED = f"""
{_FILLED}
INSERT INTO role (id, look, line, dangling)
  SELECT id, 0, 0, 1 FROM (SELECT role_id AS id FROM has_role UNION SELECT role_id FROM grants)
  WHERE id NOT IN (SELECT id FROM role);
INSERT INTO user (id, look, line, username, name, unlisted)
  SELECT user_id, 0, 0, max(username), max(name), 1 FROM member
  WHERE user_id NOT IN (SELECT id FROM user) GROUP BY user_id;
{_EMPTIED}
UPDATE member SET roles = CASE owner WHEN 1 THEN '["owner"]' END, {_OF_SEEN}
  WHERE user_id IN (SELECT id FROM user WHERE active IS NOT 1 AND unlisted = 0);
UPDATE member SET username = NULL, name = NULL;
UPDATE room SET attribute_controlled = NULL
  WHERE attribute_controlled = 0 AND NOT EXISTS (SELECT 1 FROM meta WHERE key = 'version' AND value <> '');
"""
"""A member that is not active may have been seen while it still was: only `owner` of it can be seen now, and a graph
that grew must equal one made at once. A member's row tells the name of its user only where no list does.

That a room has no attributes says that none control it where the server's version is known: since 8.0.0 it shows them,
and before there are none (rocketchat.md §8)."""


def settle(db: sqlite3.Connection) -> None:
    """One row a thing, the edges spelt out, dangling roles and unlisted members made visible, fingerprints set."""
    _index(db)
    for statement in (LATEST_LOOK + DERIVED + STATUS + ";" + approval.STATUS).split(";"):
        if statement.strip():
            db.execute(statement)
    set_fingerprints(db)


def _index(db: sqlite3.Connection) -> None:
    """While it sorts, SQLite takes as much memory again as the file has for a cache: so it has little meanwhile."""
    (cache,) = db.execute("PRAGMA cache_size").fetchone()
    db.execute("PRAGMA cache_size = -1000")
    db.execute(MEMBERS_BY_USER)
    db.execute(f"PRAGMA cache_size = {cache}")


def set_fingerprints(db: sqlite3.Connection) -> None:
    """Set the fingerprints of all users, roles and teams, as their rows are now, and one of all that is loaded; count
    what the lists do not show."""
    for one in (one for one in LOADED if one.fingerprint):
        after = ""
        while ids := [row[0] for row in db.execute(
            f"SELECT id FROM {one.table} WHERE id > ? ORDER BY id LIMIT {CHUNK}", (after,)
        )]:  # fmt: skip
            fingerprints = _fingerprints(db, one, ids[0], ids[-1])
            db.executemany(f"UPDATE {one.table} SET fingerprint = ? WHERE id = ?", list(fingerprints))
            after = ids[-1]
    db.execute("INSERT OR REPLACE INTO meta VALUES ('content', ?)", (digest(db, CONTENT),))
    keep_not_shown(db)


def _fingerprints(db: sqlite3.Connection, one: NodeType, first: str, last: str) -> Iterator[tuple[str | None, str]]:
    """Fingerprints of the nodes from one id to another, each over its properties and the edges that it owns."""
    node, why = _spelt(one.table, ("id", *one.columns)), "unsettled" if one is TEAM else "NULL"
    owned = ", ".join(_ends(one, edge) if edge.row is None else f"'{edge.key}'" for edge in one.edges)
    for id_, unsettled, text, *parts in db.execute(
        f"SELECT id, {why}, {node}, {owned} FROM {one.table} WHERE id BETWEEN ? AND ?", (first, last)
    ):
        if unsettled is not None:
            yield None, id_
            continue
        edges = zip(one.edges, parts, strict=True)
        yield fingerprint(text, *(part if edge.row is None else _rows(db, edge, id_) for edge, part in edges)), id_


def _ends(one: NodeType, edge: EdgeType) -> str:
    return f"""(SELECT json_group_array({edge.target_column}) FROM (SELECT {edge.target_column} FROM {edge.table}
               WHERE {edge.owner_column} = {one.table}.id ORDER BY {edge.target_column}))"""


def _rows(db: sqlite3.Connection, edge: EdgeType, id_: str) -> str:
    """Of edges with properties, of which a node may have many."""
    digest = hashlib.blake2b(digest_size=16)
    for chunk in _strings(db.execute(
        f"""SELECT {_spelt(edge.table, (edge.target_column, *edge.columns))} FROM {edge.table}
            WHERE {edge.owner_column} = ? ORDER BY {edge.target_column}""", (id_,)
    )):  # fmt: skip
        digest.update(chunk)
    return digest.hexdigest()


def digest(db: sqlite3.Connection, tables: Mapping[str, Sequence[str]] = HASHED) -> str:
    """SHA-256 over all rows of a finished snapshot, in key order."""
    whole = hashlib.sha256()
    for table, columns in tables.items():
        condition = "WHERE key <> 'sha256'" if table == "meta" else ""
        whole.update(f"\n{table}\n".encode())
        key = ", ".join(f'"{column}"' for column in columns[: KEYS[table]])
        for text in _strings(db.execute(f"SELECT {_spelt(table, columns)} FROM {table} {condition} ORDER BY {key}")):
            whole.update(text)
    return whole.hexdigest()


def _spelt(table: str, columns: Sequence[str]) -> str:
    """All of a row as one text. SQLite spells the values, which is ten times faster than Python; a value and its type
    are both in what `quote` gives. With the table's name: SQLite takes a quoted name that no column has for a text."""
    return "||','||".join(f'quote({table}."{column}")' for column in columns)


def _strings(rows: Iterable[tuple[str]]) -> Iterator[bytes]:
    chunk: list[str] = []
    for (text,) in rows:
        chunk.append(text)
        if len(chunk) == CHUNK:
            yield "\n".join(chunk).encode("utf-8", "surrogatepass")
            chunk = []
    yield "\n".join(chunk).encode("utf-8", "surrogatepass")
