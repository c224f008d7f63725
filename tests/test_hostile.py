"""Answers that look right and are not: one row that says less than before, a figure that is left out, a list that lies
with a total to match, text that should break whoever reads it. What is not shown is never taken for what is not there.

The graph holds the company and nobody has gone since, so nothing else makes a run look twice.
"""

import gzip
import io
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from rc2graph.config import GraphTarget
from rc2graph.errors import GraphError, Rc2graphError, SnapshotError, SourceError
from rc2graph.graph import difference
from rc2graph.graph.connect import connect
from rc2graph.graph.load import load_snapshot
from rc2graph.rocketchat import answer, mapping
from rc2graph.rocketchat.address import Address
from rc2graph.rocketchat.client import Client
from rc2graph.rocketchat.credentials import Credentials
from rc2graph.rocketchat.endpoints import ME, TEAMS
from rc2graph.rocketchat.throttle import RateLimitHeaders
from rc2graph.simulator import Workspace
from rc2graph.simulator.answers import Answer, encode, failure, text
from rc2graph.snapshot import Snapshot
from tests import moved
from tests.engines import Engine, Server
from tests.faults import Simulator
from tests.moved import PARTIAL, Case, Ended, Ground, ids, said
from tests.snapshots import ask, everything
from tests.source import Source, differences, small_company, tidy_company

Payload = dict[str, Any]
Bend = Callable[[Payload], object]


# ---- a company at rest


def at_rest(*, seed: int = 0) -> Workspace:
    """Every number adds up: no rows of deleted users, and hidden members in two teams."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moved, "small_company", tidy_company)
        return moved.earlier(seed=seed)


def one_more(*, seed: int = 0) -> Workspace:
    workspace = at_rest(seed=seed)
    workspace.random.seed(1)
    workspace.add_user("gina", roles=["user", "helpdesk"])
    return workspace


@dataclass
class Rest(Ground):
    """The graph holds the company; since then somebody has come, and nobody gone."""

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        before, after = self.source(at_rest(), "before"), self.source(one_more(), "after")
        before.collect()
        after.collect()
        self.first = before.path
        self.old, self.new = self._alone(before.path, "alone-before"), self._alone(after.path, "alone-after")

    def case(self) -> Case:
        name = f"case-{next(self._numbers)}"
        with Snapshot.open(self.first) as snapshot:
            load_snapshot(self.graph.workspace(name), snapshot)
        return Case(self, name, self.old, self.new, one_more)


@pytest.fixture(scope="module", params=["embedded", "neo4j"])
def rest(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rest]:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "embedded":
        pytest.importorskip("arcadedb", exc_type=ImportError)
        target = GraphTarget(home=folder / "home")
    else:
        server: Server = request.getfixturevalue("neo4j_lts")
        target = server.empty("neo4j", folder).target
    with connect(target, write=True, wait=10) as graph:
        found = Rest(target, graph, folder)
        yield found
        found.neighbours_are_untouched()


# ---- answers that are bent


def bent(source: Source, route: str, bend: Bend, *, times: int = 1) -> list[str]:
    """The next `times` good answers of a route (-1: all of them) are bent; gives a list of those that were."""
    real, struck = source.server.respond, []

    def respond(method: str, path: str, *rest: Any) -> Answer:
        given = real(method, path, *rest)
        if path.endswith(f"/{route}") and given.status == 200 and len(struck) != times:
            payload = json.loads(given.body)
            if isinstance(other := bend(payload), Answer):
                given = other
            else:
                given.body = encode(payload)
            struck.append(path)
        return given

    source.server.respond = respond  # type: ignore[method-assign]
    return struck


def rows(key: str, named: str | None, **held: object) -> Bend:
    """The row of this name (None: every row) says something else; `...`: the key is left out."""

    def bend(payload: Payload) -> None:
        for row in payload[key]:
            if named in (None, row.get("username"), row.get("name"), row.get("_id", "")):
                for name, value in held.items():
                    row.pop(name, None)
                    if value is not ...:
                        row[name] = value

    return bend


def lacks(key: str, named: str) -> Bend:
    """A row is left out, and the figures say so."""

    def bend(payload: Payload) -> None:
        kept = [row for row in payload[key] if named not in (row.get("username"), row.get("name"), row.get("_id"))]
        for figure in {"total", "count"} & payload.keys():
            payload[figure] -= len(payload[key]) - len(kept)
        payload[key] = kept

    return bend


def holds(case: Case, ended: Ended) -> None:
    """Nothing lost, nothing made up; and where the run says that it is whole, every object and edge is there."""
    case.is_between()
    if ended.code == 0:
        found = case.says()
        assert ids(found) == ids(case.wanted), (ids(case.wanted) - ids(found), ids(found) - ids(case.wanted))
        assert not said(found) - said(case.wanted)


def rename(payload: Payload, key: str, id_: str) -> None:
    """The first row is somebody else's."""
    row = payload[key][0]
    row.get("user", row)["_id"] = id_


