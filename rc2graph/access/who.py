"""Who has access to one thing, and through what; people, service accounts, federated and deactivated accounts apart."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rc2graph.access import grounds
from rc2graph.access.paths import CONTROL_UNSEEN, IF_ALLOWED
from rc2graph.access.target import Access
from rc2graph.access.visibility import Visibility
from rc2graph.access.why import nobody_administrates
from rc2graph.catalogue.notes import DEACTIVATED
from rc2graph.graph.connect import WorkspaceGraph
from rc2graph.text import counted, listed

STATES = {
    "active": "Active accounts",
    "service": "Service accounts",
    "federated": "Federated accounts",
    "deactivated": "Deactivated accounts: it comes back on reactivation",
    "pending": "Accounts that were never approved: it begins with the approval",
    "not visible": "Accounts whose state is not visible",
    "former": "Accounts that are gone",
}
TIERS = ("tier A", "tier B")
EVERYBODY = 2_000_000_000


@dataclass(frozen=True)
class Way:
    """One way in which somebody has it. `by`: role, team, tier A or tier B."""

    by: str
    through: str
    permission: str | None
    how: str | None
    condition: str | None
    held: tuple[tuple[str, str], ...]
    """Further permissions that are needed and held, each with the role through which."""

    @property
    def through_text(self) -> str:
        """The role or team, and the permission where it is one."""
        return f"{self.through} → {self.permission}" if self.permission else self.through

    @property
    def with_text(self) -> str:
        """What is needed besides, "" where nothing is."""
        return "with " + listed([f"{need} ({role})" for need, role in self.held]) if self.held else ""

    def describe(self) -> str:
        return f"{self.through_text} {self.with_text}".rstrip()

    def as_dict(self) -> dict[str, Any]:
        return {
            "by": self.by, "through": self.through, "permission": self.permission, "how": self.how,
            "condition": self.condition, "with": [{"permission": need, "role": role} for need, role in self.held],
        }  # fmt: skip


@dataclass(frozen=True)
class Holder:
    id: str
    username: str | None
    name: str | None
    state: str
    ways: tuple[Way, ...]

    @property
    def display_name(self) -> str:
        return self.username or self.name or self.id

    @property
    def by(self) -> str:
        """The plainest way: direct before escalation."""
        return self.ways[0].by


@dataclass(frozen=True)
class Holders:
    """`shown`: the first of them; `total` and `states` count them all."""

    workspace: str
    as_of: str | None
    access: Access
    shown: tuple[Holder, ...]
    total: int
    states: Mapping[str, int]
    ways: Mapping[str, int]
    remarks: tuple[str, ...]
    not_visible: tuple[str, ...]
    remembered: bool = False
    """Told from the history that the graph keeps, not from what it shows now."""
    at_least: bool = False
    """There may be more: not all that this rests on was seen."""

    @property
    def headline(self) -> str:
        """How many have it, in a sentence."""
        accounts = f"{'At least ' if self.at_least else ''}{counted(self.total, 'account')}"
        if self.remembered:
            verb = {"role": "held the role", "team": "were in the team"}[self.access.kind]
            return f"{accounts} {verb} {self.access.description} then."
        if self.at_least and not self.total:
            return f"Who has access to the {self.access} is not visible."
        if self.access.is_administrator:
            return f"{accounts} {'is' if self.total == 1 else 'are'} or can become administrator."
        verb = {"team": "in the", "room": "let by a team into the"}.get(self.access.kind, "with the")
        return f"{accounts} {verb} {self.access}{f', if {IF_ALLOWED}' if self.access.controlled else ''}."

    def as_dict(self) -> dict[str, Any]:
        return {
            "workspace": self.workspace,
            "asOf": self.as_of,
            "access": {"kind": self.access.kind, "id": self.access.id, "name": self.access.name},
            "total": self.total,
            "shown": len(self.shown),
            "states": dict(self.states),
            "by": dict(self.ways),
            "holders": [
                {"id": one.id, "username": one.username, "name": one.name, "state": one.state, "by": one.by,
                 "ways": [way.as_dict() for way in one.ways]}
                for one in self.shown
            ],
            "remarks": list(self.remarks),
            "notVisible": list(self.not_visible),
            "remembered": self.remembered,
        }  # fmt: skip


def who(
    graph: WorkspaceGraph,
    visibility: Visibility,
    access: Access,
    *,
    most: int | None = 100,
    each: Callable[[Holder], None] | None = None,
) -> Holders:
    """Everybody who has it: the first `most` (None: all), and how many there are. `each` is given all of them, one by
    one."""
    kind = "administrator" if access.is_administrator else access.kind
    given = {} if access.is_administrator else {access.kind: access.id}
    condition = IF_ALLOWED if access.controlled else None
    counts, kept, rests = dict[tuple[str, str], int](), list[Holder](), dict[Way, None]()
    for row in graph.rows(f"paths/who-{kind}", **given, most=EVERYBODY if most is None or each else max(most, 1)):
        counts[row["state"], row["ways"][0]["by"]] = row["accounts"]
        if each or most is None or len(kept) < most:
            holder = Holder(row["id"], row["user"], row["name"], row["state"], _ways(row["ways"], condition))
            rests |= dict.fromkeys(holder.ways)
            if each:
                each(holder)
            if most is None or len(kept) < most:
                kept.append(holder)
    shown, states, ways = tuple(kept), Counter[str](), Counter[str]()
    for (state, by), accounts in sorted(counts.items()):
        states[state] += accounts
        ways[by] += accounts
    remarks = nobody_administrates(graph, visibility) if access.is_administrator else _remarks(access, states)
    return Holders(
        visibility.workspace,
        visibility.as_of,
        access,
        shown,
        sum(counts.values()),
        {state: states[state] for state in STATES if states[state]},
        dict(ways),
        (*remarks, *release_remarks(visibility, access, states, rests)),
        visibility.not_visible(access.seen_by, by=[f"paths/who-{kind}"]),
        at_least=bool(visibility.gaps(access.seen_by)),
    )


def release_remarks(
    visibility: Visibility, access: Access, states: Iterable[str], ways: Iterable[Way]
) -> tuple[str, ...]:
    """What the server's release means for these accounts having it."""
    rests = grounds.of_access(access)
    rests |= {DEACTIVATED} if {"deactivated", "pending"} & set(states) else set()
    for way in ways:
        rests |= grounds.of_permissions([way.permission, *(need for need, _ in way.held)])
        rests |= grounds.of_words([way.how, way.condition])
    return visibility.release_notes(rests)


