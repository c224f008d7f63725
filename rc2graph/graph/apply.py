"""Write a plan into the graph, in steps that may each be the last one.

A run can be killed between any two transactions, and its source may have changed before the next one. So a fingerprint
is written only together with the last thing that it stands for, and is taken away together with the first that changes.
Steps go into one transaction as far as they fit: a commit costs more than a thousand rows.

1. permissions, then whatever is back: a `Former…` gets its label again before an upsert could make a second node
2. edges that ended; the holder of each loses its fingerprint in the same statement. And ways to administrator
3. roles, users, teams: nodes, edges and fingerprint in one transaction a batch; then rooms
4. labels, then the fingerprints of these
5. tiers and ways to administrator, which are derived from the above
6. what is gone: all of its edges were closed in step 2
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

from rc2graph.errors import GraphError
from rc2graph.graph.connect import Transaction
from rc2graph.graph.kinds import AGGREGATES, ROLES, ROOM, TEAMS, USERS, Kind, to_graph
from rc2graph.graph.lease import Lease
from rc2graph.graph.plan import Plan, Progress
from rc2graph.graph.state import batches

NODE_BATCH = 5_000
"""Nodes a statement; the number of rows in a transaction is the plan's `edge_batch`."""

Row = list[Any]
Step = Callable[[Transaction], object]


