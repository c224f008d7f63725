"""Why somebody has access: every path there is, what was examined, and what could not be seen.

"No" is said only of what was seen in full. Of rooms it is never said: who is in a room by invitation is not read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rc2graph.access import grounds
from rc2graph.access.paths import CONTROL_UNSEEN, IF_ALLOWED, Node, Path, as_dict, in_order, path_of
from rc2graph.access.person import Person
from rc2graph.access.target import ADMINISTRATOR, Access
from rc2graph.access.visibility import Visibility
from rc2graph.catalogue.notes import DEACTIVATED
from rc2graph.graph.connect import WorkspaceGraph
from rc2graph.text import counted, listed

YES, BECOMES, OPEN, NONE, NOT_VISIBLE = "yes", "can become administrator", "open to all", "no path found", "not visible"
YES_IF = f"yes, if {IF_ALLOWED}"
"""Of an attribute-controlled room: neither a yes nor a no."""

SELF_SERVICE: dict[str, tuple[str, ...]] = {
    "team": ("add-team-member", "edit-team-member"),
    "c": ("add-user-to-any-c-room", "add-all-to-room"),
    "p": ("add-user-to-any-p-room", "add-all-to-room"),
}
"""Permissions on the account itself with which somebody lets themselves in (permissions.md §2.3)."""

MAKES_PUBLIC = ("edit-room", "create-c")
"""Both on the account itself: a private room is made public by whoever knows its id, but none that attributes control
(permissions.md §2.3)."""


@dataclass(frozen=True)
class Almost:
    """A tier B permission that somebody holds, and what they are short of."""

    path: Path
    missing: tuple[str, ...]

    def describe(self) -> str:
        short = listed(list(self.missing))
        return (
            f"{self.path.nodes[2].display_name} would lead to administrator together with {short}, which is not held."
        )


@dataclass(frozen=True)
class Reach:
    """How much was examined, and how far an account reaches."""

    roles: tuple[str, ...]
    permissions: int
    tiers: dict[str, int]
    teams: int
    owned: int
    rooms: int
    rooms_not_visible: int

    def describe(self, kind: str) -> str:
        if kind in ("permission", "role"):
            return f"{counted(len(self.roles), 'role')} and the {counted(self.permissions, 'permission')} they grant"
        if kind == "team":
            return f"{counted(self.teams, 'team membership')}"
        return f"{counted(self.teams, 'team membership')}, {counted(self.rooms, 'room')} opened by them"


@dataclass(frozen=True)
class Answer:
    """`statement` and `params`: what shows the same in Neo4j Browser."""

    workspace: str
    as_of: str | None
    person: Person
    access: Access
    verdict: str
    paths: tuple[Path, ...]
    almost: tuple[Almost, ...]
    remarks: tuple[str, ...]
    examined: str
    not_visible: tuple[str, ...]
    statement: str
    params: dict[str, str]

    @property
    def headline(self) -> str:
        who, what = self.person.display_name, self.access
        if self.verdict == OPEN:
            return f"The {what} is open to all, {who} among them{self.person.once_active}."
        if self.verdict == NOT_VISIBLE:
            return f"Whether {who} has access to the {what} is not visible." if not what.is_administrator else (
                f"Whether {who} is or can become administrator is not visible."
            )  # fmt: skip
        if self.verdict == NONE:
            return f"No path found from {who} to {'the ' if not what.is_administrator else ''}{what}."
        if what.is_administrator:
            return self.person.does(*administers(self.paths))
        verb = {"permission": "holds the", "role": "holds the", "team": "is in the", "room": "reads the"}[what.kind]
        return self.person.does(f"{verb} {what}", f", if {IF_ALLOWED}" if self.verdict == YES_IF else "")

    def as_dict(self) -> dict[str, Any]:
        return {
            "workspace": self.workspace,
            "asOf": self.as_of,
            "user": person_dict(self.person),
            "access": {"kind": self.access.kind, "id": self.access.id, "name": self.access.name},
            "verdict": self.verdict,
            "headline": self.headline,
            "paths": [as_dict(path) for path in self.paths],
            "shortOf": almost_dict(self.almost),
            "remarks": list(self.remarks),
            "examined": self.examined,
            "notVisible": list(self.not_visible),
        }


def administers(ways: Sequence[Path]) -> tuple[str, str]:
    """What an account with these ways to administrator is or can do, and with which reservation."""
    if ways[0].tier is None:
        return "is administrator", ""
    sure = any(path.edges[-1].condition is None for path in ways)
    return "can become administrator", "" if sure else ", under a condition"


def why(graph: WorkspaceGraph, visibility: Visibility, person: Person, access: Access) -> Answer:
    """Every path from a person to one thing, shortest first."""
    kind = "permission" if access.is_administrator else access.kind
    statement = "paths/why-administrator" if access.is_administrator else f"paths/why-{access.kind}"
    given = {} if access.is_administrator else {access.kind: access.id}
    reach = reach_of(graph, person)
    paths = read_paths(graph, statement, person, **given)
    gaps, remarks = gaps_of(visibility, person, reach, kind), person.remarks()
    verdict = NOT_VISIBLE if gaps and not paths else NONE if not paths else YES
    if access.is_administrator and paths and paths[0].tier is not None:
        verdict = BECOMES
    if access.kind == "room":
        unseen = bool(gaps_of(visibility, person, reach, "permission"))
        verdict, paths, said = _room(graph, visibility, person, access, paths, unseen)
        remarks += said
    if access.kind in ("room", "team") and verdict not in (YES, YES_IF):
        remarks += _lets_himself_in(graph, person, access)
    if access.is_administrator and not paths:
        remarks += nobody_administrates(graph, visibility)
    if access.kind == "permission" or (access.kind in ("role", "team") and not (paths or access.is_administrator)):
        remarks += _grown(graph, person, access)
    remarks += role_remarks(reach.roles)
    almost = almost_of(graph, person) if access.is_administrator and not paths else ()
    rests = grounds.of_access(access, alone=not paths)
    remarks += release_remarks(visibility, person, rests, (*paths, *(one.path for one in almost)))
    not_visible = visibility.not_visible(kind, by=[statement, f"paths/who-{kind}"])
    return Answer(
        visibility.workspace, visibility.as_of, person, access, verdict, paths, almost, tuple(remarks),
        reach.describe(kind), tuple(dict.fromkeys((*gaps, *not_visible))), statement,
        {"workspace": graph.name, "user": person.id, **given},
    )  # fmt: skip


def read_paths(graph: WorkspaceGraph, statement: str, person: Person, **given: str) -> tuple[Path, ...]:
    """A path statement's answer, in order. A username that is another account's id is not mixed up with it."""
    known: dict[str, Node] = {}
    found = (path_of(row["path"], row["held"], known) for row in graph.rows(statement, user=person.id, **given))
    return in_order(path for path in found if path.start.id == person.id)


def ways_to_administrator(graph: WorkspaceGraph, person: Person) -> tuple[Path, ...]:
    return read_paths(graph, "paths/why-administrator", person)


def almost_of(graph: WorkspaceGraph, person: Person) -> tuple[Almost, ...]:
    rows = graph.read("paths/why-almost", user=person.id)
    found = {Almost(path_of(row["path"]), tuple(row["missing"])) for row in rows}
    return tuple(
        sorted(
            (one for one in found if one.path.start.id == person.id), key=lambda one: (len(one.missing), one.path.rank)
        )
    )


def reach_of(graph: WorkspaceGraph, person: Person) -> Reach:
    for row in graph.read("paths/account-reach", user=person.id):
        if row["id"] == person.id:
            tiers = {tier: row[f"tier{tier}"] for tier in "ABC"}
            return Reach(
                tuple(row["roles"]), row["permissions"], tiers, row["teams"], row["owned"], row["rooms"],
                row["roomsNotVisible"],
            )  # fmt: skip
    return Reach((), 0, dict.fromkeys("ABC", 0), 0, 0, 0, 0)


def gaps_of(visibility: Visibility, person: Person, reach: Reach, *kinds: str) -> tuple[str, ...]:
    """What an answer about this account cannot rest on: the lists, and whether the account is in one."""
    gaps = visibility.gaps(*kinds)
    if not person.listed and not reach.roles and {"permission", "role"} & set(kinds):
        gaps += (f"roles of {person.display_name}: no list of accounts shows it, a team does",)
    return gaps


def release_remarks(
    visibility: Visibility, person: Person, rests: Iterable[str], paths: Iterable[Path]
) -> tuple[str, ...]:
    """What the server's release means for an answer about an account, beside what it says."""
    deactivated = {DEACTIVATED} if person.active is False else set[str]()
    return visibility.release_notes({*rests, *deactivated, *grounds.of_paths(paths)})


