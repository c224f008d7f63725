"""What the graph holds of a workspace, as a collection wants to know it: so much of the proof rests on what was before.

The graph is opened, read and closed each time: a collection may take hours, and others want the graph meanwhile.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rc2graph.config import GraphTarget
from rc2graph.graph import state
from rc2graph.graph.connect import WRITER_WAIT, NoGraphYetError, WorkspaceGraph, connect
from rc2graph.graph.guard import PERCENT
from rc2graph.model import LOADED, TEAM, NodeType
from rc2graph.snapshot.home import require_writable


class StateInGraph:
    """A `collection.PreviousState`. Teams and roles are read at once, the rest when it is needed."""

    def __init__(
        self, target: GraphTarget, workspace: str, allow_removals: float | None, *, verify: bool, mend: bool = False
    ) -> None:
        self.target, self.workspace, self.verify, self.mend = target, workspace, verify, mend
        self.allowed = PERCENT if allow_removals is None else allow_removals
        self.version: str | None = None
        self.empty = False
        self._roles: set[str] = set()
        self._orphans: dict[str, tuple[int, int]] = {}
        self._ids: dict[str, set[str]] = {}
        self._memberships = 0

    def reach(self) -> None:
        """Open the graph, read what is small, close it. Errors: `GraphError`; `UsageError` for an unwritable home."""
        try:
            with self._opened(mend=self.mend) as graph:
                self.version = graph.version
                self._roles = state.role_ids(graph)
                self._orphans = state.team_orphans(graph)
                self._ids = {one.label: state.ids(graph, one) for one in LOADED if one is TEAM or one.optional}
                self._memberships = state.count_edges(graph, "MEMBER_OF")
        except NoGraphYetError:
            self.empty = True
            require_writable(self.target.home)

    @contextmanager
    def _opened(self, *, mend: bool = False) -> Iterator[WorkspaceGraph]:
        with connect(self.target, write=False, wait=WRITER_WAIT, mend=mend) as graph:
            yield graph.workspace(self.workspace)

    def role_ids(self) -> set[str]:
        return self._roles

    def orphan_rows(self) -> dict[str, int]:
        return {} if self.verify else {team: rows for team, (rows, _) in self._orphans.items() if rows}

    def rows_of_nobody(self) -> dict[str, int]:
        return {team: sum(rows) for team, rows in self._orphans.items()}

    def members(self, team_ids: Iterable[str]) -> dict[str, set[str]]:
        there = self.ids(TEAM)
        wanted = [team for team in team_ids if team in there]
        if self.empty or not wanted:
            return {}
        with self._opened() as graph:
            return state.members_of(graph, wanted)

    def missing_users(self, rows: sqlite3.Connection) -> list[str]:
        if self.empty:
            return []
        with self._opened() as graph:
            return state.missing_users(graph, rows)

    def named(self, user_ids: Iterable[str]) -> set[str]:
        ids = list(user_ids)
        if self.empty or not ids:
            return set()
        with self._opened() as graph:
            return state.named(graph, ids)

    def may_hold_roles(self, user_ids: Iterable[str]) -> set[str]:
        ids = list(user_ids)
        if not ids or not self._roles:
            return set()
        with self._opened() as graph:
            return set(ids) - state.roleless(graph, ids)

    def ids(self, one: NodeType) -> set[str]:
        return self._ids.get(one.label, set())

    def worth_asking(self, vanished: int, known: int) -> bool:
        # The guard counts against all memberships: what it would let through must have been asked for.
        return vanished <= 5 or vanished * 100 <= max(known, self._memberships) * self.allowed
