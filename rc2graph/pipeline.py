"""From Rocket.Chat to the graph. Read this first.

    reach      the graph answers, before anything is asked of Rocket.Chat       graph.previous_state
    collect    the workspace is read into a snapshot, and proven complete       collection
    plan       the snapshot is compared with the graph                          graph.plan
    guard      a run that would remove too much ends here                       graph.guard
    apply      the differences are written, by one run at a time                graph.apply, graph.lease
    record     a `Sync` node says what was seen and what was changed            graph.sync

`load` is all of it, `collect` its first half. The graph is written to only when the collection is finished, so a run
that stops on the way has written nothing, and its record is the snapshot.
"""

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from rc2graph import checked
from rc2graph.collection import Collected, PreviousState, Progress
from rc2graph.collection import collect as fill
from rc2graph.config import RESUME_WITHIN, GraphTarget, Source
from rc2graph.duration import written
from rc2graph.errors import DamagedError, GraphError, GuardError, SnapshotError, SourceError, UsageError
from rc2graph.graph import state
from rc2graph.graph.connect import WRITER_WAIT, NoGraphYetError, WorkspaceGraph, connect
from rc2graph.graph.lease import Clock, utc_now
from rc2graph.graph.load import load_snapshot
from rc2graph.graph.load_result import LoadResult
from rc2graph.graph.previous_state import StateInGraph
from rc2graph.reviews.decision_status import DecisionStatus, decision_status
from rc2graph.rocketchat.address import Address, as_workspace
from rc2graph.rocketchat.client import Client
from rc2graph.rocketchat.preflight import Preflight
from rc2graph.scratch import scratch
from rc2graph.secret import looks_secret
from rc2graph.snapshot import Collection, Snapshot
from rc2graph.snapshot.home import finished_snapshot, require_writable, set_aside, unfinished_snapshot
from rc2graph.snapshot.store import Removed, mark_loaded, remove, surplus

log = logging.getLogger("rc2graph.pipeline")


class Reporter:
    """What a run says while it works: override what is of interest. Warnings go to the log `rc2graph` besides."""

    def reached(self, graph: GraphTarget, version: str | None) -> None:
        """`version` of the database; None where the embedded graph has yet to be made."""

    def reading(self, source: Source, workspace: str, *, resumed: bool) -> None:
        """A collection begins, or goes on where the last run stopped."""

    def caller(self, found: Preflight) -> None:
        """Whose the token is, what it may see, and which server answers."""

    def collecting(self, progress: Progress) -> None:
        """Some times a second, always with the same object."""

    def ended(self) -> None:
        """The collection has ended, well or not."""

    def collected(self, snapshot: Path) -> None:
        """All was read into this file, and a load goes on with it."""

    def loading(self, step: str, done: int, total: int) -> None:
        """How far the plan and its writes are; `total` 0 where that is not known."""


SILENT = Reporter()


@dataclass(frozen=True)
class Loaded:
    """What a load came to."""

    result: LoadResult
    snapshot: Path
    """What was loaded. It is kept."""
    collected: Collected | None = None
    """What was read for it; None where a snapshot was there already."""
    decisions: DecisionStatus | None = None
    """What became of the decisions of reviews; None where there are none, and in a dry run."""
    removed: Removed | None = None
    """Older snapshots that are gone now, where `keep` was asked for."""
    several: bool = False
    """The graph holds further workspaces: a command has to name the one that is meant."""

    @property
    def complete(self) -> bool:
        """Everything was seen in full. What was not is in `result.incomplete`, and nothing of it was removed."""
        return self.result.state == "complete"


