"""The truth the simulator serves: one Rocket.Chat workspace as plain documents, and what people do to it.

Documents are the server's own (rocketchat.md §4.5, §5.1, §6). What a method leaves behind is what the server leaves
behind: deleting a user keeps its `team_member` rows, deleting a role keeps its id in permissions
(rocketchat.md §5.2, §6.3). Change documents through the methods; after a change by hand call `touch()`.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from .accounts import AUTO, Accounts, Auto, iso
from .defaults import BUILT_IN_ROLES, READER, READER_PERMISSIONS, READER_ROLE, Document, default_permissions
from .truth import Truth, truth_of

NOW = datetime(2026, 7, 12, 8, tzinfo=UTC)
PUBLIC, PRIVATE = 0, 1


class Workspace(Accounts):
    """Accounts (`Accounts`), and on top of them teams, membership rows and rooms.

    Users are addressed by id or username, roles and teams by id or name. The same seed makes the same ids. A fresh one
    holds the built-in roles, the permissions of 8.6.1, `rocket.cat`, and the reading account (`reader=None`: not).
    """

    def __init__(self, *, seed: int = 0, now: datetime = NOW, reader: str | None = READER) -> None:
        super().__init__(seed, now)
        self.teams: dict[str, Document] = {}
        self.members: dict[str, dict[str, Document]] = {}
        """Membership rows by team id and user id; the user may be gone."""
        self.teams_of: dict[str, dict[str, None]] = {}
        self.rooms: dict[str, Document] = {}
        for id_, scope, description in BUILT_IN_ROLES:
            self.add_role(id_, id=id_, scope=scope, description=description, protected=True)
        for permission, roles in default_permissions().items():
            self.permissions[permission] = {"_id": permission, "_updatedAt": self.touch(), "roles": roles}
        self.add_user("rocket.cat", id="rocket.cat", name="Rocket.Cat", roles=["bot"], type="bot", emails=None)
        if reader is not None:
            self.add_role(READER_ROLE, description="Reads access for reviews")
            for permission in READER_PERMISSIONS:
                self.grant(permission, READER_ROLE)
            self.add_user(reader, name="Access Review", roles=["user", READER_ROLE])

    def team_id(self, team: str) -> str:
        if team in self.teams:
            return team
        found = next((id_ for id_, doc in self.teams.items() if doc["name"] == team), None)
        if found is None:
            raise KeyError(team)
        return found

    def oracle(self) -> Truth:
        """What is true, for comparison with what was read."""
        return truth_of(self)

    # teams and rooms

    def add_team(
        self,
        name: str,
        *,
        id: str | None = None,
        private: bool = False,
        owner: str | None = None,
        main_room: bool = True,
        created_by: Mapping[str, str] | None = None,
        created_at: datetime | str | None = None,
    ) -> str:
        """A team with its main room and its owner; `main_room=False`: creation broke off (rocketchat.md §6.1)."""
        with self.lock:
            now = self.touch()
            id_ = id or self.new_hex()
            by = dict(created_by) if created_by is not None else self.signature(owner or "rocket.cat")
            at = iso(created_at) if created_at else now
            team: Document = {"_id": id_, "name": name, "type": PRIVATE if private else PUBLIC, "createdAt": at}
            self.teams[id_] = {**team, "createdBy": by, "_updatedAt": now, "roomId": ""}
            self.members[id_] = {}
            if main_room:
                self.teams[id_]["roomId"] = self.add_room(name, private=private, team=id_, main=True, created_by=by)
            if owner is not None:
                self.add_member(id_, owner, ["owner"])
            return id_

    def rename_team(self, team: str, name: str) -> None:
        with self.lock:
            self.teams[self.team_id(team)].update(name=name, _updatedAt=self.touch())

    def delete_team(self, team: str) -> None:
        """Remove a team, its rows and its main room; its other rooms go on without a team."""
        with self.lock:
            id_ = self.team_id(team)
            self.rooms.pop(self.teams.pop(id_)["roomId"], None)
            for user in self.members.pop(id_):
                self.teams_of[user].pop(id_, None)
            for room in self.rooms.values():
                if room.get("teamId") == id_:
                    del room["teamId"]
            self.touch()

    def add_room(
        self,
        name: str,
        *,
        private: bool = False,
        team: str | None = None,
        main: bool = False,
        default: bool = False,
        created_by: Mapping[str, str] | None = None,
        **more: object,
    ) -> str:
        with self.lock:
            now, id_ = self.touch(), self.new_hex()
            room: Document = {"_id": id_, "name": name, "fname": name, "t": "p" if private else "c", "msgs": 0}
            room |= {"usersCount": 0, "u": dict(created_by or self.signature("rocket.cat")), "ts": now, "ro": False}
            room |= {"default": default, "sysMes": True, "customFields": {}, "broadcast": False, "encrypted": False}
            if team is not None:
                room["teamId"] = self.team_id(team)
                room |= {"teamMain": True} if main else {"teamDefault": False}
            self.rooms[id_] = {**room, "_updatedAt": now, **more}
            return id_

    def signature(self, user: str) -> Document:
        """How a document names who made it: id and username."""
        doc = self.user(user)
        return {key: doc[key] for key in ("_id", "username") if key in doc}

    # membership rows

    def add_member(
        self,
        team: str,
        user: str,
        roles: Sequence[str] | None = None,
        *,
        created_by: Mapping[str, str] | Auto | None = AUTO,
        created_at: datetime | str | None = None,
    ) -> None:
        """`roles=None`: no key, as when added plainly; `created_by=None`: a row that breaks the call
        (rocketchat.md §6.2)."""
        self._insert_row(self.team_id(team), self.user_id(user), roles, created_by, created_at)

    def add_orphan(self, team: str, roles: Sequence[str] | None = None) -> str:
        """A row of a user that was deleted long ago; returns that user's id."""
        gone = self.new_id()
        self._insert_row(self.team_id(team), gone, roles, AUTO, None)
        return gone

    def _insert_row(
        self,
        team: str,
        user: str,
        roles: Sequence[str] | None,
        created_by: Mapping[str, str] | Auto | None,
        created_at: datetime | str | None,
    ) -> None:
        with self.lock:
            now = self.touch()
            row: Document = {"teamId": team, "userId": user, "createdAt": iso(created_at) if created_at else now}
            if roles is not None:
                row["roles"] = list(roles)
            if created_by is AUTO:
                row["createdBy"] = dict(self.teams[team]["createdBy"])
            elif created_by is not None:
                row["createdBy"] = dict(created_by)
            self.members[team][user] = row
            self.teams_of.setdefault(user, {})[team] = None

    def remove_member(self, team: str, user: str) -> None:
        with self.lock:
            team, user = self.team_id(team), self._usernames.get(user, user)
            del self.members[team][user]
            del self.teams_of[user][team]
            self.touch()

    def set_member_roles(self, team: str, user: str, roles: Sequence[str] | None) -> None:
        with self.lock:
            row = self.members[self.team_id(team)][self.user_id(user)]
            row.pop("roles", None)
            if roles is not None:
                row["roles"] = list(roles)
            self.touch()
