"""Every file below `cypher/` gives the same on the embedded engine, on Neo4j 5.26 and on the newest Neo4j, where it is
asked in Cypher 25, which is that server's default language, and in Cypher 5.

A story on each engine: a company is loaded, changes, stays as it is and changes back, and every statement that is sent
is written down with what it answered. In between, every statement that only reads is asked about this company. Then the
stories are compared. A file that nobody sent or asked is named.
"""

import itertools
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import neo4j.graph
import pytest

from rc2graph.config import GraphTarget
from rc2graph.errors import GraphError
from rc2graph.graph import connect as connect_module
from rc2graph.graph import load, writer
from rc2graph.graph.connect import Graph, Transaction, WorkspaceGraph, connect
from rc2graph.graph.statements import described, every, names, statement
from rc2graph.retention.forget import erasure, forget
from rc2graph.retention.prune import ended, prune
from rc2graph.retention.purge import held, purge
from rc2graph.simulator import demo_company
from rc2graph.snapshot.changes import OTHERS
from tests.review import WORKSPACE, world_of
from tests.snapshots import Time, World, ask, snapshot

FILES = every()
ASKED = ("paths", "review", "browser", "export", "state", "decisions")
DECIDES = ("decisions/attest/", "decisions/withdraw_")
SENT = ("schema/", "load/", "close/", "state/", "verify/", *DECIDES, "prune/", "forget/", "purge/", "ahead/")
"""Folders whose statements are asked here, and what has to be sent. Who reads the state is both."""
PLAIN = {name for one in OTHERS for name in (one.label, *(edge.name for edge in one.edges))}
NO_LOAD_SENDS = {
    **{name: "a load of what the company has none of" for name in FILES if name.rpartition("/")[2] in PLAIN},
    **dict.fromkeys(("state/workspaces", "state/last_sync", "state/role_ids"), "status"),
    **dict.fromkeys(names("state/count"), "status"),
    "state/team_orphans": "the next collection",
    "state/loads": "who was it at an instant",
    "state/lost": "status, after a damage",
    "state/absent_roles": "a review",
    **dict.fromkeys(("schema/named_indexes", "schema/named_constraints"), "a load that something of others stops"),
}
NOW = "2026-07-12T09:00:00.000Z"
DECISIONS = ("about a role", "about a team")
Rows = list[tuple[Any, ...]]
NO_ORDER = ("page", "permissions", "granted", "listed", "ways")
"""Columns with lists, and lists in them, that are as the engine found them."""
DRAWN = (neo4j.graph.Node, neo4j.graph.Relationship, neo4j.graph.Path)
"""In a list these have no order: somebody draws them."""


@dataclass
class Story:
    """What happened on one engine."""

    sent: dict[str, list[Rows]] = field(default_factory=lambda: defaultdict(list))
    """Statement → its rows, each time that it was sent."""
    graphs: dict[str, list[str]] = field(default_factory=dict)
    """Load → all nodes and edges after it."""
    answers: dict[str, dict[str, Rows]] = field(default_factory=dict)
    """Statement → parameters in words → rows."""


@pytest.fixture(scope="session")
def embedded_story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    pytest.importorskip("arcadedb", exc_type=ImportError)
    folder = tmp_path_factory.mktemp("embedded")
    return told(GraphTarget(home=folder / "home"), folder)


IN_CYPHER_5 = "neo4j-2026 in Cypher 5"
"""By hand: Cypher 5 is asked of the other release, and this one plans every statement anew for it."""


@pytest.fixture(scope="module", params=["neo4j", "neo4j-2026", pytest.param(IN_CYPHER_5, marks=pytest.mark.soak)])
def stories(
    request: pytest.FixtureRequest, embedded_story: Story, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Story, Story | None]:
    """The embedded one, and that of a Neo4j, where there is one."""
    try:
        server = request.getfixturevalue("neo4j_lts" if request.param == "neo4j" else "neo4j_newest")
    except pytest.skip.Exception:  # the last lines of the run say why
        return embedded_story, None
    folder = tmp_path_factory.mktemp(request.param)
    prefix = "CYPHER 5\n" if request.param == IN_CYPHER_5 else ""
    return embedded_story, told(server.empty(request.param, folder / "home").target, folder, prefix)


