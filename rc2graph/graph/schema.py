"""Make sure that the graph has the keys that everything else rests on: one node for each id of a workspace."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rc2graph.graph.connect import Graph

KEYS = {
    "Workspace": "workspace_key",
    "User": "user_key",
    "Role": "role_key",
    "Team": "team_key",
    "Permission": "permission_key",
    "Room": "room_key",
    "Sync": "sync_key",
    "FormerUser": "former_user_key",
    "FormerRole": "former_role_key",
    "FormerTeam": "former_team_key",
    "Attestation": "attestation_key",
}
"""Label → file in `cypher/schema`; unique is (workspace, id)."""

INDEXES = {
    ("User", "username"): "user_username",
    ("Role", "name"): "role_name",
    ("Team", "name"): "team_name",
    ("Room", "name"): "room_name",
}


def ensure_schema(graph: "Graph") -> None:
    """Make what is missing; where nothing is, this is one small read and no write.

    What is there is told by what it is on: its name may be somebody else's, and `IF NOT EXISTS` would not say so.
    """
    indexed, unique = set[tuple[str, ...]](), set[tuple[str, ...]]()
    for row in graph.rows("state/indexes"):
        on = (*(row["labelsOrTypes"] or ()), *(row["properties"] or ()))
        indexed.add(on)
        if row["owningConstraint"] is not None:
            unique.add(on)
    for label, name in KEYS.items():
        if (label, "workspace", "id") not in unique:
            graph.execute(f"schema/{name}")
    for on, name in INDEXES.items():
        if on not in indexed:
            graph.execute(f"schema/{name}")
