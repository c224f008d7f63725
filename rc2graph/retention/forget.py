"""A user who left is forgotten: the graph and every snapshot of the home, together.

First it is found out whom that means, and that he is gone: who is still there would be back with the next load. The
snapshots are rewritten before his node leaves the graph, so a run that was stopped finds him again and goes on with the
same pseudonym.
"""

import logging
import shlex
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from rc2graph.errors import BusyError, DamagedError, Rc2graphError, UsageError
from rc2graph.graph import forgotten, state
from rc2graph.graph.connect import Graph
from rc2graph.graph.files import damaged_copies
from rc2graph.graph.lease import Clock, Sleep, instant, utc_now
from rc2graph.graph.writer import BATCH, writing
from rc2graph.pseudonym import SHORTEST, Pseudonym
from rc2graph.snapshot import Snapshot
from rc2graph.snapshot import forget as rows
from rc2graph.snapshot.home import unfinished_snapshot
from rc2graph.snapshot.kept import FOLDER, UNFINISHED
from rc2graph.snapshot.shelf import alone
from rc2graph.text import counted, harmless

log = logging.getLogger(__name__)

PLACEHOLDER = "forgotten-…"


class UnknownUserError(UsageError):
    """Neither the graph nor a snapshot knows a user by that name or id."""


Found = TypeVar("Found")


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
    damaged: tuple[Path, ...] = ()
    """Files that cannot be read: they are kept as they are, and may hold the user."""

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
            "damagedSnapshots": [str(path) for path in self.damaged],
        }


def planned(graph: Graph, home: Path, workspace: str, user: str) -> Erasure:
    """Find out whom `user` (a username, an id, or `id:…`) means, and what there is of him. Nothing is written.

    Errors: `UnknownUserError`; `UsageError` where there are several, or the user is still there; `BusyError` where a
    snapshot is being written.
    """
    if aside := damaged_copies(home):
        paths = shlex.join(map(str, aside))
        raise UsageError(
            f"A damaged graph was put aside: {', '.join(map(str, aside))}.",
            "Nobody can say whether the user is in it.",
            f"Remove it, where you do not need it any more: rm -r {paths}; then repeat this.",
        )
    files = _Files(home, workspace)
    wanted = user.removeprefix("id:")
    by_id = wanted != user
    known = [one for one in forgotten.called(graph, workspace, wanted) if not by_id or one.id == wanted]
    ids = {one.id for one in known}
    for called in files.each(lambda file: rows.ids_called(file.db, wanted)):
        ids |= {id_ for id_ in called if not by_id or id_ == wanted}
    for id_ in ids - {one.id for one in known}:
        known += [one for one in forgotten.called(graph, workspace, id_) if one.id == id_]
    id_ = _one(workspace, user, known, ids)
    mine = [one for one in known if one.id == id_]
    names, taken = _of_files(graph, files, workspace, user, id_)
    names |= frozenset[str]().union(*(one.names for one in mine))
    others = forgotten.shared(graph, workspace, id_, names)
    who = Pseudonym(id_, names - others, next((one.word for one in mine if one.word), PLACEHOLDER))
    _unfinished(files, who)
    holding = files.holding(who)
    return Erasure(
        workspace,
        who,
        next((one.username for one in mine if one.username), None) or wanted,
        others,
        forgotten.held(graph, workspace, who),
        tuple(holding),
        taken,
        tuple(files.damaged),
    )


def _of_files(
    graph: Graph, files: "_Files", workspace: str, user: str, id_: str
) -> tuple[frozenset[str], frozenset[str]]:
    """His names, and words that are no new pseudonym. Errors: `UsageError` where a newer one has him."""
    last = (state.last_sync(graph, workspace) or {}).get("startedAt") or ""

    def words(file: Snapshot) -> tuple[set[str], set[str]]:
        if file.meta.get("started", "") > last and rows.is_listed(file.db, id_):
            Snapshot.open(file.path).close()  # of a damaged file, neither is believed
            raise _still_there(user, workspace, f"{file.path}, which is newer than the graph, has the account")
        return rows.names_of(file.db, id_), rows.pseudonyms(file.db)

    found = files.each(words)
    return frozenset().union(*(names for names, _ in found)), frozenset().union(*(taken for _, taken in found))


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
    files = _Files(home, plan.workspace)
    with writing(graph, plan.workspace, clock=clock, sleep=sleep, batch=batch) as writer:
        graph.erase_removed()
        for path in plan.snapshots:
            with alone(path):
                pass
        word = forgotten.claim(writer, plan.who.id, plan.user, set(plan.taken))
        who = replace(plan.who, word=word)
        rewritten = []
        for path in files.holding(who):
            writer.lease.write(lambda tx: None)  # the lease is held through all of them
            try:
                rows.rewrite(path, who, instant(clock()))
            except DamagedError as error:
                files.name(path, error)
            else:
                rewritten.append(path)
        done = forgotten.forget(graph, writer, who)
    return replace(plan, who=who, graph=done, snapshots=tuple(rewritten), damaged=tuple(files.damaged))


@dataclass
class _Files:
    """The finished snapshots of one workspace. A file that cannot be read is named in `damaged`, skipped and kept."""

    home: Path
    workspace: str
    damaged: list[Path] = field(default_factory=list)

    def each(self, ask: Callable[[Snapshot], Found]) -> list[Found]:
        """What is found in each of them. Errors: those of `ask`; `BusyError`."""
        found = []
        for path in sorted((self.home / FOLDER).glob("*.sqlite")):
            if path.name.endswith(UNFINISHED) or path in self.damaged:
                continue
            try:
                with Snapshot.open(path, check=False) as file, file.explained():
                    if file.meta.get("workspace") == self.workspace:
                        found.append(ask(file))
            except (UsageError, BusyError):
                raise
            except Rc2graphError as error:
                self.name(path, error)
        return found

    def holding(self, who: Pseudonym) -> list[Path]:
        return [path for path in self.each(lambda file: file.path if rows.holds(file.db, who) else None) if path]

    def name(self, path: Path, error: Rc2graphError) -> None:
        log.warning("%s is left out, and kept: %s", path, error.what)
        self.damaged.append(path)


def _one(workspace: str, user: str, known: list[forgotten.Known], ids: set[str]) -> str:
    """The id that is meant. Errors: `UsageError`."""
    present = sorted(one.id for one in known if one.present)
    gone = sorted(ids - set(present))
    if present and not gone:
        raise _still_there(user, workspace, f"It is an account of today (id {harmless(present[0])})")
    if not gone:
        raise UnknownUserError(
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


def _unfinished(files: _Files, who: Pseudonym) -> None:
    """Errors: `BusyError` while a collection runs; `UsageError` where one that was stopped has him."""
    path = unfinished_snapshot(files.home, files.workspace)
    if not path.is_file():
        return
    try:
        with alone(path) as db:
            try:
                his = rows.holds(db, who)
            except sqlite3.OperationalError:  # stopped before it had a table
                his = False
            except (sqlite3.DatabaseError, ValueError) as error:
                raise DamagedError(f"{path} is no intact snapshot: {error}.") from error
    except DamagedError as error:
        files.name(path, error)
        return
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
        *(
            f"Damaged, and kept: {path}. If it is an old snapshot, it may hold the user: delete it then."
            for path in found.damaged
        ),
    ]
    if found.shared:
        lines.append(f"{counted(len(found.shared), 'name')} of his other accounts have too: left where texts say them.")
    if held.left:
        lines.append(f"Left, as Rocket.Chat says it today: his bare id on {counted(held.left, 'team or membership')}.")
    return lines
