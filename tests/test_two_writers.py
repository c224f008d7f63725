"""Random worlds into two workspaces with the same ids, in any order: the graph is what a plain model says.

Older snapshots, everything gone without `--allow-removals`, dry runs, `--verify`, a writer that dies, one that another
overtakes, one that sleeps longer than its lease. `-m soak`: a thousand rounds on either engine.
"""

import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import cast

import pytest

from rc2graph.errors import GuardError, OlderError
from rc2graph.graph.connect import Graph, connect
from tests.commands import Desk, ended, office, picture, present, truth
from tests.engines import Engine
from tests.faults import Simulator
from tests.model import Model
from tests.reliability import Tally, Tried
from tests.snapshots import Killed, Time, Watched, World, company, current, loaded, started
from tests.test_apply_killed import mutate
from tests.test_cli_interrupt import patched

NAMES = ("one", "two")


class Rounds:
    """Two workspaces in one graph, each with its own world and its own model."""

    def __init__(self, graph: Graph, folder: Path, seed: int) -> None:
        self.graph, self.folder, self.chance, self.now = graph, folder, random.Random(seed), Time()
        self.worlds = {name: company() for name in NAMES}
        self.models = {name: Model() for name in NAMES}
        self.minute = 0
        self.seen: Counter[str] = Counter()

    def run(self, rounds: int) -> Counter[str]:
        for _ in range(rounds):
            name = self.chance.choice(NAMES)
            for _ in range(self.chance.randrange(8)):
                mutate(self.worlds[name], self.chance)
            act = self.chance.choices(
                [self.load, self.older, self.guarded, self.dry, self.killed, self.overtaken], [8, 1, 1, 1, 2, 1]
            )[0]
            act(name)
            self.seen[act.__name__] += 1
            for each in NAMES:
                self.models[each].holds(self.graph, each)
        self.grew_as_if_made_at_once()
        return self.seen

    def grew_as_if_made_at_once(self) -> None:
        for name in NAMES:
            self.load(name)
            loaded(self.graph, self.worlds[name], self.folder, workspace=f"{name}, made at once")
            assert current(self.graph, name) == current(self.graph, f"{name}, made at once")

    def put(
        self, name: str, graph: Graph | Watched | None = None, world: World | None = None, **options: object
    ) -> str:
        """Load what is true now; when that was."""
        self.minute += 1
        at = str(options.pop("at", started(self.minute)))
        folder = cast(Path, options.pop("folder", self.folder))
        folder.mkdir(exist_ok=True)
        loaded(
            graph or self.graph, self.worlds[name] if world is None else world, folder,
            workspace=name, at=at, now=self.now,
            **{"allow_removals": 100, "node_batch": 7, "edge_batch": 9, **options},
        )  # fmt: skip
        return at

    def load(self, name: str) -> None:
        at = self.put(name, verify=self.chance.random() < 0.2)
        self.models[name].load(self.worlds[name], at)

    def older(self, name: str) -> None:
        """A snapshot from before what is loaded is refused, and writes nothing."""
        if not self.models[name].at:
            return
        with pytest.raises(OlderError):
            self.put(name, at=started(-5))

    def guarded(self, name: str) -> None:
        """Without permission, everything gone at once is refused."""
        if not self.models[name].at or not self.models[name].now.nodes:
            return
        with pytest.raises(GuardError):
            self.put(name, world=World(), allow_removals=None)

    def dry(self, name: str) -> None:
        self.put(name, dry_run=True)

    def killed(self, name: str) -> None:
        """It dies before some transaction; the next run, of a world that has moved on, puts it right."""
        model, world = self.models[name], self.worlds[name].copy()
        try:
            at = self.put(name, Watched(self.graph, self.chance.randrange(3, 14)))
        except Killed:
            died = world, started(self.minute)
        else:
            model.load(world, at)
            return
        self.now.sleep(31)
        mutate(self.worlds[name], self.chance)
        at = self.put(name)
        model.load_after_a_death(died, self.worlds[name], at, self.graph, name)

    def overtaken(self, name: str) -> None:
        """Another writer comes between the look and the lease, with news of its own: the plan is made again."""
        news, between = self.worlds[name].copy(), Watched(self.graph)
        mutate(news, self.chance)

        def other() -> None:
            self.models[name].load(news, self.put(name, world=news, folder=self.folder / "other"))

        between.before[0] = other
        at = started(self.minute + 5)
        self.put(name, between, at=at)
        self.minute += 5
        self.models[name].load(self.worlds[name], at)


def rounds(engine: Engine, folder: Path, number: int, seed: int) -> Counter[str]:
    with connect(engine.target, write=True, wait=10) as graph:
        return Rounds(graph, folder, seed).run(number)


SLEEPY = """
import sys, time
from datetime import timedelta
import rc2graph.graph.lease as lease
lease.DURATION = timedelta(seconds=2)
write, count = lease.Lease.write, 0
def slow(self, work):
    global count
    count += 1
    if count == 4:
        print("writing", file=sys.stderr, flush=True)
        time.sleep(0.5)
    return write(self, work)
lease.Lease.write = slow
from rc2graph.cli import main
sys.argv[0] = "rc2graph"
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_i6_a_writer_that_slept_longer_than_its_lease_writes_nothing_more(tmp_path: Path, neo4j_engine: Engine) -> None:
    """A real process, stopped (a suspended laptop, a frozen container) while another run takes over and ends."""
    company = office()
    with Simulator(company) as server:
        at = Desk(tmp_path).at(server, neo4j_engine)
        at.ok("load")
        company.deactivate("staff.05")
        company.add_team("late", owner="staff.06")
        asleep = patched(at, SLEEPY, "load")
        try:
            assert asleep.stderr is not None
            while "writing" not in (line := asleep.stderr.readline()):
                assert line, "it never wrote"
            asleep.send_signal(signal.SIGSTOP)
            time.sleep(2.5)
            company.delete_team("late")
            company.activate("staff.05")
            (tmp_path / "elsewhere").mkdir()
            at.ok("load", "--home", "elsewhere")
            told, before = present(neo4j_engine), picture(neo4j_engine)
            assert told == truth(company)
        finally:
            asleep.send_signal(signal.SIGCONT)
            said = ended(asleep)
        assert said.code == 7, said
        assert "has taken over" in said.err
        assert picture(neo4j_engine) == before


DONE = "rounds of loads of random worlds into two workspaces"


def test_i5_i6_i14_random_worlds_into_two_workspaces(engine: Engine, tmp_path: Path, tried: Tried) -> None:
    seen = rounds(engine, tmp_path, 30, seed=1)
    assert seen["load"] > 8
    tried(DONE, engine.name, Tally(seen.total()))


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(4))
def test_i5_i6_i14_a_thousand_random_worlds_into_two_workspaces(
    engine: Engine, tmp_path: Path, seed: int, tried: Tried
) -> None:
    seen = rounds(engine, tmp_path, 250, seed=seed)
    assert seen["killed"] > 10
    tried(DONE, engine.name, Tally(seen.total()))
