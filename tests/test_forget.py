"""A user who left is forgotten: nothing that names him is in the graph or in a snapshot; what was counted stays so."""

import json
import os
import re
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from rc2graph.cli import app
from rc2graph.errors import BusyError, SnapshotError, UsageError
from rc2graph.graph.connect import Graph, WorkspaceGraph, connect
from rc2graph.graph.load import load_snapshot
from rc2graph.pseudonym import Pseudonym, drawn
from rc2graph.retention import forget as module
from rc2graph.retention.forget import Erasure, erasure, forget
from rc2graph.snapshot import Collection, Page, Snapshot
from rc2graph.snapshot.forget import TOMBSTONES, rewrite
from rc2graph.snapshot.home import finished_snapshot, unfinished_snapshot
from tests.commands import Desk
from tests.engines import Engine
from tests.snapshots import Killed, Time, Watched, World, ask, everything, formers, history, loaded, snapshot

JANUARY, MARCH, MAY, JUNE = (f"2026-0{month}-10T08:00:00.000Z" for month in (1, 3, 5, 6))
NAMES = ("rita.retired", "Rita Retired", "rita@example.org")
HOSTILE = r"x'); DROP TABLE user;-- (.*)+$[ \u202e"


@pytest.fixture
def graph(engine: Engine) -> Iterator[WorkspaceGraph]:
    with connect(engine.target, write=True, wait=10) as opened:
        graph = opened.workspace("acme")
        yield graph


@pytest.fixture
def embedded(embedded_engine: Engine) -> Iterator[WorkspaceGraph]:
    with connect(embedded_engine.target, write=True, wait=10) as opened:
        graph = opened.workspace("acme")
        yield graph


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def worlds(username: str = "rita.retired") -> dict[str, World]:
    """Rita is an administrator who made a team and added a member; in May she is gone, and so is her team."""
    january = World()
    january.role("admin", "view-logs")
    january.role("user")
    january.user("ana", "admin", username="ana")
    january.user("r1", "admin", "user", username=username, name="Rita Retired", emails=("rita@example.org",))
    january.user("bob", "user", username="bob")
    january.team("red", "ana", created_by_id="r1")
    january.join("red", "r1", "owner")
    january.join("red", "bob", added_by_id="r1")
    january.team("hers", "r1", created_by_id="r1")
    march = january.copy()
    march.change("bob", name="Bobby")
    may = march.copy()
    may.delete_user("r1")
    may.delete_team("hers")
    return {JANUARY: january, MARCH: march, MAY: may}


def shelved(home: Path, workspace: str = "acme", of: dict[str, World] | None = None, **meta: str) -> dict[str, Path]:
    found = {}
    for at, world in (of or worlds()).items():
        found[at] = finished_snapshot(home, workspace, at)
        found[at].parent.mkdir(parents=True, exist_ok=True)
        snapshot(world, found[at], at=at, workspace=workspace, **meta).close()
    return found


def load_all(graph: Graph, files: dict[str, Path], workspace: str = "acme") -> None:
    now = Time()
    for path in files.values():
        with Snapshot.open(path) as file:
            load_snapshot(graph.workspace(workspace), file, allow_removals=100, clock=now.clock, sleep=now.sleep)


def gone(graph: Graph | Watched, home: Path, user: str = "rita.retired", **options: Any) -> Erasure:
    now, real = Time(), graph.workspace("acme")
    options = {"draw": lambda: "forgotten-1", **options}
    return forget(real, home, erasure(real, home, user), clock=now.clock, sleep=now.sleep, **options)


def everywhere(graph: Graph) -> str:
    return repr(ask(graph, "MATCH (n) RETURN labels(n) AS l, properties(n) AS p")) + repr(
        ask(graph, "MATCH ()-[e]->() RETURN properties(e) AS p")
    )


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in (folder / "snapshots").iterdir())


# ---- graph and snapshots together


