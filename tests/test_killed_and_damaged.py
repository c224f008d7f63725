"""A run was killed, so there is no fingerprint, and a file of the embedded graph is emptied or cut in half.

Then the graph says what it said, or that it is damaged; and once it is written anew and loaded, it says what is true.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rc2graph.config import GraphTarget
from rc2graph.graph import fingerprint
from rc2graph.graph.connect import Graph, connect
from rc2graph.graph.fingerprint import DamagedGraphError
from rc2graph.graph.schema import INDEXES, KEYS
from tests.commands import CHECKOUT, Desk, office, present, truth
from tests.engines import Engine
from tests.faults import Simulator
from tests.snapshots import Time, World, ask, company, current, expected, loaded
from tests.test_graph_files import Damage, Dumped, dumped, emptied

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

KILLED = """
import os, signal, sys
from pathlib import Path
from rc2graph.config import GraphTarget
from rc2graph.graph.connect import connect
with connect(GraphTarget(home=Path(sys.argv[1])), write=True) as graph:
    graph.write(lambda tx: tx.run("load/release", workspace="acme", me="somebody"))
    os.kill(os.getpid(), signal.SIGKILL)
"""
LATER = "2026-07-10T08:00:00.000Z"


def large() -> World:
    """Ids so long that the index of accounts does not fit into one page: half of it is an index as well."""
    world = company()
    for number in range(320):
        world.user(f"{number:0950}", "user", username=f"{number:0950}")
    world.user("quiet")
    return world


def now_without(user: str) -> World:
    world = large()
    world.delete_user(user)
    return world


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with history and a decision, whose last run was killed."""
    pytest.importorskip("arcadedb", exc_type=ImportError)
    home = tmp_path_factory.mktemp("killed") / "home"
    now = Time()
    with connect(_at(home), write=True) as graph:
        for world in (large(), now_without("bob")):
            loaded(graph, world, home.parent, now=now, allow_removals=100)
        ask(
            graph,
            """MATCH (u:User {id: 'ana'}), (r:Role {id: 'admin'}) CREATE (a:Attestation {workspace: 'acme', id: 'd1'})
               CREATE (a)-[:ABOUT]->(u) CREATE (a)-[:CONCERNS]->(r)""",
        )
    subprocess.run([sys.executable, "-c", KILLED, str(home)], cwd=CHECKOUT, check=False, timeout=60)
    assert not (fingerprint.folder(home) / fingerprint.FINGERPRINT).exists()
    return home


@pytest.fixture
def target(shelf: Path, tmp_path: Path) -> GraphTarget:
    shutil.copytree(shelf, tmp_path / "home")
    return _at(tmp_path / "home")


def _at(home: Path) -> GraphTarget:
    return GraphTarget(home=home)