@pytest.fixture
def pair(stories: tuple[Story, Story | None]) -> tuple[Story, Story]:
    embedded, other = stories
    if other is None:
        pytest.skip("no Neo4j")
    return embedded, other


@pytest.mark.plans("first")
@pytest.mark.parametrize("stories", ["neo4j"], indirect=True)
def test_every_file_is_sent_or_asked_and_says_something(stories: tuple[Story, Story | None]) -> None:
    sent, answers = stories[0].sent, stories[0].answers
    unsent = [name for name in FILES if name.startswith(SENT) and name not in sent]
    assert set(unsent) <= set(NO_LOAD_SENDS)
    assert [name for name in FILES if name not in answers and not name.startswith(SENT)] == []
    refused = {name: rows[0][0][1] for name, asked in answers.items() for rows in asked.values() if refuses(rows)}
    assert refused == {}
    silent = [name for name, asked in answers.items() if not any(map(says_something, asked.values()))]
    assert silent == [], "an engine that never finds any would not be noticed"


@pytest.mark.plans("first")
def test_every_question_has_the_same_answer(pair: tuple[Story, Story]) -> None:
    embedded, other = pair
    differing = {
        f"{name}: {words}": apart(rows, other.answers[name][words])
        for name, asked in embedded.answers.items()
        for words, rows in asked.items()
        if rows != other.answers[name][words]
    }
    assert differing == {}


@pytest.mark.plans("first")
def test_every_load_sends_the_same_and_leaves_the_same_graph(pair: tuple[Story, Story]) -> None:
    embedded, other = pair
    for after, whole in embedded.graphs.items():
        assert other.graphs[after] == whole, after
    for name in sorted({*embedded.sent, *other.sent}):
        assert other.sent[name] == embedded.sent[name], name


@pytest.mark.parametrize("name", FILES)
def test_a_file_opens_in_neo4j_browser_as_it_is(name: str) -> None:
    """Favourites are named by the first line; a prefix is refused by 5.26 and by ArcadeDB."""
    assert re.match(r"// title: \S", described(name).text)
    bare = re.sub(r"'[^']*'|//.*", "", statement(name)).strip()
    assert ";" not in bare.rstrip(";"), "one statement"
    assert not re.match(r"CYPHER\b", bare, re.IGNORECASE)
    if name.startswith(("paths/", "review/", "browser/")):
        told = {key.split()[1] for key in described(name).header if key.startswith("param ")}
        assert told == set(parameters(name)) - {"workspace", "asOf"}


# ---- the company ----


def company() -> World:
    world = world_of(demo_company(people=60))
    world.orphans = {named(world.teams, "merger-blue"): 3}
    return world


def changed(before: World) -> World:
    """The same company when something of every kind has come, has gone, is another, or is switched on or off."""
    world = before.copy()

    def user(name: str, /, **fields: object) -> None:
        world.change(named(world.users, name), **fields)

    boris, board = named(world.users, "boris.popov"), named(world.teams, "board")
    world.role("new-role", "assign-roles", "edit-other-user-info", "brand-new", name="Newcomer")
    world.user("new-user", "new-role", "user", "guest", federated=True, service_account=True, emails=("n@else.where",))
    world.team("new-team", "new-user", named(world.users, "ada.abel"), private=True)
    world.room("new-room", "new-team", private=True, main=True)
    for number in range(120):  # as the grants of `deputy`, all of them go in one load
        world.room(f"new-room-{number}", "new-team")
    world.join(board, "new-user", added_by_id="new-user")
    world.join(board, named(world.users, "hedi.help"), added_by_id=boris)
    world.join(board, "only-a-member", username="only.a.member")
    world.join(board, "one-more", "admin")
    world.grant("guest", "view-logs")
    world.role("deputy", *[permission.id for permission in world.permissions.values() if "admin" in permission.roles])
    user("kurt.keys", email_verified=False)
    user("ada.abel", name="Ada of another name", active=False, roles=())
    user("rita.retired", active=True, roles=("user",))
    user("elias.larsen", federated=True)
    user("@mia:matrix.example.test", federated=False)
    user("jenkins", service_account=True)
    user("deploy.bot", service_account=False)
    for name in ("dora.dormant", "nick.never"):
        user(name, roles=("user",))  # one administrator is left
    world.leave(board, next(member for team, member in world.members if team == board))
    world.delete_user(boris)
    world.delete_team(named(world.teams, "platform-leads"))
    del world.rooms[named(world.rooms, "payroll-0")]
    gone = named(world.roles, "integrator")
    del world.roles[gone], world.permissions["assign-admin-role"], world.permissions["delete-user"]
    for things in (world.users, world.permissions):
        for id_, one in cast(dict[str, Any], things).items():
            cast(dict[str, Any], things)[id_] = replace(
                one, roles=tuple(role for role in one.roles or () if role != gone)
            )
    return world


