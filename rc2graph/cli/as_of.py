"""The graph that a reading verb asks: the one there is, or with `--as-of` a snapshot of that day."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from rc2graph.cli.options import GraphOptions
from rc2graph.cli.terminal import log

if TYPE_CHECKING:
    from rc2graph.graph.connect import Graph

AsOf = Annotated[str, typer.Option("--as-of", help="Ask the newest snapshot of this day or before, such as 2026-06-01.")]  # fmt: skip  # noqa: E501


@contextmanager
def graph_at(at: GraphOptions, day: str) -> "Iterator[Graph]":
    """Open for reading. Errors: those of `connect`; `UsageError` where no snapshot is that old."""
    from rc2graph.graph.connect import connect

    if not day:
        with connect(at.target(), write=False, wait=10) as graph:
            yield graph
        return
    from rc2graph.access.as_of import day_of, graph_of, no_snapshot, snapshots_of

    found = snapshots_of(day_of(day), at.home, at.workspace)
    if not found:
        raise no_snapshot(day, at.home, at.workspace)
    for one in found:
        log.info("%s as of %s: %s", one.workspace, one.started, one.path)
    with graph_of(found) as graph:
        yield graph
