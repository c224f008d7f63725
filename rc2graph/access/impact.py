"""Which single removal takes most tier A access away: one role as a whole, or one permission of one role."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rc2graph.access import grounds
from rc2graph.access.visibility import Visibility
from rc2graph.catalogue import catalogue
from rc2graph.catalogue.notes import ACT_AS, CATALOGUE, DEACTIVATED
from rc2graph.graph.connect import WorkspaceGraph
from rc2graph.graph.escalations import ADMIN, ways
from rc2graph.graph.handed_out import Grant

STATEMENT = "paths/impact"


@dataclass(frozen=True)
class Removal:
    """`freed`: people who then hold no tier A permission any more; `active`: those of them who can sign in;
    `pairs`: (person, permission) that go. `secured`: accounts without the role admin that could become administrator in
    any way, also by handing out roles, and then could not. `permission` None: the role is emptied."""

    role: str
    role_id: str
    permission: str | None
    holders: int
    freed: int
    active: int
    pairs: int
    secured: int

    @property
    def is_administrator(self) -> bool:
        return self.role_id == "admin"

    def describe(self) -> str:
        return f"{self.permission} from the role {self.role}" if self.permission else f"the role {self.role}"


@dataclass(frozen=True)
class Impact:
    workspace: str
    as_of: str | None
    removals: tuple[Removal, ...]
    not_visible: tuple[str, ...]
    remarks: tuple[str, ...] = ()

    @property
    def best(self) -> Removal | None:
        """The removal that helps most. `admin` is meant to have it all, so it is not among them; of a role with a
        single tier A permission the permission is named: it does the same and leaves the role alone."""
        found = [one for one in self.removals if not one.is_administrator and (one.pairs or one.secured)]
        return min(found, key=lambda one: (-one.freed, -one.secured, -one.pairs, one.permission is None), default=None)

    def as_dict(self) -> dict[str, Any]:
        best = self.best
        return {
            "workspace": self.workspace,
            "asOf": self.as_of,
            "best": None if best is None else _dict(best),
            "removals": [_dict(one) for one in self.removals],
            "remarks": list(self.remarks),
            "notVisible": list(self.not_visible),
        }


def impact(graph: WorkspaceGraph, visibility: Visibility) -> Impact:
    rows = graph.read(STATEMENT)
    power = _Power(graph, visibility.version)
    removals = tuple(
        Removal(
            row["role"], row["roleId"], row["permission"], row["holders"], row["freed"], row["active"], row["pairs"],
            power.secured(row["roleId"], row["permission"]),
        )
        for row in rows
    )  # fmt: skip
    rests = {CATALOGUE, ACT_AS, DEACTIVATED, *grounds.of_permissions(one.permission for one in removals)}
    return Impact(
        visibility.workspace,
        visibility.as_of,
        removals,
        visibility.not_visible("permission", by=[STATEMENT]),
        visibility.release_notes(rests),
    )


class _Power:
    """Who can become administrator, and who still could without a grant.

    What can be got by handing out roles rests on what all other roles grant together, so the paths are worked out anew
    for each removal that changes that. Accounts with the same roles are looked at once.
    """

    def __init__(self, graph: WorkspaceGraph, version: str | None) -> None:
        self._facts = catalogue().at(version)
        self._given: dict[str, frozenset[str]] = {}
        self._dangling = set[str]()
        for row in graph.read("decisions/role_powers"):
            self._given[row["id"]] = frozenset((*row["tierA"], *row["tierB"]))
            if row["dangling"]:
                self._dangling.add(row["id"])
        self._permissions = frozenset[str]().union(*self._given.values())
        self._known: dict[tuple[frozenset[str], frozenset[str]], list[frozenset[str]]] = {}
        self._ways = self._ways_with(self._given)
        self._able = {
            frozenset(row["roles"]): row["accounts"]
            for row in graph.read("paths/held-sets")
            if ADMIN not in row["roles"] and _able(row["roles"], self._given, self._ways)
        }

    def secured(self, role: str, permission: str | None) -> int:
        left = frozenset() if permission is None else self._given[role] - {permission}
        given = self._given | {role: left}
        known = self._ways_with(given)
        return sum(
            accounts
            for roles, accounts in self._able.items()
            if (role in roles or known is not self._ways) and not _able(roles, given, known)
        )

    def _ways_with(self, given: Mapping[str, frozenset[str]]) -> list[frozenset[str]]:
        """What somebody must hold, where the roles grant this. It is the same as long as their union is."""
        others = {id_: given[id_] for id_ in given if id_ != ADMIN}
        union = frozenset[str]().union(*(others[id_] for id_ in others.keys() - self._dangling))
        rest = frozenset[str]().union(*others.values()) - union
        if (union, rest) not in self._known:
            grants = [Grant("", None, id_, id_ in union) for id_ in union | rest]
            found = ways(self._facts, self._permissions, grants).items()
            self._known[union, rest] = [frozenset({id_, *(way.needs or ())}) for (id_, _), way in found]
        return self._known[union, rest]


def _able(roles: Iterable[str], given: Mapping[str, frozenset[str]], known: Iterable[frozenset[str]]) -> bool:
    held = frozenset[str]().union(*(given.get(role, frozenset()) for role in roles))
    return any(needed <= held for needed in known)


def _dict(removal: Removal) -> dict[str, Any]:
    found = asdict(removal)
    return {"role": found.pop("role"), "roleId": found.pop("role_id"), **found}
