"""One account leaves a snapshot: a pseudonym stands in its place, and the file says that somebody was forgotten.

What was counted stays counted: the account without a name keeps its roles and teams, so that lists stay complete and
two rewritten files compare as before. The new file is written beside the old one, without the old one's free pages, and
takes its place at once: an interrupted rewrite leaves the old file as it was.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from rc2graph.errors import DamagedError, SnapshotError
from rc2graph.model import EDGE_TYPES
from rc2graph.pseudonym import Pseudonym, names_in
from rc2graph.snapshot import finish
from rc2graph.snapshot.reader import Snapshot
from rc2graph.snapshot.schema import STORED, tables
from rc2graph.snapshot.store import alone, part_of

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
_OWN = {"user": "id", "member": "user_id"}
"""Tables whose rows are about one account, and where its id stands: what is personal there is that account's."""
_TEXTS = (
    ("dataset", "why"),
    ("ledger", "note"),
    *(
        (table, about.column)
        for table, some in STORED.items()
        for about in some
        if about.prose or (about.personal and about.kind == "texts" and table not in _OWN)
    ),
)
"""Where somebody's name may stand in sentences, or in a list."""
_NAMES = tuple(
    (table, about.column, f"{about.column}_id" if f"{about.column}_id" in (one.column for one in some) else None)
    for table, some in STORED.items()
    if table not in _OWN
    for about in some
    if about.personal and about.kind == "text" and not about.prose
)
"""Where somebody's name may stand alone, and the column of the id that says whose it is."""
_LISTS = ("not_visible",)


def ids_called(db: sqlite3.Connection, name: str) -> set[str]:
    """Ids of the accounts of that username or id."""
    return {row[0] for row in db.execute("SELECT id FROM user WHERE id = ?1 OR username = ?1", (name,))}


def names_of(db: sqlite3.Connection, id_: str) -> set[str]:
    """Everything that an account is called in one snapshot."""
    some = [about for about in STORED["user"] if about.is_name]
    found: set[str] = set()
    for row in db.execute(f"SELECT {', '.join(about.column for about in some)} FROM user WHERE id = ?", (id_,)):
        told = zip(some, row, strict=True)
        found |= names_in(
            {about: json.loads(value or "[]") if about.kind == "texts" else value for about, value in told}
        )
    return found


def is_listed(db: sqlite3.Connection, id_: str) -> bool:
    """Whether the account was there when the snapshot was made."""
    return db.execute("SELECT 1 FROM user WHERE id = ?", (id_,)).fetchone() is not None


def holds(db: sqlite3.Connection, who: Pseudonym) -> bool:
    """Whether anything in it is about the account."""
    for table, column in _COLUMNS:
        if db.execute(f"SELECT 1 FROM {table} WHERE {column} = ? LIMIT 1", (who.id,)).fetchone():
            return True
    said = any(new != old for _, old, new in (*_lists(db, who), *_of_caller(db, who)))
    return said or any(_texts(db, who)) or any(_names(db, who))


def rewrite(path: Path, who: Pseudonym, at: str) -> str:
    """Forget an account in a finished snapshot, and say its new hash. `at`: the instant that the tombstone tells.

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
    except ValueError as error:
        raise DamagedError(f"{path} is no intact snapshot: what it says of itself makes no sense.") from error
    finally:
        part.unlink(missing_ok=True)
        Path(f"{part}-journal").unlink(missing_ok=True)
    return digest


def _forgotten(db: sqlite3.Connection, who: Pseudonym, at: str) -> str:
    for statement, values in [*_texts(db, who), *_names(db, who)]:
        db.execute(statement, values)
    for table, id_ in _OWN.items():
        erased = ", ".join(f"{about.column} = NULL" for about in STORED[table] if about.personal)
        db.execute(f"UPDATE {table} SET {erased} WHERE {id_} = ?", (who.id,))
    db.execute("UPDATE user SET username = ? WHERE id = ?", (who.word, who.id))
    for table, column in _COLUMNS:
        db.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (who.word, who.id))
    for key, _, value in (*_lists(db, who), *_of_caller(db, who)):
        db.execute("UPDATE meta SET value = ? WHERE key = ?", (value, key))
    meta = dict(db.execute("SELECT key, value FROM meta"))
    told = [*json.loads(meta.get(TOMBSTONES, "[]")), {"as": who.word, "at": at, "replaces": meta.get("sha256")}]
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (TOMBSTONES, json.dumps(told)))
    finish.set_fingerprints(db)
    digest = finish.digest(db, tables(meta))
    db.execute("INSERT OR REPLACE INTO meta VALUES ('sha256', ?)", (digest,))
    return digest


Change = tuple[str, tuple[str | None, ...]]
"""A statement and its values."""


def _texts(db: sqlite3.Connection, who: Pseudonym) -> Iterator[Change]:
    for table, column in _TEXTS:
        yield from _changed(db, table, column, who.of_text)


def _names(db: sqlite3.Connection, who: Pseudonym) -> Iterator[Change]:
    for table, column, id_ in _NAMES:
        if id_ is None:
            yield from _changed(db, table, column, who.of_name)
        elif db.execute(f"SELECT 1 FROM {table} WHERE {id_} = ? AND {column} IS NOT NULL", (who.id,)).fetchone():
            yield f"UPDATE {table} SET {column} = ? WHERE {id_} = ? AND {column} IS NOT NULL", (who.word, who.id)


def _changed(db: sqlite3.Connection, table: str, column: str, instead: Callable[[str], str | None]) -> Iterator[Change]:
    for (text,) in db.execute(f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL").fetchall():
        if (new := instead(text)) != text:
            yield f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (new, text)


def _lists(db: sqlite3.Connection, who: Pseudonym) -> list[tuple[str, str, str]]:
    """Key, value and new value of what `meta` says in JSON lists of sentences."""
    found = []
    for key in _LISTS:
        for (value,) in db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchall():
            texts = json.loads(value or "[]")
            new = [who.of_text(text) if isinstance(text, str) else text for text in texts]
            found.append((key, value, json.dumps(new, ensure_ascii=False) if new != texts else value))
    return found


def _of_caller(db: sqlite3.Connection, who: Pseudonym) -> list[tuple[str, str, str]]:
    """The same of what `meta` says of the account that has read."""
    meta = dict(db.execute("SELECT key, value FROM meta WHERE key IN ('caller_id', 'caller_name', 'identity')"))
    found = [(key, meta[key], who.word) for key in ("caller_id", "caller_name")
             if meta.get("caller_id") == who.id and key in meta]  # fmt: skip
    if "identity" in meta:
        parts = json.loads(meta["identity"])
        new = [who.word if part == who.id else part for part in parts]
        found.append(("identity", meta["identity"], json.dumps(new) if new != parts else meta["identity"]))
    return found


def _reach_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
