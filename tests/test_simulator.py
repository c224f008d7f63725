"""The simulator is no kinder than a Rocket.Chat server: what the real one refuses, hides or breaks, it does too.

Section numbers are those of rocketchat.md, from which every text and figure here is taken.
"""

import json
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import requests

from rc2graph.simulator import Limiter, Workspace, demo_company, sized
from rc2graph.simulator.limiter import client_ip
from rc2graph.simulator.queries import Paging
from tests.faults import Fault, Simulator
from tests.faults.script import KINDS


class Caller:
    """Somebody with a token, and one connection."""

    def __init__(self, server, user="svc.review"):
        self.server = server
        self.session = requests.Session()
        user_id, token = server.issue_token(user)
        self.session.headers.update({"X-User-Id": user_id, "X-Auth-Token": token})

    def __call__(self, route, timeout=5, **query):
        path = "/api/info" if route == "info" else f"/api/v1/{route}"
        return self.session.get(self.server.url + path, params=query, timeout=timeout, allow_redirects=False)


@pytest.fixture
def workspace():
    workspace = Workspace()
    workspace.add_user("ana.admin", roles=["user", "admin"], last_login="2026-07-11T15:02:11.482Z")
    workspace.add_user("olaf.old", last_login="2025-01-20T09:30:00.000Z")
    workspace.add_user("uma.user")
    workspace.add_team("platform-eng", private=True, owner="ana.admin")
    workspace.add_member("platform-eng", "olaf.old", ["owner"])
    workspace.add_member("platform-eng", "uma.user")
    workspace.add_team("all-hands", owner="ana.admin")
    return workspace


@pytest.fixture
def serve(workspace):
    """Starts simulators and hands out callers; hangs up afterwards."""
    started, sessions = [], []

    def start(user="svc.review", *, of=workspace, **knobs):
        server = Simulator(of, **knobs).start()
        started.append(server)
        caller = Caller(server, user)
        sessions.append(caller.session)
        return caller

    yield start
    for session in sessions:
        session.close()
    for server in started:
        server.stop()


@pytest.fixture
def ask(serve):
    return serve()


# §1 who may come in, and what a refusal looks like

LOGGED_OUT = "You must be logged in to do this."


def test_a_wrong_or_missing_token_is_401_with_the_servers_words(ask):
    ask.session.headers["X-Auth-Token"] = "wrong"
    answer = ask("me")
    body = {"success": False, "error": LOGGED_OUT, "status": "error", "message": LOGGED_OUT}
    assert (answer.status_code, answer.json()) == (401, body)
    assert "Cache-Control" not in answer.headers
    del ask.session.headers["X-Auth-Token"], ask.session.headers["X-User-Id"]
    assert ask("me").status_code == 401


def test_tokens_go_with_deactivation_deletion_and_revocation(ask, workspace):
    for lose in (workspace.deactivate, workspace.revoke_token, workspace.delete_user):
        name = f"u.{lose.__name__}"
        workspace.add_user(name)
        caller = Caller(ask.server, name)
        with caller.session:
            assert caller("me").status_code == 200
            lose(name)
            assert caller("me").status_code == 401


def test_logout_by_get_revokes_the_token(ask):
    assert ask("logout").status_code == 200
    assert ask("me").status_code == 401


def test_an_account_without_username_crashes_every_route_but_me(serve, workspace):
    ask = serve(workspace.add_user(None, name="Nameless"))
    assert ask("me").status_code == 200
    answer = ask("roles.list")
    assert (answer.status_code, answer.text) == (500, "Internal Server Error")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_the_version_is_whole_only_with_view_statistics(serve):
    assert serve("ana.admin")("info").json()["version"] == "8.6.1"
    ask = serve()
    assert ask("info").json()["version"] == "8.6"
    assert "info" not in ask("info").json()
    build = serve("ana.admin")("info").json()["info"]["build"]
    assert build.keys() == {
        *("date", "nodeVersion", "arch", "platform", "osRelease", "totalMemory", "freeMemory", "cpus"),
    }
    ask.session.headers.clear()
    assert ask("info").json()["success"] is True


def test_missing_permission_is_not_one_status(serve, workspace):
    ask = serve("uma.user")
    route_level = "User does not have the permissions required for this action [error-unauthorized]"
    room = workspace.add_team("board", private=True, owner="ana.admin")
    outcomes = [
        (ask("teams.listAll"), 403, route_level),
        (ask("roles.getUsersInRole", role="admin"), 403, route_level),
        (ask("users.list", email="ana.admin@example.test"), 403, "unauthorized"),
        (ask("teams.info", teamId=room), 403, "unauthorized"),
        (ask("rooms.adminRooms"), 400, "error-not-authorized"),
        (ask("teams.listRooms", teamId=room), 400, "user-not-on-private-team"),
    ]
    for answer, status, error in outcomes:
        assert (answer.status_code, answer.json()) == (status, {"success": False, "error": error})
    hidden = ask("teams.members", teamId=room)
    assert hidden.json() == {"members": [], "total": 0, "count": 0, "offset": 0, "success": True}
    workspace.revoke("view-d-room", "user")
    assert ask("users.listByStatus").status_code == 403


@pytest.mark.parametrize(
    ("route", "query", "error"),
    [
        ("users.list", {"nonsense": "1"}, "must NOT have additional properties"),
        ("users.listByStatus", {"count": "abc"}, "must be number"),
        ("users.listByStatus", {"status": "x"}, "must be equal to one of the allowed values"),
        ("rooms.adminRooms", {"types[]": "x"}, "must be equal to one of the allowed values"),
        ("users.listTeams", {}, "must have required property 'userId'"),
        ("teams.members", {"teamId": "a", "teamName": "b"}, "must match exactly one schema in oneOf"),
        (
            "teams.members",
            {},
            "must have required property 'teamId'\n must have required property 'teamName'\n "
            "must match exactly one schema in oneOf",
        ),
    ],
)
def test_what_the_schema_does_not_know_is_refused(ask, route, query, error):
    answer = ask(route, **query)
    assert answer.status_code == 400
    assert answer.json() == {"success": False, "errorType": "error-invalid-params", "error": error}


