"""What the last load saw in full: only there is "no path" more than "none that was visible" (design: I12)."""

from dataclasses import dataclass
from typing import Any

from rc2graph.errors import UsageError
from rc2graph.graph import state
from rc2graph.graph.connect import Graph

NEEDED = {
    "permission": ("users", "roles", "permissions"),
    "role": ("users", "roles"),
    "team": ("users", "teams", "members", "deactivatedMembers"),
    "room": ("users", "teams", "members", "deactivatedMembers", "rooms"),
}
"""Kind of access → the datasets that an answer about it rests on. Becoming administrator rests on a permission's."""

CALLED = {
    "deactivatedMembers": "team members that are deactivated",
    "members": "team members",
    "rooms": "rooms of teams",
}
STATES = {
    None: "not read",
    "partial": "read in part",
    "forbidden": "not permitted",
    "unsupported": "not offered by this server",
    "skipped": "left out",
}


@dataclass(frozen=True)
class Visibility:
    """The last finished load: when its collection began, each dataset's state, and what it says it did not see."""

    workspace: str
    as_of: str | None
    states: dict[str, str]
    said: tuple[str, ...] = ()

    @classmethod
    def of(cls, graph: Graph, workspace: str) -> "Visibility":
        sync: dict[str, Any] = state.last_sync(graph, workspace) or {}
        states = {key.removesuffix("State"): value for key, value in sync.items() if key.endswith("State")}
        return cls(workspace, sync.get("startedAt"), states, tuple(sync.get("notVisible") or ()))

    def gaps(self, *kinds: str) -> tuple[str, ...]:
        """What an answer about these kinds cannot rest on; empty: all of it was seen."""
        if self.as_of is None:
            return ("anything in full: no load has finished yet",)
        names = dict.fromkeys(name for kind in kinds for name in NEEDED[kind])
        return tuple(
            f"{CALLED.get(name, name)}: {STATES.get(state, state)}"
            for name in names
            if (state := self.states.get(name)) != "complete"
        )


def chosen_workspace(graph: Graph, wanted: str) -> str:
    """The workspace that is meant; the only one where none is named. Errors: `UsageError`."""
    there = state.workspaces(graph)
    if wanted in there or (not wanted and len(there) == 1):
        return wanted or there[0]
    if not there:
        raise UsageError("The graph holds no workspace yet.", "", "rc2graph load")
    held = f"It holds {', '.join(there)}."
    if wanted:
        raise UsageError(f"The graph holds no workspace {wanted!r}.", held, "Name one of these with --workspace.")
    raise UsageError("The graph holds several workspaces.", held, "Name one with --workspace.")
