"""Who is or can become administrator: everything that is asked says the same of worlds made at random, and what plain
Python makes of the catalogue. Statements that people open are one file each, so each says the rule by itself; and a
difference of two snapshots says it in SQL."""

import random
from collections.abc import Iterable
from pathlib import Path

from rc2graph.access.impact import impact
from rc2graph.access.person import find_person
from rc2graph.access.target import find_access
from rc2graph.access.visibility import Visibility
from rc2graph.access.who import who
from rc2graph.access.why import BECOMES, NONE, YES, why
from rc2graph.catalogue import catalogue
from rc2graph.graph.connect import Graph, connect
from rc2graph.graph.statements import statement
from rc2graph.model import Permission
from rc2graph.reviews.changes import compared
from rc2graph.reviews.questions import all_questions, values_of
from rc2graph.reviews.run import review
from tests.engines import Engine
from tests.snapshots import World, expected, loaded, snapshot

WORLDS = 16
ROLES = ("admin", "user", "one", "two", "three", "four", "five")
GONE = "ghost"
"""A role id that no role carries: accounts hold it, permissions name it, and nobody can hand it out."""
TIER_A = sorted(catalogue().tier_a())
TIER_B = [entry for entry in catalogue().entries if entry.tier == "B" and not entry.pattern and entry.alternatives]
NEEDED = sorted({key for entry in TIER_B for way in entry.alternatives for key in way.needs})
GIVERS = ("assign-roles", "create-user")
OWN_FACTOR = "the holder passes their own second factor"
QUESTION = [one for one in all_questions(None) if one.name == "becomes-administrator"]
Row = tuple[str, tuple[str, ...], str | None]
"""An account that can become administrator, the permissions that it takes, the condition."""
Short = tuple[str, str, tuple[str, ...]]
"""An account, a permission that it holds, and what it lacks beside it to become administrator."""
Told = tuple[set[str], list[Row], dict[str, str], set[Short], set[str], dict[tuple[str, str | None], int]]
"""Who is or can become administrator; each way; the verdict on every account, and what those who cannot are short of;
who is in the picture of those who can become one; how many could not any more after each removal."""


def world(number: int) -> World:
    """Every second one has no tier A permission outside of admin, and few grants, so that combinations are spread."""
    dice, made = random.Random(number), World()
    some = dice.sample([entry.id for entry in TIER_B], dice.randint(3, 10))
    here = {
        *dice.sample(TIER_A, dice.randint(0, 3) * (number % 2)),
        *some,
        *dice.sample(NEEDED, dice.randint(2, len(NEEDED))),
    }
    here -= set(() if number % 2 else TIER_A)
    here |= {dice.choice(GIVERS), *dice.choice([(), ("change-setting-SMTP_Port", "manage-selected-settings")])}
    made.permissions = {key: Permission(key) for key in sorted(here)}
    dense = dice.choice([0.06, 0.12, 0.3])
    for role in ROLES:
        made.role(
            role,
            *(key for key in made.permissions if dice.random() < dense),
            name=dice.choice([role, role.title(), "twice"]),
        )
    for key in made.permissions:
        if dice.random() < dense / 2:
            made.grant(GONE, key)
    for giver in GIVERS:
        if giver in made.permissions and dice.random() < 0.7:
            made.grant(dice.choice([*ROLES[1:], GONE]), giver)
    for n in range(10):
        odd = {"active": dice.choice([False, None])} if dice.random() < 0.2 else {}
        odd |= {"username": None} if dice.random() < 0.2 else {}
        roles = [role for role in (*ROLES, GONE) if dice.random() < (0.1 if role == "admin" else 0.3)]
        made.user(f"u{n}", *roles, **odd)
    return made


def told_by_the_graph(held: Graph, number: int) -> Told:
    made, graph = world(number), held.workspace(f"w{number}")
    visibility = Visibility.of(graph)
    admin = find_access(graph, visibility, "admin")
    holders = who(graph, visibility, admin, most=None).shown
    people = {id_: find_person(graph, f"id:{id_}") for id_ in made.users}
    (result,) = review([graph], QUESTION, values_of(QUESTION, ())).results
    ids = {user.username or user.id: user.id for user in made.users.values()}
    rows = [(ids[row["user"]], tuple(row["through"]), row["condition"]) for row in result.as_dicts()]
    answers = {id_: why(graph, visibility, person, admin) for id_, person in people.items()}
    verdicts = {id_: answer.verdict for id_, answer in answers.items()}
    short = {(id_, one.path.nodes[2].id, one.missing) for id_, answer in answers.items() for one in answer.almost}
    drawn = graph.query(statement("browser/ways-to-administrator")).rows
    picture = {row["way"].start_node["id"] for row in drawn} - {one.id for one in holders if one.by == "role"}
    removals = {(one.role_id, one.permission): one.secured for one in impact(graph, visibility).removals}
    return {one.id for one in holders}, sorted(rows, key=repr), verdicts, short, picture, removals


