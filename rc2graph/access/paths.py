"""A path of access: from a person over roles and permissions, or over teams, to what it opens. In order and in words.

    (User)-[:HAS_ROLE]->(Role)-[:GRANTS]->(Permission)-[:ESCALATES_TO|ESCALATES_WITH]->(Role admin)
    (User)-[:MEMBER_OF]->(Team)-[:HAS_ROOM]->(Room)

A path that needs further permissions (`ESCALATES_WITH`) carries the paths by which the same person holds them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rc2graph.text import display_name, listed

KINDS = {"User": "user", "Role": "role", "Permission": "permission", "Team": "team", "Room": "room"}
ESCALATIONS = ("ESCALATES_TO", "ESCALATES_WITH")


MEMBERSHIP_UNSEEN = "whether they have other roles in the team than owner, who added them, and when"
"""Of a member whose account is not active Rocket.Chat tells only whether they own the team
(rocketchat.md §4.4, §6.2)."""
LISTED_BY = ("type", "active", "federated")
"""An account that a list shows has at least one of these."""


def tells_roles(account: Mapping[str, Any]) -> bool:
    """Whether all roles of this member of a team are visible: of an active one, and of one whom only the team shows."""
    return account.get("active") is True or not any(account.get(key) is not None for key in LISTED_BY)


def description(kind: str, id_: str, name: str) -> str:
    """A name as it can be read: of a role that only calls itself administrator, with its id."""
    return display_name(id_, name) if kind == "role" else name


IF_ALLOWED = "their attributes allow it"
"""The condition under which somebody whom a team lets into an attribute-controlled private room reads it: that takes a
decision about attributes, which is not read (rocketchat.md §8)."""

CONTROL_UNSEEN = "Whether attributes control the room is not visible: where they do, they must allow it as well."


def controlled(room: Mapping[str, Any]) -> bool | None:
    """Whether this condition stands before a room; None: not visible. Before a public channel it never does."""
    told = room.get("attributeControlled")
    return False if room.get("type") == "c" else None if told is None else bool(told)


@dataclass(frozen=True)
class Node:
    kind: str
    id: str
    name: str | None = field(default=None, compare=False)
    held: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def display_name(self) -> str:
        return description(self.kind, self.id, self.name or self.id)

    @property
    def is_administrator(self) -> bool:
        return (self.kind, self.id) == ("role", "admin")


@dataclass(frozen=True)
class Edge:
    type: str
    held: Mapping[str, Any] = field(default_factory=dict, compare=False)
    key: str = ""
    """Tells the alternatives of one permission's `ESCALATES_WITH` apart."""

    @property
    def needs(self) -> tuple[str, ...]:
        return tuple(self.held.get("needs") or ())

    @property
    def condition(self) -> str | None:
        return self.held.get("condition") or None


@dataclass(frozen=True)
class Path:
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    held: tuple["Path", ...] = field(default=(), compare=False)
    """For each permission of `needs`: every path by which the person holds it."""

    @property
    def start(self) -> Node:
        return self.nodes[0]

    @property
    def end(self) -> Node:
        return self.nodes[-1]

    @property
    def first(self) -> "Path":
        """Its first step: to a role or a team."""
        return Path(self.nodes[:2], self.edges[:1])

    @property
    def tier(self) -> str | None:
        """A where one permission suffices to become administrator, B where more is needed, None: plain access."""
        return {"ESCALATES_TO": "A", "ESCALATES_WITH": "B"}.get(self.edges[-1].type)

    @property
    def chain(self) -> tuple[str, ...]:
        return tuple(node.display_name for node in self.nodes)

    @property
    def rank(self) -> tuple[Any, ...]:
        """Shortest first; among equals what needs least."""
        last = self.edges[-1]
        return (len(self.edges), self.tier or "", len(last.needs), last.condition is not None, self.chain, last.key)

    def describe(self) -> str:
        """The path as a sentence."""
        text = f"{self.start.display_name} {_verb(self.edges[0], self.nodes[1], self.start)}"
        for edge, node in zip(self.edges[1:], self.nodes[2:], strict=True):
            text += _joined(edge, node)
        return f"{text}."

    def details(self) -> list[str]:
        """What has to be said beside the sentence: mechanism, needs and how they are held, condition."""
        last, found = self.edges[-1], list[str]()
        if self.edges[0].type == "MEMBER_OF" and not tells_roles(self.start.held):
            found.append(f"Not visible: {MEMBERSHIP_UNSEEN}.")
        if last.type == "HAS_ROOM" and last.condition:
            found.append(f"Only if: {last.condition}")
        if last.type not in ESCALATIONS:
            return found
        if last.held.get("how"):
            found.append(f"How: {last.held['how']}")
        for need in last.needs:
            through = sorted({path.nodes[1].display_name for path in self.held if path.end.id == need})
            found.append(f"Also needed: {need}, held through {_roles(through)}.")
        if last.condition:
            found.append(f"Only if: {last.condition}")
        return found


def _roles(names: list[str]) -> str:
    return f"the role{'s' if len(names) > 1 else ''} {listed(names)}" if names else "no role that was visible"


def _verb(edge: Edge, node: Node, start: Node) -> str:
    if edge.type == "MEMBER_OF":
        return f"{_membership(edge)} of the {_private(node)}team {node.display_name}"
    if node.is_administrator:
        return "holds the role admin" + (f" ({node.name})" if node.name not in (None, "admin") else "")
    return f"holds the role {node.display_name}{_everywhere(node)}"


