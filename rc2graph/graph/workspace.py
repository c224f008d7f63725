"""Which workspace of a graph somebody means."""

from rc2graph.errors import UsageError
from rc2graph.graph import state
from rc2graph.graph.connect import Graph, WorkspaceGraph


def chosen_workspace(graph: Graph, wanted: str) -> WorkspaceGraph:
    """The one that is named, or the only one where none is. Errors: `UsageError`."""
    there = state.workspaces(graph)
    if wanted in there or (not wanted and len(there) == 1):
        return graph.workspace(wanted or there[0])
    if not there:
        raise UsageError("The graph holds no workspace yet.", "", "rc2graph load")
    held = f"It holds {', '.join(there)}."
    if wanted:
        raise UsageError(f"The graph holds no workspace {wanted!r}.", held, "Name one of these with --workspace.")
    raise UsageError("The graph holds several workspaces.", held, "Name one with --workspace.")


def chosen_workspaces(graph: Graph, wanted: str) -> list[WorkspaceGraph]:
    """The one that is named, or all that the graph holds. Errors: `UsageError`, also where it holds none."""
    there = state.workspaces(graph)
    return [graph.workspace(name) for name in there] if there and not wanted else [chosen_workspace(graph, wanted)]
