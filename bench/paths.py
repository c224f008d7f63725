"""How long a question about paths takes on a large workspace: 100 000 accounts, 650 000 edges, warm.

    python -m bench.paths [--users 100000] [--engine neo4j|embedded|both]

Aim: 100 ms on Neo4j, 500 ms embedded, for everything that
`why` asks of the graph; and no plan that looks at every node of a label where an index could find it.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.servers import engines
from rc2graph.access.account import account
from rc2graph.access.impact import impact
from rc2graph.access.person import find_person
from rc2graph.access.target import ADMINISTRATOR, find_access
from rc2graph.access.visibility import Visibility
from rc2graph.access.who import who
from rc2graph.access.why import why
from rc2graph.cli.terminal import say
from rc2graph.graph.connect import WorkspaceGraph, connect
from rc2graph.graph.load import load_snapshot
from rc2graph.graph.statements import names, statement
from rc2graph.simulator.sized import sized
from tests.review import WORKSPACE, world_of
from tests.snapshots import World, ask, snapshot

SCANS = ("NodeByLabelScan", "AllNodesScan", "RelationshipTypeScan", "IntersectionNodeByLabelsScan")
BUSY = "busy.body"


def world(users: int) -> World:
    """The usual mass, and one account with 60 roles and 300 teams that can become administrator in many ways."""
    workspace = sized(users, 120, max(users // 50, 20), users * 2, users * 9 // 2)
    helpdesk = workspace.add_role("helpdesk")
    for permission in ("edit-other-user-password", "edit-other-user-totp", "assign-roles", "create-user"):
        workspace.grant(permission, "helpdesk")
    workspace.grant("access-permissions", "role-7")
    workspace.grant("edit-other-user-info", "role-9")
    workspace.add_user(BUSY, roles=["user", helpdesk, *[role for role in workspace.roles if len(role) > 16][:58]])
    for team in list(workspace.teams)[:300]:
        if BUSY not in workspace.members[team]:
            workspace.add_member(team, BUSY)
    for number, team in enumerate(list(workspace.teams)):
        workspace.add_room(f"room-{number}", private=number % 2 == 0, team=team)
    return world_of(workspace)


def timed(name: str, work: Callable[[], object], runs: int = 15) -> None:
    began = time.perf_counter()
    work()
    cold = (time.perf_counter() - began) * 1000
    took = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1000)
    say(f"  {name:<46} median {statistics.median(took):8.1f} ms  worst {max(took):8.1f}  first {cold:8.1f}")


def measured(graph: WorkspaceGraph) -> None:
    visibility = Visibility.of(graph)
    people = {name: find_person(graph, name) for name in ("user.000007", BUSY)}
    team, room = (
        find_access(graph, visibility, f"{kind}:{name}") for kind, name in (("team", "team-00000"), ("room", "room-0"))
    )
    permission = find_access(graph, visibility, "permission:view-d-room")
    for name, person in people.items():
        timed(f"find {name}", lambda name=name: find_person(graph, name))
        for access in (ADMINISTRATOR, permission, team, room):
            timed(f"why {name} {access}", lambda person=person, access=access: why(graph, visibility, person, access))
        timed(f"why {name}", lambda person=person: account(graph, visibility, person))
    timed("find room by name", lambda: find_access(graph, visibility, "room:room-77"))
    timed("who admin", lambda: who(graph, visibility, ADMINISTRATOR), 3)
    timed("who team (the largest)", lambda: who(graph, visibility, team), 3)
    timed("who permission (everybody)", lambda: who(graph, visibility, permission), 1)
    timed("impact", lambda: impact(graph, visibility), 3)


def scans(graph: WorkspaceGraph) -> None:
    """Plans that look at all nodes of a label."""
    params = {
        "workspace": WORKSPACE,
        "user": BUSY,
        "permission": "",
        "role": "",
        "team": "",
        "room": "",
        "text": "x",
        "kind": "",
        "most": 9,
    }
    for name in names("paths"):
        with graph._session("READ") as session:
            plan = session.run(f"EXPLAIN {statement(name)}", params).consume().plan
        found = [one for one in _operators(plan) if one.partition("@")[0] in SCANS]
        say(f"  {name:<32} {', '.join(found) or 'index seeks only'}")


def _operators(plan: dict) -> Iterator[str]:  # type: ignore[type-arg]
    yield plan["operatorType"]
    for child in plan.get("children", ()):
        yield from _operators(child)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--engine", choices=("neo4j", "embedded", "both"), default="both")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rc2graph-bench-") as folder:
        began = time.perf_counter()
        truth = world(chosen.users)
        with (
            snapshot(truth, Path(folder) / "w.sqlite") as file,
            engines(chosen.engine, Path(folder) / "home") as targets,
        ):
            say(f"made in {time.perf_counter() - began:.0f} s")
            for target in targets:
                began = time.perf_counter()
                with connect(target, write=True, wait=10) as opened:
                    graph = opened.workspace(WORKSPACE)
                    load_snapshot(graph, file)
                    edges = ask(graph, "MATCH ()-[e]->() RETURN count(e) AS n")[0]["n"]
                say(f"{target}: {chosen.users:,} accounts, {edges:,} edges, in {time.perf_counter() - began:.0f} s")
                with connect(target, write=False, wait=10) as opened:
                    graph = opened.workspace(WORKSPACE)
                    measured(graph)
                    if not target.is_embedded:
                        scans(graph)


if __name__ == "__main__":
    main()