def test_routes_without_a_schema_ignore_unknown_parameters(ask):
    assert ask("roles.list", nonsense=1).status_code == ask("teams.listAll", nonsense=1).status_code == 200


@pytest.mark.parametrize(
    ("route", "query", "error"),
    [
        ("teams.members", {"teamId": "x"}, {"error": "team-does-not-exist"}),
        ("teams.listRooms", {"teamId": "x"}, {"error": "team-does-not-exist"}),
        ("teams.info", {"teamId": "x"}, {"error": "Team not found"}),
        ("users.info", {"userId": "x"}, {"error": "User not found."}),
        (
            "permissions.listAll",
            {"updatedSince": "x"},
            {
                "error": 'The "updatedSince" query parameter must be a valid date. [error-roomId-param-invalid]',
                "errorType": "error-roomId-param-invalid",
            },
        ),
        (
            "users.list",
            {"sort": "x"},
            {
                "error": 'Invalid sort parameter provided: "x" [error-invalid-sort]',
                "errorType": "error-invalid-sort",
                "details": {"helperMethod": "parseJsonQuery"},
            },
        ),
    ],
)
def test_what_a_handler_cannot_serve_is_400(ask, route, query, error):
    answer = ask(route, **query)
    assert (answer.status_code, answer.json()) == (400, {"success": False, **error})


def test_other_refusals_of_the_table(serve, ask, workspace):
    role = serve("ana.admin")("roles.getUsersInRole", role="nobody")
    assert role.json() == {
        "success": False,
        "error": "[error-invalid-roleId]",
        "errorType": "error-invalid-roleId",
    }
    assert ask("rooms.adminRooms", **{"types[]": ["c"] * 501}).json()["error"] == "Invalid query parameters"
    assert ask("users.list", offset=-1).status_code == 400
    unknown = ask("no.such.route")
    assert (unknown.status_code, unknown.text) == (404, "404 Not Found")
    assert unknown.headers["Content-Type"].startswith("text/plain")
    assert unknown.headers["Access-Control-Allow-Origin"] == "*"
    workspace.add_team("half-made", main_room=False)
    assert ask("teams.info", teamName="half-made").json()["error"] == "Room not found"
    workspace.add_member("half-made", "uma.user", created_by=None)
    assert ask("teams.members", teamName="half-made").status_code == 400


def test_a_write_is_404_and_is_seen_in_the_log(ask):
    assert ask.session.post(ask.server.url + "/api/v1/users.delete", json={"userId": "x"}).status_code == 404
    assert ask("me").status_code == 200
    assert [(entry.method, entry.route) for entry in ask.server.log] == [("POST", "users.delete"), ("GET", "me")]


def test_outside_the_api_there_is_only_a_web_page(serve):
    ask = serve(path_prefix="/chat")
    assert ask("me").status_code == 200
    page = requests.get(ask.server.url + "/home", timeout=5)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert requests.get(ask.server.url.removesuffix("/chat") + "/api/info", timeout=5).status_code == 404


def test_handler_answers_are_json_without_charset_and_not_to_be_stored(ask):
    headers = ask("me").headers
    assert headers["Content-Type"] == "application/json"
    assert (headers["Cache-Control"], headers["Pragma"]) == ("no-store", "no-cache")
    assert abs((parsedate_to_datetime(headers["Date"]) - datetime.now(UTC)).total_seconds()) < 5


# §2 the limiter


def test_the_model_of_the_limiter():
    limiter = Limiter(clock=lambda: 0)
    inside = [limiter.check("r", "ip", 30_000) for _ in range(12)]
    assert [verdict.remaining for verdict in inside] == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0]
    assert [verdict.allowed for verdict in inside] == [True] * 10 + [False] * 2
    assert (inside[-1].seconds, inside[-1].reset) == (30, 60_000)
    at_reset = limiter.check("r", "ip", 60_000)
    assert (at_reset.allowed, at_reset.seconds) == (False, 0)
    after = limiter.check("r", "ip", 60_001)
    assert (after.allowed, after.remaining, after.reset) == (True, 9, 120_001)


def test_one_window_for_all_addresses_of_a_route_one_counter_for_each():
    limiter = Limiter(calls=1, clock=lambda: 0)
    assert limiter.check("r", "a", 70_000).allowed  # opens the window for b, too
    assert limiter.check("r", "b", 100_000).reset == 130_000
    assert not limiter.check("r", "a", 100_000).allowed
    assert limiter.check("other", "a", 100_000).allowed


def test_the_address_is_the_last_one_forwarded():
    assert client_ip({"x-forwarded-for": "1.1.1.1, 2.2.2.2"}, "peer") == "2.2.2.2"
    assert client_ip({"x-forwarded-for": "1.1.1.1, 2.2.2.2"}, "peer", 2) == "1.1.1.1"
    assert client_ip({"x-real-ip": "3.3.3.3"}, "peer") == "3.3.3.3"
    assert client_ip({}, "peer") == "peer"


def test_the_eleventh_call_of_a_minute_is_429_on_a_virtual_clock(workspace):
    now = 1_783_929_577_000.0
    server = Simulator(workspace, clock=lambda: now)
    user_id, token = server.issue_token("uma.user")
    headers = {"X-User-Id": user_id, "X-Auth-Token": token}
    now += 23_000
    answers = [server.answer("GET", "/api/v1/me", "", headers) for _ in range(11)]
    assert [answer[0] for answer in answers] == [200] * 10 + [429]
    _, shown, body = answers[-1]
    assert json.loads(body)["error"] == (
        "Error, too many requests. Please slow down. You must wait 37 seconds before trying this endpoint again. "
        "[error-too-many-requests]"
    )
    assert shown["X-RateLimit-Reset"] == "1783929637000"
    assert (shown["X-RateLimit-Limit"], shown["X-RateLimit-Remaining"]) == ("10", "0")
    assert "Retry-After" not in shown
    assert server.answer("GET", "/api/v1/me", "", headers, now_ms=now + 37_001)[0] == 200


