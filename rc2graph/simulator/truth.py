"""What is true in a workspace, in plain sets, to hold a graph against.

It is taken from the documents, not from any route: what a route hides (rocketchat.md §6.2) is here all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from .defaults import Document
from .queries import items

if TYPE_CHECKING:
    from .workspace import Workspace


class Truth(TypedDict):
    users: dict[str, Document]
    roles: dict[str, Document]
    teams: dict[str, Document]
    has_role: set[tuple[str, str]]
    """(user id, role id), dangling role ids included."""
    member_of: set[tuple[str, str]]
    """(user id, team id) of rows whose user still exists, active or not."""
    team_roles: dict[tuple[str, str], list[str] | None]
    """The roles of each such row; None where the row has no key."""
    orphans: dict[str, int]
    """Team id to the number of rows whose user is deleted, where there are any (rocketchat.md §6.3)."""
    grants: set[tuple[str, str]]
    """(role id, permission id), dangling role ids and setting permissions included."""


def truth_of(workspace: Workspace) -> Truth:
    """Copy the truth out, so that it stays when the workspace moves on."""
    with workspace.lock:
        rows = [row for team in workspace.members.values() for row in team.values()]
        there = [row for row in rows if row["userId"] in workspace.users]
        orphans: dict[str, int] = {}
        for row in rows:
            if row["userId"] not in workspace.users:
                orphans[row["teamId"]] = orphans.get(row["teamId"], 0) + 1
        return Truth(
            users={id_: dict(user) for id_, user in workspace.users.items()},
            roles={id_: dict(role) for id_, role in workspace.roles.items()},
            teams={id_: dict(team) for id_, team in workspace.teams.items()},
            has_role={
                (id_, role)
                for id_, user in workspace.users.items()
                for role in items(user.get("roles"))
                if isinstance(role, str)
            },
            member_of={(row["userId"], row["teamId"]) for row in there},
            team_roles={(row["userId"], row["teamId"]): row.get("roles") for row in there},
            orphans=orphans,
            grants={(role, id_) for id_, doc in workspace.permissions.items() for role in items(doc.get("roles"))},
        )
