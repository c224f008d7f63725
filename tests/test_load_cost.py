"""What a load costs a Neo4j, in database hits and not in seconds: the same on every machine, however busy.

A thousand accounts beside twice as many nodes of another tool, which have the same labels and an index of their own. A
statement of a load may cost a few hits for each value that it takes or gives. So this fails where a plan looks through
an index or a label for each row, where it could follow an edge or seek a key.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, cast

import pytest

from rc2graph.graph.connect import Graph, Transaction, WorkspaceGraph, connect
from rc2graph.graph.statements import names, statement
from tests.engines import Engine
from tests.snapshots import World, ask, loaded
from tests.test_plans import large, steps
from tests.test_statements import NO_LOAD_SENDS

A_VALUE = {"state": 6, "verify": 4, "load": 20, "close": 20}
"""Hits for each value that a statement of this folder takes or gives. Two values make an edge, and to write one takes a
look at the others of its user."""
A_STATEMENT = 600
"""Hits of a statement, however few its values: a role may grant every permission. A label looked through for each row
costs thousands."""
LABELS = ("User", "Role", "Team", "Permission", "Room")
STRANGERS = 2_000
"""Other people's nodes of each label."""
GO_THROUGH = ("state/counts", "state/count/")
"""They give few values and look at a whole workspace once."""
WHERE_A_LOAD_STOPS = "load/release"
NO_KEY_YET = ("state/any/", "state/former/")
"""Asked before there is an index of ours, or in the ten seconds in which Neo4j takes a new one for empty."""


@pytest.mark.plans("last")
def test_a_load_follows_edges_and_seeks_keys_beside_other_peoples_nodes(neo4j_engine: Engine, tmp_path: Path) -> None:
    first = large()
    later = a_year_later(first)
    with connect(neo4j_engine.target, write=True) as graph, strangers(graph):
        meter = Meter(graph)
        loaded(graph_of(meter), first, tmp_path)  # its statements are planned when the keys are new and hold nothing
        for prepared in (False, True):
            if prepared:
                ask(graph, "CALL db.prepareForReplanning(60)")
            ask(graph, "CALL db.clearQueryCaches()")
            meter.moment = "with statistics" if prepared else "without statistics"
            loaded(graph_of(meter), later, tmp_path, allow_removals=100)
            by_hand(graph)
            loaded(graph_of(meter), later, tmp_path, allow_removals=100, verify=True)
            loaded(graph_of(meter), first, tmp_path, allow_removals=100)
        count = "MATCH (n {workspace: 'acme'}) RETURN count(n) + sum(COUNT { (n)-->() }) AS things"
        things = ask(graph, count)[0]["things"]
    dear = defaultdict(set)
    for name, moment, hits, given in meter.measured:
        allowed = A_STATEMENT + A_VALUE.get(name.partition("/")[0], A_VALUE["state"]) * given
        if name.startswith(GO_THROUGH):
            allowed += 3 * things
        if hits > allowed and not name.startswith(NO_KEY_YET):
            dear[name].add(f"{moment}: {hits} hits, {allowed} allowed")
    assert dict(dear) == {}
    measured = {name for name, *_ in meter.measured}
    assert set(chain.from_iterable(map(names, A_VALUE))) - measured <= {*NO_LOAD_SENDS, WHERE_A_LOAD_STOPS}


def a_year_later(before: World) -> World:
    """Of everything, some came, some went and some is another. Going back, everything returns."""
    world = before.copy()
    people = [user.id for user in world.users.values() if user.username and user.username.startswith("user.")]
    gone, changed, moved = people[:20], people[20:120], people[120:220]
    held = {user: tuple(world.users[user].roles or ()) for user in people}
    roles = [role.id for role in world.roles.values() if (role.name or "").startswith("role-")]
    teams = list(world.teams)
    world.role("new-role", "view-logs", "assign-roles", "brand-new")
    world.user("new-user", "new-role", "user", service_account=True, federated=True)
    world.team("new-team", "new-user", *moved)
    world.room("new-room", "new-team", main=True)
    for number, user in enumerate(changed):
        turned = replace(world.users[user], name="Another", active=not world.users[user].active)
        world.users[user] = replace(turned, service_account=number % 2 == 0, federated=number % 2 == 1)
    for user in moved:
        world.change(user, roles=(*held[user], "new-role")[1:])
    for user in gone:
        world.delete_user(user)
    for key in list(world.members)[:200]:
        world.leave(*key)
    world.delete_team(teams[3])
    for room in list(world.rooms)[:5]:
        del world.rooms[room]
    for user in people[20:]:
        world.change(user, roles=tuple(role for role in world.users[user].roles or () if role != roles[0]))
    del world.roles[roles[0]]
    for id_, permission in list(world.permissions.items()):
        world.permissions[id_] = replace(permission, roles=tuple(r for r in permission.roles if r != roles[0]))
    for permission in ("delete-user", "assign-admin-role", "view-statistics"):
        del world.permissions[permission]
    return world