def test_nothing_names_him_any_more(graph: WorkspaceGraph, home: Path) -> None:
    files = shelved(home)
    load_all(graph, files)
    decided(graph)
    assert all(name in everywhere(graph) for name in NAMES)

    plan = erasure(graph, home, "rita.retired")
    done = gone(graph, home)
    assert {**plan.as_dict(), "as": "forgotten-1"} == done.as_dict()
    assert done.lines()[-1].endswith(": their bare id on 1 team and 1 membership.")
    assert done.as_dict() == {
        "workspace": "acme", "as": "forgotten-1", "nodes": 1, "history": 4, "decisions": 2, "syncs": 0,
        "leftInTeams": 2, "namesOfOthersToo": 0, "namesTooShortForTexts": 0,
        "snapshots": [str(path) for path in files.values()],
        "damagedSnapshots": [],
    }  # fmt: skip
    left = everywhere(graph).replace("rita.retired2", "somebody else")
    assert [name for name in NAMES if name in left] == []
    assert history(graph) == set()
    assert [name for name in NAMES if name.encode() in bytes_of(home)] == [], "not even in free pages"
    assert ask(graph, "MATCH (t:FormerTeam) RETURN t.createdById AS by") == [{"by": "forgotten-1"}]
    with pytest.raises(UsageError, match="Neither the graph nor a snapshot knows"):
        erasure(graph, home, "rita.retired")


def decided(graph: Graph) -> None:
    """A decision about Rita, and one that she made; and one that has nothing to do with her."""
    for id_, user, reviewer, note in (
        ("d1", "r1", "rob", "Rita.Retired leaves in May, see RITA@example.org; rita.retired2 stays"),
        ("d2", "bob", "Rita <rita@example.org>", "looks right"),
        ("d3", "bob", "rob", "rit is no name of hers"),
    ):
        name = "rita.retired" if user == "r1" else user
        ask(
            graph,
            """MATCH (u {workspace: 'acme', id: $user}) WHERE u:User OR u:FormerUser
               MATCH (r:Role {workspace: 'acme', id: 'user'})
               CREATE (a:Attestation {workspace: 'acme', id: $id, kind: 'role', userId: $user, accessId: 'user',
                 user: $name, access: 'user', decision: 'approve', decidedAt: $at, reviewer: $reviewer, note: $note})
               CREATE (a)-[:ABOUT]->(u) CREATE (a)-[:CONCERNS]->(r)""",
            id=id_, user=user, reviewer=reviewer, note=note, at=MARCH, name=name,
        )  # fmt: skip


def test_who_decided_what_stays_under_a_pseudonym(graph: WorkspaceGraph, home: Path) -> None:
    load_all(graph, shelved(home))
    decided(graph)
    gone(graph, home)
    told = {
        (row["id"], row["userId"], row["user"], row["reviewer"], row["note"])
        for row in (one["a"] for one in ask(graph, "MATCH (a:Attestation) RETURN properties(a) AS a"))
    }
    assert told == {
        ("d1", "forgotten-1", "forgotten-1", "rob", "forgotten-1 leaves in May, see forgotten-1; rita.retired2 stays"),
        ("d2", "bob", "bob", "forgotten-1", "looks right"),
        ("d3", "bob", "bob", "rob", "rit is no name of hers"),
    }
    assert ask(graph, "MATCH (a {id: 'd1'})-[:ABOUT]->(u) RETURN labels(u) AS l, properties(u) AS p") == [
        {"l": ["FormerUser"], "p": {"workspace": "acme", "id": "forgotten-1", "username": "forgotten-1", "until": MAY}}
    ]


def test_what_others_attached_to_him_stays_and_he_has_no_name(graph: WorkspaceGraph, home: Path) -> None:
    load_all(graph, shelved(home))
    ask(graph, "MATCH (u:FormerUser {id: 'r1'}) SET u.phone = '555' CREATE (:Ticket {id: 't1'})-[:OF]->(u)")
    gone(graph, home)
    assert ask(graph, "MATCH (:Ticket)-[:OF]->(u) RETURN u.id AS id, u.phone AS phone") == [
        {"id": "forgotten-1", "phone": None}
    ]


