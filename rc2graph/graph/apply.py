"""Write a plan into the graph, in steps that may each be the last one.

A run can be killed between any two transactions, and its source may have changed before the next one. So a fingerprint
is written only together with the last thing that it stands for, and is taken away together with the first that changes.
Steps go into one transaction as far as they fit: a commit costs more than a thousand rows.

1. permissions, then whatever is back: a `Former…` gets its label again before an upsert could make a second node
2. edges that are there twice; edges that ended: the holder of each loses its fingerprint in the same statement. And
   ways to administrator
3. roles, users, teams: nodes, edges and fingerprint in one transaction a batch; then rooms
4. labels, then the fingerprints of these
5. tiers and ways to administrator, which are derived from the above
6. what is gone: all of its edges were closed in step 2
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

from rc2graph.errors import GraphError
from rc2graph.graph.ahead import ahead
from rc2graph.graph.connect import Transaction
from rc2graph.graph.kinds import AGGREGATES, ROLES, ROOM, TEAMS, USERS, Kind, to_graph
from rc2graph.graph.lease import Lease
from rc2graph.graph.plan import Plan
from rc2graph.graph.reader import Progress
from rc2graph.graph.state import batches

NODE_BATCH = 5_000
"""Nodes a statement; the number of rows in a transaction is the plan's `edge_batch`."""

Row = list[Any]


@dataclass(frozen=True)
class Step:
    """Statements that belong together. `rows`: how many they write; `alone`: nothing else in the same transaction.
    `progress`: what is told when it is written."""

    rows: int
    run: Callable[[Transaction], object]
    alone: bool = False
    progress: tuple[str, int, int] | None = None


