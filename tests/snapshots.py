"""Finished snapshots for tests, from plain Python: a `World` is what is true, `snapshot` makes the file of it."""

import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from rc2graph.catalogue import catalogue
from rc2graph.graph.connect import Graph, Transaction, WorkspaceGraph
from rc2graph.graph.escalations import judgement, ways
from rc2graph.graph.handed_out import Grant
from rc2graph.graph.load import load_snapshot
from rc2graph.graph.load_result import LoadResult
from rc2graph.model import ROLE, ROOM, TEAM, USER, Membership, Permission, Role, Room, Row, Team, User
from rc2graph.snapshot import Collection, Dataset, Page, Snapshot
from rc2graph.snapshot.schema import DATASETS


@dataclass
class World:
    """What Rocket.Chat shows, without its transport. Change it between two snapshots; `copy` keeps the state before."""

    users: dict[str, User] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    permissions: dict[str, Permission] = field(default_factory=dict)
    members: dict[tuple[str, str], Membership] = field(default_factory=dict)
    """(team id, user id) → membership."""
    rooms: dict[str, Room] = field(default_factory=dict)
    orphans: dict[str, int] = field(default_factory=dict)
    unsettled: dict[str, str] = field(default_factory=dict)
    others: dict[str, dict[str, Row]] = field(default_factory=dict)
    """Of node types that have no line here: noun → id → row."""

    def rows(self, noun: str) -> dict[str, Any]:
        return self.others[noun] if noun in self.others else getattr(self, noun)

    def copy(self) -> "World":
        return copy.deepcopy(self)

    def user(self, id_: str, *roles: str, **fields: object) -> None:
        known = {"username": f"{id_}.name", "active": True, "type": "user", **fields}
        self.users[id_] = User(id_, roles=tuple(roles), **known)  # type: ignore[arg-type]

    def role(self, id_: str, *permissions: str, **fields: object) -> None:
        self.roles[id_] = Role(id_, **{"name": id_, "scope": "Users", **fields})  # type: ignore[arg-type]
        for permission in permissions:
            self.grant(id_, permission)

    def grant(self, role: str, permission: str) -> None:
        before = self.permissions.get(permission, Permission(permission))
        self.permissions[permission] = replace(before, roles=tuple(sorted({*before.roles, role})))

    def revoke(self, role: str, permission: str) -> None:
        before = self.permissions[permission]
        self.permissions[permission] = replace(before, roles=tuple(id_ for id_ in before.roles if id_ != role))

    def team(self, id_: str, *members: str, **fields: object) -> None:
        self.teams[id_] = Team(id_, **{"name": f"team {id_}", "private": False, **fields})  # type: ignore[arg-type]
        for member in members:
            self.join(id_, member)

    def join(self, team: str, user: str, *roles: str, **fields: object) -> None:
        self.members[team, user] = Membership(
            team, user, roles=roles or None, owner="owner" in roles, **fields  # type: ignore[arg-type]
        )  # fmt: skip

    def leave(self, team: str, user: str) -> None:
        del self.members[team, user]

    def change(self, user: str, **fields: object) -> None:
        self.users[user] = replace(self.users[user], **fields)  # type: ignore[arg-type]

    def delete_user(self, id_: str) -> None:
        del self.users[id_]
        self.members = {key: row for key, row in self.members.items() if key[1] != id_}

    def room(self, id_: str, team: str | None, *, private: bool = False, main: bool = False, **fields: object) -> None:
        known = {
            "name": f"room {id_}",
            "type": "p" if private else "c",
            "archived": False,
            "attribute_controlled": False,
            "read_only": False,
            **fields,
        }
        self.rooms[id_] = Room(id_, team, private=private, main=main, **known)  # type: ignore[arg-type]

    def delete_team(self, id_: str) -> None:
        del self.teams[id_]
        self.rooms = {room: row for room, row in self.rooms.items() if row.team_id != id_}
        self.members = {key: row for key, row in self.members.items() if key[0] != id_}