def test_a_record_of_a_run_that_they_read_has_their_pseudonym(graph: WorkspaceGraph, home: Path) -> None:
    said = json.dumps(["rooms: rita.retired may not list them"])
    files = shelved(home)
    for path in files.values():
        with sqlite3.connect(path) as db:
            db.execute("UPDATE meta SET value = 'r1' WHERE key = 'caller_id'")
            db.execute("INSERT OR REPLACE INTO meta VALUES ('caller_name', 'rita.retired')")
            db.execute("INSERT OR REPLACE INTO meta VALUES ('identity', ?)", (json.dumps(["acme", "r1", "8.6.1"]),))
            db.execute("INSERT INTO meta VALUES ('not_visible', ?)", (said,))
            db.execute("UPDATE ledger SET subject = 'r1', note = 'of Rita Retired' WHERE line = 1")
            sealed(db)
        db.close()
    load_all(graph, files)
    assert gone(graph, home).as_dict()["syncs"] == 3
    assert ask(graph, "MATCH (s:Sync) RETURN DISTINCT s.callerId AS by, s.notVisible[0] AS said") == [
        {"by": "forgotten-1", "said": "rooms: forgotten-1 may not list them"}
    ]
    with Snapshot.open(files[MAY]) as file:
        assert (file.meta["caller_id"], file.meta["caller_name"]) == ("forgotten-1", "forgotten-1")
        assert json.loads(file.meta["identity"]) == ["acme", "forgotten-1", "8.6.1"]
        assert file.meta["not_visible"] == '["rooms: forgotten-1 may not list them"]'
        assert file.db.execute("SELECT subject, note FROM ledger WHERE line = 1").fetchone() == (
            "forgotten-1", "of forgotten-1",
        )  # fmt: skip


def sealed(db: sqlite3.Connection) -> None:
    from rc2graph.snapshot.finish import digest

    db.execute("UPDATE meta SET value = ? WHERE key = 'sha256'", (digest(db),))


def test_i5_another_workspace_with_the_same_ids_is_left_alone(graph: WorkspaceGraph, home: Path) -> None:
    mine, others = shelved(home), shelved(home, "other")
    load_all(graph, others, "other")
    before = everything(graph), {path: path.read_bytes() for path in others.values()}
    load_all(graph, mine)
    gone(graph, home)
    ask(graph, "MATCH (n {workspace: 'acme'}) DETACH DELETE n")
    assert (everything(graph), {path: path.read_bytes() for path in others.values()}) == before


def test_a_hostile_name_is_only_a_name(graph: WorkspaceGraph, home: Path) -> None:
    files = shelved(home, of=worlds(HOSTILE))
    load_all(graph, files)
    ask(
        graph,
        """MATCH (u:User {id: 'bob'}) CREATE (a:Attestation {workspace: 'acme', id: 'd', reviewer: $n, note: $n})
           CREATE (a)-[:ABOUT]->(u)""",
        n=HOSTILE,
    )
    gone(graph, home, HOSTILE)
    assert HOSTILE not in everywhere(graph)
    assert ask(graph, "MATCH (a:Attestation) RETURN a.reviewer AS r, a.note AS n") == [
        {"r": "forgotten-1", "n": "forgotten-1"}
    ]
    with Snapshot.open(files[JANUARY]) as file:
        assert {row[0] for row in file.db.execute("SELECT username FROM user")} == {"ana", "bob", "forgotten-1"}


