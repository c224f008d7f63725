"""Write a plan into the graph, in steps that may each be the last one.

A run can be killed between any two transactions, and its source may have changed before the next one. So a fingerprint
is written only together with the last thing that it stands for, and is taken away together with the first that changes.
Steps go into one transaction as far as they fit: a commit costs more than a thousand rows.

1. permissions, then whatever is back: a `Former…` gets its label again before an upsert could make a second node
2. edges that are there twice; edges that ended: the owner of each loses its fingerprint in the same statement. And
   ways to administrator
3. roles, users, teams, rooms: the nodes whose labels change, and these labels; then nodes, edges and fingerprint in
   one transaction a batch; then the fingerprints of whoever has more edges than fit into one
4. tiers and ways to administrator, which are derived from the above
5. what is gone: all of its edges were closed in step 2
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

from rc2graph.errors import GraphError
from rc2graph.graph.connect import Transaction
from rc2graph.graph.kinds import FINGERPRINTED, ID, OWNERS, to_graph
from rc2graph.graph.lease import Lease
from rc2graph.graph.plan import Plan
from rc2graph.graph.prefetch import prefetch
from rc2graph.graph.reader import Progress
from rc2graph.graph.state import batches
from rc2graph.model import LOADED, PERMISSION, EdgeType, NodeType

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
        self.node_batch, self.edge_batch = node_batch, plan.edge_batch

    def run(self) -> None:
        """Write it all. The rows of a transaction are made while the server works on the one before."""
        done: dict[str, int] = {}
        with closing(prefetch(self._transactions())) as transactions:
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
        for one in FINGERPRINTED:
            yield from self._each(f"load/return/{one.label}", f"SELECT id FROM work_{one.table} WHERE returned")  # noqa: S608
        for edge in (edge for one in OWNERS for edge in one.edges):
            yield from self._close(edge)
        for type_, rows in self.plan.escalations.removed.items():
            yield from self._rows(f"close/ways/{type_}", rows)
        for one in OWNERS:
            yield from self._labels(one)
            yield from self._upsert(one)
            yield from self._late(one)
        yield from self._rows("load/tiers", self.plan.escalations.judged)
        for type_, rows in self.plan.escalations.written.items():
            yield from self._rows(f"load/ways/{type_}", rows)
        for one in reversed(LOADED):
            yield from self._gone(one)

    def _permissions(self) -> Iterator[Step]:
        columns = ", ".join(("id", *PERMISSION.columns))
        rows = self.plan.rows(f"SELECT {columns} FROM work_permission JOIN snap.permission USING (id)")  # noqa: S608
        return self._rows(f"load/nodes/{PERMISSION.label}", map(to_graph((ID, *PERMISSION.properties)), rows))

    def _close(self, edge: EdgeType) -> Iterator[Step]:
        double = self.plan.rows(f"SELECT owner_id, target_id FROM double_{edge.key} ORDER BY target_id, owner_id")  # noqa: S608
        yield from self._rows(f"close/doubles/{edge.name}", map(list, double))
        done, total = 0, self.plan.counts[edge.name].closed
        rows = self.plan.rows(f"SELECT owner_id, target_id FROM close_{edge.key} ORDER BY target_id, owner_id")  # noqa: S608
        statement = f"close/edges/{edge.name}" if edge.history else f"close/delete_edges/{edge.name}"
        parameters = {"now": self.now} if edge.history else {}
        for batch in batches(map(list, rows), self.edge_batch):
            done += len(batch)
            told = f"close {edge.name}", done, total
            yield Step(len(batch), self._sent(statement, rows=batch, **parameters), progress=told)

    def _upsert(self, one: NodeType) -> Iterator[Step]:
        total = self.plan.number(f"SELECT count(*) FROM work_{one.table}")  # noqa: S608 - our own names
        done = 0
        for first, last, count, edges in self._ranges(one):
            nodes = self._nodes(one, "node AND NOT early", first, last)
            fingerprints = self._fingerprints(one, first, last)
            small = edges <= self.edge_batch
            rows = [self._edges(edge, first, last) for edge in one.edges] if small else []
            done += count
            told = f"write {one.noun} and {', '.join(edge.name for edge in one.edges)}", done, total
            put = partial(self._put, one=one, nodes=nodes, fingerprints=fingerprints, edges=rows)
            yield Step(count + (edges if small else 0), put, progress=told)
            if not small:
                for part in (part for edge in one.edges for part in self._parts(edge, first)):
                    yield Step(self.edge_batch, partial(self._put, one=one, edges=[part]))

    def _ranges(self, one: NodeType) -> Iterator[tuple[str, str, int, int]]:
        """First id, last id, nodes and edges of each step; an aggregate with too many edges is alone in one."""
        first, last, count, edges = "", "", 0, 0
        for id_, more in self.plan.rows(f"SELECT id, edges FROM work_{one.table} ORDER BY id"):  # noqa: S608
            if count and (count == self.node_batch or edges + more > self.edge_batch):
                yield first, last, count, edges
                count, edges = 0, 0
            first, last, count, edges = first if count else id_, id_, count + 1, edges + more
        if count:
            yield first, last, count, edges

    def _nodes(self, one: NodeType, which: str, first: str, last: str) -> list[Row]:
        columns = "".join(f", s.{column}" for column in one.columns)
        fingerprint = ", CASE WHEN NOT early AND NOT late THEN new_fingerprint END" if one.fingerprint else ""
        turn = to_graph((ID, *one.properties, *([ID] if one.fingerprint else [])))
        return [
            turn(row)
            for row in self.plan.rows(
                f"SELECT w.id{columns}{fingerprint}"  # noqa: S608 - our own names
                f" FROM work_{one.table} w JOIN want_{one.table} s ON s.id = w.id"
                f" WHERE {which} AND w.id BETWEEN ? AND ? ORDER BY w.id",
                first,
                last,
            )
        ]

    def _fingerprints(self, one: NodeType, first: str, last: str) -> list[Row]:
        """Aggregates whose node stays as it is, or as it was written with its labels."""
        if not one.fingerprint:
            return []
        return [
            list(row)
            for row in self.plan.rows(
                f"SELECT id, CASE WHEN NOT late THEN new_fingerprint END FROM work_{one.table}"  # noqa: S608 - our own names
                " WHERE (early OR NOT node) AND id BETWEEN ? AND ? ORDER BY id",
                first,
                last,
            )
        ]

    def _edges(self, edge: EdgeType, first: str, last: str) -> "Edges":
        return Edges.of(edge, self.plan.rows(_added(edge), first, last))

    def _parts(self, edge: EdgeType, id_: str) -> Iterator["Edges"]:
        for batch in batches(self.plan.rows(_added(edge), id_, id_), self.edge_batch):
            yield Edges.of(edge, batch)

    def _put(
        self, tx: Transaction, one: NodeType, edges: "Sequence[Edges]",
        nodes: Sequence[Row] = (), fingerprints: Sequence[Row] = (),
    ) -> None:  # fmt: skip
        now = {"now": self.now} if one.former else {}
        if nodes:
            tx.run(f"load/nodes/{one.label}", rows=nodes, **now)
        if fingerprints:
            tx.run(f"load/fingerprints/{one.label}", rows=fingerprints)
        for some in edges:
            if some.count:
                self._put_edges(tx, some)

    def _put_edges(self, tx: Transaction, some: "Edges") -> None:
        edge = some.edge
        now = {"now": self.now} if edge.first_seen else {}
        found = tx.run(f"load/edges/{edge.name}", ids=some.ids, rows=some.rows, **now)
        written = found[0]["edges"]
        if written < some.count:
            raise GraphError(
                f"{some.count - written} of {some.count} {edge.name} edges could not be written.",
                "A node that they need is not there: somebody else has changed the graph during this run.",
                "Run the same command again; it goes on where this one stopped.",
            )

    def _labels(self, one: NodeType) -> Iterator[Step]:
        """Nodes whose labels change, without a fingerprint, and then their labels."""
        early = f"SELECT id FROM work_{one.table} WHERE early ORDER BY id"  # noqa: S608 - our own names
        for batch in batches(self.plan.ids(early) if one.labels else (), self.node_batch):
            nodes = self._nodes(one, "early AND node", batch[0], batch[-1])
            written = {row[0] for row in nodes}
            fingerprints = [[id_, None] for id_ in batch if id_ not in written]
            yield Step(len(batch), partial(self._put, one=one, edges=(), nodes=nodes, fingerprints=fingerprints))
        for label in one.labels:
            for wanted, statement in ((1, f"load/label/{label}"), (0, f"load/unlabel/{label}")):
                yield from self._each(statement, "SELECT id FROM label WHERE label = ? AND wanted = ?", label, wanted)

    def _late(self, one: NodeType) -> Iterator[Step]:
        late = "WHERE late AND new_fingerprint IS NOT NULL"
        rows = self.plan.rows(f"SELECT id, new_fingerprint FROM work_{one.table} {late}")  # noqa: S608 - our own names
        return self._rows(f"load/fingerprints/{one.label}", map(list, rows))

    def _gone(self, one: NodeType) -> Iterator[Step]:
        """History, or deleted: unless somebody else's edges are on it, then it stays for them, without its label."""
        gone = f"SELECT id FROM gone_{one.table}"  # noqa: S608 - our own names
        if one.former:
            yield from self._each(f"close/nodes/{one.label}", gone, now=self.now)
            return
        derived = ["close/escalations"] if one is PERMISSION else []
        statements = (*derived, f"close/delete_nodes/{one.label}", f"close/disown/{one.label}")
        for batch in batches(self.plan.ids(gone), self.node_batch):

            def work(tx: Transaction, ids: list[str] = batch) -> None:
                for statement in statements:
                    tx.run(statement, ids=ids)

            yield Step(len(batch), work)

    def _each(self, statement: str, text: str, *values: object, **parameters: object) -> Iterator[Step]:
        """Statements that change labels: in transactions of their own, because ArcadeDB moves such a node."""
        for batch in batches(self.plan.ids(text, *values), self.node_batch):
            yield Step(len(batch), self._sent(statement, ids=batch, **parameters), alone=True)

    def _rows(self, statement: str, rows: Iterable[Row]) -> Iterator[Step]:
        for batch in batches(rows, self.node_batch):
            yield Step(len(batch), self._sent(statement, rows=batch))

    def _sent(self, statement: str, **parameters: object) -> Callable[[Transaction], object]:
        return lambda tx: tx.run(statement, **parameters)


