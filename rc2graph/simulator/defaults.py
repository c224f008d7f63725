"""What a fresh 8.6.1 workspace starts with: its built-in roles and the default holders of each permission.

`permissions.json` is the server's own list of ids with their default roles (rocketchat.md §1.5, §7). A default is only
where a workspace starts: after that `permissions[].roles` is the truth, and the simulator asks nothing else.
"""

import json
from importlib.resources import files
from typing import Any

Document = dict[str, Any]

BUILT_IN_ROLES: tuple[tuple[str, str, str], ...] = (
    ("admin", "Users", "Admin"),
    ("moderator", "Subscriptions", "Moderator"),
    ("leader", "Subscriptions", "Leader"),
    ("owner", "Subscriptions", "Owner"),
    ("user", "Users", ""),
    ("federated-external", "Users", ""),
    ("bot", "Users", ""),
    ("app", "Users", ""),
    ("guest", "Users", ""),
    ("anonymous", "Users", ""),
    ("livechat-agent", "Users", "Livechat Agent"),
    ("livechat-manager", "Users", "Livechat Manager"),
)
"""Id (which is the name), scope, description (rocketchat.md §5.1)."""

READER = "svc.review"
READER_ROLE = "access-reviewer"
READER_PERMISSIONS = (
    *("view-all-teams", "api-bypass-rate-limit"),
    *("view-full-other-user-info", "view-room-administration"),
)
"""What the README recommends for an account that is a plain `user` besides, with what servers before 6.8 and the rooms
of teams want (rocketchat.md §1.5). Not the role `bot`, which is a way to administrator (permissions.md §2.1)."""


def default_permissions() -> dict[str, list[str]]:
    """Permission id to the role ids that hold it on a fresh server."""
    text = files(__package__).joinpath("permissions.json").read_text(encoding="utf-8")
    permissions: dict[str, list[str]] = json.loads(text)
    return permissions
