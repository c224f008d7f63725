"""From a finished snapshot to the graph: look, plan, guard; then lease, write, and a `Sync` that says so.

A run that the guard, an older snapshot or another writer stops has written nothing, its lease included.
"""

import logging
import shlex
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

from rc2graph.errors import GraphError, GuardError, OlderError, SnapshotError
from rc2graph.graph.apply import NODE_BATCH, Application
from rc2graph.graph.connect import Transaction, WorkspaceGraph
from rc2graph.graph.explained import TooLargeError
from rc2graph.graph.guard import guard
from rc2graph.graph.lease import DURATION, Clock, Lease, LeaseState, Sleep, WorkspaceState, instant, utc_now
from rc2graph.graph.load_result import LoadResult
from rc2graph.graph.plan import EDGE_BATCH, Plan
from rc2graph.graph.reader import Progress
from rc2graph.graph.schema import ensure_schema, named_constraint
from rc2graph.graph.sync import sync_properties
from rc2graph.graph.writer import BATCH, Writer
from rc2graph.snapshot import Snapshot

EMBEDDED_SHARE = 5
"""The embedded engine holds a transaction in the memory of this process, and a commit costs it little: its transactions
are so many times smaller."""

log = logging.getLogger("rc2graph.graph")


def load_snapshot(
    graph: WorkspaceGraph,
    snapshot: Snapshot,
    *,
    dry_run: bool = False,
    allow_removals: float | None = None,
    verify: bool = False,
    withdraw_ahead: bool = False,
    clock: Clock = utc_now,
    sleep: Sleep = time.sleep,
    progress: Progress | None = None,
    node_batch: int | None = None,
    edge_batch: int | None = None,
) -> LoadResult:
    """Make the graph say what the snapshot says.

    `allow_removals`: percent of a kind that may go. `verify`: trust no fingerprint. `dry_run`: stop before any write;
    what the guard would stop a run with is then in the result (`refused`). `withdraw_ahead`: this clock is right, so
    loads that are dated after it are no proof of newer data; what they saw first counts as seen first by this one.
    Errors: `OlderError` where the graph holds newer data, `GuardError`, `BusyError`, `GraphError`.
    """
    run = _Run(graph, snapshot, allow_removals, verify, withdraw_ahead, clock, sleep, progress or (lambda *_: None))
    share = EMBEDDED_SHARE if graph.engine == "embedded" else 1
    try:
        return run.go(dry_run, node_batch or NODE_BATCH // share, edge_batch or EDGE_BATCH // share)
    except GraphError as error:
        if type(error.__cause__).__name__ == "ConstraintError":
            with suppress(GraphError):
                named_constraint(graph, error)
        raise
    except sqlite3.IntegrityError as error:
        raise GraphError(
            f"The graph holds two nodes with one id of {graph.name}.",
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
            f"Make room, then load it again: rc2graph load --snapshot {shlex.quote(str(snapshot.path))}",
        ) from error


class _Run:
    def __init__(
        self,
        graph: WorkspaceGraph,
        snapshot: Snapshot,
        allow_removals: float | None,
        verify: bool,
        withdraw_ahead: bool,
        clock: Clock,
        sleep: Sleep,
        progress: Progress,
    ) -> None:
        self.graph, self.snapshot = graph, snapshot
        self.allow_removals, self.verify, self.clock, self.progress = allow_removals, verify, clock, progress
        self.withdraw_ahead, self.withdrawn = withdraw_ahead, list[str]()
        self.id = uuid4().hex
        self.lease = Lease(graph, self.id, clock=clock, sleep=sleep, withdraw_ahead=withdraw_ahead)
        self.now = snapshot.meta["started"]
        self.refused: GuardError | None = None
        self.seconds: dict[str, float] = {}

    def go(self, dry_run: bool, node_batch: int, edge_batch: int) -> LoadResult:
        with self._timed("wait"):
            state = self._looked()
        plan = self._planned(edge_batch, state, dry_run=dry_run)
        try:
            if dry_run:
                return self._result(plan, dry_run=True)
            with self._timed("schema"):
                ensure_schema(self.graph)
            try:
                if not self._taken(state.lease):
                    plan.close()
                    state = self.lease.state()
                    self._refuse_older(state)
                    plan = self._planned(edge_batch, state)
                result, record = self._result(plan, dry_run=False), sync_properties(plan)
                with self._timed("apply"):
                    self._withdraw()
                    while (smaller := self._applied(plan, node_batch, edge_batch)) is not None:
                        plan.close()
                        node_batch, edge_batch = smaller
                        plan = self._planned(edge_batch, WorkspaceState(LeaseState()))
                    self._recorded(record)
                result.withdrawn = self.withdrawn
            except BaseException:
                with suppress(GraphError):
                    self.lease.release()
                raise
            return result
        finally:
            plan.close()

    def _looked(self) -> WorkspaceState:
        state = self.lease.wait()
        self._refuse_older(state)
        return state

    def _refuse_older(self, state: WorkspaceState) -> None:
        """A load that is dated after this clock is no proof of newer data, where somebody says that this one is right;
        the newest of the others is."""
        last = state.started_at
        if last is not None and self.now >= last:
            return
        clock = instant(self.clock())
        if last is not None and last > instant(self.clock() + DURATION) and not self.withdraw_ahead:
            error = OlderError(
                f"The last load of {self.graph.name} is dated ahead of this clock.",
                f"It says {last}, this clock {clock}: this one is behind, or that of the other machine was ahead. "
                "Nothing was written.",
                "Set this clock right and load again. If it is right, add --withdraw-ahead.",
            )
            error.ahead = True
            raise error
        if self.withdraw_ahead or (last is None and state.lease != LeaseState()):
            last = self.graph.read("ahead/newest_load", at=clock)[0]["startedAt"]
        if last is not None and self.now < last:
            raise OlderError(
                f"The graph holds newer data of {self.graph.name} than this snapshot.",
                f"The snapshot is as of {self.now}, the graph as of {last}. Nothing was written.",
                "Load a newer snapshot.",
            )

    def _applied(self, plan: Plan, node_batch: int, edge_batch: int) -> tuple[int, int] | None:
        """Write the plan. Where a server lets no transaction be as large: the sizes to go on with, for a plan of what
        is left. Each transaction may be the last one of a run, so that is what a repeated run would do."""
        try:
            Application(plan, self.lease, self.now, node_batch=node_batch, progress=self.progress).run()
        except TooLargeError as error:
            if edge_batch <= 1:
                raise
            edge_batch //= 2
            log.warning("%s Going on with at most %d rows a transaction.", error.what, edge_batch)
            log.info("%s", error.why)
            return min(node_batch, edge_batch), edge_batch
        return None

    def _withdraw(self) -> None:
        """What loads ahead of the clock have dated counts as of this one. Their records come last: killed before that,
        it is begun again."""
        if not self.withdraw_ahead:
            return
        writer = Writer(self.lease, BATCH)
        for what in ("nodes", "edges"):
            writer.until_none(f"ahead/{what}", now=self.now)
        self.withdrawn = [row["startedAt"] for row in writer.run("ahead/syncs", now=instant(self.clock()))]

    def _planned(self, edge_batch: int, state: WorkspaceState, *, dry_run: bool = False) -> Plan:
        with self._timed("plan"):
            plan = self._made(edge_batch, state, verify=self.verify)
            try:
                if not self.verify and not plan.fits(self.graph):
                    log.warning("edges were changed by somebody else: comparing everything, as --verify does")
                    plan.close()
                    plan = self._made(edge_batch, state, verify=True)
                try:
                    guard(plan.removals, self.allow_removals)
                except GuardError as error:
                    if not dry_run:
                        raise
                    self.refused = error
            except BaseException:
                plan.close()
                raise
            return plan

    def _made(self, edge_batch: int, state: WorkspaceState, *, verify: bool) -> Plan:
        return Plan.made(
            self.graph,
            self.snapshot,
            verify=verify,
            edge_batch=edge_batch,
            progress=self.progress,
            holds=state.content,
        )

    def _taken(self, seen: LeaseState) -> bool:
        """Take the lease. False where somebody wrote since `seen`: the plan is worth nothing then."""
        untouched = True
        while (found := self.lease.acquire()) is None:
            untouched = False
            with self._timed("wait"):
                self.lease.wait()
        return untouched and found == seen

    def _result(self, plan: Plan, *, dry_run: bool) -> LoadResult:
        result = LoadResult.of(plan, dry_run=dry_run)
        result.seconds, result.refused = self.seconds, self.refused
        result.sync_id = None if dry_run else self.id
        return result

    def _recorded(self, properties: dict[str, Any]) -> None:
        properties["finishedAt"] = instant(self.clock())
        if self.withdrawn:
            properties["withdrawnAhead"] = self.withdrawn

        def record(tx: Transaction) -> None:
            tx.run(
                "load/sync",
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