def by_hand(graph: Graph) -> None:
    """Edges that are there twice, and a property that no fingerprint shows."""
    for edge in ("HAS_ROLE", "MEMBER_OF", "GRANTS", "HAS_ROOM"):
        ask(graph, f"MATCH (a {{workspace: 'acme'}})-[:{edge}]->(b) WITH a, b ORDER BY a.id, b.id LIMIT 3 "
                   f"CREATE (a)-[:{edge}]->(b)")  # fmt: skip
    ask(graph, "MATCH (u:User {workspace: 'acme'}) WITH u ORDER BY u.id LIMIT 3 SET u.name = 7")


@contextmanager
def strangers(graph: Graph) -> Iterator[None]:
    """Nodes and edges of another tool: the same labels, no workspace, an index on their id."""
    for label in LABELS:
        ask(graph, f"CREATE INDEX their_{label.lower()} FOR (n:{label}) ON (n.id)")
        ask(graph, f"UNWIND range(1, {STRANGERS}) AS i CREATE (:{label} {{id: toString(i), name: 'their ' + i}})")
    ask(graph, f"""UNWIND range(1, {STRANGERS}) AS i MATCH (u:User {{id: toString(i)}})
                   MATCH (r:Role {{id: toString(i % 9 + 1)}}) MATCH (t:Team {{id: toString(i % 7 + 1)}})
                   CREATE (u)-[:HAS_ROLE]->(r) CREATE (u)-[:MEMBER_OF]->(t)""")  # fmt: skip
    try:
        yield
    finally:
        for label in LABELS:
            ask(graph, f"DROP INDEX their_{label.lower()}")


class Meter:
    """A graph that has every statement profiled: when, its database hits, and the values that it took and gave."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self.moment = graph, "the first load"
        self.measured: list[tuple[str, str, int, int]] = []

    @property
    def name(self) -> str:
        return cast(WorkspaceGraph, self.graph).name

    @property
    def engine(self) -> str:
        return self.graph.engine

    def workspace(self, name: str) -> WorkspaceGraph:
        self.graph = self.graph.workspace(name)
        return cast(WorkspaceGraph, self)

    def rows(self, name: str, /, **params: Any) -> Iterator[dict[str, Any]]:
        with self.graph._session("READ") as session:
            yield from self.profiled(session.run, name, params)

    def read(self, name: str, /, **params: Any) -> list[dict[str, Any]]:
        return list(self.rows(name, **params))

    def execute(self, name: str, /, **params: Any) -> None:
        self.graph.execute(name, **params)

    def write(self, work: Callable[[Transaction], Any]) -> Any:
        return self.graph.write(lambda tx: work(cast(Transaction, _Profiled(self, tx))))

    def profiled(self, run: Callable[..., Any], name: str, params: dict[str, Any]) -> list[dict[str, Any]]:
        params = self.graph._bound | params
        result = run(f"PROFILE {statement(name)}", params)
        rows = [dict(record) for record in result]
        hits = sum(step["dbHits"] for step in steps(result.consume().profile))
        self.measured.append((name, self.moment, hits, values(params) + values(rows)))
        return rows


class _Profiled:
    """A transaction of a meter."""

    def __init__(self, meter: Meter, tx: Transaction) -> None:
        self.meter, self.tx = meter, tx

    def run(self, name: str, /, **params: Any) -> list[dict[str, Any]]:
        return self.meter.profiled(self.tx._tx.run, name, params)


def graph_of(meter: Meter) -> Graph:
    return cast(Graph, meter)


def values(held: Any) -> int:
    """How many cells there are, in lists of whatever depth."""
    match held:
        case dict():
            return sum(map(values, held.values()))
        case list():
            return sum(map(values, held))
        case _:
            return 1
