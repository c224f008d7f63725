"""Find out what a load would change, before anything is written: the exact additions, changes and closings.

Whatever is removed is derived from proof: a thing is gone when a *complete* list does not hold it. An incomplete list
removes nothing, whatever the options.
"""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from typing import Any, Self

from rc2graph.catalogue import Catalogue, catalogue
from rc2graph.graph import difference, state
from rc2graph.graph.connect import WorkspaceGraph
from rc2graph.graph.escalations import Escalations, Judgement, judgement, leading, ways
from rc2graph.graph.guard import Removal
from rc2graph.graph.handed_out import Grant
from rc2graph.graph.kinds import FINGERPRINTED, NODES, OWNERS, Count
from rc2graph.graph.proof import Proof
from rc2graph.graph.reader import Nothing, Progress, Reader
from rc2graph.model import COUNTED_NODES, EdgeType, NodeType
from rc2graph.snapshot import Snapshot
from rc2graph.snapshot.file import CACHE
from rc2graph.version import __version__

SAMPLE = 20
EDGE_BATCH = 25_000
"""Rows a transaction, nodes and edges; an aggregate with more edges is written in several."""


class Plan:
    """The tables of one plan (`difference`) in `db`; `counts` is what it comes to, by the names of `kinds.COUNTED`."""

    def __init__(self, snapshot: Snapshot, workspace: str, *, edge_batch: int = EDGE_BATCH) -> None:
        self.snapshot, self.workspace, self.edge_batch = snapshot, workspace, edge_batch
        self.proof = Proof.of(snapshot)
        self.counts: dict[str, Count] = {}
        self.removals: list[Removal] = []
        self.escalations = Escalations()
        self.first = False
        """Nothing of the workspace was in the graph."""
        self.there: dict[str, int] = {}
        """How much of each kind was in the graph, edges whoever made them."""
        self.db = sqlite3.connect("", uri=True, isolation_level=None, check_same_thread=False)
        try:
            self.db.execute("ATTACH ? AS snap", (snapshot.uri,))
            self.db.execute("PRAGMA main.journal_mode = OFF")
            self.db.execute(f"PRAGMA main.cache_size = -{CACHE}")
            self.db.execute("BEGIN")
            for one in OWNERS:
                self._run(difference.TABLES, one)
                for edge in one.edges:
                    self._run(difference.EDGE_TABLES, one, edge)
            self._run(difference.OTHER_TABLES)
        except BaseException:
            self.db.close()
            raise

    @classmethod
    def made(
        cls,
        graph: WorkspaceGraph,
        snapshot: Snapshot,
        *,
        verify: bool = False,
        edge_batch: int = EDGE_BATCH,
        progress: Progress | None = None,
        holds: str | None = None,
    ) -> Self:
        """Compare; only reads. `verify`: trust no fingerprint, compare properties and edges of everything. `holds`: the
        `content` that the graph was made of, where that is known: users, roles and teams of the same are not compared.
        """
        plan = cls(snapshot, graph.name, edge_batch=edge_batch)
        try:
            told = graph, plan.db, progress or (lambda step, done, total: None)
            if holds is None and not state.anything(graph):
                plan.first = True
                plan._compare(Nothing(*told))
            else:
                plan.there, sealed = state.counts_and_seals(graph)
                same = not verify and holds == plan.content and plan._all_there(sealed)
                plan._compare(Reader(*told), same=same, verify=verify)
        except BaseException:
            plan.close()
            raise
        return plan

    def fits(self, graph: WorkspaceGraph) -> bool:
        """Whether the graph will hold as many edges as the snapshot: else somebody has taken some away, or made some,
        and fingerprints say nothing of that. Not known where lists are partial: then edges stay that no list shows."""
        if self.first:
            return True
        whole = self.proof.state == "complete" and self.proof.users_proven
        if not whole or not self.proof.removable.issuperset(edge.key for one in FINGERPRINTED for edge in one.edges):
            return True
        return self._edges_fit(self.there.__getitem__) or self._edges_fit(
            partial(state.count_edges, graph)  # who hung edges of others on them is not to blame here
        )

    def _edges_fit(self, count: Callable[[str], int]) -> bool:
        return all(
            count(edge.name) + self.counts[edge.name].added - self.counts[edge.name].closed
            == self.number(f"SELECT count(*) FROM snap.{edge.table}")  # noqa: S608 - our own names
            for one in FINGERPRINTED
            for edge in one.edges
        )

    @cached_property
    def content(self) -> str:
        """SHA-256 of what the graph is made of: the snapshot, as this version of the tool and its catalogue read it."""
        return hashlib.sha256(f"{self.snapshot.content} {__version__} {catalogue().version}".encode()).hexdigest()

    @cached_property
    def _facts(self) -> Catalogue:
        """What holds at the release of the server that the snapshot was read from."""
        return catalogue().at(self.snapshot.meta.get("version"))

    def _all_there(self, sealed: dict[str, int]) -> bool:
        """As many nodes and fingerprints as the snapshot has: nobody has made or deleted one by hand."""
        nodes = all(self.there[one.noun] == self._listed(one) for one in COUNTED_NODES)
        return nodes and all(sealed[one.noun] == self._listed(one, "fingerprint") for one in FINGERPRINTED)

    def _listed(self, one: NodeType, what: str = "*") -> int:
        return self.number(f"SELECT count({what}) FROM snap.{one.table}")  # noqa: S608 - our own names

    def rows(self, text: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """What a question (SQL, `snap` is the snapshot) finds."""
        return self.db.execute(text, values)

    def ids(self, text: str, *values: object) -> list[str]:
        return [row[0] for row in self.db.execute(text, values)]

    def number(self, text: str) -> int:
        return int(self.db.execute(text).fetchone()[0])

    def closed(self, kind: str, limit: int = -1, *, own: bool = False) -> list[str]:
        """Names of what would be removed of a kind, sorted; `own`: without edges that go with their node."""
        if kind in self.escalations.counts:
            return self.escalations.closed(kind, limit)
        return self.ids(difference.closed(kind, own=own), limit)

    def close(self) -> None:
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # ---- how it is made ----

    def _compare(self, reader: Reader, *, same: bool = False, verify: bool = False) -> None:
        """`same`: what has a fingerprint does not differ. The rest has none, and is few."""
        looked_at = [one for one in OWNERS if not (same and one in FINGERPRINTED)]
        for one in looked_at:
            reader.known(one) if one.fingerprint else reader.whole(one)
        if verify:
            reader.distrust()
        written = reader.permissions(partial(leading, self._facts))
        for one in looked_at:
            self._run(difference.WORK, one, removable=one.table in self.proof.removable)
        self._run(difference.UNPROVEN, users_proven=self.proof.users_proven)
        self._run(difference.WORK_PERMISSIONS, removable="permission" in self.proof.removable)
        for one in FINGERPRINTED:
            reader.formers(one)
            reader.seen(one)
        for one in FINGERPRINTED:
            for edge in one.edges:
                reader.edges(one, edge)
        self._run(difference.HIDDEN)
        if roles_hidden := self.ids(
            "SELECT coalesce(username, id) FROM roles_hidden JOIN snap.user USING (id) ORDER BY 1"
        ):
            self.proof = self.proof.without_roles_of(roles_hidden)
        if self.proof.nameless_hidden:
            self._run(difference.NAMELESS)
        if "member_of" not in self.proof.removable:
            self._run(difference.WAIT)
        for one in OWNERS:
            for edge in one.edges:
                self._run(difference.EDGES, one, edge, removable=edge.key in self.proof.removable)
            self._run(difference.NODES, one)
        self._run(difference.UNPROVEN_NODES)
        for one in OWNERS:
            for label, wanted in one.labels.items():
                self._run(difference.LABEL, one, words={"label": label, "wanted": wanted})
        for one in OWNERS:
            self._run(difference.SETTLE, one, batch=self.edge_batch)
        self.counts = {
            name: Count(*(n or 0 for n in self.db.execute(text).fetchone()))
            for name, text in difference.counts().items()
        }
        self.removals = [removal for name in self.counts if (removal := self._removal(reader.graph, name))]
        self._escalate(written)

    def _escalate(self, written: list[list[Any]]) -> None:
        """What follows from all of the above; `written`: the ways that the graph holds. Derived, so the guard does not
        look at what goes."""
        facts, found = self._facts, self.escalations
        permissions = self.db.execute(difference.PERMISSIONS).fetchall()
        for id_, known, tier, how in permissions:
            found.judge(id_, judgement(facts.entry(id_)), Judgement(tier, how) if known else None)
        here = [row[0] for row in permissions] if self.number(difference.ADMIN) else []
        asked = json.dumps(sorted(leading(facts, here)))
        grants = [
            Grant(role, name, id_, bool(there))
            for role, name, id_, there in self.db.execute(difference.GRANTED, (asked,))
        ]
        found.compare(ways(facts, here, grants), written)
        known_ids = {row[0] for row in permissions if row[1]}
        known_ids -= set(self.ids("SELECT id FROM work_permission"))
        self.counts["permissions"].changed += sum(row[0] in known_ids for row in found.judged)
        self.counts |= found.counts

    def _removal(self, graph: WorkspaceGraph, name: str) -> Removal | None:
        count = self.counts[name]
        if name in NODES:
            before = self.number(f"SELECT count(*) FROM known_{difference.TABLE_OF[name]}")  # noqa: S608 - our own names
            turned = self.number(difference.TURNED_DANGLING) if name == "roles" else 0
            removed, gone = count.closed + turned, count.closed
        else:
            removed = self.number(f"SELECT count(*) FROM close_{name.lower()} WHERE NOT with_node")  # noqa: S608
            before, gone = state.count_edges(graph, name) if removed else 0, count.closed
        if not removed:
            return None
        return Removal(
            name,
            before,
            removed,
            before - gone + count.added + count.returned,
            tuple(self.closed(name, SAMPLE, own=True)),
        )

    def _run(
        self, text: str, one: NodeType | None = None, edge: EdgeType | None = None, *,
        words: dict[str, str] | None = None, **values: object,
    ) -> None:  # fmt: skip
        names = words or {}
        if one:
            names = (difference.edge_names(one, edge) if edge else difference.names(one)) | names
        for statement in text.split(";"):
            if statement.strip():
                used = {key: value for key, value in values.items() if f":{key}" in statement}
                self.db.execute(statement.format_map(names), used)
