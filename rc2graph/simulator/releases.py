"""What a newer release does to the workspace it is started on, as its migrations do (permissions.md §6,
rocketchat.md §5.1).

A workspace begins as 8.6.1 makes it (`defaults`). Only what goes is written down here: what comes is made by whoever
wants it there. Going back to an older release brings nothing back, as on a real server.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .answers import Version
from .queries import items

if TYPE_CHECKING:
    from .workspace import Workspace

_PROVIDERS = ("Dolphin", "Drupal", "Facebook", "GitHub_Enterprise", "Linkedin", "Meteor", "Twitter", "Wordpress")


@dataclass(frozen=True)
class Release:
    """`settings`: beginnings of the ids of settings, which have a permission each."""

    version: Version
    without_roles: tuple[str, ...] = ()
    without_permissions: tuple[str, ...] = ()
    without_settings: tuple[str, ...] = ()

    def takes(self, permission: str, setting: str) -> bool:
        return permission in self.without_permissions or bool(setting and setting.startswith(self.without_settings))


RELEASES = (
    Release(
        (9, 0, 0),
        without_roles=("anonymous",),
        without_permissions=("change-livechat-room-visitor",),
        without_settings=(
            "Accounts_AllowAnonymousWrite",
            *(f"Accounts_OAuth_{provider}" for provider in _PROVIDERS),
            *(f"API_{provider}_URL" for provider in _PROVIDERS),
        ),
    ),
)


def upgrade(workspace: Workspace, version: Version) -> None:
    """Take from the workspace what is no longer there in `version`; nothing happens where nothing is left to take."""
    with workspace.lock:
        for release in RELEASES:
            if release.version <= version:
                _without(workspace, release)


def _without(workspace: Workspace, release: Release) -> None:
    """A role goes out of all grants and switches its holders off; on their records its id stays."""
    for role in (role for role in release.without_roles if role in workspace.roles):
        for permission, doc in workspace.permissions.items():
            if role in items(doc.get("roles")):
                workspace.revoke(permission, role)
        for id_, user in workspace.users.items():
            if role in items(user.get("roles")):
                workspace.deactivate(id_)
        workspace.delete_role(role)
    gone = [id_ for id_, doc in workspace.permissions.items() if release.takes(id_, str(doc.get("settingId") or ""))]
    for permission in gone:
        workspace.delete_permission(permission)
