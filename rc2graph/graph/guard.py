"""Stop a run that would remove too much: more often a permission was lost or a list came short than people left.

It stands before the first write. Removals were proven by complete lists already; this is for proofs that are wrong.
"""

from dataclasses import dataclass

from rc2graph.errors import GuardError

PERCENT = 10.0
FEW = 5
NAMED = 5


@dataclass(frozen=True)
class Removal:
    """What a plan would take away of one kind. Edges that go with a node that is gone count with the node."""

    kind: str
    before: int
    removed: int
    after: int
    """What is left in the end, with what is added."""
    names: tuple[str, ...] = ()

    @property
    def percent(self) -> float:
        return 100 * self.removed / self.before if self.before else 0.0

    @property
    def needed(self) -> float:
        """The `--allow-removals` that lets it through; 0 where nothing has to."""
        if not self.removed:
            return 0.0
        if self.after <= 0:
            return 100.0
        return self.percent if self.removed > FEW and self.percent > PERCENT else 0.0


def guard(removals: list[Removal], allow_removals: float | None) -> None:
    """Errors: `GuardError`, naming each kind that would lose too much. `allow_removals` is a limit in percent."""
    within = allow_removals is not None and 0 <= allow_removals <= 100  # what is no percentage lets nothing through
    limit = allow_removals if within and allow_removals is not None else 0.0
    stopped = [removal for removal in removals if removal.needed > limit]
    if not stopped:
        return
    needed = max(removal.needed for removal in stopped)
    percent = min(100, int(needed) + (needed > int(needed)))
    raise GuardError(
        "; ".join(_said(removal) for removal in stopped) + ".",
        f"More than {PERCENT:.0f} % and more than {FEW} of a kind, or all of it, need a permission of their own"
        + (f" (--allow-removals {allow_removals:g} is not enough)" if allow_removals is not None else "")
        + ". Nothing was written.",
        f"Look at the list with --dry-run. If it is right, repeat with --allow-removals {percent}.",
        percent=percent,
        removed={removal.kind: removal.removed for removal in stopped},
    )


def _said(removal: Removal) -> str:
    named = ", ".join(removal.names[:NAMED])
    more = removal.removed - min(NAMED, len(removal.names))
    return (
        f"{removal.removed} of {removal.before} {removal.kind} would be removed ({removal.percent:.0f} %"
        f"{', none would be left' if removal.after <= 0 else ''}): {named}{f' and {more} more' if more > 0 else ''}"
    )
