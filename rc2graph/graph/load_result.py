"""What a load came to, for people and for `--json`."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from rc2graph.errors import GuardError
from rc2graph.graph.kinds import Count
from rc2graph.graph.plan import SAMPLE, Plan
from rc2graph.snapshot import Dataset


@dataclass(frozen=True)
class Closed:
    """What was (in a dry run: would be) removed of a kind: how many, and the first names."""

    total: int
    names: tuple[str, ...]


@dataclass
class LoadResult:
    workspace: str
    state: str
    """ "complete" where each list of the snapshot is, else "partial"."""
    dry_run: bool
    counts: dict[str, Count]
    closed: dict[str, Closed]
    first: bool = False
    """The graph held nothing of this workspace before."""
    sync_id: str | None = None
    """The `Sync` that records this run; None for a dry run, which leaves no record."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Seconds for each of wait, plan, schema, apply; plan is there twice as long where it had to be made again."""
    incomplete: dict[str, Dataset] = field(default_factory=dict)
    """Lists that were not seen in full; where that makes the run partial, they say why and what to do."""
    removed_none: list[str] = field(default_factory=list)
    """Those of them of which nothing was removed, as they prove nothing."""
    withdrawn: list[str] = field(default_factory=list)
    """When loads said that they had begun, which were dated ahead of the clock and do not count any more."""
    unsettled: dict[str, str] = field(default_factory=dict)
    """Teams whose members are not proven, and why: none was removed."""
    refused: GuardError | None = None
    """Of a dry run: what a run would be stopped with."""

    @classmethod
    def of(cls, plan: Plan, *, dry_run: bool) -> "LoadResult":
        closed = {
            kind: Closed(count.closed, tuple(plan.closed(kind, SAMPLE)))
            for kind, count in plan.counts.items()
            if count.closed
        }
        why = plan.rows("SELECT coalesce(name, id), unsettled FROM snap.team WHERE unsettled IS NOT NULL ORDER BY 1")
        return cls(
            plan.workspace, plan.proof.state, dry_run, plan.counts, closed, plan.first,
            incomplete=plan.proof.incomplete,
            removed_none=[name for name in plan.proof.incomplete if name not in plan.proof.whole],
            unsettled=dict(why),
        )  # fmt: skip

    @property
    def changes(self) -> int:
        """How many things differ, of all kinds together."""
        return sum(count.added + count.changed + count.closed + count.returned for count in self.counts.values())

    def as_dict(self) -> dict[str, Any]:
        told = asdict(replace(self, refused=None))
        del told["refused"]
        return {**told, "changes": self.changes}