def test_bypass_means_neither_counted_nor_headed(serve, workspace):
    ask = serve()
    answers = [ask("me") for _ in range(12)]
    assert {answer.status_code for answer in answers} == {200}
    assert not any("X-RateLimit-Limit" in answer.headers for answer in answers)
    workspace.revoke("api-bypass-rate-limit", "access-reviewer")
    assert ask("me").headers["X-RateLimit-Remaining"] == "9"


def test_a_coming_release_counts_bypass_holders_too_and_refuses_them_nothing(serve, workspace):
    ask = serve(limiter=Limiter(calls=3, counts_bypass_holders=True))
    answers = [ask("me") for _ in range(5)]
    assert {answer.status_code for answer in answers} == {200}
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0", "0"]
    plain = Caller(ask.server, "uma.user")  # at the same address, so in the same counter
    with plain.session:
        assert plain("me").status_code == 429
    ask.server.add(Fault("neighbour-429"))
    assert ask("me").status_code == 429


def test_only_what_passes_the_checks_is_counted(serve):
    ask = serve("uma.user")
    for _ in range(12):
        assert ask("teams.listAll").status_code == 403
        assert ask("users.list", nonsense=1).status_code == 400
    counted = ask("users.list", sort="x")
    assert (counted.status_code, counted.headers["X-RateLimit-Remaining"]) == (400, "9")


def test_a_scaled_minute_passes_in_a_moment(serve):
    ask = serve("uma.user", time_scale=200)
    while (answer := ask("me")).status_code == 200:
        pass
    assert answer.status_code == 429
    time.sleep(0.31)
    assert ask("me").status_code == 200


def test_the_clocks_of_server_and_proxy_can_be_wrong(serve):
    def days_off(answer):
        return (parsedate_to_datetime(answer.headers["Date"]) - datetime.now(UTC)).total_seconds() / 86_400

    server_wrong, proxy_wrong = serve("uma.user", clock_offset=3 * 86_400), serve("uma.user", date_offset=-86_400)
    answer = server_wrong("me")
    assert days_off(answer) == pytest.approx(3, abs=0.01)
    assert int(answer.headers["X-RateLimit-Reset"]) / 1000 - time.time() > 2.9 * 86_400
    answer = proxy_wrong("me")
    assert days_off(answer) == pytest.approx(-1, abs=0.01)
    assert int(answer.headers["X-RateLimit-Reset"]) / 1000 - time.time() < 61


# §3 paging


def test_counts_are_cut_unless_they_are_zero(serve):
    ask = serve(of=sized(130, 14, 3, 200, 50))
    assert len(ask("users.listByStatus").json()["users"]) == 50
    page = ask("users.listByStatus", count=1000, offset=10, sort='{"_id":1}').json()
    assert (page["count"], page["offset"], page["total"]) == (100, 10, 130)
    assert ask("users.listByStatus", count=0).json()["count"] == 130
    past = ask("users.listByStatus", offset=999).json()
    assert (past["users"], past["count"], past["total"]) == ([], 0, 130)


def test_count_zero_can_be_forbidden(serve):
    ask = serve(of=sized(130, 14, 3, 200, 50), paging=Paging(infinite=False))
    assert ask("users.listByStatus", count=0).json()["count"] == 50


def test_natural_order_may_differ_from_page_to_page(serve):
    ask = serve(of=sized(30, 20, 60, 80, 100), paging=Paging(shuffle=True))
    first, second = ([team["_id"] for team in ask("teams.listAll", count=0).json()["teams"]] for _ in range(2))
    assert first != second
    assert sorted(first) == sorted(second)


def test_arrays_come_in_brackets_or_repeated(ask):
    for query in ({"types[]": ["p", "teams"]}, {"types": ["p", "teams"]}, {"types[0]": "p", "types[1]": "teams"}):
        rooms = ask("rooms.adminRooms", **query).json()["rooms"]
        assert [room["name"] for room in rooms] == ["all-hands", "platform-eng"]
    assert ask("rooms.adminRooms", **{"types[]": ["c", "p"]}).json()["rooms"] == []


def test_an_empty_parameter_is_not_always_an_absent_one(serve):
    """Where there is a schema its validator makes an empty number null, which is as if it were not sent."""
    ask = serve(of=sized(130, 14, 60, 200, 50))
    assert ask("teams.listAll", count="").json()["count"] == 60
    assert ask("users.listByStatus", count="").json()["count"] == 50
    assert ask("users.listByStatus", offset="", count=0).json()["count"] == 130
    assert ask("users.listByStatus", sort="").json()["errorType"] == "error-invalid-sort"
    assert serve(of=ask.server.workspace, version="7.7.1")("users.listByStatus", sort="").status_code == 200
    whole = ask("permissions.listAll").json()
    assert ask("permissions.listAll", updatedSince="").json() == whole


def test_an_order_that_names_no_field_is_no_order(serve, workspace):
    ask = serve()
    inserted = [user["username"] for user in workspace.users.values()]
    for sort in ("[]", "{}"):
        rows = ask("users.listByStatus", sort=sort)
        assert rows.status_code == 200
        assert [user["username"] for user in rows.json()["users"]] == inserted
    assert [ask(route, sort="[]").status_code for route in ("users.list", "rooms.adminRooms")] == [200, 200]
    assert [ask("users.list", sort=sort).status_code for sort in ("[2]", '"x"', "null", "7")] == [400] * 4


# §4 users


def test_users_list_hides_by_silence(serve, workspace):
    workspace.add_user(None, name=None, emails=None)
    full, bare = serve("svc.review")("users.list").json(), serve("uma.user")("users.list").json()
    assert full["total"] == bare["total"] == len(workspace.users) - 1  # not the nameless
    ana = next(user for user in full["users"] if user.get("username") == "ana.admin")
    assert {"roles", "emails", "lastLogin"} <= ana.keys()
    assert ana["nameInsensitive"] == "ana admin"
    assert not any({"roles", "emails", "lastLogin"} & user.keys() for user in bare["users"])