USERS, NOTHING = "users.listByStatus", (None, ...)
ONCE: list[tuple[str, str, Bend]] = [
    *((f"roles of an account are {value}", USERS, rows("users", "hugo", roles=value)) for value in NOTHING),
    *((f"roles of a new account are {value}", USERS, rows("users", "gina", roles=value)) for value in NOTHING),
    *((f"whether an account is active is {value}", USERS, rows("users", "hugo", active=value)) for value in NOTHING),
    *((f"rows of a team are {value}", TEAMS.route, rows("teams", "vault", numberOfUsers=value)) for value in NOTHING),
    *((f"rows of all teams are {value}", TEAMS.route, rows("teams", None, numberOfUsers=value)) for value in NOTHING),
    ("roles of members are null", "teams.members", rows("members", None, roles=None)),
    ("whether somebody is an owner is left out", "users.listTeams", rows("teams", None, isOwner=...)),
    ("an account less", USERS, lacks("users", "fay")),
    ("a team less", "teams.listAll", lacks("teams", "vault")),
    ("a role less", "roles.list", lacks("roles", "helpdesk")),
    ("a role less that nobody has", "roles.list", lacks("roles", "guest")),
    ("a permission less", "permissions.listAll", lacks("update", "create-team")),
    ("a room less", "rooms.adminRooms", lacks("rooms", "vault-plans")),
    ("the main room of a team less", "rooms.adminRooms", lacks("rooms", "vault")),
    ("rooms of a team that there is not", "rooms.adminRooms", rows("rooms", None, teamId="nowhere")),
    ("a member that there is not", "teams.members", lambda payload: rename(payload, "members", "stranger")),
    ("no roles of anybody", USERS, rows("users", None, roles=[])),
    ("rows of a team are 0", TEAMS.route, rows("teams", "vault", numberOfUsers=0)),
    ("a room of no team", "rooms.adminRooms", rows("rooms", "vault-plans", teamId=None)),
    ("no teams of an account", "users.listTeams", lambda payload: payload["teams"].clear()),
]  # fmt: skip
GONE = failure("team-does-not-exist")
LASTING: list[tuple[str, str, Bend, int]] = [
    *((f"roles of an account are {value}", USERS, rows("users", "hugo", roles=value), PARTIAL) for value in NOTHING),
    *((f"rows of all teams are {value}", "teams.listAll", rows("teams", None, numberOfUsers=value), 0)
      for value in NOTHING),
    *((f"holders of a permission are {value}", "permissions.listAll",
       rows("update", "create-team", roles=value), PARTIAL) for value in NOTHING),
    ("a team less, of which the members are shown", "teams.listAll", lacks("teams", "vault"), PARTIAL),
    ("an account less, which is a member", USERS, lacks("users", "hugo"), PARTIAL),
    ("teams that are listed and are said not to exist", "teams.members", lambda payload: GONE, PARTIAL),
]  # fmt: skip
"""What another route speaks against is not believed, however often it is said."""


@pytest.mark.parametrize(("what", "route", "bend"), ONCE, ids=[what for what, *_ in ONCE])
def test_i2_i12_i13_what_one_answer_leaves_out_is_not_gone(rest: Rest, what: str, route: str, bend: Bend) -> None:
    case = rest.case()
    struck = bent(case.source, route, bend)
    ended = case.run()
    assert struck
    assert ended.code == 0, ended.error
    holds(case, ended)
    assert case.run().code == 0
    case.ends_whole()


def test_i12_i13_the_last_look_at_permissions_does_not_undo_the_first(rest: Rest) -> None:
    case = rest.case()
    asked = iter(range(9))
    struck = bent(
        case.source, "permissions.listAll",
        lambda payload: rows("update", "create-team", roles=None)(payload) if next(asked) == 1 else None, times=-1,
    )  # fmt: skip
    ended = case.run()
    assert len(struck) > 1
    assert ended.code == 0, ended.error
    case.ends_whole()