class Application:
    """One plan on its way into the graph. `now`: when the data was true; `firstSeen` and `until` of what changes."""

    def __init__(self, plan: Plan, lease: Lease, now: str, *, node_batch: int = NODE_BATCH, progress: Progress) -> None:
        self.plan, self.lease, self.now, self.progress = plan, lease, now, progress
        self.workspace = plan.workspace
        self.node_batch, self.edge_batch = node_batch, plan.edge_batch
        self._steps: list[Step] = []
        self._size = 0

    def run(self) -> None:
        self._permissions()
        for kind in AGGREGATES:
            self._each(f"load/return_{kind.table}s", f"SELECT id FROM work_{kind.table} WHERE returned")  # noqa: S608
        for kind in (USERS, TEAMS, ROLES):
            self._close(kind)
        self._rows("close/has_room", map(list, self.plan.rows("SELECT holder, other FROM close_has_room")))
        for type_, rows in self.plan.escalations.removed.items():
            self._rows(f"close/{type_.lower()}", rows)
        for kind in AGGREGATES:
            self._upsert(kind)
            if kind is USERS:
                self._labels()
            self._seal(kind)
        self._rooms()
        self._rows("load/tiers", self.plan.escalations.judged)
        for type_, rows in self.plan.escalations.written.items():
            self._rows(f"load/{type_.lower()}", rows)
        for kind in (TEAMS, USERS, ROLES):
            self._each(f"close/{kind.table}s", f"SELECT id FROM gone_{kind.table}", now=self.now)  # noqa: S608
        self._gone("permission", "close/escalations", "close/permissions", "close/permission_labels")
        self._gone("room", "close/rooms", "close/room_labels")
        self._commit()

    def _permissions(self) -> None:
        rows = self.plan.rows("SELECT id, setting_id FROM work_permission JOIN snap.permission USING (id)")
        self._rows("load/permissions", map(list, rows))

    def _close(self, kind: Kind) -> None:
        total = self.plan.counts[kind.edge].closed
        rows = self.plan.rows(f"SELECT holder, other FROM close_{kind.edges} ORDER BY other, holder")  # noqa: S608
        parameters = {} if kind is ROLES else {"now": self.now}
        for done, batch in _counted(batches(map(list, rows), self.edge_batch)):
            self._write(f"close/{kind.edges}", len(batch), rows=batch, **parameters)
            self.progress(f"close {kind.edge}", done, total)

    def _upsert(self, kind: Kind) -> None:
        total = self.plan.number(f"SELECT count(*) FROM work_{kind.table}")  # noqa: S608 - our own names
        done = 0
        for first, last, count, edges in self._ranges(kind):
            nodes, seals = self._nodes(kind, first, last), self._seals(kind, first, last)
            small = edges <= self.edge_batch
            rows = self._edges(kind, first, last) if small else Edges([], [], 0)
            size = count + (edges if small else 0)
            self._step(size, partial(self._put, kind=kind, nodes=nodes, seals=seals, edges=rows))
            if not small:
                for part in self._parts(kind, first):
                    self._step(self.edge_batch, partial(self._put, kind=kind, edges=part))
            done += count
            self.progress(f"write {kind.name} and {kind.edge}", done, total)

    def _ranges(self, kind: Kind) -> Iterator[tuple[str, str, int, int]]:
        """First id, last id, nodes and edges of each transaction; an aggregate with too many edges is alone in one."""
        first, last, count, edges = "", "", 0, 0
        for id_, more in self.plan.db.execute(f"SELECT id, edges FROM work_{kind.table} ORDER BY id"):  # noqa: S608
            if count and (count == self.node_batch or edges + more > self.edge_batch):
                yield first, last, count, edges
                count, edges = 0, 0
            first, last, count, edges = first if count else id_, id_, count + 1, edges + more
        if count:
            yield first, last, count, edges

    def _nodes(self, kind: Kind, first: str, last: str) -> list[Row]:
        columns = ", ".join(f"s.{column}" for column in kind.columns)
        turn = to_graph(("id", *kind.columns, "fingerprint"))
        return [
            turn(row)
            for row in self.plan.rows(
                f"SELECT w.id, {columns}, CASE WHEN NOT late THEN seal END"  # noqa: S608 - our own names
                f" FROM work_{kind.table} w JOIN want_{kind.table} s ON s.id = w.id"
                " WHERE node AND w.id BETWEEN ? AND ? ORDER BY w.id",
                first,
                last,
            )
        ]

    def _seals(self, kind: Kind, first: str, last: str) -> list[Row]:
        """Aggregates whose node stays as it is: only edges or labels differ, or the fingerprint alone."""
        return [
            list(row)
            for row in self.plan.rows(
                f"SELECT id, CASE WHEN NOT late THEN seal END FROM work_{kind.table}"  # noqa: S608 - our own names
                " WHERE NOT node AND id BETWEEN ? AND ? ORDER BY id",
                first,
                last,
            )
        ]

    def _edges(self, kind: Kind, first: str, last: str) -> "Edges":
        return Edges.of(kind, self.plan.rows(_EDGES[kind.edge], first, last))

    def _parts(self, kind: Kind, id_: str) -> Iterator["Edges"]:
        for batch in batches(self.plan.rows(_EDGES[kind.edge], id_, id_), self.edge_batch):
            yield Edges.of(kind, batch)

    def _put(
        self, tx: Transaction, kind: Kind, edges: "Edges", nodes: Sequence[Row] = (), seals: Sequence[Row] = ()
    ) -> None:
        if nodes:
            tx.run(f"load/{kind.name}", workspace=self.workspace, rows=nodes, now=self.now)
        if seals:
            tx.run(f"load/seal_{kind.name}", workspace=self.workspace, rows=seals)
        if not edges.count:
            return
        found = tx.run(f"load/{kind.edges}", workspace=self.workspace, ids=edges.ids, rows=edges.rows, now=self.now)
        written = found[0]["edges"]
        if written < edges.count:
            raise GraphError(
                f"{edges.count - written} of {edges.count} {kind.edge} edges could not be written.",
                "A node that they need is not there: somebody else has changed the graph during this run.",
                "Run the same command again; it goes on where this one stopped.",
            )

    def _labels(self) -> None:
        for label in USERS.labels:
            for wanted, statement in ((1, f"load/label_{label}"), (0, f"load/unlabel_{label}")):
                self._each(statement, "SELECT id FROM label WHERE label = ? AND wanted = ?", label, wanted)

    def _seal(self, kind: Kind) -> None:
        rows = self.plan.rows(f"SELECT id, seal FROM work_{kind.table} WHERE late AND seal IS NOT NULL")  # noqa: S608
        self._rows(f"load/seal_{kind.name}", map(list, rows))

    def _rooms(self) -> None:
        columns = ", ".join(ROOM)
        rows = self.plan.rows(f"SELECT id, {columns} FROM work_room JOIN snap.room USING (id) ORDER BY id")  # noqa: S608
        self._rows("load/rooms", map(to_graph(("id", *ROOM)), rows))
        edges = self.plan.rows(
            "SELECT holder, other, main FROM add_has_room JOIN snap.room ON id = other ORDER BY holder"
        )
        self._rows("load/has_room", map(to_graph(("id", "id", "main")), edges))

    def _gone(self, table: str, *statements: str) -> None:
        """Deleted, unless somebody else's edges are on it: then it stays for them, without its label."""
        for batch in batches(self.plan.ids(f"SELECT id FROM gone_{table}"), self.node_batch):  # noqa: S608 - our own names

            def work(tx: Transaction, ids: list[str] = batch) -> None:
                for statement in statements:
                    tx.run(statement, workspace=self.workspace, ids=ids)

            self._step(len(batch), work)

    def _each(self, statement: str, text: str, *values: object, **parameters: object) -> None:
        """Statements that change labels: in transactions of their own, because ArcadeDB moves such a node."""
        for batch in batches(self.plan.ids(text, *values), self.node_batch):
            self._commit()
            self._write(statement, len(batch), ids=batch, **parameters)
            self._commit()

    def _rows(self, statement: str, rows: Iterable[Row]) -> None:
        for batch in batches(rows, self.node_batch):
            self._write(statement, len(batch), rows=batch)

    def _write(self, statement: str, size: int, **parameters: object) -> None:
        self._step(size, lambda tx: tx.run(statement, workspace=self.workspace, **parameters))

    def _step(self, size: int, step: Step) -> None:
        """Into the transaction that is being filled, or, where it has no room for so many rows, into the next one."""
        if self._size + size > self.edge_batch:
            self._commit()
        self._steps.append(step)
        self._size += size

    def _commit(self) -> None:
        steps, self._steps, self._size = self._steps, [], 0
        if steps:
            self.lease.write(lambda tx: [step(tx) for step in steps])


