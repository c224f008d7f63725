"""Everything of one workspace leaves the graph, and nothing of anybody else."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from rc2graph.errors import BusyError
from rc2graph.graph.connect import Graph, connect
from rc2graph.retention.purge import held, purge
from rc2graph.snapshot import Collection, Snapshot
from rc2graph.snapshot.home import unfinished_snapshot
from tests.commands import Desk
from tests.engines import Engine
from tests.snapshots import Killed, Time, Watched, ask, company, current, everything, expected, loaded
from tests.test_prune import shelf


@pytest.fixture
def graph(engine: Engine) -> Iterator[Graph]:
    with connect(engine.target, write=True, wait=10) as graph:
        yield graph


def purged(graph: Graph | Watched, workspace: str = "acme", **options: Any) -> dict[str, int]:
    now = Time()
    return purge(cast(Graph, graph).workspace(workspace), clock=now.clock, sleep=now.sleep, **options)


def filled(graph: Graph, path: Path, workspace: str = "acme") -> None:
    """A company that has lost somebody and something, with a decision."""
    loaded(graph, company(), path, workspace=workspace)
    later = company()
    later.delete_user("bob")
    later.delete_team("empty")
    loaded(graph, later, path, workspace=workspace, allow_removals=100)
    ask(
        graph,
        """MATCH (u:User {workspace: $w, id: 'ana'}) MATCH (r:Role {workspace: $w, id: 'admin'})
           CREATE (a:Attestation {workspace: $w, id: 'd1', decision: 'approve', decidedAt: '2026-06-01T00:00:00.000Z'})
           CREATE (a)-[:ABOUT]->(u) CREATE (a)-[:CONCERNS]->(r)""",
        w=workspace,
    )


def all_of(graph: Graph, workspace: str) -> int:
    return int(ask(graph, "MATCH (n {workspace: $w}) RETURN count(n) AS n", w=workspace)[0]["n"])


def test_i5_one_workspace_goes_and_the_other_with_the_same_ids_stays(graph: Graph, tmp_path: Path) -> None:
    filled(graph, tmp_path, "other")
    before = everything(graph), ask(graph, "MATCH (s:Sync) RETURN count(s) AS n"), current(graph, "other")
    filled(graph, tmp_path)
    counted = held(graph.workspace("acme"))
    assert purged(graph, batch=7) == counted
    assert {kind: number for kind, number in counted.items() if number} == {
        "syncs": 2, "decisions": 1, "MEMBER_OF": 16, "users": 17, "teams": 3, "roles": 7, "permissions": 2, "rooms": 3,
    }  # fmt: skip
    assert all_of(graph, "acme") == 0
    after = everything(graph), ask(graph, "MATCH (s:Sync) RETURN count(s) AS n"), current(graph, "other")
    assert after == before


def test_nodes_of_others_stay(graph: Graph, tmp_path: Path) -> None:
    filled(graph, tmp_path)
    ask(
        graph,
        """MATCH (u:User {id: 'ana'}) CREATE (:Person {id: 'p1', workspace: 'acme'})-[:HAS_ACCOUNT]->(u)
           CREATE (:Server {id: 's1'})-[:RUNS]->(:Service {id: 's2'})""",
    )
    purged(graph)
    left = {(row["l"][0], row["id"]) for row in ask(graph, "MATCH (n) RETURN labels(n) AS l, n.id AS id")}
    assert left == {("Person", "p1"), ("Server", "s1"), ("Service", "s2")}
    assert ask(graph, "MATCH ()-[e]->() RETURN type(e) AS t") == [{"t": "RUNS"}]


def test_i4_killed_anywhere_and_repeated_nothing_is_left(graph: Graph, tmp_path: Path, moments: range) -> None:
    for dies_after in moments:
        ask(graph, "MATCH (n) DETACH DELETE n")
        filled(graph, tmp_path)
        try:
            purged(Watched(graph, dies_after), batch=6)
        except Killed:
            assert all_of(graph, "acme") > 0
            ask(graph, "MATCH (w:Workspace) REMOVE w.leaseOwner, w.leaseExpires")  # it ran out meanwhile
            purged(graph, batch=6)
            assert all_of(graph, "acme") == 0, f"killed before write {dies_after}"
        else:
            break
    assert dies_after > 12


def test_i4_killed_anywhere_a_load_makes_it_whole_again(graph: Graph, tmp_path: Path, moments: range) -> None:
    world = company()
    for dies_after in moments:
        ask(graph, "MATCH (n) DETACH DELETE n")
        filled(graph, tmp_path)
        try:
            purged(Watched(graph, dies_after), batch=6)
        except Killed:
            loaded(graph, world, tmp_path, allow_removals=100)
            assert current(graph) == expected(world), f"killed before write {dies_after}"
        else:
            break
    assert dies_after > 12


def test_i6_a_running_load_is_waited_for(graph: Graph, tmp_path: Path) -> None:
    filled(graph, tmp_path)
    ask(graph, "MATCH (w:Workspace) SET w.leaseOwner = 'load', w.leaseExpires = '9999-01-01T00:00:00.000Z'")
    before = everything(graph)
    with pytest.raises(BusyError, match="Another run is writing acme"):
        purged(graph)
    assert everything(graph) == before


def test_i6_who_lost_the_lease_in_between_stops(graph: Graph, tmp_path: Path) -> None:
    filled(graph, tmp_path)
    watched = Watched(graph)
    watched.before[4] = lambda: ask(graph, "MATCH (w:Workspace) SET w.leaseOwner = 'load'")
    with pytest.raises(BusyError, match="taken over"):
        purged(watched, batch=6)
    assert ask(graph, "MATCH (w:Workspace) RETURN w.leaseOwner AS o") == [{"o": "load"}]


# ---- the command


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_it_says_asks_and_does(desk: Desk, engine: Engine) -> None:
    home = Path(engine.env["RC2GRAPH_HOME"])
    mine, others = shelf(home, 1, 2), shelf(home, 1, workspace="other")
    at = desk.at(None, engine)
    for path in (*mine, *others):
        at.ok("load", "--snapshot", str(path))
    with Collection.open(unfinished_snapshot(home, "acme")) as file:
        file.set_meta(workspace="acme", started="2026-01-03T00:00:00.000Z")

    assert at.run("purge", "--yes").code == 2
    assert at.run("purge", "--workspace", "nowhere", "--yes").code == 2
    refused = at.run("purge", "--workspace", "acme")
    assert (refused.code, "--yes" in refused.told) == (2, True)
    dry = json.loads(at.ok("purge", "--workspace", "acme", "--snapshots", "--dry-run", "--json"))
    assert (dry["dryRun"], dry["counts"]["users"], len(dry["snapshots"])) == (True, 4, 3)
    assert "4 users" in at.ok("purge", "--workspace", "acme", "--dry-run")
    assert all(path.exists() for path in mine)

    done = json.loads(at.ok("purge", "--workspace", "acme", "--snapshots", "--yes", "--json"))
    assert done == {**dry, "dryRun": False}
    assert not any(path.exists() for path in (*mine, unfinished_snapshot(home, "acme")))
    assert others[0].exists()
    told = json.loads(at.ok("status", "--json"))
    assert [one["workspace"] for one in told["workspaces"]] == ["other"]
    assert at.run("purge", "--workspace", "acme", "--snapshots", "--yes").code == 2


def test_an_address_names_its_workspace_however_it_is_typed(desk: Desk, embedded_engine: Engine) -> None:
    home = Path(embedded_engine.env["RC2GRAPH_HOME"])
    url = "https://chat.example.org"
    (file,) = shelf(home, 1, workspace=url)
    at = desk.at(None, embedded_engine)
    at.ok("load", "--snapshot", str(file), "--workspace", f"{url}/")
    assert "administrator" in at.ok("who", "admin", "--workspace", "HTTPS://Chat.Example.org:443/")
    told = at.ok("purge", "--workspace", f"{url}/", "--snapshots", "--yes")
    assert told.startswith(f"{url} is gone from the embedded graph in "), "no plan: nobody was to be asked"
    assert told.count(f"Snapshot files removed: 1.\n  {file}\n") == 1
    assert not file.exists()


def test_without_being_told_snapshots_stay_and_may_go_later(desk: Desk, embedded_engine: Engine) -> None:
    home = Path(embedded_engine.env["RC2GRAPH_HOME"])
    (file,) = shelf(home, 1)
    at = desk.at(None, embedded_engine)
    at.ok("load", "--snapshot", str(file))
    at.ok("purge", "--workspace", "acme", "--yes")
    assert file.exists()
    at.ok("purge", "--workspace", "acme", "--snapshots", "--yes")
    assert not file.exists()


def test_a_snapshot_in_use_stops_it_before_anything_goes(desk: Desk, embedded_engine: Engine) -> None:
    home = Path(embedded_engine.env["RC2GRAPH_HOME"])
    files = shelf(home, 1, 2)
    at = desk.at(None, embedded_engine)
    at.ok("load", "--snapshot", str(files[1]))
    with Snapshot.open(files[1]):
        said = at.run("purge", "--workspace", "acme", "--snapshots", "--yes")
    assert (said.code, "is in use" in said.told) == (7, True)
    with Collection.open(unfinished_snapshot(home, "acme")) as collection:
        collection.set_meta(workspace="acme")
        said = at.run("purge", "--workspace", "acme", "--snapshots", "--yes")
    assert (said.code, "is in use" in said.told) == (7, True)
    assert all(path.exists() for path in files)
    assert json.loads(at.ok("status", "--json"))["workspaces"][0]["counts"]["users"] == 4


def asked(desk: Desk, answer: str, *words: str) -> tuple[int, str, str]:
    """Type a command on a terminal, and an answer to its question: exit code, stdout, and what the terminal shows."""
    import pty

    person, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "rc2graph", *words], cwd=desk.folder, env=desk.environment(), stdin=terminal,
        stdout=subprocess.PIPE, stderr=terminal, text=True,
    )  # fmt: skip
    os.close(terminal)
    os.write(person, f"{answer}\n".encode())
    out, _ = process.communicate(timeout=60)
    shown = os.read(person, 65_536).decode()
    os.close(person)
    return process.returncode, out, shown


@pytest.mark.skipif(sys.platform == "win32", reason="no pty")
def test_on_a_terminal_it_asks(desk: Desk, embedded_engine: Engine) -> None:
    (file,) = shelf(Path(embedded_engine.env["RC2GRAPH_HOME"]), 1)
    at = desk.at(None, embedded_engine)
    at.ok("load", "--snapshot", str(file))
    code, out, shown = asked(at, "n", "purge", "--workspace", "acme")
    assert (code, "4 users" in out) == (130, True)
    assert "There is no way back. [y/N]" in shown
    assert "Nothing was changed." in shown
    assert json.loads(at.ok("status", "--json"))["workspaces"][0]["counts"]["users"] == 4
    code, out, shown = asked(at, "y", "purge", "--workspace", "acme", "--json")
    assert (code, json.loads(out)["counts"]["users"], "4 users" in shown) == (0, 4, True)