@pytest.mark.parametrize(("what", "route", "bend", "code"), LASTING, ids=[what for what, *_ in LASTING])
def test_i2_i12_what_is_never_shown_is_never_taken_away(
    rest: Rest, what: str, route: str, bend: Bend, code: int
) -> None:
    case = rest.case()
    bent(case.source, route, bend, times=-1)
    for _ in range(2):
        ended = case.run()
        assert (ended.error, ended.code) == (None, code)
        case.is_between()
        assert ids(case.was) <= ids(case.says()), "nobody has gone"
    case.source.server = Source(one_more(), case.source.path).server
    assert case.run().code == 0
    case.ends_whole()


def test_i12_roles_that_a_plain_collection_does_not_show_are_kept_and_said_to_be_partial(
    rest: Rest, tmp_path: Path
) -> None:
    """`collect`, then `load --snapshot`: the collection knows nothing of the graph, the load does."""
    case = rest.case()
    source = Source(one_more(), tmp_path / "x.sqlite")
    bent(source, USERS, rows("users", "carl", roles=None), times=-1)
    source.collect(workspace=case.name)
    with Snapshot.open(source.path) as snapshot:
        outcome = load_snapshot(rest.graph.workspace(case.name), snapshot, allow_removals=100)
    assert outcome.state == "partial"
    assert ids(case.was) <= ids(case.says())
    case.is_between()


def test_i2_i12_teams_that_show_nobody_at_all_are_not_empty(tmp_path: Path) -> None:
    """As 200 and an empty list answers whoever may not see: all these rows belong to deleted accounts, or to nobody
    that we may see."""
    source = Source(small_company(), tmp_path / "x.sqlite")
    bent(source, "teams.members", lambda payload: payload.update(members=[], total=0, count=0), times=-1)
    done = source.collect()
    assert done.datasets["members"].state == "partial"
    assert len(done.unsettled) == 2, "the third has no rows"


def test_a_permission_or_a_role_that_is_listed_twice_is_asked_for_again(rest: Rest) -> None:
    for route, key in (("roles.list", "roles"), ("permissions.listAll", "update")):
        case = rest.case()
        bent(case.source, route, lambda payload, key=key: payload[key].insert(0, {**payload[key][-1], "roles": []}))
        assert case.run().code == 0
        case.ends_whole()
        bent(
            case.source,
            route,
            lambda payload, key=key: payload[key].insert(0, {**payload[key][-1], "roles": []}),
            times=-1,
        )
        before, ended = case.held(), case.run()
        assert isinstance(ended.error, SourceError)
        assert "twice" in str(ended.error)
        assert case.held() == before


def test_an_account_that_becomes_another_one_in_the_middle_ends_the_run(rest: Rest) -> None:
    """A balancer that sends us elsewhere, or another workspace behind the same name."""
    case, asked = rest.case(), iter(range(99))
    bent(case.source, "me", lambda payload: next(asked) and payload.update(_id="somebody.else"), times=-1)
    before, ended = case.held(), case.run()
    assert isinstance(ended.error, SourceError)
    assert "somebody.else" in ended.error.what
    assert case.held() == before


def test_i2_teams_that_count_fewer_members_than_they_show_are_left_as_they_are(rest: Rest) -> None:
    case = rest.case()
    bent(case.source, TEAMS.route, rows("teams", None, numberOfUsers=0), times=-1)
    for _ in range(2):
        ended = case.run()
        assert (ended.error, ended.code) == (None, PARTIAL)
        assert ids(case.was) <= ids(case.says())


def test_nobody_has_any_role_and_we_have_one_cannot_both_be_true(rest: Rest) -> None:
    case = rest.case()
    bent(case.source, USERS, rows("users", None, roles=[]), times=-1)
    before, ended = case.held(), case.run()
    assert isinstance(ended.error, SourceError)
    assert case.held() == before


def test_i12_a_team_of_an_unknown_sort_is_neither_private_nor_public() -> None:
    assert [mapping.team({"_id": "t", "type": kind}).private for kind in (0, 1, 2, -1)] == [False, True, None, None]


@pytest.mark.parametrize("value", NOTHING)
def test_i11_hidden_members_of_teams_that_do_not_tell_their_rows(tmp_path: Path, value: object) -> None:
    source = Source(small_company(), tmp_path / "x.sqlite")
    bent(source, "teams.listAll", rows("teams", None, numberOfUsers=value), times=-1)
    source.collect()
    wrong = differences(source.content(), source.workspace.oracle())
    assert set(wrong) == {"orphans"}, "how many rows belong to nobody cannot be known"


# ---- text that should break whoever reads it


