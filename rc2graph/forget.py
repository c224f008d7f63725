"""A user who left is forgotten: the graph and every snapshot of the home, together.

First it is found out whom that means, and that he is gone: who is still there would be back with the next load. The
snapshots are rewritten before his node leaves the graph, so a run that was stopped finds him again and goes on with the
same pseudonym.
"""

import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rc2graph.errors import BusyError, Rc2graphError, SnapshotError, UsageError
from rc2graph.graph import forgotten, state
from rc2graph.graph.connect import Graph
from rc2graph.graph.lease import Clock, Sleep, instant, utc_now
from rc2graph.graph.writer import BATCH, writing
from rc2graph.load import unfinished_snapshot
from rc2graph.pseudonym import SHORTEST, Pseudonym
from rc2graph.snapshot import Snapshot
from rc2graph.snapshot import forget as rows
from rc2graph.snapshot.kept import FOLDER, UNFINISHED
from rc2graph.snapshot.shelf import alone
from rc2graph.text import counted, harmless

PLACEHOLDER = "forgotten-…"


@dataclass(frozen=True)
class Erasure:
    """What is to be done (`word` is not known then), or was done, about one user."""

    workspace: str
    who: Pseudonym
    user: str
    """How he is found again, should this be interrupted."""
    shared: frozenset[str]
    """Names that others have too: where these stand in texts, they are left."""
    graph: forgotten.Held
    snapshots: tuple[Path, ...]
    taken: frozenset[str] = frozenset()

    def as_dict(self) -> dict[str, Any]:
        """Nothing in it says who he was, so that it can be kept."""
        return {
            "workspace": self.workspace,
            "as": None if self.who.word == PLACEHOLDER else self.who.word,
            "nodes": self.graph.nodes,
            "history": self.graph.edges,
            "decisions": len(self.graph.decisions),
            "syncs": len(self.graph.syncs),
            "leftInTeams": self.graph.left,
            "namesOfOthersToo": len(self.shared),
            "namesTooShortForTexts": sum(len(name.strip()) < SHORTEST for name in self.who.names),
            "snapshots": [str(path) for path in self.snapshots],
        }


def planned(graph: Graph, home: Path, workspace: str, user: str) -> Erasure:
    """Find out whom `user` (a username, an id, or `id:…`) means, and what there is of him. Nothing is written.

    Errors: `UsageError` where there is no such user, there are several, or he is still there; `SnapshotError` where a
    snapshot cannot be read, as nobody can say whether he is in it; `BusyError` where one is being written.
    """
    wanted = user.removeprefix("id:")
    by_id = wanted != user
    known = [one for one in forgotten.called(graph, workspace, wanted) if not by_id or one.id == wanted]
    ids = {one.id for one in known}
    for file in _files(home, workspace):
        ids |= {id_ for id_ in rows.ids_called(file.db, wanted) if not by_id or id_ == wanted}
    for id_ in ids - {one.id for one in known}:
        known += [one for one in forgotten.called(graph, workspace, id_) if one.id == id_]
    id_ = _one(workspace, user, known, ids)
    mine = [one for one in known if one.id == id_]
    names, taken = _of_files(graph, home, workspace, user, id_)
    names |= frozenset[str]().union(*(one.names for one in mine))
    others = forgotten.shared(graph, workspace, id_, names)
    who = Pseudonym(id_, names - others, next((one.word for one in mine if one.word), PLACEHOLDER))
    _unfinished(home, workspace, who)
    return Erasure(
        workspace,
        who,
        next((one.username for one in mine if one.username), None) or wanted,
        others,
        forgotten.held(graph, workspace, who),
        tuple(_holding(home, workspace, who)),
        taken,
    )


def _of_files(graph: Graph, home: Path, workspace: str, user: str, id_: str) -> tuple[frozenset[str], frozenset[str]]:
    """His names, and words that are no new pseudonym. Errors: `UsageError` where a newer one has him."""
    last = (state.last_sync(graph, workspace) or {}).get("startedAt") or ""
    names, taken = set[str](), set[str]()
    for file in _files(home, workspace):
        if file.meta.get("started", "") > last and rows.is_listed(file.db, id_):
            raise _still_there(user, workspace, f"{file.path}, which is newer than the graph, has the account")
        names |= rows.names_of(file.db, id_)
        taken |= rows.pseudonyms(file.db)
    return frozenset(names), frozenset(taken)


