"""The graph that a reading verb asks: the one there is, or with `--as-of` a snapshot of that day."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rc2graph.cli.terminal import log

if TYPE_CHECKING:
    from rc2graph.graph.connect import Graph, Target

AsOf = Annotated[str, typer.Option("--as-of", help="Ask the newest snapshot of this day or before, such as 2026-06-01.")]  # fmt: skip  # noqa: E501


@contextmanager
def graph_at(target: "Target", home: Path, day: str, workspace: str) -> "Iterator[Graph]":
    """Open for reading. Errors: those of `connect`; `UsageError` where no snapshot is that old."""
    from rc2graph.graph.connect import connect

    if not day:
        with connect(target, write=False, wait=10) as graph:
            yield graph
        return
    from rc2graph.access.as_of import day_of, graph_of, no_snapshot, snapshots_of

    found = snapshots_of(day_of(day), home, workspace)
    if not found:
        raise no_snapshot(day, home, workspace)
    for one in found:
        log.info("%s as of %s: %s", one.workspace, one.started, one.path)
    with graph_of(found) as graph:
        yield graph
