"""An account that is gone is forgotten: by the graph and by every snapshot of the home, together.

The snapshots are rewritten before its node leaves the graph, where its pseudonym is noted down: a run that was stopped
finds it again and goes on with the same.
"""

import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rc2graph.config import GraphTarget
from rc2graph.errors import DamagedError, UsageError
from rc2graph.graph import forget as nodes
from rc2graph.graph.connect import WRITER_WAIT, WorkspaceGraph, connect
from rc2graph.graph.fingerprint import put_aside
from rc2graph.graph.lease import Clock, Sleep, instant, utc_now
from rc2graph.graph.workspace import chosen_workspace
from rc2graph.graph.writer import BATCH
from rc2graph.model import MEMBER_OF, TEAM
from rc2graph.pseudonym import SHORTEST, Pseudonym, drawn
from rc2graph.retention.account import gone
from rc2graph.retention.files import Files
from rc2graph.retention.flow import Plan, Report, removing
from rc2graph.snapshot import forget as rows
from rc2graph.snapshot.store import alone
from rc2graph.text import counted, listed

PLACEHOLDER = "forgotten-…"
LEFT_ON = {TEAM.label: "team", MEMBER_OF.name: "membership"}
"""Who made a team, and who added a member."""
ELSEWHERE = (
    "Not known here: copies of snapshots, packs, pages, worksheets and exports in other places, backups, and what "
    "Rocket.Chat itself still holds."
)


@dataclass(frozen=True)
class Erasure:
    """What is to be done (`word` is not known then), or was done, about one account."""

    workspace: str
    who: Pseudonym
    user: str
    """How it is found again, should this be interrupted."""
    shared: frozenset[str]
    """Names that others have too: where these stand in texts, they are left."""
    graph: nodes.Held
    snapshots: tuple[Path, ...]
    damaged: tuple[Path, ...] = ()
    """Files that cannot be read: they are kept as they are, and may hold the account."""

    def as_dict(self) -> dict[str, Any]:
        """Nothing in it says who it was, so that it can be kept."""
        return {
            "workspace": self.workspace,
            "as": None if self.who.word == PLACEHOLDER else self.who.word,
            "nodes": self.graph.nodes,
            "history": self.graph.edges,
            "decisions": self.graph.decisions,
            "syncs": self.graph.syncs,
            "leftInTeams": sum(self.graph.left.values()),
            "namesOfOthersToo": len(self.shared),
            "namesTooShortForTexts": sum(len(name.strip()) < SHORTEST for name in self.who.names),
            "snapshots": [str(path) for path in self.snapshots],
            "damagedSnapshots": [str(path) for path in self.damaged],
        }

    def lines(self) -> list[str]:
        """What there is of it; nothing in the lines is its name."""
        held = self.graph
        lines = [
            f"In the graph: {counted(held.nodes, 'node')}, {counted(held.edges, 'edge')} of history, "
            f"{counted(held.decisions, 'decision')} and {counted(held.syncs, 'record')} of runs that name them.",
            f"Snapshots that hold them: {len(self.snapshots)}.",
            *(
                f"Damaged, and kept: {path}. If it is an old snapshot, it may hold the user: delete it then."
                for path in self.damaged
            ),
        ]
        if self.shared:
            of_others = counted(len(self.shared), "name")
            lines.append(f"{of_others} that other accounts have too: left where texts say them.")
        if on := [counted(number, LEFT_ON[kind]) for kind, number in sorted(held.left.items(), reverse=True) if number]:
            lines.append(f"Left, as Rocket.Chat says it today: their bare id on {listed(on)}.")
        return lines


def erasure(graph: WorkspaceGraph, home: Path, user: str) -> Erasure:
    """Find out whom `user` (a username, an id, or `id:…`) means, and what there is of the account. Nothing is written.

    Errors: `UnknownUserError`; `UsageError` where there are several, or the user is still there; `BusyError` where a
    snapshot is being written.
    """
    if aside := put_aside(home):
        paths = shlex.join(map(str, aside))
        raise UsageError(
            f"An earlier graph was put aside: {', '.join(map(str, aside))}.",
            "Nobody can say whether the user is in it.",
            f"Remove it, where you do not need it any more: rm -r {paths}; then repeat this.",
        )
    files = Files(home, graph.name)
    found = gone(graph, files, user)
    others = nodes.shared(graph, found.id, found.names)
    who = Pseudonym(found.id, found.names - others, found.word or PLACEHOLDER)
    files.finish_first(who)
    holding = tuple(files.holding(who))
    held = nodes.held(graph, who)
    return Erasure(graph.name, who, found.user, others, held, holding, tuple(files.damaged))


def forget(
    graph: WorkspaceGraph,
    home: Path,
    plan: Erasure,
    *,
    clock: Clock = utc_now,
    sleep: Sleep = time.sleep,
    batch: int = BATCH,
    draw: Callable[[], str] = drawn,
) -> Erasure:
    """Do it, and say what was done. Errors: those of `erasure`; `BusyError` where a load or a reader is in the way."""
    files = Files(home, graph.name)
    with removing(graph, clock=clock, sleep=sleep, batch=batch) as writer:
        for path in plan.snapshots:
            with alone(path):
                pass
        who = replace(plan.who, word=nodes.begin(writer, plan.who.id, plan.user, draw()))
        rewritten = []
        for path in files.holding(who):
            writer.lease.write(lambda tx: None)  # the lease is held through all of them
            try:
                rows.rewrite(path, who, instant(clock()))
            except DamagedError as error:
                files.name(path, error)
            else:
                rewritten.append(path)
        done = nodes.forget(graph, writer, who)
    return replace(plan, who=who, graph=done, snapshots=tuple(rewritten), damaged=tuple(files.damaged))


def planned(target: GraphTarget, workspace: str, user: str, packs_of: Callable[[str], list[Path]]) -> Plan:
    """Find out what would be erased. `packs_of`: the evidence packs about a workspace. Errors: those of `erasure`."""
    with connect(target, write=False, wait=WRITER_WAIT) as graph:
        found = erasure(chosen_workspace(graph, workspace), target.home, user)
    packs = packs_of(found.workspace)
    issued = [
        "Evidence packs are issued, and stay as they are; these may name them:",
        *(f"  {path}" for path in packs),
    ] if packs else []  # fmt: skip

    def json(found: Erasure, *, dry_run: bool) -> dict[str, Any]:
        packed = {"evidencePacks": [str(path) for path in packs], "notKnown": ELSEWHERE}
        return {"dryRun": dry_run, **found.as_dict(), **packed}

    def carry_out() -> Report:
        with connect(target, write=True, wait=WRITER_WAIT) as graph:
            done = forget(graph.workspace(found.workspace), target.home, found)
        first = f"Forgotten: one user of {done.workspace}, who is {done.who.word} from now on."
        rewritten = [f"  rewritten: {path}" for path in done.snapshots]
        return Report([first, *done.lines(), *rewritten, *issued], json(done, dry_run=False))

    lines = [f"{user} of {found.workspace} is gone, and can be forgotten.", *found.lines(), *issued]
    question = "Forget this user? There is no way back."
    return Plan(lines, json(found, dry_run=True), question, carry_out, ELSEWHERE)
