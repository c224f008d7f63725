"""Make sure that the graph has the keys that everything else rests on: one node for each id of a workspace."""

from rc2graph.graph.connect import Graph

KEYS = (
    "workspace_key", "user_key", "role_key", "team_key", "permission_key", "sync_key",
    "former_user_key", "former_role_key", "former_team_key",
)  # fmt: skip
"""Files in `cypher/schema`. What they make is called the same behind `rc2graph_`: the database may be shared."""

INDEXES = ("user_username", "role_name", "team_name")


def ensure_schema(graph: Graph) -> None:
    """Make what is missing; where nothing is, this is two small reads and no write."""
    constraints = {row["name"] for row in graph.rows("state/constraints")}
    indexes = {row["name"] for row in graph.rows("state/indexes")}
    for names, there in ((KEYS, constraints), (INDEXES, indexes)):
        for name in names:
            if f"rc2graph_{name}" not in there:
                graph.execute(f"schema/{name}")
