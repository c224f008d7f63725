"""Rooms that attributes control: who is let in reads them if their attributes allow it, which is neither yes nor no."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rc2graph.access.account import account
from rc2graph.access.person import find_person
from rc2graph.access.target import find_access
from rc2graph.access.visibility import Visibility
from rc2graph.access.who import who
from rc2graph.access.why import NOT_VISIBLE, YES, YES_IF, why
from rc2graph.graph.connect import WorkspaceGraph, connect
from rc2graph.render.html import page
from rc2graph.render.mermaid import mermaid
from rc2graph.reviews.questions import all_questions, named
from rc2graph.reviews.run import review
from rc2graph.rocketchat.mapping import room
from rc2graph.snapshot import Snapshot
from tests.commands import Desk
from tests.engines import Engine
from tests.faults import Fault
from tests.review import WORKSPACE
from tests.snapshots import World, loaded
from tests.source import Source, small_company

SECRET = [{"key": "clearance", "values": ["cosmic-secret"]}]


@pytest.mark.parametrize(
    ("keys", "controlled"),
    [
        ({"abacAttributes": SECRET}, True),
        ({"abacAttributes": [], "abacAttributesRedacted": True}, True),
        ({"abacAttributesRedacted": True}, True),
        ({}, False),
        ({"abacAttributes": []}, False),
        ({"abacAttributes": [], "abacAttributesRedacted": False}, False),
        ({"abacAttributes": None}, None),
        ({"abacAttributes": "clearance"}, None),
        ({"abacAttributes": [], "abacAttributesRedacted": "yes"}, None),
    ],
)
def test_i12_a_room_is_controlled_where_its_row_says_so(keys: dict[str, object], controlled: bool | None) -> None:
    found = room({"_id": "r", "teamId": "t", "t": "p", **keys})
    assert found.attribute_controlled is controlled
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    ("version", "told", "expected"),
    [
        ("8.6.1", True, {"open": False, "listed": True, "redacted": True}),
        ("8.5.0", True, {"open": False, "listed": True, "redacted": False}),
        ("7.7.1", True, {"open": False, "listed": False, "redacted": False}),
        ("8.6.1", False, {"open": None, "listed": True, "redacted": True}),
    ],
)
def test_i12_no_key_is_a_no_only_where_the_version_is_known(
    tmp_path: Path, version: str, told: bool, expected: dict[str, bool | None]
) -> None:
    """Redacting came with 8.6; below 8.0 no key is shown, and there is no such control."""
    workspace = small_company()
    permission = "view-room-administration"
    workspace.permissions.setdefault(permission, {"_id": permission, "_updatedAt": workspace.touch(), "roles": []})
    workspace.grant(permission, "access-reviewer")
    team = next(iter(workspace.teams))
    for name, keys in {
        "open": {}, "listed": {"abacAttributes": SECRET},
        "redacted": {"abacAttributes": [], "abacAttributesRedacted": True},
    }.items():  # fmt: skip
        workspace.add_room(name, private=True, team=team, **keys)
    source = Source(workspace, tmp_path / "s.sqlite", version)
    if not told:
        source.server.add(Fault("403", route="info", times=-1))
    source.collect(retry_for=300.0)
    with Snapshot.open(source.path) as found:
        rows = dict(found.db.execute("SELECT name, attribute_controlled FROM room"))
    assert {name: None if (held := rows[name]) is None else bool(held) for name in expected} == expected
    assert b"cosmic-secret" not in source.path.read_bytes()


def world_of_rooms() -> World:
    world = World()
    world.role("user", "view-d-room")
    world.role("opener", "edit-room", "create-c")
    for id_ in ("ann", "eve"):
        world.user(id_, "user", "opener", service_account=False, federated=id_ == "ann", home_server=None)
    world.team("vault", "ann", private=True)
    world.room("shut", "vault", name="shut", private=True, main=True, attribute_controlled=True)
    world.team("lobby", "ann", private=True)
    world.room("plain", "lobby", name="plain", private=True, main=True)
    world.team("fog", "ann", private=True)
    world.room("dim", "fog", name="dim", private=True, main=True, attribute_controlled=None)
    world.room("square", "vault", name="square", attribute_controlled=True)  # public: nothing is asked of attributes
    return world


@pytest.fixture
def asked(engine: Engine, tmp_path: Path) -> Iterator[WorkspaceGraph]:
    with connect(engine.target, write=True, wait=10) as opened:
        graph = opened.workspace(WORKSPACE)
        loaded(graph, world_of_rooms(), tmp_path)
    with connect(engine.target, write=False) as opened:
        graph = opened.workspace(WORKSPACE)
        yield graph


def test_a_grade_of_its_own_in_every_answer_and_every_rendering(asked: WorkspaceGraph) -> None:
    visibility = Visibility.of(asked)
    ann, eve = (find_person(asked, f"{name}.name") for name in ("ann", "eve"))
    room_ = {name: find_access(asked, visibility, f"room:{name}") for name in ("shut", "plain", "dim", "square")}
    answers = {name: why(asked, visibility, ann, access) for name, access in room_.items()}
    assert {name: one.verdict for name, one in answers.items()} == {
        "shut": YES_IF, "plain": YES, "dim": YES, "square": YES,
    }  # fmt: skip
    shut = answers["shut"]
    assert shut.as_dict()["verdict"] == "yes, if their attributes allow it"
    assert shut.headline == "ann.name reads the room shut as a federated account, if their attributes allow it."
    for text in (page(shut), mermaid(shut.paths), shut.paths[0].describe(), json.dumps(shut.as_dict())):
        assert "if their attributes allow it" in text
    assert "Only if: their attributes allow it" in shut.paths[0].details()
    unseen = "Whether attributes control the room is not visible: where they do, they must allow it as well."
    assert {name for name, one in answers.items() if unseen in one.remarks} == {"dim"}
    for name in ("plain", "dim", "square"):
        assert "allow it" not in page(answers[name]).replace(unseen, "")

    others = why(asked, visibility, eve, room_["shut"])
    assert (others.verdict, others.paths) == (NOT_VISIBLE, ())
    assert not any("public one" in text for text in others.remarks), "such a room cannot be made public"
    assert any("public one" in text for text in why(asked, visibility, eve, room_["plain"]).remarks)

    for name, condition in (("shut", "their attributes allow it"), ("plain", None), ("dim", None), ("square", None)):
        holders = who(asked, visibility, room_[name])
        assert {way.condition for one in holders.shown for way in one.ways} == {condition}
        assert (unseen in holders.remarks) is (name == "dim")
    whole = account(asked, visibility, ann)
    assert dict(whole.radius())["rooms"] == "4 through teams, 1 of them if their attributes allow it"
    assert {one["name"]: one["condition"] for one in whole.as_dict()["rooms"]} == {
        "shut": "their attributes allow it", "plain": None, "dim": None, "square": None,
    }  # fmt: skip


def test_a_question_about_rooms_grades_each_row(asked: WorkspaceGraph) -> None:
    (result,) = review([asked], named(all_questions(), ["rooms-open-to-outsiders"]), {}).results
    at = [result.question.columns.index(name) for name in ("room", "reads")]
    assert {tuple(row[n] for n in at) for row in result.rows} == {
        ("shut", "yes, if their attributes allow it"), ("plain", "yes"), ("square", "yes"),
        ("dim", "yes, unless attributes control it, which is not visible"),
    }  # fmt: skip


def test_what_is_typed_never_sees_a_bare_yes(engine: Engine, tmp_path: Path) -> None:
    with connect(engine.target, write=True, wait=10) as opened:
        graph = opened.workspace(WORKSPACE)
        loaded(graph, world_of_rooms(), tmp_path)
    desk = Desk(tmp_path).at(engine=engine)
    for words in (
        ("why", "ann.name", "room:shut"), ("why", "ann.name", "room:shut", "--json"), ("who", "room:shut"),
        ("who", "room:shut", "--json"), ("who", "room:shut", "--csv"), ("why", "ann.name"),
        *(("review", "rooms-open-to-outsiders", form) for form in ("--all", "--json", "--markdown")),
    ):  # fmt: skip
        assert "their attributes allow it" in " ".join(desk.run(*words).out.split()), words


def test_i12_what_nobody_shows_hides_no_row(engine: Engine, tmp_path: Path) -> None:
    """As from a snapshot of format 2, or where the server's version is not known."""
    world = world_of_rooms()
    world.rooms = {id_: replace(one, attribute_controlled=None) for id_, one in world.rooms.items()}
    with connect(engine.target, write=True, wait=10) as opened:
        graph = opened.workspace(WORKSPACE)
        loaded(graph, world, tmp_path)
    with connect(engine.target, write=False) as opened:
        graph = opened.workspace(WORKSPACE)
        (result,) = review([graph], named(all_questions(), ["rooms-open-to-outsiders"]), {}).results
        at = result.question.columns.index("reads")
        assert {row[at] for row in result.rows} == {"yes", "yes, unless attributes control it, which is not visible"}
        visibility = Visibility.of(graph)
        assert "attributeControlled: not shown by any of 4 rooms" in visibility.gap_texts
        assert not who(graph, visibility, find_access(graph, visibility, "room:shut")).at_least
