"""Finished snapshots for tests, from plain Python: a `World` is what is true, `snapshot` makes the file of it."""

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from rc2graph.model import Membership, Permission, Role, Team, User
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
    orphans: dict[str, int] = field(default_factory=dict)
    unsettled: dict[str, str] = field(default_factory=dict)

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

    def delete_team(self, id_: str) -> None:
        del self.teams[id_]
        self.members = {key: row for key, row in self.members.items() if key[0] != id_}


def company() -> World:
    """Small, with one of everything: an admin, a bot that is switched off, a federated account, a dangling role."""
    world = World()
    for role in ("admin", "user", "bot", "auditor"):
        world.role(role, "view-d-room")
    world.role("owner", scope="Subscriptions", room_scoped=True, built_in=True)
    world.grant("admin", "view-all-teams")
    world.grant("ghost", "view-all-teams")
    world.user("ana", "admin", "user", name="Ana", emails=("ana@example.org",), email_verified=True)
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
    for number in range(12):
        world.join("blue", f"u{number:02}")
    return world


_starts = iter(range(1, 10_000_000))


def started(number: int) -> str:
    """The n-th second of a long day, as a collection's start."""
    return f"2026-{1 + number // 2_419_200:02}-{1 + number // 86_400 % 28:02}T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}.000Z"  # noqa: E501


def snapshot(
    world: World,
    path: Path,
    *,
    at: str | None = None,
    workspace: str = "acme",
    partial: Iterable[str] = (),
    users_source: str = "users.listByStatus",
    **meta: str,
) -> Snapshot:
    """The finished file of a world. `partial` names the lists that came short; each snapshot is later than the last."""
    path.unlink(missing_ok=True)
    at = at or started(next(_starts))
    with Collection.open(path) as collection:
        collection.set_meta(
            workspace=workspace, url=f"https://{workspace}.example.org", version="8.6.1", caller_id="ana",
            caller_roles='["admin"]', started=at, users_source=users_source, tool_version="0.1.0", **meta,
        )  # fmt: skip
        collection.commit(Page(users_source), world.users.values())
        collection.commit(Page("roles.list"), world.roles.values())
        collection.commit(Page("permissions.listAll"), world.permissions.values())
        collection.commit(Page("teams.listAll"), world.teams.values())
        collection.commit(Page("teams.members"), world.members.values())

        def settle(collection: Collection) -> None:
            for team, rows in world.orphans.items():
                collection.db.execute("UPDATE team SET orphan_rows = ? WHERE id = ?", (rows, team))
            for team, why in world.unsettled.items():
                collection.db.execute("UPDATE team SET unsettled = ? WHERE id = ?", (why, team))

        fetched = {"users": len(world.users), "roles": len(world.roles), "teams": len(world.teams)}
        collection.finish(
            [
                Dataset(name, "partial" if name in set(partial) else "complete", fetched.get(name), fetched.get(name))
                for name in DATASETS
            ],
            at,
            settle,
        )
    return Snapshot.open(path)