def load(
    source: Source | Path | str,
    graph: GraphTarget,
    *,
    workspace: str = "",
    dry_run: bool = False,
    allow_removals: float | None = None,
    verify: bool = False,
    withdraw_ahead: bool = False,
    keep: int | None = None,
    emails: bool = True,
    resume_within: timedelta = RESUME_WITHIN,
    reporter: Reporter = SILENT,
    clock: Clock = utc_now,
) -> Loaded:
    """Read a workspace and bring the graph up to date with it.

    source: the Rocket.Chat to read; or the path of a finished snapshot, and Rocket.Chat is not asked.
    graph: where to. Snapshots are kept below its `home`, also beside a Neo4j.
    workspace: its name in the graph; "" for its address.
    dry_run: compare only. Where the guard would stop a run, `result.refused` says so.
    allow_removals: percent of a kind (users, roles, memberships …) that may be removed; None for 10.
    verify: compare every property, and repair what was changed by hand.
    withdraw_ahead: let loads that are dated ahead of this clock count no more.
    keep: then remove all snapshots of the workspace but so many, the newest; None for none.
    emails: store e-mail addresses.
    resume_within: an unfinished collection that began within this time is resumed; an older one is begun anew.
    reporter: is told how far the run is.
    clock: the time by which snapshot and load are dated.

    Errors: `UsageError`, `CredentialsError`, `MissingPermissionError`, `SourceError`, `GuardError`, `GraphError`. After
    the last two `error.snapshot` is the file that was read: `load` takes it, without asking Rocket.Chat again.
    """
    checked.kind("graph", graph, GraphTarget)
    resume_within = checked.length("resume_within", resume_within)
    if allow_removals is not None:
        checked.number("allow_removals", allow_removals, 0, 100)
    if keep is not None:
        checked.whole("keep", keep, 1)
    collected, mend = None, verify and not dry_run
    if isinstance(source, Source):
        name = _name_of(source, workspace)
        require_writable(graph.home)
        previous = StateInGraph(graph, name, allow_removals, verify=verify, mend=mend)
        previous.reach()
        reporter.reached(graph, previous.version)
        collected = _Reading(source, name, emails, resume_within, reporter, previous, clock).below(graph.home)
        file = collected.path
    else:
        file = checked.path("source", source)
        name = _name_in(file, workspace)
    began = time.monotonic()
    try:
        with (
            Snapshot.open(file, check=collected is None) as snapshot,
            _opened(graph, name, write=not dry_run, mend=mend) as opened,
        ):
            result = load_snapshot(  # plan, guard, apply, record
                opened,
                snapshot,
                dry_run=dry_run,
                allow_removals=allow_removals,
                verify=verify,
                withdraw_ahead=withdraw_ahead,
                clock=clock,
                progress=reporter.loading,
            )
            decisions = None if dry_run else _decisions(opened)
            several = len(state.workspaces(opened)) > 1
    except (GuardError, GraphError) as error:
        error.snapshot = file
        raise
    if result.refused:
        result.refused.snapshot = file
    if not dry_run:
        mark_loaded(graph.home, file)
    result.seconds["total"] = time.monotonic() - began
    whole = result.state == "complete" and not dry_run
    removed = _without_older(graph.home, name, keep) if keep and whole else None
    return Loaded(result, file, collected, decisions, removed, several)


def collect(
    source: Source,
    snapshot: Path | str,
    *,
    workspace: str = "",
    overwrite: bool = False,
    emails: bool = True,
    resume_within: timedelta = RESUME_WITHIN,
    reporter: Reporter = SILENT,
) -> Collected:
    """Read a workspace into a snapshot file, without touching any graph.

    snapshot: the file to write. An unfinished one of the same workspace is resumed; a finished one is replaced only
    with `overwrite`. The other parameters are those of `load`.

    Errors: `UsageError`, `CredentialsError`, `MissingPermissionError`, `SourceError`. What was read is kept, and the
    same call goes on from there.
    """
    name = _name_of(checked.kind("source", source, Source), workspace)
    reading = _Reading(source, name, emails, checked.length("resume_within", resume_within), reporter)
    return reading.into(checked.path("snapshot", snapshot), overwrite=overwrite)


# ---- collect


