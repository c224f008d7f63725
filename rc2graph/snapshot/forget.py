"""One user leaves a snapshot: a pseudonym stands where he stood, and the file says that somebody was forgotten.

What was counted stays counted: the account without a name keeps its roles and teams, so that lists stay complete and
two rewritten files compare as before. The new file is written beside the old one, without the old one's free pages, and
takes its place at once: an interrupted rewrite leaves the old file as it was.
"""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from rc2graph.errors import SnapshotError
from rc2graph.model import EDGE_TYPES
from rc2graph.pseudonym import Pseudonym
from rc2graph.snapshot import finish
from rc2graph.snapshot.file import Snapshot
from rc2graph.snapshot.schema import STORED, tables
from rc2graph.snapshot.shelf import alone, part_of

TOMBSTONES = "forgotten"
"""Key in `meta`: a JSON list of {"as": pseudonym, "at": instant, "replaces": SHA-256 that the file had before}."""

_COLUMNS = (
    ("user", "id"),
    *((edge.table, edge.owner_column) for edge in EDGE_TYPES if edge.owner == "User"),
    *((edge.table, edge.target_column) for edge in EDGE_TYPES if edge.target == "User"),
    *((table, about.column) for table, some in STORED.items() for about in some if about.account),
    ("ledger", "subject"),
)
"""Where an id of a user stands."""
_TEXTS = (("dataset", "why"), ("ledger", "note"), ("team", "unsettled"))
"""Where somebody's name may stand in words."""
_LISTS = ("not_visible",)


def ids_called(db: sqlite3.Connection, name: str) -> set[str]:
    """Ids of the accounts of that username or id."""
    return {row[0] for row in db.execute("SELECT id FROM user WHERE id = ?1 OR username = ?1", (name,))}


def names_of(db: sqlite3.Connection, id_: str) -> set[str]:
    """Everything that an account is called in one snapshot."""
    found: set[str] = set()
    for username, name, emails in db.execute("SELECT username, name, emails FROM user WHERE id = ?", (id_,)):
        found |= {username, name, *json.loads(emails or "[]")}
    return {one for one in found if one}


def is_listed(db: sqlite3.Connection, id_: str) -> bool:
    """Whether the account was there when the snapshot was made."""
    return db.execute("SELECT 1 FROM user WHERE id = ?", (id_,)).fetchone() is not None


def pseudonyms(db: sqlite3.Connection) -> set[str]:
    """Words that a new pseudonym must not be."""
    found = {row[0] for row in db.execute("SELECT id FROM user WHERE id LIKE 'forgotten-%'")}
    found |= {row[0] for row in db.execute("SELECT username FROM user WHERE username LIKE 'forgotten-%'")}
    told = db.execute("SELECT value FROM meta WHERE key = ?", (TOMBSTONES,)).fetchone()
    return found | {one["as"] for one in json.loads(told[0])} if told else found


def holds(db: sqlite3.Connection, who: Pseudonym) -> bool:
    """Whether anything in it is about him."""
    for table, column in _COLUMNS:
        if db.execute(f"SELECT 1 FROM {table} WHERE {column} = ? LIMIT 1", (who.id,)).fetchone():
            return True
    if db.execute("SELECT 1 FROM meta WHERE key = 'caller_id' AND value = ?", (who.id,)).fetchone():
        return True
    return any(new != old for table, column in _TEXTS for old, new in _texts(db, who, table, column)) or any(
        new != old for _, old, new in _lists(db, who)
    )


def rewrite(path: Path, who: Pseudonym, at: str) -> str:
    """Forget him in a finished snapshot, and say its new hash. `at`: the instant that the tombstone tells.

    Errors: `BusyError` where the file is in use; `SnapshotError` where it is corrupt, or there is no room: it stays as
    it was.
    """
    with alone(path):  # nobody uses it
        pass
    part = part_of(path)
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(part, isolation_level=None)) as new:
            with Snapshot.open(path) as old:  # checked: a hash that does not fit must not become one that does
                old.db.backup(new)
            new.execute("BEGIN")
            digest = _forgotten(new, who, at)
            new.execute("COMMIT")
            new.execute("VACUUM")  # what was removed is not left in free pages
        _reach_disk(part)
        os.replace(part, path)
        _reach_disk(path.parent)
    except (sqlite3.Error, OSError) as error:
        raise SnapshotError(
            f"The snapshot {path} could not be rewritten: {error}.", "It is as it was.", "Make room, then repeat this."
        ) from error
    finally:
        part.unlink(missing_ok=True)
        Path(f"{part}-journal").unlink(missing_ok=True)
    return digest


def _forgotten(db: sqlite3.Connection, who: Pseudonym, at: str) -> str:
    for table, id_ in (("user", "id"), ("member", "user_id")):
        erased = ", ".join(f"{about.column} = NULL" for about in STORED[table] if about.personal)
        db.execute(f"UPDATE {table} SET {erased} WHERE {id_} = ?", (who.id,))
    db.execute("UPDATE user SET username = ? WHERE id = ?", (who.word, who.id))
    for table, column in _COLUMNS:
        db.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (who.word, who.id))
    for table, column in _TEXTS:
        changed = [(new, old) for old, new in _texts(db, who, table, column) if new != old]
        db.executemany(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", changed)
    for key, _, value in _lists(db, who):
        db.execute("UPDATE meta SET value = ? WHERE key = ?", (value, key))
    db.execute("UPDATE meta SET value = ? WHERE key = 'caller_id' AND value = ?", (who.word, who.id))
    meta = dict(db.execute("SELECT key, value FROM meta"))
    told = [*json.loads(meta.get(TOMBSTONES, "[]")), {"as": who.word, "at": at, "replaces": meta.get("sha256")}]
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (TOMBSTONES, json.dumps(told)))
    finish.seal(db)
    digest = finish.digest(db, tables(meta))
    db.execute("INSERT OR REPLACE INTO meta VALUES ('sha256', ?)", (digest,))
    return digest


def _texts(db: sqlite3.Connection, who: Pseudonym, table: str, column: str) -> list[tuple[str, str | None]]:
    rows = db.execute(f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL").fetchall()
    return [(text, who.of_text(text)) for (text,) in rows]


def _lists(db: sqlite3.Connection, who: Pseudonym) -> list[tuple[str, str, str]]:
    """Key, value and new value of what `meta` says in JSON lists of sentences."""
    found = []
    for key in _LISTS:
        for (value,) in db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchall():
            texts = json.loads(value or "[]")
            new = [who.of_text(text) if isinstance(text, str) else text for text in texts]
            found.append((key, value, json.dumps(new, ensure_ascii=False) if new != texts else value))
    return found


def _reach_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
