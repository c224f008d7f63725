"""What an account is, in one word: worked out once, stored, and the same word wherever it is asked for."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from rc2graph import __version__
from rc2graph.access.person import find_person
from rc2graph.access.target import ADMINISTRATOR, find_access
from rc2graph.access.visibility import Visibility
from rc2graph.access.who import who
from rc2graph.access.why import why
from rc2graph.catalogue import catalogue
from rc2graph.graph.connect import WorkspaceGraph, connect
from rc2graph.graph.load import load_snapshot
from rc2graph.render.layout import caption
from rc2graph.reviews.changes import compared
from rc2graph.reviews.items import accesses, part_of
from rc2graph.reviews.questions import all_questions, named
from rc2graph.reviews.risk import Risks
from rc2graph.reviews.run import review
from rc2graph.snapshot import Snapshot
from tests.engines import Engine
from tests.review import WORKSPACE
from tests.snapshots import World, ask, loaded, snapshot

NEW = {"active": False, "reason": "I am the new intern"}
ACCOUNTS = {
    "ann": ({}, "active"),
    "left": ({"active": False}, "deactivated"),
    "mute": ({"active": False, "reason": ""}, "deactivated"),
    "pia": (NEW, "pending"),
    "pod": ({**NEW, "type": "bot", "service_account": True}, "pending"),
    "old": ({"active": False, "type": "bot", "service_account": True, "federated": True}, "deactivated"),
    "far": ({"federated": True, "type": "bot", "service_account": True}, "federated"),
    "bot": ({"type": "bot", "service_account": True, "reason": "for the build"}, "service"),
    "fog": ({"active": None, "reason": "unknown"}, None),
    "fed": ({"active": None, "federated": True}, "federated"),
}  # fmt: skip
"""Account → what is known of it, and the word. Not visible: `active` decides last, as it always has."""
WORDS = {id_: word or "not visible" for id_, (_, word) in ACCOUNTS.items()} | {"nn": "not visible"}


def world_of_all() -> World:
    world = World()
    world.role("admin", "access-permissions")
    world.role("user", "view-d-room")
    for id_, (known, _) in ACCOUNTS.items():
        world.user(id_, "admin", **known)
    world.team("vault", *ACCOUNTS, "nn", private=True)  # nn: no list of users shows it
    world.team("waiting", "pia", "left")
    world.team("new", private=True)
    world.join("new", "pia", "owner")
    world.team("own")
    world.join("own", "ann", "owner")
    return world


@pytest.fixture
def graph(engine: Engine, tmp_path: Path) -> Iterator[WorkspaceGraph]:
    with connect(engine.target, write=True, wait=10) as opened:
        graph = opened.workspace(WORKSPACE)
        loaded(graph, world_of_all(), tmp_path)
    with connect(engine.target, write=False) as opened:
        graph = opened.workspace(WORKSPACE)
        yield graph


def states(graph: WorkspaceGraph, name: str) -> dict[str, str]:
    visibility = Visibility.of(graph)
    found = who(graph, visibility, find_access(graph, visibility, name))
    assert sum(found.states.values()) == len(found.shown)
    return {one.id: one.state for one in found.shown}


def rows(graph: WorkspaceGraph, question: str, *columns: str) -> set[tuple[object, ...]]:
    (result,) = review([graph], named(all_questions(), [question]), {}).results
    at = [result.question.columns.index(one) for one in columns]
    return {tuple(tuple(row[n]) if isinstance(row[n], list) else row[n] for n in at) for row in result.rows}


def aged(graph: WorkspaceGraph, fingerprints: list[list[str]], content: str) -> None:
    """Make the graph one that an older release has loaded."""
    ask(graph, """UNWIND $rows AS row MATCH (u:User {workspace: $w, id: row[0]}) SET u.fingerprint = row[1]
                  REMOVE u.status""", w=WORKSPACE, rows=fingerprints)  # fmt: skip
    ask(graph, "MATCH (s:Sync {workspace: $w}) SET s.contentSha256 = $content", w=WORKSPACE, content=content)


def test_one_word_is_stored_and_every_answer_says_it(graph: WorkspaceGraph) -> None:
    text = "MATCH (u:User {workspace: $w}) RETURN u.id AS id, u.status AS status"
    held = [record.data() for record in graph.stream(text, {"w": WORKSPACE})]
    assert {row["id"]: row["status"] for row in held} == {id_: word for id_, (_, word) in ACCOUNTS.items()} | {
        "nn": None
    }
    assert states(graph, "team:vault") == WORDS
    assert states(graph, "admin") == states(graph, "permission:access-permissions") == {
        id_: word for id_, word in WORDS.items() if id_ != "nn"
    }  # fmt: skip
    assert list(dict.fromkeys(states(graph, "admin").values())) == [
        "active", "service", "federated", "deactivated", "pending", "not visible",
    ]  # fmt: skip
    assert {id_: find_person(graph, f"id:{id_}").state for id_ in WORDS} == WORDS
    listed = accesses(graph, part_of(graph, Visibility.of(graph), "team:vault"))
    assert {one.person.id: one.person.state for one in listed} == WORDS


def test_who_was_never_approved_has_not_left(graph: WorkspaceGraph) -> None:
    assert {user for (user,) in rows(graph, "deactivated-members", "user")} == {"left.name", "mute.name", "old.name"}
    assert {user for (user,) in rows(graph, "deactivated-with-roles", "user")} == {"left.name", "mute.name", "old.name"}
    assert {("pia.name", ("never approved", "no name")), ("left.name", ("deactivated", "no name"))} <= rows(
        graph, "odd-administrators", "user", "odd"
    )
    assert rows(graph, "empty-teams", "team", "finding") == {
        ("team waiting", "deactivated and never approved accounts only"), ("team new", "never approved accounts only"),
    }  # fmt: skip
    assert ("team new", "only never approved accounts as owners") in rows(graph, "ownerless-teams", "team", "finding")
    pia = find_person(graph, "pia.name")
    assert pia.does("is administrator") == "pia.name was never approved, and is administrator once approved."
    assert pia.remarks() == ["pia.name was never approved and cannot sign in. All this begins with the approval."]
    visibility = Visibility.of(graph)
    (access,) = accesses(graph, part_of(graph, visibility, "team:new"))
    risk, text = Risks(graph, unseen=False).of(access)
    assert (risk, "never approved" in text, "switched on" in text) == ("medium", True, False)


def test_a_graph_of_an_older_release_says_not_visible_and_not_something_wrong_until_it_is_loaded(
    engine: Engine, tmp_path: Path
) -> None:
    with connect(engine.target, write=True, wait=10) as opened:
        graph = opened.workspace(WORKSPACE)
        loaded(graph, world_of_all(), tmp_path)
        aged(graph, [[id_, "0" * 32] for id_ in ACCOUNTS], "another")
    with connect(engine.target, write=False) as opened:
        graph = opened.workspace(WORKSPACE)
        assert set(states(graph, "team:vault").values()) == {"not visible"}
        off = {"left.name", "mute.name", "old.name", "pia.name", "pod.name"}
        assert {user for (user,) in rows(graph, "deactivated-members", "user")} == off, "as that release said"
    with connect(engine.target, write=True, wait=10) as opened:
        graph = opened.workspace(WORKSPACE)
        loaded(graph, world_of_all(), tmp_path)
        assert states(graph, "team:vault") == WORDS


def test_the_same_file_of_an_older_release_gives_it_to_a_graph_that_was_loaded_from_it(
    engine: Engine, tmp_path: Path
) -> None:
    """Its fingerprints are of the older model, and cover no status: they must not stand for it."""
    old = Path(__file__).parent / "data" / "format-2.sqlite"
    with closing(sqlite3.connect(old)) as db:
        fingerprints = [list(row) for row in db.execute("SELECT id, fingerprint FROM user")]
        meta = dict(db.execute("SELECT key, value FROM meta"))
    with connect(engine.target, write=True, wait=10) as opened, Snapshot.open(old) as found:
        graph = opened.workspace(WORKSPACE)
        load_snapshot(graph, found)
        now = found.content.partition(" ")
        text = f"{meta['content']} {now[2]} {__version__} {catalogue().version}"
        aged(graph, fingerprints, hashlib.sha256(text.encode()).hexdigest())
        load_snapshot(graph, found)
        counted = ask(graph, "MATCH (u:User {workspace: $w}) RETURN u.status AS status, count(*) AS n", w=WORKSPACE)
        held = dict(found.db.execute("SELECT status, count(*) FROM user GROUP BY 1"))
    assert {row["status"]: row["n"] for row in counted} == held
    assert (held["pending"], held["active"] > 100) == (1, True)


def test_a_difference_says_the_same_word(tmp_path: Path) -> None:
    before, after = world_of_all(), world_of_all()
    for id_ in ACCOUNTS:
        before.change(id_, roles=("user",))
    with snapshot(before, tmp_path / "a") as a, snapshot(after, tmp_path / "b") as b, compared(a, b) as found:
        assert {one.account.id: one.state for one in found.tier_a()} == {
            id_: word for id_, word in WORDS.items() if id_ != "nn"
        }


def test_a_picture_says_it(graph: WorkspaceGraph) -> None:
    visibility = Visibility.of(graph)
    captions = {
        id_: caption(why(graph, visibility, find_person(graph, f"id:{id_}"), ADMINISTRATOR).paths[0].start)
        for id_ in ("ann", "left", "pia")
    }
    assert captions == {"ann": "account", "left": "deactivated account", "pia": "account, never approved"}