def nobody_administrates(graph: WorkspaceGraph, visibility: Visibility) -> list[str]:
    """Who gets admin where nobody of type user holds it (permissions.md §2.1); said only of what was seen in full."""
    if visibility.gaps("role"):
        return []
    rows = graph.read("review/no-administrator")
    return [f"{row['finding'][0].upper()}{row['finding'][1:]}." for row in rows if not row["people"]]


def role_remarks(roles: tuple[str, ...]) -> list[str]:
    """What two built-in roles mean beside the permissions they are granted (permissions.md §0, §2.1)."""
    found = []
    if "bot" in roles:
        found.append(
            "Holds the role bot: a precaution of tier B. Such accounts reach less guarded parts of the server; "
            "no path is known, and none is claimed."
        )
    if "guest" in roles:
        found.append(
            "Holds the role guest: on a server with a licence it takes away all but a few permissions, whatever "
            "else is held. The API does not show the licence."
        )
    return found


def _room(
    graph: WorkspaceGraph, visibility: Visibility, person: Person, access: Access, paths: tuple[Path, ...], unseen: bool
) -> tuple[str, tuple[Path, ...], list[str]]:
    """Containment is not access (permissions.md §4)."""
    said = ["The room is archived."] if access.held.get("archived") else []
    if access.controlled:
        said.append(f"Attributes control it: who is let in reads it only if {IF_ALLOWED}. That decision is not read.")
    elif access.controlled is None:
        said.append(CONTROL_UNSEEN)
    if paths:
        return YES_IF if access.controlled else YES, paths, said
    invited = f"Whether {person.display_name} was invited into the room itself is not read."
    if access.open_to_all:
        keys = read_paths(graph, "paths/why-permission", person, permission="view-c-room")
        public = "It is a public channel of a public team: everybody who holds view-c-room reads it"
        if keys:
            through = listed(sorted({path.nodes[1].display_name for path in keys}))
            return OPEN, (), [*said, f"{public}, {person.display_name} through {through}."]
        holds = "was not seen to hold it" if unseen else "does not hold it"
        return NOT_VISIBLE, (), [*said, f"{public}; {person.display_name} {holds}.", invited]
    if access.opened_by:
        teams = listed([str(team["name"] or team["id"]) for team in access.opened_by])
        member = "was not seen among them" if visibility.gaps("team") else "is not one of them"
        allowed = f" if {IF_ALLOWED}" if access.controlled else ""
        return (
            NOT_VISIBLE,
            (),
            [*said, f"Members of {teams} read it{allowed}; {person.display_name} {member}.", invited],
        )
    if access.held.get("type") == "p":
        said.append("It is a private room that is not its team's main room: being in the team does not open it.")
    return NOT_VISIBLE, (), [*said, invited]


