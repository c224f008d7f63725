"""User routes (api.md §4). The two lists differ in what they hide, which is why a reader must know both."""

import re
from collections.abc import Sequence

from .answers import Answer, failure, success, unauthorized
from .calls import Call, Route, Routes
from .defaults import Document
from .queries import PAGE, SORTED, Schema, ordered, parse_sort, picked, text, texts

LIST_OPEN = ("_id", "username", "type", "status", "active", "name", "avatarETag")
LIST_FULL = ("_id", "username", "emails", "type", "status", "active", "name", "roles", "lastLogin", "avatarETag")
BY_STATUS = (*LIST_FULL, "reason", "federated", "freeSwitchExtension")
INFO_OPEN = (
    *("_id", "name", "username", "nickname", "status", "utcOffset", "type", "active", "bio", "reason", "statusText"),
    *("statusSource", "statusExpiresAt", "avatarETag", "federated", "statusLivechat", "freeSwitchExtension"),
)
INFO_FULL = (
    *(*INFO_OPEN, "emails", "phone", "statusConnection", "createdAt", "lastLogin", "requirePasswordChange"),
    *("requirePasswordChangeReason", "roles", "importIds", "customFields"),
)
INFO_KEYS = ("userId", "username", "importId", "email", "freeSwitchExtension")


def users_list(call: Call) -> Answer:
    """`users.list`: without view-full-other-user-info keys are silently absent, and the nameless are left out."""
    if call.settings.outside_room and not call.may("view-outside-room"):
        return unauthorized(call.version)
    full, address = call.may("view-full-other-user-info"), text(call.query, "email")
    if address is not None and not full:
        return unauthorized(call.version)
    sort = parse_sort(call.query) or {"username": 1}
    if "status" in sort:
        sort = {**sort, "active": sort["status"]}
    rows = [user for user in _in_order(call, sort) if "username" in user or "name" in user or (full and _mails(user))]
    if address is not None:
        rows = [user for user in rows if address.lower() in (mail.lower() for mail in _mails(user))]
    page, offset = call.page(rows)
    keys = LIST_FULL if full else LIST_OPEN
    users = [{**picked(user, keys), "nameInsensitive": user.get("name", "").lower()} for user in page]
    answer = success({"users": users, "count": len(users), "offset": offset, "total": len(rows)})
    if len(answer.body) > call.settings.document_limit:  # api.md §4.1: one document holds them all
        size = len(answer.body)
        return failure(f"BSONObj size: {size} (0x{size:X}) is invalid. Size must be between 0 and 16793600(16MB)")
    return answer


def users_list_by_status(call: Call) -> Answer:
    """`users.listByStatus`: no filter when none is given, and the same keys for every caller (api.md §4.2)."""
    if call.settings.outside_room and not call.may("view-outside-room"):
        return unauthorized(call.version)
    rows: Sequence[Document] = _in_order(call, parse_sort(call.query) or {"username": 1})
    if set(call.query) - {"count", "offset", "sort"}:
        rows = [user for user in rows if _wanted(call, user)]
    page, offset = call.page(rows)
    users = [picked(user, BY_STATUS) for user in page]
    return success({"users": users, "count": len(users), "offset": offset, "total": len(rows)})


def users_info(call: Call) -> Answer:
    """`users.info`: open to all, fuller for the privileged and for oneself (api.md §4.3)."""
    user = _asked_for(call)
    if user is None:
        return failure("User not found.")
    myself = user["_id"] == call.caller["_id"]
    full = myself or call.may("view-full-other-user-info")
    shown = {**picked(user, INFO_FULL if full else INFO_OPEN), "canViewAllInfo": full}
    if text(call.query, "includeUserRooms") == "true" and (myself or call.may("view-other-user-channels")):
        shown["rooms"] = [
            _subscription(call, user["_id"], team) for team in call.workspace.teams_of.get(user["_id"], ())
        ]
    return success({"user": shown})


