"""The demonstration company in a graph, for questions about paths."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from rc2graph.access.who import Holders
from rc2graph.graph.connect import Graph
from rc2graph.rocketchat import mapping
from rc2graph.simulator import Workspace, demo_company
from rc2graph.simulator.accounts import iso
from rc2graph.simulator.workspace import NOW
from tests.snapshots import World, ask, loaded

WORKSPACE = "acme"
PRESENT = iso(NOW)


def world_of(workspace: Workspace) -> World:
    """What there is to know of a simulated workspace, without its requests."""
    world, truth = World(), workspace.oracle()
    world.users = {id_: mapping.user(doc, by_status=True) for id_, doc in truth["users"].items()}
    world.roles = {id_: mapping.role(doc) for id_, doc in truth["roles"].items()}
    world.permissions = {id_: mapping.permission(doc) for id_, doc in workspace.permissions.items()}
    world.teams = {id_: mapping.team(doc) for id_, doc in truth["teams"].items()}
    world.rooms = {id_: mapping.room(doc) for id_, doc in workspace.rooms.items() if doc.get("teamId") in world.teams}
    for user, team in truth["member_of"]:
        row = workspace.members[team][user]
        world.members[team, user] = mapping.member({**row, "user": {"_id": user}}, team_id=team)
    world.orphans = truth["orphans"]
    for id_, team_ in world.teams.items():
        world.teams[id_] = replace(team_, member_rows=len(workspace.members[id_]))
    return world


def planted(graph: Graph, path: Path, **options: Any) -> Workspace:
    """The demonstration company, loaded. `at=PRESENT`: in its own present, from where its last logins are told."""
    workspace = demo_company(people=120)
    loaded(graph, world_of(workspace), path, **options)
    return workspace


def seen(graph: Graph, dataset: str, state: str, workspace: str = WORKSPACE) -> None:
    """Change what the last load says of a dataset."""
    ask(graph, """MATCH (w:Workspace {workspace: $w}) MATCH (s:Sync {workspace: $w}) WHERE s.id = w.lastSyncId
                  SET s += $set""", w=workspace, set={f"{dataset}State": state})  # fmt: skip


def told(found: Holders) -> dict[str, tuple[str, set[str]]]:
    """Username → state, and each way in words."""
    return {one.display_name: (one.state, {f"{way.by}: {way.describe()}" for way in one.ways}) for one in found.shown}
