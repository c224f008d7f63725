"""Team and room routes (rocketchat.md §6, §8): where an account that may not look is told "nobody" rather than "no"."""

from collections.abc import Sequence

from .answers import Answer, Refused, failure, success
from .calls import Call, Route, Routes
from .defaults import Document
from .queries import SORTED, Schema, items, ordered, picked, text, texts, word

ROOM_KINDS = ("c", "d", "p", "l", "discussions", "teams")
ADMIN_ROOM = (
    *("_id", "prid", "fname", "name", "t", "cl", "u", "usernames", "ts", "usersCount", "muted", "unmuted", "ro"),
    *("reactWhenReadOnly", "default", "favorite", "featured", "topic", "msgs", "archived", "teamId", "teamMain"),
    *("announcement", "description", "broadcast", "uids", "avatarETag", "federated"),
)
ADMIN_ROOM_SINCE = {"abacAttributes": (8,), "abacAttributesRedacted": (8, 6), "customFields": (8, 7)}


def list_all(call: Call) -> Answer:
    """`teams.listAll`: natural order, and every membership row is counted (rocketchat.md §6.1)."""
    page, offset = call.page(call.natural(list(call.workspace.teams.values())))
    return _teams(call, page, offset, len(call.workspace.teams))


def list_own(call: Call) -> Answer:
    """`teams.list`: the caller's own teams, for an admin too."""
    own = [call.workspace.teams[team] for team in call.workspace.teams_of.get(call.caller["_id"], ())]
    page, offset = call.page(ordered(own, call.sort()))
    return _teams(call, page, offset, len(own))


def members(call: Call) -> Answer:
    """`teams.members`: active users only since 5.0; a foreign team is empty, not refused (rocketchat.md §6.2)."""
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
    for key in ("username", "name"):
        if wanted := text(call.query, key):
            found = [row for row in found if wanted.lower() in word(users[row["userId"]].get(key)).lower()]
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
    """`teams.info`: needs the main room, or view-all-teams (rocketchat.md §6.4)."""
    team = _asked_for(call, "Team not found")
    if team["roomId"] not in call.workspace.rooms:
        return failure("Room not found")
    public = team["type"] == 0 and call.may("view-c-room")
    if not (public or _sees(call, team)):
        return call.unauthorized()
    return success({"teamInfo": team})


def list_rooms(call: Call) -> Answer:
    """`teams.listRooms`: whole room documents, private content included (rocketchat.md §6.4)."""
    team = _asked_for(call, "team-does-not-exist")
    if team["type"] == 1 and not _sees(call, team):
        return failure("user-not-on-private-team")
    rooms = [room for room in _rooms_of(call, team["_id"]) if not room.get("teamMain")]
    if text(call.query, "type") == "autoJoin":
        rooms = [room for room in rooms if room.get("teamDefault")]
    if not call.may("view-all-team-channels", room_roles=_room_roles(call, team)):
        rooms = [room for room in rooms if room["t"] == "c" or _made_by(room, call.caller)]
    if name := text(call.query, "filter"):
        rooms = [room for room in rooms if name.lower() in word(room.get("name")).lower()]
    page, offset = call.page(call.natural(rooms))
    return success({"rooms": page, "total": len(rooms), "count": len(page), "offset": offset})


def admin_rooms(call: Call) -> Answer:
    """`rooms.adminRooms`: any of the types, but for discussions and main rooms that are not asked for
    (rocketchat.md §8)."""
    if not call.may("view-room-administration"):
        return call.refused("error-not-authorized")
    types, wanted = set(texts(call.query, "types")), (text(call.query, "filter") or "").strip().lower()
    rooms = [
        room
        for room in call.workspace.rooms.values()
        if (not types or room["t"] in types or _asked_kinds(room) & types)
        and _asked_kinds(room) <= types
        and _contains(room, wanted)
    ]
    page, offset = call.page(ordered(rooms, call.sort({"default": -1, "name": 1})))
    keys = (*ADMIN_ROOM, *(key for key, since in ADMIN_ROOM_SINCE.items() if call.version >= since))
    shown = [picked(room, keys) for room in page]
    return success({"rooms": shown, "count": len(shown), "offset": offset, "total": len(rooms)})


def _asked_kinds(room: Document) -> set[str]:
    """What must be asked for by name, whatever the room's type."""
    return {kind for kind, key in (("discussions", "prid"), ("teams", "teamMain")) if key in room}


def _contains(room: Document, wanted: str) -> bool:
    names = [word(room.get("fname")), *(map(word, items(room.get("usernames"))) if room["t"] == "d" else ())]
    if not room.get("federated"):
        names.append(word(room.get("name")))
    return not wanted or any(wanted in name.lower() for name in names)


def _made_by(room: Document, user: Document) -> bool:
    return bool(room.get("u")) and room["u"].get("_id") == user["_id"]


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
    """The caller's roles in the team's main room, which add to their own (rocketchat.md §6.2)."""
    row = call.workspace.members[team["_id"]].get(call.caller["_id"], {})
    return items(row.get("roles"))


def _sees(call: Call, team: Document) -> bool:
    member = call.caller["_id"] in call.workspace.members[team["_id"]]
    return member or call.may("view-all-teams")


def _rooms_of(call: Call, team: str) -> list[Document]:
    return [room for room in call.workspace.rooms.values() if room.get("teamId") == team]


_ONE_TEAM = ("teamId", "teamName")
_TEAM = dict.fromkeys(_ONE_TEAM, "string")
_TEAM_LIST = {**SORTED, **_TEAM}

ROUTES: Routes = {
    "teams.listAll": Route(list_all, "view-all-teams"),
    "teams.list": Route(list_own),
    "teams.members": Route(
        members,
        schema=Schema(
            {**_TEAM_LIST, "status": "array", "username": "string", "name": "string"},
            one_of=_ONE_TEAM,
            before_8="check",
        ),
    ),
    "teams.info": Route(info, schema=Schema(_TEAM, one_of=_ONE_TEAM, before_8="check")),
    "teams.listRooms": Route(
        list_rooms,
        schema=Schema({**_TEAM_LIST, "filter": "string", "type": "string"}, one_of=_ONE_TEAM, before_8="check"),
    ),
    "rooms.adminRooms": Route(
        admin_rooms,
        schema=Schema(
            {**SORTED, "query": "string", "filter": "string", "types": "array"},
            allowed={"types": ROOM_KINDS},
        ),
    ),
}