def test_of_two_who_are_forgotten_each_has_a_pseudonym(embedded: WorkspaceGraph, home: Path) -> None:
    of = worlds()
    june = of[MAY].copy()
    june.delete_user("bob")
    load_all(embedded, shelved(home, of={**of, JUNE: june}))
    rita = gone(embedded, home, draw=drawn).who.word
    bob = gone(embedded, home, "bob", draw=drawn).who.word
    assert re.fullmatch(r"forgotten-[0-9a-f]{12}", rita)
    assert rita != bob
    with Snapshot.open(finished_snapshot(home, "acme", JANUARY)) as file:
        assert {row[0] for row in file.db.execute("SELECT id FROM user")} == {"ana", rita, bob}
        assert [one["as"] for one in json.loads(file.meta[TOMBSTONES])] == [rita, bob]
    assert ask(embedded, "MATCH (w:Workspace) RETURN w.forgotten AS n") == [{"n": 2}]


def test_who_is_known_from_snapshots_alone_is_forgotten_too(embedded: WorkspaceGraph, home: Path) -> None:
    files = shelved(home)
    load_all(embedded, {MAY: files[MAY]})
    assert gone(embedded, home).snapshots == tuple(files.values())
    assert formers(embedded) == set()


def test_what_an_older_release_began_is_finished_with_its_pseudonym(graph: WorkspaceGraph, home: Path) -> None:
    """It counted, and had rewritten one of the files."""
    files = shelved(home)
    load_all(graph, files)
    ask(graph, "MATCH (u:FormerUser {id: 'r1'}) MATCH (w:Workspace) SET u.forgottenAs = 'forgotten-7', w.forgotten = 7")
    rewrite(files[JANUARY], Pseudonym("r1", frozenset(NAMES), "forgotten-7"), MAY)
    plan = erasure(graph, home, "rita.retired")
    assert plan.as_dict()["as"] == "forgotten-7"
    done = gone(graph, home, draw=drawn)
    assert (done.who.word, done.snapshots) == ("forgotten-7", (files[MARCH], files[MAY]))
    assert ask(graph, "MATCH (w:Workspace) RETURN w.forgotten AS n") == [{"n": 7}], "counted when it was begun"


# ---- who is meant


def test_who_is_still_there_is_refused(graph: WorkspaceGraph, home: Path) -> None:
    load_all(graph, shelved(home))
    before = everything(graph), bytes_of(home)
    for user in ("bob", "id:bob"):
        with pytest.raises(UsageError, match="still there") as refused:
            erasure(graph, home, user)
        assert "would bring it back" in str(refused.value)
    assert (everything(graph), bytes_of(home)) == before


def test_who_came_back_is_refused(graph: WorkspaceGraph, home: Path) -> None:
    of = worlds()
    files = shelved(home, of={**of, JUNE: of[MARCH]})
    load_all(graph, files)
    with pytest.raises(UsageError, match="still there"):
        erasure(graph, home, "rita.retired")


def test_who_came_back_in_a_snapshot_that_was_not_loaded_is_refused(graph: WorkspaceGraph, home: Path) -> None:
    of = worlds()
    files = shelved(home, of={**of, JUNE: of[MARCH]})
    load_all(graph, {at: path for at, path in files.items() if at != JUNE})
    with pytest.raises(UsageError, match="newer than the graph, has the account"):
        erasure(graph, home, "rita.retired")


def test_who_comes_back_between_question_and_answer_is_refused(embedded: WorkspaceGraph, home: Path) -> None:
    of = worlds()
    files = shelved(home, of=of)
    load_all(embedded, files)
    plan = erasure(embedded, home, "rita.retired")
    load_all(embedded, shelved(home / "new", of={JUNE: of[MARCH]}))
    before = bytes_of(home)
    with pytest.raises(UsageError, match="there again"):
        forget(embedded, home, plan)
    assert bytes_of(home) == before


