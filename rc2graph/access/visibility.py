"""What the last load saw in full: only there is "no path" more than "none that was visible" (invariants.md I12).

Two things may be missing: a list, or rows of it (its state says so); and a property that a list does not show, of
nobody or of some (the load counts these, `snapshot/shown.py`). What an answer rests on is read from its Cypher.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from rc2graph.access.basis import Basis, basis_of, basis_of_saved
from rc2graph.catalogue.notes import ReleaseNotes
from rc2graph.graph import state
from rc2graph.graph.connect import WorkspaceGraph
from rc2graph.model import ATTESTATION, COUNTED_NODES, EDGE_TYPES
from rc2graph.snapshot.shown import OF_ACCOUNTS, UNCONFIRMED, meant

NEEDED = {
    "permission": ("users", "roles", "permissions"),
    "role": ("users", "roles"),
    "team": ("users", "teams", "members", "deactivatedMembers"),
    "room": ("users", "teams", "members", "deactivatedMembers", "rooms"),
}
"""Kind of access → the datasets that an answer about it rests on. Becoming administrator rests on a permission's."""
ASKED = {
    "permission": ("paths/why-permission", "paths/why-administrator"),
    "role": ("paths/why-role",),
    "team": ("paths/why-team",),
    "room": ("paths/why-room",),
}
"""Kind of access → the statements that find it."""
FOUND_BY = frozenset(("User.username",))
"""Decides which account is meant, and not what it has."""

LISTED_AS = {
    **{one.label: one.listed for one in COUNTED_NODES},
    **{one.name: one.listed for one in EDGE_TYPES},
    ATTESTATION.label: ("decisions",),
    **{one.history: ("history",) for one in EDGE_TYPES if one.history},
}
"""Label of a node, or type of an edge → the datasets (and `FIELDS`) that bring it."""
_NAMED = re.compile(rf"[:|&]\s*:?({'|'.join(LISTED_AS)})\b")

CALLED = {
    "deactivatedMembers": "team members that are deactivated",
    "members": "team members",
    **{one.noun: one.optional for one in COUNTED_NODES if one.optional},
}
FIELDS = ("emails", "federated", "decisions", "history")
"""What may be missing where every list is whole: of accounts, or of the graph (a snapshot alone has no decisions and no
history). What is not visible then has a line that begins with the name."""
LEFT_OUT = "without username, name and e-mail"
"""Accounts that an older server leaves out of its list of users: what is shown is right, and they are not in it. What
was not visible then has a line that begins with `users` and these words."""
UNKNOWN = Basis()
NOTHING_LOST = state.Lost()
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
    gap_texts: tuple[str, ...] = ()
    version: str | None = None
    """Of the server, as far as it told."""
    last_seen: Mapping[str, str] = field(default_factory=dict)
    """Of datasets that this load did not see in full: as of when an earlier one did, which the graph still holds."""
    lost: state.Lost = NOTHING_LOST
    """What the graph itself has lost. Only what rests on decisions or on history says so."""

    @classmethod
    def of(cls, graph: WorkspaceGraph) -> "Visibility":
        seen = cls.by(graph.name, state.last_sync(graph) or {}, state.version(graph))
        short_of = [name for name, state_ in seen.states.items() if state_ != "complete"]
        known = {name: as_of for name in short_of if (as_of := state.last_seen(graph, name))}
        return replace(seen, last_seen=known, lost=state.lost(graph))

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
        basis = basis_of_saved(*(name for kind in kinds for name in ASKED[kind]))
        needs = (name for kind in kinds for name in NEEDED[kind])
        return self.missing(*needs, basis=Basis(basis.decides - FOUND_BY, basis.shows))

    def missing(self, *needs: str, basis: Basis = UNKNOWN) -> tuple[str, ...]:
        """Which of these datasets and `FIELDS` were not seen in full, which property that decides nobody shows."""
        if self.as_of is None:
            return (UNLOADED,)
        found, named = list[str](), set(needs) & set(FIELDS)
        decides = basis.decides | {OF_ACCOUNTS[name] for name in named & set(OF_ACCOUNTS)}
        for name in dict.fromkeys(needs):
            if name not in FIELDS and (state := self.states.get(name)) != "complete":
                then = f"; what is held of it is as of {self.last_seen[name]}" if name in self.last_seen else ""
                found.append(f"{CALLED.get(name, name)}: {STATES.get(state, state)}{then}")
        for text in self.gap_texts:
            if known := meant(text):
                found += [text] if known[1] and decides & set(known[0].covers) else []
            elif text.partition(":")[0] in named:
                found.append(text)
        found += [text for text in self.lost.texts if text.partition(" ")[0] in named]
        return tuple(found)

    def left_out(self, *needs: str, basis: Basis = UNKNOWN) -> tuple[str, ...]:
        """What lists that were read in full do not tell: accounts that a list among these datasets never holds on this
        server, a property that decides and that some do not show, one that is only shown and that nobody has."""
        found, missing = list[str](), self.missing(*needs, basis=basis)
        for text in self.gap_texts:
            if known := meant(text):
                matters = basis.shows if known[1] else basis.decides
                found += [text] if matters & set(known[0].covers) and text not in missing else []
            elif text.startswith((f"users {LEFT_OUT}", UNCONFIRMED)) and re.split("[ :]", text)[0] in needs:
                found.append(text)
        return tuple(found)

    def behind(self, text: str, columns: Collection[str], needs: Collection[str] = ()) -> tuple[str, ...]:
        """What the rows of a statement do not tell, of the datasets that it `needs`; where these are not known, of
        those whose nodes and edges it names."""
        needs = needs or tuple(chain.from_iterable(LISTED_AS[name] for name in _NAMED.findall(text)))
        basis = basis_of(text, tuple(columns))
        return (*self.missing(*needs, basis=basis), *self.left_out(*needs, basis=basis))

    def not_visible(self, *kinds: str, by: Iterable[str]) -> tuple[str, ...]:
        """The gaps of these kinds, then what else the load said of itself. Of properties only those that decide in the
        statements `by`, and that nobody shows: of a single row the answer mostly says itself what is not visible."""
        basis, gaps = basis_of_saved(*by), self.gaps(*kinds)
        needs = {name for kind in kinds for name in NEEDED[kind]}
        beside = []
        for text in self.gap_texts:
            known = meant(text)
            if text.startswith(UNCONFIRMED) and text.partition(":")[0] not in needs:
                continue
            if known is None or ((known[1] or known[0].quiet) and basis.decides & set(known[0].covers)):
                beside.append(text)
        return tuple(dict.fromkeys((*gaps, *beside)))
