"""History that ended long ago leaves the graph, and old snapshots the home; nothing else does."""

import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from rc2graph.errors import BusyError
from rc2graph.graph.connect import Graph, connect
from rc2graph.retention.prune import Ended, ended, prune
from rc2graph.snapshot import Collection, Snapshot
from rc2graph.snapshot.home import finished_snapshot, unfinished_snapshot
from tests.commands import Desk
from tests.engines import Engine
from tests.snapshots import Killed, Time, Watched, World, ask, current, everything, formers, history, loaded, snapshot

JANUARY, MARCH, MAY, JUNE = (f"2025-0{month}-10T08:00:00.000Z" for month in (1, 3, 5, 6))
APRIL = "2025-04-01T00:00:00.000Z"


@pytest.fixture
def graph(engine: Engine) -> Iterator[Graph]:
    with connect(engine.target, write=True, wait=10) as graph:
        yield graph


def worlds() -> dict[str, World]:
    """By March cleo and the role `keys` are gone and bob lost a role; in May dan is gone, and cleo is back."""
    january = World()
    for role in ("admin", "keys", "user"):
        january.role(role, "view-logs")
    january.user("ana", "admin")
    for one in ("bob", "cleo", "dan"):
        january.user(one, "user", "keys")
    january.team("red", "ana", "bob", "cleo", "dan")
    january.team("old", "bob")
    march = january.copy()
    march.delete_user("cleo")
    march.delete_team("old")
    del march.roles["keys"]
    for one in ("bob", "dan"):
        march.change(one, roles=("user",))
    march.permissions["view-logs"] = type(march.permissions["view-logs"])("view-logs", roles=("admin", "user"))
    may = march.copy()
    may.delete_user("dan")
    may.user("cleo", "user")
    return {JANUARY: january, MARCH: march, MAY: may}


def remembering(
    graph: Graph, path: Path, *, workspace: str = "acme", of: tuple[str, ...] = (JANUARY, MARCH, MAY)
) -> None:
    for at in of:
        loaded(graph, worlds()[at], path, at=at, workspace=workspace, allow_removals=100)


def pruned(graph: Graph | Watched, workspace: str = "acme", **options: Any) -> Ended:
    now = Time()
    options = {"decisions": False, "clock": now.clock, "sleep": now.sleep, **options}
    return prune(cast(Graph, graph).workspace(workspace), options.pop("before", APRIL), **options)


def test_only_what_ended_before_the_time_goes(graph: Graph, tmp_path: Path) -> None:
    remembering(graph, tmp_path)
    now = current(graph)
    assert formers(graph) == {("FormerUser", "dan"), ("FormerRole", "keys"), ("FormerTeam", "old")}
    planned = ended(graph.workspace("acme"), APRIL, decisions=False)
    done = pruned(graph)
    assert done.counts == planned.counts
    assert {kind: number for kind, number in done.counts.items() if number} == {
        "HAD_ROLE": 4, "WAS_MEMBER_OF": 2, "formerRoles": 1, "formerTeams": 1, "syncs": 2,
    }  # fmt: skip
    assert current(graph) == now
    assert formers(graph) == {("FormerUser", "dan")}
    assert {edge[:3] for edge in history(graph)} == {("HAD_ROLE", "dan", "user"), ("WAS_MEMBER_OF", "dan", "red")}
    assert ask(graph, "MATCH (s:Sync) RETURN s.startedAt AS at") == [{"at": MAY}]
    assert pruned(graph).total == 0, "the second time there is nothing left"


def test_i5_another_workspace_with_the_same_ids_is_left_alone(graph: Graph, tmp_path: Path) -> None:
    remembering(graph, tmp_path)
    remembering(graph, tmp_path, workspace="other")
    before = history(graph, "other"), formers(graph, "other"), current(graph, "other")
    pruned(graph)
    assert (history(graph, "other"), formers(graph, "other"), current(graph, "other")) == before
    assert ask(graph, "MATCH (s:Sync {workspace: 'other'}) RETURN count(s) AS n") == [{"n": 3}]


def test_an_early_day_is_not_answered_with_nobody(graph: Graph, tmp_path: Path) -> None:
    """The record of January stays for a note on it, and still nothing is known of January."""
    remembering(graph, tmp_path)
    ask(graph, "MATCH (s:Sync {startedAt: $at}) CREATE (:Note {text: 'the audit'})-[:ON]->(s)", at=JANUARY)
    pruned(graph)
    assert {row["at"] for row in ask(graph, "MATCH (s:Sync) RETURN s.startedAt AS at")} == {JANUARY, MAY}
    february = graph.read("state/loads", workspace="acme", at="2025-02-01T00:00:00.000Z")[0]
    assert (february["first"], february["last"]) == (MAY, None)
    assert graph.read("state/loads", workspace="acme", at=JUNE)[0]["last"]["startedAt"] == MAY


