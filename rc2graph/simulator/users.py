"""User routes (rocketchat.md §4). The two lists differ in what they hide, which is why a reader must know both."""

import re
from collections.abc import Sequence

from .answers import Answer, failure, success
from .calls import Call, Route, Routes
from .defaults import Document
from .queries import SORTED, Schema, items, ordered, picked, text, texts, word

LIST_OPEN = ("_id", "username", "type", "status", "active", "name", "avatarETag")
LIST_FULL = ("_id", "username", "emails", "type", "status", "active", "name", "roles", "lastLogin", "avatarETag")
BY_STATUS = (*LIST_FULL, "reason", "federated")
INFO_OPEN = (
    *("_id", "name", "username", "nickname", "status", "utcOffset", "type", "active", "bio", "reason", "statusText"),
    *("statusSource", "statusExpiresAt", "avatarETag", "federated", "statusLivechat", "freeSwitchExtension"),
)
INFO_FULL = (
    *(*INFO_OPEN, "emails", "phone", "statusConnection", "createdAt", "lastLogin", "requirePasswordChange"),
    *("requirePasswordChangeReason", "roles", "importIds", "customFields"),
)
EMAIL_SINCE = (8, 4, 0)
INFO_KEYS = ("userId", "username", "importId", "email", "freeSwitchExtension")


def users_list(call: Call) -> Answer:
    """`users.list`: without view-full-other-user-info keys are silently absent, and the nameless are left out."""
    if call.settings.outside_room and not call.may("view-outside-room"):
        return call.unauthorized()
    full = call.may("view-full-other-user-info")
    address = text(call.query, "email") if call.version >= EMAIL_SINCE else None
    if address and not full:
        return call.unauthorized()
    rows = [
        user
        for user in _in_order(call)
        if any(isinstance(user.get(key), str) for key in ("username", "name")) or (full and _mails(user))
    ]
    if address:
        rows = [user for user in rows if address.lower() in (mail.lower() for mail in _mails(user))]
    page, offset = call.page(rows)
    keys = LIST_FULL if full else LIST_OPEN
    users = [{**picked(user, keys), "nameInsensitive": word(user.get("name")).lower()} for user in page]
    answer = success({"users": users, "count": len(users), "offset": offset, "total": len(rows)})
    if len(answer.body) > call.settings.document_limit:  # rocketchat.md §4.1: one document holds them all
        size = len(answer.body)
        return failure(f"BSONObj size: {size} (0x{size:X}) is invalid. Size must be between 0 and 16793600(16MB)")
    return answer


def users_list_by_status(call: Call) -> Answer:
    """`users.listByStatus`: no filter when none is given, and the same keys for every caller (rocketchat.md §4.2)."""
    if call.settings.outside_room and not call.may("view-outside-room"):
        return call.unauthorized()
    rows: Sequence[Document] = _in_order(call)
    if set(call.query) - {"count", "offset", "sort"}:
        rows = [user for user in rows if _wanted(call, user)]
    page, offset = call.page(rows)
    extension = call.version >= (8,) or call.may("view-full-other-user-info") or call.may("view-user-voip-extension")
    keys = (*BY_STATUS, *(("freeSwitchExtension",) if extension else ()))
    users = [picked(user, keys) for user in page]
    return success({"users": users, "count": len(users), "offset": offset, "total": len(rows)})


def users_info(call: Call) -> Answer:
    """`users.info`: open to all, fuller for the privileged and for oneself (rocketchat.md §4.3)."""
    by = next((key for key in INFO_KEYS if text(call.query, key)), None)
    if by is None:
        return failure("Invalid search query.")
    user = _found_by(call, by, text(call.query, by) or "")
    myself = user is not None and user["_id"] == call.caller["_id"]
    full = myself or call.may("view-full-other-user-info")
    if user is None or (by in ("importId", "email") and not full):
        return failure("User not found.")
    shown = {**picked(user, INFO_FULL if full else INFO_OPEN), "canViewAllInfo": full}
    if myself:
        shown["services"] = {"password": True}
    if text(call.query, "includeUserRooms") == "true" and (myself or call.may("view-other-user-channels")):
        shown["rooms"] = [
            _subscription(call, user["_id"], team) for team in call.workspace.teams_of.get(user["_id"], ())
        ]
    return success({"user": shown})