def test_a_name_that_somebody_has_today_needs_an_id(graph: WorkspaceGraph, home: Path) -> None:
    """A former account and a present one are both called rita.retired."""
    of = worlds()
    of[MAY].user("r2", "user", username="rita.retired")
    load_all(graph, shelved(home, of=of))
    ask(
        graph,
        """MATCH (u:User {id: 'bob'}) CREATE (a:Attestation {workspace: 'acme', id: 'd', reviewer: 'rita.retired',
           note: 'asked rita@example.org'}) CREATE (a)-[:ABOUT]->(u)""",
    )
    with pytest.raises(UsageError, match="several accounts") as refused:
        erasure(graph, home, "rita.retired")
    assert "r2 is still there" in str(refused.value)
    assert "id r1" in str(refused.value)
    done = gone(graph, home, "id:r1")
    assert done.shared == {"rita.retired"}
    assert ask(graph, "MATCH (u {username: 'rita.retired'}) RETURN u.id AS id") == [{"id": "r2"}]
    assert ask(graph, "MATCH (a:Attestation) RETURN a.reviewer AS r, a.note AS n") == [
        {"r": "rita.retired", "n": "asked forgotten-1"}
    ], "who of the two decided cannot be told"


def test_several_who_left_need_an_id(embedded: WorkspaceGraph, home: Path) -> None:
    of = worlds()
    of[JANUARY].user("r0", "user", username="rita.retired")
    load_all(embedded, shelved(home, of=of))
    with pytest.raises(UsageError, match="several accounts"):
        erasure(embedded, home, "rita.retired")
    assert gone(embedded, home, "id:r0").who.word == "forgotten-1"


# ---- the files


def test_a_rewritten_file_is_whole_private_and_says_so(embedded: WorkspaceGraph, home: Path) -> None:
    files = shelved(home)
    before = {path: facts(path) for path in files.values()}
    load_all(embedded, files)
    os.chmod(files[JANUARY], 0o644)
    gone(embedded, home)
    for path in files.values():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with Snapshot.open(path) as file:  # its hash fits
            (told,) = json.loads(file.meta[TOMBSTONES])
        assert told == {"as": "forgotten-1", "at": "2026-06-01T00:00:00.000Z", "replaces": before[path][0]}
        assert facts(path)[1:] == before[path][1:], "schema, lists, and how many rows there are"
        assert facts(path)[0] != before[path][0]
    assert sorted(path.name for path in (home / "snapshots").iterdir()) == sorted(path.name for path in files.values())


def facts(path: Path) -> tuple[Any, ...]:
    with Snapshot.open(path) as file:
        schema = file.db.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
        tables = ("user", "role", "team", "member", "has_role", "grants", "ledger", "room")
        counts = [file.db.execute(f"SELECT count(*) FROM {table}").fetchone() for table in tables]
        return file.meta["sha256"], schema, counts, file.datasets()


def test_rewritten_files_load_and_compare_as_before(embedded_engine: Engine, home: Path, tmp_path: Path) -> None:
    with connect(embedded_engine.target, write=True, wait=10) as opened:
        graph = opened.workspace("acme")
        files = shelved(home)
        load_all(graph, files)
        gone(graph, home)
    desk = Desk(tmp_path, embedded_engine.env)
    told = json.loads(desk.ok("diff", str(files[MARCH]), str(files[MAY]), "--json"))
    text = json.dumps(told)
    assert "forgotten-1" in text
    assert "rita" not in text.lower()
    same = json.loads(desk.ok("diff", str(files[JANUARY]), str(files[MARCH]), "--json"))
    assert "forgotten-1" not in json.dumps(same), "he was there in both"
    older = desk.run("load", "--snapshot", str(files[MARCH]))
    assert (older.code, "newer data" in older.told) == (6, True)
    desk.ok("load", "--snapshot", str(files[MAY]))
    assert "forgotten-1" in desk.ok("who", "role:admin", "--as-of", "2026-03-10", "--home", str(home))


