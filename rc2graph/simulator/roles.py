"""Role and permission routes (rocketchat.md §5, §7): open to any login, except for the holders of a role."""

from datetime import UTC, datetime

from .accounts import iso
from .answers import Answer, failure, success
from .calls import Call, Route, Routes
from .defaults import Document
from .queries import SORTED, Schema, items, ordered, picked, text

ROLE_KEYS = ("_id", "name", "scope", "description", "mandatory2fa", "protected")
HOLDER_KEYS = ("_id", "createdAt", "emails", "_updatedAt", "name", "username", "avatarETag")


def list_roles(call: Call) -> Answer:
    """`roles.list`: all of them, natural order, not paged (rocketchat.md §5.1)."""
    return success({"roles": [picked(role, ROLE_KEYS) for role in call.workspace.roles.values()]})


def users_in_role(call: Call) -> Answer:
    """`roles.getUsersInRole`: a room role lists those who have it in a room, not on their record
    (rocketchat.md §5.3)."""
    workspace, asked, room = call.workspace, text(call.query, "role"), text(call.query, "roomId")
    if not asked:
        return failure('Query param "role" is required [error-param-not-provided]', "error-param-not-provided")
    if room and not call.may("view-other-user-channels"):
        return call.refused("Not allowed [error-not-allowed]", "error-not-allowed")
    if call.version < (8,):  # a name worked until then
        asked = workspace.role_id(asked)
    role = workspace.roles.get(asked)
    if role is None:
        return failure("[error-invalid-roleId]", "error-invalid-roleId")
    if role.get("scope") == "Subscriptions":
        holders = _in_rooms(call, asked, room)
    else:
        holders = [user for user in workspace.users.values() if asked in items(user.get("roles"))]
    page, _ = call.page(ordered(holders, {"username": 1}))
    return success({"users": [picked(user, HOLDER_KEYS) for user in page], "total": len(holders)})


def list_permissions(call: Call) -> Answer:
    """`permissions.listAll`: everything, or what changed since and what went (rocketchat.md §7)."""
    workspace, since = call.workspace, text(call.query, "updatedSince")
    if not since:
        return success({"update": list(workspace.permissions.values()), "remove": []})
    try:
        at = datetime.fromisoformat(since)
    except ValueError:
        error = 'The "updatedSince" query parameter must be a valid date. [error-roomId-param-invalid]'
        return failure(error, "error-roomId-param-invalid")
    moment = iso(at if at.tzinfo else at.replace(tzinfo=UTC))
    return success(
        {
            "update": [doc for doc in workspace.permissions.values() if doc["_updatedAt"] > moment],
            "remove": [doc for doc in workspace.removed_permissions if doc["_deletedAt"] > moment],
        }
    )


def _in_rooms(call: Call, role: str, room: str | None) -> list[Document]:
    """Rooms here are the main rooms of teams, whose roles are those of the membership rows."""
    workspace = call.workspace
    ids = {
        row["userId"]
        for team, rows in workspace.members.items()
        if not room or workspace.teams[team]["roomId"] == room
        for row in rows.values()
        if role in items(row.get("roles"))
    }
    return [workspace.users[id_] for id_ in ids if id_ in workspace.users]


ROUTES: Routes = {
    "roles.list": Route(list_roles),
    "roles.getUsersInRole": Route(
        users_in_role,
        "access-permissions",
        Schema({**SORTED, "query": "string", "role": "string", "roomId": "string"}, required=("role",)),
    ),
    "permissions.listAll": Route(list_permissions, schema=Schema({"updatedSince": "string"})),
}
