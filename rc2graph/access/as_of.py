"""Who had access on a day that has passed: from a snapshot of then, or from what the graph remembers.

A snapshot knows everything of its day, and is loaded into a graph of its own for as long as it is asked. The graph's
history knows who held a role or was in a team, as far as loads have seen it, and nothing of what a role granted then.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from rc2graph.access.target import Access
from rc2graph.access.visibility import Visibility
from rc2graph.access.who import Holder, Holders, Way, release_remarks
from rc2graph.config import GraphTarget
from rc2graph.errors import UsageError
from rc2graph.graph.connect import READER_WAIT, Graph, Row, WorkspaceGraph, connect
from rc2graph.graph.load import load_snapshot
from rc2graph.scratch import scratch
from rc2graph.snapshot import Snapshot
from rc2graph.snapshot.store import Stored, begun_by, has_come, newest, none_by, stored

log = logging.getLogger("rc2graph.access")

REMEMBERED = ("role", "team")
UNSEEN = (
    "decisions: a snapshot holds none; without --as-of the graph is asked",
    "history: a snapshot shows one moment; without --as-of the graph is asked",
)
"""What no answer from a snapshot can rest on."""


def day_of(text: str) -> str:
    """A day, `2026-06-01`. Errors: `UsageError`, also where it has not come yet."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no day.", "", "Write it like --as-of 2026-06-01") from error
    return has_come(day)


def snapshots_of(day: str, home: Path, workspace: str = "") -> list[Stored]:
    """Of each workspace (or the one that is named), the newest whole snapshot begun by the end of that day, in UTC."""
    files = [one for one in begun_by(day, stored(home)) if workspace in ("", one.workspace)]
    names = sorted({one.workspace for one in files})
    return [one for name in names for one in newest([file for file in files if file.workspace == name])]


def no_snapshot(day: str, home: Path, workspace: str = "") -> UsageError:
    return none_by(
        day,
        [one for one in stored(home) if workspace in ("", one.workspace)],
        home,
        more=f" The graph itself remembers who held a role or was in a team: rc2graph who role:admin --as-of {day}",
    )


@contextmanager
def graph_at(target: GraphTarget, day: str, workspace: str) -> Iterator[Graph]:
    """Open for reading: the graph, or with a day the snapshots of it. Errors: those of `connect`; `UsageError` where no
    snapshot is that old."""
    if not day:
        with connect(target, write=False, wait=READER_WAIT) as graph:
            yield graph
        return
    found = snapshots_of(day, target.home, workspace)
    if not found:
        raise no_snapshot(day, target.home, workspace)
    for one in found:
        log.info("%s as of %s: %s", one.workspace, one.started, one.path)
    with graph_of(found) as graph:
        yield graph


@contextmanager
def graph_of(snapshots: list[Stored]) -> Iterator[Graph]:
    """These snapshots in an embedded graph that is gone at the end of the block. Errors: those of a load."""
    with scratch("as-of") as home:
        target = GraphTarget(home=home)
        with connect(target, write=True) as graph:
            for one in snapshots:
                with Snapshot.open(one.path, check=not one.whole) as snapshot:
                    load_snapshot(graph.workspace(one.workspace), snapshot)
        with connect(target, write=False) as graph:
            yield graph


def remembered(graph: WorkspaceGraph, visibility: Visibility, access: Access, day: str, *, most: int | None) -> Holders:
    """Who held a role or was in a team at the end of that day, by the graph's own history. Errors: `UsageError`."""
    at = f"{day}T23:59:59.999Z"
    if access.kind not in REMEMBERED:
        raise UsageError(
            f"The graph does not remember who had the {access}.",
            "It keeps the history of roles held and of team membership, not of what roles granted.",
            "Keep the snapshots: from one of that day all of it can be told.",
        )
    loads = graph.read("state/loads", at=at)[0]
    if loads["last"] is None:
        raise _nothing_known(day, loads["first"], visibility.lost.history)
    seen = Visibility.by(graph.name, loads["last"], visibility.version)
    rows = graph.read(f"paths/held-{access.kind}", at=at, **{access.kind: access.id})
    holders = [
        Holder(row["id"], row["user"], row["name"], row["state"], (_way(access.kind, row, loads["first"]),))
        for row in rows
    ]
    states = Counter(one.state for one in holders)
    ways = [way for one in holders for way in one.ways]
    return Holders(
        graph.name,
        seen.as_of,
        access,
        tuple(holders[:most]),
        len(holders),
        dict(states),
        {access.kind: len(holders)},
        (*_limits(seen.as_of, loads["next"]), *release_remarks(seen, access, states, ways)),
        seen.not_visible(access.kind, by=[f"paths/held-{access.kind}"]),
        remembered=True,
    )


def _nothing_known(day: str, first: str | None, lost: str | None) -> UsageError:
    """`first`: the first load that is remembered; `lost`: before when history was lost, as the graph was mended."""
    why = f"The first load is of {first}." if first else "Nothing was ever loaded."
    if lost:
        again = f"The first load after that is of {first}." if first else "No load has begun since."
        why = f"History before {lost} was lost when the graph was mended on {lost[:10]}. {again}"
    return UsageError(f"Nothing is known of {day}.", why, "Name a later day." if first else "rc2graph load")


def _way(kind: str, row: Row, first: str) -> Way:
    since = "seen since the first load, " if row["since"] <= first else "seen since "
    until = f", until {row['until']}" if row["until"] else ""
    return Way(kind, f"{since}{row['since']}{until}", None, None, None, ())


def _limits(last: str | None, following: str | None) -> tuple[str, ...]:
    after = f"the next is of {following}" if following else "it is the last"
    return (
        f"Told from what loads have seen: the one of {last}; {after}. What began and ended between two was never seen.",
        "The state of an account is that of today, and what the role granted then is not remembered: a snapshot of "
        "that day would tell both.",
    )
