"""From a finished snapshot to the graph: look, plan, guard; then lease, write, and a `Sync` that says so.

A run that the guard, an older snapshot or another writer stops has written nothing, its lease included.
"""

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

from rc2graph.errors import GraphError, GuardError, OlderError, SnapshotError
from rc2graph.graph.apply import NODE_BATCH, Application
from rc2graph.graph.connect import Graph, Transaction
from rc2graph.graph.guard import guard
from rc2graph.graph.lease import Clock, Fence, Lease, Look, Sleep, instant, utc_now
from rc2graph.graph.outcome import Outcome
from rc2graph.graph.plan import EDGE_BATCH, Plan
from rc2graph.graph.reader import Progress
from rc2graph.graph.schema import ensure_schema
from rc2graph.graph.sync import sync_properties
from rc2graph.snapshot import Snapshot

log = logging.getLogger("rc2graph.graph")


def load_snapshot(
    graph: Graph,
    snapshot: Snapshot,
    *,
    workspace: str,
    dry_run: bool = False,
    allow_removals: float | None = None,
    verify: bool = False,
    clock: Clock = utc_now,
    sleep: Sleep = time.sleep,
    progress: Progress | None = None,
    node_batch: int = NODE_BATCH,
    edge_batch: int = EDGE_BATCH,
) -> Outcome:
    """Make the graph say what the snapshot says.

    `allow_removals`: percent of a kind that may go. `verify`: trust no fingerprint. `dry_run`: stop before any write;
    what the guard would stop is then said with its error (`would`).
    Errors: `OlderError` where the graph holds newer data, `GuardError`, `BusyError`, `GraphError`.
    """
    run = _Run(graph, snapshot, workspace, allow_removals, verify, clock, sleep, progress or (lambda *_: None))
    try:
        return run.go(dry_run, node_batch, edge_batch)
    except sqlite3.IntegrityError as error:
        raise GraphError(
            f"The graph holds two nodes with one id of {workspace}.",
            f"Somebody else has made them, or taken the constraint away ({error}). Nothing was written.",
            "Remove the second one, or load into an empty graph.",
        ) from error
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise SnapshotError(
                f"{snapshot.path} broke while it was read: {error}.",
                "Somebody has written into the file, or its disk fails. Whatever was written until then was in it.",
                "Collect anew, and load that: rc2graph load",
            ) from error
        raise SnapshotError(
            f"{snapshot.path} could not be compared with the graph: {error}.",
            "The disk may be full, where temporary files are (TMPDIR), or the file may have been changed.",
            f"Make room, then load it again: rc2graph load --snapshot {snapshot.path}",
        ) from error


class _Run:
    def __init__(
        self,
        graph: Graph,
        snapshot: Snapshot,
        workspace: str,
        allow_removals: float | None,
        verify: bool,
        clock: Clock,
        sleep: Sleep,
        progress: Progress,
    ) -> None:
        self.graph, self.snapshot, self.workspace = graph, snapshot, workspace
        self.allow_removals, self.verify, self.clock, self.progress = allow_removals, verify, clock, progress
        self.id = uuid4().hex
        self.lease = Lease(graph, workspace, self.id, clock=clock, sleep=sleep)
        self.now = snapshot.meta["started"]
        self.seconds: dict[str, float] = {}

    def go(self, dry_run: bool, node_batch: int, edge_batch: int) -> Outcome:
        with self._timed("wait"):
            look = self._looked()
        plan = self._planned(edge_batch, look, dry_run=dry_run)
        try:
            if dry_run:
                return self._outcome(plan, dry_run=True)
            with self._timed("schema"):
                ensure_schema(self.graph)
            try:
                if not self._taken(look.fence):
                    plan.close()
                    look = self.lease.look()
                    self._refuse_older(look)
                    plan = self._planned(edge_batch, look)
                with self._timed("apply"):
                    Application(plan, self.lease, self.now, node_batch=node_batch, progress=self.progress).run()
                    outcome = self._outcome(plan, dry_run=False)
                    self._recorded(plan)
            except BaseException:
                with suppress(GraphError):
                    self.lease.release()
                raise
            return outcome
        finally:
            plan.close()

    def _looked(self) -> Look:
        look = self.lease.wait()
        self._refuse_older(look)
        return look

    def _refuse_older(self, look: Look) -> None:
        if look.started_at is not None and self.now < look.started_at:
            raise OlderError(
                f"The graph holds newer data of {self.workspace} than this snapshot.",
                f"The snapshot is as of {self.now}, the graph as of {look.started_at}. Nothing was written.",
                "Load a newer snapshot.",
            )

    def _planned(self, edge_batch: int, look: Look, *, dry_run: bool = False) -> Plan:
        with self._timed("plan"):
            plan = self._made(edge_batch, look, verify=self.verify)
            try:
                if not self.verify and not plan.fits(self.graph):
                    log.warning("edges were changed by somebody else: comparing everything, as --verify does")
                    plan.close()
                    plan = self._made(edge_batch, look, verify=True)
                try:
                    guard(plan.removals, self.allow_removals)
                except GuardError as error:
                    if dry_run:
                        error.would = self._outcome(plan, dry_run=True)
                    raise
            except BaseException:
                plan.close()
                raise
            return plan

    def _made(self, edge_batch: int, look: Look, *, verify: bool) -> Plan:
        return Plan.made(
            self.graph,
            self.snapshot,
            self.workspace,
            verify=verify,
            edge_batch=edge_batch,
            progress=self.progress,
            holds=look.content,
        )

    def _taken(self, seen: Fence) -> bool:
        """Take the lease. False where somebody wrote since `seen`: the plan is worth nothing then."""
        untouched = True
        while (found := self.lease.take()) is None:
            untouched = False
            with self._timed("wait"):
                self.lease.wait()
        return untouched and found == seen

    def _outcome(self, plan: Plan, *, dry_run: bool) -> Outcome:
        outcome = Outcome.of(plan, dry_run=dry_run)
        outcome.seconds = self.seconds
        outcome.sync_id = None if dry_run else self.id
        return outcome

    def _recorded(self, plan: Plan) -> None:
        properties: dict[str, Any] = sync_properties(plan, finished=instant(self.clock()))

        def record(tx: Transaction) -> None:
            tx.run(
                "load/sync",
                workspace=self.workspace,
                id=self.id,
                url=self.snapshot.meta.get("url"),
                version=self.snapshot.meta.get("version") or None,
                sync=properties,
            )

        self.lease.write(record)
        self.lease.held = False

    @contextmanager
    def _timed(self, phase: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[phase] = self.seconds.get(phase, 0.0) + time.monotonic() - began