def _together(steps: Iterable[Step], tx: Transaction) -> None:
    for step in steps:
        step.run(tx)


def _added(edge: EdgeType) -> str:
    """Edges of a range of owners: ids of the nodes that each leaves and leads to, then its columns."""
    ends = ("owner_id", "target_id") if edge.owner == edge.start else ("target_id", "owner_id")
    if not edge.properties:
        return (
            f"SELECT {', '.join(ends)} FROM add_{edge.key} WHERE owner_id BETWEEN ? AND ? ORDER BY owner_id, target_id"  # noqa: S608
        )
    columns = "".join(f", s.{column}" for column in edge.columns)
    return f"""SELECT a.{ends[0]}, a.{ends[1]}{columns} FROM add_{edge.key} a
        JOIN snap.{edge.table} s ON s.{edge.owner_column} = a.owner_id AND s.{edge.target_column} = a.target_id
        WHERE a.owner_id BETWEEN ? AND ? ORDER BY a.{ends[0]}, a.{ends[1]}"""  # noqa: S608 - our own names


@dataclass(frozen=True)
class Edges:
    """What `load/edges` takes: `ids` that edges lead to, `rows` of an id and of places among these."""

    edge: EdgeType
    ids: list[str]
    rows: list[Row]
    count: int

    @classmethod
    def of(cls, edge: EdgeType, rows: Iterable[tuple[str, ...]]) -> Self:
        turn = to_graph(edge.properties)
        places: dict[str, int] = {}
        groups: dict[str, list[object]] = {}
        count = 0
        for leaves, to, *columns in rows:
            place = places.setdefault(to, len(places))
            groups.setdefault(leaves, []).append([place, *turn(columns)] if columns else place)
            count += 1
        return cls(edge, list(places), [[id_, group] for id_, group in groups.items()], count)
