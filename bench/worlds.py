"""The workspaces that are measured, as finished snapshots: each made once a run, and once more with 1 % changed."""

from dataclasses import dataclass
from pathlib import Path

from rc2graph.model import Membership
from rc2graph.simulator.sized import sized
from tests.review import world_of
from tests.snapshots import World, snapshot

SIZES = {
    "XS": (500, 60, 30, 1_250, 2_000),
    "S": (5_000, 60, 300, 12_500, 20_000),
    "L": (50_000, 60, 2_000, 125_000, 200_000),
    "XL": (1_000_000, 60, 4_000, 1_250_000, 2_000_000),
}
"""Users, roles, teams, assignments of roles, memberships."""


@dataclass(frozen=True)
class Files:
    first: Path
    changed: Path


def files(size: str, folder: Path) -> Files:
    found = Files(folder / f"{size}.sqlite", folder / f"{size}-changed.sqlite")
    world = world_of(sized(*SIZES[size]))
    world.orphans = {}
    world.members = {key: plain(row) for key, row in world.members.items()}
    snapshot(world, found.first).close()
    change(world)
    snapshot(world, found.changed).close()
    return found


def plain(row: Membership) -> Membership:
    """Without what is not visible while an account is off: so that switching it changes its user and not its teams."""
    return Membership(row.team_id, row.user_id, roles=row.roles, owner=row.owner)


def change(world: World, every: int = 100) -> None:
    """Of every hundredth account: switched on or off, one role taken, another given."""
    roles = sorted(role for role in world.roles if len(role) > 16)
    for number, id_ in enumerate(sorted(world.users)[::every]):
        user = world.users[id_]
        held = [role for role in user.roles or () if role not in roles[:1]]
        other = roles[number % len(roles)]
        world.change(id_, active=not user.active, roles=tuple(sorted({*held[1:], other})))
