"""One user who is gone leaves the graph: his node, his history, and his names in decisions and records of runs.

What somebody decided stays a fact, under a pseudonym. His node goes last, as it is what a repeated run finds him by.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from rc2graph.errors import UsageError
from rc2graph.graph.connect import Graph, Transaction
from rc2graph.graph.state import batches
from rc2graph.graph.writer import Writer
from rc2graph.pseudonym import Pseudonym, next_word

Rows = list[list[Any]]


@dataclass(frozen=True)
class Known:
    """An account as the graph knows it: `present` where the last load saw it. `word`: what was begun to call him."""

    id: str
    username: str | None
    names: frozenset[str]
    present: bool
    word: str | None


@dataclass
class Held:
    """What the graph holds of him. Rows of `decisions` and `syncs` are as they will be."""

    nodes: int
    edges: int
    left: int
    """Teams and memberships of today that say by id that he made them. Rocket.Chat says so, and the next load would."""
    decisions: Rows = field(default_factory=list)
    syncs: Rows = field(default_factory=list)


def called(graph: Graph, workspace: str, user: str) -> list[Known]:
    """All accounts of that username or id, those that are gone among them."""
    found = []
    for row in graph.read("forget/find", workspace=workspace, user=user):
        names = frozenset(one for one in (row["username"], row["name"], *(row["emails"] or ())) if one)
        found.append(Known(row["id"], row["username"], names, row["present"], row["forgottenAs"]))
    return found


def shared(graph: Graph, workspace: str, id_: str, names: frozenset[str]) -> frozenset[str]:
    """Which of these names another account of the workspace has too."""
    rows = graph.read("forget/shared", workspace=workspace, id=id_, names=sorted(name.lower() for name in names))
    others = {row["name"] for row in rows}
    return frozenset(name for name in names if name.lower() in others)


def held(graph: Graph, workspace: str, who: Pseudonym) -> Held:
    """Count, and work out the new texts. Nothing is written."""
    row = graph.read("forget/counts", workspace=workspace, id=who.id)[0]
    return Held(
        row["nodes"], row["edges"], row["left"],
        list(_decisions(graph, workspace, who)), list(_syncs(graph, workspace, who)),
    )  # fmt: skip


def claim(writer: Writer, who: str, user: str, taken: set[str]) -> str:
    """The pseudonym that he gets, or got when this was begun before; noted down until he is forgotten.

    `taken`: words that it must not be. Errors: `UsageError` where he is there again.
    """
    return writer.lease.write(partial(_claimed, workspace=writer.lease.workspace, who=who, user=user, taken=taken))


def _claimed(tx: Transaction, workspace: str, who: str, user: str, taken: set[str]) -> str:
    rows = tx.run("forget/find", workspace=workspace, user=who)
    for row in rows:
        if row["id"] == who and row["present"]:
            raise UsageError(f"{user} is there again.", "A load has just seen the account.")
        if row["id"] == who and row["forgottenAs"]:
            return str(row["forgottenAs"])
    used = tx.run("forget/taken", workspace=workspace)[0]
    word, number = next_word([*taken, *used["page"]], used["forgotten"] or 0)
    tx.run("forget/claim", **{"workspace": workspace, "id": who, "user": user, "as": word, "number": number})
    return word


def forget(graph: Graph, writer: Writer, who: Pseudonym) -> Held:
    """Remove him, and say what was removed or is told without his name now. Errors: `BusyError`, `GraphError`."""
    workspace = writer.lease.workspace
    found = held(graph, workspace, who)
    for statement, rows in (("forget/attestations", found.decisions), ("forget/syncs", found.syncs)):
        for batch in batches(rows, writer.batch):
            writer.run(statement, rows=batch)
    writer.run("forget/former_teams", **{"id": who.id, "as": who.word})
    found.edges = writer.until_none("forget/history", id=who.id)

    def node(tx: Transaction) -> None:
        tx.run("forget/node", workspace=workspace, id=who.id)
        tx.run("forget/stub", **{"workspace": workspace, "id": who.id, "as": who.word})

    writer.lease.write(node)
    return found


def _decisions(graph: Graph, workspace: str, who: Pseudonym) -> Iterator[list[Any]]:
    for row in graph.rows("decisions/attestations", workspace=workspace):
        one = row["attestation"]
        his = one.get("userId") == who.id
        before = [one["id"], one.get("userId"), one.get("user"), one.get("reviewer"), one.get("note")]
        after = [
            one["id"], who.of_id(one.get("userId")), who.word if his else one.get("user"),
            who.of_name(one.get("reviewer")), who.of_text(one.get("note")),
        ]  # fmt: skip
        if after != before:
            yield after


def _syncs(graph: Graph, workspace: str, who: Pseudonym) -> Iterator[list[Any]]:
    for row in graph.rows("forget/sync_texts", workspace=workspace):
        before = [row["id"], row["caller"], row["texts"]]
        texts = row["texts"] and [who.of_text(text) for text in row["texts"]]
        after = [row["id"], who.of_id(row["caller"]), texts]
        if after != before:
            yield after
