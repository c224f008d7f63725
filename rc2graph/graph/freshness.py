"""Whether what the graph holds is young enough to be relied on, and in a line why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rc2graph.duration import in_words, instant_of
from rc2graph.graph.lease import DURATION


@dataclass(frozen=True)
class Freshness:
    fresh: bool
    why: str

    def as_dict(self) -> dict[str, Any]:
        return {"fresh": self.fresh, "why": self.why}


def freshness(workspace: str, sync: Mapping[str, Any] | None, now: datetime, most: timedelta) -> Freshness:
    """Judge the last finished load (the properties of its `Sync`, or None), by when its reading began.

    Between hosts clocks may be off by as much as a lease allows for; a reading that began later than that in the
    future says that a clock is wrong, and then no age means anything: it is not fresh.
    """
    if not sync:
        return Freshness(False, f"no load of {workspace} has finished yet")
    began = instant_of(sync.get("startedAt"))
    if began is None:
        return Freshness(False, f"the last load of {workspace} does not say when it began")
    if sync.get("state") != "complete":
        return Freshness(False, f"the last load of {workspace} is {sync.get('state') or 'of no state'}, not complete")
    age = now - began
    if age < -DURATION:
        return Freshness(
            False,
            f"the last load of {workspace} began {in_words(-age)} in the future: the clock of one machine is wrong",
        )
    if age > most:
        return Freshness(False, f"{workspace} was read {in_words(age)} ago, which is more than {in_words(most)}")
    ahead = f", {-age.total_seconds():.0f} s ahead of this clock" if age < timedelta(0) else ""
    return Freshness(True, f"{workspace} was read {in_words(max(age, timedelta(0)))} ago{ahead}, and completely")


def together(found: list[Freshness], nothing: str) -> Freshness:
    """One word for all of them: fresh when each is. `nothing`: why, where there is none."""
    if not found:
        return Freshness(False, nothing)
    stale = [one for one in found if not one.fresh]
    return Freshness(not stale, "; ".join(one.why for one in stale or found))
