"""Who is or can become administrator: `who`, `why` and the review say the same of worlds made at random, and what plain
Python makes of the catalogue."""

import random
from pathlib import Path

from rc2graph.catalogue import catalogue
from rc2graph.graph.connect import Graph, connect
from rc2graph.graph.escalations import ways
from rc2graph.model import Permission
from rc2graph.review.access import find_access
from rc2graph.review.answer import BECOMES, NONE, YES, why
from rc2graph.review.findings import review
from rc2graph.review.holders import who
from rc2graph.review.person import find_person
from rc2graph.review.question import all_questions, values_of
from rc2graph.review.visibility import Visibility
from tests.engines import Engine
from tests.snapshots import World, loaded

WORLDS = 12
ROLES = ("admin", "user", "one", "two", "three", "four", "five")
TIER_A = sorted(catalogue().tier_a())
TIER_B = [entry for entry in catalogue().entries if entry.tier == "B" and not entry.pattern and entry.alternatives]
NEEDED = sorted({key for entry in TIER_B for way in entry.alternatives for key in way.needs})
QUESTION = [one for one in all_questions(None) if one.name == "becomes-administrator"]
Row = tuple[str, tuple[str, ...], str | None]
"""An account that can become administrator, the permissions that it takes, the condition."""
Told = tuple[set[str], list[Row], dict[str, str]]
"""Who is or can become administrator; each way; the verdict on every account."""


def world(number: int) -> World:
    dice, made = random.Random(number), World()
    some = dice.sample([entry.id for entry in TIER_B], dice.randint(3, 10))
    here = {*dice.sample(TIER_A, dice.randint(0, 3)), *some, *dice.sample(NEEDED, dice.randint(2, len(NEEDED)))}
    made.permissions = {key: Permission(key) for key in sorted(here)}
    for role in ROLES:
        granted = [key for key in made.permissions if dice.random() < 0.3]
        made.role(role, *granted, name=dice.choice([role, role.title(), "twice"]))
    for n in range(10):
        odd = {"active": dice.choice([False, None])} if dice.random() < 0.2 else {}
        odd |= {"username": None} if dice.random() < 0.2 else {}
        roles = [role for role in ROLES if dice.random() < (0.1 if role == "admin" else 0.3)]
        made.user(f"u{n}", *roles, **odd)
    return made


def told_by_the_graph(graph: Graph, number: int) -> Told:
    made, workspace = world(number), f"w{number}"
    visibility = Visibility.of(graph, workspace)
    admin = find_access(graph, visibility, "admin")
    holders = who(graph, visibility, admin, most=None).shown
    people = {id_: find_person(graph, workspace, f"id:{id_}") for id_ in made.users}
    (result,) = review(graph, [workspace], QUESTION, values_of(QUESTION, ())).results
    ids = {user.username or user.id: user.id for user in made.users.values()}
    rows = [(ids[row["user"]], tuple(row["through"]), row["condition"]) for row in result.as_dicts()]
    verdicts = {id_: why(graph, visibility, person, admin).verdict for id_, person in people.items()}
    return {one.id for one in holders}, sorted(rows, key=repr), verdicts


def told_by_the_catalogue(made: World) -> Told:
    granted = {key: set(permission.roles or ()) for key, permission in made.permissions.items()}
    with_tier_a = {role for key in TIER_A for role in granted.get(key, ())}
    known = ways(catalogue(), made.permissions, {str(made.roles[role].name) for role in with_tier_a - {"admin"}})
    rows, verdicts = list[Row](), dict[str, str]()
    for user in made.users.values():
        held = set(user.roles or ())
        found = set()
        for (key, _), way in known.items():
            taken = {key, *(way.needs or ())}
            if "admin" not in held and all(held & granted.get(one, set()) for one in taken):
                found.add((user.id, tuple(sorted(taken)), way.condition))
        rows += found
        verdicts[user.id] = YES if "admin" in held else BECOMES if found else NONE
    holders = {id_ for id_, verdict in verdicts.items() if verdict != NONE}
    return holders, sorted(rows, key=repr), verdicts


def test_all_who_are_asked_say_the_same(engine: Engine, tmp_path: Path) -> None:
    with connect(engine.target, write=True, wait=10) as graph:
        for number in range(WORLDS):
            loaded(graph, world(number), tmp_path, workspace=f"w{number}")
    with connect(engine.target, write=False, wait=10) as graph:
        for number in range(WORLDS):
            assert (number, *told_by_the_graph(graph, number)) == (number, *told_by_the_catalogue(world(number)))


def test_the_worlds_have_some_of_each() -> None:
    verdicts = [one for number in range(WORLDS) for one in told_by_the_catalogue(world(number))[2].values()]
    assert min(verdicts.count(one) for one in (YES, BECOMES, NONE)) > 5