def users_list_teams(call: Call) -> Answer:
    """`users.listTeams`: works for deactivated users and for ids of deleted ones (rocketchat.md §4.4)."""
    workspace, asked = call.workspace, text(call.query, "userId") or ""
    teams = [workspace.teams[team] for team in workspace.teams_of.get(asked, ())]
    if not call.may("view-all-teams"):
        mine = workspace.teams_of.get(call.caller["_id"], {})
        teams = [team for team in teams if team["type"] == 0 or team["_id"] in mine]
    rows = [{**team, "isOwner": "owner" in items(workspace.members[team["_id"]][asked].get("roles"))} for team in teams]
    return success({"teams": rows})


def _in_order(call: Call) -> list[Document]:
    """All users in the order asked for, else by username; kept until the workspace changes."""
    sort = call.sort({"username": 1})
    if "status" in sort:
        sort = {**sort, "active": sort["status"]}
    kept = call.settings.orders
    if kept is None:
        kept = call.settings.orders = {}
    workspace = call.workspace
    key, stamp = repr(sort), (workspace.revision, len(workspace.users))
    if key not in kept or kept[key][0] != stamp:
        kept[key] = (stamp, ordered(workspace.users.values(), sort))
    return kept[key][1]


def _mails(user: Document) -> list[str]:
    entries = (entry for entry in items(user.get("emails")) if isinstance(entry, dict))
    return [mail for entry in entries if (mail := word(entry.get("address")))]


def _wanted(call: Call, user: Document) -> bool:
    query = call.query
    status, logged_in, type_ = text(query, "status"), text(query, "hasLoggedIn"), text(query, "type")
    roles, reasons, term = texts(query, "roles"), texts(query, "inactiveReason"), (text(query, "searchTerm") or "")
    if status is not None and user.get("active") is not (status == "active"):
        return False  # exactly true or false: a user with no such key is in neither half
    if logged_in is not None and ("lastLogin" in user) is not (logged_in == "true"):
        return False
    if type_ and user.get("type") != type_:
        return False
    held = user.get("roles")
    if roles and "all" not in roles and not any(role in (items(held) or [held]) for role in roles):
        return False
    if reasons and user.get("inactiveReason") not in reasons:
        old = "inactiveReason" not in user and {"deactivated", "idle_too_long"} & set(reasons)
        if not old:  # accounts from before the key was written are taken for such, active ones too
            return False
    mails = _mails(user) if call.may("view-full-other-user-info") else []
    names = (word(user.get("username")), word(user.get("name")), *mails)
    return not term.strip() or any(re.search(re.escape(term), name, re.IGNORECASE) for name in names)


def _found_by(call: Call, by: str, asked: str) -> Document | None:
    users = call.workspace.users
    if by == "userId" and asked in users:
        return users[asked]
    key = "username" if by == "userId" else by  # which also matches a username

    def fits(user: Document) -> bool:
        if key == "importId":
            return asked in items(user.get("importIds"))
        if key == "email":
            return asked.strip().lower() in (mail.lower() for mail in _mails(user))
        return user.get(key) == asked

    return next((user for user in users.values() if fits(user)), None)


def _subscription(call: Call, user: str, team: str) -> Document:
    """A row of `user.rooms`: the subscription to a team's main room."""
    doc, row = call.workspace.teams[team], call.workspace.members[team][user]
    kind = "p" if doc["type"] else "c"
    return {"_id": f"{team[:12]}{user[:12]}", "rid": doc["roomId"], "name": doc["name"], "t": kind, "unread": 0} | (
        {"roles": row["roles"]} if items(row.get("roles")) else {}
    )


ROUTES: Routes = {
    "users.list": Route(
        users_list,
        "view-d-room",
        Schema({**SORTED, "query": "string", "fields": "string", "email": "string"}, since={"email": EMAIL_SINCE}),
    ),
    "users.listByStatus": Route(
        users_list_by_status,
        "view-d-room",
        Schema(
            {
                **SORTED,
                **{"status": "string", "hasLoggedIn": "boolean", "type": "string", "roles": "array"},
                **{"searchTerm": "string", "inactiveReason": "array"},
            },
            allowed={
                "status": ("active", "deactivated"),
                "inactiveReason": ("deactivated", "pending_approval", "idle_too_long"),
            },
            since={"inactiveReason": (8, 0, 0)},
            before_8="schema",
        ),
        since=(6, 8, 0),
    ),
    "users.info": Route(
        users_info,
        schema=Schema(
            {**dict.fromkeys(INFO_KEYS, "string"), "includeUserRooms": "string", "fields": "string"},
            any_of=INFO_KEYS,
            since={"email": EMAIL_SINCE, "freeSwitchExtension": (8, 5, 0)},
            before_8="schema",
        ),
    ),
    "users.listTeams": Route(
        users_list_teams, schema=Schema({"userId": "string"}, required=("userId",), before_8="schema")
    ),
}
