"""The kinds of things that are loaded, and how their rows look in the snapshot and in the graph.

An *aggregate* is a node with the edges that it holds. Its fingerprint covers both, so that comparing two strings says
whether any of it differs:

    (:User)-[:HAS_ROLE]->(:Role)      (:Team)<-[:MEMBER_OF]-(:User)      (:Role)-[:GRANTS]->(:Permission)

SQLite knows neither truth values nor lists (they are 1 and 0, and JSON text), the graph knows both.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

Cell = str | int | None


@dataclass(frozen=True)
class Kind:
    """An aggregate: its table and columns in the snapshot, and those of the edges that it holds."""

    name: str
    table: str
    columns: tuple[str, ...]
    edge: str
    """Type of the edges, in lower case also their name among the plan's tables."""
    edge_table: str
    holder: str
    other: str
    """Columns of `edge_table`: who holds the edge, and what it leads to."""
    edge_columns: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    @property
    def edges(self) -> str:
        return self.edge.lower()


USERS = Kind(
    "users", "user",
    ("username", "name", "emails", "email_verified", "active", "type", "service_account", "federated", "home_server",
     "last_login", "reason"),
    "HAS_ROLE", "has_role", "user_id", "role_id", labels=("service_account", "federated", "deactivated"),
)  # fmt: skip
ROLES = Kind(
    "roles", "role",
    ("name", "description", "scope", "room_scoped", "built_in", "mandatory2fa", "dangling"),
    "GRANTS", "grants", "role_id", "permission_id",
)  # fmt: skip
TEAMS = Kind(
    "teams", "team",
    ("name", "private", "created_at", "created_by_id", "room_id", "member_rows", "orphan_rows"),
    "MEMBER_OF", "member", "team_id", "user_id", ("roles", "owner", "joined_at", "added_by_id"),
)  # fmt: skip
"""Column names here and in `snapshot.schema`; their order is that of the statements `state/…` and `load/…`."""

AGGREGATES = (ROLES, USERS, TEAMS)
"""In the order in which they are written: an edge needs both of its ends."""

ROOM = ("name", "type", "private", "archived", "users_count", "read_only")
"""Columns of a room. It holds no edges and has no fingerprint: rooms are few, and compared whole."""

NODES = ("users", "roles", "teams", "permissions", "rooms")
COUNTED = (*NODES, "HAS_ROLE", "MEMBER_OF", "GRANTS", "HAS_ROOM")
"""Everything that is counted, guarded and listed. (Ways to administrator are counted too, and follow from the rest.)"""

TRUTHS = frozenset((
    "email_verified", "active", "service_account", "federated",
    "room_scoped", "built_in", "mandatory2fa", "dangling", "private", "owner", "archived", "read_only", "main",
))  # fmt: skip
LISTS = frozenset(("emails", "roles"))


def to_graph(columns: Iterable[str]) -> Callable[[Iterable[Cell]], list[object]]:
    """Turn a row of these columns into what the driver sends."""
    turns = tuple(_TO_GRAPH[_sort(column)] for column in columns)
    return lambda row: [
        cell if turn is None or cell is None else turn(cell) for turn, cell in zip(turns, row, strict=True)
    ]


def from_graph(columns: Iterable[str]) -> Callable[[Iterable[object]], list[Cell]]:
    """Turn what the driver read into a row that can be compared with the snapshot's.

    What has a wrong type (somebody changed it by hand) becomes a text that is equal to nothing, and so is put right.
    """
    sorts = tuple(_sort(column) for column in columns)
    return lambda row: [_from_graph(sort, cell) for sort, cell in zip(sorts, row, strict=True)]


def _sort(column: str) -> str:
    return "truth" if column in TRUTHS else "list" if column in LISTS else "plain"


def _list(cell: Cell) -> object:
    return json.loads(str(cell))


_TO_GRAPH: dict[str, Callable[[Cell], object] | None] = {"truth": bool, "list": _list, "plain": None}


def _from_graph(sort: str, cell: object) -> Cell:
    if cell is None or (sort == "plain" and isinstance(cell, str | int) and not isinstance(cell, bool)):
        return cell
    if sort == "truth" and isinstance(cell, bool):
        return int(cell)
    if sort == "list" and isinstance(cell, list):
        return json.dumps(cell, ensure_ascii=False, default=repr)
    return f"{type(cell).__name__} {cell!r}"


@dataclass
class Count:
    """What a run does to one kind. `returned` ones were there before, and are not among the `added`."""

    added: int = 0
    changed: int = 0
    closed: int = 0
    returned: int = field(default=0)

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.closed or self.returned)