@dataclass(frozen=True)
class _Reading:
    source: Source
    workspace: str
    emails: bool
    resume_within: timedelta
    reporter: Reporter
    previous: PreviousState | None = None
    clock: Clock = utc_now

    def below(self, home: Path) -> Collected:
        """Read into the snapshots of a home. An unfinished one that is damaged is set aside."""
        file = unfinished_snapshot(home, self.workspace)
        try:
            done = self.into(file, overwrite=True)
        except DamagedError as error:
            log.warning("%s What was read of it is kept in %s; beginning anew.", error.what, set_aside(file))
            done = self.into(file, overwrite=True)
        final = finished_snapshot(home, self.workspace, done.started)
        os.replace(file, final)
        self.reporter.collected(final)
        return replace(done, path=final)

    def into(self, file: Path, *, overwrite: bool) -> Collected:
        with Collection.open(file, overwrite=overwrite) as collection, _resumable(collection, self.resume_within):
            client = Client.of(self.source, folder=file.parent)
            self.reporter.reading(self.source, self.workspace, resumed=collection.resumed)
            try:
                return fill(
                    client, collection, workspace=self.workspace, previous=self.previous, emails=self.emails,
                    resume_within=self.resume_within.total_seconds(), now=self.clock,
                    report=self.reporter.collecting, seen=self.reporter.caller,
                )  # fmt: skip
            finally:
                self.reporter.ended()
                client.close()


@contextmanager
def _resumable(collection: Collection, within: timedelta) -> Iterator[None]:
    """Say after a failure that what was read is kept."""
    try:
        yield
    except SnapshotError:
        raise
    except (SourceError, GraphError) as error:
        if collection.meta("started"):
            kept = f"What was read is kept: within {written(within)} the same command goes on from there."
            error.next_step = f"{error.next_step} {kept}".strip()
        raise


# ---- the name of the workspace


def _name_of(source: Source, wanted: str) -> str:
    """What the workspace is called in graph and snapshots. Errors: `UsageError`."""
    wanted = as_workspace(checked.text("workspace", wanted))
    if wanted and (not wanted.isprintable() or len(wanted) > 200):
        raise UsageError("The name of the workspace has characters that make no name.", "", "Use plain letters.")
    if looks_secret(wanted):
        raise UsageError(
            "The name of the workspace looks like a token.",
            "It would be stored in the graph and in every snapshot.",
            "Name the workspace with --workspace, or leave that out: its address is its name.",
        )
    return wanted or str(Address.parse(source.url, insecure=source.insecure_http))


def _name_in(file: Path, wanted: str) -> str:
    """Which workspace a finished snapshot is of; it must be the one that is wanted, where one is."""
    with Snapshot.open(file, check=False) as found:
        held = found.meta.get("workspace", "")
    wanted = as_workspace(wanted)
    if wanted and wanted != held:
        raise SnapshotError(
            f"The snapshot {file} is of another workspace.",
            f"It was read from {held}; asked for is {wanted}.",
            "Name another file, or unset ROCKETCHAT_URL and --workspace.",
        )
    return held


# ---- load


@contextmanager
def _opened(target: GraphTarget, workspace: str, *, write: bool, mend: bool) -> Iterator[WorkspaceGraph]:
    """The graph, for a load or only to compare with. A graph that is not there yet is compared with an empty one, and
    is not made for that. `mend`: where its files are damaged, they are written anew."""
    try:
        with connect(target, write=write, wait=WRITER_WAIT, mend=mend) as graph:
            yield graph.workspace(workspace)
    except NoGraphYetError:
        with (
            scratch("empty") as home,
            connect(replace(target, home=home), write=True) as graph,
        ):
            yield graph.workspace(workspace)


def _decisions(graph: WorkspaceGraph) -> DecisionStatus | None:
    """What became of decisions. The load is done: that this cannot be read does not undo it."""
    try:
        return decision_status(graph)
    except GraphError as error:
        log.warning("What became of decisions could not be read: %s", error.what)
        return None


def _without_older(home: Path, workspace: str, keep: int) -> Removed:
    """Remove old snapshots. The load is done: that one stays does not undo it."""
    try:
        removed = remove(one.path for one in surplus(home, workspace, keep))
    except SnapshotError as error:
        log.warning("Not all old snapshots were removed: %s %s", error.what, error.why)
        return Removed()
    for path in removed.in_use:
        log.warning("%s is in use, and stays", path)
    return removed
