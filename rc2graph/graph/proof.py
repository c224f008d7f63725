"""What a snapshot proves: of which kinds it may say that something is gone."""

from dataclasses import dataclass, replace
from typing import Self

from rc2graph.snapshot import Dataset, Snapshot
from rc2graph.snapshot.schema import DATASETS

_NEEDED = {
    "user": ("users",),
    "role": ("roles", "users", "permissions"),
    "team": ("teams",),
    "permission": ("permissions",),
    "has_role": ("users",),
    "grants": ("permissions",),
    "member_of": ("members", "deactivatedMembers"),
    "room": ("rooms", "teams"),
}
"""The lists that must be complete. A role is gone only where nobody names it any more: else it would be dangling."""


@dataclass(frozen=True)
class Proof:
    datasets: dict[str, Dataset]
    removable: frozenset[str]
    """Tables of nodes, and edges in lower case, of which things may be removed."""
    users_proven: bool
    """The list of users is complete and shows everybody."""
    nameless_hidden: bool
    """The list was `users.list`, which leaves out whoever has no user name, name and address (api.md §4.1)."""

    @classmethod
    def of(cls, snapshot: Snapshot) -> Self:
        datasets = snapshot.datasets()
        complete = {name for name, dataset in datasets.items() if dataset.state == "complete"}
        removable = {what for what, needed in _NEEDED.items() if complete.issuperset(needed)}
        if snapshot.db.execute("SELECT 1 FROM team WHERE unsettled IS NOT NULL LIMIT 1").fetchone():
            removable.discard("member_of")
        hidden = snapshot.meta.get("users_source") == "users.list"
        return cls(datasets, frozenset(removable), "users" in complete and not hidden, hidden)

    def without_roles_of(self, accounts: list[str]) -> "Proof":
        """The same, but the lists do not show the roles of these accounts, of which the graph knows some."""
        users = self.datasets["users"]
        why = f"the roles of {len(accounts)} accounts that had some are not shown: {', '.join(accounts[:5])}"
        return replace(self, datasets={**self.datasets, "users": replace(users, state="partial", why=why)})

    @property
    def state(self) -> str:
        """ "complete" where each list is (or one that a run may do without is refused), else "partial"."""
        whole = all(name in self.datasets and self.datasets[name].enough for name in DATASETS)
        return "complete" if whole else "partial"