def named(things: dict[str, Any], name: str) -> str:
    return next(id_ for id_, one in things.items() if name in (getattr(one, "username", None), one.name))


def values(*worlds: World) -> dict[str, list[Any]]:
    """What there is to ask about: a few values for each parameter. A parameter with a new name has none yet."""
    world = worlds[-1]
    people = ("ana.admin", "kurt.keys", "sven.settings", "new-user.name", "hedi.help", "olaf.old", "rocket.cat")
    teams = [named(world.teams, name) for name in ("platform-eng", "engineering")]
    rooms = [named(world.rooms, name) for name in ("platform-eng", "engineering-leads-0", "engineering")]
    ids = {id_ for w in worlds for kind in (w.users, w.roles, w.teams, w.permissions, w.rooms) for id_ in kind}
    return {
        "workspace": [WORKSPACE],
        "user": [*people, named(world.users, "otto.owner")],
        "permission": ["access-permissions", "view-d-room"],
        "role": ["admin", named(world.roles, "helpdesk")],
        "team": [*teams, "platform-eng"],
        "room": rooms,
        "text": ["ana", "access-permissions", "helpdesk", "admin", "payroll", teams[0], rooms[0]],
        "kind": ["", "role", "team", "room", "permission"],
        "most": [3, 1_000],
        "at": ["2026-07-12T08:01:30.000Z", NOW],
        "asOf": [NOW],
        "property": ["roomsState"],
        "now": ["2026-07-12T08:00:00.000Z"],
        "since": ["", "2026-07-12T08:01:30.000Z"],
        "rows": [[[named(world.users, "ana.admin"), other] for other in ("admin", teams[0])]],
        "everything": [True, False],
        "default_roles": [["user"]],
        "enough": [0],
        "ids": [sorted({*ids, *DECISIONS, "livechat-monitor"})],
    }


# ---- the story ----


def told(target: GraphTarget, folder: Path, prefix: str = "") -> Story:
    """A run's id is the one thing that is made up; here it is a number. `prefix`: before each statement, none of which
    has one of its own."""
    ids = itertools.count(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connect_module, "statement", lambda name: prefix + statement(name))
        for module in (load, writer):
            patch.setattr(module, "uuid4", lambda: UUID(int=next(ids)))
        return _told(target, folder)


def _told(target: GraphTarget, folder: Path) -> Story:
    story, clock = Story(), Time()
    first = company()
    later = changed(first)
    minutes = itertools.count()
    with connect(target, write=True, wait=10) as graph:
        without_schema(graph)
        recorder = Recorder(graph, story.sent)

        def loads(world: World, *, at: str = "", **options: bool) -> None:
            at = at or f"2026-07-12T08:{next(minutes):02}:00.000Z"
            with snapshot(world, folder / "world.sqlite", at=at) as file:
                load.load_snapshot(
                    recorder.workspace(WORKSPACE), file, allow_removals=100, **options,
                    clock=clock.clock, sleep=clock.sleep,
                )  # fmt: skip

        recorder.stops_before = "load/nodes/Team"
        with pytest.raises(InterruptedError):
            loads(first)
        recorder.stops_before = ""
        story.graphs["a load that stopped"] = whole(graph)
        for after, world in (("the first", first), ("changes", later), ("no changes", later), ("all as before", first)):
            loads(world)
            story.graphs[after] = whole(graph)
            if after == "the first":
                an_older_catalogue(graph)
            if after == "no changes":
                by_hand(graph)
                loads(world, verify=True)
                story.graphs["changes by hand"] = whole(graph)
                decides(recorder, later)
                story.answers = answers(graph, values(first, later))
        before, clock.now = clock.now, datetime(2026, 7, 12, 8, 59, tzinfo=UTC)
        loads(later, at="2036-07-12T08:00:00.000Z")
        loads(first, withdraw_ahead=True)
        story.graphs["a clock that was ahead"] = whole(graph)
        clock.now = before
        removes(recorder, story, folder, clock)
    return story