def test_a_fresh_graph_of_a_rewritten_file_equals_the_world_without_a_name(graph: WorkspaceGraph, home: Path) -> None:
    files = shelved(home)
    rewrite(files[JANUARY], Pseudonym("r1", frozenset(NAMES), "forgotten-1"), MAY)
    with Snapshot.open(files[JANUARY]) as file:
        load_snapshot(graph, file)
    rita = ask(graph, "MATCH (u:User {id: 'forgotten-1'}) RETURN properties(u) AS p")[0]["p"]
    assert (rita["username"], rita.get("name"), rita.get("emails"), rita["active"]) == ("forgotten-1", None, None, True)
    held = {(row["t"], row["id"]) for row in ask(graph, """MATCH (:User {id: 'forgotten-1'})-[e]->(x)
                                                           RETURN type(e) AS t, x.id AS id""")}  # fmt: skip
    assert held == {("HAS_ROLE", "admin"), ("HAS_ROLE", "user"), ("MEMBER_OF", "red"), ("MEMBER_OF", "hers")}


def test_a_file_that_does_not_hold_him_is_not_touched(embedded: WorkspaceGraph, home: Path) -> None:
    of = worlds()
    del of[MAY].teams["red"]
    of[MAY].members.clear()
    files = shelved(home, of=of)
    before = files[MAY].read_bytes()
    load_all(embedded, files)
    assert gone(embedded, home).snapshots == (files[JANUARY], files[MARCH])
    assert files[MAY].read_bytes() == before


def test_an_interrupted_rewrite_leaves_the_old_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = shelved(home)[JANUARY]
    before = path.read_bytes()
    who = Pseudonym("r1", frozenset(NAMES), "forgotten-1")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("rc2graph.snapshot.forget.os.replace", stop)
        with pytest.raises(KeyboardInterrupt):
            rewrite(path, who, MAY)
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir() if "part" in one.name] == []
    part = path.with_name(f".{path.name}.part")
    part.write_text("of a run that was killed")
    rewrite(path, who, MAY)
    assert not part.exists()


def test_a_corrupt_file_is_not_made_good(home: Path) -> None:
    path = shelved(home)[JANUARY]
    with sqlite3.connect(path) as db:
        db.execute("UPDATE user SET active = 0 WHERE id = 'ana'")
    db.close()
    before = path.read_bytes()
    with pytest.raises(SnapshotError, match="corrupt"):
        rewrite(path, Pseudonym("r1", frozenset(), "forgotten-1"), MAY)
    assert path.read_bytes() == before


def test_what_nobody_can_read_might_hold_him(embedded: WorkspaceGraph, home: Path) -> None:
    """It is named, in the plan and in what is printed, and kept; everything else is done."""
    files = shelved(home)
    load_all(embedded, files)
    letter, torn = home / "snapshots" / "letter.sqlite", home / "snapshots" / "torn.sqlite"
    letter.write_text("Dear auditor, rita.retired …" * 99)
    torn.write_bytes(files[JANUARY].read_bytes().replace(b"rita.retired", b"\xffita.retired"))
    before = letter.read_bytes(), torn.read_bytes()
    plan = erasure(embedded, home, "rita.retired")
    done = forget(embedded, home, plan)
    assert set(plan.damaged) == set(done.damaged) == {letter, torn}
    assert {
        f"Damaged, and kept: {path}. If it is an old snapshot, it may hold the user: delete it then."
        for path in (letter, torn)
    } <= {*done.lines()}
    assert done.as_dict()["damagedSnapshots"] == [str(letter), str(torn)]
    assert (letter.read_bytes(), torn.read_bytes()) == before
    assert done.snapshots
    assert set(done.snapshots) == set(plan.snapshots)


def test_a_snapshot_in_use_stops_it_before_anything_goes(embedded: WorkspaceGraph, home: Path) -> None:
    files = shelved(home)
    load_all(embedded, files)
    before = everything(embedded), bytes_of(home)
    with Snapshot.open(files[MAY]), pytest.raises(BusyError, match="in use"):
        gone(embedded, home)
    assert (everything(embedded), bytes_of(home)) == before


