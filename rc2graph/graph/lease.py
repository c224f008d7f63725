"""One writer a workspace: a lease of thirty seconds on its `Workspace` node.

Every write transaction begins by renewing it where it is still ours, under a lock that lasts until the commit. So a
writer whose lease went to somebody else while it slept writes nothing more, and nobody can take a lease in the middle
of a transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from rc2graph.errors import BusyError
from rc2graph.graph.connect import Transaction, WorkspaceGraph

DURATION = timedelta(seconds=30)
PATIENCE = timedelta(seconds=60)
POLL = timedelta(seconds=0.5)

Clock = Callable[[], datetime]
Sleep = Callable[[float], None]
Result = TypeVar("Result")


@dataclass(frozen=True)
class LeaseState:
    """What the `Workspace` node said: equal before and after a plan was made, nobody wrote in between.

    Every transaction of a writer moves `expires`, so a slow one whose lease had run out is noticed too.
    """

    owner: str | None = None
    expires: str | None = None
    touched: str | None = None
    last_sync: str | None = None


@dataclass(frozen=True)
class WorkspaceState:
    """Its lease, and when the data was collected that the last finished run loaded."""

    lease: LeaseState
    started_at: str | None = None
    content: str | None = None
    """What the last run loaded (`Plan.content`), where nobody has begun to write since."""


class Lease:
    """The lease of one run (`me`). The clock is the client's: between hosts it may be off by less than the lease.

    `withdraw_ahead`: this clock is right, so a lease that ends later than any can is not waited for. Should the run
    that took it still write, it stops.
    """

    def __init__(
        self, graph: WorkspaceGraph, me: str, *, clock: Clock, sleep: Sleep, withdraw_ahead: bool = False
    ) -> None:
        self.graph, self.me = graph, me
        self._clock, self._sleep = clock, sleep
        self._patience = PATIENCE
        self._withdraw_ahead, self._impossible = withdraw_ahead, ""
        self.held = False

    def wait(self) -> WorkspaceState:
        """Wait until nobody else holds the workspace, and say what its node says. Nothing is written.

        Errors: `BusyError` after a minute of waiting, all waits of this run together.
        """
        while True:
            state = self.state()
            lease = state.lease
            if lease.owner in (None, self.me) or str(lease.expires or "") <= instant(self._clock()):
                return state
            ahead = str(lease.expires) > instant(self._clock() + 2 * DURATION)  # no lease is as long
            if ahead and self._withdraw_ahead:
                self._impossible = str(lease.expires)
                return state
            if self._patience <= timedelta(0):
                raise BusyError(
                    f"Another run is writing {self.graph.name}.",
                    f"It holds the workspace until {lease.expires} (run {lease.owner}); nothing was written.",
                    "Repeat this when the other run has ended."
                    if not ahead
                    else "That is ahead of this clock: set it right. If it is right, rc2graph load --withdraw-ahead",
                )
            self._sleep(POLL.total_seconds())
            self._patience -= POLL

    def acquire(self) -> LeaseState | None:
        """Take the lease, and say what the node said just before; None where somebody else was faster."""

        def acquire(tx: Transaction) -> LeaseState | None:
            now = self._clock()
            lapsed, until = max(instant(now), self._impossible), instant(now + DURATION)
            rows = tx.run("load/acquire", me=self.me, now=lapsed, until=until)
            return (
                LeaseState(rows[0]["owner"], rows[0]["expires"], rows[0]["touched"], rows[0]["lastSync"])
                if rows
                else None
            )

        lease = self.graph.write(acquire)
        self.held = lease is not None
        return lease

    def write(self, work: Callable[[Transaction], Result]) -> Result:
        """Run `work` in a transaction that holds the lease. Errors: `BusyError` where it is lost: nothing written."""

        def guarded(tx: Transaction) -> Result:
            until = instant(self._clock() + DURATION)
            if not tx.run("load/renew", me=self.me, until=until):
                self.held = False
                raise BusyError(
                    f"Another run has taken over {self.graph.name}.",
                    "This one was silent for longer than its lease; it has stopped writing.",
                    "Repeat this when the other run has ended.",
                )
            return work(tx)

        return self.graph.write(guarded)

    def release(self) -> None:
        """Give the lease back, where it is still ours. That we had it stays on the node."""
        if self.held:
            self.held = False
            self.graph.write(lambda tx: tx.run("load/release", me=self.me))

    def state(self) -> WorkspaceState:
        rows = self.graph.read("state/workspace")
        if not rows:
            return WorkspaceState(LeaseState())
        row = rows[0]
        lease = LeaseState(row["owner"], row["expires"], row["touched"], row["lastSync"])
        content = row["content"] if lease.touched == lease.last_sync else None
        return WorkspaceState(lease, row["startedAt"], content)


def utc_now() -> datetime:
    return datetime.now(UTC)


def instant(moment: datetime) -> str:
    """ISO in UTC with milliseconds and `Z`: fixed width, so that two of them compare as strings."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
