"""What one account has in its hands: its blast radius, should somebody else take it over."""

from dataclasses import dataclass
from typing import Any

from rc2graph.access import grounds
from rc2graph.access.paths import IF_ALLOWED, Node, Path, as_dict, in_order, node_dict, walks
from rc2graph.access.person import Person
from rc2graph.access.target import ADMINISTRATOR
from rc2graph.access.visibility import Visibility
from rc2graph.access.why import (
    Almost,
    Reach,
    administers,
    almost_dict,
    almost_of,
    gaps_of,
    person_dict,
    reach_of,
    release_remarks,
    role_remarks,
    ways_to_administrator,
)
from rc2graph.graph.connect import WorkspaceGraph
from rc2graph.text import counted

STATEMENT = "paths/why-account"
KINDS = ("permission", "team", "room")
LOOKED_AT = (STATEMENT, "paths/who-administrator", "paths/who-team", "paths/who-room")
"""Statements that look at all that an answer about an account rests on."""


@dataclass(frozen=True)
class Account:
    workspace: str
    as_of: str | None
    person: Person
    reach: Reach
    roles: tuple[Path, ...]
    powers: tuple[Path, ...]
    """To each tier A or B permission."""
    teams: tuple[Path, ...]
    rooms: tuple[Path, ...]
    ways: tuple[Path, ...]
    """To administrator."""
    almost: tuple[Almost, ...]
    remarks: tuple[str, ...]
    not_visible: tuple[str, ...]
    unseen: frozenset[str]
    """Kinds of access (role, permission, team, room) of which not everything was seen."""
    params: dict[str, str]
    statement: str = STATEMENT

    @property
    def paths(self) -> tuple[Path, ...]:
        """All of it, for a picture. What a longer path shows is left out, and what an administrator has as such."""
        powers = [path for path in self.powers if not path.nodes[1].is_administrator]
        longer = {path.nodes[:-1] for path in (*powers, *self.rooms, *self.ways)}
        longer |= {path.nodes[:2] for path in self.ways if len(path.edges) > 1}
        steps = dict.fromkeys((*self.ways, *powers, *self.roles, *self.rooms, *self.teams))
        return tuple(path for path in steps if path.nodes not in longer)

    @property
    def headline(self) -> str:
        who = self.person.display_name
        if self.ways:
            return self.person.does(*administers(self.ways))
        if "permission" in self.unseen:
            return f"Whether {who} is or can become administrator is not visible."
        return f"No path found from {who} to administrator."

    def radius(self) -> list[tuple[str, str]]:
        """The blast radius: what, and how much."""
        reach = self.reach
        tiers = ", ".join(f"{count} tier {tier}" for tier, count in reach.tiers.items())
        unseen = f"; {reach.rooms_not_visible} more private: not visible" if reach.rooms_not_visible else ""
        many = len({path.end for path in self.rooms if path.edges[-1].condition})
        allowed = f", {many} of them if {IF_ALLOWED}" if many else ""
        through = f"{reach.rooms} through teams{allowed}{unseen}"
        rooms = "not visible" if "room" in self.unseen and not reach.rooms else through
        return [
            ("roles", self._seen("role", len(reach.roles), str(len(reach.roles)))),
            ("permissions", self._seen("permission", reach.permissions, f"{reach.permissions} ({tiers})")),
            ("teams", self._seen("team", reach.teams, f"{reach.teams} ({reach.owned} owned)")),
            ("rooms", rooms),
            ("administrator", self._way()),
        ]

    def _seen(self, kind: str, number: int, words: str) -> str:
        """None at all is said only of what was seen in full (invariants.md I12)."""
        if kind not in self.unseen:
            return words
        return f"at least {words}" if number else "not visible"

    def _told(self, kind: str, number: int) -> int | None:
        return number if number or kind not in self.unseen else None

    def _way(self) -> str:
        if not self.ways:
            return "not visible" if "permission" in self.unseen else "no path found"
        told = "yes" if self.ways[0].tier is None else f"can become it ({counted(len(self.ways), 'way')})"
        return told + self.person.once_active

    def as_dict(self) -> dict[str, Any]:
        reach = self.reach
        return {
            "workspace": self.workspace,
            "asOf": self.as_of,
            "user": person_dict(self.person),
            "headline": self.headline,
            "blastRadius": {
                "roles": self._told("role", len(reach.roles)),
                "permissions": {
                    "all": self._told("permission", reach.permissions),
                    **{f"tier{tier}": self._told("permission", n) for tier, n in reach.tiers.items()},
                },
                "teams": self._told("team", reach.teams),
                "teamsOwned": self._told("team", reach.owned),
                "roomsThroughTeams": self._told("room", reach.rooms),
                "roomsNotVisible": self._told("room", reach.rooms_not_visible),
            },
            "administrator": [as_dict(path) for path in self.ways],
            "shortOf": almost_dict(self.almost),
            "roles": [node_dict(path.end) for path in self.roles],
            "permissions": [
                {
                    **node_dict(node),
                    "through": sorted({path.nodes[1].display_name for path in self.powers if path.end == node}),
                }
                for node in unique(self.powers)
            ],
            "teams": [
                {
                    **node_dict(path.end),
                    "owner": path.edges[0].held.get("owner"),
                    "roles": path.edges[0].held.get("roles"),
                }
                for path in self.teams
            ],
            "rooms": [
                {
                    **node_dict(path.end),
                    "team": path.nodes[1].display_name,
                    "main": path.edges[1].held.get("main"),
                    "condition": path.edges[1].condition,
                }
                for path in self.rooms
            ],
            "remarks": list(self.remarks),
            "notVisible": list(self.not_visible),
        }


