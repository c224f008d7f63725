"""Accesses to decide on: a role that an account holds, a team that it is in; and what was last decided about each.

`privileged`, the default scope, is every role but the default ones, and of memberships: owners and every other role in
a team, every member of a private team, and every membership of accounts that are deactivated, services, federated or
guests. `all` is every role and every membership.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from rc2graph.access.person import Person, find_person
from rc2graph.access.target import find_access
from rc2graph.access.visibility import Visibility
from rc2graph.errors import UsageError
from rc2graph.graph import state
from rc2graph.graph.connect import WorkspaceGraph
from rc2graph.text import harmless

KINDS = ("role", "team")
SCOPES = ("privileged", "all")
DEFAULT_ROLES = ("user",)
PAGE = 1_000
"""Accounts that are asked for at once: ArcadeDB holds whatever a statement streams."""

APPROVE, REVOKE, EXCEPTION, UNSURE = "approve", "revoke", "exception", "unsure"
DECISIONS = (APPROVE, REVOKE, EXCEPTION, UNSURE)

Cells = list[Any]


@dataclass(frozen=True)
class Decision:
    """What was last decided about an access. `state`: what the access was then, as `Access.state`."""

    decision: str
    until: str | None
    decided_at: str
    reviewer: str
    note: str | None = None
    state: tuple[str, ...] = ()

    def ran_out(self, at: str) -> bool:
        return self.decision == EXCEPTION and (self.until or "") < at

    def describe(self, at: str) -> str:
        """approve, by rob on 2026-06-01"""
        until = f" until {(self.until or '')[:10]}" if self.decision == EXCEPTION else ""
        end = ", ran out" if self.ran_out(at) else ""
        return f"{self.decision}{until}, by {self.reviewer} on {self.decided_at[:10]}{end}"


@dataclass(frozen=True)
class Access:
    """One role or team of one account. `state`: of a membership its roles in the team, `owner` among them."""

    workspace: str
    person: Person
    guest: bool
    kind: str
    id: str
    name: str | None
    since: str | None
    """When it was first seen: it may be older."""
    state: tuple[str, ...] = ()
    private: bool | None = None
    decision: Decision | None = field(default=None, compare=False)

    @property
    def display_name(self) -> str:
        return self.name or self.id

    @property
    def owner(self) -> bool:
        return "owner" in self.state

    @property
    def item(self) -> str:
        return item(self.workspace, self.kind, self.person.id, self.id, self.state)

    def __str__(self) -> str:
        return f"{self.kind} {self.display_name}" + (f" ({', '.join(self.state)})" if self.state else "")


def membership_state(owner: bool | None, roles: Iterable[str] | None) -> tuple[str, ...]:
    """The roles of a membership that mean anything, sorted. `member` is what everybody in a team is."""
    return tuple(sorted({*(roles or ()), *(("owner",) if owner else ())} - {"member"}))


def item(workspace: str, kind: str, user: str, access: str, state: tuple[str, ...]) -> str:
    """The name of an access in the state that it has: another state of it has another name."""
    text = json.dumps([workspace, kind, user, access, *state])
    return f"{kind}:{quote(user, safe='')}:{quote(access, safe='')}:{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def named_by(text: str) -> tuple[str, str, str] | None:
    """Kind, account and access that an item names; None where it is none."""
    parts = text.split(":")
    if len(parts) != 4 or parts[0] not in KINDS or not all(parts):
        return None
    return parts[0], unquote(parts[1]), unquote(parts[2])


@dataclass(frozen=True)
class Part:
    """A part of a workspace to decide on: one role, one team or one account."""

    ids: list[str]
    """The accounts that it is about."""
    access: tuple[str, str] | None = None
    """Kind and id, where it is about one role or team."""


def part_of(graph: WorkspaceGraph, visibility: Visibility, about: str) -> Part:
    """`role:NAME`, `team:NAME`, `user:NAME`, or "" for all. Errors: `UsageError` with near names."""
    kind, colon, name = about.partition(":")
    if about and (not colon or kind not in (*KINDS, "user")):
        raise UsageError(f"--about {harmless(about)} names no part.", "", "Write role:NAME, team:NAME or user:NAME.")
    if not about:
        lists = graph.rows("export/ids/User")
        return Part(sorted(id_ for row in lists for id_ in row["page"]))
    if kind == "user":
        return Part([find_person(graph, name).id])
    found = find_access(graph, visibility, about)
    statement = "state/edges_of_targets/HAS_ROLE" if kind == "role" else "state/edges_of_owners/MEMBER_OF"
    rows = [row for _, page in state.edges_of(graph, statement, [found.id]) for row in page]
    return Part(sorted(row[0] for row in rows), (kind, found.id))


def accesses(
    graph: WorkspaceGraph, part: Part, *, scope: str = "privileged", default_roles: Iterable[str] = DEFAULT_ROLES
) -> Iterator[Access]:
    """Every access of a part that is in the scope, account by account. Errors: `UsageError` for an unknown scope."""
    if scope not in SCOPES:
        raise UsageError(f"There is no scope {harmless(scope)!r}.", "", f"Use one of {', '.join(SCOPES)}.")
    given = {"everything": scope == "all", "default_roles": list(default_roles)}
    for ids in state.batches(part.ids, PAGE):
        (row,) = graph.read("decisions/accesses", ids=ids, **given)
        for account in row["page"]:
            for access in _of(graph.name, *account):
                if part.access in (None, (access.kind, access.id)):
                    yield access


def _of(
    workspace: str, user: Cells, roles: list[Cells], teams: list[Cells], decisions: list[Cells]
) -> Iterator[Access]:
    *known, guest = user
    person = Person(*known)
    decided = _latest(decisions)
    for role, called, since in roles:
        yield Access(workspace, person, guest, "role", role, called, since, decision=decided.get(("role", role)))
    for team, called, since, owner, team_roles, private in teams:
        yield Access(
            workspace, person, guest, "team", team, called, since, membership_state(owner, team_roles), private,
            decided.get(("team", team)),
        )  # fmt: skip


def _latest(rows: list[Cells]) -> dict[tuple[str, str], Decision]:
    """(kind, id) → the last decision. Of two in one instant, the one with the higher id: the same one every time."""
    found: dict[tuple[str, str], Cells] = {}
    for row in rows:
        key = (row[0], row[1])
        if key not in found or (row[2], row[3]) > (found[key][2], found[key][3]):
            found[key] = row
    return {
        key: Decision(decision, until, at, reviewer, note, tuple(held or ()))
        for key, (_, _, at, _, decision, until, reviewer, note, held) in found.items()
    }
