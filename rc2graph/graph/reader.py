"""Read what the graph says of a workspace into the tables of a plan (`difference`), as far as it may differ."""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from operator import itemgetter
from typing import Any

from rc2graph.graph import difference, state
from rc2graph.graph.ahead import answers
from rc2graph.graph.connect import Graph
from rc2graph.graph.kinds import ROLES, ROOM, TEAMS, USERS, Kind, from_graph
from rc2graph.model import FINGERPRINT_LENGTH

VERIFIED = 10_000
"""Nodes and edges that are compared at once."""

Progress = Callable[[str, int, int], None]
"""What is being done, how many are done, of how many (0 where that is not known)."""

_NO_FINGERPRINT = "-" * FINGERPRINT_LENGTH


class Reader:
    """What a graph says of a workspace, for the tables in `db`."""

    def __init__(self, graph: Graph, workspace: str, db: sqlite3.Connection, progress: Progress) -> None:
        self.graph, self.workspace, self.db, self.progress = graph, workspace, db, progress

    def known(self, kind: Kind) -> None:
        done, total = 0, self._number(f"snap.{kind.table}")
        insert = f"INSERT INTO known_{kind.table} VALUES (?, nullif(?, '{_NO_FINGERPRINT}'))"  # noqa: S608
        for page in state.fingerprints(self.graph, self.workspace, kind.table):
            self.db.executemany(insert, [(text[:-FINGERPRINT_LENGTH], text[-FINGERPRINT_LENGTH:]) for text in page])
            done += len(page)
            self.progress(f"compare {kind.name}", done, max(done, total))

    def distrust(self, kinds: Sequence[Kind]) -> None:
        """Forget the fingerprints of what is not as the snapshot says, although its fingerprint is the same."""
        done, different = Counter[Kind](), list[tuple[Kind, str]]()
        totals = {kind: self._number(f"known_{kind.table}") for kind in kinds}
        with closing(answers(self._different, self._said(kinds))) as found:
            for kind, number, ids in found:
                different += [(kind, id_) for id_ in ids]
                done[kind] += number
                self.progress(f"verify {kind.name}", done[kind], max(done[kind], totals[kind]))
        for kind, id_ in different:
            self.db.execute(f"UPDATE known_{kind.table} SET fingerprint = NULL WHERE id = ?", (id_,))  # noqa: S608

    def _said(self, kinds: Sequence[Kind]) -> Iterator[tuple[Kind, int, str, str]]:
        """What the snapshot says, in batches: how many, their ids and their rows as JSON."""
        for kind in kinds:
            for first, last, number in self.db.execute(difference.ranges(kind), (VERIFIED,)).fetchall():
                yield kind, number, *self.db.execute(difference.said(kind), (first, last)).fetchone()

    def _different(self, said: tuple[Kind, int, str, str]) -> tuple[Kind, int, list[str]]:
        """How many of a batch were compared, and the ids of which the graph says something else.

        Where nobody changed anything both say the same text, and no row is looked at. As text true is not 1.
        """
        kind, number, ids, text = said
        page = self.graph.read(f"verify/{kind.name}", workspace=self.workspace, ids=json.loads(ids))[0]["page"]
        by = itemgetter(0) if kind.edge_columns else None
        with suppress(TypeError):  # ids of several types: one of them was made by hand
            for row in page:
                row[-1].sort(key=by)
        if _spelt(page) == text:
            return kind, number, []
        for row in page:
            row[-1] = sorted((end for end in row[-1] if isinstance(by(end) if by else end, str)), key=by)
        return kind, number, _differing(json.loads(text), page)

    def permissions(self, leading: Callable[[Iterable[str]], set[str]]) -> list[list[Any]]:
        """All permissions, who grants those that are part of a way to administrator (`leading` tells which), and which
        roles are listed. Returns the ways to administrator that the graph holds."""
        judged = from_graph(("setting_id", "tier", "how"))
        asked = leading(self._ids("SELECT id FROM snap.permission"))
        found = self.graph.read("state/permissions", workspace=self.workspace, ids=sorted(asked))[0]
        self._keep("known_permission", [(id_, *judged(rest)) for id_, *rest in found["permissions"]])
        self._keep("listed_role", [(id_,) for id_ in found["listed"]])
        self._granted(found)
        if more := leading(self._ids("SELECT id FROM snap.permission UNION SELECT id FROM known_permission")) - asked:
            self._granted(self.graph.read("state/permissions", workspace=self.workspace, ids=sorted(more))[0])
        ways: list[list[Any]] = found["ways"]
        return ways

    def _granted(self, found: Mapping[str, Any]) -> None:
        named = from_graph(("name",))
        rows = state.ours(found["granted"])
        self._keep("granted", [(role, permission, *named(rest)) for role, permission, *rest in rows])

    def rooms(self) -> None:
        """All rooms and the teams that they are in."""
        row, edge = from_graph(ROOM), from_graph(("main",))
        for found in self.graph.rows("state/rooms", workspace=self.workspace):
            rooms = [(id_, *row(rest)) for id_, *rest, _ in found["page"]]
            self.db.executemany("INSERT INTO known_room VALUES (?, ?, ?, ?, ?, ?, ?)", rooms)
            self._keep(
                "seen_has_room",
                [(team, id_, *edge([main])) for id_, *_, teams in found["page"] for team, main in state.ours(teams)],
            )

    def formers(self, kind: Kind) -> None:
        """Which of the new ones were there before. After the upsert it would be too late."""
        new = self._ids(f"SELECT id FROM work_{kind.table} WHERE new LIMIT 1")  # noqa: S608 - our own names
        if not new or not self.graph.read(f"state/any_former_{kind.table}", workspace=self.workspace):
            return
        for page in self._pages(f"state/former_{kind.table}s", f"SELECT id FROM work_{kind.table} WHERE new"):  # noqa: S608
            self.db.executemany(f"UPDATE work_{kind.table} SET returned = 1 WHERE id = ?", [(id_,) for id_ in page])  # noqa: S608

    def seen(self, kind: Kind) -> None:
        """Properties (and labels) of what may differ and of what is gone."""
        row = from_graph((*kind.columns, *("active" for _ in kind.labels)))
        marks = ", ".join("?" * (1 + len(kind.columns) + len(kind.labels)))
        for page in self._pages(f"state/{kind.name}", _LOOKED_AT.format(k=kind.table)):
            self.db.executemany(
                f"INSERT INTO seen_{kind.table} VALUES ({marks})",  # noqa: S608 - our own names
                [(found[0], *row(found[1:])) for found in page],
            )

    def edges(self) -> None:
        """Edges of what may differ and of what is gone, from whichever end."""
        self._edges(USERS, "roles_of_users", _LOOKED_AT.format(k="user"))
        self._edges(USERS, "users_of_roles", "SELECT id FROM gone_role", turned=True)
        self._edges(ROLES, "permissions_of_roles", _LOOKED_AT.format(k="role"))
        self._edges(ROLES, "roles_of_permissions", "SELECT id FROM gone_permission", turned=True)
        self._edges(
            TEAMS,
            "members_of_teams",
            "SELECT w.id FROM work_team w JOIN snap.team s ON s.id = w.id WHERE NOT new AND unsettled IS NULL"
            " UNION ALL SELECT id FROM gone_team",
        )
        self._edges(TEAMS, "teams_of_users", "SELECT id FROM gone_user", turned=True)

    def _edges(self, kind: Kind, statement: str, ids: str, *, turned: bool = False) -> None:
        """`turned`: the ids are those of the other end."""
        row = from_graph(kind.edge_columns)
        for id_, page in state.edges_of(self.graph, self.workspace, f"state/{statement}", self._ids(ids)):
            ends = [(found[0], id_) if turned else (id_, found[0]) for found in page]
            if len(set(ends)) < len(ends):
                self._keep(f"double_{kind.edges}", [end for end, number in Counter(ends).items() if number > 1])
            self._keep(f"seen_{kind.edges}", [(*end, *row(found[1:])) for end, found in zip(ends, page, strict=True)])
            self.progress(f"compare {kind.edge}", 0, 0)

    def _keep(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """What is there twice is kept once."""
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self.db.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", rows)  # noqa: S608 - our own names

    def _pages(self, statement: str, ids: str) -> Iterator[list[Any]]:
        return state.pages(self.graph, self.workspace, statement, self._ids(ids))

    def _ids(self, text: str) -> list[str]:
        return [row[0] for row in self.db.execute(text)]

    def _number(self, table: str) -> int:
        return int(self.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - our own names


class Nothing(Reader):
    """What a graph says that holds nothing of the workspace: nobody is asked."""

    def known(self, kind: Kind) -> None: ...
    def formers(self, kind: Kind) -> None: ...
    def rooms(self) -> None: ...
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