Target = tuple[frozenset[str], str | None]
"""Permissions that make an administrator when one person holds all of them, and the condition."""


def targets(permissions: Iterable[str]) -> set[Target]:
    found = set[Target]()
    for key in permissions:
        if (entry := catalogue().entry(key)) and entry.tier == "A":
            found.add((frozenset({key}), entry.condition))
        elif entry and entry.tier == "B":
            plain = [way for way in entry.alternatives if not way.hands_out and not way.with_setting]
            found |= {(frozenset({key, *way.needs}), way.condition) for way in plain}
    return found


def reached(held: set[str], union: set[str], known: set[Target]) -> set[Target]:
    """What an account can do with what it holds, and with roles that it hands out: which of its own permissions that
    takes, and under which condition. Of several the plainest."""
    found = {(parts, condition) for parts, condition in known if parts <= held}
    for giver in held.intersection(GIVERS):
        own = OWN_FACTOR if giver == "assign-roles" else None
        opened = set[Target]()
        for parts, condition in known:
            if parts <= held | union and (parts - {giver}) & union:
                both = condition if own in (None, condition) or own in (condition or "") else f"{own}; {condition}"
                opened.add((frozenset({giver, *(parts - union)}), both if condition else own))
        found |= {
            one for one in opened
            if not any(other != one and other[0] <= one[0] and other[1] in (own, one[1]) for other in opened)
        }  # fmt: skip
    return found


def told_by_plain_python(made: World) -> Told:
    granted = {key: set(permission.roles) for key, permission in made.permissions.items()}
    known, rows, verdicts = targets(made.permissions), list[Row](), dict[str, str]()

    def becoming(granted: dict[str, set[str]]) -> dict[str, set[Target]]:
        union = {key for key, roles in granted.items() if roles - {"admin", GONE}}
        able = {}
        for user in made.users.values():
            held = {key for key, roles in granted.items() if roles & set(user.roles or ())}
            if "admin" not in (user.roles or ()) and (found := reached(held, union, known)):
                able[user.id] = found
        return able

    able = becoming(granted)
    for user in made.users.values():
        verdicts[user.id] = YES if "admin" in (user.roles or ()) else BECOMES if user.id in able else NONE
        rows += [(user.id, tuple(sorted(parts)), condition) for parts, condition in able.get(user.id, ())]
    short = set[Short]()
    combined = [(id_, dict(of)["needs"]) for type_, id_, _, of in expected(made).edges if type_ == "ESCALATES_WITH"]
    for user in (user for user in made.users.values() if verdicts[user.id] == NONE):
        held = {key for key, roles in granted.items() if roles & set(user.roles or ())}
        short |= {(user.id, id_, tuple(one for one in needs if one not in held))
                  for id_, needs in combined if id_ in held}  # fmt: skip
    removals = {}
    for role in {role for key in TIER_A for role in granted.get(key, ())}:
        for key in (None, *(key for key in TIER_A if role in granted.get(key, ()))):
            without = {id_: roles - ({role} if key in (None, id_) else set()) for id_, roles in granted.items()}
            removals[role, key] = len(able.keys() - becoming(without).keys())
    holders = {id_ for id_, verdict in verdicts.items() if verdict != NONE}
    return holders, sorted(rows, key=repr), verdicts, short, set(able), removals


def test_all_who_are_asked_say_the_same(engine: Engine, tmp_path: Path) -> None:
    with connect(engine.target, write=True, wait=10) as graph:
        for number in range(WORLDS):
            loaded(graph, world(number), tmp_path, workspace=f"w{number}")
    with connect(engine.target, write=False, wait=10) as graph:
        for number in range(WORLDS):
            assert (number, *told_by_the_graph(graph, number)) == (number, *told_by_plain_python(world(number)))


def test_a_difference_says_the_same(tmp_path: Path) -> None:
    """To accounts that held no role before."""
    for number in range(WORLDS):
        made, before = world(number), world(number)
        for id_ in before.users:
            before.change(id_, roles=())
        with (
            snapshot(before, tmp_path / "a") as a, snapshot(made, tmp_path / "b") as b, compared(a, b) as found
        ):  # fmt: skip
            gained = [(one.account.id, one.permissions, one.condition) for one in found.tier_a() if one.tier]
        _, rows, verdicts, *_ = told_by_plain_python(made)
        assert (number, sorted((one for one in gained if verdicts[one[0]] != YES), key=repr)) == (number, rows)


def test_the_worlds_have_some_of_each() -> None:
    told = [told_by_plain_python(world(number)) for number in range(WORLDS)]
    assert sum(len(short) for _, _, _, short, *_ in told) > 5
    verdicts = [one for found in told for one in found[2].values()]
    assert min(verdicts.count(one) for one in (YES, BECOMES, NONE)) > 5
    only_by_handing_out = [
        number for number, (_, rows, *_) in enumerate(told)
        if {user for user, *_ in rows} > {user for user, parts, _ in rows if parts[0] not in GIVERS}
    ]  # fmt: skip
    assert len({number % 2 for number in only_by_handing_out}) == 2
