"""An access map: everybody who has one thing, in layers. People who have it in the same way stand together.

people → roles or teams → permissions → what they have
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from rc2graph.access.target import Access
from rc2graph.access.visibility import Visibility
from rc2graph.access.who import STATES, TIERS, Holder, Holders, Way, who
from rc2graph.graph.connect import WorkspaceGraph

THROUGH, PERMISSIONS, TARGET = 1, 2, 3
"""Layers; people are before them."""
RANKS = ("role", "team", *TIERS)
"""`Way.by`, the plainest first."""


@dataclass(frozen=True)
class Node:
    """What a path leads through. `kind`: role, team, permission, or that of the target."""

    layer: int
    kind: str
    name: str


@dataclass(frozen=True)
class Person:
    """`ways`: the number of what they all are, in `AccessMap.way_sets`."""

    username: str | None
    name: str | None
    id: str
    ways: int


@dataclass
class Group:
    """People in one state, whose plainest way is the same one, as a number of `AccessMap.ways`."""

    state: str
    way: int
    people: list[Person] = field(default_factory=list)


@dataclass(frozen=True)
class Edge:
    """From one node to another, as numbers of `AccessMap.nodes`. `by`: as that of a way."""

    start: int
    end: int
    by: str


@dataclass
class AccessMap:
    """`about`: the counts, and what was not visible. `nodes`: in order of layers, the target last."""

    about: Holders
    ways: list[Way]
    way_sets: list[tuple[int, ...]]
    groups: list[Group]
    nodes: list[Node]
    trails: list[tuple[tuple[int, ...], ...]]
    """Of each way: what it leads through, as numbers of nodes. A way that needs another permission has two trails."""

    def edges(self) -> list[Edge]:
        """Between nodes. The lines from people begin at the first node of each trail."""
        found = dict[tuple[int, int], str]()
        for way, trails in zip(self.ways, self.trails, strict=True):
            for trail in trails:
                for pair in pairwise(trail):
                    found[pair] = min(found.get(pair, way.by), way.by, key=RANKS.index)
        return [Edge(*pair, by) for pair, by in sorted(found.items())]


def access_map(graph: WorkspaceGraph, visibility: Visibility, access: Access) -> AccessMap:
    """The map of who has it. Memory: the names of those who do."""
    fold = _Fold()
    about = who(graph, visibility, access, most=0, each=fold.add)
    return fold.map(about)


def map_of(found: Holders) -> AccessMap:
    """The map of an answer that names everybody."""
    fold = _Fold()
    for holder in found.shown:
        fold.add(holder)
    return fold.map(found)


class _Fold:
    def __init__(self) -> None:
        self.ways = dict[Way, int]()
        self.sets = dict[tuple[int, ...], int]()
        self.groups = dict[tuple[str, int], Group]()

    def add(self, holder: Holder) -> None:
        ways = tuple(self.ways.setdefault(way, len(self.ways)) for way in holder.ways)
        group = self.groups.setdefault((holder.state, ways[0]), Group(holder.state, ways[0]))
        number = self.sets.setdefault(ways, len(self.sets))
        group.people.append(Person(holder.username, holder.name, holder.id, number))

    def map(self, about: Holders) -> AccessMap:
        ways, states = list(self.ways), list(STATES)
        groups = sorted(
            self.groups.values(),
            key=lambda one: (states.index(one.state), RANKS.index(ways[one.way].by), -len(one.people), one.way),
        )
        trails = [tuple(_trails(way, about)) for way in ways]
        order = [*(group.way for group in groups), *range(len(ways))]
        found = dict.fromkeys(node for way in order for trail in trails[way] for node in trail)
        found[Node(TARGET, about.access.kind, str(about.access))] = None
        nodes = sorted(found, key=lambda one: one.layer)  # stable: in order of who comes first
        number = {node: n for n, node in enumerate(nodes)}
        numbered = [tuple(tuple(number[node] for node in trail) for trail in each) for each in trails]
        return AccessMap(about, ways, list(self.sets), groups, nodes, numbered)


def _trails(way: Way, about: Holders) -> Iterator[tuple[Node, ...]]:
    target = Node(TARGET, about.access.kind, str(about.access))
    for through, permission in _steps(way, about):
        nodes = [Node(THROUGH, "team" if way.by == "team" else "role", through)] if through else []
        nodes += [Node(PERMISSIONS, "permission", permission)] if permission else []
        yield (*nodes, target)


def _steps(way: Way, about: Holders) -> Iterable[tuple[str, str | None]]:
    """Role or team, and permission, of all that the way needs; "" where the target itself is the role."""
    itself = about.remembered or (about.access.kind == "role" and not about.access.is_administrator)
    yield "" if itself and way.by == "role" else way.through, way.permission
    for need, role in way.held:
        yield role, need
