"""Read what the graph holds. A record carries a page of thousands: that is three to seven times as fast as rows."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from rc2graph.graph.connect import Graph, WorkspaceGraph
from rc2graph.graph.explained import TooLargeError
from rc2graph.graph.statements import names
from rc2graph.model import COUNTED_NODES, EDGE_TYPES, FINGERPRINT_LENGTH, USER, NodeType

BATCH = 2_000


@dataclass(frozen=True)
class Lost:
    """What the graph lost when its files were mended (`copy`): the instants before which some may be missing."""

    decisions: str | None = None
    history: str | None = None
    again: str | None = None
    """When the first load after that began: what it says to have seen first may be older."""

    def hides(self, since: str | None, decided_at: str | None) -> bool:
        """Whether a later decision may be lost than the last that there is on an access, which was first seen `since`
        then; or, where it looks as if it was given after a decision, the sight of it."""
        older = (since or "") <= (self.again or self.decisions or self.history or "")
        if self.decisions and (decided_at or "") < self.decisions:
            return older
        return bool(self.history and decided_at and decided_at < (since or "")) and older

    @property
    def texts(self) -> tuple[str, ...]:
        """What is not visible; a line each, which begins with the name of what it is about."""
        decisions = f"decisions made before {self.decisions} may have been lost: the graph was mended then"
        history = f"history before {self.history} was lost: the graph was mended then"
        return (*((decisions,) if self.decisions else ()), *((history,) if self.history else ()))


def workspaces(graph: Graph) -> list[str]:
    """The workspaces that this graph holds, sorted."""
    return [row["workspace"] for row in graph.rows("state/workspaces")]


def last_sync(graph: WorkspaceGraph) -> dict[str, Any] | None:
    """The properties of the last finished run's `Sync`, or None."""
    rows = graph.read("state/last_sync")
    return rows[0]["sync"] if rows else None


def last_seen(graph: WorkspaceGraph, dataset: str) -> str | None:
    """As of when a dataset was last seen in full: of one that the last run did not see, the graph still holds that."""
    rows = graph.read("export/last_seen", property=f"{dataset}State")
    return rows[0]["startedAt"] if rows else None


def version(graph: WorkspaceGraph) -> str | None:
    """The version of the server that the last load read, as far as it told: 8.6 or 8.6.1 (rocketchat.md §1.5)."""
    rows = graph.read("state/workspace")
    found = rows[0]["version"] if rows else None
    return found if isinstance(found, str) else None


def lost(graph: WorkspaceGraph) -> Lost:
    rows = graph.read("state/lost")
    return Lost(*(rows[0][name] for name in ("decisions", "history", "again"))) if rows else Lost()


def counts(graph: WorkspaceGraph) -> dict[str, int]:
    """How much there is of each kind, by the names of `kinds.COUNTED`. Edges count that others hung on our nodes."""
    return counts_and_seals(graph)[0]


def counts_and_seals(graph: WorkspaceGraph) -> tuple[dict[str, int], dict[str, int]]:
    """How much there is of each kind, and how many of the users, roles and teams have a fingerprint."""
    nodes, sealed, edges = dict[str, int](), dict[str, int](), dict[str, int]()
    for one in COUNTED_NODES:
        row = graph.read(f"state/counts/{one.label}")[0]
        nodes[one.noun], sealed[one.noun] = row["nodes"], row["fingerprints"]
        edges.update(zip((edge.name for edge in one.counted), row["edges"], strict=True))
    return {**nodes, **{edge.name: edges[edge.name] for edge in EDGE_TYPES}}, sealed


def anything(graph: WorkspaceGraph) -> bool:
    """Whether there is anything of a workspace, besides its `Workspace` node."""
    return any(graph.read(name) for name in names("state/any"))


def count_edges(graph: WorkspaceGraph, edge: str) -> int:
    """How many edges there are between nodes of this workspace. Looks at each of them."""
    return int(graph.read(f"state/count/{edge}")[0]["edges"])


def role_ids(graph: WorkspaceGraph) -> set[str]:
    """Roles that the server listed in the last run; dangling ids are not among them."""
    return set(graph.read("state/role_ids")[0]["page"])


def ids(graph: WorkspaceGraph, one: NodeType) -> set[str]:
    """Ids of all nodes of a type."""
    return {id_ for row in graph.rows(f"export/ids/{one.label}") for id_ in row["page"]}