def test_the_last_load_is_never_too_old(graph: Graph, tmp_path: Path) -> None:
    remembering(graph, tmp_path)
    pruned(graph, before="2026-01-01T00:00:00.000Z")
    assert (history(graph), formers(graph)) == (set(), set())
    assert graph.read("state/loads", workspace="acme", at=MAY)[0]["last"]["startedAt"] == MAY
    assert graph.read("state/loads", workspace="acme", at=MARCH)[0]["last"] is None


def test_notes_of_others_and_decisions_keep_what_they_are_about(graph: Graph, tmp_path: Path) -> None:
    remembering(graph, tmp_path)
    ask(graph, "MATCH (r:FormerRole {id: 'keys'}) CREATE (:Ticket {id: 't1'})-[:ABOUT_ROLE]->(r)")
    decide(graph, "d1", "dan", "keys", MARCH)
    done = pruned(graph, before=JUNE)
    assert formers(graph) == {("FormerRole", "keys"), ("FormerUser", "dan")}
    assert done.kept == 2
    assert ask(graph, "MATCH (t:Ticket)-->(r) RETURN r.id AS id") == [{"id": "keys"}]
    assert ask(graph, "MATCH (a:Attestation)-[:ABOUT]->(u) RETURN u.id AS id") == [{"id": "dan"}]


def decide(graph: Graph, id_: str, user: str, role: str, at: str, decision: str = "approve") -> None:
    ask(
        graph,
        """MATCH (u {workspace: 'acme', id: $user}) WHERE u:User OR u:FormerUser
           MATCH (r {workspace: 'acme', id: $role}) WHERE r:Role OR r:FormerRole
           CREATE (a:Attestation {workspace: 'acme', id: $id, kind: 'role', userId: $user, accessId: $role, user: $user,
                                  access: $role, decision: $decision, decidedAt: $at, reviewer: 'rob'})
           CREATE (a)-[:ABOUT]->(u) CREATE (a)-[:CONCERNS]->(r)""",
        id=id_, user=user, role=role, at=at, decision=decision,
    )  # fmt: skip


def test_decisions_go_only_when_asked_for_and_never_the_one_in_force(graph: Graph, tmp_path: Path) -> None:
    remembering(graph, tmp_path)
    decide(graph, "over", "ana", "admin", JANUARY, "unsure")
    decide(graph, "in force", "ana", "admin", MARCH)
    decide(graph, "of dan", "dan", "keys", JANUARY)
    decide(graph, "young", "bob", "user", JUNE)
    before = "2025-06-01T00:00:00.000Z"
    assert pruned(graph, before=before).counts["decisions"] == 0
    planned = ended(graph.workspace("acme"), before, decisions=True)
    done = pruned(graph, before=before, decisions=True)
    assert done.counts["decisions"] == planned.counts["decisions"] == 2
    assert done.counts["formerUsers"] == planned.counts["formerUsers"] == 1
    left = {row["id"] for row in ask(graph, "MATCH (a:Attestation) RETURN a.id AS id")}
    assert left == {"in force", "young"}


def test_i4_killed_anywhere_and_repeated_it_ends_the_same(graph: Graph, tmp_path: Path, moments: range) -> None:
    def begun() -> None:
        ask(graph, "MATCH (n) DETACH DELETE n")
        remembering(graph, tmp_path)
        decide(graph, "of dan", "dan", "keys", JANUARY)

    begun()
    pruned(graph, before=JUNE, decisions=True, batch=2)
    whole = everything(graph)
    for dies_after in moments:
        begun()
        try:
            pruned(Watched(graph, dies_after), before=JUNE, decisions=True, batch=2)
        except Killed:
            ask(graph, "MATCH (w:Workspace) REMOVE w.leaseOwner, w.leaseExpires")  # it ran out meanwhile
            pruned(graph, before=JUNE, decisions=True, batch=2)
            assert everything(graph) == whole, f"killed before write {dies_after}"
        else:
            break
    assert dies_after > 8


def test_i6_a_running_load_is_waited_for(graph: Graph, tmp_path: Path) -> None:
    remembering(graph, tmp_path)
    ask(graph, "MATCH (w:Workspace) SET w.leaseOwner = 'load', w.leaseExpires = '9999-01-01T00:00:00.000Z'")
    before = everything(graph)
    with pytest.raises(BusyError, match="Another run is writing acme"):
        pruned(graph)
    assert everything(graph) == before


# ---- snapshots


def shelf(home: Path, *days: int, workspace: str = "acme") -> list[Path]:
    found = []
    for day in days:
        at = f"2026-01-{day:02}T00:00:00.000Z"
        path = finished_snapshot(home, workspace, at)
        path.parent.mkdir(parents=True, exist_ok=True)
        snapshot(worlds()[JANUARY], path, at=at, workspace=workspace).close()
        found.append(path)
    return found


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, {"RC2GRAPH_HOME": "home"})


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_the_newest_of_each_workspace_stay(desk: Desk, home: Path) -> None:
    old, newer, newest = shelf(home, 1, 2, 3)
    others = shelf(home, 1, 2, workspace="other")
    told = json.loads(desk.ok("prune", "--keep", "2", "--yes", "--json"))
    assert told["snapshots"]["removed"] == [str(old.relative_to(desk.folder))]
    assert [path.exists() for path in (old, newer, newest, *others)] == [False, True, True, True, True]
    desk.ok("prune", "--keep", "1", "--workspace", "other", "--yes")
    assert [path.exists() for path in (newer, newest, *others)] == [True, True, False, True]