def company() -> World:
    """Small, with one of everything: an admin, a bot that is switched off, a federated account, a dangling role."""
    world = World()
    for role in ("admin", "user", "bot", "auditor"):
        world.role(role, "view-d-room")
    world.role("owner", scope="Subscriptions", room_scoped=True, built_in=True)
    world.grant("admin", "view-all-teams")
    world.grant("ghost", "view-all-teams")
    world.user("ana", "admin", "user", name="Ana", emails=("ana@example.org",), email_verified=True,
               verified_emails=("ana@example.org",))  # fmt: skip
    world.user("bob", "user", last_login="2026-01-01T00:00:00.000Z")
    world.user("cat", "bot", type="bot", service_account=True, active=False)
    world.user("dan", "user", "gone-role", federated=True, home_server="example.net")
    world.user("eve")
    for number in range(12):
        world.user(f"u{number:02}", "user")
    world.team("red", "bob", "dan", member_rows=4)
    world.join("red", "ana", "owner", "moderator", joined_at="2026-01-02T00:00:00.000Z", added_by_id="ana")
    world.team("blue", "ana", "cat", private=True)
    world.team("empty")
    world.room("red.main", "red", main=True, users_count=3)
    world.room("red.plans", "red", private=True)
    world.room("blue.main", "blue", private=True, main=True, archived=True, read_only=True)
    world.room("general", None)
    for number in range(12):
        world.join("blue", f"u{number:02}")
    return world


@dataclass
class Dump:
    """Nodes as (labels, id, properties) and edges as (type, from, to, properties), as sets."""

    nodes: set[tuple[str, str, frozenset[tuple[str, Any]]]]
    edges: set[tuple[str, str, str, frozenset[tuple[str, Any]]]]

    def __sub__(self, other: "Dump") -> "Dump":
        return Dump(self.nodes - other.nodes, self.edges - other.edges)


VERSION = "8.6.1"
"""Of the server that the worlds were read from."""


def expected(world: World) -> Dump:
    """What a graph must hold of a world, worked out without any of the program's SQL."""
    users = dict(world.users)
    for row in world.members.values():
        users.setdefault(row.user_id, User(row.user_id, username=row.username, name=row.name))
    permissions = {id_: grant for id_, grant in world.permissions.items() if grant.roles or not grant.setting_id}
    roles = dict(world.roles)
    has_role = {(user.id, role) for user in users.values() for role in user.roles or ()}
    grants = {(role, permission.id) for permission in permissions.values() for role in permission.roles}
    for id_ in {id_ for _, id_ in has_role} | {id_ for id_, _ in grants}:
        roles.setdefault(id_, Role(id_, dangling=True))
    members = set()
    for row in world.members.values():
        if users[row.user_id].active is True or row.user_id not in world.users:
            shown = _shown(row, "roles", "owner", "joined_at", "added_by_id")
        else:
            shown = frozenset({("owner", row.owner), *([("roles", ("owner",))] if row.owner else [])})
        members.add((row.user_id, row.team_id, shown))
    nodes = set()
    for user in users.values():
        on = {"ServiceAccount": user.service_account, "Federated": user.federated, "Deactivated": user.active is False}
        labels = ["User", *(label for label in on if on[label])]
        nodes.add(("+".join(sorted(labels)), user.id, _shown(replace(user, status=status_of(user)), *_USER, "status")))
    for role in roles.values():
        nodes.add(("Role", role.id, _shown(role, *_ROLE) | ({("dangling", True)} if role.dangling else set())))
    for team in world.teams.values():
        orphans = {("orphanRows", world.orphans[team.id])} if team.id in world.orphans else set()
        nodes.add(("Team", team.id, _shown(team, *_TEAM) | orphans))
    for permission in permissions.values():
        said = judgement(catalogue().at(VERSION).entry(permission.id))
        judged = {(key, value) for key, value in (("tier", said.tier), ("how", said.how)) if value}
        nodes.add(("Permission", permission.id, _shown(permission, "setting_id") | judged))
    contained = set()
    for room in world.rooms.values():
        if room.team_id in world.teams:
            nodes.add(("Room", room.id, _shown(room, *_ROOM)))
            contained.add(("HAS_ROOM", room.team_id, room.id, _shown(room, "main")))
    bare: frozenset[tuple[str, Any]] = frozenset()
    edges = {("HAS_ROLE", *pair, bare) for pair in has_role} | {("GRANTS", *pair, bare) for pair in grants}
    edges |= {("MEMBER_OF", *row) for row in members} | contained
    return Dump(nodes, edges | _escalations(permissions, roles))


def status_of(user: User) -> str | None:
    if user.active is False:
        return "pending" if user.reason else "deactivated"
    return "federated" if user.federated else "service" if user.service_account else "active" if user.active else None


def _escalations(
    permissions: dict[str, Permission], roles: dict[str, Role]
) -> set[tuple[str, str, str, frozenset[tuple[str, Any]]]]:
    """Ways to administrator; which reasons they give is held against the facts in test_escalations."""
    known = catalogue().at(VERSION)
    granted = [Grant(role, roles[role].name, one.id, not roles[role].dangling)
               for one in permissions.values() for role in one.roles if role != "admin"]  # fmt: skip
    edges = set()
    for (id_, key), way in ways(known, permissions, granted).items() if "admin" in roles else ():
        shown = {"key": key, "needs": way.needs, "how": way.how, "condition": way.condition}
        type_ = "ESCALATES_TO" if key is None else "ESCALATES_WITH"
        edges.add((type_, id_, "admin", frozenset(item for item in shown.items() if item[1] is not None)))
    return edges


