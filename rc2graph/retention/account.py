"""Which account is meant, and that it is gone: one that is still there would be back with the next load."""

from dataclasses import dataclass

from rc2graph.errors import UsageError
from rc2graph.graph import forget as nodes
from rc2graph.graph import state
from rc2graph.graph.connect import WorkspaceGraph
from rc2graph.retention.files import Files
from rc2graph.retention.flow import NothingLeftError
from rc2graph.snapshot import Snapshot
from rc2graph.snapshot import forget as rows
from rc2graph.text import harmless


class UnknownUserError(NothingLeftError):
    """Neither the graph nor a snapshot knows a user by that name or id."""


@dataclass(frozen=True)
class Gone:
    """`user`: what a run that is repeated finds it by. `word`: the pseudonym of a run that was stopped."""

    id: str
    user: str
    names: frozenset[str]
    word: str | None


def gone(graph: WorkspaceGraph, files: Files, user: str) -> Gone:
    """The one that `user` (a username, an id, or `id:…`) means, with all of its names in graph and snapshots.

    Errors: `UnknownUserError`; `UsageError` where it may be one of several, or is still there.
    """
    wanted = user.removeprefix("id:")
    by_id = wanted != user
    known = [one for one in nodes.accounts_named(graph, wanted) if not by_id or one.id == wanted]
    ids = {one.id for one in known}
    for called in files.each(lambda file: rows.ids_called(file.db, wanted)):
        ids |= {id_ for id_ in called if not by_id or id_ == wanted}
    for id_ in ids - {one.id for one in known}:
        known += [one for one in nodes.accounts_named(graph, id_) if one.id == id_]
    id_ = _one(graph.name, user, known, ids)
    mine = [one for one in known if one.id == id_]
    names = _names_in_files(graph, files, user, id_).union(*(one.names for one in mine))
    username = next((one.username for one in mine if one.username), None)
    return Gone(id_, username or wanted, names, next((one.word for one in mine if one.word), None))


def _names_in_files(graph: WorkspaceGraph, files: Files, user: str, id_: str) -> frozenset[str]:
    """Errors: `UsageError` where a file that is newer than the graph has the account."""
    last = (state.last_sync(graph) or {}).get("startedAt") or ""

    def names(file: Snapshot) -> set[str]:
        if file.meta.get("started", "") > last and rows.is_listed(file.db, id_):
            Snapshot.open(file.path).close()  # of a damaged file, neither is believed
            raise _still_there(user, graph.name, f"{file.path}, which is newer than the graph, has the account")
        return rows.names_of(file.db, id_)

    return frozenset().union(*files.each(names))


def _one(workspace: str, user: str, known: list[nodes.Account], ids: set[str]) -> str:
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
