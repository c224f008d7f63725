"""Team and room routes (api.md §6, §8): where an account that may not look is told "nobody" rather than "no"."""

from collections.abc import Sequence

from .answers import Answer, Refused, failure, success, unauthorized
from .calls import Call, Route, Routes
from .defaults import Document
from .queries import PAGE, SORTED, Schema, ordered, parse_sort, picked, text, texts

ROOM_KINDS = ("c", "d", "p", "l", "discussions", "teams")
ADMIN_ROOM = (
    *("_id", "prid", "fname", "name", "t", "cl", "u", "usernames", "ts", "usersCount", "muted", "unmuted", "ro"),
    *("reactWhenReadOnly", "default", "favorite", "featured", "topic", "msgs", "archived", "teamId", "teamMain"),
    *("announcement", "description", "broadcast", "uids", "avatarETag", "federated", "abacAttributes"),
)


def list_all(call: Call) -> Answer:
    """`teams.listAll`: natural order, and every membership row is counted (api.md §6.1)."""
    page, offset = call.page(call.natural(list(call.workspace.teams.values())))
    return _teams(call, page, offset, len(call.workspace.teams))


def list_own(call: Call) -> Answer:
    """`teams.list`: the caller's own teams, for an admin too."""
    own = [call.workspace.teams[team] for team in call.workspace.teams_of.get(call.caller["_id"], ())]
    page, offset = call.page(ordered(own, parse_sort(call.query)))
    return _teams(call, page, offset, len(own))


def members(call: Call) -> Answer:
    """`teams.members`: active users only since 5.0; a foreign team is empty, not refused (api.md §6.2)."""
    workspace, team = call.workspace, _asked_for(call, "team-does-not-exist")
    rows = list(workspace.members[team["_id"]].values())
    if not _sees(call, team):
        rows = []
    users = workspace.users
    found = [row for row in rows if row["userId"] in users]
    if call.version >= (5,):
        found = [row for row in found if users[row["userId"]].get("active") is True]
    if status := texts(call.query, "status"):
        found = [row for row in found if users[row["userId"]].get("status") in status]
    if wanted := text(call.query, "username") or text(call.query, "name"):
        found = [row for row in found if _named(users[row["userId"]], wanted.lower())]
    page, offset = call.page(call.natural(found))
    if any("createdBy" not in row for row in page):
        return failure("Cannot read properties of undefined (reading '_id')")
    shown = [
        {
            "user": picked(users[row["userId"]], ("_id", "username", "name", "status", "settings")),
            **picked(row, ("roles", "createdBy", "createdAt")),
        }
        for row in page
    ]
    return success({"members": shown, "total": len(found), "count": len(shown), "offset": offset})


def info(call: Call) -> Answer:
    """`teams.info`: needs the main room, or view-all-teams (api.md §6.4)."""
    team = _asked_for(call, "Team not found")
    if team["roomId"] not in call.workspace.rooms:
        return failure("Room not found")
    public = team["type"] == 0 and call.may("view-c-room")
    if not (public or _sees(call, team)):
        return unauthorized(call.version)
    return success({"teamInfo": team})


def list_rooms(call: Call) -> Answer:
    """`teams.listRooms`: whole room documents, private content included (api.md §6.4)."""
    team = _asked_for(call, "team-does-not-exist")
    if team["type"] == 1 and not _sees(call, team):
        return failure("user-not-on-private-team")
    rooms = [room for room in _rooms_of(call, team["_id"]) if not room.get("teamMain")]
    if text(call.query, "type") == "autoJoin":
        rooms = [room for room in rooms if room.get("teamDefault")]
    if not call.may("view-all-team-channels", room_roles=_room_roles(call, team)):
        rooms = [room for room in rooms if room["t"] == "c" or room["u"].get("_id") == call.caller["_id"]]
    if name := text(call.query, "filter"):
        rooms = [room for room in rooms if name.lower() in room["name"].lower()]
    page, offset = call.page(call.natural(rooms))
    return success({"rooms": page, "total": len(rooms), "count": len(page), "offset": offset})


