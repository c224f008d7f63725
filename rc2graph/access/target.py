"""What somebody may have access to: a permission, a role, a team or a room, found by what a user typed."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rc2graph.access.paths import controlled, description
from rc2graph.access.visibility import Visibility
from rc2graph.errors import UsageError
from rc2graph.graph.connect import WorkspaceGraph
from rc2graph.graph.reading import half_loaded
from rc2graph.text import harmless

KINDS = ("permission", "role", "team", "room")
LISTED = {"permission": "permissions", "role": "roles", "team": "teams", "room": "rooms"}
OFFERED = 8


@dataclass(frozen=True)
class Access:
    """One thing to have. `teams`: of a room, those that it belongs to (id, name, private, main)."""

    kind: str
    id: str
    name: str | None = None
    held: Mapping[str, Any] = field(default_factory=dict, compare=False)
    teams: tuple[Mapping[str, Any], ...] = field(default=(), compare=False)

    @property
    def display_name(self) -> str:
        return self.name or self.id

    @property
    def description(self) -> str:
        """Its name as it can be read."""
        return description(self.kind, self.id, self.display_name)

    @property
    def is_administrator(self) -> bool:
        return self.kind == "role" and self.id == "admin"

    @property
    def seen_by(self) -> str:
        """The kind of access that says what must have been seen."""
        return "permission" if self.is_administrator else self.kind

    def __str__(self) -> str:
        return "administrator" if self.is_administrator else f"{self.kind} {self.description}"

    @property
    def open_to_all(self) -> bool:
        """A public channel of public teams only: everybody with view-c-room reads it (permissions.md §4)."""
        return self.held.get("type") == "c" and bool(self.teams) and all(t.get("private") is False for t in self.teams)

    @property
    def controlled(self) -> bool | None:
        """Of a room: whether who is let in reads it only if their attributes allow it. None: that is not visible."""
        return controlled(self.held)

    @property
    def opened_by(self) -> tuple[Mapping[str, Any], ...]:
        """The teams whose members read this room: of its main room, and of public channels of a private team."""
        public = self.held.get("type") == "c"
        return tuple(t for t in self.teams if t.get("main") is True or (public and t.get("private") is True))


ADMINISTRATOR = Access("role", "admin", "admin")
ADMINISTRATOR_NAMES = ("admin", "administrator", "role:admin")
"""In other letters too, where nothing has that very name."""


def find_access(graph: WorkspaceGraph, visibility: Visibility, wanted: str) -> Access:
    """`permission:ID`, `role:NAME`, `team:NAME`, `room:NAME` (each also `KIND:id:ID`), a bare name, or `admin`.

    Errors: `UsageError` with candidates where nothing or more than one thing has the name; `IncompleteError` where
    nothing has it and no load has finished.
    """
    if wanted in ADMINISTRATOR_NAMES:
        return ADMINISTRATOR
    kind, colon, rest = wanted.partition(":")
    if not colon or kind not in KINDS:
        kind, rest = "", wanted
    only_id = rest.startswith("id:")
    text = rest.removeprefix("id:")
    found = [
        _access(one, row)
        for one in KINDS
        if kind in ("", one)
        for row in graph.read(f"paths/find-{one}", text=text)
        if not only_id or row["thing"]["id"] == text
    ]
    team = next((one for one in found if one.kind == "team"), None)
    if team and all(one == team or (one.kind == "room" and _is_main(one, team)) for one in found):
        return team  # a team's main room has the team's name
    if len(found) == 1:
        return found[0]
    if found:
        offers = ", ".join(_typed(one, found) for one in found)
        raise UsageError(f"{wanted!r} may be several things.", f"They are {offers}.", "Name one of these.")
    if wanted.lower() in ADMINISTRATOR_NAMES:
        return ADMINISTRATOR
    names = graph.read("paths/find-names", kind=kind)
    near = _near(text, [Access(row["kind"], row["id"], row["name"]) for row in names])
    offers = ", ".join(_typed(one, near) for one in near)
    unseen = [gap for one in KINDS if kind in ("", one) for gap in visibility.gaps(one) if gap.startswith(LISTED[one])]
    why = [f"Did you mean {offers}?"] if offers else []
    why += [f"Not visible: {gap}." for gap in unseen]
    what = f"There is no {kind or 'permission, role, team or room'} {text!r} in the graph of {visibility.workspace}."
    if visibility.as_of is None:
        raise half_loaded(visibility.workspace, what)
    raise UsageError(what, " ".join(why), "Name one of these." if offers else _all_of(kind))


def _all_of(kind: str) -> str:
    """How to see every name that there is."""
    if not kind:
        return "Write it as permission:ID, role:NAME, team:NAME or room:NAME."
    return f"List all {LISTED[kind]}: rc2graph query paths/find-names -p kind={kind}"


def _access(kind: str, row: dict[str, Any]) -> Access:
    thing = row["thing"]
    return Access(kind, thing["id"], thing.get("name"), thing, tuple(row.get("teams") or ()))


def _is_main(room: Access, team: Access) -> bool:
    return any(one.get("id") == team.id and one.get("main") for one in room.teams)


def _near(text: str, known: list[Access]) -> list[Access]:
    wanted = text.lower()
    inside = [one for one in known if wanted and (wanted in one.display_name.lower() or wanted == one.id.lower())]
    if inside:
        return sorted(inside, key=lambda one: (len(one.display_name), one.display_name))[:OFFERED]
    by_name = {one.display_name.lower(): one for one in known}
    return [by_name[name] for name in difflib.get_close_matches(wanted, by_name, n=OFFERED)]


def _typed(one: Access, among: list[Access]) -> str:
    """How a user names this one and no other."""
    alone = sum(other.kind == one.kind and one.display_name in (other.id, other.name) for other in among) == 1
    return (
        f"{one.kind}:{harmless(one.display_name)}"
        if alone
        else f"{one.kind}:id:{harmless(one.id)} ({harmless(one.display_name)})"
    )