def by_hand(graph: Graph) -> None:
    """Somebody changes a user, a role and a team, and what no fingerprint can show."""
    ask(graph, "MATCH (w:Workspace) SET w.decisionsSince = '2026-01-02', w.mendedAt = w.decisionsSince")
    ask(graph, "MATCH (u:User {workspace: $w, id: 'new-user'}) SET u.name = 7", w=WORKSPACE)
    ask(graph, "MATCH (:Role {workspace: $w, id: 'admin'})-[e:GRANTS]->() DELETE e", w=WORKSPACE)
    ask(graph, "MATCH (:Team {workspace: $w})<-[e:MEMBER_OF]-() SET e.owner = 'yes'", w=WORKSPACE)
    for type_ in ("HAS_ROLE", "MEMBER_OF", "GRANTS", "HAS_ROOM"):
        ask(
            graph,
            f"""MATCH (a {{workspace: $w}})-[:{type_}]->(b) WITH a, b ORDER BY a.id, b.id LIMIT 1
                CREATE (a)-[:{type_}]->(b)""",
            w=WORKSPACE,
        )


def removes(recorder: "Recorder", story: Story, home: Path, clock: Time) -> None:
    """Somebody who left is forgotten, what is old goes, and then all of it."""
    graph, timed = recorder.workspace(WORKSPACE), {"clock": clock.clock, "sleep": clock.sleep}
    ask(
        recorder.graph,
        """MATCH (s:Sync {workspace: $w}) SET s.callerId = 'new-user', s.notVisible = ['new-user.name sees no rooms']
           WITH count(s) AS syncs
           MATCH (t:FormerTeam {workspace: $w}) SET t.createdById = 'new-user'
           WITH count(t) AS teams
           MATCH (o:FormerUser {workspace: $w}) WHERE o.id <> 'new-user' SET o.reason = 'a friend of new-user.name'
           WITH count(o) AS others
           MATCH (u:FormerUser {workspace: $w, id: 'new-user'}) MATCH (r:Role {workspace: $w, id: 'user'})
           CREATE (a:Attestation {workspace: $w, id: 'of one who left', kind: 'role', userId: 'new-user',
             accessId: 'user', user: 'new-user.name', reviewer: 'new-user.name', decision: 'approve', decidedAt: $now})
           CREATE (a)-[:ABOUT]->(u) CREATE (a)-[:CONCERNS]->(r)""",
        w=WORKSPACE, now=NOW,
    )  # fmt: skip
    found = erasure(graph, home, "new-user.name")
    forget(graph, home, found, **timed, draw=lambda: "forgotten-0a1b2c3d4e5f")
    story.graphs["somebody was forgotten"] = whole(recorder.graph)
    for before, decisions in (("2026-07-12T08:02:30.000Z", False), ("2026-07-13T00:00:00.000Z", True)):
        ended(graph, before, decisions=decisions)
        prune(graph, before, decisions=decisions, **timed)
        story.graphs[f"what ended before {before} is gone"] = whole(recorder.graph)
    held(graph)
    purge(graph, **timed)
    story.graphs["all of it is gone"] = whole(recorder.graph)