_EDGES = {
    "HAS_ROLE": "SELECT holder, other FROM add_has_role WHERE holder BETWEEN ? AND ? ORDER BY holder, other",
    "GRANTS": "SELECT holder, other FROM add_grants WHERE holder BETWEEN ? AND ? ORDER BY holder, other",
    "MEMBER_OF": """SELECT a.other, a.holder, m.roles, m.owner, m.joined_at, m.added_by_id
        FROM add_member_of a JOIN snap.member m ON m.team_id = a.holder AND m.user_id = a.other
        WHERE a.holder BETWEEN ? AND ? ORDER BY a.other, a.holder""",
}
"""Edges of a range of holders: ids of the node that each leaves and of the one that it leads to, then its columns."""


@dataclass(frozen=True)
class Edges:
    """What `load/has_role` and its like take: `ids` that edges lead to, `rows` of an id and of places among these."""

    ids: list[str]
    rows: list[Row]
    count: int

    @classmethod
    def of(cls, kind: Kind, rows: Iterable[tuple[str, ...]]) -> Self:
        turn = to_graph(kind.edge_columns)
        places: dict[str, int] = {}
        groups: dict[str, list[object]] = {}
        count = 0
        for leaves, to, *columns in rows:
            place = places.setdefault(to, len(places))
            groups.setdefault(leaves, []).append([place, *turn(columns)] if columns else place)
            count += 1
        return cls(list(places), [[id_, group] for id_, group in groups.items()], count)


def _counted(lists: Iterable[list[Row]]) -> Iterator[tuple[int, list[Row]]]:
    done = 0
    for rows in lists:
        done += len(rows)
        yield done, rows
