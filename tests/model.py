"""What a graph must hold after any sequence of loads, worked out in plain Python: what is there, and since when; what
was there, and until when. It knows worlds and proofs, and nothing of plans, statements or fingerprints."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from rc2graph.graph.connect import Graph
from tests.snapshots import Dump, World, ask, current, expected, formers, history

Edge = tuple[str, str, str]
KEPT = {"User": "FormerUser", "Role": "FormerRole", "Team": "FormerTeam"}
"""Of these what is gone is kept; permissions and rooms are deleted."""
CLOSED = {"HAS_ROLE": "HAD_ROLE", "MEMBER_OF": "WAS_MEMBER_OF"}
SEEN = {"HAS_ROLE", "MEMBER_OF", "GRANTS"}
"""Edges that say since when they are known."""


def kind_of(labels: str) -> str:
    return next(label for label in labels.split("+") if label in (*KEPT, "Permission", "Room"))


@dataclass
class Model:
    """One workspace. Every load is of a complete snapshot, as of `at`."""

    now: Dump = field(default_factory=lambda: Dump(set(), set()))
    nodes: dict[tuple[str, str], str] = field(default_factory=dict)
    """(kind, id) → first seen, also of what is gone and kept."""
    edges: dict[Edge, str] = field(default_factory=dict)
    past: set[tuple[str, str, str, str, str]] = field(default_factory=set)
    gone: set[tuple[str, str]] = field(default_factory=set)
    """(former label, id)."""
    at: str = ""

    def load(self, world: World, at: str) -> None:
        wanted = expected(world)
        had, has = self._edges(self.now), self._edges(wanted)
        for edge in had - has:
            since = self.edges.pop(edge)
            if edge[0] in CLOSED:
                self.past.add((CLOSED[edge[0]], *edge[1:], since, at))
        for edge in has - had:
            self.edges[edge] = at
        had_nodes, has_nodes = self._nodes(self.now), self._nodes(wanted)
        for kind, id_ in had_nodes - has_nodes:
            if kind in KEPT:
                self.gone.add((KEPT[kind], id_))
        for kind, id_ in has_nodes - had_nodes:
            self.gone.discard((KEPT.get(kind, ""), id_))
            if kind in KEPT:
                self.nodes.setdefault((kind, id_), at)
        self.now, self.at = wanted, at

    def loads(self, worlds: Iterable[tuple[World, str]]) -> "Model":
        for world, at in worlds:
            self.load(world, at)
        return self

    def load_after_a_death(self, died: tuple[World, str], world: World, at: str, graph: Graph, workspace: str) -> None:
        """A run wrote a part of `died`, then another wrote `world`: what is there is certain, and since when is one of
        two moments. Which one, the graph is asked, as it depends on where the first ended."""
        before, moments = self._copy(), {died[1], at}
        possible = self._copy()
        possible.load(*died)
        was = {**possible.edges, **before.edges}
        self.load(world, at)
        past, (nodes, edges) = history(graph, workspace), _first_seen(graph, workspace)
        assert before.past <= past, before.past - past
        types = {closed: type_ for type_, closed in CLOSED.items()}
        for closed, a, b, since, until in past - before.past:
            assert until in moments
            assert since in {died[1], was[types[closed], a, b]}
        ended = {(types[closed], a, b) for closed, a, b, _, _ in past - before.past}
        stayed = before.edges.keys() & self.edges.keys()
        assert all(edges[edge] == before.edges[edge] for edge in stayed - ended if edge[0] in CLOSED)
        assert all(edges[edge] in moments | {before.edges.get(edge)} for edge in self.edges)
        for edge in before.edges.keys() - self.edges.keys():
            assert edge in ended or edge[0] not in CLOSED, f"{edge} ended without a trace"
        assert all(nodes[node] in moments | {before.nodes.get(node)} for node in self.nodes_now())
        self.past, self.edges = past, edges
        self.nodes |= nodes
        kept = formers(graph, workspace)
        assert self.gone <= kept, self.gone - kept
        here = {(KEPT[kind], id_) for kind, id_ in self._nodes(possible.now) if kind in KEPT}
        assert kept - self.gone <= here, "was there for a moment"
        self.gone = kept
        self.nodes |= {
            (kind, id_): since for kind, id_, since in _kept_since(graph, workspace) if (kind, id_) not in self.nodes
        }

    def _copy(self) -> "Model":
        return Model(self.now, dict(self.nodes), dict(self.edges), set(self.past), set(self.gone), self.at)

    def holds(self, graph: Graph, workspace: str) -> None:
        """The graph says this, and nothing else."""
        found = current(graph, workspace)
        assert found == self.now, (self.now - found, found - self.now)
        assert formers(graph, workspace) == self.gone
        assert history(graph, workspace) == self.past
        assert _first_seen(graph, workspace) == (self.nodes_now(), self.edges)

    def nodes_now(self) -> dict[tuple[str, str], str]:
        here = self._nodes(self.now)
        return {node: since for node, since in self.nodes.items() if node in here}

    @staticmethod
    def _edges(dump: Dump) -> set[Edge]:
        return {edge[:3] for edge in dump.edges if edge[0] in SEEN}

    @staticmethod
    def _nodes(dump: Dump) -> set[tuple[str, str]]:
        return {(kind_of(labels), id_) for labels, id_, _ in dump.nodes}


def _kept_since(graph: Graph, workspace: str) -> list[tuple[str, str, str]]:
    kinds = {former: kind for kind, former in KEPT.items()}
    rows = ask(
        graph,
        """MATCH (n {workspace: $w}) WHERE n:FormerUser OR n:FormerRole OR n:FormerTeam
           RETURN labels(n) AS labels, n.id AS id, n.firstSeen AS since""",
        w=workspace,
    )
    return [(kinds[next(one for one in row["labels"] if one in kinds)], row["id"], row["since"]) for row in rows]


def _first_seen(graph: Graph, workspace: str) -> tuple[dict[tuple[str, str], str], dict[Edge, str]]:
    nodes = ask(
        graph,
        """MATCH (n {workspace: $w}) WHERE n:User OR n:Role OR n:Team
           RETURN labels(n) AS labels, n.id AS id, n.firstSeen AS since""",
        w=workspace,
    )
    edges = ask(
        graph,
        """MATCH (a {workspace: $w})-[e:HAS_ROLE|MEMBER_OF|GRANTS]->(b)
           RETURN type(e) AS type, a.id AS a, b.id AS b, e.firstSeen AS since""",
        w=workspace,
    )
    return (
        {(kind_of("+".join(row["labels"])), row["id"]): row["since"] for row in nodes},
        {(row["type"], row["a"], row["b"]): row["since"] for row in edges},
    )
