"""What a load came to, for people and for `--json`."""

from dataclasses import asdict, dataclass, field
from typing import Any

from rc2graph.graph.kinds import Count
from rc2graph.graph.plan import SAMPLE, Plan


@dataclass(frozen=True)
class Closed:
    """What was (in a dry run: would be) removed of a kind: how many, and the first names."""

    total: int
    names: tuple[str, ...]


@dataclass
class Outcome:
    workspace: str
    state: str
    """ "complete" where each list of the snapshot is, else "partial"."""
    dry_run: bool
    counts: dict[str, Count]
    closed: dict[str, Closed]
    sync_id: str | None = None
    """The `Sync` that records this run; None for a dry run, which leaves no record."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Seconds for each of wait, plan, schema, apply; plan is there twice as long where it had to be made again."""
    unsettled: dict[str, str] = field(default_factory=dict)
    """Teams whose members are not proven, and why: none was removed."""

    @classmethod
    def of(cls, plan: Plan, *, dry_run: bool) -> "Outcome":
        closed = {
            kind: Closed(count.closed, tuple(plan.closed(kind, SAMPLE)))
            for kind, count in plan.counts.items()
            if count.closed
        }
        why = plan.rows("SELECT coalesce(name, id), unsettled FROM snap.team WHERE unsettled IS NOT NULL ORDER BY 1")
        return cls(plan.workspace, plan.proof.state, dry_run, plan.counts, closed, unsettled=dict(why))

    @property
    def changes(self) -> int:
        """How many things differ, of all kinds together."""
        return sum(count.added + count.changed + count.closed + count.returned for count in self.counts.values())

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "changes": self.changes}