def users_list_teams(call: Call) -> Answer:
    """`users.listTeams`: works for deactivated users and for ids of deleted ones (api.md §4.4)."""
    workspace, asked = call.workspace, text(call.query, "userId") or ""
    teams = [workspace.teams[team] for team in workspace.teams_of.get(asked, ())]
    if not call.may("view-all-teams"):
        mine = workspace.teams_of.get(call.caller["_id"], {})
        teams = [team for team in teams if team["type"] == 0 or team["_id"] in mine]
    rows = [{**team, "isOwner": "owner" in workspace.members[team["_id"]][asked].get("roles", ())} for team in teams]
    return success({"teams": rows})


def _in_order(call: Call, sort: dict[str, int]) -> list[Document]:
    """All users sorted; kept until the workspace changes."""
    kept = call.settings.orders
    if kept is None:
        kept = call.settings.orders = {}
    workspace = call.workspace
    key, stamp = repr(sort), (workspace.revision, len(workspace.users))
    if key not in kept or kept[key][0] != stamp:
        kept[key] = (stamp, ordered(workspace.users.values(), sort))
    return kept[key][1]


def _mails(user: Document) -> list[str]:
    return [entry["address"] for entry in user.get("emails", ())]


def _wanted(call: Call, user: Document) -> bool:
    query = call.query
    status, logged_in, type_ = text(query, "status"), text(query, "hasLoggedIn"), text(query, "type")
    roles, reasons, term = texts(query, "roles"), texts(query, "inactiveReason"), text(query, "searchTerm")
    if status is not None and user.get("active") is not (status == "active"):
        return False  # exactly true or false: a user with no such key is in neither half
    if logged_in is not None and ("lastLogin" in user) is not (logged_in == "true"):
        return False
    if type_ is not None and user.get("type") != type_:
        return False
    if roles and not set(roles) & set(user.get("roles", ())):
        return False
    if reasons and user.get("inactiveReason") not in reasons:
        return False
    names = (user.get("username", ""), user.get("name", ""), *_mails(user))
    return not term or any(re.search(re.escape(term), name, re.IGNORECASE) for name in names)


def _asked_for(call: Call) -> Document | None:
    users, query = call.workspace.users, call.query
    if (asked := text(query, "userId")) is not None:  # also matches a username
        return users.get(asked) or next((user for user in users.values() if user.get("username") == asked), None)
    if (asked := text(query, "username")) is not None:
        return next((user for user in users.values() if user.get("username") == asked), None)
    if (asked := text(query, "importId")) is not None:
        return next((user for user in users.values() if asked in user.get("importIds", ())), None)
    if (asked := text(query, "email")) is not None:
        return next((user for user in users.values() if asked in _mails(user)), None)
    asked = text(query, "freeSwitchExtension")
    return next((user for user in users.values() if user.get("freeSwitchExtension") == asked), None)


def _subscription(call: Call, user: str, team: str) -> Document:
    """A row of `user.rooms`: the subscription to a team's main room."""
    doc, row = call.workspace.teams[team], call.workspace.members[team][user]
    kind = "p" if doc["type"] else "c"
    return {"_id": f"{team[:12]}{user[:12]}", "rid": doc["roomId"], "name": doc["name"], "t": kind, "unread": 0} | (
        {"roles": row["roles"]} if row.get("roles") else {}
    )


ROUTES: Routes = {
    "users.list": Route(users_list, "view-d-room", Schema({**SORTED, "email": "string"})),
    "users.listByStatus": Route(
        users_list_by_status,
        "view-d-room",
        Schema(
            {
                **PAGE,
                **{"sort": "string", "status": "string", "hasLoggedIn": "boolean", "type": "string", "roles": "array"},
                **{"searchTerm": "string", "inactiveReason": "array"},
            },
            allowed={
                "status": ("active", "deactivated"),
                "inactiveReason": ("deactivated", "pending_approval", "idle_too_long"),
            },
        ),
        since=(6, 8, 0),
    ),
    "users.info": Route(
        users_info,
        schema=Schema(
            {**dict.fromkeys(INFO_KEYS, "string"), "includeUserRooms": "string", "fields": "string"}, one_of=INFO_KEYS
        ),
    ),
    "users.listTeams": Route(users_list_teams, schema=Schema({"userId": "string"}, required=("userId",))),
}