BODIES = {
    "a figure of many digits": b'{"teams":[],"total":%s,"success":true}' % (b"9" * 5_000),
    "a figure without end": b'{"teams":[],"total":1e999,"success":true}',
    "half a character": b'{"teams":[{"_id":"a","name":"\xff"}],"total":1,"success":true}',
    "half a pair, as it may not be written": b'{"teams":[{"_id":"a","name":"\xed\xa0\x80"}],"total":1,"success":true}',
    "a hundred thousand brackets": b'{"x":' + b"[" * 100_000,
    "a mark of byte order": b'\xef\xbb\xbf{"teams":[],"total":0,"success":true}',
    "more behind its end": b'{"teams":[],"total":0,"success":true}{}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_an_answer_that_is_no_data_is_one_error_and_not_a_crash(body: bytes) -> None:
    with pytest.raises((answer.Broken, mapping.Malformed)):
        answer.read(io.BytesIO(body), "teams", mapping.team, None)


def test_what_stands_beside_the_rows_and_is_of_no_use_takes_no_room() -> None:
    body = b'{"junk":[[1,[2]],{"a":[{}]}],"teams":[{"_id":"a"}],"more":{"total":5},"total":1,"success":true}'
    found = answer.read(io.BytesIO(body), "teams", mapping.team, None)
    assert [row.id for row in found.rows] == ["a"]
    assert found.fields == {"total": 1, "success": True}


@pytest.mark.parametrize(
    "body",
    [b'{"teams":[{"_id":"a","name":"%s"}],"total":1,"success":true}' % (b"x" * 300_000), b" " * 300_000 + b"{}"],
    ids=["in a row", "nothing at all"],
)
def test_a_part_of_an_answer_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    monkeypatch.setattr(answer, "LARGEST", 200_000)
    with pytest.raises(answer.Broken, match="larger"):
        answer.read(io.BytesIO(body), "teams", mapping.team, None)


def test_many_rows_may_be_larger_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer, "LARGEST", 200_000)
    teams = [{"_id": str(number), "name": "x" * 1_000} for number in range(1_000)]
    body = json.dumps({"teams": teams, "total": 1_000, "success": True}).encode()
    assert len(answer.read(io.BytesIO(body), "teams", mapping.team, None).rows) == 1_000


@pytest.mark.parametrize(
    "date",
    ["Mon, 01 Jan 2020 00:00:00 +99999999999999999", "Mon, 01 Jan 0001 00:00:00 -0000", "Mon, 99 Foo 99999 1:1:1 GMT"],
)
def test_a_date_that_is_none_is_no_date(date: str) -> None:
    assert RateLimitHeaders.of(200, {"Date": date, "X-RateLimit-Remaining": "9" * 99}).remaining is None


# ---- a server of its own: what is sent, and what comes back


class Capture:
    """An HTTP server that writes down what it is asked and answers what it is told."""

    def __init__(self, body: bytes = b"{}", **headers: str) -> None:
        self.heard: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.heard.append(f"{self.requestline}\n{self.headers}")
                self.send_response(200)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words: object) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> "Capture":
        threading.Thread(target=partial(self.server.serve_forever, 0.05), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_i8_no_proxy_of_the_environment_reads_the_token(monkeypatch: pytest.MonkeyPatch, name: str, host: str) -> None:
    with Capture() as proxy, Simulator(small_company()) as server:
        monkeypatch.setenv(name, proxy.url)
        client = Client(
            Address.parse(server.url.replace("127.0.0.1", host)), Credentials(*server.credentials), retry_for=1
        )
        try:
            assert client.ask(ME).fields["username"] == "svc.review"
        finally:
            client.close()
        assert not proxy.heard


def test_i8_plain_http_to_another_machine_goes_through_no_proxy_either() -> None:
    assert Address.parse("http://chat.example.test", insecure=True).direct
    assert Address.parse("https://localhost:3000").direct
    assert not Address.parse("https://chat.example.test").direct, "there it is a tunnel, which reads nothing"


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "zstd", "gzip;q=1"])
def test_what_is_packed_in_another_way_than_asked_for_is_not_unpacked(encoding: str) -> None:
    body = gzip.compress(gzip.compress(b'{"teams":[],"total":0,"success":true}'))
    with Capture(body, Content_Encoding=encoding) as server:
        client = Client(Address.parse(server.url), Credentials("someone", "a" * 43), retry_for=0.1)
        try:
            with pytest.raises(SourceError, match="no data"):
                client.ask(TEAMS)
        finally:
            client.close()
        assert "Accept-Encoding: gzip, deflate\n" in server.heard[0]


