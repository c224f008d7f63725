"""What a question costs a Neo4j: it starts from an index, and one about something named finds that at once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rc2graph.graph.connect import Graph, connect
from rc2graph.graph.statements import names, statement
from rc2graph.simulator.sized import sized
from tests.engines import Engine
from tests.review import WORKSPACE, world_of
from tests.snapshots import World, ask, loaded
from tests.test_statements import NOW, defaults, named, parameters

NAMES_SOMETHING = {"user", "permission", "role", "team", "room", "text", "kind"}
LOOKS_THROUGH = {
    "paths/find-names": "everything that a mistyped name is compared with",
    "paths/find-account-near": "a part of a name is in no index",
    "paths/find-account-begins": "all that begin alike",
}
FEW = 10
"""Hits by which a named thing is found."""


@pytest.mark.plans("last")
def test_every_question_starts_from_an_index(neo4j_engine: Engine, tmp_path: Path) -> None:
    world = large()
    held = {
        "workspace": WORKSPACE, "user": "user.000007", "permission": "view-d-room", "role": "helpdesk",
        "team": named(world.teams, "team-00000"), "room": named(world.rooms, "team-00000"),
        "text": "user.0001", "kind": "", "most": 3, "at": NOW, "asOf": NOW,
    }  # fmt: skip
    with connect(neo4j_engine.target, write=True) as graph:
        loaded(graph, world, tmp_path)
        ask(graph, "CALL db.prepareForReplanning(60)")  # plans rest on samples, which are taken some time after a load
        ask(graph, "CALL db.clearQueryCaches()")
        questions = [name for folder in ("paths", "review", "browser") for name in names(folder)]
        plans = {name: list(profiled(graph, name, held)) for name in questions}

    costs, scans, slow = "", {}, set()
    for name, plan in plans.items():
        hits = sum(step["dbHits"] for step in plan)
        start = sum(step["dbHits"] for step in plan if not step.get("children"))
        costs += f"\n{name}: {hits} hits, {start} of them to start"
        about_something = bool(NAMES_SOMETHING & set(parameters(name)))
        if about_something or not name.startswith("review/"):  # a review goes through a whole workspace
            scans[name] = [step["operatorType"] for step in plan if "Scan" in step["operatorType"]]
        if about_something and start > FEW:
            slow.add(name)
    assert {name: found for name, found in scans.items() if found} == {}, costs
    assert slow == set(LOOKS_THROUGH), costs


def large() -> World:
    """Some thousand accounts, twenty of them with ways to administrator."""
    world = world_of(sized(1_000, 60, 50, 2_500, 4_500))
    world.role("helpdesk", "edit-other-user-info", "edit-other-user-password", "assign-roles", "create-user")
    for user in [user for user in world.users.values() if user.username][::50]:
        world.change(user.id, roles=(*(user.roles or ()), "helpdesk"))
    return world


def profiled(graph: Graph, name: str, held: dict[str, Any]) -> Iterator[dict[str, Any]]:
    own = {one: value for one, [value] in defaults(name).items()}
    with graph._session("READ") as session:
        plan = session.run(f"PROFILE {statement(name)}", held | own).consume().profile
    assert plan is not None
    yield from steps(plan)


def steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("children", ()):
        yield from steps(child)