class Recorder:
    """A graph that writes down what is sent to it."""

    def __init__(self, graph: Graph, sent: dict[str, list[Rows]]) -> None:
        self.graph, self.sent, self.stops_before = graph, sent, ""

    @property
    def name(self) -> str:
        return cast(WorkspaceGraph, self.graph).name

    @property
    def engine(self) -> str:
        return self.graph.engine

    def workspace(self, name: str) -> WorkspaceGraph:
        self.graph = self.graph.workspace(name)
        return cast(WorkspaceGraph, self)

    def read(self, name: str, /, **params: Any) -> list[dict[str, Any]]:
        rows = self.graph.read(name, **params)
        self.sent[name].append(plain_rows(name, rows))
        return rows

    def rows(self, name: str, /, **params: Any) -> Iterator[dict[str, Any]]:
        yield from self.read(name, **params)

    def erase_removed(self) -> None:
        self.graph.erase_removed()

    def execute(self, name: str, /, **params: Any) -> None:
        self.graph.execute(name, **params)
        self.sent[name].append([])

    def write(self, work: Callable[[Transaction], Any]) -> Any:
        def recorded(tx: Transaction) -> tuple[Any, list[tuple[str, Rows]]]:
            noting = _Noting(tx, self.stops_before)
            return work(cast(Transaction, noting)), noting.sent

        result, sent = self.graph.write(recorded)
        for name, rows in sent:
            self.sent[name].append(rows)
        return result


class _Noting:
    """A transaction of a recorder. What the driver repeats is written down once."""

    def __init__(self, tx: Transaction, stops_before: str) -> None:
        self.tx, self.stops_before, self.sent = tx, stops_before, list[tuple[str, Rows]]()

    def run(self, name: str, /, **params: Any) -> list[dict[str, Any]]:
        if name == self.stops_before:
            raise InterruptedError
        rows = self.tx.run(name, **params)
        self.sent.append((name, plain_rows(name, rows)))
        return rows


def without_schema(graph: Graph) -> None:
    """A Neo4j of the tests keeps its constraints, and what is there is not sent again."""
    if graph.engine == "neo4j":
        for row in ask(graph, "SHOW CONSTRAINTS YIELD name"):
            ask(graph, f"DROP CONSTRAINT `{row['name']}`")
        for row in ask(graph, "SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP'"):
            ask(graph, f"DROP INDEX `{row['name']}`")


def an_older_catalogue(graph: Graph) -> None:
    """It took a harmless permission for one that suffices."""
    ask(graph, """MATCH (p:Permission {workspace: $w, id: 'view-d-room'}) MATCH (a:Role {workspace: $w, id: 'admin'})
                  CREATE (p)-[:ESCALATES_TO {how: 'So it was said.'}]->(a)""", w=WORKSPACE)  # fmt: skip


def decides(recorder: Recorder, world: World) -> None:
    """A reviewer wants a role taken away, and lets a membership be for a while; both are their own."""
    kurt, hedi = (named(world.users, name) for name in ("kurt.keys", "hedi.help"))
    about = (kurt, named(world.roles, "permission-admin")), (hedi, named(world.teams, "platform-eng"))
    for kind, id_, (user, access), decision in zip(
        ("Role", "Team"), DECISIONS, about, ("revoke", "exception"), strict=True
    ):
        row = {
            "id": id_, "userId": user, "accessId": access, "user": "kurt.keys", "access": "platform-eng", "state": "ok",
            "decision": decision, "until": "2026-08-01", "note": "No more.", "self": True,
        }  # fmt: skip
        given = {"workspace": WORKSPACE, "rows": [row], "reviewer": "ana.admin", "now": NOW, "worksheet": "July"}
        recorder.write(lambda tx, kind=kind, given=given: tx.run(f"decisions/attest/{kind}", **given))
        ahead = {**given, "rows": [{**row, "id": f"{id_}, ahead"}], "now": "2036-07-12T09:00:00.000Z"}
        recorder.write(lambda tx, kind=kind, given=ahead: tx.run(f"decisions/attest/{kind}", **given))
    recorder.write(lambda tx: tx.run("decisions/withdraw_ahead", workspace=WORKSPACE, now=NOW))


def answers(graph: Graph, known: dict[str, list[Any]]) -> dict[str, dict[str, Rows]]:
    found = defaultdict[str, dict[str, Rows]](dict)
    for name in itertools.chain.from_iterable(map(names, ASKED)):
        if name.startswith(DECIDES):
            continue
        asked, own = parameters(name), defaults(name)
        for chosen in itertools.product(*([*own.get(one, ()), *known.get(one, ())] for one in asked)):
            held = dict(zip(asked, chosen, strict=True))
            words = ", ".join(f"{key} {held[key]}" for key in asked if key not in ("workspace", "ids"))
            try:
                found[name][words] = plain_rows(name, graph.read(name, **held))
            except GraphError as error:
                found[name][words] = [(("refused", error.why),)]
        found[name] = found[name]
    return dict(found)