def _ways(rows: list[Mapping[str, Any]], condition: str | None) -> tuple[Way, ...]:
    """Two permissions that need each other are one combination, told from one end."""
    found, told = list[Way](), dict[tuple[frozenset[str], str | None], str]()
    for way in (_way(row, condition) for row in rows):
        if way.held and way.permission:
            both = frozenset({way.permission, *(need for need, _ in way.held)})
            if told.setdefault((both, way.condition), way.permission) != way.permission:
                continue
        found.append(way)
    return tuple(found)


def _way(way: Mapping[str, Any], condition: str | None) -> Way:
    if way["by"] == "team":
        roles = [str(role) for role in way.get("roles") or () if role != "owner"]
        word = (
            "owner" if way.get("owner") else "member" if way.get("owner") is False else "member, ownership not visible"
        )
        text = f"{word} of {way['team']}" + (f" (as {listed(roles)})" if roles else "")
        text += "" if way["allRoles"] else ", other roles in it not visible"
        return Way("team", text, None, None, condition, ())
    return Way(
        way["by"], f"{way['role']} (everywhere)" if way.get("everywhere") else str(way["role"]), way.get("permission"),
        way.get("how"), way.get("condition") or None, tuple((need, role) for need, role in way.get("held") or ()),
    )  # fmt: skip


def _remarks(access: Access, states: Mapping[str, int]) -> list[str]:
    if access.kind == "team":
        asleep = [(states.get("deactivated"), "deactivated"), (states.get("pending"), "never approved")]
        return [
            f"Of {counted(many, f'{what} member')} only ownership is visible, and no other role in the team."
            for many, what in asleep
            if many
        ]
    if access.kind == "room":
        found = ["Who is in the room by invitation is not read: these are the people whom a team lets in."]
        if access.controlled:
            found.append(f"Attributes control it: they read it only if {IF_ALLOWED}. That decision is not read.")
        elif access.controlled is None:
            found.append(CONTROL_UNSEEN)
        if access.open_to_all:
            found.insert(0, "It is open to all: everybody who holds view-c-room reads it. rc2graph who view-c-room")
        return found
    if access.kind == "role" and access.held.get("roomScoped"):
        return [
            "A room role: these accounts hold it everywhere. Who holds it in single rooms or teams is not read here."
        ]
    if access.kind == "permission":
        return ["Whoever can become administrator can get any permission besides: rc2graph who admin"]
    return []