_USER, _ROLE, _ROOM, _TEAM = (
    tuple(one.column for one in label.properties if not one.derived) for label in (USER, ROLE, ROOM, TEAM)
)


def _shown(row: object, *fields: str) -> frozenset[tuple[str, Any]]:
    camel = {field: field.split("_")[0] + "".join(part.title() for part in field.split("_")[1:]) for field in fields}
    return frozenset((camel[field], getattr(row, field)) for field in fields if getattr(row, field) is not None)


def ask(graph: Graph, text: str, **params: Any) -> list[dict[str, Any]]:
    """A query of a test's own, which may write."""
    with graph._driver.session(database=graph._database) as session:
        return [record.data() for record in session.run(text, params)]


EDGES = ["HAS_ROLE", "MEMBER_OF", "GRANTS", "HAS_ROOM", "ESCALATES_TO", "ESCALATES_WITH"]


def current(graph: Graph, workspace: str = "acme", *, fingerprints: bool = False) -> Dump:
    """What the graph says now: without history, first seen, and (unless asked for) fingerprints."""
    drop = {"workspace", "id", "firstSeen"} | (set() if fingerprints else {"fingerprint"})
    nodes = [
        ("+".join(sorted(row["l"])), row["p"]["id"], _frozen(row["p"], drop))
        for row in ask(graph, """MATCH (n {workspace: $w}) WHERE n:User OR n:Role OR n:Team OR n:Permission OR n:Room
                                 RETURN labels(n) AS l, properties(n) AS p""", w=workspace)
    ]  # fmt: skip
    edges = [
        (row["t"], row["a"], row["b"], _frozen(row["p"], drop))
        for row in ask(graph, """MATCH (a {workspace: $w})-[e]->(b {workspace: $w}) WHERE type(e) IN $types
                                 RETURN type(e) AS t, a.id AS a, b.id AS b, properties(e) AS p""",
                       w=workspace, types=EDGES)
    ]  # fmt: skip
    assert len(set(nodes)) == len(nodes), "a node is there twice"
    assert len(set(edges)) == len(edges), "an edge is there twice"
    return Dump(set(nodes), set(edges))


def everything(graph: Graph) -> tuple[list[str], list[str]]:
    """All there is in the graph but `Workspace` and `Sync`, internal ids apart."""
    nodes = ask(graph, """MATCH (n) WHERE NOT n:Workspace AND NOT n:Sync
                          RETURN labels(n) AS l, properties(n) AS p""")  # fmt: skip
    edges = ask(graph, """MATCH (a)-[e]->(b) RETURN labels(a) AS la, properties(a) AS a, [type(e)] AS t,
                          properties(e) AS p, labels(b) AS lb, properties(b) AS b""")  # fmt: skip
    return sorted(map(_text, nodes)), sorted(map(_text, edges))


def history(graph: Graph, workspace: str = "acme") -> set[tuple[str, str, str, str, str]]:
    """Edges that ended: (type, from, to, since, until)."""
    return {
        (row["t"], row["a"], row["b"], row["since"], row["until"])
        for row in ask(graph, """MATCH (a {workspace: $w})-[e:HAD_ROLE|WAS_MEMBER_OF]->(b)
            RETURN type(e) AS t, a.id AS a, b.id AS b, e.since AS since, e.until AS until""", w=workspace)
    }  # fmt: skip


def formers(graph: Graph, workspace: str = "acme") -> set[tuple[str, str]]:
    rows = ask(graph, """MATCH (n {workspace: $w}) WHERE n:FormerUser OR n:FormerRole OR n:FormerTeam
                         RETURN labels(n) AS l, n.id AS id""", w=workspace)  # fmt: skip
    return {("+".join(sorted(row["l"])), row["id"]) for row in rows}


def _frozen(properties: dict[str, Any], drop: set[str]) -> frozenset[tuple[str, Any]]:
    return frozenset((key, _plain(value)) for key, value in properties.items() if key not in drop)


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _text(row: dict[str, Any]) -> str:
    """One spelling of a row, whatever the engine's order of properties and labels."""
    return repr(
        {key: sorted(value.items() if isinstance(value, dict) else value, key=str) for key, value in row.items()}
    )


class Killed(Exception):
    """The process ended here."""