def test_users_list_by_status_shows_everybody_to_everybody(serve, workspace):
    nameless = workspace.add_user(None, name=None, emails=None, roles=None, type=None, active=None)
    rows = serve("uma.user")("users.listByStatus", count=0).json()["users"]
    assert {row["_id"] for row in rows} == set(workspace.users)
    row = next(row for row in rows if row["_id"] == nameless)
    assert row == {"_id": nameless, "status": "offline"}
    assert next(row for row in rows if row.get("username") == "ana.admin")["roles"] == ["user", "admin"]


def test_no_active_key_is_neither_active_nor_deactivated(ask, workspace):
    workspace.deactivate("olaf.old")
    workspace.add_user("unknown", active=None)
    halves = [ask("users.listByStatus", status=half).json()["users"] for half in ("active", "deactivated")]
    assert [user["username"] for user in halves[1]] == ["olaf.old"]
    assert "unknown" not in {user["username"] for user in halves[0]}


def test_users_info_is_fuller_for_the_privileged(serve):
    shown = serve("svc.review")("users.info", username="ana.admin").json()["user"]
    assert shown["canViewAllInfo"] is True
    assert shown["roles"] == ["user", "admin"]
    bare = serve("uma.user")("users.info", username="ana.admin").json()["user"]
    assert bare["canViewAllInfo"] is False
    assert "roles" not in bare


def test_list_teams_answers_for_deactivated_and_deleted_users(ask, workspace):
    olaf = workspace.user_id("olaf.old")
    workspace.deactivate("olaf.old")
    (team,) = ask("users.listTeams", userId=olaf).json()["teams"]
    assert (team["name"], team["isOwner"]) == ("platform-eng", True)
    workspace.delete_user("olaf.old")
    assert len(ask("users.listTeams", userId=olaf).json()["teams"]) == 1
    assert ask("users.listTeams", userId="unheard-of").json() == {"teams": [], "success": True}


def test_too_many_users_for_one_document(serve):
    ask = serve()
    ask.server.settings.document_limit = 300
    assert ask("users.list", count=0).status_code == 400
    assert ask("users.listByStatus", count=0).status_code == 200


def test_a_reason_that_is_not_known_is_taken_for_any_but_never_approved(ask, workspace):
    """Old accounts have no key; `deactivated` and `idle_too_long` bring them, active ones too (rocketchat.md §4.2)."""
    workspace.deactivate("olaf.old")
    workspace.add_user("pia", active=False, inactiveReason="pending_approval")
    workspace.add_user("old.timer", active=False)

    def found(*reasons, **query):
        rows = ask("users.listByStatus", count=0, **{"inactiveReason[]": reasons}, **query).json()["users"]
        return {user["username"] for user in rows}

    keyless = {user["username"] for user in workspace.users.values() if "inactiveReason" not in user}
    assert {"ana.admin", "old.timer"} <= keyless
    assert found("pending_approval") == {"pia"}
    assert found("deactivated") == {"olaf.old"} | keyless
    assert found("idle_too_long") == keyless
    assert found("pending_approval", "idle_too_long") == {"pia"} | keyless
    assert found("deactivated", status="deactivated") == {"olaf.old", "old.timer"}
    assert found("deactivated", searchTerm="olaf") == {"olaf.old"}


NULLS = {
    "no name": {"name": None},
    "no username": {"username": None},
    "no roles": {"roles": None},
    "null among the roles": {"roles": ["user", None]},
    "roles that are a text": {"roles": "user"},
    "no addresses": {"emails": None},
    "no address in an entry": {"emails": [{"address": None, "verified": False}, {}]},
}


@pytest.mark.parametrize("how", NULLS)
def test_null_is_an_answer_and_no_crash(serve, workspace, how):
    id_, team = workspace.user_id("uma.user"), workspace.team_id("platform-eng")
    workspace.change_user("uma.user", **NULLS[how])
    ask = serve("ana.admin")
    for route, query in [
        ("users.list", {}),
        ("users.list", {"email": "x"}),
        ("users.listByStatus", {}),
        ("users.listByStatus", {"searchTerm": "uma"}),
        ("users.listByStatus", {"roles[]": "user"}),
        ("users.info", {"userId": id_}),
        ("users.listTeams", {"userId": id_}),
        ("roles.getUsersInRole", {"role": "user"}),
        ("roles.getUsersInRole", {"role": "owner"}),
        ("teams.members", {"teamId": team, "username": "uma"}),
        ("teams.members", {"teamId": team, "name": "uma"}),
    ]:
        assert ask(route, **query).status_code == 200, route
    assert next(user for user in ask("users.listByStatus").json()["users"] if user["_id"] == id_).items() >= (
        NULLS[how].items()
    )
    workspace.oracle()
    assert serve(id_)("me").status_code == 200


def test_null_in_a_membership_row_a_room_a_role_and_a_permission(serve, workspace):
    team, uma = workspace.team_id("platform-eng"), workspace.user_id("uma.user")
    workspace.members[team][uma]["roles"] = None
    room = workspace.add_room("x", team=team)
    workspace.rooms[room].update(name=None, fname=None, u=None)
    workspace.roles["guest"].update(scope=None, name=None)
    workspace.permissions["view-logs"]["roles"] = None
    workspace.touch()
    ask = serve("ana.admin")
    workspace.revoke("view-all-team-channels", "owner")
    workspace.revoke("view-all-team-channels", "admin")
    for route, query in [
        ("teams.members", {"teamId": team}),
        ("teams.listRooms", {"teamId": team, "filter": "x"}),
        ("users.listTeams", {"userId": uma}),
        ("users.info", {"userId": uma, "includeUserRooms": "true"}),
        ("rooms.adminRooms", {"filter": "x"}),
        ("roles.list", {}),
        ("roles.getUsersInRole", {"role": "guest"}),
        ("roles.getUsersInRole", {"role": "owner"}),
        ("permissions.listAll", {}),
    ]:
        assert ask(route, **query).status_code == 200, route
    workspace.oracle()
    assert serve("uma.user")("teams.listRooms", teamId=team).status_code == 200