class Application:
    """One plan on its way into the graph. `now`: when the data was true; `firstSeen` and `until` of what changes."""

    def __init__(self, plan: Plan, lease: Lease, now: str, *, node_batch: int = NODE_BATCH, progress: Progress) -> None:
        self.plan, self.lease, self.now, self.progress = plan, lease, now, progress
        self.workspace = plan.workspace
        self.node_batch, self.edge_batch = node_batch, plan.edge_batch

    def run(self) -> None:
        """Write it all. The rows of a transaction are made while the server works on the one before."""
        done: dict[str, int] = {}
        with closing(ahead(self._transactions())) as transactions:
            for steps in transactions:
                told = [step.progress for step in steps if step.progress]
                for what, _, total in told[:1]:  # what is begun: a transaction can take a while
                    self.progress(what, done.get(what, 0), total)
                self.lease.write(partial(_together, steps))
                for what, done[what], total in told:
                    self.progress(what, done[what], total)

    def _transactions(self) -> Iterator[list[Step]]:
        steps: list[Step] = []
        rows = 0
        for step in self._steps():
            if steps and (step.alone or steps[-1].alone or rows + step.rows > self.edge_batch):
                yield steps
                steps, rows = [], 0
            steps.append(step)
            rows += step.rows
        if steps:
            yield steps

    def _steps(self) -> Iterator[Step]:
        yield from self._permissions()
        for kind in AGGREGATES:
            yield from self._each(f"load/return_{kind.table}s", f"SELECT id FROM work_{kind.table} WHERE returned")  # noqa: S608
        for kind in (USERS, TEAMS, ROLES):
            yield from self._close(kind)
        yield from self._rows("close/has_room", map(list, self.plan.rows("SELECT holder, other FROM close_has_room")))
        for type_, rows in self.plan.escalations.removed.items():
            yield from self._rows(f"close/{type_.lower()}", rows)
        for kind in AGGREGATES:
            yield from self._upsert(kind)
            if kind is USERS:
                yield from self._labels()
            yield from self._seal(kind)
        yield from self._rooms()
        yield from self._rows("load/tiers", self.plan.escalations.judged)
        for type_, rows in self.plan.escalations.written.items():
            yield from self._rows(f"load/{type_.lower()}", rows)
        for kind in (TEAMS, USERS, ROLES):
            yield from self._each(f"close/{kind.table}s", f"SELECT id FROM gone_{kind.table}", now=self.now)  # noqa: S608
        yield from self._gone("permission", "close/escalations", "close/permissions", "close/permission_labels")
        yield from self._gone("room", "close/rooms", "close/room_labels")

    def _permissions(self) -> Iterator[Step]:
        rows = self.plan.rows("SELECT id, setting_id FROM work_permission JOIN snap.permission USING (id)")
        return self._rows("load/permissions", map(list, rows))

    def _close(self, kind: Kind) -> Iterator[Step]:
        double = self.plan.rows(f"SELECT holder, other FROM double_{kind.edges} ORDER BY other, holder")  # noqa: S608
        yield from self._rows(f"close/double_{kind.edges}", map(list, double))
        done, total = 0, self.plan.counts[kind.edge].closed
        rows = self.plan.rows(f"SELECT holder, other FROM close_{kind.edges} ORDER BY other, holder")  # noqa: S608
        parameters = {} if kind is ROLES else {"now": self.now}
        for batch in batches(map(list, rows), self.edge_batch):
            done += len(batch)
            told = f"close {kind.edge}", done, total
            yield Step(len(batch), self._sent(f"close/{kind.edges}", rows=batch, **parameters), progress=told)

    def _upsert(self, kind: Kind) -> Iterator[Step]:
        total = self.plan.number(f"SELECT count(*) FROM work_{kind.table}")  # noqa: S608 - our own names
        done = 0
        for first, last, count, edges in self._ranges(kind):
            nodes, seals = self._nodes(kind, first, last), self._seals(kind, first, last)
            small = edges <= self.edge_batch
            rows = self._edges(kind, first, last) if small else Edges([], [], 0)
            done += count
            told = f"write {kind.name} and {kind.edge}", done, total
            put = partial(self._put, kind=kind, nodes=nodes, seals=seals, edges=rows)
            yield Step(count + (edges if small else 0), put, progress=told)
            if not small:
                for part in self._parts(kind, first):
                    yield Step(self.edge_batch, partial(self._put, kind=kind, edges=part))

    def _ranges(self, kind: Kind) -> Iterator[tuple[str, str, int, int]]:
        """First id, last id, nodes and edges of each step; an aggregate with too many edges is alone in one."""
        first, last, count, edges = "", "", 0, 0
        for id_, more in self.plan.rows(f"SELECT id, edges FROM work_{kind.table} ORDER BY id"):  # noqa: S608
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

    def _labels(self) -> Iterator[Step]:
        for label in USERS.labels:
            for wanted, statement in ((1, f"load/label_{label}"), (0, f"load/unlabel_{label}")):
                yield from self._each(statement, "SELECT id FROM label WHERE label = ? AND wanted = ?", label, wanted)

    def _seal(self, kind: Kind) -> Iterator[Step]:
        rows = self.plan.rows(f"SELECT id, seal FROM work_{kind.table} WHERE late AND seal IS NOT NULL")  # noqa: S608
        return self._rows(f"load/seal_{kind.name}", map(list, rows))

    def _rooms(self) -> Iterator[Step]:
        columns = ", ".join(ROOM)
        rows = self.plan.rows(f"SELECT id, {columns} FROM work_room JOIN snap.room USING (id) ORDER BY id")  # noqa: S608
        yield from self._rows("load/rooms", map(to_graph(("id", *ROOM)), rows))
        edges = self.plan.rows(
            "SELECT holder, other, main FROM add_has_room JOIN snap.room ON id = other ORDER BY holder"
        )
        yield from self._rows("load/has_room", map(to_graph(("id", "id", "main")), edges))

    def _gone(self, table: str, *statements: str) -> Iterator[Step]:
        """Deleted, unless somebody else's edges are on it: then it stays for them, without its label."""
        for batch in batches(self.plan.ids(f"SELECT id FROM gone_{table}"), self.node_batch):  # noqa: S608 - our own names

            def work(tx: Transaction, ids: list[str] = batch) -> None:
                for statement in statements:
                    tx.run(statement, workspace=self.workspace, ids=ids)

            yield Step(len(batch), work)

    def _each(self, statement: str, text: str, *values: object, **parameters: object) -> Iterator[Step]:
        """Statements that change labels: in transactions of their own, because ArcadeDB moves such a node."""
        for batch in batches(self.plan.ids(text, *values), self.node_batch):
            yield Step(len(batch), self._sent(statement, ids=batch, **parameters), alone=True)

    def _rows(self, statement: str, rows: Iterable[Row]) -> Iterator[Step]:
        for batch in batches(rows, self.node_batch):
            yield Step(len(batch), self._sent(statement, rows=batch))

    def _sent(self, statement: str, **parameters: object) -> Callable[[Transaction], object]:
        return lambda tx: tx.run(statement, workspace=self.workspace, **parameters)


def _together(steps: Iterable[Step], tx: Transaction) -> None:
    for step in steps:
        step.run(tx)


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