def account(graph: WorkspaceGraph, visibility: Visibility, person: Person) -> Account:
    """Everything that matters of one account."""
    params = {"workspace": graph.name, "user": person.id}
    paths = (path for row in graph.rows(STATEMENT, **params) for path in walks(person.id, row["nodes"], row["edges"]))
    kinds: dict[tuple[str, int], list[Path]] = {}
    for path in in_order(paths):
        kinds.setdefault((path.end.kind, len(path.edges)), []).append(path)
    reach = reach_of(graph, person)
    ways = ways_to_administrator(graph, person)
    almost = () if ways else almost_of(graph, person)
    powers = tuple(kinds.get(("permission", 2), ()))
    rests = grounds.of_access(ADMINISTRATOR, alone=not ways)
    remarks = [
        *person.remarks(),
        *_everywhere(kinds.get(("role", 1), [])),
        *role_remarks(reach.roles),
        *release_remarks(visibility, person, rests, (*powers, *ways, *(one.path for one in almost))),
    ]
    return Account(
        visibility.workspace,
        visibility.as_of,
        person,
        reach,
        tuple(kinds.get(("role", 1), ())),
        powers,
        tuple(sorted(kinds.get(("team", 1), ()), key=lambda path: (not path.edges[0].held.get("owner"), path.rank))),
        tuple(kinds.get(("room", 2), ())),
        ways,
        almost,
        tuple(remarks),
        tuple(
            dict.fromkeys((*gaps_of(visibility, person, reach, *KINDS), *visibility.not_visible(*KINDS, by=LOOKED_AT)))
        ),
        frozenset(kind for kind in ("role", *KINDS) if gaps_of(visibility, person, reach, kind)),
        params,
    )


def unique(paths: tuple[Path, ...]) -> list[Node]:
    return sorted({path.end: None for path in paths}, key=lambda node: (str(node.held.get("tier")), node.id))


def _everywhere(roles: list[Path]) -> list[str]:
    return [
        f"Holds {path.end.display_name} on the account itself: a room role that so counts in every room and team."
        for path in roles
        if path.end.held.get("roomScoped")
    ]