def _everywhere(role: Node) -> str:
    if role.held.get("roomScoped"):
        return " (a room role, held on the account itself: a workspace-wide power, it counts in every room and team)"
    if role.held.get("dangling"):
        return " (an id that no role carries any more; permissions still name it)"
    return ""


def _membership(edge: Edge) -> str:
    roles = [str(role) for role in edge.held.get("roles") or () if role != "owner"]
    owner = edge.held.get("owner")
    word = "is owner" if owner else "is a member" if owner is False else "is in some way a member"
    return word + (f" (as {listed(roles)})" if roles else "")


def _private(team: Node) -> str:
    private = team.held.get("private")
    return "" if private is None else "private " if private else "public "


def _joined(edge: Edge, node: Node) -> str:
    if edge.type == "GRANTS":
        return f", which grants {node.display_name}"
    if edge.type == "HAS_ROOM":
        opened = (
            f", which opens {'its main room' if edge.held.get('main') else 'its public channel'} {node.display_name}"
        )
        return opened + (f", if {edge.condition}" if edge.condition else "")
    if edge.type == "ESCALATES_TO":
        alone = ", and that alone suffices to become administrator"
        return alone + (", under a condition" if edge.condition else "")
    with_ = f" together with {listed(list(edge.needs))}" if edge.needs else ""
    return f", and that suffices{with_} to become administrator" + (", under a condition" if edge.condition else "")


def path_of(value: Any, held: Iterable[Any] = (), known: dict[str, Node] | None = None) -> Path:
    """A path of the driver, which both engines give alike. `known` remembers nodes between the paths of one answer."""
    seen: dict[str, Node] = {} if known is None else known
    for node in value.nodes:
        if node.element_id not in seen:
            seen[node.element_id] = _node(node)
    edges = tuple(_edge(edge, seen[edge.end_node.element_id]) for edge in value.relationships)
    nodes = tuple(seen[node.element_id] for node in value.nodes)
    return Path(nodes, edges, tuple(path_of(way, known=seen) for way in held))


def walks(start: str, nodes: Iterable[Any], edges: Iterable[Any]) -> Iterator[Path]:
    """Every path of one or two steps from the node `start` (an id), in a picture given by its nodes and edges."""
    known = {node.element_id: _node(node) for node in nodes}
    steps: dict[Node, list[tuple[Edge, Node]]] = {}
    for edge in edges:
        first, second = (known[end.element_id] for end in edge.nodes)
        steps.setdefault(first, []).append((_edge(edge, second), second))
    for account in known.values():
        if (account.kind, account.id) != ("user", start):
            continue
        for edge, middle in steps.get(account, ()):
            yield Path((account, middle), (edge,))
            for second_edge, end in steps.get(middle, ()):
                yield Path((account, middle, end), (edge, second_edge))


def _edge(value: Any, end: Node) -> Edge:
    held = dict(value)
    if value.type == "HAS_ROOM" and controlled(end.held):
        held["condition"] = IF_ALLOWED
    return Edge(value.type, held, str(value.get("key") or ""))


def _node(value: Any) -> Node:
    kind = next((KINDS[label] for label in sorted(value.labels) if label in KINDS), "thing")
    named = ("username", "name") if kind == "user" else ("name",)
    return Node(kind, value["id"], next((value[key] for key in named if value.get(key)), None), dict(value))


def in_order(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Shortest first. Two permissions that need each other are one combination, told from one end."""
    found, told = list[Path](), dict[tuple[frozenset[str], str | None], str]()
    for path in sorted(set(paths), key=lambda path: path.rank):
        last = path.edges[-1]
        if last.needs:
            permission = path.nodes[-2].id
            if told.setdefault((frozenset({permission, *last.needs}), last.condition), permission) != permission:
                continue
        found.append(path)
    return tuple(found)


def as_dict(path: Path) -> dict[str, Any]:
    """A path for machines."""
    last = path.edges[-1]
    found: dict[str, Any] = {
        "words": path.describe(),
        "length": len(path.edges),
        "tier": path.tier,
        "nodes": [node_dict(node) for node in path.nodes],
        "edges": [{"type": edge.type, **_told(edge.held)} for edge in path.edges],
    }
    if last.type in ESCALATIONS:
        found |= {"how": last.held.get("how"), "condition": last.condition, "needs": list(last.needs)}
        found["needsHeldThrough"] = needs_of(path.held)
    return found


def needs_of(held: Sequence[Path]) -> dict[str, list[str]]:
    """Permission id → names of the roles through which it is held."""
    needs: dict[str, set[str]] = {}
    for way in held:
        needs.setdefault(way.end.id, set()).add(way.nodes[1].display_name)
    return {need: sorted(roles) for need, roles in sorted(needs.items())}


def node_dict(node: Node) -> dict[str, Any]:
    shown = (
        "username",
        "active",
        "roomScoped",
        "dangling",
        "tier",
        "private",
        "type",
        "archived",
        "attributeControlled",
    )
    told = {key: node.held[key] for key in shown if key in node.held}
    return {"kind": node.kind, "id": node.id, "name": node.name, **told}


def _told(held: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in held.items() if key not in ("firstSeen", "fingerprint")}
