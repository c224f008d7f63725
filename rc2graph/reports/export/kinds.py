"""The kinds that an export has, and the statement of each, whose header names the columns.

Rows are read for some hundred ids at a time, in the order of the ids: ArcadeDB holds whatever it sorts or streams
(1.1 GB at 100 000 users), and does not seek the start of a page. What is held here is the ids and one page.
"""

from collections.abc import Iterator

from rc2graph.graph import state
from rc2graph.graph.connect import Row, WorkspaceGraph
from rc2graph.graph.statements import described
from rc2graph.model import (
    ATTESTATION,
    COUNTED_NODES,
    EDGE_TYPES,
    ESCALATIONS,
    HAS_ROOM,
    EdgeType,
    NodeType,
)

_FORMER = tuple(one for one in COUNTED_NODES if one.former)
_EDGES = (*(one for one in EDGE_TYPES if one is not HAS_ROOM), *ESCALATIONS, HAS_ROOM)
_HISTORY = tuple(one for one in _EDGES if one.history)

NODES = tuple(one.noun for one in COUNTED_NODES)
EDGES = tuple(one.key for one in _EDGES)
PAST = (*(f"former_{one.noun}" for one in _FORMER), *(one.history.lower() for one in _HISTORY))
DECIDED = (ATTESTATION.noun,)
ALL = NODES + EDGES + PAST + DECIDED

PAGE = 500
"""Ids that are asked for at once. With thousands ArcadeDB takes twice as long."""

_LABELS = {
    **{one.noun: one.label for one in (*COUNTED_NODES, ATTESTATION)},
    **{f"former_{one.noun}": f"Former{one.label}" for one in _FORMER},
}
_STATEMENTS = {
    **{kind: f"export/nodes/{label}" for kind, label in _LABELS.items()},
    **{one.key: f"export/edges/{one.name}" for one in _EDGES},
    **{one.history.lower(): f"export/history/{one.name}" for one in _HISTORY},
}


def _starts(one: EdgeType) -> NodeType:
    return next(node for node in COUNTED_NODES if node.label == one.start)


HOLDERS = {
    **{one.key: (_starts(one).noun,) for one in _EDGES},
    **{one.history.lower(): (_starts(one).noun, f"former_{_starts(one).noun}") for one in _HISTORY},
}
"""Edge → the nodes that it starts from."""


def columns(kind: str) -> tuple[str, ...]:
    """Their order is that in which the statement returns them; the first ones are the key."""
    return tuple(name.strip() for name in described(_STATEMENTS[kind]).header["columns"].split(","))


class Reader:
    """All rows of one workspace, kind by kind."""

    def __init__(self, graph: WorkspaceGraph) -> None:
        self.graph = graph
        self._ids: dict[str, list[str]] = {}

    def ids(self, kind: str) -> list[str]:
        """The ids of a kind of nodes, in order."""
        if kind not in self._ids:
            lists = self.graph.rows(f"export/ids/{_LABELS[kind]}")
            self._ids[kind] = sorted(id_ for row in lists for id_ in row["page"])
        return self._ids[kind]

    def rows(self, kind: str) -> Iterator[Row]:
        """In the order of their keys. A value that is None was not visible."""
        names = columns(kind)
        holders = [self.ids(holder) for holder in HOLDERS.get(kind, (kind,))]
        ids = holders[0] if len(holders) == 1 else sorted({id_ for some in holders for id_ in some})
        for page in state.pages(self.graph, _STATEMENTS[kind], ids, PAGE):
            for row in sorted(page, key=_key):
                yield dict(zip(names, row, strict=True))


def _key(row: list[object]) -> tuple[str, ...]:
    """Of nodes the id, of edges both ids, and what tells edges between the same two apart."""
    return tuple(str(value) for value in row[:4])