def test_a_collection_that_has_him_is_finished_first(embedded: WorkspaceGraph, home: Path) -> None:
    files = shelved(home)
    load_all(embedded, files)
    with Collection.open(unfinished_snapshot(home, "acme")) as collection:
        collection.set_meta(workspace="acme")
        with pytest.raises(BusyError, match="in use"):
            erasure(embedded, home, "rita.retired")
        collection.commit(Page("users.listByStatus"), worlds()[JANUARY].users.values())
    with pytest.raises(UsageError, match="A collection that was stopped has the user"):
        erasure(embedded, home, "rita.retired")
    unfinished_snapshot(home, "acme").unlink()
    gone(embedded, home)


# ---- killed, or somebody else is writing


def killed_anywhere(graph: WorkspaceGraph, home: Path, moments: range, again: Callable[[], None]) -> int:
    for dies_after in moments:
        ask(graph, "MATCH (n) DETACH DELETE n")
        for path in (home / "snapshots").glob("*"):
            path.unlink()
        load_all(graph, shelved(home))
        decided(graph)
        try:
            gone(Watched(graph, dies_after), home, batch=1)
        except Killed:
            ask(graph, "MATCH (w:Workspace) REMOVE w.leaseOwner, w.leaseExpires")  # it ran out meanwhile
            again()
        else:
            return dies_after
    raise AssertionError("it never came to its end")


def test_i4_killed_anywhere_and_repeated_it_ends_the_same(graph: WorkspaceGraph, home: Path, moments: range) -> None:
    (home / "snapshots").mkdir(parents=True)
    load_all(graph, shelved(home))
    decided(graph)
    gone(graph, home, batch=1)
    whole = everything(graph)

    def again() -> None:
        with suppress(UsageError):  # nobody knows him: only giving the lease back was left
            gone(graph, home, batch=1)
        assert everything(graph) == whole
        assert not [name for name in NAMES if name.encode() in bytes_of(home)]
        for path in (home / "snapshots").iterdir():
            with Snapshot.open(path) as file:
                assert [one["as"] for one in json.loads(file.meta[TOMBSTONES])] == ["forgotten-1"]

    assert killed_anywhere(graph, home, moments, again) > 8


