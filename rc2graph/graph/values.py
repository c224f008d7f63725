"""Values of an answer as JSON knows them: a person's own statement may return nodes, paths and instants."""

from collections.abc import Mapping
from typing import Any

_AS_IT_IS = frozenset((str, int, float, bool, type(None)))


def plain(value: object) -> Any:
    """A node by its labels and properties, an edge by its type and properties, a path by its steps in words."""
    if type(value) in _AS_IT_IS:
        return value
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    from neo4j.graph import Node, Path, Relationship

    if isinstance(value, Node):
        return {"labels": sorted(value.labels), **plain(dict(value))}
    if isinstance(value, Relationship):
        return {"type": value.type, **plain(dict(value))}
    if isinstance(value, Path):
        steps = [_name(value.start_node)]
        for edge in value.relationships:
            forward = edge.start_node is not None and steps and _name(edge.start_node) == steps[-1]
            other = edge.end_node if forward else edge.start_node
            steps += [f"-{edge.type}->" if forward else f"<-{edge.type}-", _name(other)]
        return {"path": " ".join(steps)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return str(value)


def _name(node: Any) -> str:
    return str(node.get("username") or node.get("name") or node.get("id") or "?")
