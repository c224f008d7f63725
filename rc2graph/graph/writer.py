"""Write beside loads: hold the lease of a workspace for as long as it takes, and remove things in bounded batches."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

from rc2graph.errors import GraphError
from rc2graph.graph.connect import WorkspaceGraph
from rc2graph.graph.explained import TooLargeError
from rc2graph.graph.lease import Clock, Lease, Sleep, utc_now

BATCH = 5_000
"""Nodes or edges that one transaction removes."""


class Writer:
    """What may be done to one workspace while its lease is ours."""

    def __init__(self, lease: Lease, batch: int) -> None:
        self.lease, self.batch = lease, batch

    def run(self, name: str, **params: Any) -> list[dict[str, Any]]:
        """One statement in a transaction of its own. Errors: `BusyError` where the lease is lost; `GraphError`."""
        return self.lease.write(lambda tx: tx.run(name, **params))

    def until_none(self, name: str, **params: Any) -> int:
        """A statement that removes at most a batch, until it finds nothing more; how many it removed in all. Where a
        server lets no transaction be as large, batches are halved."""
        total = 0
        while number := self._batch(name, **params):
            total += number
        return total

    def _batch(self, name: str, **params: Any) -> int:
        while True:
            try:
                return int(self.run(name, batch=self.batch, **params)[0]["number"])
            except TooLargeError:
                if self.batch <= 1:
                    raise
                self.batch //= 2


@contextmanager
def writing(
    graph: WorkspaceGraph, *, clock: Clock = utc_now, sleep: Sleep = time.sleep, batch: int = BATCH
) -> Iterator[Writer]:
    """Wait for the lease of a workspace, hold it, and give it back. Errors: `BusyError` after a minute."""
    lease = Lease(graph, uuid4().hex, clock=clock, sleep=sleep)
    lease.wait()
    while lease.acquire() is None:
        lease.wait()
    try:
        yield Writer(lease, batch)
    finally:
        with suppress(GraphError):
            lease.release()
