"""A graph that holds an older state, and a source that has moved on: what a run between the two may do, and may not.

The source is read without sockets (source.py) and loaded into a real graph. Each case is a workspace of its own in the
same graph, with the same ids as all the others, so a case that reached into another would be seen too.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from unittest import mock

import rc2graph.graph.previous_state
from rc2graph.config import GraphTarget
from rc2graph.errors import Rc2graphError
from rc2graph.graph.connect import Graph, connect
from rc2graph.graph.load import load_snapshot
from rc2graph.graph.load_result import LoadResult
from rc2graph.graph.previous_state import StateInGraph
from rc2graph.simulator import Workspace
from rc2graph.simulator.queries import Paging
from rc2graph.snapshot import Snapshot
from tests.commands import NOW, OURS, Pictured
from tests.commands import truth as told_by
from tests.faults import Fault
from tests.snapshots import Dump, ask, current
from tests.source import Source, lists_by_status, small_company

PARTIAL = 5
"""Exit code of a load that is done, and not whole."""
PAGES = {"infinite": False, "upper": 2, "default": 2}


# ---- a company, and what happens to it


def earlier(*, seed: int = 0) -> Workspace:
    """The small company with rooms, a role of its own, and some more people: what the graph was loaded from."""
    workspace = small_company(seed=seed)
    for permission in ("view-room-administration", "assign-roles"):
        workspace.permissions[permission] = {"_id": permission, "_updatedAt": workspace.touch(), "roles": ["admin"]}
    workspace.grant("view-room-administration", "access-reviewer")
    workspace.add_role("helpdesk", description="First line")
    workspace.add_role("porter")
    workspace.grant("assign-roles", "helpdesk")
    workspace.add_user("carl", roles=["user", "helpdesk"])
    workspace.add_user("dora", roles=["user", "porter"])
    for name in ("emil", "fay", "hugo"):
        workspace.add_user(name)
    workspace.add_member("vault", "carl", ["moderator"])
    workspace.add_member("plaza", "dora")
    workspace.add_member("plaza", "emil")
    workspace.add_team("attic", owner="hugo")
    workspace.add_member("attic", "rita")
    workspace.add_room("vault-plans", team="vault", private=True)
    workspace.add_room("attic-talk", team="attic")
    return workspace


def move_on(workspace: Workspace) -> None:
    """Of everything that may happen to access, something."""
    workspace.random.seed(1)  # the same ids, whatever was made before
    workspace.deactivate("carl")  # is in a team: from now on no list of members shows him
    workspace.delete_user("dora")  # leaves a row behind
    workspace.rename("emil", "emilia")
    workspace.activate("rita")
    workspace.add_user("gina", roles=["user", "helpdesk"])
    workspace.assign("ben", "admin")
    workspace.unassign("ana", "admin")
    workspace.delete_role("porter")
    workspace.rename_role("helpdesk", "servicedesk")
    workspace.revoke("assign-roles", "helpdesk")
    workspace.grant("create-team", "helpdesk")
    workspace.add_member("vault", "fay")
    workspace.remove_member("plaza", "emilia")
    workspace.set_member_roles("vault", "ana", ["leader"])
    workspace.rename_team("plaza", "agora")
    workspace.delete_team("attic")
    workspace.add_team("garden", private=True, owner="gina")
    workspace.add_member("garden", "olaf")  # not active, and new in a team that nobody has seen before
    workspace.add_room("garden-plans", team="garden")


def later(*, seed: int = 0) -> Workspace:
    workspace = earlier(seed=seed)
    move_on(workspace)
    return workspace


# ---- what is compared

Ids = frozenset[tuple[str, ...]]


def ids(dump: Dump) -> Ids:
    """Objects and edges without their properties: (label, id) and (type, from, to)."""
    kinds = {"User", "Role", "Team", "Permission", "Room"}
    return frozenset(
        {(next(label for label in labels.split("+") if label in kinds), id_) for labels, id_, _ in dump.nodes}
        | {edge[:3] for edge in dump.edges}
    )


def said(dump: Dump) -> frozenset[tuple[Any, ...]]:
    """Every property with what it is on. Rows without a user are left out: a remainder of what was seen."""
    return frozenset(
        (*entry[:-1], key, value)
        for entry in (*((id_, held) for _, id_, held in dump.nodes), *dump.edges)
        for key, value in entry[-1]
        if key not in ("orphanRows", "unconfirmedRows")
    )


def is_between(found: Dump, was: Dump, wanted: Dump) -> None:
    """Nothing is lost that the source had and has; nothing is there, and nothing said, that was never true."""
    assert ids(was) & ids(wanted) <= ids(found), (ids(was) & ids(wanted)) - ids(found)
    assert ids(found) <= ids(was) | ids(wanted), ids(found) - ids(was) - ids(wanted)
    made_up = said(found) - said(was) - said(wanted)
    assert not made_up, made_up


def as_told(dump: Dump) -> Pictured:
    """A dump in the words of `commands.truth`, which knows nothing of the reader."""
    nodes = frozenset((labels.replace("+", ":"), id_, held) for labels, id_, held in dump.nodes)
    return Pictured(nodes, frozenset(dump.edges)).only(*NOW).without(*OURS)


@dataclass
class Ended:
    """How one command ended."""

    error: Rc2graphError | None
    outcome: LoadResult | None = None

    @property
    def code(self) -> int:
        if self.error is not None:
            return self.error.exit_code
        return 0 if self.outcome and self.outcome.state == "complete" else PARTIAL


@dataclass
class Ground:
    """One open graph, and the finished snapshots of the earlier state that cases begin with."""

    target: GraphTarget
    graph: Graph
    folder: Path
    version: str = "8.6.1"
    paged: bool = False
    first: Path = field(init=False)
    old: Dump = field(init=False)
    new: Dump = field(init=False)
    _numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        before = self.source(earlier(), "earlier")
        before.collect()
        self.first = before.path
        self.old = self._alone(before.path, "alone-before")
        after = self.source(later(), "later")
        after.collect()
        self.new = self._alone(after.path, "alone-after")
        if lists_by_status(self.version):  # older servers do not tell everything
            assert as_told(self.old) == told_by(before.workspace).without(*OURS)
            assert as_told(self.new) == told_by(after.workspace).without(*OURS)
        assert len(ids(self.old) - ids(self.new)) > 10
        assert len(ids(self.new) - ids(self.old)) > 10

    def source(self, workspace: Workspace, name: str) -> Source:
        knobs = {"paging": Paging(**PAGES)} if self.paged else {}  # type: ignore[arg-type]
        return Source(workspace, self.folder / f"{name}.sqlite", self.version, knobs=knobs)

    def _alone(self, path: Path, workspace: str) -> Dump:
        """What the graph holds when nothing else was ever loaded."""
        with Snapshot.open(path) as snapshot:
            load_snapshot(self.graph.workspace(workspace), snapshot)
        return current(self.graph, workspace)

    def case(self) -> "Case":
        """The graph holds the earlier state; the source has moved on."""
        name = f"case-{next(self._numbers)}"
        with Snapshot.open(self.first) as snapshot:
            load_snapshot(self.graph.workspace(name), snapshot)
        return Case(self, name, self.old, self.new, later)

    def routes(self) -> list[str]:
        """The routes of an undisturbed second run, in order."""
        case = self.case()
        assert case.run().code == 0
        case.ends_whole()
        return case.source.routes

    def neighbours_are_untouched(self) -> None:
        assert current(self.graph, "alone-before") == self.old
        assert current(self.graph, "alone-after") == self.new


@dataclass
class Case:
    """One workspace in the graph: what it held, and what the source says now."""

    ground: Ground
    name: str
    was: Dump
    wanted: Dump
    company: Callable[[], Workspace]
    allow_removals: float | None = 100
    """With it no guard helps: what holds is proof alone."""

    def __post_init__(self) -> None:
        file = self.ground.folder / "case.sqlite"
        file.unlink(missing_ok=True)
        self.source = self.ground.source(self.company(), "case")

    def turned(self) -> "Case":
        """The graph holds what was wanted, and the source goes back to what was: all of it returns, or is gone again.

        Saves making the earlier state anew, and history is taken up again on the way.
        """
        company = earlier if self.company is later else later
        return Case(self.ground, self.name, self.wanted, self.was, company, self.allow_removals)

    def run(self) -> Ended:
        """`rc2graph load`, once."""
        ground = self.ground
        with mock.patch.object(
            rc2graph.graph.previous_state, "connect", side_effect=lambda *_, **__: nullcontext(ground.graph)
        ):
            try:
                knows = StateInGraph(ground.target, self.name, self.allow_removals, verify=False)
                knows.reach()
                self.source.collect(overwrite=True, previous=knows, workspace=self.name)
                with Snapshot.open(self.source.path) as snapshot:
                    outcome = load_snapshot(
                        ground.graph.workspace(self.name), snapshot, allow_removals=self.allow_removals
                    )
            except Rc2graphError as error:
                return Ended(error)
        return Ended(None, outcome)

    def held(self) -> Any:
        """All of this workspace: its lease, its fingerprints and its history included."""
        return ask(
            self.ground.graph,
            """MATCH (n {workspace: $w}) OPTIONAL MATCH (n)-[e]->(o)
               RETURN labels(n) AS labels, properties(n) AS held, type(e) AS type, properties(e) AS on, o.id AS other
               ORDER BY labels[0], n.id, type, other, e.since""",
            w=self.name,
        )

    def says(self) -> Dump:
        return current(self.ground.graph, self.name)

    def ends_whole(self) -> None:
        """The graph is what one made at once would be."""
        found = self.says()
        assert found == self.wanted, (self.wanted - found, found - self.wanted)

    def is_between(self) -> None:
        is_between(self.says(), self.was, self.wanted)

    def closings_are_counted(self, outcome: LoadResult) -> None:
        """Every edge that went is in the counts, and by name in the list."""
        for kind in ("HAS_ROLE", "MEMBER_OF", "GRANTS", "HAS_ROOM"):
            gone = {edge[:3] for edge in self.was.edges if edge[0] == kind} - {edge[:3] for edge in self.wanted.edges}
            assert outcome.counts[kind].closed == len(gone), kind
            assert len(outcome.closed[kind].names if gone else ()) == len(gone), kind


def struck(case: Case, *faults: Fault) -> Ended:
    """One run with these faults and what must be true after it; then a clean one, which ends at the oracle."""
    case.source.server.add(*faults)
    before = case.held()
    ended = case.run()
    if ended.error is not None:
        assert ended.error.what
        assert case.source.server.credentials[1] not in str(ended.error)
        assert case.held() == before, "a run that stops has written nothing"
    elif ended.code == 0:
        assert ended.outcome is not None
        case.ends_whole()
        case.closings_are_counted(ended.outcome)
    else:
        case.is_between()
    if ended.code != 0:
        case.source.server.faults.clear()
        again = case.run()
        assert again.code == 0, again.error
        case.ends_whole()
    return ended


@contextmanager
def ground(target: GraphTarget, folder: Path, **options: Any) -> Iterator[Ground]:
    """An open graph to try things on; at the end, the workspaces beside the cases are as they were."""
    with connect(target, write=True, wait=10) as graph:
        made = Ground(target, graph, folder, **options)
        yield made
        made.neighbours_are_untouched()
