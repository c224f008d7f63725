"""A graph that grew by many loads equals one made at once, and its history is what happened: since when, until when.

Things that went come back, are loaded from what was true weeks ago, and go again; a plain Python model keeps the books.
"""

import random
from collections import Counter
from pathlib import Path

import pytest

from rc2graph.graph.connect import connect
from tests.engines import Engine
from tests.model import Model
from tests.reliability import Tally, Tried
from tests.snapshots import Time, company, current, loaded, started
from tests.test_apply_killed import mutate


def grown(engine: Engine, folder: Path, *, loads: int, seed: int) -> Counter[str]:
    """Each load is of a world that went on from the last one, or went back to one that there was before."""
    chance, now, model, seen = random.Random(seed), Time(), Model(), Counter[str]()
    worlds = [company()]
    with connect(engine.target, write=True, wait=10) as graph:
        for number in range(loads):
            back = len(worlds) > 2 and chance.random() < 0.3
            world = (chance.choice(worlds[:-1]) if back else worlds[-1]).copy()
            for _ in range(chance.randrange(6)):
                mutate(world, chance)
            gone, options = set(model.gone), {"verify": chance.random() < 0.1, "allow_removals": 100}
            loaded(graph, world, folder, at=started(number), now=now, node_batch=5, edge_batch=8, **options)
            model.load(world, started(number))
            model.holds(graph, "acme")
            worlds.append(world)
            seen += Counter(loads=1, returned=len(gone - model.gone), gone=len(model.gone - gone))
        loaded(graph, worlds[-1], folder, workspace="made at once", now=now)
        assert current(graph, fingerprints=True) == current(graph, "made at once", fingerprints=True)
        seen["history"] = len(model.past)
    return seen


DONE = "loads that go on from any earlier state, history compared"


def test_i7_i14_history_over_many_loads(engine: Engine, tmp_path: Path, tried: Tried) -> None:
    seen = grown(engine, tmp_path, loads=16, seed=2)
    assert min(seen["returned"], seen["gone"], seen["history"]) > 3, seen
    tried(DONE, engine.name, Tally(seen["loads"]))


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(5))
def test_i7_i14_history_over_hundreds_of_loads(any_engine: Engine, tmp_path: Path, seed: int, tried: Tried) -> None:
    seen = grown(any_engine, tmp_path, loads=200, seed=seed)
    assert seen["returned"] > 50
    tried(DONE, any_engine.name, Tally(seen["loads"]))
