"""The routes that are asked: GET only, none that writes or logs (rocketchat.md §13.12). This is all there is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from rc2graph.model import ROOM, NodeType
from rc2graph.rocketchat import mapping


@dataclass(frozen=True)
class Endpoint:
    """`array`: the key that holds the rows; None where the answer is one object. `needs`: the permission that the route
    asks for; `also`: one that it asks for as well while the server's setting `setting` is on."""

    route: str
    array: str | None = None
    make: Callable[..., object] = dict
    needs: str | None = None
    also: str | None = None
    setting: str | None = None
    fixed: dict[str, str | list[str]] = field(default_factory=dict)
    path: str = ""
    authenticated: bool = True
    subject: tuple[str, str] | None = None
    """(query parameter, argument of `make`) of the thing whose list this is."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", self.path or f"/api/v1/{self.route}")

    def mapper(self, parameters: dict[str, Any]) -> Callable[[dict[str, Any]], object]:
        if self.subject:
            return partial(self.make, **{self.subject[1]: parameters[self.subject[0]]})
        return self.make


@dataclass(frozen=True, kw_only=True)
class OptionalList(Endpoint):
    """A list that nothing else needs, of whoever holds `needs`: without it the route refuses outright, and never
    answers with an empty list (rocketchat.md §1.3). It has a total, and may be asked for in pages."""

    needs: str
    brings: NodeType
    """What its rows are. Its noun is the name of the dataset."""
    gives: str = ""
    """What `needs` gives its holder besides, where that is more than is used here."""

    @property
    def without(self) -> str:
        """What it costs not to hold the permission."""
        return f"Without it the {self.brings.optional} are not read; everything else is."

    @property
    def step(self) -> str:
        """What to do where it does not come."""
        return (
            f"Look at the server's log and at the time limits of the proxy. Where the {self.brings.optional} are not "
            f"needed, take {self.needs!r} away from the account: they are then not asked for, and a load is complete "
            "without them."
        )


BY_ID: dict[str, str | list[str]] = {"sort": '{"_id":1}'}
"""The only order in which renaming a user between two pages does no harm (rocketchat.md §3.3)."""

INFO = Endpoint("info", path="/api/info", authenticated=False)
ME = Endpoint("me")
PERMISSIONS = Endpoint("permissions.listAll", "update", mapping.permission)
ROLES = Endpoint("roles.list", "roles", mapping.role)
OUTSIDE, ITS_SETTING = "view-outside-room", "API_Apply_permission_view-outside-room_on_users-list"
USERS_BY_STATUS = Endpoint(
    "users.listByStatus", "users", partial(mapping.user, by_status=True),
    needs="view-d-room", also=OUTSIDE, setting=ITS_SETTING, fixed=BY_ID,
)  # fmt: skip
PENDING = Endpoint(
    "users.listByStatus", "users", partial(mapping.inactive, pending=True),
    needs="view-d-room", also=OUTSIDE, setting=ITS_SETTING, fixed={"inactiveReason[]": ["pending_approval"], **BY_ID},
)  # fmt: skip
INACTIVE = Endpoint(
    "users.listByStatus", "users", partial(mapping.inactive, pending=False),
    needs="view-d-room", also=OUTSIDE, setting=ITS_SETTING, fixed={"status": "deactivated", **BY_ID},
)  # fmt: skip
"""Accounts that were never approved, and all that are not active (rocketchat.md §4.2). Without `status` in the first:
only so a server that takes no notice of the reason shows it, by answering active accounts too."""
USERS = Endpoint(
    "users.list", "users", partial(mapping.user, by_status=False),
    needs="view-d-room", also=OUTSIDE, setting=ITS_SETTING, fixed=BY_ID,
)  # fmt: skip
TEAMS = Endpoint("teams.listAll", "teams", mapping.team, needs="view-all-teams")
MEMBERS = Endpoint("teams.members", "members", mapping.member, needs="view-all-teams", subject=("teamId", "team_id"))
TEAMS_OF_USER = Endpoint(
    "users.listTeams", "teams", mapping.team_of_user, needs="view-all-teams", subject=("userId", "user_id")
)
ROOMS = OptionalList(
    route="rooms.adminRooms", array="rooms", make=mapping.room, brings=ROOM, needs="view-room-administration",
    gives="lists every room of the workspace, private ones and direct messages too, each with its last message (where "
    "Store_Last_Message is on, the default), and reads whole direct messages where "
    "API_Enable_Direct_Message_History_EndPoint is on",  # permissions.md §2.3
    fixed={"types[]": ["c", "p", "teams", "discussions"], **BY_ID},
)  # fmt: skip
"""Without `teams` among the types, main rooms are left out; without `discussions`, those discussions too that are in a
team (rocketchat.md §8). So all discussions of the workspace come, and `mapping.room` keeps nothing of those without a
team."""

OPTIONAL = (ROOMS,)
ALL = (
    *(INFO, ME, PERMISSIONS, ROLES, PENDING, INACTIVE, USERS_BY_STATUS, USERS, TEAMS, MEMBERS, TEAMS_OF_USER),
    *OPTIONAL,
)