def test_of_oneself_users_info_shows_more(serve, workspace):
    shown = serve("uma.user")("users.info", username="uma.user").json()["user"]
    assert shown["services"] == {"password": True}
    assert shown["canViewAllInfo"] is True
    assert "services" not in serve("ana.admin")("users.info", username="uma.user").json()["user"]
    bare = serve("uma.user")
    assert bare("users.info", email="ana.admin@example.test").json() == {"success": False, "error": "User not found."}
    assert serve("ana.admin")("users.info", email="UMA.user@example.test").status_code == 200


# §5, §7 roles and permissions


def test_a_room_role_on_the_record_is_power_but_no_list_of_holders_shows_it(serve, workspace):
    workspace.assign("uma.user", "owner")
    holders = serve("ana.admin")("roles.getUsersInRole", role="owner").json()
    assert {user["username"] for user in holders["users"]} == {"ana.admin", "olaf.old"}  # by room
    assert set(holders) == {"users", "total", "success"}
    workspace.grant("view-all-teams", "owner")
    assert serve("uma.user")("teams.listAll").status_code == 200


def test_permissions_tell_what_changed(ask, workspace):
    whole = ask("permissions.listAll").json()
    assert len(whole["update"]) == 172
    assert whole["remove"] == []
    moment = workspace.touch()
    workspace.revoke("view-all-teams", "admin")
    workspace.delete_permission("run-migration")
    changed = ask("permissions.listAll", updatedSince=moment).json()
    assert [doc["_id"] for doc in changed["update"]] == ["view-all-teams"]
    assert [doc["_id"] for doc in changed["remove"]] == ["run-migration"]


# §6 teams


def test_members_are_active_users_and_team_totals_are_rows(ask, workspace):
    workspace.add_user("unknown", active=None)
    workspace.add_member("platform-eng", "unknown")
    workspace.deactivate("olaf.old")
    workspace.add_orphan("platform-eng")
    members = ask("teams.members", teamName="platform-eng", count=0).json()
    assert [row["user"]["username"] for row in members["members"]] == ["ana.admin", "uma.user"]
    assert members["total"] == 2
    (team,) = (team for team in ask("teams.listAll").json()["teams"] if team["name"] == "platform-eng")
    assert (team["numberOfUsers"], team["rooms"], team["type"]) == (5, 0, 1)


def test_a_user_name_and_a_name_must_both_match(ask, workspace):
    workspace.add_user("uma.two", name="Somebody Else")
    workspace.add_member("platform-eng", "uma.two")

    def found(**query):
        rows = ask("teams.members", teamName="platform-eng", **query).json()["members"]
        return {row["user"]["username"] for row in rows}

    assert found(username="UMA") == {"uma.user", "uma.two"}
    assert found(name="uma") == {"uma.user"}  # a name is not looked for among user names
    assert found(username="uma", name="else") == {"uma.two"}
    assert found(username="olaf", name="else") == set()


def test_types_of_rooms_are_alternatives_and_two_kinds_are_left_out_unless_asked_for(serve, workspace):
    """An OR of types, then two exclusions (rocketchat.md §8)."""
    team = workspace.team_id("platform-eng")
    workspace.add_room("public")
    workspace.add_room("private", private=True)
    workspace.add_room("of-team", private=True, team=team)
    workspace.add_room("talk", private=True, prid="x")
    workspace.add_room("talk-of-team", team=team, prid="x")
    workspace.add_room("direct", t="d", usernames=["ana.admin", "uma.user"])
    plain, talks, mains = {"public", "private", "of-team", "direct"}, {"talk", "talk-of-team"}, {"platform-eng"}
    mains |= {"all-hands"}
    expected = {
        (): plain,
        ("c",): {"public"},
        ("p",): {"private", "of-team"},
        ("c", "p"): {"public", "private", "of-team"},
        ("d",): {"direct"},
        ("l",): set(),
        ("teams",): mains,
        ("discussions",): talks,
        ("p", "teams"): {"private", "of-team"} | mains,
        ("d", "discussions"): {"direct"} | talks,
        ("discussions", "teams"): talks | mains,
        ("c", "p", "teams"): {"public", "private", "of-team"} | mains,
        ("c", "p", "teams", "discussions"): {"public", "private", "of-team"} | talks | mains,
    }
    for version in ("7.7.1", "8.6.1", "9.0.0"):
        ask = serve("ana.admin", version=version)
        for types, names in expected.items():
            answer = ask("rooms.adminRooms", count=0, **{"types[]": types}).json()
            assert ({room["name"] for room in answer["rooms"]}, answer["total"]) == (names, len(names)), types
        assert [room["name"] for room in ask("rooms.adminRooms", filter="UMA").json()["rooms"]] == ["direct"]


def test_a_membership_row_has_the_shape_of_the_servers(ask, workspace):
    workspace.set_member_roles("platform-eng", "olaf.old", [])
    owner, empty, plain = ask("teams.members", teamName="platform-eng").json()["members"]
    assert owner["roles"] == ["owner"]
    assert empty["roles"] == []
    assert plain.keys() == {"user", "createdBy", "createdAt"}
    assert plain["user"].keys() == {"_id", "username", "name", "status", "settings"}


def test_deleting_a_user_leaves_rows_and_the_oracle_knows(workspace):
    team, ana = workspace.team_id("platform-eng"), workspace.user_id("ana.admin")
    workspace.delete_user("olaf.old")
    truth = workspace.oracle()
    assert truth["orphans"] == {team: 1}
    assert (ana, team) in truth["member_of"]
    assert (ana, "admin") in truth["has_role"]
    assert ("admin", "view-all-teams") in truth["grants"]


def test_teams_list_is_ones_own_teams_even_for_an_admin(serve, workspace):
    workspace.add_team("foreign", owner="uma.user")
    teams = serve("ana.admin")("teams.list").json()["teams"]
    assert [team["name"] for team in teams] == ["platform-eng", "all-hands"]


# versions


def test_6_4_has_no_list_by_status_and_another_401(serve):
    ask = serve(version="6.4.0")
    answer = ask("users.listByStatus")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/plain; charset=UTF-8")
    assert ask("users.list", nonsense=1).status_code == 200
    ask.session.headers["X-Auth-Token"] = "wrong"
    assert ask("me").json() == {"status": "error", "message": LOGGED_OUT}
    assert serve(version="6.13.0")("users.listByStatus").status_code == 200


