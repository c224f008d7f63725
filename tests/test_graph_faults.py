"""The graph goes away, at any moment and in any way: nothing is lost, nothing doubled, and the same command ends well.

A wire between driver and graph is cut at each message of a load in turn, before the server has it or before its answer
comes back, for a moment or for good. The embedded graph is reached through a wire too. The default run cuts at some of
them; `-m soak` at all.
"""

import re
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import neo4j.exceptions
import pytest

from rc2graph.config import GraphTarget
from rc2graph.errors import GraphError, Rc2graphError
from rc2graph.graph import state
from rc2graph.graph.connect import Graph, connect
from rc2graph.graph.explained import TooLargeError, explained
from rc2graph.retention.forget import erasure, forget
from rc2graph.retention.prune import prune
from rc2graph.retention.purge import purge
from rc2graph.simulator.sized import sized
from tests import engines
from tests.commands import Desk, office, present, truth
from tests.engines import Engine
from tests.faults import Simulator
from tests.moved import is_between
from tests.proxy import Wire, through
from tests.reliability import Tally, Tried
from tests.review import world_of
from tests.snapshots import Dump, Time, Watched, World, ask, company, current, expected, loaded
from tests.test_apply_killed import before, much_changed
from tests.test_cli_errors import at_most

NOBODYS_WORDS = re.compile(
    r"Resolved|defunct|Errno|Exception|Traceback|com\.|\bMATCH\b|MERGE|UNWIND|CREATE |RETURN|// |\$\w|0x|\(\(|<|sub-e"
)
"""Of the driver, of a class, of our own statements."""


def readable(error: Rc2graphError) -> None:
    """What failed, why, and what to do, in sentences."""
    assert error.exit_code == 7
    for text in (error.what, error.why, error.next_step):
        assert re.fullmatch(r"[A-Z].*[.]", text), error
        assert not NOBODYS_WORDS.search(text), error


class Worlds:
    """What the graph held, and what it is to hold; each case in a workspace of its own."""

    def __init__(self, graph: Graph, folder: Path) -> None:
        self.graph, self.folder, self.old, self.new = graph, folder, before(), much_changed()
        self.was, self.wanted = expected(self.old), expected(self.new)

    def load(self, world: World, workspace: str, now: Time, graph: Any = None) -> None:
        loaded(
            graph or self.graph, world, self.folder, workspace=workspace, now=now, allow_removals=100,
            node_batch=6, edge_batch=9,
        )  # fmt: skip

    def is_between(self, workspace: str) -> Dump:
        found = current(self.graph, workspace)
        is_between(found, self.was, self.wanted)
        return found


# ---- the connection breaks