class Watched:
    """A graph that counts write transactions, and dies instead of the one after `dies_after`. `before` runs first."""

    def __init__(self, graph: Graph, dies_after: int | None = None) -> None:
        self.graph, self.dies_after, self.writes, self.executed = graph, dies_after, 0, 0
        self.before: dict[int, Callable[[], object]] = {}
        self.statements: list[str] = []
        self.reads: list[str] = []

    @property
    def name(self) -> str:
        return cast(WorkspaceGraph, self.graph).name

    @property
    def engine(self) -> str:
        return self.graph.engine

    def workspace(self, name: str) -> WorkspaceGraph:
        self.graph = self.graph.workspace(name)
        return cast(WorkspaceGraph, self)

    def write(self, work: Callable[[Transaction], Any]) -> Any:
        if self.dies_after is not None and self.writes >= self.dies_after:
            raise Killed
        if then := self.before.pop(self.writes, None):
            then()
        result = self.graph.write(lambda tx: work(cast(Transaction, _Noting(tx, self.statements))))
        self.writes += 1
        return result

    def erase_removed(self) -> None:
        self.graph.erase_removed()

    def execute(self, name: str, /, **params: Any) -> None:
        self.executed += 1
        self.graph.execute(name, **params)

    def read(self, name: str, /, **params: Any) -> list[dict[str, Any]]:
        return self.graph.read(name, **params)

    def rows(self, name: str, /, **params: Any) -> Iterator[dict[str, Any]]:
        self.reads.append(name)
        return self.graph.rows(name, **params)


class _Noting:
    def __init__(self, tx: Transaction, statements: list[str]) -> None:
        self.tx, self.statements = tx, statements

    def run(self, name: str, /, **params: Any) -> list[dict[str, Any]]:
        self.statements.append(name)
        return self.tx.run(name, **params)


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 6, 1, tzinfo=UTC)

    def clock(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


_starts = iter(range(1, 10_000_000))


def started(number: int) -> str:
    """A collection's start: the n-th minute of 2026."""
    return (datetime(2026, 1, 1) + timedelta(minutes=number)).isoformat(timespec="milliseconds") + "Z"


def loaded(graph: Graph | Watched, world: World, path: Path, *, now: Time | None = None, **options: Any) -> LoadResult:
    """Load a world. Options of `snapshot` (`partial`, `forbidden`, …, `workspace`) and of `load_snapshot`."""
    made = {
        key: options.pop(key) for key in ("partial", "forbidden", "users_source", "at", "version") if key in options
    }
    now, workspace = now or Time(), options.pop("workspace", "acme")
    with snapshot(world, path / "world.sqlite", workspace=workspace, **made) as file:
        return load_snapshot(graph.workspace(workspace), file, clock=now.clock, sleep=now.sleep, **options)


def snapshot(
    world: World,
    path: Path,
    *,
    at: str | None = None,
    workspace: str = "acme",
    partial: Iterable[str] = (),
    forbidden: Iterable[str] = (),
    users_source: str = "users.listByStatus",
    **meta: str,
) -> Snapshot:
    """The finished file of a world. `partial` names the lists that came short, `forbidden` those refused.

    Each snapshot is later than the last.
    """
    path.unlink(missing_ok=True)
    at = at or started(next(_starts))
    with Collection.open(path) as collection:
        collection.set_meta(
            workspace=workspace, url=f"https://{workspace}.example.org", caller_id="ana",
            caller_roles='["admin"]', started=at, users_source=users_source, tool_version="0.1.0",
            **{"version": VERSION, **meta},
        )  # fmt: skip
        collection.commit(Page(users_source), world.users.values())
        collection.commit(Page("roles.list"), world.roles.values())
        collection.commit(Page("permissions.listAll"), world.permissions.values())
        collection.commit(Page("teams.listAll"), world.teams.values())
        collection.commit(Page("teams.members"), world.members.values())
        collection.commit(Page("rooms.adminRooms"), world.rooms.values() if "rooms" not in set(forbidden) else ())

        for noun, rows in world.others.items():
            collection.commit(Page(noun), rows.values())

        def settle(collection: Collection) -> None:
            for team, rows in world.orphans.items():
                collection.db.execute("UPDATE team SET orphan_rows = ? WHERE id = ?", (rows, team))
            for team, why in world.unsettled.items():
                collection.db.execute("UPDATE team SET unsettled = ? WHERE id = ?", (why, team))

        states = dict.fromkeys(partial, "partial") | dict.fromkeys(forbidden, "forbidden")
        fetched = {"users": len(world.users), "roles": len(world.roles), "teams": len(world.teams)}
        collection.finish(
            [Dataset(name, states.get(name, "complete"), fetched.get(name), fetched.get(name)) for name in DATASETS],
            at,
            settle,
        )
    return Snapshot.open(path)
