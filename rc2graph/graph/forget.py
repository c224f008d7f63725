"""One account that is gone leaves the graph: its node, its history, and its names in what others say.

What somebody decided stays a fact, under a pseudonym. Where names may stand is what the model marks. The node goes
last, as a run that is repeated finds the account by it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from rc2graph.errors import UsageError
from rc2graph.graph.connect import Transaction, WorkspaceGraph
from rc2graph.graph.state import batches
from rc2graph.graph.statements import names as statements
from rc2graph.graph.templates import NAMING
from rc2graph.graph.writer import Writer
from rc2graph.model import ATTESTATION, SYNC, USER
from rc2graph.pseudonym import Pseudonym, names_in


@dataclass(frozen=True)
class Account:
    """As the graph knows it: `present` where the last load saw it. `word`: the pseudonym of a run that was stopped."""

    id: str
    username: str | None
    names: frozenset[str]
    present: bool
    word: str | None


@dataclass
class Held:
    """What the graph holds of an account."""

    nodes: int
    edges: int
    left: dict[str, int]
    """Label or type → how many nodes or edges of today say its id. Rocket.Chat says so, and the next load would."""
    texts: dict[str, int] = field(default_factory=dict)
    """Label → how many of these nodes name it."""

    @property
    def decisions(self) -> int:
        return self.texts[ATTESTATION.label]

    @property
    def syncs(self) -> int:
        return self.texts[SYNC.label]


def accounts_named(graph: WorkspaceGraph, user: str) -> list[Account]:
    """All accounts of that username or id, those that are gone among them."""
    found = []
    for row in graph.read("forget/find", user=user):
        of = row["account"]
        names = names_in({about: of.get(about.name) for about in USER.properties})
        found.append(Account(row["id"], of.get("username"), names, row["present"], of.get("forgottenAs")))
    return found


def shared(graph: WorkspaceGraph, id_: str, names: frozenset[str]) -> frozenset[str]:
    """Which of these names another account of the workspace has too."""
    rows = graph.read("forget/shared/User", id=id_, names=sorted(name.lower() for name in names))
    others = {row["name"] for row in rows}
    return frozenset(name for name in names if name.lower() in others)


def held(graph: WorkspaceGraph, who: Pseudonym) -> Held:
    """Count. Nothing is written."""
    row = graph.read("forget/counts", id=who.id)[0]
    left = {name.rpartition("/")[2]: graph.read(name, id=who.id)[0]["number"] for name in statements("forget/left")}
    texts = {label: sum(1 for _ in _renamed(graph, who, label)) for label in NAMING}
    return Held(row["nodes"], row["edges"], left, texts)


def begin(writer: Writer, who: str, user: str, word: str) -> str:
    """Note down the pseudonym until the account is forgotten, and say it: `word`, or that of a run that was stopped.

    Errors: `UsageError` where the account is there again.
    """
    return writer.lease.write(partial(_begun, who=who, user=user, word=word))


def _begun(tx: Transaction, who: str, user: str, word: str) -> str:
    if any(row["id"] == who and row["present"] for row in tx.run("forget/find", user=who)):
        raise UsageError(f"{user} is there again.", "A load has just seen the account.")
    return str(tx.run("forget/begin", **{"id": who, "user": user, "as": word})[0]["word"])


def forget(graph: WorkspaceGraph, writer: Writer, who: Pseudonym) -> Held:
    """Remove the account, and say what was removed or has its pseudonym now. Errors: `BusyError`, `GraphError`."""
    found = held(graph, who)
    for label in (label for label, number in found.texts.items() if number):
        for batch in batches(list(_renamed(graph, who, label)), writer.batch):
            writer.run(f"forget/rename/{label}", rows=batch)
    found.edges = writer.until_none("forget/history", id=who.id)

    def node(tx: Transaction) -> None:
        tx.run("forget/node", id=who.id)
        tx.run("forget/stub", **{"id": who.id, "as": who.word})

    writer.lease.write(node)
    return found


def _renamed(graph: WorkspaceGraph, who: Pseudonym, label: str) -> Iterator[list[Any]]:
    """Id, and by name what is said instead, of each node of this label that names the account."""
    for row in graph.rows(f"forget/texts/{label}"):
        changed = who.instead({about: row["said"].get(about.name) for about in NAMING[label]})
        if changed:
            yield [row["id"], {about.name: value for about, value in changed.items()}]
