"""One writer a workspace, and a writer that lost its lease writes no more."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from rc2graph.errors import BusyError, GuardError
from rc2graph.graph.connect import Graph, connect
from rc2graph.graph.lease import Lease, instant
from tests.engines import Engine
from tests.snapshots import Killed, Time, Watched, ask, company, current, everything, expected, loaded


@pytest.fixture
def graph(engine: Engine) -> Iterator[Graph]:
    with connect(engine.target, write=True) as graph:
        yield graph


def lease(graph: Graph, now: Time, me: str | None = None) -> Lease:
    return Lease(graph.workspace("acme"), me or uuid4().hex, clock=now.clock, sleep=now.sleep)


def test_i6_only_one_holds_it(graph: Graph) -> None:
    now = Time()
    first, second = lease(graph, now, "first"), lease(graph, now, "second")
    assert first.acquire() is not None
    assert second.acquire() is None
    now.sleep(29)
    assert second.acquire() is None
    first.write(lambda tx: None)  # thirty seconds more
    now.sleep(29)
    assert second.acquire() is None
    now.sleep(1)
    before = second.acquire()
    assert before is not None
    assert (before.owner, before.touched) == ("first", "first")
    second.release()
    assert ask(graph, "MATCH (w:Workspace) RETURN properties(w) AS p") == [
        {"p": {"id": "acme", "workspace": "acme", "leaseTouched": "second"}}
    ]


def test_i6_of_many_at_once_one_gets_it(graph: Graph) -> None:
    now = Time()
    graph.execute("schema/key/Workspace")
    for _ in range(5):
        leases = [lease(graph, now) for _ in range(8)]
        gate = threading.Barrier(8)
        won: list[str] = []

        def race(one: Lease, gate: threading.Barrier = gate, won: list[str] = won) -> None:
            gate.wait()
            if one.acquire() is not None:
                won.append(one.me)

        threads = [threading.Thread(target=race, args=(one,)) for one in leases]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1
        assert ask(graph, "MATCH (w:Workspace) RETURN w.leaseOwner AS o") == [{"o": won[0]}]
        now.sleep(30)


def test_i6_a_held_workspace_is_waited_for_a_minute(graph: Graph, tmp_path: Path) -> None:
    now = Time()
    other = lease(graph, now, "other")
    other.acquire()
    loaded(graph, company(), tmp_path, now=now)  # it ran out after thirty seconds
    assert current(graph) == expected(company())
    other.acquire()
    ask(graph, "MATCH (w:Workspace) SET w.leaseExpires = '9999-01-01T00:00:00.000Z'")
    before, began = everything(graph), now.now
    with pytest.raises(BusyError, match="Another run is writing acme"):
        loaded(graph, company(), tmp_path, now=now)
    assert now.now - began == timedelta(seconds=60)
    assert everything(graph) == before


def test_i6_a_writer_that_lost_its_lease_writes_no_more(graph: Graph, tmp_path: Path) -> None:
    world = company()
    total = Watched(graph)
    loaded(total, world, tmp_path)
    for writes in range(1, total.writes):
        ask(graph, "MATCH (n) DETACH DELETE n")
        now = Time()
        other = lease(graph, now, "other")
        watched = Watched(graph)
        then: list[tuple[list[str], list[str]]] = []

        def overtaken(now: Time = now, other: Lease = other, then: list[tuple[list[str], list[str]]] = then) -> None:
            now.sleep(31)
            assert other.acquire() is not None
            then.append(everything(graph))

        watched.before[writes] = overtaken
        with pytest.raises(BusyError, match="taken over"):
            loaded(watched, world, tmp_path, now=now)
        assert everything(graph) == then[0]
        assert ask(graph, "MATCH (w:Workspace) RETURN w.leaseOwner AS o, w.lastSyncId AS s") == [
            {"o": "other", "s": None}
        ]
        other.release()
    loaded(graph, world, tmp_path)
    assert current(graph) == expected(world)


def test_i6_who_wrote_since_the_plan_is_noticed(graph: Graph, tmp_path: Path) -> None:
    """Another run begins and ends between our look and our lease: the plan is made again, on what it left."""
    first, second = company(), company()
    second.delete_user("bob")
    second.user("new", "admin")
    loaded(graph, first, tmp_path, at="2026-01-01T00:00:00.000Z")
    between = Watched(graph)
    between.before[0] = lambda: loaded(graph, second, tmp_path / "other", at="2026-01-02T00:00:00.000Z")
    (tmp_path / "other").mkdir()
    third = second.copy()
    third.change("new", roles=("user",))
    loaded(between, third, tmp_path, at="2026-01-03T00:00:00.000Z")
    assert current(graph) == expected(third)


def test_i6_a_slow_writer_that_died_is_noticed(graph: Graph, tmp_path: Path) -> None:
    """Its lease had run out when we looked; then it wrote on, and died. Owner and last run are as they were."""
    now = Time()
    world = company()
    loaded(graph, world, tmp_path, now=now)
    slow = lease(graph, now, "slow")
    slow.acquire()
    now.sleep(40)
    less = world.copy()
    less.delete_user("bob")

    def wakes() -> None:
        slow.write(lambda tx: tx.run("close/edges/HAS_ROLE", workspace="acme", now="x", rows=[["ana", "admin"]]))
        now.sleep(31)

    watched = Watched(graph)
    watched.before[0] = wakes
    loaded(watched, less, tmp_path, now=now)
    assert current(graph) == expected(less)


def test_i15_the_guard_stands_under_the_lease_too(graph: Graph, tmp_path: Path) -> None:
    world, more = company(), company()
    for number in range(20):
        more.user(f"more{number}", "user")
    loaded(graph, world, tmp_path, at="2026-01-01T00:00:00.000Z")
    (tmp_path / "other").mkdir()
    watched = Watched(graph)
    watched.before[0] = lambda: loaded(graph, more, tmp_path / "other", at="2026-01-02T00:00:00.000Z")
    with pytest.raises(GuardError, match="20 of 37 users"):
        loaded(watched, world, tmp_path, at="2026-01-03T00:00:00.000Z")
    assert current(graph) == expected(more)
    assert ask(graph, "MATCH (w:Workspace) RETURN w.leaseOwner AS o") == [{"o": None}]


def test_a_run_that_fails_gives_the_lease_back(graph: Graph, tmp_path: Path) -> None:
    now = Time()
    watched = Watched(graph)

    def fails() -> None:
        raise KeyboardInterrupt

    watched.before[2] = fails
    with pytest.raises(KeyboardInterrupt):
        loaded(watched, company(), tmp_path, now=now)
    began = now.now
    loaded(graph, company(), tmp_path, now=now)
    assert now.now == began
    assert current(graph) == expected(company())


def test_i4_i6_a_killed_run_is_waited_for(graph: Graph, tmp_path: Path) -> None:
    now = Time()
    with pytest.raises(Killed):
        loaded(Watched(graph, dies_after=3), company(), tmp_path, now=now)
    loaded(graph, company(), tmp_path, now=now)
    assert now.now >= Time().now + timedelta(seconds=30)
    assert current(graph) == expected(company())


def test_instants_sort_as_text() -> None:
    now = Time()
    texts = []
    for _ in range(5):
        texts.append(instant(now.now))
        now.sleep(0.5)
    assert texts == sorted(texts)
    assert texts[0] == "2026-06-01T00:00:00.000Z"