def test_i8_a_token_that_is_echoed_as_data_is_in_no_snapshot(tmp_path: Path) -> None:
    """In names, in roles, in the version: wherever an answer could carry it."""
    workspace = small_company()
    source = Source(workspace, tmp_path / "x.sqlite")
    token = source.server.credentials[1]
    workspace.add_user(f"x{token}", name=f"I am {token}{token}", roles=["user", token])
    workspace.add_role("odd", description=token)
    workspace.add_team(f"team {token}", owner="ana")
    bent(
        source, "info", lambda payload: payload.update(version=token[:39], info={"version": f"8.6.1 {token}"}), times=-1
    )
    source.collect()
    for path in tmp_path.iterdir():
        assert token.encode() not in path.read_bytes(), path
    assert {name for _, name in _names(source.path)} >= {"I am ……"}


def _names(path: Path) -> list[tuple[str, str]]:
    with Snapshot.open(path) as snapshot:
        return snapshot.db.execute("SELECT id, name FROM user WHERE name IS NOT NULL").fetchall()


# ---- a graph that somebody else has changed


BY_HAND = {
    "roles taken away": "MATCH (:User {workspace: $w})-[e:HAS_ROLE]->(:Role {id: 'admin'}) DELETE e",
    "members taken away": "MATCH (:User {workspace: $w})-[e:MEMBER_OF]->(:Team {name: 'plaza'}) DELETE e",
    "grants taken away": "MATCH (:Role {workspace: $w, id: 'admin'})-[e:GRANTS]->() DELETE e",
    "a role given": """MATCH (u:User {workspace: $w, username: 'ben'}), (r:Role {workspace: $w, id: 'admin'})
                       CREATE (u)-[:HAS_ROLE]->(r)""",
    "an account taken away": "MATCH (u:User {workspace: $w, username: 'ben'}) DETACH DELETE u",
    "a team taken away": "MATCH (t:Team {workspace: $w, name: 'plaza'}) DETACH DELETE t",
    "a permission taken away": "MATCH (p:Permission {workspace: $w, id: 'create-team'}) DETACH DELETE p",
    "a role taken away": "MATCH (r:Role {workspace: $w, id: 'admin'}) DETACH DELETE r",
    "everything but the edges' ends": "MATCH (:User {workspace: $w})-[e]->() DELETE e",
    "a room taken away": "MATCH (r:Room {workspace: $w, name: 'vault-plans'}) DETACH DELETE r",
}


@pytest.mark.parametrize("statement", BY_HAND.values(), ids=BY_HAND)
def test_i14_what_somebody_took_out_of_the_graph_is_put_back(rest: Rest, statement: str) -> None:
    """Without --verify: a count tells that the fingerprints say too little."""
    case = rest.case()
    assert case.run().code == 0
    case.ends_whole()
    ask(rest.graph, statement, w=case.name)
    assert case.says() != case.wanted
    assert case.run().code == 0
    case.ends_whole()


def test_two_nodes_with_one_id_are_told_in_words_and_left(tmp_path: Path, embedded_engine: Engine) -> None:
    """Where no constraint was made yet, anybody may have put them there."""
    source = Source(small_company(), tmp_path / "x.sqlite")
    source.collect()
    with connect(embedded_engine.target, write=True) as graph, Snapshot.open(source.path) as snapshot:
        ask(graph, "UNWIND [1, 2] AS n CREATE (:User {workspace: 'w', id: 'rocket.cat', n: n})")
        before = everything(graph)
        with pytest.raises(GraphError, match="two nodes with one id of w"):
            load_snapshot(graph.workspace("w"), snapshot)
        assert everything(graph) == before


@pytest.mark.parametrize("route", ["users.listByStatus", "rooms.adminRooms", "roles.list", "teams.members"])
def test_a_proxy_that_knows_no_route_for_a_moment_is_no_old_server(rest: Rest, route: str) -> None:
    case = rest.case()
    struck = bent(case.source, route, lambda payload: text(404, "404 page not found"))
    assert case.run().code == 0
    assert struck
    case.ends_whole()


# ---- our own disk


def test_a_disk_that_fills_up_while_a_plan_is_made_is_told_in_words(
    rest: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = rest.case()
    monkeypatch.setattr(difference, "OTHER_TABLES", "PRAGMA main.max_page_count = 30;" + difference.OTHER_TABLES)
    before = case.held()
    with pytest.raises(SnapshotError, match="full") as caught, Snapshot.open(rest.first) as snapshot:
        load_snapshot(rest.graph.workspace(case.name), snapshot, verify=True)
    assert isinstance(caught.value, Rc2graphError)
    assert "rc2graph load --snapshot" in caught.value.next_step
    assert case.held() == before
