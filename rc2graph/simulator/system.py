"""The server about itself and the caller (rocketchat.md §1.5, §8)."""

from .answers import Answer, Version, success
from .calls import Call, Route, Routes
from .queries import items, picked

ME_KEYS = (
    *("_id", "name", "username", "nickname", "emails", "status", "statusText", "bio", "utcOffset", "language", "roles"),
    *("active", "customFields", "requirePasswordChange", "avatarETag", "_updatedAt"),
)
MINIMUM_CLIENTS = {"desktop": "3.9.6", "mobile": "4.39.0"}


def dotted(version: Version) -> str:
    return ".".join(map(str, version))


def info(call: Call) -> Answer:
    """`/api/info`: the patch number only for those with view-statistics."""
    full = dotted(call.version)
    known = {"workspaceUrl": "https://chat.example.test", "hashedWorkspaceUrl": "5f1c0d6a"}
    clients = {"minimumClientVersions": MINIMUM_CLIENTS, "cloudWorkspaceId": "66a1f0c2d3e4b5a697880000"}
    if not call.may("view-statistics"):
        return success({**known, "version": full.rpartition(".")[0], **clients})
    build = {
        "version": full,
        "build": {
            **{"date": "2026-07-11T06:00:00.000Z", "nodeVersion": "v22.16.0", "arch": "x64", "platform": "linux"},
            **{"osRelease": "6.8.0-1030-azure", "totalMemory": 16766599168, "freeMemory": 1298075648, "cpus": 4},
        },
        "commit": {"hash": "0a1b2c3d", "branch": "HEAD"},
        "marketplaceApiVersion": "1.63.0",
    }
    return success({**known, "version": full, "info": build, **clients})


def me(call: Call) -> Answer:
    """`me`: the caller's record; no permissions, no type, no lastLogin."""
    user = call.caller
    shown = picked(user, ME_KEYS) | {"statusDefault": "online", "statusConnection": "offline", "isOAuthUser": False}
    entries = (entry for entry in items(user.get("emails")) if isinstance(entry, dict) and entry.get("verified"))
    mail = next((entry.get("address") for entry in entries), None)
    if mail is not None:
        shown["email"] = mail
    shown["settings"] = {"profile": {}, "preferences": {"enableAutoAway": True}, "calendar": {}}
    if "username" in user:
        shown["avatarUrl"] = f"https://chat.example.test/avatar/{user['username']}"
    return success({**shown, "services": {"password": {"exists": True}}})


def statistics(call: Call) -> Answer:
    """`statistics`: totals for a plausibility check; deleted users are in none of them."""
    users = call.workspace.users.values()
    return success(
        {
            "version": dotted(call.version),
            "totalUsers": len(users),
            "nonActiveUsers": sum(user.get("active") is False for user in users),
            "appUsers": sum(user.get("type") == "app" for user in users),
            "teams": {"totalTeams": len(call.workspace.teams)},
        }
    )


def logout(call: Call) -> Answer:
    """`logout` by GET works, and revokes the token it was called with: a reader must never call it
    (rocketchat.md §1.1)."""
    call.workspace.revoke_token(call.caller["_id"], call.token)
    message = "You've been logged out!"
    return success({"status": "success", "data": {"message": message}})


ROUTES: Routes = {
    "info": Route(info, open=True),
    "me": Route(me, nameless=True),
    "statistics": Route(statistics, "view-statistics"),
    "logout": Route(logout),
}
