"""What became of decisions. Nothing of this is stored: it follows from the last decision and the graph as it is.

An access is open, that is undecided, where nobody decided, or somebody was unsure; where an exception ran out; where
it was given again after a decision; and where it is more than what was decided on: a member who became owner. An owner
who became member is less, and covered.

A revocation is carried out when the access is gone, outstanding while it is there, and came back when it was first seen
again after the decision. Where the last load did not see all of it, "gone" and "there" are not visible.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rc2graph.access.visibility import Visibility
from rc2graph.graph import state
from rc2graph.graph.connect import WorkspaceGraph
from rc2graph.graph.lease import instant
from rc2graph.graph.reading import reading
from rc2graph.graph.state import Lost
from rc2graph.reviews.items import DEFAULT_ROLES, EXCEPTION, KINDS, REVOKE, UNSURE, Access, accesses, part_of
from rc2graph.reviews.risk import Risks
from rc2graph.reviews.sorting import Judged, in_order

NEVER, IS_UNSURE, CHANGED, AGAIN, RAN_OUT, CAME_BACK, LOST = (
    "never decided", "unsure", "more than was decided on", "given again since", "exception ran out",
    "came back after it was revoked", "decision not visible",
)  # fmt: skip
REASONS = (CAME_BACK, RAN_OUT, CHANGED, AGAIN, IS_UNSURE, NEVER, LOST)
CARRIED_OUT, OUTSTANDING, NOT_VISIBLE = "carried out", "outstanding", "not visible"
FIRST = 10


def now() -> str:
    return instant(datetime.now(UTC))


def open_because(access: Access, at: str, lost: Lost) -> str | None:
    """Why somebody has to decide about an access (again), at an instant; None: it is decided, as far as is known."""
    last = access.decision
    if last is None:
        return LOST if lost.hides(access.since, None) else NEVER
    if (access.since or "") > last.decided_at:
        if lost.hides(access.since, last.decided_at):
            return LOST
        return CAME_BACK if last.decision == REVOKE else AGAIN
    if last.decision == REVOKE:
        return None
    if last.decision == UNSURE:
        return IS_UNSURE
    if not set(access.state) <= set(last.state):
        return CHANGED
    return RAN_OUT if last.ran_out(at) else None


@dataclass(frozen=True)
class Undecided:
    """What is open in a part of a workspace, at an instant. `rows`: the first ones, of `total`."""

    workspace: str
    as_of: str | None
    at: str
    scope: str
    examined: int
    total: int
    reasons: dict[str, int]
    risks: dict[str, int]
    rows: tuple[Judged, ...]
    not_visible: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "workspace": self.workspace, "asOf": self.as_of, "at": self.at, "scope": self.scope,
            "examined": self.examined, "undecided": self.total, "reasons": self.reasons, "risks": self.risks,
            "rows": [row_dict(one) for one in self.rows], "notVisible": list(self.not_visible),
        }  # fmt: skip


def row_dict(one: Judged) -> dict[str, Any]:
    access, last = one.access, one.access.decision
    return {
        "item": access.item, "person": access.person.display_name, "userId": access.person.id,
        "name": access.person.name, "status": access.person.state,
        "kind": access.kind, "accessId": access.id, "access": access.display_name,
        "state": list(access.state), "since": access.since, "lastLogin": access.person.last_login,
        "risk": one.risk, "why": one.why, "open": one.open,
        "lastDecision": last and {"decision": last.decision, "until": last.until, "decidedAt": last.decided_at,
                                  "reviewer": last.reviewer, "note": last.note},
    }  # fmt: skip


def open_accesses(
    graph: WorkspaceGraph,
    *,
    scope: str = "privileged",
    about: str = "",
    at: str | None = None,
    most: int | None = None,
    default_roles: Collection[str] = DEFAULT_ROLES,
) -> Undecided:
    """What nobody has decided, highest risk first, and why it is open. `most`: rows that are kept; all are counted.

    Errors: `UsageError` for a scope or part that there is not; `BusyError` where somebody writes meanwhile.
    """
    at = at or now()
    with reading(graph) as told:
        visibility = Visibility.of(graph)
        risks = risks_of(graph, visibility, default_roles)
        found = accesses(
            graph, part_of(graph, visibility, about), scope=scope, default_roles=default_roles
        )  # fmt: skip
        examined, reasons, worst = 0, Counter[str](), Counter[str]()
        rows: list[Judged] = []

        def undecided() -> Iterator[tuple[Access, str]]:
            nonlocal examined
            for access in found:
                examined += 1
                if reason := open_because(access, at, visibility.lost):
                    yield access, reason

        for one in in_order(undecided(), risks):
            reasons[str(one.open)] += 1
            worst[one.risk] += 1
            if most is None or len(rows) < most:
                rows.append(one)
    return Undecided(
        graph.name, told.asOf, at, scope, examined, sum(reasons.values()),
        {reason: reasons[reason] for reason in REASONS if reasons[reason]}, dict(worst), tuple(rows),
        not_visible(visibility),
    )  # fmt: skip


def not_visible(visibility: Visibility) -> tuple[str, ...]:
    """What is not visible of accesses and of decisions about them."""
    return tuple(dict.fromkeys((*visibility.gaps("permission", "team"), *visibility.missing("decisions"))))


def risks_of(graph: WorkspaceGraph, visibility: Visibility, default_roles: Collection[str]) -> Risks:
    unseen = bool(visibility.gaps("permission"))
    return Risks(graph, unseen=unseen, default_roles=default_roles)


@dataclass(frozen=True)
class Revocation:
    """A revocation, or an exception that ended, and what became of it."""

    kind: str
    user: str
    access: str
    decision: str
    decided_at: str
    reviewer: str
    until: str | None
    standing: str
    ended: str | None
    """When the access was last seen to be gone."""

    def __str__(self) -> str:
        return f"{self.user}: {self.kind} {self.access}"


def revocations(graph: WorkspaceGraph, visibility: Visibility) -> list[Revocation]:
    """What became of every revocation and exception that is the last word on its access, by account and name."""
    gaps = {kind: visibility.gaps(kind) for kind in KINDS}
    return [
        Revocation(
            row["kind"], row["user"] or "?", row["access"] or "?", row["decision"], row["decidedAt"], row["reviewer"],
            row["until"], _standing(row, bool(gaps[row["kind"]]), visibility.lost), row["ended"],
        )
        for row in graph.rows("decisions/due")
    ]  # fmt: skip


def _standing(row: dict[str, Any], unseen: bool, lost: Lost) -> str:
    if lost.hides(row["firstSeen"], row["decidedAt"]):
        return NOT_VISIBLE
    if row["held"] and (row["firstSeen"] or "") > row["decidedAt"]:
        return CAME_BACK
    if unseen:
        return NOT_VISIBLE
    return OUTSTANDING if row["held"] else CARRIED_OUT


@dataclass(frozen=True)
class Named:
    """How many, and the first of their names."""

    total: int
    names: tuple[str, ...]

    @classmethod
    def of(cls, found: list[Revocation]) -> "Named":
        return cls(len(found), tuple(str(one) for one in found[:FIRST]))


@dataclass(frozen=True)
class DecisionStatus:
    """What a load has to say about decisions."""

    carried_out: Named
    """Revocations whose access went with this very load."""
    outstanding: Named
    came_back: Named
    not_visible: Named
    ran_out: Named
    """Exceptions that ended, and the access is there."""
    new: int
    """Privileged accesses first seen after the last decision of anybody."""
    undecided: int
    lost: tuple[str, ...] = ()
    """What the graph has lost of decisions, in words."""

    def as_dict(self) -> dict[str, Any]:
        def named(found: Named) -> dict[str, Any]:
            return {"total": found.total, "names": list(found.names)}

        return {
            "revocations": {
                "carriedOut": named(self.carried_out), "outstanding": named(self.outstanding),
                "cameBack": named(self.came_back), "notVisible": named(self.not_visible),
            },
            "exceptionsRanOut": named(self.ran_out),
            "newAccesses": self.new, "undecided": None if self.lost else self.undecided,
            "notVisible": list(self.lost),
        }  # fmt: skip


def decision_status(
    graph: WorkspaceGraph, *, at: str | None = None, default_roles: Collection[str] = DEFAULT_ROLES
) -> DecisionStatus | None:
    """What became of the decisions, as of the last load; None where nobody decided anything, which is two look-ups."""
    lost = state.lost(graph).decisions
    if not lost and not graph.read("decisions/any"):
        return None
    at = at or now()
    visibility = Visibility.of(graph)
    decided_at = graph.read("decisions/last")[0]["decidedAt"] or lost
    asked = {"default_roles": list(default_roles)}
    new = graph.read("decisions/new_accesses", **asked, since=decided_at)[0]["accesses"]
    undecided = sum(row["undecided"] for row in graph.rows("review/undecided-privileged", **asked, asOf=at))
    found = revocations(graph, visibility)

    def those(standing: str) -> list[Revocation]:
        return [one for one in found if one.decision == REVOKE and one.standing == standing]

    ended = [
        one
        for one in found
        if one.decision == EXCEPTION and one.standing == OUTSTANDING and (one.until or "") < at
    ]  # fmt: skip
    return DecisionStatus(
        Named.of([one for one in those(CARRIED_OUT) if one.ended == visibility.as_of]),
        Named.of(those(OUTSTANDING)), Named.of(those(CAME_BACK)), Named.of(those(NOT_VISIBLE)), Named.of(ended),
        new, undecided, visibility.missing("decisions") if lost else (),
    )  # fmt: skip
