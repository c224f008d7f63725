"""Accesses in the order in which a reviewer takes them, highest risk first: sorted on disk, as they may be millions."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from rc2graph.access.person import Person
from rc2graph.reviews.items import Access, Decision
from rc2graph.reviews.risk import RISKS, Risks


@dataclass(frozen=True)
class Judged:
    """An access, its risk and why, and for what reason it is open."""

    access: Access
    risk: str
    why: str
    open: str | None = None


def in_order(found: Iterable[tuple[Access, str | None]], risks: Risks, *, by_access: bool = False) -> Iterator[Judged]:
    """By risk, account, kind and name; `by_access`: those of one role or team together. The first one comes when all
    have been read."""
    # A temporary file without a name, gone with the connection. The transaction is begun by hand: before Python 3.13
    # the module does not know an INSERT by itself where the locale is Turkish.
    db = sqlite3.connect("", isolation_level=None)
    try:
        db.execute("PRAGMA cache_size = -8000")
        db.execute("BEGIN")
        db.execute("CREATE TABLE judged (risk INTEGER, person, user, kind, name, id, row)")
        db.executemany("INSERT INTO judged VALUES (?, ?, ?, ?, ?, ?, ?)", _rows(found, risks))
        order = f"{'kind, name, id, ' if by_access else ''}risk, person, user, kind, name, id"
        for (row,) in db.execute(f"SELECT row FROM judged ORDER BY {order}"):  # noqa: S608 - two orders of our own
            yield _judged(json.loads(row))
    finally:
        db.close()


def _rows(found: Iterable[tuple[Access, str | None]], risks: Risks) -> Iterator[tuple[object, ...]]:
    for access, reason in found:
        risk, why = risks.of(access)
        person, last = access.person, access.decision
        row = [
            [access.workspace, access.guest, access.kind, access.id, access.name, access.since, access.state,
             access.private],
            list(vars(person).values()),
            last and [last.decision, last.until, last.decided_at, last.reviewer, last.note, last.state],
            [risk, why, reason],
        ]  # fmt: skip
        key = RISKS.index(risk), person.display_name, person.id, access.kind, access.display_name, access.id
        yield *key, json.dumps(row)


def _judged(row: list[list[Any]]) -> Judged:
    (workspace, guest, kind, id_, name, since, state, private), person, last, judged = row
    if last:
        last[-1] = tuple(last[-1])
    decision = Decision(*last) if last else None
    access = Access(workspace, Person(*person), guest, kind, id_, name, since, tuple(state), private, decision)
    return Judged(access, *judged)
