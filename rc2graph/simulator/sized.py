"""A workspace of a given size, for benchmarks: exact counts, uneven shape, made quickly."""

from .workspace import Workspace

OFF = 12
"""One account in so many is deactivated."""


def sized(
    users: int, roles: int, teams: int, assignments: int, memberships: int, *, seed: int = 0, orphans: int = 0
) -> Workspace:
    """Exactly so many accounts, roles, teams, (user, role) pairs and (user, team) rows; orphan rows come on top.

    Counts include what every workspace has: `rocket.cat`, the reading account, the built-in roles. Some teams are large
    and many are small, as in a real one.
    """
    workspace = Workspace(seed=seed)
    random = workspace.random
    custom = [workspace.add_role(f"role-{number}") for number in range(roles - len(workspace.roles))]
    people = [
        workspace.add_user(f"user.{number:06}", last_login="2026-07-01T08:00:00.000Z" if number % 7 else None)
        for number in range(users - len(workspace.users))
    ]
    for user in people[::OFF]:
        workspace.deactivate(user)
    missing = assignments - sum(len(doc.get("roles", ())) for doc in workspace.users.values())
    if not 0 <= missing <= len(people) * len(custom):
        raise ValueError(f"{assignments} assignments do not fit {users} users and {roles} roles")
    while missing:
        held = workspace.users[random.choice(people)]["roles"]
        role = random.choice(custom)
        if role not in held:
            held.append(role)
            missing -= 1
    ids = [workspace.add_team(f"team-{number:05}", private=number % 3 == 0) for number in range(teams)]
    if memberships > len(people) * teams:
        raise ValueError(f"{memberships} memberships do not fit {users} users and {teams} teams")
    for team, size in zip(ids, _sizes(teams, memberships, len(people)), strict=True):
        for number, user in enumerate(random.sample(people, size)):
            workspace.add_member(team, user, ["owner"] if number == 0 else None)
    for _ in range(orphans):
        workspace.add_orphan(random.choice(ids))
    workspace.touch()
    return workspace


def _sizes(teams: int, memberships: int, most: int) -> list[int]:
    """Team sizes that add up: the k-th largest team has about 1/k of the largest, none more than `most`."""
    weights = [1 / (number + 3) for number in range(teams)]
    scale = memberships / sum(weights) if teams else 0
    sizes = [min(most, int(weight * scale)) for weight in weights]
    left, number = memberships - sum(sizes), 0
    while left:
        room = min(most - sizes[number % teams], max(1, left // teams))
        sizes[number % teams] += room
        left -= room
        number += 1
    return sizes
