"""The demonstration company in a graph, for questions about paths, and edges as escalations and rooms make them."""

from pathlib import Path

from rc2graph.catalogue import catalogue
from rc2graph.graph.connect import Graph
from rc2graph.model import Membership
from rc2graph.rocketchat import mapping
from rc2graph.simulator import Workspace, demo_company
from tests.snapshots import World, ask, loaded

WORKSPACE = "acme"


def world_of(workspace: Workspace) -> World:
    """What there is to know of a simulated workspace, without its requests."""
    world, truth = World(), workspace.oracle()
    world.users = {id_: mapping.user(doc, by_status=True) for id_, doc in truth["users"].items()}
    world.roles = {id_: mapping.role(doc) for id_, doc in truth["roles"].items()}
    world.permissions = {id_: mapping.permission(doc) for id_, doc in workspace.permissions.items()}
    world.teams = {id_: mapping.team(doc) for id_, doc in truth["teams"].items()}
    for (user, team), roles in truth["team_roles"].items():
        held = tuple(roles) if roles is not None else None
        world.members[team, user] = Membership(team, user, roles=held, owner="owner" in (held or ()))
    return world


def escalated(graph: Graph, workspace: str = WORKSPACE) -> None:
    """Tiers and escalations as the load writes them, from the catalogue."""
    if ask(graph, "MATCH (:Permission)-[e:ESCALATES_TO]->() RETURN count(e) AS n")[0]["n"]:
        return
    granted = ask(
        graph, "MATCH (r:Role)-[:GRANTS]->(p:Permission {workspace: $w}) RETURN r.id AS r, p.id AS p", w=workspace
    )
    known = catalogue()
    handed_out = any((found := known.entry(row["p"])) and found.tier == "A" for row in granted if row["r"] != "admin")
    for row in ask(graph, "MATCH (p:Permission {workspace: $w}) RETURN p.id AS id", w=workspace):
        entry = known.entry(row["id"])
        if entry is None:
            continue
        at = {"w": workspace, "id": row["id"]}
        told: dict[str, object] = {"tier": entry.tier, "how": entry.how}
        ask(graph, "MATCH (p:Permission {workspace: $w, id: $id}) SET p += $set", set=told, **at)
        if entry.tier == "A":
            told = {"how": entry.how, "condition": entry.condition}
            ask(graph, f"{BOTH} CREATE (p)-[e:ESCALATES_TO]->(a) SET e += $set", set=told, **at)
        for way in entry.alternatives if entry.tier == "B" else ():
            if way.role_with_tier_a and not handed_out:
                continue
            told = {"key": way.key, "needs": list(way.needs), "how": entry.how, "condition": way.condition}
            ask(graph, f"{BOTH} CREATE (p)-[e:ESCALATES_WITH]->(a) SET e += $set", set=told, **at)


BOTH = "MATCH (p:Permission {workspace: $w, id: $id}) MATCH (a:Role {workspace: $w, id: 'admin'})"


def housed(graph: Graph, workspace: Workspace, name: str = WORKSPACE) -> None:
    """Rooms of teams as the load writes them."""
    if ask(graph, "MATCH (r:Room) RETURN count(r) AS n")[0]["n"]:
        return
    rows = [
        {"team": doc["teamId"], "id": id_, "name": doc["name"], "type": doc["t"], "main": doc.get("teamMain", False)}
        for id_, doc in workspace.rooms.items()
        if doc.get("teamId") in workspace.teams
    ]
    ask(graph, ROOM, w=name, rows=rows)
    seen(graph, "rooms", "complete", name)


ROOM = """UNWIND $rows AS row MATCH (t:Team {workspace: $w, id: row.team})
CREATE (t)-[:HAS_ROOM {main: row.main}]->(:Room {workspace: $w, id: row.id, name: row.name, type: row.type,
                                                private: row.type = 'p'})"""


def room(graph: Graph, team: str, id_: str, name: str, kind: str, *, main: bool = False) -> None:
    row = {"team": team, "id": id_, "name": name, "type": kind, "main": main}
    ask(graph, ROOM, w=WORKSPACE, rows=[row])


def seen(graph: Graph, dataset: str, state: str, workspace: str = WORKSPACE) -> None:
    """Change what the last load says of a dataset."""
    ask(graph, """MATCH (w:Workspace {workspace: $w}) MATCH (s:Sync {workspace: $w}) WHERE s.id = w.lastSyncId
                  SET s += $set""", w=workspace, set={f"{dataset}State": state})  # fmt: skip


def planted(graph: Graph, path: Path) -> Workspace:
    """The demonstration company, loaded."""
    workspace = demo_company(people=120)
    loaded(graph, world_of(workspace), path)
    escalated(graph)
    housed(graph, workspace)
    return workspace