def halved(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def told(graph: Graph) -> tuple[Dumped, dict[str, int]]:
    """What is there, and how much of it is found by what indexes are on."""
    found = {
        f"{label} {name}": ask(
            graph,
            f"""MATCH (n:{label}) WITH collect(DISTINCT n.{name}) AS them UNWIND them AS it
                MATCH (m:{label} {{workspace: 'acme', {name}: it}}) RETURN count(m) AS n""",
        )[0]["n"]
        for label, name in [*((label, "id") for label in KEYS), *INDEXES]
    }
    found["username"] = ask(
        graph,
        """MATCH (n:User) WITH collect(DISTINCT n.username) AS them UNWIND them AS it
           MATCH (m:User {username: it}) RETURN count(m) AS n""",
    )[0]["n"]
    return dumped(graph), found


def answer(target: GraphTarget) -> tuple[Dumped, dict[str, int]] | DamagedGraphError:
    try:
        with connect(target, write=False) as graph:
            return told(graph)
    except DamagedGraphError as error:
        return error


@pytest.fixture(scope="module")
def whole(shelf: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Dumped, dict[str, int]]:
    copy = tmp_path_factory.mktemp("whole") / "home"
    shutil.copytree(shelf, copy)
    with connect(_at(copy), write=False) as graph:
        return told(graph)


FOR_EVER = ("Sync", "Attestation", "FormerUser", "HAD_ROLE", "WAS_MEMBER_OF")
"""What no load brings back."""

KINDS = [
    "User_0_*.umtidx",  # by id
    "User_0_*.numtidx",  # by username
    "Federated%7EUser_0_*.umtidx",
    "Role_0_*.umtidx",
    "Team_0_*.numtidx",
    "Workspace_0.*",
    "Sync_0.*",
    "User_0.*",
    "FormerUser_0.*",
    "Attestation_0.*",
    "HAS_ROLE_0.*",
    "HAD_ROLE_0.*",
    "Role_0_in_edges.*",
]
CASES = [(kind, how) for kind in KINDS for how in (emptied, halved) if how is emptied or kind.startswith("User")]
CASES += [("schema.json", emptied), ("schema*.json", Path.unlink)]


@pytest.mark.parametrize(("kind", "damage"), CASES, ids=[f"{kind}-{how.__name__}" for kind, how in CASES])
def test_i4_the_truth_or_nothing_is_told_and_a_load_makes_it_whole(
    target: GraphTarget,
    whole: tuple[Dumped, dict[str, int]],
    kind: str,
    damage: Damage,
    caplog: pytest.LogCaptureFixture,
) -> None:
    paths = sorted(fingerprint.database(target.home).glob(kind))
    assert paths
    for path in paths:
        damage(path)
    said = answer(target)
    if isinstance(said, DamagedGraphError):
        assert "rc2graph load --" in said.next_step
    else:
        assert said == whole
    with connect(target, write=True, mend=True) as graph:
        loaded(graph, now_without("bob"), target.home, at=LATER, verify=True, allow_removals=100)
    with connect(target, write=False) as graph:
        assert current(graph) == expected(now_without("bob"))
        now, found = told(graph)
        loads = ask(
            graph,
            """MATCH (w:Workspace {id: 'acme'}), (s:Sync {workspace: 'acme'})
               WHERE s.startedAt >= coalesce(w.historySince, '') RETURN s.startedAt AS at""",
        )
    assert (found["User id"], found["username"]) == (whole[1]["User id"], whole[1]["username"])
    lost = [line for line in set(whole[0]) - set(now) if any(f"'{what}'" in line for what in FOR_EVER)]
    if lost:
        assert "Lost: " in caplog.text
        assert {row["at"] for row in loads} <= {LATER}, "history begins anew"


@pytest.mark.parametrize("kind", ["User_0_*.umtidx", "Workspace_0.*"])
def test_no_command_answers_from_it_and_what_the_message_says_mends_it(
    embedded_engine: Engine, tmp_path: Path, kind: str
) -> None:
    company = office()
    with Simulator(company) as server:
        desk = Desk(tmp_path).at(server, embedded_engine)
        desk.ok("load")
        who = json.loads(desk.ok("who", "admin", "--json"))
        home = embedded_engine.target.home
        (fingerprint.folder(home) / fingerprint.FINGERPRINT).unlink()
        (path,) = fingerprint.database(home).glob(kind)
        emptied(path)
        for words in [("why", "ana.admin", "admin"), ("status",), ("load",)]:
            said = desk.run(*words)
            assert (said.code, said.out) == (7, ""), words
            assert f"Next: rc2graph load --verify --home {home}" in said.told
        assert desk.run("load", "--verify").code == 0
        assert {**json.loads(desk.ok("who", "admin", "--json")), "asOf": None} == {**who, "asOf": None}
        assert present(embedded_engine) == truth(company)


def test_what_a_killed_run_leaves_is_no_damage(target: GraphTarget, whole: tuple[Dumped, dict[str, int]]) -> None:
    with connect(target, write=True) as graph:
        assert told(graph) == whole
    assert fingerprint.put_aside(target.home) == []
