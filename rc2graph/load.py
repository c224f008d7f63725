"""From Rocket.Chat to the graph: reach the graph, collect into a snapshot, load it.

The graph is reached before anything is asked of Rocket.Chat, then closed; it is written to only when the collection is
finished. So a run that stops on the way has written nothing, and its record is the snapshot's ledger.
"""

import hashlib
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rc2graph.config import GraphTarget
from rc2graph.errors import GraphError, UsageError
from rc2graph.graph import state
from rc2graph.graph.connect import Graph, NoGraphYetError, connect
from rc2graph.scratch import scratch
from rc2graph.snapshot.kept import DAMAGED, UNFINISHED
from rc2graph.snapshot.shelf import BESIDE

PATIENCE = 60.0
"""Seconds to wait while another run holds the graph."""

DEFAULT_GUARD = 10.0
"""Percent of a kind that a load may remove without being told."""


class GraphKnows:
    """What the graph holds of a workspace, as a collection wants to know it (`collect.Known`).

    Teams and roles are read at once, the rest is asked of the graph when it is needed.
    """

    def __init__(
        self, target: GraphTarget, workspace: str, allow_removals: float | None, *, verify: bool, mend: bool = False
    ) -> None:
        self.target, self.workspace, self.verify, self.mend = target, workspace, verify, mend
        self.allowed = DEFAULT_GUARD if allow_removals is None else allow_removals
        self.engine = "embedded" if target.is_embedded else "neo4j"
        self.version: str | None = None
        self.empty = False
        self._roles: set[str] = set()
        self._teams: set[str] = set()
        self._orphans: dict[str, int] = {}
        self._rooms: set[str] = set()
        self._memberships = 0

    def reach(self) -> None:
        """Open the graph, read what is small, close it. Errors: `GraphError`; `UsageError` for an unwritable home."""
        try:
            with connect(self.target, write=False, wait=PATIENCE, mend=self.mend) as graph:
                self.version = graph.version
                self._roles = state.role_ids(graph, self.workspace)
                self._teams = set(graph.read("state/team_ids", workspace=self.workspace)[0]["page"])
                self._orphans = state.team_orphans(graph, self.workspace)
                self._rooms = state.room_ids(graph, self.workspace)
                self._memberships = state.count_edges(graph, self.workspace, "MEMBER_OF")
        except NoGraphYetError:
            self.empty = True
            writable(self.target.home)

    def role_ids(self) -> set[str]:
        return self._roles

    def team_ids(self) -> set[str]:
        return self._teams

    def orphan_rows(self) -> dict[str, int]:
        return {} if self.verify else {team: rows for team, rows in self._orphans.items() if rows}

    def members(self, team_ids: Iterable[str]) -> dict[str, set[str]]:
        wanted = [team for team in team_ids if team in self._teams]
        if self.empty or not wanted:
            return {}
        with connect(self.target, write=False, wait=PATIENCE) as graph:
            return state.members_of(graph, self.workspace, wanted)

    def missing_users(self, rows: sqlite3.Connection) -> list[str]:
        if self.empty:
            return []
        with connect(self.target, write=False, wait=PATIENCE) as graph:
            return state.missing_users(graph, self.workspace, rows)

    def named(self, user_ids: Iterable[str]) -> set[str]:
        ids = list(user_ids)
        if self.empty or not ids:
            return set()
        with connect(self.target, write=False, wait=PATIENCE) as graph:
            return state.named(graph, self.workspace, ids)

    def may_hold_roles(self, user_ids: Iterable[str]) -> set[str]:
        ids = list(user_ids)
        if not ids or not self._roles:
            return set()
        with connect(self.target, write=False, wait=PATIENCE) as graph:
            return set(ids) - state.roleless(graph, self.workspace, ids)

    def room_ids(self) -> set[str]:
        return self._rooms

    def worth_asking(self, vanished: int, known: int) -> bool:
        # The guard counts against all memberships: what it would let through must have been asked for.
        return vanished <= 5 or vanished * 100 <= max(known, self._memberships) * self.allowed


@contextmanager
def opened(target: GraphTarget, *, write: bool, mend: bool = False) -> Iterator[Graph]:
    """The graph, for a load or only to compare with. A graph that is not there yet is compared with an empty one, and
    is not made for that. `mend`: where its files are damaged, they are written anew."""
    try:
        with connect(target, write=write, wait=PATIENCE, mend=mend) as graph:
            yield graph
    except NoGraphYetError:
        with (
            scratch("empty") as home,
            connect(replace(target, home=home), write=True) as graph,
        ):
            yield graph


def writable(home: Path) -> None:
    """Errors: `UsageError` where nothing can be written below `home`."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = home / ".write-test"
        probe.touch(mode=0o600)
        probe.unlink()
    except OSError as error:
        in_the_way = isinstance(error, FileExistsError | NotADirectoryError)
        raise UsageError(
            f"The folder {home} cannot be written.",
            "There is a file in its place." if in_the_way else f"{error.strerror}.",
            "Name another with --home or RC2GRAPH_HOME.",
        ) from error


def unfinished_snapshot(home: Path, workspace: str) -> Path:
    """Where a load collects: one file a workspace, so that a killed run is found again."""
    return home / "snapshots" / f"{_slug(workspace)}{UNFINISHED}"


def set_aside(unfinished: Path) -> Path:
    """Move an unfinished collection that cannot be gone on with out of the way of the next. It is kept: only a person
    removes it."""
    aside = unfinished.with_name(f"{unfinished.name.removesuffix(UNFINISHED)}{DAMAGED}")
    for end in BESIDE:  # a log of the old file would be taken for one of the new
        Path(f"{unfinished}{end}").unlink(missing_ok=True)
    os.replace(unfinished, aside)
    return aside


def finished_snapshot(home: Path, workspace: str, started: str) -> Path:
    """Where it lies when it is finished, named after the moment it began."""
    moment = re.sub(r"[-:.]", "", started)
    return home / "snapshots" / f"{_slug(workspace)}-{moment}.sqlite"


def _slug(workspace: str) -> str:
    readable = re.sub(r"[^a-z0-9.]+", "-", workspace.lower().partition("://")[2] or workspace.lower()).strip("-.")
    return f"{readable[:60]}-{hashlib.sha256(workspace.encode()).hexdigest()[:8]}"


def keep_hint(error: GraphError, again: str) -> None:
    """The source has been read: nobody should have to read it again because the graph was down."""
    error.next_step = (f"{error.next_step.rstrip('.')}. " if error.next_step else "") + (
        f"Then load what was read, without asking Rocket.Chat again: {again}"
    )