def admin_rooms(call: Call) -> Answer:
    """`rooms.adminRooms`: refused with 400; any of the types asked for, but main rooms of teams and discussions only
    where `teams` and `discussions` are among these (api.md §8)."""
    if not call.may("view-room-administration"):
        return failure("error-not-authorized")
    kinds, wanted = texts(call.query, "types"), (text(call.query, "filter") or "").lower()
    main, discussions = "teams" in kinds, "discussions" in kinds
    rooms = [
        room
        for room in call.workspace.rooms.values()
        if (not kinds or room["t"] in kinds or (main and room.get("teamMain")) or (discussions and "prid" in room))
        and (main or not room.get("teamMain"))
        and (discussions or "prid" not in room)
        and wanted in room.get("name", "").lower()
    ]
    page, offset = call.page(ordered(rooms, parse_sort(call.query) or {"default": -1, "name": 1}))
    shown = [picked(room, ADMIN_ROOM) for room in page]
    return success({"rooms": shown, "count": len(shown), "offset": offset, "total": len(rooms)})


def _teams(call: Call, page: Sequence[Document], offset: int, total: int) -> Answer:
    rooms: dict[str, int] = {}
    for room in call.workspace.rooms.values():
        if "teamId" in room and not room.get("teamMain"):
            rooms[room["teamId"]] = rooms.get(room["teamId"], 0) + 1
    counted = call.workspace.members
    teams = [{**t, "rooms": rooms.get(t["_id"], 0), "numberOfUsers": len(counted[t["_id"]])} for t in page]
    return success({"teams": teams, "total": total, "count": len(teams), "offset": offset})


def _asked_for(call: Call, missing: str) -> Document:
    teams = call.workspace.teams
    team = teams.get(text(call.query, "teamId") or "")
    if team is None and (name := text(call.query, "teamName")) is not None:
        team = next((doc for doc in teams.values() if doc["name"] == name), None)
    if team is None:
        raise Refused(failure(missing))
    return team


def _room_roles(call: Call, team: Document) -> Sequence[str]:
    """The caller's roles in the team's main room, which add to their own (api.md §6.2)."""
    row = call.workspace.members[team["_id"]].get(call.caller["_id"], {})
    roles: Sequence[str] = row.get("roles", ())
    return roles


def _sees(call: Call, team: Document) -> bool:
    member = call.caller["_id"] in call.workspace.members[team["_id"]]
    return member or call.may("view-all-teams")


def _named(user: Document, wanted: str) -> bool:
    return wanted in user.get("username", "").lower() or wanted in user.get("name", "").lower()


def _rooms_of(call: Call, team: str) -> list[Document]:
    return [room for room in call.workspace.rooms.values() if room.get("teamId") == team]


_ONE_TEAM = ("teamId", "teamName")
_TEAM = dict.fromkeys(_ONE_TEAM, "string")
_TEAM_LIST = {**PAGE, **_TEAM, "sort": "string", "query": "string", "fields": "string"}

ROUTES: Routes = {
    "teams.listAll": Route(list_all, "view-all-teams"),
    "teams.list": Route(list_own),
    "teams.members": Route(
        members,
        schema=Schema(
            {**_TEAM_LIST, "status": "array", "username": "string", "name": "string"},
            one_of=_ONE_TEAM,
            checks=_ONE_TEAM,
        ),
    ),
    "teams.info": Route(info, schema=Schema(_TEAM, one_of=_ONE_TEAM)),
    "teams.listRooms": Route(
        list_rooms, schema=Schema({**_TEAM_LIST, "filter": "string", "type": "string"}, one_of=_ONE_TEAM)
    ),
    "rooms.adminRooms": Route(
        admin_rooms,
        schema=Schema({**SORTED, "filter": "string", "types": "array"}, allowed={"types": ROOM_KINDS}),
    ),
}
