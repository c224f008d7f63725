"""The kinds that an export has: one statement in `cypher/export/` each, whose header names the columns.

Rows are read for some hundred ids at a time, in the order of the ids: ArcadeDB holds whatever it sorts or streams
(1.1 GB at 100 000 users), and does not seek the start of a page. What is held here is the ids and one page.
"""

from collections.abc import Iterator

from rc2graph.graph import state
from rc2graph.graph.connect import Graph, Row
from rc2graph.graph.kinds import NODES
from rc2graph.graph.statements import described

EDGES = ("has_role", "member_of", "grants", "escalates_to", "escalates_with", "has_room")
PAST = ("former_users", "former_roles", "former_teams", "had_role", "was_member_of")
DECIDED = ("attestations",)
ALL = NODES + EDGES + PAST + DECIDED

PAGE = 500
"""Ids that are asked for at once. With thousands ArcadeDB takes twice as long."""

HOLDERS = {
    "has_role": ("users",),
    "member_of": ("users",),
    "grants": ("roles",),
    "escalates_to": ("permissions",),
    "escalates_with": ("permissions",),
    "has_room": ("teams",),
    "had_role": ("users", "former_users"),
    "was_member_of": ("users", "former_users"),
}
"""Edge → the nodes that it starts from."""


def columns(kind: str) -> tuple[str, ...]:
    """Their order is that in which the statement returns them; the first ones are the key."""
    return tuple(name.strip() for name in described(f"export/{kind}").header["columns"].split(","))


class Reader:
    """All rows of one workspace, kind by kind."""

    def __init__(self, graph: Graph, workspace: str) -> None:
        self.graph, self.workspace = graph, workspace
        self._ids: dict[str, list[str]] = {}

    def ids(self, kind: str) -> list[str]:
        """The ids of a kind of nodes, in order."""
        if kind not in self._ids:
            lists = self.graph.rows(f"export/ids_of_{kind}", workspace=self.workspace)
            self._ids[kind] = sorted(id_ for row in lists for id_ in row["page"])
        return self._ids[kind]

    def rows(self, kind: str) -> Iterator[Row]:
        """In the order of their keys. A value that is None was not visible."""
        names = columns(kind)
        holders = [self.ids(holder) for holder in HOLDERS.get(kind, (kind,))]
        ids = holders[0] if len(holders) == 1 else sorted({id_ for some in holders for id_ in some})
        for page in state.pages(self.graph, self.workspace, f"export/{kind}", ids, PAGE):
            for row in sorted(page, key=_key):
                yield dict(zip(names, row, strict=True))


def _key(row: list[object]) -> tuple[str, ...]:
    """Of nodes the id, of edges both ids, and what tells edges between the same two apart."""
    return tuple(str(value) for value in row[:4])
