"""What an answer looks like as a drawing: nodes in layers from the person to what is reached, each drawn once.

person │ roles, teams │ permissions, rooms │ administrator
"""

from collections.abc import Iterable
from dataclasses import dataclass

from rc2graph.access.paths import ESCALATIONS, IF_ALLOWED, Edge, Node, Path, controlled

LAYERS = {"user": 0, "role": 1, "team": 1, "permission": 2, "room": 2}
ADMINISTRATOR = 3
MOST = 40
"""Nodes in one layer; of more, the rest is only counted."""


@dataclass(frozen=True)
class Line:
    """From the nth node to another. `weak`: not enough by itself."""

    start: int
    end: int
    label: str
    strong: bool = False
    weak: bool = False


@dataclass(frozen=True)
class Layout:
    """`layers`: numbers of nodes, left to right; `left_out`: how many a layer does not show."""

    nodes: tuple[Node, ...]
    layers: tuple[tuple[int, ...], ...]
    lines: tuple[Line, ...]
    left_out: tuple[int, ...]


def layout(paths: Iterable[Path]) -> Layout:
    """The drawing of all paths, and of the paths by which what they need is held."""
    layers: list[list[Node]] = [[], [], [], []]
    seen: dict[Node, int] = {}
    lines: dict[tuple[Node, Node, str], Line] = {}
    left_out: dict[int, set[Node]] = {}

    ways = [way for path in paths for way in (path, *path.held, *_together(path))]
    reached = any(way.end.is_administrator for way in ways)

    def place(node: Node) -> bool:
        if node in seen:
            return True
        layer = ADMINISTRATOR if node.is_administrator and reached else LAYERS.get(node.kind, 2)
        if len(layers[layer]) >= MOST:
            left_out.setdefault(layer, set()).add(node)
            return False
        seen[node] = len(seen)
        layers[layer].append(node)
        return True

    for way in ways:
        for start, edge, end in zip(way.nodes, way.edges, way.nodes[1:], strict=False):
            if place(start) and place(end):
                lines.setdefault((start, end, edge.type), _line(seen[start], seen[end], edge))
    return Layout(
        tuple(seen),
        tuple(tuple(seen[node] for node in layer) for layer in layers),
        tuple(lines.values()),
        tuple(len(left_out.get(layer, ())) for layer in range(4)),
    )


def _together(path: Path) -> Iterable[Path]:
    """What is needed leads to administrator too, but not alone."""
    return [Path((way.end, path.end), (path.edges[-1],)) for way in path.held]


def _line(start: int, end: int, edge: Edge) -> Line:
    owner = " (owner)" if edge.held.get("owner") else ""
    return Line(
        start,
        end,
        {
            "HAS_ROLE": "has role",
            "GRANTS": "grants",
            "MEMBER_OF": f"member of{owner}",
            "HAS_ROOM": f"opens if {IF_ALLOWED}" if edge.condition else "opens",
            "ESCALATES_TO": "suffices for",
        }.get(
            edge.type, "together" if edge.needs else "under a condition" if edge.condition else "by handing out roles"
        ),
        strong=edge.type in ESCALATIONS,
        weak=edge.type == "ESCALATES_WITH" or (edge.type == "HAS_ROOM" and edge.condition is not None),
    )


def caption(node: Node) -> str:
    """What a node is, for people who do not tell its colour."""
    if node.kind == "user":
        if node.held.get("status") == "pending":
            return "account, never approved"
        off = "deactivated account" if node.held.get("status") else "account that is not active"
        return off if node.held.get("active") is False else "account"
    if node.is_administrator:
        return "administrator"
    if node.kind == "role" and node.held.get("roomScoped"):
        return "room role, everywhere"
    if node.kind == "permission" and node.held.get("tier"):
        return f"permission, tier {node.held['tier']}"
    if node.kind in ("team", "room") and "private" in node.held:
        told = f"{'private' if node.held['private'] else 'public'} {node.kind}"
        return told + (", controlled by attributes" if node.kind == "room" and controlled(node.held) else "")
    return node.kind


def style(node: Node) -> str:
    """The class of a node in pages and diagrams."""
    if node.is_administrator:
        return "admin"
    if node.kind == "permission" and node.held.get("tier") in ("A", "B"):
        return f"tier{node.held['tier']}"
    return node.kind