def team_orphans(graph: WorkspaceGraph) -> dict[str, tuple[int, int]]:
    """Team id → rows of deleted users, and rows that the last run had not confirmed, of the teams where it counted."""
    return {row["id"]: (row["orphanRows"], row["unconfirmedRows"]) for row in graph.rows("state/team_orphans")}


def members_of(graph: WorkspaceGraph, team_ids: Iterable[str]) -> dict[str, set[str]]:
    """Team id → ids of the members that the graph knows. A team without any has an empty set."""
    found: dict[str, set[str]] = {id_: set() for id_ in team_ids}
    for team, page in edges_of(graph, "state/edges_of_owners/MEMBER_OF", list(found)):
        found[team] = {row[0] for row in page}
    return found


def named(graph: WorkspaceGraph, user_ids: list[str]) -> set[str]:
    """Of these accounts, those that the graph knows by a username, a name or an address."""
    places = [1 + USER.columns.index(column) for column in ("username", "name", "emails")]
    found = (row for page in pages(graph, "state/nodes/User", user_ids) for row in page)
    return {row[0] for row in found if any(row[place] for place in places)}


def roleless(graph: WorkspaceGraph, user_ids: list[str]) -> set[str]:
    """Of these accounts, those that the graph knows without any role."""
    known = {row[0] for page in pages(graph, "state/nodes/User", user_ids) for row in page}
    return known - {id_ for id_, _ in edges_of(graph, "state/edges_of_owners/HAS_ROLE", user_ids)}


def missing_users(graph: WorkspaceGraph, db: sqlite3.Connection) -> list[str]:
    """Ids of users that the graph knows and the table `user` of `db` does not, sorted.

    `db` may be an unfinished collection: nothing is written to it. Memory: some thousand ids, and the answer.
    """
    missing: list[str] = []
    for page in fingerprints(graph, USER):
        ids = json.dumps([text[:-FINGERPRINT_LENGTH] for text in page])
        missing += [
            row[0]
            for row in db.execute(
                "SELECT value FROM json_each(?) WHERE NOT EXISTS (SELECT 1 FROM user WHERE id = value)", (ids,)
            )
        ]
    return sorted(missing)


def fingerprints(graph: WorkspaceGraph, one: NodeType) -> Iterator[list[str]]:
    """All ids in lists of some thousands, in no order, each with its fingerprint (or as many dashes) behind it."""
    for row in graph.rows(f"state/fingerprints/{one.label}"):
        yield row["page"]


def pages(graph: WorkspaceGraph, statement: str, ids: Iterable[str], size: int = BATCH) -> Iterator[list[Any]]:
    """One list of rows for each batch of ids."""
    for row in _of_each(graph, statement, ids, size):
        yield row["page"]


def edges_of(
    graph: WorkspaceGraph, statement: str, ids: Iterable[str], size: int = BATCH
) -> Iterator[tuple[str, list[list[Any]]]]:
    """For each node that has any: its id and a row for each edge."""
    for row in _of_each(graph, statement, ids, size):
        if page := ours(row["page"]):
            yield row["id"], page


def _of_each(graph: WorkspaceGraph, statement: str, ids: Iterable[str], size: int) -> Iterator[dict[str, Any]]:
    """The rows of a statement about a batch of ids at a time: one row a batch, or one with the `id` that it is about.
    Where a server lets no transaction be as large, batches are halved, and asked is for what has not come."""
    for batch in batches(ids, size):
        while batch:
            some, told = batch[:size], set[str]()
            try:
                for row in graph.rows(statement, ids=some):
                    told.add(row.get("id", ""))
                    yield row
                batch = batch[len(some) :]
            except TooLargeError:
                if len(some) == 1:
                    raise
                size, batch = len(some) // 2, [id_ for id_ in batch if id_ not in told]


def ours(rows: Iterable[list[Any]]) -> list[list[Any]]:
    """The rows whose first cell, an id, is a text. A node with another id was made by hand and is none of ours.

    Neo4j is not asked to tell them apart: a condition on the id at the far end of an edge makes it look up every node
    of that label for each row, where it would follow a few edges.
    """
    return [row for row in rows if isinstance(row[0], str)]


def batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
