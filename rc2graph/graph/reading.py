"""Which state of the workspace an export shows, and that it is one state: nobody wrote while it was read."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from rc2graph.errors import BusyError, IncompleteError
from rc2graph.graph import state
from rc2graph.graph.connect import WorkspaceGraph
from rc2graph.version import __version__

FINISH = "Finish it: rc2graph load"


@dataclass(frozen=True)
class About:
    """What goes with every export. `asOf` and what follows it are of the last finished load; None: there was none."""

    workspace: str
    asOf: str | None
    loadedAt: str | None
    state: str
    syncId: str | None
    snapshotSha256: str | None
    datasets: dict[str, str]
    """Dataset → its state in that load. Rows of one that is not `complete` are not all there is."""
    notVisible: tuple[str, ...]
    writtenBy: str = f"rc2graph {__version__}"

    def items(self) -> Iterator[tuple[str, Any]]:
        yield from asdict(self).items()


@dataclass(frozen=True)
class Written:
    """What was written: of which state, and how many rows of each kind."""

    about: About
    counts: dict[str, int]


@contextmanager
def reading(graph: WorkspaceGraph, *, finished: bool = False) -> Iterator[About]:
    """Say what is read, and at the end make sure that it stayed the same. `finished`: it goes where nobody sees any
    more that the graph was half loaded.

    Errors: `BusyError` where a load writes meanwhile; `IncompleteError` where no load has `finished`.
    """
    before = _writer(graph)
    sync = state.last_sync(graph) or {}
    if finished and not sync:
        raise half_loaded(graph.name)
    yield About(
        workspace=graph.name,
        asOf=sync.get("startedAt"),
        loadedAt=sync.get("finishedAt"),
        state=sync.get("state", "none"),
        syncId=sync.get("id"),
        snapshotSha256=sync.get("snapshotSha256"),
        datasets={key.removesuffix("State"): sync[key] for key in sorted(sync) if key.endswith("State")},
        notVisible=(*(sync.get("notVisible") or ()), *state.lost(graph).texts),
    )
    if _writer(graph) != before:
        raise _busy(graph.name)


def half_loaded(workspace: str, missed: str = "") -> IncompleteError:
    """`missed`: what was looked for and was not there, which means nothing then."""
    what = f"{workspace} is half loaded: no load of it has finished yet."
    why = "What the graph holds of it is a part, and nobody knows how much is missing."
    return IncompleteError(missed or what, f"{what} {why}" if missed else why, FINISH)


def _writer(graph: WorkspaceGraph) -> tuple[Any, ...]:
    """The mark of the last writer. Every transaction of a load renews it."""
    row = graph.read("state/workspace")[0]
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if row["owner"] is not None and (row["expires"] or "") > now:
        raise _busy(graph.name)
    return row["owner"], row["touched"], row["lastSync"]


def _busy(workspace: str) -> BusyError:
    return BusyError(
        f"{workspace} is being loaded.", "What was read would be of two states.", "Repeat this when the load is done."
    )