def test_what_is_not_ours_not_finished_or_in_use_never_goes(desk: Desk, home: Path) -> None:
    old, used, linked, newest = shelf(home, 1, 2, 3, 4)
    folder = home / "snapshots"
    elsewhere = desk.folder / "elsewhere.sqlite"
    os.replace(linked, elsewhere)
    linked.symlink_to(elsewhere)
    (folder / "letter.sqlite").write_text("Dear auditor")
    with sqlite3.connect(folder / "invoices.sqlite") as db:
        db.execute("CREATE TABLE meta (key, value)")
    db.close()
    (folder / "notes.txt").write_text("mine")
    with Collection.open(unfinished_snapshot(home, "acme")) as file:
        file.set_meta(workspace="acme", started="2020-01-01T00:00:00.000Z")
    before = {path.name for path in folder.iterdir()}
    with Snapshot.open(used):
        said = desk.run("prune", "--keep", "1", "--yes")
    assert said.code == 0, said
    assert said.out.splitlines() == [
        "Snapshots removed: 1.", f"  {old.relative_to(desk.folder)}",
        f"In use, and left: {used.relative_to(desk.folder)}",
    ]  # fmt: skip
    assert before - {path.name for path in folder.iterdir()} == {old.name}
    assert elsewhere.exists()
    desk.run("prune", "--keep", "1", "--yes")
    assert not used.exists()
    assert newest.exists()


def test_a_load_keeps_the_newest_when_told_to(desk: Desk, embedded_engine: Engine) -> None:
    home = Path(embedded_engine.env["RC2GRAPH_HOME"])
    files = shelf(home, 1, 2, 3)
    at = desk.at(None, embedded_engine)
    at.ok("load", "--snapshot", str(files[0]))
    assert all(path.exists() for path in files), "by default all stay"
    at.ok("load", "--snapshot", str(files[1]), "--keep", "1", "--dry-run")
    assert all(path.exists() for path in files), "a dry run removes nothing"
    told = json.loads(at.ok("load", "--snapshot", str(files[2]), "--keep", "1", "--json"))
    assert told["removedSnapshots"] == [str(path) for path in files[:2]]
    assert [path.exists() for path in files] == [False, False, True]
    assert at.run("load", "--snapshot", str(files[2]), "--keep", "0").code == 2


def test_a_partial_load_removes_no_snapshot(desk: Desk, embedded_engine: Engine, tmp_path: Path) -> None:
    files = shelf(Path(embedded_engine.env["RC2GRAPH_HOME"]), 1, 2)
    snapshot(worlds()[JANUARY], tmp_path / "part.sqlite", at="2026-02-01T00:00:00.000Z", partial=["users"]).close()
    assert desk.at(None, embedded_engine).run("load", "--snapshot", "part.sqlite", "--keep", "1").code == 5
    assert all(path.exists() for path in files)


# ---- the command


def test_it_says_asks_and_does(desk: Desk, engine: Engine, tmp_path: Path) -> None:
    with connect(engine.target, write=True, wait=10) as graph:
        remembering(graph, tmp_path)
    at = desk.at(None, engine)
    refused = at.run("prune", "--older-than", "90d")
    assert refused.code == 2
    assert "--dry-run" in refused.told
    assert "--yes" in refused.told
    dry = json.loads(at.ok("prune", "--older-than", "90d", "--dry-run", "--json"))
    assert dry["dryRun"] is True
    assert dry["workspaces"][0]["HAD_ROLE"] == 5
    assert "5 roles that were held" in at.ok("prune", "--older-than", "90d", "--dry-run")
    done = json.loads(at.ok("prune", "--older-than", "90d", "--yes", "--json"))
    assert done["workspaces"] == dry["workspaces"]
    assert "Nothing of the graph ended before" in at.ok("prune", "--older-than", "90d", "--yes")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "Nothing is named"), (["--older-than", "yesterday"], "--older-than 400d"),
        (["--older-than", "0d"], "--older-than 400d"), (["--decisions", "--keep", "1"], "needs --older-than"),
        (["--keep", "0"], "--keep"), (["--older-than", "1d", "--workspace", "nowhere"], "no workspace"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(
    desk: Desk, embedded_engine: Engine, tmp_path: Path, words: list[str], why: str
) -> None:
    with connect(embedded_engine.target, write=True, wait=10) as graph:
        remembering(graph, tmp_path, of=(JANUARY,))
    said = desk.at(None, embedded_engine).run("prune", *words, "--yes")
    assert said.code == 2, said
    assert why in said.err