def test_7_7_1_does_not_limit_and_complains_otherwise(serve):
    ask = serve("uma.user", version="7.7.1")
    answers = [ask("me") for _ in range(12)]
    assert {answer.status_code for answer in answers} == {200}
    assert "X-RateLimit-Limit" not in answers[0].headers
    assert ask("teams.members").json()["error"].startswith("Match error: ")
    assert ask("users.listTeams").json()["errorType"] == "invalid-params"
    assert serve("ana.admin", version="7.7.1")("roles.getUsersInRole", role="access-reviewer").json()["total"] == 1
    assert serve("ana.admin")("roles.getUsersInRole", role="access-reviewer").status_code == 400


def test_before_8_a_missing_permission_is_counted(serve):
    assert serve("uma.user", version="6.13.0")("teams.listAll").headers["X-RateLimit-Remaining"] == "9"
    assert "X-RateLimit-Remaining" not in serve("uma.user")("teams.listAll").headers


def test_the_three_routes_that_have_a_schema_in_7_7_1(serve):
    """All others ignore what they do not know, and an array must look like one (rocketchat.md §1.3)."""
    ask = serve("ana.admin", version="7.7.1")
    unknown = {
        "success": False,
        "error": "must NOT have additional properties [invalid-params]",
        "errorType": "invalid-params",
    }
    user = ask.server.workspace.user_id("olaf.old")
    for route, query in [
        ("users.listByStatus", {"nonsense": 1}),
        ("users.listByStatus", {"inactiveReason[]": "deactivated"}),  # since 8.0
        ("users.listTeams", {"userId": user, "nonsense": 1}),
    ]:
        answer = ask(route, **query)
        assert (answer.status_code, answer.json()) == (400, unknown)
    answer = ask("users.info", userId=user, email="x")  # since 8.4
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("must NOT have additional properties\n ")
    answer = ask("users.listByStatus", roles="admin")
    assert (answer.status_code, answer.json()["error"]) == (400, "must be array [invalid-params]")
    assert [user["username"] for user in ask("users.listByStatus", **{"roles[]": "admin"}).json()["users"]] == [
        "ana.admin"
    ]
    everybody = ask("users.list").json()["total"]
    assert ask("users.list", email="ana.admin@example.test").json()["total"] == everybody
    for route in ("roles.list", "teams.listAll", "rooms.adminRooms", "permissions.listAll", "me"):
        assert ask(route, nonsense=1).status_code == 200
    answer = ask("roles.getUsersInRole", nonsense=1)
    assert answer.json()["errorType"] == "error-param-not-provided"


def test_with_both_ids_7_7_1_takes_the_first_and_with_none_it_complains(serve, workspace):
    ask = serve(version="7.7.1")
    team = workspace.team_id("platform-eng")
    assert ask("teams.members", teamId=team, teamName="all-hands").json()["total"] == 3
    for route in ("teams.members", "teams.info", "teams.listRooms"):
        error = "Match error: Failed Match.OneOf, Match.Maybe or Match.Optional validation"
        assert ask(route).json() == {"success": False, "error": error}


def test_attributes_of_rooms_are_shown_from_8_0_and_custom_fields_from_8_7(serve, workspace):
    room = {"abacAttributes": [{"key": "clearance", "values": ["secret"]}], "customFields": {"cost": "42"}}
    workspace.add_room("vault", private=True, **room)
    shown = {}
    for version in ("7.7.1", "8.6.1", "8.7.0", "9.0.0"):
        (row,) = serve("ana.admin", version=version)("rooms.adminRooms", **{"types[]": "p"}).json()["rooms"]
        shown[version] = room.keys() & row.keys()
    both = set(room)
    assert shown == {"7.7.1": set(), "8.6.1": {"abacAttributes"}, "8.7.0": both, "9.0.0": both}


# 9.0 (§1.3.1, §14)

TYPE = {"errorType": "error-forbidden"}
ROUTE_LEVEL = "User does not have the permissions required for this action [error-unauthorized]"


def refusals_of(ask, workspace):
    """Whatever a person without permission is refused: route, status, body."""
    room = workspace.add_team("board", private=True, owner="ana.admin")
    workspace.grant("access-permissions", "user")
    asked = [
        ("teams.listAll", {}),
        ("users.list", {"email": "ana.admin@example.test"}),
        ("teams.info", {"teamId": room}),
        ("rooms.adminRooms", {}),
        ("roles.getUsersInRole", {"role": "owner", "roomId": "x"}),
        ("teams.listRooms", {"teamId": room}),
    ]
    answers = [(route, ask(route, **query)) for route, query in asked]
    return [(route, answer.status_code, answer.json()) for route, answer in answers]


def test_a_refusal_by_permission_is_403_and_says_its_kind_from_9_0(serve, workspace):
    before = [
        ("teams.listAll", 403, {"error": ROUTE_LEVEL}),
        ("users.list", 403, {"error": "unauthorized"}),
        ("teams.info", 403, {"error": "unauthorized"}),
        ("rooms.adminRooms", 400, {"error": "error-not-authorized"}),
        ("roles.getUsersInRole", 400, {"error": "Not allowed [error-not-allowed]", "errorType": "error-not-allowed"}),
        ("teams.listRooms", 400, {"error": "user-not-on-private-team"}),
    ]
    after = [
        ("teams.listAll", 403, {"error": ROUTE_LEVEL}),
        ("users.list", 403, {"error": "unauthorized", **TYPE}),
        ("teams.info", 403, {"error": "unauthorized", **TYPE}),
        ("rooms.adminRooms", 403, {"error": "error-not-authorized", **TYPE}),
        ("roles.getUsersInRole", 403, {"error": "Not allowed [error-not-allowed]", **TYPE}),
        ("teams.listRooms", 400, {"error": "user-not-on-private-team"}),
    ]
    for version, expected in (("8.6.1", before), ("8.9.0", before), ("9.0.0", after)):
        ask = serve("uma.user", version=version)
        whole = [(route, status, {"success": False, **body}) for route, status, body in expected]
        assert refusals_of(ask, workspace) == whole
        hidden = ask("teams.members", teamName="board")
        assert (hidden.status_code, hidden.json()["members"]) == (200, [])
        workspace.delete_team("board")