def forget(
    graph: Graph,
    home: Path,
    plan: Erasure,
    *,
    clock: Clock = utc_now,
    sleep: Sleep = time.sleep,
    batch: int = BATCH,
) -> Erasure:
    """Do it, and say what was done. Errors: those of `planned`; `BusyError` where a load or a reader is in the way."""
    with writing(graph, plan.workspace, clock=clock, sleep=sleep, batch=batch) as writer:
        for path in plan.snapshots:
            with alone(path):
                pass
        word = forgotten.claim(writer, plan.who.id, plan.user, set(plan.taken))
        who = replace(plan.who, word=word)
        rewritten = []
        for path in _holding(home, plan.workspace, who):
            writer.lease.write(lambda tx: None)  # the lease is held through all of them
            rows.rewrite(path, who, instant(clock()))
            rewritten.append(path)
        done = forgotten.forget(graph, writer, who)
    return replace(plan, who=who, graph=done, snapshots=tuple(rewritten))


def _holding(home: Path, workspace: str, who: Pseudonym) -> list[Path]:
    return [file.path for file in _files(home, workspace) if rows.holds(file.db, who)]


def _files(home: Path, workspace: str) -> Iterator[Snapshot]:
    """Its finished snapshots, one after the other. Errors: `SnapshotError` where a file cannot be read."""
    for path in sorted((home / FOLDER).glob("*.sqlite")):
        if path.name.endswith(UNFINISHED):
            continue
        try:
            file = Snapshot.open(path, check=False)
        except BusyError:
            raise
        except Rc2graphError as error:
            raise SnapshotError(
                f"{path} cannot be read, so nobody can say whether the user is in it.",
                error.what,
                "Remove it, or move it out of the folder; then repeat this.",
            ) from error
        with file:
            if file.meta.get("workspace") == workspace:
                yield file


def _one(workspace: str, user: str, known: list[forgotten.Known], ids: set[str]) -> str:
    """The id that is meant. Errors: `UsageError`."""
    present = sorted(one.id for one in known if one.present)
    gone = sorted(ids - set(present))
    if present and not gone:
        raise _still_there(user, workspace, f"It is an account of today (id {harmless(present[0])})")
    if not gone:
        raise UsageError(
            f"Neither the graph nor a snapshot knows a user {user!r} of {workspace}.", "",
            "Name one by username or by id:… ; an account that is gone may have had another name last.",
        )  # fmt: skip
    if present or len(gone) > 1:
        there = f"id {harmless(', '.join(present))} is still there; " if present else ""
        raise UsageError(
            f"{user!r} may be several accounts.",
            f"{there}gone: id {harmless(', '.join(gone))}.",
            "Name one by id:…",
        )
    return gone[0]


def _still_there(user: str, workspace: str, why: str) -> UsageError:
    return UsageError(
        f"{user!r} is still there in {workspace}: nothing was forgotten.",
        f"{why}, and the next load would bring it back.",
        "Delete the account in Rocket.Chat, load, and repeat this.",
    )


def _unfinished(home: Path, workspace: str, who: Pseudonym) -> None:
    """Errors: `BusyError` while a collection runs; `UsageError` where one that was stopped has him."""
    path = unfinished_snapshot(home, workspace)
    if not path.is_file():
        return
    with alone(path) as db:
        try:
            his = rows.holds(db, who)
        except sqlite3.DatabaseError:  # stopped before it had a table
            his = False
    if his:
        raise UsageError(
            f"A collection that was stopped has the user: {path}.", "Going on with it would bring him back.",
            "rc2graph load goes on with it and finishes it; or remove the file. Then repeat this.",
        )  # fmt: skip


def summary(found: Erasure) -> list[str]:
    """What there is of him, in lines; nothing of it is his name."""
    held = found.graph
    lines = [
        f"In the graph: {counted(held.nodes, 'node')}, {counted(held.edges, 'edge')} of history, "
        f"{counted(len(held.decisions), 'decision')} and {counted(len(held.syncs), 'record')} of runs that name him.",
        f"Snapshots that hold him: {len(found.snapshots)}.",
    ]
    if found.shared:
        lines.append(f"{counted(len(found.shared), 'name')} of his other accounts have too: left where texts say them.")
    if held.left:
        lines.append(f"Left, as Rocket.Chat says it today: his bare id on {counted(held.left, 'team or membership')}.")
    return lines
