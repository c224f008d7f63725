"""`rc2graph load` is killed (SIGKILL) after a random time, again and again, while people go on changing the source.

A real process, real HTTP, both engines. After every kill: nothing is lost that was true all the time, nothing is there
that was true at no time, nothing is there twice. And the same command ends at the oracle. `-m soak`: hundreds of kills.
"""

import random
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from rc2graph.graph.connect import NoGraphYetError, connect
from rc2graph.simulator import Workspace
from tests.commands import Desk, Pictured, ended, office, present, truth
from tests.engines import Engine
from tests.faults import Simulator
from tests.reliability import Tally, Tried
from tests.snapshots import ask

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

LOAD = ("load", "--allow-removals", "100", "--quiet")
Things = frozenset[tuple[str, ...]]


def stir(workspace: Workspace, chance: random.Random) -> None:
    """One change that people make."""
    people = sorted(id_ for id_, doc in workspace.users.items() if doc.get("username", "").startswith("staff"))
    teams, roles = sorted(workspace.teams), ("helpdesk", "moderator", "guest", "admin")
    user, team, role = chance.choice(people), chance.choice(teams), chance.choice(roles)
    inside = sorted((team, user) for team, rows in workspace.members.items() for user in rows)
    number = workspace.revision
    changes: list[Callable[[], object]] = [
        lambda: workspace.add_user(f"staff.n{number}", roles=["user"]),
        lambda: workspace.delete_user(user) if len(people) > 12 else None,
        lambda: workspace.deactivate(user),
        lambda: workspace.activate(user),
        lambda: workspace.rename(user, f"staff.r{number}"),
        lambda: workspace.assign(user, role),
        lambda: workspace.unassign(user, role) if role in workspace.users[user].get("roles", ()) else None,
        lambda: workspace.add_member(team, user, chance.choice([None, ["owner"], ["member"]])),
        lambda: workspace.remove_member(*chance.choice(inside)),
        lambda: workspace.add_team(f"team-{number}", private=chance.random() < 0.5, owner=user),
        lambda: workspace.delete_team(team) if len(teams) > 2 else None,
        lambda: workspace.grant(chance.choice(["view-logs", "create-user", "edit-room"]), role),
    ]
    chance.choice(changes)()


def things(told: Pictured) -> Things:
    """Labels that say what a thing is, without those that say how it is at the moment."""
    kinds = {"User", "Role", "Team", "Permission"}
    nodes = {(next(label for label in labels.split(":") if label in kinds), id_) for labels, id_, _ in told.nodes}
    return frozenset(nodes | {edge[:3] for edge in told.edges})


def lapsed(engine: Engine) -> None:
    """The killed run's lease has run out: half a minute later."""
    try:
        with connect(engine.target, write=True, wait=20) as graph:
            ask(graph, "MATCH (w:Workspace) REMOVE w.leaseOwner, w.leaseExpires")
    except NoGraphYetError:
        pass


@dataclass
class Killed:
    """A source, a graph, and somebody who pulls the plug."""

    desk: Desk
    engine: Engine
    server: Simulator
    chance: random.Random
    runs: int = 0
    kills: int = 0
    changes: int = 0
    longest: float = 1.0
    """Seconds that an undisturbed run takes."""
    _states: list[Things] = field(default_factory=list)

    def settled(self) -> None:
        """A run that nobody disturbs, which reads everything anew: the graph is the truth."""
        began = time.monotonic()
        self.desk.ok(*LOAD, "--resume-within", "0")
        self.longest = time.monotonic() - began
        told = truth(self.server.workspace)
        assert present(self.engine) == told
        self._states = [things(told)]

    def stirred(self) -> None:
        for _ in range(self.chance.randrange(1, 5)):
            stir(self.server.workspace, self.chance)
            self.changes += 1
        self._states.append(things(truth(self.server.workspace)))

    def struck(self, seconds: float) -> None:
        """One run, killed after so long, unless it was faster."""
        process = self.desk.start(*LOAD)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        said = ended(process)
        self.runs += 1
        self.kills += said.code == -signal.SIGKILL
        assert said.code in (0, -signal.SIGKILL), said
        lapsed(self.engine)
        self.holds()

    def holds(self) -> None:
        found = things(present(self.engine))
        always = frozenset.intersection(*self._states)
        ever = frozenset.union(*self._states)
        assert always <= found, always - found
        assert found <= ever, found - ever


def killed_at_random(desk: Desk, engine: Engine, *, chains: int, seed: int) -> Killed:
    """Chains of one to three kills with changes in between; after each, a run to the end and the oracle."""
    chance = random.Random(seed)
    with Simulator(office(seed=seed)) as server:
        scene = Killed(desk.at(server, engine), engine, server, chance)
        scene.settled()
        for _ in range(chains):
            scene.stirred()
            for _ in range(chance.randrange(1, 4)):
                scene.struck(chance.uniform(0.2, scene.longest))
                if chance.random() < 0.5:
                    scene.stirred()
            if chance.random() < 0.5:  # goes on with what the killed ones have read, which may be older by now
                scene.desk.ok(*LOAD)
                scene.holds()
            scene.settled()
    return scene


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


DONE = "a load killed (SIGKILL) at a random moment, the source moving"


def test_i4_i6_i13_killed_at_any_moment(desk: Desk, engine: Engine, tried: Tried) -> None:
    scene = killed_at_random(desk, engine, chains=1, seed=3)
    assert tried(DONE, engine.name, Tally(scene.runs, scene.kills)).tried


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(6))
def test_i4_i6_i13_killed_at_hundreds_of_moments(desk: Desk, engine: Engine, seed: int, tried: Tried) -> None:
    scene = killed_at_random(desk, engine, chains=20, seed=seed)
    assert tried(DONE, engine.name, Tally(scene.runs, scene.kills)).stopped > 20