@pytest.mark.parametrize(("typed", "routes", "handlers"), [("nowhere", {}, {}), ("everywhere", TYPE, TYPE)])
def test_which_refusals_say_their_kind_can_be_chosen(serve, workspace, typed, routes, handlers):
    """Of the middleware it was not seen, and a candidate had the status without it."""
    ask = serve("uma.user", version="9.0.0")
    ask.server.settings.typed_refusals = typed
    bodies = {route: body for route, status, body in refusals_of(ask, workspace) if status == 403}
    assert bodies["teams.listAll"] == {"success": False, "error": ROUTE_LEVEL, **routes}
    assert bodies["rooms.adminRooms"] == {"success": False, "error": "error-not-authorized", **handlers}
    ask = serve("uma.user")
    ask.server.settings.typed_refusals = typed
    workspace.delete_team("board")
    assert not any(body.get("errorType") == "error-forbidden" for _, _, body in refusals_of(ask, workspace))


def test_without_a_session_9_0_says_401_in_one_sentence(serve):
    ask = serve(version="9.0.0")
    ask.server.add(Fault("401"))
    struck_by = ask("me")
    ask.session.headers["X-Auth-Token"] = "wrong"
    for answer in (struck_by, ask("me"), ask("teams.listAll")):
        assert (answer.status_code, answer.json()) == (401, {"success": False, "error": LOGGED_OUT})


@pytest.mark.parametrize("parameter", ["query", "fields"])
def test_query_and_fields_are_refused_from_9_0_where_there_is_a_schema(serve, workspace, parameter):
    user, team = workspace.user_id("uma.user"), workspace.team_id("all-hands")
    asked = [
        ("users.list", {}),
        ("users.listByStatus", {}),
        ("users.info", {"userId": user}),
        ("users.listTeams", {"userId": user}),
        ("roles.getUsersInRole", {"role": "admin"}),
        ("permissions.listAll", {}),
        ("teams.members", {"teamId": team}),
        ("teams.info", {"teamId": team}),
        ("teams.listRooms", {"teamId": team}),
        ("rooms.adminRooms", {}),
    ]
    new = serve("ana.admin", version="9.0.0")
    for route, query in asked:
        answer = new(route, **query, **{parameter: "{}"})
        assert (answer.status_code, answer.json()["errorType"]) == (400, "error-invalid-params"), route
    for route in ("roles.list", "teams.list", "teams.listAll", "me"):
        assert new(route, **{parameter: "{}"}).status_code == 200
    old = serve("ana.admin", version="8.9.0")
    assert old("users.list", **{parameter: "{}"}).status_code == 200


def test_the_upgrade_to_9_0_takes_away_what_that_release_has_not(workspace):
    for setting in ("Accounts_AllowAnonymousRead", "Accounts_AllowAnonymousWrite", "API_Wordpress_URL", "Site_Url"):
        workspace.add_setting_permission(setting)
    workspace.add_setting_permission("Accounts_OAuth_Twitter_id")
    workspace.add_setting_permission("Accounts_OAuth_Google_id")
    guest = workspace.add_user("guest.writer", roles=["anonymous"])
    token = workspace.issue_token(guest)
    Simulator(workspace, version="8.9.0")
    assert "anonymous" in workspace.roles
    assert workspace.user(guest)["active"] is True
    Simulator(workspace, version="9.0.0")
    assert "anonymous" not in workspace.roles
    assert not any("anonymous" in permission["roles"] for permission in workspace.permissions.values())
    assert workspace.user(guest)["roles"] == ["anonymous"]  # stays on the row, as an id that no role carries
    assert workspace.user(guest)["active"] is False
    assert token[1] not in workspace.tokens.get(guest, set())
    settings = {id_ for id_, permission in workspace.permissions.items() if permission.get("level") == "settings"}
    assert settings == {
        *("change-setting-Accounts_AllowAnonymousRead", "change-setting-Site_Url"),
        "change-setting-Accounts_OAuth_Google_id",
    }
    assert "change-livechat-room-visitor" not in workspace.permissions
    revision = workspace.revision
    Simulator(workspace, version="9.1.0")
    assert workspace.revision == revision


# faults


def struck(ask, fault, route="users.listByStatus", **query):
    ask.server.add(fault)
    answer = ask(route, **query)
    assert ask.server.log[-1].faults == (fault.kind,)
    assert ask(route, **query).json()["success"] is True  # once, and then no more
    return answer


@pytest.mark.parametrize(
    ("kind", "status", "content"),
    [
        ("html-200", 200, "text/html; charset=utf-8"),
        ("html-403", 403, "text/html; charset=utf-8"),
        ("html-502", 502, "text/html; charset=utf-8"),
        ("html-503", 503, "text/html; charset=utf-8"),
        ("text-500", 500, "text/plain; charset=UTF-8"),
        ("bare-429", 429, "application/json"),
        ("401", 401, "application/json"),
        ("403", 403, "application/json"),
        ("400-database", 400, "application/json"),
        ("redirect", 302, "text/html"),
        ("echo-token", 400, "application/json"),
    ],
)
def test_an_answer_that_is_not_the_servers(ask, kind, status, content):
    answer = struck(ask, Fault(kind))
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, content)
    assert "X-RateLimit-Limit" not in answer.headers
    assert (ask.session.headers["X-Auth-Token"] in answer.text) is (kind == "echo-token")
    assert ("Location" in answer.headers) is (kind == "redirect")


def test_a_neighbour_uses_up_the_window(ask):
    answer = struck(ask, Fault("neighbour-429"))
    assert (answer.status_code, answer.headers["X-RateLimit-Remaining"]) == (429, "0")
    assert "You must wait " in answer.json()["error"]