def cut_everywhere(engine: Engine, folder: Path, *, answered: bool, lasting: bool, step: int = 1) -> Tally:
    """Cut at each `step`th message of a load."""
    wire, tally = Wire(), Tally()
    with through(wire, engine.target) as graph:
        worlds = Worlds(graph, folder)
        worlds.load(worlds.old, "whole", Time())
        begun = wire.messages
        worlds.load(worlds.new, "whole", Time())
        length = wire.messages - begun
        assert length > 60
        for nth in range(1 + step // 3, length, step):
            now, workspace = Time(), f"cut-{nth}"
            worlds.load(worlds.old, workspace, now)
            wire.cut_at(nth, answered=answered, lasting=lasting)
            failed = False
            try:
                worlds.load(worlds.new, workspace, now)
            except GraphError as error:
                failed = True
                readable(error)
            cuts = wire.cuts
            wire.mend()
            assert failed >= (cuts > 0 and lasting), nth
            assert cuts or nth > length * 0.9, nth  # no two loads say quite the same number of things
            worlds.is_between(workspace)
            assert failed or current(graph, workspace) == worlds.wanted, nth
            worlds.load(worlds.new, workspace, now)
            assert current(graph, workspace) == worlds.wanted, nth
            tally += Tally(int(cuts > 0), int(failed))
        assert current(graph, "whole") == worlds.wanted
    return tally


FOR_A_MOMENT = {"answered": True, "lasting": False}
FOR_GOOD = {"answered": False, "lasting": True}


DONE = "the connection to the graph cut at a message of a load"


def ways(way: dict[str, bool]) -> str:
    return f"{'answer lost' if way['answered'] else 'message lost'}, {'for good' if way['lasting'] else 'for a moment'}"


@pytest.mark.parametrize("way", [FOR_A_MOMENT, FOR_GOOD], ids=ways)
def test_i4_i6_the_connection_is_cut_in_the_middle(
    engine: Engine, tmp_path: Path, way: dict[str, bool], tried: Tried
) -> None:
    cut = cut_everywhere(engine, tmp_path, **way, step=23)
    assert tried(f"{DONE} ({ways(way)})", engine.name, cut).tried > 3


@pytest.mark.soak
@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("lasting", [False, True])
def test_i4_i6_the_connection_is_cut_at_every_message(
    any_engine: Engine, tmp_path: Path, answered: bool, lasting: bool, tried: Tried
) -> None:
    way = {"answered": answered, "lasting": lasting}
    assert tried(f"{DONE} ({ways(way)})", any_engine.name, cut_everywhere(any_engine, tmp_path, **way)).tried > 60


# ---- failures that pass


def deadlock() -> neo4j.exceptions.Neo4jError:
    code = "Neo.TransientError.Transaction.DeadlockDetected"
    return neo4j.exceptions.Neo4jError._hydrate_neo4j(code=code, message="ForsetiClient[7] can't acquire ExclusiveLock")


class Flaky(Watched):
    """Every transaction has done all of its work when it fails for the first time, as in a deadlock."""

    times = 1

    def write(self, work: Any) -> Any:
        left = [self.times]

        def fails(tx: Any) -> Any:
            result = work(tx)
            if left[0]:
                left[0] -= 1
                raise deadlock()
            return result

        return super().write(fails)


def test_i6_i14_every_transaction_fails_once_and_nothing_is_doubled(engine: Engine, tmp_path: Path) -> None:
    with through(Wire(), engine.target, retry=30) as graph:
        worlds, now = Worlds(graph, tmp_path), Time()
        for world, wanted in ((worlds.old, worlds.was), (worlds.new, worlds.wanted)):
            worlds.load(world, "acme", now, Flaky(graph))
            assert current(graph) == wanted


def test_i15_a_graph_that_stays_busy_is_said_to_be(engine: Engine, tmp_path: Path) -> None:
    class Busy(Flaky):
        times = 10_000

    with through(Wire(), engine.target, retry=0.1) as graph:
        worlds, now = Worlds(graph, tmp_path), Time()
        worlds.load(worlds.old, "acme", now)
        with pytest.raises(GraphError, match="failed" if graph.engine == "embedded" else "too busy") as busy:
            worlds.load(worlds.new, "acme", now, Busy(graph))
        readable(busy.value)
        assert ("others" in busy.value.next_step) == (graph.engine == "neo4j"), "nobody else is in an embedded graph"
        assert current(graph) == worlds.was


# ---- the server, or the disk


@pytest.mark.soak
@pytest.mark.parametrize("writes", [1, 8, 20, 33])
def test_i4_the_server_is_killed_and_comes_back_read_only_and_then_whole(tmp_path: Path, writes: int) -> None:
    try:
        java, classpath = engines._java(engines.LTS), engines._classpath(engines.LTS)
    except engines._NoneHereError as error:
        pytest.skip(str(error))
    home, files, now = tmp_path / "neo4j", tmp_path / "files", Time()
    for folder in (home, files):
        folder.mkdir()

    def at(uri: str) -> Any:
        return through(Wire(), GraphTarget(uri, "neo4j", "only-for-this-test", None, files))

    with ExitStack() as power:
        uri = power.enter_context(engines.started(java, classpath, engines.LTS, home=home))
        engines._log_in(uri, "only-for-this-test")
        with at(uri) as graph:
            worlds = Worlds(graph, files)
            worlds.load(worlds.old, "acme", now)
            watched = Watched(graph)
            watched.before[writes] = power.close  # SIGKILL
            with pytest.raises(GraphError) as gone:
                worlds.load(worlds.new, "acme", now, watched)
            readable(gone.value)
    read_only = {"server.databases.read_only": "neo4j"}
    with engines.started(java, classpath, engines.LTS, home=home, **read_only) as uri, at(uri) as graph:
        worlds.graph = graph
        found = worlds.is_between("acme")
        with pytest.raises(GraphError, match="takes no writes") as refused:
            worlds.load(worlds.new, "acme", now)
        assert refused.value.exit_code == 7
        assert current(graph) == found
    with engines.started(java, classpath, engines.LTS, home=home) as uri, at(uri) as graph:
        worlds.graph = graph
        worlds.load(worlds.new, "acme", now)
        assert current(graph) == worlds.wanted


def test_a_server_that_ends_large_transactions_gets_small_ones(tmp_path: Path) -> None:
    """A limit that is far below what a batch needs; and a query that nothing makes smaller."""
    try:
        java, classpath = engines._java(engines.LTS), engines._classpath(engines.LTS)
    except engines._NoneHereError as error:
        pytest.skip(str(error))
    world = company()
    for number in range(500):
        world.user(f"m{number:04}", "user", name="Many " * 60)
        world.join("blue", f"m{number:04}")
    with engines.started(java, classpath, engines.LTS, **{"db.memory.transaction.max": "2m"}) as uri:
        engines._log_in(uri, "only-for-this-test")
        target = GraphTarget(uri, None, "only-for-this-test", None, tmp_path)
        with connect(target, write=True) as graph:
            began = time.monotonic()
            done = loaded(graph, world, tmp_path, edge_batch=1_000)
            assert time.monotonic() - began < 60, "the driver alone repeats each of them for half a minute"
            assert done.counts["users"].added == len(world.users)
            assert current(graph) == expected(world)
            assert loaded(graph, world, tmp_path).changes == 0
            assert purge(graph.workspace("acme"))["users"] == len(world.users)
        with connect(target, write=False) as graph, pytest.raises(GraphError) as refused:
            graph.query("UNWIND range(1, 1000000) AS n RETURN collect(n)")
    readable(refused.value)
    assert "db.memory.transaction.max" in refused.value.next_step
    assert "others" not in str(refused.value)


@pytest.mark.soak
def test_fifty_thousand_accounts_within_sixteen_mebibytes_and_five_seconds(tmp_path: Path) -> None:
    """Loaded, compared, changed, half of it gone, one of these forgotten, history and all removed: no transaction is
    larger, nor takes longer, than this server lets any."""
    java, classpath = engines._java(engines.LTS), engines._classpath(engines.LTS)
    world = world_of(sized(50_000, 60, 2_000, 125_000, 200_000))
    world.orphans = {}
    half = world.copy()
    gone, teams = set(sorted(half.users)[::2]), set(sorted(half.teams)[::2])
    half.users = {id_: user for id_, user in half.users.items() if id_ not in gone}
    half.teams = {id_: team for id_, team in half.teams.items() if id_ not in teams}
    half.members = {key: row for key, row in half.members.items() if key[0] not in teams and key[1] not in gone}
    half.rooms = {id_: room for id_, room in half.rooms.items() if room.team_id not in teams}
    limits = {"db.memory.transaction.max": "16m", "db.transaction.timeout": "5s"}
    with engines.started(java, classpath, engines.LTS, flags=("-Xmx1g", "-XX:+UseSerialGC"), **limits) as uri:
        engines._log_in(uri, "only-for-this-test")
        with connect(GraphTarget(uri, None, "only-for-this-test", None, tmp_path), write=True) as graph:
            ours = graph.workspace("acme")
            assert loaded(graph, world, tmp_path).counts["users"].added == len(world.users)
            assert loaded(graph, world, tmp_path, verify=True).changes == 0
            assert state.counts(ours)["MEMBER_OF"] == len(world.members)
            done = loaded(graph, half, tmp_path, allow_removals=100)
            assert done.counts["users"].closed == len(gone)
            assert state.counts(ours)["MEMBER_OF"] == len(half.members)
            home = tmp_path / "home"
            forget(ours, home, erasure(ours, home, f"id:{min(gone)}"))
            removed = prune(ours, "2100-01-01T00:00:00.000Z", decisions=True)
            assert removed.counts["formerUsers"] >= len(gone) - 1
            assert purge(ours)["users"] == len(half.users)


@pytest.mark.parametrize(
    ("code", "setting"),
    [
        ("Neo.ClientError.Transaction.TransactionTimedOut", "db.transaction.timeout"),
        ("Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration", "db.transaction.timeout"),
        ("Neo.TransientError.General.OutOfMemoryError", "server.memory.heap.max_size"),
        ("Neo.TransientError.Transaction.DeadlockDetected", ""),
        ("Neo.TransientError.General.Unknown", ""),
    ],
)
def test_a_limit_is_named_and_others_only_where_there_are_others(code: str, setting: str) -> None:
    refusal = neo4j.exceptions.Neo4jError._hydrate_neo4j(code=code, message="The transaction has been terminated.")
    told = explained(refusal, GraphTarget("bolt://x", None, "any", None, Path("unused")))
    assert isinstance(told, TooLargeError) == bool(setting)
    assert setting in told.next_step
    assert ("others" in str(told)) == ("Deadlock" in code)


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_full_disk_is_told_in_words(embedded_engine: Engine, tmp_path: Path) -> None:
    with Simulator(office()) as server:
        at = Desk(tmp_path).at(server, embedded_engine)
        at.ok("collect", "--snapshot", "a.sqlite")
        said = at.run("load", "--snapshot", "a.sqlite", limit=at_most(1_000_000))
        assert said.code == 7
        assert "The disk may be full" in said.told
        assert "Next: Make room on the disk" in said.told
        assert "rc2graph load --snapshot a.sqlite" in said.told
        assert not NOBODYS_WORDS.search(said.told)
        at.ok("load", "--snapshot", "a.sqlite")
        assert present(embedded_engine) == truth(server.workspace)


@pytest.mark.parametrize("scheme", ["bolt", "neo4j", "bolt+s"])
@pytest.mark.parametrize("host", ["127.0.0.1:1", "nosuch.invalid:7687"])
def test_who_does_not_answer_is_told_in_words(tmp_path: Path, scheme: str, host: str) -> None:
    target = GraphTarget(f"{scheme}://{host}", None, "any", None, tmp_path)
    with pytest.raises(GraphError) as silent, connect(target, write=True):
        pass
    readable(silent.value)
    assert silent.value.why in ("The connection was refused.", "Its name cannot be resolved.")


@pytest.mark.plans("last")
def test_i15_a_rule_of_somebody_elses_stands_in_the_way(engine: Engine, tmp_path: Path) -> None:
    """What the rule is, is said; our own Cypher is not."""
    world = company()
    world.user("twin.1", name="Twin")
    world.user("twin.2", name="Twin")
    with connect(engine.target, write=True) as graph:
        loaded(graph, company(), tmp_path)
        ask(graph, "CREATE CONSTRAINT theirs IF NOT EXISTS FOR (x:User) REQUIRE x.name IS UNIQUE")
        try:
            with pytest.raises(GraphError) as refused:
                loaded(graph, world, tmp_path)
        finally:
            ask(graph, "DROP CONSTRAINT theirs IF EXISTS")
        readable(refused.value)
        assert "DROP CONSTRAINT `theirs`;" in refused.value.next_step
        assert "theirs on User (name)" in refused.value.why
        is_between(current(graph), expected(company()), expected(world))
        loaded(graph, world, tmp_path)
        assert current(graph) == expected(world)


@pytest.mark.plans("last")
@pytest.mark.parametrize(
    ("theirs", "drop"),
    [
        ("CREATE INDEX theirs FOR (x:User) ON (x.workspace, x.id)", "DROP INDEX `theirs`"),
        ("CREATE INDEX rc2graph_user_key FOR (x:Thing) ON (x.it)", "DROP INDEX `rc2graph_user_key`"),
        (
            "CREATE CONSTRAINT rc2graph_user_key FOR (x:Thing) REQUIRE x.it IS UNIQUE",
            "DROP CONSTRAINT `rc2graph_user_key`",
        ),
        ("CREATE INDEX rc2graph_user_username FOR (x:Thing) ON (x.it)", "DROP INDEX `rc2graph_user_username`"),
    ],
)
def test_i15_what_of_others_is_in_place_of_ours_is_named(
    neo4j_engine: Engine, tmp_path: Path, theirs: str, drop: str
) -> None:
    """And the step works when it is pasted. Where a name is taken, `IF NOT EXISTS` says nothing and makes nothing."""
    with connect(neo4j_engine.target, write=True) as graph:
        without_schema(graph)
        ask(graph, theirs)
        with pytest.raises(GraphError, match="is in the way") as refused:
            loaded(graph, company(), tmp_path)
        readable(refused.value)
        assert f": {drop};" in refused.value.next_step
        assert ask(graph, "MATCH (n) RETURN n") == []
        ask(graph, drop)
        loaded(graph, company(), tmp_path)
        assert current(graph) == expected(company())


def without_schema(graph: Graph) -> None:
    """A Neo4j of the tests keeps its constraints."""
    for row in ask(graph, "SHOW CONSTRAINTS YIELD name"):
        ask(graph, f"DROP CONSTRAINT `{row['name']}`")
    for row in ask(graph, "SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP'"):
        ask(graph, f"DROP INDEX `{row['name']}`")