def defaults(name: str) -> dict[str, list[Any]]:
    """What a statement's own header gives its parameters: `// param days: 90 = …`."""
    header = described(name).header.items()
    told = {key.split()[1]: said.partition(" = ") for key, said in header if key.startswith("param ")}
    return {one: [json.loads(default)] for one, (default, given, _) in told.items() if given}


def parameters(name: str) -> list[str]:
    return sorted(set(re.findall(r"\$(\w+)", re.sub(r"//.*", "", statement(name)))))


# ---- what compares ----


def plain_rows(name: str, rows: Iterable[dict[str, Any]]) -> Rows:
    """In the statement's order where it has one, else in one of ours."""
    if name == "state/indexes":
        rows = [row for row in rows if row["labelsOrTypes"]]  # Neo4j has two of its own, on no label
    if name.startswith("verify/"):  # the last cell is ids, or rows, as the engine found them
        rows = [{"page": [[*cells, sorted(ends, key=repr)] for *cells, ends in row["page"]]} for row in rows]
    found = [
        tuple(
            (key, _sorted(plain(held)) if key in NO_ORDER and isinstance(held, list) else plain(held))
            for key, held in row.items()
        )
        for row in rows
    ]
    return found if ordered(statement(name)) else sorted(found, key=repr)


def _sorted(page: Any) -> Any:
    """A page, and the lists of rows in its rows, in one order; a row itself keeps its own."""
    return sorted((_rows_sorted(row) for row in page), key=repr)


def _rows_sorted(held: Any) -> Any:
    if not isinstance(held, tuple):
        return held
    inner = tuple(map(_rows_sorted, held))
    return tuple(sorted(inner, key=repr)) if all(isinstance(one, tuple) for one in inner) else inner


def ordered(text: str) -> bool:
    """Whether the last clause sorts, and by more than a length: among paths of one length an engine is free."""
    last = re.search(r"\bORDER BY\s+([^{}]*)\Z", text)
    return last is not None and not last[1].startswith(("length(", "size("))


def refuses(rows: Rows) -> bool:
    return bool(rows) and rows[0][0][0] == "refused"


def apart(embedded: Rows, other: Rows) -> Any:
    """The first rows that differ; none do where only the order does."""
    here, there = (
        [row for row in rows if row not in others][:2] for rows, others in ((embedded, other), (other, embedded))
    )
    return {"embedded": here, "Neo4j": there} if here or there else "the order"


def says_something(rows: Rows) -> bool:
    return any(held not in (None, 0, "", (), []) for row in rows for _, held in row)


def plain(value: Any) -> Any:
    """Nodes, edges and paths are what they hold; the engines' own ids do not compare."""
    match value:
        case neo4j.graph.Node():
            return (*sorted(value.labels), plain(dict(value)))
        case neo4j.graph.Relationship():
            return (value.type, *(end and end.get("id") for end in value.nodes), plain(dict(value)))
        case neo4j.graph.Path():
            return (*map(plain, value.nodes), *map(plain, value.relationships))
        case dict():
            return tuple((key, plain(each)) for key, each in sorted(value.items()))
        case list():
            held = list(map(plain, value))
            return tuple(sorted(held, key=repr) if any(isinstance(each, DRAWN) for each in value) else held)
        case _:
            return value


def whole(graph: Graph) -> list[str]:
    """All nodes, and all edges with both of their ends."""
    nodes = ask(graph, "MATCH (n) RETURN labels(n) AS labels, properties(n) AS held")
    edges = ask(graph, """MATCH (a)-[e]->(b) RETURN type(e) AS type, properties(e) AS held,
                          labels(a) + [a.id] AS a, labels(b) + [b.id] AS b""")  # fmt: skip
    order = ("labels", "a", "b")
    rows = ({key: sorted(held) if key in order else held for key, held in row.items()} for row in [*nodes, *edges])
    return sorted(repr(plain(row)) for row in rows)