def _lets_himself_in(graph: WorkspaceGraph, person: Person, access: Access) -> list[str]:
    keys = SELF_SERVICE["team"] if access.kind == "team" else SELF_SERVICE.get(str(access.held.get("type")), ())
    if access.kind == "room" and access.opened_by:
        keys += SELF_SERVICE["team"]
    found, (held, by) = list[str](), _workspace_wide(graph, person, keys)
    if held:
        allowed = f", if {IF_ALLOWED}" if access.controlled else ""
        found.append(f"{person.display_name} {by}, and can so get in without being asked{allowed}.")
    if access.kind == "room" and access.held.get("type") == "p" and not access.controlled:
        held, by = _workspace_wide(graph, person, MAKES_PUBLIC)
        if len(held) == len(MAKES_PUBLIC):
            found.append(f"{person.display_name} {by}, and can so make this private room a public one.")
    return found


def _workspace_wide(graph: WorkspaceGraph, person: Person, keys: Iterable[str]) -> tuple[list[str], str]:
    """Which of these permissions the account holds, and that in words."""
    held, through = list[str](), set[str]()
    for key in keys:
        if ways := read_paths(graph, "paths/why-permission", person, permission=key):
            held.append(key)
            through |= {path.nodes[1].display_name for path in ways}
    return held, f"holds {listed(held)} workspace-wide through {listed(sorted(through))}"


def _grown(graph: WorkspaceGraph, person: Person, access: Access) -> list[str]:
    ways = ways_to_administrator(graph, person)
    if not ways or ways[0].tier is None:
        return []
    then = "with that get any permission" if access.kind == "permission" else "then give themselves that"
    return [f"{person.display_name} can become administrator, and {then}: rc2graph why {person.typed} admin"]


def person_dict(person: Person) -> dict[str, Any]:
    return {
        "id": person.id, "username": person.username, "name": person.name, "state": person.state,
        "active": person.active, "lastLogin": person.last_login,
    }  # fmt: skip


def almost_dict(almost: tuple[Almost, ...]) -> list[dict[str, Any]]:
    return [{"permission": one.path.nodes[2].id, "missing": list(one.missing)} for one in almost]


__all__ = ["ADMINISTRATOR", "Almost", "Answer", "Reach", "why"]
