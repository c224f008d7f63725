"""Which single removal takes most tier A access away: one role as a whole, or one permission of one role."""

from dataclasses import asdict, dataclass
from typing import Any

from rc2graph.graph.connect import Graph
from rc2graph.review.visibility import Visibility


@dataclass(frozen=True)
class Removal:
    """`freed`: people who then hold no tier A permission any more; `active`: those of them who can sign in;
    `pairs`: (person, permission) that go. `permission` None: the role is emptied."""

    role: str
    role_id: str
    permission: str | None
    holders: int
    freed: int
    active: int
    pairs: int

    @property
    def is_administrator(self) -> bool:
        return self.role_id == "admin"

    def words(self) -> str:
        return f"{self.permission} from the role {self.role}" if self.permission else f"the role {self.role}"


@dataclass(frozen=True)
class Impact:
    workspace: str
    as_of: str | None
    removals: tuple[Removal, ...]
    not_visible: tuple[str, ...]

    @property
    def best(self) -> Removal | None:
        """The removal that helps most. `admin` is meant to have it all, so it is not among them; of a role with a
        single tier A permission the permission is named: it does the same and leaves the role alone."""
        found = [one for one in self.removals if not one.is_administrator and one.pairs]
        return min(found, key=lambda one: (-one.freed, -one.pairs, one.permission is None), default=None)

    def as_dict(self) -> dict[str, Any]:
        best = self.best
        return {
            "workspace": self.workspace,
            "asOf": self.as_of,
            "best": None if best is None else _dict(best),
            "removals": [_dict(one) for one in self.removals],
            "notVisible": list(self.not_visible),
        }


def impact(graph: Graph, visibility: Visibility) -> Impact:
    rows = graph.read("paths/impact", workspace=visibility.workspace)
    removals = tuple(
        Removal(
            row["role"], row["roleId"], row["permission"], row["holders"], row["freed"], row["active"], row["pairs"]
        )
        for row in rows
    )
    return Impact(visibility.workspace, visibility.as_of, removals, (*visibility.gaps("permission"), *visibility.said))


def _dict(removal: Removal) -> dict[str, Any]:
    found = asdict(removal)
    return {"role": found.pop("role"), "roleId": found.pop("role_id"), **found}
