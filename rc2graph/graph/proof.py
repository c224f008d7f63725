"""What a snapshot proves: of which kinds it may say that something is gone."""

import json
from dataclasses import dataclass, replace
from typing import Self

from rc2graph.model import EDGE_TYPES, LOADED
from rc2graph.snapshot import NEXT, Dataset, Snapshot
from rc2graph.snapshot.schema import DATASETS, tables
from rc2graph.text import counted

_NEEDED = {
    **{one.table: one.proven or one.listed for one in LOADED},
    **{one.key: one.proven or one.listed for one in EDGE_TYPES},
}
"""The lists that must be complete."""

GIVE_ROLES = (
    "Open each of these accounts in Rocket.Chat under Workspace → Users, set its roles and save. Then load again."
)
AGAIN = "Run the same command again."


@dataclass(frozen=True)
class Proof:
    datasets: dict[str, Dataset]
    whole: frozenset[str]
    """The lists all of whose rows have come, though perhaps not every value could be read: they prove what is gone."""
    removable: frozenset[str]
    """Tables of nodes, and edges in lower case, of which things may be removed."""
    users_proven: bool
    """The list of users shows everybody, though perhaps not everything of each."""
    nameless_hidden: bool
    """The list was `users.list`, which leaves out whoever has no user name, name and address (rocketchat.md §4.1)."""

    @classmethod
    def of(cls, snapshot: Snapshot) -> Self:
        datasets = snapshot.datasets()
        complete = {name for name, dataset in datasets.items() if dataset.state == "complete"}
        complete.update(json.loads(snapshot.meta.get("whole") or "[]"))
        removable = {what for what, needed in _NEEDED.items() if complete.issuperset(needed)}
        removable -= {one.key for one in EDGE_TYPES if one.table not in tables(snapshot.meta)}
        if snapshot.db.execute("SELECT 1 FROM team WHERE unsettled IS NOT NULL LIMIT 1").fetchone():
            removable.discard("member_of")
        hidden = snapshot.meta.get("users_source") == "users.list"
        return cls(datasets, frozenset(complete), frozenset(removable), "users" in complete and not hidden, hidden)

    def without_roles_of(self, accounts: list[str]) -> "Proof":
        """The same, but the lists do not show the roles of these accounts, of which the graph knows some."""
        users, more = self.datasets["users"], len(accounts) - 5
        named = ", ".join(accounts[:5]) + (f" and {more} more" if more > 0 else "")
        what = (
            f"{counted(len(accounts), 'account')} that had roles {'does' if len(accounts) == 1 else 'do'} not show any"
        )
        why = f"{users.reason}; {what}" if users.state == "partial" and users.why else what
        return replace(
            self,
            datasets={
                **self.datasets,
                "users": replace(users, state="partial", why=f"{why}: {named}.{NEXT}{GIVE_ROLES}"),
            },
        )

    @property
    def incomplete(self) -> dict[str, Dataset]:
        """The lists that were not seen in full; each partial one says why, and what to do."""
        found = {name: self.datasets.get(name) or Dataset(name, "skipped") for name in DATASETS}
        return {
            name: dataset if dataset.enough or dataset.step else replace(dataset, why=f"{_why(dataset)}.{NEXT}{AGAIN}")
            for name, dataset in found.items()
            if dataset.state != "complete"
        }

    @property
    def state(self) -> str:
        """ "complete" where each list is (or one that a run may do without is refused), else "partial"."""
        return "complete" if all(one.enough for one in self.incomplete.values()) else "partial"


def _why(dataset: Dataset) -> str:
    if dataset.reason:
        return dataset.reason
    return "none was read" if dataset.fetched is None else f"{dataset.fetched:,} of {dataset.total or 0:,} were read"
