"""What the last load saw in full: only there is "no path" more than "none that was visible" (design: I12)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rc2graph.catalogue.notes import ReleaseNotes
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
FIELDS = ("emails", "federated", "decisions", "history")
"""What may be missing where every list is whole: of accounts, or of the graph (a snapshot alone has no decisions and no
history). What is not visible then has a line that begins with the name."""
LEFT_OUT = "without username, name and e-mail"
"""Accounts that an older server leaves out of its list of users: what is shown is right, and they are not in it. What
was not visible then has a line that begins with `users` and these words."""
UNLOADED = "anything in full: no load has finished yet"
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
    version: str | None = None
    """Of the server, as far as it told."""

    @classmethod
    def of(cls, graph: Graph, workspace: str) -> "Visibility":
        return cls.by(workspace, state.last_sync(graph, workspace) or {}, state.version(graph, workspace))

    @classmethod
    def by(cls, workspace: str, sync: Mapping[str, Any], version: str | None) -> "Visibility":
        """By what a load wrote down of itself, and the version of the server."""
        states = {key.removesuffix("State"): value for key, value in sync.items() if key.endswith("State")}
        return cls(workspace, sync.get("startedAt"), states, tuple(sync.get("notVisible") or ()), version)

    def release_notes(self, rests: Iterable[str]) -> tuple[str, ...]:
        """What the server's release means for an answer that rests on these (`catalogue.notes`)."""
        return () if self.as_of is None else tuple(map(str, ReleaseNotes(self.version).of(rests)))

    def gaps(self, *kinds: str) -> tuple[str, ...]:
        """What an answer about these kinds cannot rest on; empty: all of it was seen."""
        return self.missing(*(name for kind in kinds for name in NEEDED[kind]))

    def missing(self, *needs: str) -> tuple[str, ...]:
        """Which of these datasets and `FIELDS` were not seen in full, and why."""
        if self.as_of is None:
            return (UNLOADED,)
        found = []
        for name in dict.fromkeys(needs):
            if name in FIELDS:
                found += [text for text in self.said if text.startswith(f"{name}:")]
            elif (state := self.states.get(name)) != "complete":
                found.append(f"{CALLED.get(name, name)}: {STATES.get(state, state)}")
        return tuple(found)

    def left_out(self, *needs: str) -> tuple[str, ...]:
        """What a list among these datasets never holds on this server, though it was read in full."""
        return tuple(text for text in self.said if "users" in needs and text.startswith(f"users {LEFT_OUT}"))


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


def chosen_workspaces(graph: Graph, wanted: str) -> list[str]:
    """The workspace that is named, or all that the graph holds. Errors: `UsageError`."""
    there = state.workspaces(graph)
    return there if there and not wanted else [chosen_workspace(graph, wanted)]
