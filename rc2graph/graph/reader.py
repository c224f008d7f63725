"""Read what the graph says of a workspace into the tables of a plan (`difference`), as far as it may differ."""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from operator import itemgetter
from typing import Any

from rc2graph.graph import difference, state
from rc2graph.graph.connect import WorkspaceGraph
from rc2graph.graph.kinds import FINGERPRINTED, ID, TRUTH, from_graph
from rc2graph.graph.prefetch import answers
from rc2graph.model import FINGERPRINT_LENGTH, MEMBER_OF, PERMISSION, EdgeType, NodeType

VERIFIED = 10_000
"""Nodes and edges that are compared at once."""

Progress = Callable[[str, int, int], None]
"""What is being done, how many are done, of how many (0 where that is not known)."""

_NO_FINGERPRINT = "-" * FINGERPRINT_LENGTH


class Reader:
    """What a graph says of a workspace, for the tables in `db`."""

    def __init__(self, graph: WorkspaceGraph, db: sqlite3.Connection, progress: Progress) -> None:
        self.graph, self.db, self.progress = graph, db, progress

    def known(self, one: NodeType) -> None:
        done, total = 0, self._number(f"snap.{one.table}")
        insert = f"INSERT INTO known_{one.table} VALUES (?, nullif(?, '{_NO_FINGERPRINT}'))"  # noqa: S608
        for page in state.fingerprints(self.graph, one):
            self.db.executemany(insert, [(text[:-FINGERPRINT_LENGTH], text[-FINGERPRINT_LENGTH:]) for text in page])
            done += len(page)
            self.progress(f"compare {one.noun}", done, max(done, total))

    def whole(self, one: NodeType) -> None:
        """All of what is compared whole, and the edges that it owns."""
        row, last = from_graph(one.properties), -len(one.edges)
        for found in self.graph.rows(f"state/whole/{one.label}"):
            page = state.ours(found["page"])
            self._keep(f"known_{one.table}", [(cells[0], None) for cells in page])
            self._keep(f"seen_{one.table}", [(cells[0], *row(cells[1:last])) for cells in page])
            for place, edge in enumerate(one.edges, last):
                with_ = from_graph(edge.properties)
                found_ends = (
                    (cells[0], cells[place] if edge.properties else [[id_] for id_ in cells[place]]) for cells in page
                )
                ends = [(id_, end) for id_, some in found_ends for end in state.ours(some)]
                self._edges_seen(edge, [(id_, target_id, *with_(rest)) for id_, (target_id, *rest) in ends])

    def distrust(self) -> None:
        """Forget the fingerprints of what is not as the snapshot says, although its fingerprint is the same."""
        done, different = Counter[str](), list[tuple[NodeType, str]]()
        totals = {one.noun: self._number(f"known_{one.table}") for one in FINGERPRINTED}
        with closing(answers(self._different, self._said())) as found:
            for one, number, ids in found:
                different += [(one, id_) for id_ in ids]
                done[one.noun] += number
                self.progress(f"verify {one.noun}", done[one.noun], max(done[one.noun], totals[one.noun]))
        for one, id_ in different:
            self.db.execute(f"UPDATE known_{one.table} SET fingerprint = NULL WHERE id = ?", (id_,))  # noqa: S608

    def _said(self) -> Iterator[tuple[NodeType, int, str, str]]:
        """What the snapshot says, in batches: how many, their ids and their rows as JSON."""
        for one in FINGERPRINTED:
            for first, last, number in self.db.execute(difference.ranges(one), (VERIFIED,)).fetchall():
                yield one, number, *self.db.execute(difference.expected_page(one), (first, last)).fetchone()

    def _different(self, said: tuple[NodeType, int, str, str]) -> tuple[NodeType, int, list[str]]:
        """How many of a batch were compared, and the ids of which the graph says something else.

        Where nobody changed anything both say the same text, and no row is looked at. As text true is not 1.
        """
        one, number, ids, text = said
        pages = state.pages(self.graph, f"verify/nodes/{one.label}", json.loads(ids), VERIFIED)
        page = [row for some in pages for row in some]
        edges = [
            (place, itemgetter(0) if edge.properties else None) for place, edge in enumerate(one.edges, -len(one.edges))
        ]
        with suppress(TypeError):  # ids of several types: one of them was made by hand
            for row in page:
                for place, by in edges:
                    row[place].sort(key=by)
        if _spelt(page) == text:
            return one, number, []
        for row in page:
            for place, by in edges:
                row[place] = sorted((end for end in row[place] if isinstance(by(end) if by else end, str)), key=by)
        return one, number, _differing(json.loads(text), page)

    def permissions(self, leading: Callable[[Iterable[str]], set[str]]) -> list[list[Any]]:
        """All permissions, who grants those that are part of a way to administrator (`leading` tells which), and which
        roles are listed. Returns the ways to administrator that the graph holds."""
        judged = from_graph((*PERMISSION.properties, *PERMISSION.before))
        asked = leading(self._ids("SELECT id FROM snap.permission"))
        found = self.graph.read("state/permissions/Permission", ids=sorted(asked))[0]
        self._keep("known_permission", [(id_, *judged(rest)) for id_, *rest in found["permissions"]])
        self._keep("listed_role", [(id_,) for id_ in found["listed"]])
        self._granted(found)
        if more := leading(self._ids("SELECT id FROM snap.permission UNION SELECT id FROM known_permission")) - asked:
            self._granted(self.graph.read("state/permissions/Permission", ids=sorted(more))[0])
        ways: list[list[Any]] = found["ways"]
        return ways

    def _granted(self, found: Mapping[str, Any]) -> None:
        named = from_graph((ID,))
        rows = state.ours(found["granted"])
        self._keep("granted", [(role, permission, *named(rest)) for role, permission, *rest in rows])

    def formers(self, one: NodeType) -> None:
        """Which of the new ones were there before. After the upsert it would be too late."""
        new = self._ids(f"SELECT id FROM work_{one.table} WHERE new LIMIT 1")  # noqa: S608 - our own names
        if not new or not self.graph.read(f"state/any/Former{one.label}"):
            return
        for page in self._pages(f"state/former/{one.label}", f"SELECT id FROM work_{one.table} WHERE new"):  # noqa: S608
            self.db.executemany(f"UPDATE work_{one.table} SET returned = 1 WHERE id = ?", [(id_,) for id_ in page])  # noqa: S608

    def seen(self, one: NodeType) -> None:
        """Properties (and labels) of what may differ and of what is gone."""
        row = from_graph((*one.properties, *(TRUTH for _ in one.labels)))
        for page in self._pages(f"state/nodes/{one.label}", _LOOKED_AT.format(k=one.table)):
            self._keep(f"seen_{one.table}", [(found[0], *row(found[1:])) for found in page])

    def edges(self, one: NodeType, edge: EdgeType) -> None:
        """Edges of what may differ and of what is gone, from whichever end."""
        self._edges(edge, "edges_of_owners", (_SETTLED if edge is MEMBER_OF else _LOOKED_AT).format(k=one.table))
        self._edges(edge, "edges_of_targets", f"SELECT id FROM gone_{edge.target.lower()}", turned=True)  # noqa: S608

    def _edges(self, edge: EdgeType, statement: str, ids: str, *, turned: bool = False) -> None:
        """`turned`: the ids are those of the other end."""
        row = from_graph(edge.properties)
        statement = f"state/{statement}/{edge.name}"
        for id_, page in state.edges_of(self.graph, statement, self._ids(ids)):
            ends = [(found[0], id_) if turned else (id_, found[0]) for found in page]
            self._edges_seen(edge, [(*end, *row(found[1:])) for end, found in zip(ends, page, strict=True)])
            self.progress(f"compare {edge.name}", 0, 0)

    def _edges_seen(self, edge: EdgeType, rows: Sequence[tuple[Any, ...]]) -> None:
        ends = Counter(row[:2] for row in rows)
        if len(ends) < len(rows):
            self._keep(f"double_{edge.key}", [end for end, number in ends.items() if number > 1])
        self._keep(f"seen_{edge.key}", rows)

    def _keep(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """What is there twice is kept once."""
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self.db.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", rows)  # noqa: S608 - our own names

    def _pages(self, statement: str, ids: str) -> Iterator[list[Any]]:
        return state.pages(self.graph, statement, self._ids(ids))

    def _ids(self, text: str) -> list[str]:
        return [row[0] for row in self.db.execute(text)]

    def _number(self, table: str) -> int:
        return int(self.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - our own names


class Nothing(Reader):
    """What a graph says that holds nothing of the workspace: nobody is asked."""

    def known(self, one: NodeType) -> None: ...
    def formers(self, one: NodeType) -> None: ...
    def whole(self, one: NodeType) -> None: ...
    def permissions(self, leading: Callable[[Iterable[str]], set[str]]) -> list[list[Any]]:
        return []


_spelt = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=lambda odd: {"odd": repr(odd)}).encode
"""As SQLite writes JSON. What the snapshot cannot hold, a time or bytes, becomes what no cell of it is."""


def _differing(rows: list[list[Any]], page: list[list[Any]]) -> list[str]:
    """Ids of the rows that are not, or not only, in the page."""
    found: dict[str, list[str]] = {}
    for row in page:
        found.setdefault(row[0], []).append(_spelt(row))
    return [row[0] for row in rows if found.get(row[0]) != [_spelt(row)]]


_LOOKED_AT = "SELECT id FROM work_{k} WHERE NOT new UNION ALL SELECT id FROM gone_{k}"
_SETTLED = """SELECT w.id FROM work_{k} w JOIN snap.{k} s ON s.id = w.id WHERE NOT new AND unsettled IS NULL
  UNION ALL SELECT id FROM gone_{k}"""