def test_rows_and_figures_that_disagree(ask, workspace):
    everybody = len(workspace.users)

    def figures(fault):
        body = struck(ask, fault, count=0).json()
        return len(body["users"]), body["count"], body["total"]

    assert figures(Fault("short-page", value=2)) == (everybody - 2, everybody - 2, everybody)
    assert figures(Fault("lying-total", value=3)) == (everybody, everybody, everybody + 3)
    assert figures(Fault("lying-total-smaller")) == (everybody, everybody, everybody - 1)
    assert figures(Fault("empty-list")) == (0, 0, 0)
    ids = [user["_id"] for user in struck(ask, Fault("repeated-row"), count=0).json()["users"]]
    assert (len(ids), len(set(ids))) == (everybody, everybody - 1)


def test_bodies_that_are_not_what_they_should_be(ask):
    assert struck(ask, Fault("success-false")).json()["success"] is False
    assert "users" not in struck(ask, Fault("missing-key")).json()
    assert isinstance(struck(ask, Fault("wrong-type")).json()["users"], dict)
    assert struck(ask, Fault("wrong-field", field="roles", value=7)).json()["users"][0]["roles"] == 7
    assert "_id" not in struck(ask, Fault("row-without-id")).json()["users"][0]
    assert "_id" not in struck(ask, Fault("row-without-id"), "teams.members", teamName="all-hands").json()["members"][0]
    assert len(struck(ask, Fault("huge-string", value=5000)).json()["users"][0]["name"]) == 5000
    assert not any("type" in row for row in struck(ask, Fault("hidden-field", field="type")).json()["users"])
    one = struck(ask, Fault("hidden-field", field="emails.verified", value=1)).json()["users"]
    addresses = [address for row in one for address in row.get("emails", ())]
    assert sum("verified" not in address for address in addresses) == 1


def test_connections_that_break(ask):
    for kind in ("truncated", "reset"):
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            struck(ask, Fault(kind))
    with pytest.raises(requests.JSONDecodeError):
        struck(ask, Fault("truncated-honest")).json()


def test_connections_that_hang(ask):
    ask.server.add(Fault("stall"), Fault("slow", seconds=0.05, nth=2))
    with pytest.raises(requests.ReadTimeout):
        ask("me", timeout=0.2)
    assert ask("me").status_code == 200
    ask.server.add(Fault("drip", seconds=0.2))
    assert ask("me", timeout=0.15).json()["username"] == "svc.review"  # never silent for long
    assert ask.server.log[-1].faults == ("drip",)


def test_dates_that_are_missing_or_wrong(ask):
    assert "Date" not in struck(ask, Fault("no-date")).headers
    date = struck(ask, Fault("wrong-date", seconds=-7200)).headers["Date"]
    assert (datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds() == pytest.approx(7200, abs=5)


def test_a_fault_strikes_where_and_as_often_as_it_is_told(ask):
    ask.server.add(
        Fault("text-500", route="me", nth=2, times=2),
        Fault("html-502", when=lambda request: "count=0" in request.query, times=-1),
    )
    assert [ask("me").status_code for _ in range(4)] == [200, 500, 500, 200]
    assert [ask("users.list", count=count).status_code for count in (0, 5, 0)] == [502, 200, 502]
    ask.server.faults.clear()
    assert ask("users.list", count=0).status_code == 200
    with pytest.raises(ValueError, match="no such fault"):
        Fault("earthquake")


def test_every_kind_of_fault_is_shown_here():
    text = Path(__file__).read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f'"{kind}"' not in text] == []


def test_data_moves_while_it_is_read(ask, workspace):
    server = ask.server
    server.before(2, lambda workspace: workspace.delete_user("uma.user"))
    server.before(2, lambda workspace: workspace.revoke("view-all-teams", "access-reviewer"), route="teams.listAll")
    before, after = (ask("users.listByStatus").json()["total"] for _ in range(2))
    assert after == before - 1
    assert [ask("teams.listAll").status_code for _ in range(2)] == [200, 403]


def test_the_log_says_who_asked_what(ask):
    ask("users.list", count=1)
    (entry,) = ask.server.log
    assert (entry.n, entry.route, entry.query, entry.status) == (1, "users.list", "count=1", 200)
    assert (entry.caller, entry.ip) == ("svc.review", "127.0.0.1")
    assert entry.ms > 0


def test_a_mistake_in_a_hook_is_not_swallowed(workspace):
    server = Simulator(workspace).start()
    server.before(1, lambda workspace: workspace.delete_user("nobody"))
    assert requests.get(server.url + "/api/info", timeout=5).status_code == 500
    with pytest.raises(KeyError):
        server.stop()


# companies


def test_the_demo_company_is_always_the_same_and_full_of_findings():
    company = demo_company()
    truth = company.oracle()
    assert truth == demo_company().oracle()
    assert 450 <= len(truth["users"]) <= 550
    assert len(truth["teams"]) >= 30
    users, roles = truth["users"], truth["roles"]
    olaf = company.user_id("olaf.old")
    assert users[olaf]["active"] is False
    assert truth["team_roles"][olaf, company.team_id("platform-eng")] == ["owner"]
    assert company.team_id("merger-blue") in truth["orphans"]
    assert {role for _, role in truth["has_role"]} - set(roles) == {"66a1f0c2d3e4b5a697889999"}
    assert {role for role, _ in truth["grants"]} - set(roles) >= {"66a1f0c2d3e4b5a697889998"}
    assert (company.role_id("permission-admin"), "access-permissions") in truth["grants"]
    assert (company.user_id("otto.owner"), "owner") in truth["has_role"]
    for key in ("username", "name", "emails", "active", "type", "roles", "lastLogin"):
        assert any(key not in user for user in users.values())
    assert any("mandatory2fa" not in role for role in roles.values())
    assert {None, (), ("member",), ("owner",)} <= {
        None if held is None else tuple(held) for held in truth["team_roles"].values()
    }


def test_a_sized_workspace_has_exactly_the_size():
    truth = sized(500, 60, 30, 1250, 2000, seed=3, orphans=5).oracle()
    assert [len(truth[part]) for part in ("users", "roles", "teams", "has_role", "member_of")] == [
        *(500, 60, 30),
        *(1250, 2000),
    ]
    assert sum(truth["orphans"].values()) == 5