def test_killed_between_two_files_it_goes_on(
    embedded: WorkspaceGraph, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_all(embedded, shelved(home))
    calls = iter(range(9))

    def one_only(*arguments: Any) -> str:
        if next(calls) == 1:
            raise Killed
        return rewrite(*arguments)

    monkeypatch.setattr(module.rows, "rewrite", one_only)
    with pytest.raises(Killed):
        gone(embedded, home, draw=drawn)
    (begun,) = ask(embedded, "MATCH (u:FormerUser {id: 'r1'}) RETURN u.forgottenAs AS word")
    assert gone(embedded, home, draw=drawn).who.word == begun["word"]
    assert not [name for name in NAMES if name.encode() in bytes_of(home)]


def test_i6_a_running_load_is_waited_for(graph: WorkspaceGraph, home: Path) -> None:
    load_all(graph, shelved(home))
    ask(graph, "MATCH (w:Workspace) SET w.leaseOwner = 'load', w.leaseExpires = '9999-01-01T00:00:00.000Z'")
    before = everything(graph), bytes_of(home)
    with pytest.raises(BusyError, match="Another run is writing acme"):
        gone(graph, home)
    assert (everything(graph), bytes_of(home)) == before


# ---- words


def test_only_whole_words_are_names() -> None:
    who = Pseudonym("r1", frozenset({"al", "rita", "rita@example.org", "   "}), "forgotten-1")
    assert who.of_text("Rita, margarita, rita@example.org and al") == "forgotten-1, margarita, forgotten-1 and al"
    assert (who.of_name("@Rita"), who.of_name("AL"), who.of_name("Alan")) == ("forgotten-1", "forgotten-1", "Alan")


# ---- the command


@pytest.mark.parametrize("verb", ["forget r1", "purge --workspace acme"])
def test_stopped_before_its_last_step_and_repeated_it_is_done(
    embedded_engine: Engine, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    """All is out of the graph, and its bytes are in the files: whatever opens the graph next finishes that."""
    home = Path(embedded_engine.env["RC2GRAPH_HOME"])
    with connect(embedded_engine.target, write=True, wait=10) as opened:
        graph = opened.workspace("acme")
        load_all(graph, shelved(home))

    def typed(*words: str) -> Result:
        return CliRunner().invoke(app, [*verb.split(), *words], env=embedded_engine.env)

    def dies(*_: object) -> None:
        raise Killed

    def held() -> bool:
        return any(b"rita.retired" in path.read_bytes() for path in (home / "graph").rglob("*") if path.is_file())

    with monkeypatch.context() as patch:
        patch.setattr("rc2graph.graph.files._copied", dies)
        assert isinstance(typed("--yes").exception, Killed)
    assert held()
    again = typed("--yes")
    assert (again.exit_code, "That is finished now: no file of the graph holds it." in again.stdout) == (0, True)
    assert not held()
    assert isinstance(typed("--yes").exception, UsageError), "nothing had been begun"


def test_it_says_asks_and_does(engine: Engine, tmp_path: Path) -> None:
    home = Path(engine.env["RC2GRAPH_HOME"])
    files = shelved(home)
    with connect(engine.target, write=True, wait=10) as opened:
        graph = opened.workspace("acme")
        load_all(graph, files)
    desk = Desk(tmp_path, engine.env)
    desk.ok("evidence", "review-2026", "--at", MAY)
    kept = {path: path.read_bytes() for path in (tmp_path / "review-2026").rglob("*") if path.is_file()}

    refused = desk.run("forget", "rita.retired")
    assert (refused.code, "--yes" in refused.told) == (2, True)
    there = desk.run("forget", "bob", "--yes")
    assert (there.code, "still there" in there.told) == (2, True)
    assert desk.run("forget", "nobody", "--yes").code == 2
    dry = json.loads(desk.ok("forget", "rita.retired", "--dry-run", "--json"))
    assert (dry["dryRun"], dry["as"], dry["history"], len(dry["snapshots"])) == (True, None, 4, 3)
    assert "4 edges of history" in desk.ok("forget", "rita.retired", "--dry-run")

    told = json.loads(desk.ok("forget", "rita.retired", "--yes", "--json"))
    assert told == {**dry, "dryRun": False, "as": told["as"]}
    assert re.fullmatch(r"forgotten-[0-9a-f]{12}", told["as"])
    assert told["evidencePacks"] == ["review-2026"]
    assert "copies" in told["notKnown"]
    assert not [name for name in NAMES if name in json.dumps(told)]
    assert {path: path.read_bytes() for path in kept} == kept, "what was issued is left alone"
    assert desk.run("forget", "rita.retired", "--yes").code == 2
    assert "rita" not in desk.ok("query", "MATCH (n) RETURN n", "--json").lower()


def test_told_not_to_ask_it_reports_once(embedded_engine: Engine, tmp_path: Path) -> None:
    with connect(embedded_engine.target, write=True, wait=10) as opened:
        load_all(opened.workspace("acme"), shelved(Path(embedded_engine.env["RC2GRAPH_HOME"])))
    told = Desk(tmp_path, embedded_engine.env).ok("forget", "rita.retired", "--yes").splitlines()
    assert re.fullmatch(r"Forgotten: one user of acme, who is forgotten-[0-9a-f]{12} from now on\.", told[0])
    assert [line.partition(":")[0] for line in told].count("In the graph") == 1
    assert len(set(told)) == len(told)


def test_without_any_snapshot_the_graph_alone_is_made_to_forget(
    embedded: WorkspaceGraph, home: Path, tmp_path: Path
) -> None:
    for at, world in worlds().items():
        loaded(embedded, world, tmp_path, at=at, allow_removals=100)
    assert gone(embedded, home).snapshots == ()
    assert formers(embedded) == {("FormerTeam", "hers")}
