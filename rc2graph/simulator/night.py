"""What changes in the made-up company overnight: one of each kind that an access review looks for."""

from datetime import timedelta

from .workspace import Workspace

DECIDED = ("dora.dormant", "rita.retired")
"""Whose role admin the reviewer of the first day revokes. By the second day only the first of them has lost it."""
NEW_ADMINISTRATOR = "sven.settings"


def turn_night(workspace: Workspace) -> None:
    """Let the night pass. The same company changes the same way each time."""
    left, forgotten = _leavers(workspace)
    workspace.now_ms += int(timedelta(days=1).total_seconds() * 1000)
    workspace.assign(NEW_ADMINISTRATOR, "admin")
    workspace.unassign(DECIDED[0], "admin")
    workspace.grant("access-permissions", "helpdesk")  # who can change permissions can become administrator
    for team in list(workspace.teams_of[left]):
        workspace.remove_member(team, left)
    workspace.deactivate(left)
    workspace.deactivate(forgotten)  # and stays a member of a private team
    workspace.rename("jenkins", "jenkins-ci")
    workspace.add_user("gus.guest", name="Gus Guest", roles=["guest"])
    workspace.add_member("vendors", "gus.guest")


def _leavers(workspace: Workspace) -> tuple[str, str]:
    """Two members of the private team payroll with no role but user, of whom no team needs an owner."""
    rows = [row for team in workspace.members.values() for row in team.values()]
    owners = {row["userId"] for row in rows if "owner" in row.get("roles", ())}
    ordinary = [
        user
        for user in workspace.members[workspace.team_id("payroll")]
        if user in workspace.users and user not in owners
        and workspace.users[user]["active"] and workspace.users[user]["roles"] == ["user"]
    ]  # fmt: skip
    first, second = ordinary[:2]
    return first, second
