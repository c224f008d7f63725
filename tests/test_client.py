"""Every failure of a server becomes one typed error that says what failed, why and what next; none shows the token."""

import gzip
import itertools
import json
import logging
import socket
import threading
import time
from contextlib import contextmanager, suppress
from unittest import mock

import pytest

from rc2graph.errors import CredentialsError, MissingPermissionError, Rc2graphError, SourceError, UsageError
from rc2graph.rocketchat.address import Address
from rc2graph.rocketchat.client import Client
from rc2graph.rocketchat.credentials import Credentials
from rc2graph.rocketchat.endpoints import (
    ALL,
    INFO,
    ME,
    MEMBERS,
    PERMISSIONS,
    ROLES,
    TEAMS,
    TEAMS_OF_USER,
    USERS,
    USERS_BY_STATUS,
)
from rc2graph.rocketchat.failure import Refused, UnknownRoute
from rc2graph.rocketchat.throttle import REFUSALS
from rc2graph.simulator import Limiter
from tests.faults import Fault, Simulator
from tests.source import VERSIONS, Source, Time, lists_by_status, small_company

ASKED = {MEMBERS.route: {"teamId": "x"}, TEAMS_OF_USER.route: {"userId": "x"}}


@pytest.fixture
def source(tmp_path):
    return Source(small_company(), tmp_path / "snapshot.sqlite")


def ask(source, endpoint=TEAMS, **options):
    client = source.client(**options)
    try:
        return client.ask(endpoint, ASKED.get(endpoint.route))
    finally:
        client.close()


def fails(source, endpoint=TEAMS, **options):
    with pytest.raises(Rc2graphError) as caught:
        ask(source, endpoint, **options)
    return caught.value


@pytest.fixture
def earnest():
    """Clients of servers behind real sockets."""
    opened = []

    @contextmanager
    def start(*faults, workspace=None, retry_for=2.0, **knobs):
        clock = Time()
        with Simulator(workspace or small_company(), **knobs) as server:
            server.add(*faults)
            client = Client(
                Address.parse(server.url), Credentials(*server.credentials), retry_for=retry_for, sleep=clock.sleep
            )
            opened.append(client)
            yield server, client
            client.close()

    yield start
    for client in opened:
        client.close()


@contextmanager
def raw_server(*answers):
    """A socket that gives prepared bytes, one answer a connection, and keeps what it was asked."""
    listener = socket.create_server(("127.0.0.1", 0))
    asked = []

    def serve():
        for answer in answers:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                asked.append(connection.recv(65_536))
                connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(2)


def http(body, status="200 OK", kind="application/json", **headers):
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def direct(url, token="t" * 43, **options):
    return Client(Address.parse(url), Credentials("u" * 17, token), sleep=lambda seconds: None, **options)


# ---- the table of failures (rocketchat.md §1.3, §1.4)


@pytest.mark.parametrize(
    ("kind", "error", "exit_code", "says"),
    [
        ("html-200", SourceError, 5, "not Rocket.Chat's API"),
        ("html-403", SourceError, 5, "not Rocket.Chat's API"),
        ("html-502", SourceError, 5, "not Rocket.Chat's API"),
        ("html-503", SourceError, 5, "not Rocket.Chat's API"),
        ("text-500", SourceError, 5, "not Rocket.Chat's API"),
        ("bare-429", SourceError, 5, "not Rocket.Chat's"),
        ("401", CredentialsError, 3, "does not accept the user id and token"),
        ("403", MissingPermissionError, 4, "'view-all-teams' is missing"),
        ("400-database", Refused, 5, "connection pool"),
        ("redirect", SourceError, 5, "redirects teams.listAll to http://elsewhere.invalid"),
        ("echo-token", Refused, 5, "Bad header"),
        ("success-false", SourceError, 5, "no data"),
        ("missing-key", SourceError, 5, "has no 'teams'"),
        ("wrong-type", SourceError, 5, "no data"),
        ("wrong-field", SourceError, 5, "without _id"),
        ("row-without-id", SourceError, 5, "without _id"),
        ("truncated-honest", SourceError, 5, "no complete JSON"),
        ("truncated", SourceError, 5, "cannot be reached"),
        ("reset", SourceError, 5, "the connection failed"),
        ("stall", SourceError, 5, "did not answer in time"),
        ("neighbour-429", SourceError, 5, "refused 10 times in a row"),
    ],
)
def test_a_failure_that_lasts_is_one_typed_error_with_its_exit_code(source, kind, error, exit_code, says):
    source.server.add(Fault(kind, route="teams.listAll", times=-1))
    caught = fails(source)
    assert type(caught) is error
    assert caught.exit_code == exit_code
    assert says in str(caught)
    assert caught.what
    assert caught.next_step or isinstance(caught, MissingPermissionError)
    assert source.server.credentials[1] not in str(caught)


@pytest.mark.parametrize(
    "kind", ["html-200", "html-502", "html-503", "text-500", "bare-429", "truncated", "reset", "stall", "success-false"]
)
def test_a_failure_that_passes_is_waited_out(source, kind):
    source.server.add(Fault(kind, route="teams.listAll", times=2))
    assert ask(source, retry_for=100).total == 3


@pytest.mark.parametrize("kind", ["html-403", "401", "403", "400-database", "redirect"])
def test_a_refusal_is_not_repeated(source, kind):
    source.server.add(Fault(kind, route="teams.listAll", times=-1))
    fails(source)
    assert source.routes == ["teams.listAll"]


def test_patience_is_kept_and_not_exceeded(source):
    source.server.add(Fault("html-502", route="teams.listAll", times=-1))
    for patience in (0, 1, 10, 300):
        before = source.time.monotonic()
        fails(source, retry_for=patience)
        pace = 60 if patience > 60 else 0  # tries keep the pace too, and waiting for it is no failing
        assert source.time.monotonic() - before <= patience + pace + 2
    assert 30 < len(source.routes) < 100


def test_waiting_for_the_limiter_is_no_failing(source):
    """Ten refusals end a run, and the patience of a request has nothing to do with it."""
    source.workspace.permissions["api-bypass-rate-limit"]["roles"] = []
    source.server.add(Fault("neighbour-429", route="teams.listAll", times=REFUSALS - 1))
    began = source.time.monotonic()
    assert ask(source, retry_for=1).total == 3
    assert source.time.monotonic() - began > 8 * 60


def test_endless_refusals_say_what_an_administrator_can_do(source):
    source.server.add(Fault("neighbour-429", route="teams.listAll", times=-1))
    caught = fails(source)
    assert "api-bypass-rate-limit" in caught.next_step
    assert len(source.routes) == REFUSALS


@pytest.mark.parametrize("version", VERSIONS)
def test_a_bad_token_is_exit_3_in_every_version(tmp_path, version):
    source = Source(small_company(), tmp_path / "x", version)
    source.server.credentials  # noqa: B018 - issues the token that is then taken away
    source.server.revoke_token("svc.review")
    for endpoint in ALL:
        if endpoint is INFO or (endpoint.route == USERS_BY_STATUS.route and not lists_by_status(version)):
            continue
        caught = fails(source, endpoint)
        assert type(caught) is CredentialsError, endpoint
        assert "Personal Access Token" in caught.next_step


@pytest.mark.parametrize("version", VERSIONS)
def test_a_missing_permission_is_exit_4_and_named_in_every_version(tmp_path, version):
    workspace = small_company()
    source = Source(workspace, tmp_path / "x", version)
    for permission, endpoint in (("view-all-teams", TEAMS), ("view-d-room", USERS)):
        workspace.permissions[permission]["roles"] = []
        caught = fails(source, endpoint)
        assert type(caught) is MissingPermissionError
        assert permission in caught.what


def refusal(status, /, **fields):
    return http(json.dumps({"success": False, **fields}).encode(), status)


ROUTE_PERMISSION = "User does not have the permissions required for this action [error-unauthorized]"
CODES = (
    *("error-not-authorized", "not-authorized", "error-not-allowed", "not-allowed", "not_authorized", "no-permission"),
    *("error-not-authorized-federation", "error-unauthorized", "unauthorized"),
)


@pytest.mark.parametrize(
    "answer",
    [
        refusal("403 Forbidden", error=ROUTE_PERMISSION),
        refusal("403 Forbidden", error=ROUTE_PERMISSION, errorType="error-forbidden"),
        refusal("403 Forbidden", error="error-not-authorized", errorType="error-forbidden"),
        refusal("403 Forbidden", error="forbidden"),
        refusal("403 Forbidden", errorType="error-forbidden"),
        refusal("400 Bad Request", error="Not allowed [error-not-allowed]", errorType="error-not-allowed"),
        refusal("400 Bad Request", error="[error-not-authorized]"),
        refusal("401 Unauthorized", error="unauthorized"),
        *(refusal("400 Bad Request", error=code) for code in CODES),
    ],
)
def test_a_permission_that_is_missing_is_refused_in_one_way_or_another(answer):
    """By release (rocketchat.md §1.3, §1.3.1): 403 with `errorType` or without, and before 9.0 also 400 with a code."""
    with raw_server(answer) as (url, asked):
        client = direct(url)
        with pytest.raises(MissingPermissionError, match="'view-all-teams' is missing"):
            client.ask(TEAMS)
        client.close()
    assert len(asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        refusal("401 Unauthorized", error="You must be logged in to do this."),
        refusal("401 Unauthorized", error="You must be logged in to do this.", status="error", message="…"),
        refusal("401 Unauthorized", error="Session expired"),
        http(b'{"status":"error","message":"You must be logged in to do this."}', "401 Unauthorized"),
    ],
)
def test_a_missing_session_is_401_in_every_release(answer):
    with raw_server(answer) as (url, _):
        client = direct(url)
        with pytest.raises(CredentialsError):
            client.ask(TEAMS)
        client.close()


@pytest.mark.parametrize("error", ["team-does-not-exist", "user-not-on-private-team", "not-authorized-by-me is a team"])
def test_other_refusals_are_no_missing_permission(error):
    with raw_server(refusal("400 Bad Request", error=error)) as (url, _):
        client = direct(url)
        with pytest.raises(Refused, match=error):
            client.ask(TEAMS)
        client.close()


def test_a_refusal_by_one_word_is_a_missing_permission_too(tmp_path):
    source = Source(small_company(), tmp_path / "x")
    source.server.settings.outside_room = True
    source.workspace.permissions["view-outside-room"]["roles"] = []
    assert type(fails(source, USERS_BY_STATUS)) is MissingPermissionError


def test_an_unknown_team_and_an_unknown_route(source):
    caught = fails(source, MEMBERS)
    assert isinstance(caught, Refused)
    assert caught.text == "team-does-not-exist"
    source.server.settings.version = (6, 7, 0)
    assert type(fails(source, USERS_BY_STATUS)) is UnknownRoute


def test_an_account_without_a_username_is_a_server_error_and_not_a_credential_one(source):
    source.server.credentials  # noqa: B018
    source.workspace.change_user("svc.review", without=["username"])
    assert type(fails(source)) is SourceError


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (http(b"{}", "401 Unauthorized"), SourceError),
        (http(b"<html>", "401 Unauthorized", "text/html"), SourceError),
        (http(b"404 Not Found", "404 Not Found", "text/plain"), UnknownRoute),
        (http(b"<html>nginx</html>", "404 Not Found", "text/html"), SourceError),
        (http(b'{"success":false}', "404 Not Found"), UnknownRoute),
        (http(b'{"success":false,"error":"x"}', "413 Too Large"), Refused),
        (http(b"{}", "500 Oops"), SourceError),
        (http(b"", "204 No Content"), SourceError),
        (http(b"", "301 Moved", Location="http://[bad"), SourceError),
        (http(b"", "302 Found", Location="//\xff\xfe"), SourceError),
        (http(b"", "302 Found", Location="ftp://x/\x1b[31m"), SourceError),
        (http(b"", "302 Found"), SourceError),
        (http(b"", "308 Permanent", Location="/api/v1/teams.listAll/"), SourceError),
        (http(b'{"teams":[],"success":true}', kind="text/html"), SourceError),
        (http(b'{"teams":[],"success":true}', kind="APPLICATION/JSON ; charset=utf-8"), None),
        (http(b'{"teams":[],"success":true}', Date="garbage"), None),
        (http(b'{"teams":[],"success":true}', Date="Mon, 01 Jan 0001 00:00:00 -0000"), None),
        (http(gzip.compress(b'{"teams":[],"success":true}'), Content_Encoding="gzip"), None),
        (http(b"no gzip", Content_Encoding="gzip"), SourceError),
        (http(gzip.compress(b'{"teams":[],"success":true}')[:-12], Content_Encoding="gzip"), SourceError),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
         b'e\r\n{"teams":[],"s\r\nd\r\nuccess":true}\r\n0\r\n\r\n', None),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
         b'e\r\n{"teams":[],"s\r\n', SourceError),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", SourceError),
        (b"SSH-2.0-OpenSSH_9.2\r\n", SourceError),
        (b"HTTP/1.1 999 What\r\n\r\n", SourceError),
        (b"", SourceError),
        (b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 200_000 + b"\r\n\r\n", SourceError),
    ],
    ids=itertools.count(),
)  # fmt: skip
def test_whatever_stands_there_answers_the_error_is_one_of_ours(answer, error):
    with raw_server(*[answer] * 9) as (url, _):
        client = direct(url, retry_for=0.0)
        try:
            if error is None:
                assert client.ask(TEAMS).fields == {"success": True}
            else:
                with pytest.raises(Rc2graphError) as caught:
                    client.ask(TEAMS)
                assert type(caught.value) is error, caught.value
                assert caught.value.exit_code in (3, 4, 5)
                assert str(caught.value).isprintable() or "\n" in str(caught.value)
                assert "\x1b" not in str(caught.value)
        finally:
            client.close()


def test_a_server_that_is_not_there():
    with raw_server() as (url, _):
        pass
    client = direct(url, retry_for=0.0)
    with pytest.raises(SourceError, match="it refuses connections"):
        client.ask(ME)
    client.close()


@contextmanager
def names(*answers):
    """The system's own look-up, which ends in `answers`, one after the other, and then in the truth."""
    left, real = list(answers), socket.getaddrinfo

    def look_up(host, *more, **options):
        if left and host == "localhost":
            raise socket.gaierror(left.pop(0), "as the system says it")
        return real(host, *more, **options)

    with mock.patch.object(socket, "getaddrinfo", look_up):
        yield left


PASSING = [socket.EAI_AGAIN, socket.EAI_FAIL, socket.EAI_NODATA, socket.EAI_SYSTEM, socket.EAI_MEMORY]


@pytest.mark.parametrize("asked_before", [False, True], ids=["at the start", "in mid-run"])
def test_a_name_that_cannot_be_looked_up_for_a_while_is_waited_for(asked_before):
    answer = http(b'{"teams":[],"success":true}')
    with raw_server(answer, answer) as (url, _):
        client = direct(url.replace("127.0.0.1", "localhost"), retry_for=60.0)
        with names() as left:
            if asked_before:
                client.ask(TEAMS)
            left += [*PASSING, socket.EAI_NONAME]
            assert client.ask(TEAMS).fields == {"success": True}
            assert not left
        client.close()


@pytest.mark.parametrize(
    ("says", "tries", "text"),
    [
        ([socket.EAI_NONAME] * 2, 2, "its name is not known"),
        ([socket.EAI_AGAIN, socket.EAI_NONAME, socket.EAI_NONAME], 3, "its name is not known"),
        ([socket.EAI_NONAME, socket.EAI_AGAIN, socket.EAI_NONAME, socket.EAI_NONAME], 4, "its name is not known"),
        ([socket.EAI_AGAIN] * 99, None, "its name could not be looked up"),
    ],
)
def test_that_there_is_no_such_name_is_believed_when_it_is_said_twice(says, tries, text):
    with names(*says) as left:
        client = direct("http://localhost:9", retry_for=20.0)
        with pytest.raises(SourceError, match=text) as caught:
            client.ask(ME)
        client.close()
    if tries:
        assert len(says) - len(left) == tries
    else:
        assert 5 < len(says) - len(left) < 60, "as long as patience lasts"
    assert "name" in caught.value.next_step


@pytest.mark.parametrize("page", ["text-500", "no-date"])
def test_an_answer_that_drips_is_not_read_for_ever(earnest, monkeypatch, page):
    """Bytes that drip keep every single read from timing out, in an error's page as in a good answer."""
    monkeypatch.setattr("rc2graph.rocketchat.wire.SLOWEST", (0.3, 1_000))
    with earnest(Fault(page, route="me"), Fault("drip", route="me", seconds=40), retry_for=0.0) as (_, client):
        began = time.monotonic()
        with pytest.raises(SourceError):
            client.ask(ME)
        assert time.monotonic() - began < 10


def test_a_proxy_that_hangs_up_between_two_requests_is_nothing(earnest):
    with earnest() as (server, client):
        client.ask(ME)
        for connection in list(server._server._listener.open):
            connection.shutdown(socket.SHUT_RDWR)
        client.ask(ME)
        assert client.refusals == 0


# ---- what is sent, and where


def test_i9_nothing_but_get_and_nothing_but_the_known_routes(tmp_path):
    known = {endpoint.route for endpoint in ALL}
    forbidden = {"logout", "rooms.membersOrderedByRole"}
    assert not known & forbidden
    assert not any("audit" in route for route in known)
    for version in VERSIONS:
        source = Source(small_company(), tmp_path / version, version)
        source.collect()
        assert {entry.method for entry in source.server.log} == {"GET"}
        assert set(source.routes) <= known
        assert {entry.status for entry in source.server.log} == {200}


def test_redirects_are_refused_and_no_other_place_is_ever_asked(earnest):
    with Simulator(small_company()) as elsewhere, earnest() as (server, client):
        for status in ("redirect",):
            server.add(Fault(status, route="teams.listAll", value=f"{elsewhere.url}/api/v1/teams.listAll"))
        with pytest.raises(SourceError, match="Redirects are refused"):
            client.ask(TEAMS)
        assert elsewhere.log == []


def test_i8_the_version_is_asked_without_credentials(earnest):
    with raw_server(http(b'{"version":"8.6","success":true}')) as (url, asked):
        client = direct(url)
        client.ask(INFO)
        client.close()
    assert b"/api/info" in asked[0]
    assert b"x-auth-token" not in asked[0].lower()
    assert b"x-user-id" not in asked[0].lower()


def test_a_path_prefix_is_kept(earnest):
    with earnest(path_prefix="/chat") as (server, client):
        assert client.ask(TEAMS).total == 3
        assert server.url.endswith("/chat")


def test_no_cookie_and_no_netrc_is_sent(tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("default login leak password leak\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    answer = http(b'{"version":"8.6","success":true}', Set_Cookie="session=1; Path=/")
    with raw_server(answer, answer) as (url, asked):
        client = direct(url)
        client.ask(INFO)
        client.ask(INFO)
        client.close()
    assert len(asked) == 2
    assert b"cookie" not in asked[1].lower()
    assert b"authorization" not in b"".join(asked).lower()


# ---- the token


@pytest.mark.parametrize(
    "token", ["with space", "line\nbreak", "\u2019curly", "nul\0", "tab\t", "x\r\nX-Evil: 1", "", "   "]
)
def test_i8_a_token_that_no_token_can_be_is_refused_without_showing_it(token):
    with pytest.raises(UsageError) as refused:
        Credentials("u" * 17, token)
    assert token.strip() == "" or token not in str(refused.value)
    with pytest.raises(UsageError):
        Credentials("user\nid" if token else "", "t" * 43)


def test_i8_credentials_do_not_show_themselves():
    pair = Credentials("uuuuuuuu", "geheim-geheim")
    assert "geheim" not in repr(pair) + str(pair) + f"{pair}"
    assert "uuuuuuuu" not in repr(pair)


@pytest.mark.parametrize("kind", ["echo-token", "401", "html-502", "reset", "redirect", "bare-429", "403", "stall"])
def test_i8_the_token_is_in_no_message_and_no_log_at_any_level(source, caplog, kind):
    caplog.set_level(logging.DEBUG)
    token = source.server.credentials[1]
    source.server.add(Fault(kind, route="teams.listAll", times=-1, value=f"http://{token}.example/?t={token}"))
    caught = fails(source)
    said = str(caught) + repr(caught) + repr(caught.args) + "".join(map(repr, (caught.__cause__, caught.__context__)))
    assert token.lower() not in said.lower()
    assert token.lower() not in caplog.text.lower()
    assert caplog.records


def test_i8_the_token_is_in_no_log_of_the_http_library_either(earnest, caplog):
    caplog.set_level(logging.DEBUG)
    with earnest(Fault("echo-token", route="me")) as (server, client):
        with pytest.raises(Refused) as refused:
            client.ask(ME)
        client.ask(TEAMS)
        token = server.credentials[1]
    assert "urllib3" in caplog.text
    assert token not in caplog.text + str(refused.value)


def test_i8_an_echo_is_masked_wherever_it_stands(source):
    client = source.client()
    token = source.server.credentials[1]
    assert token not in client.credentials.safe(f"{token}{token} x{token}y")
    assert token.lower() not in client.credentials.safe(token.lower())
    assert client.credentials.safe("a\x1b[31mb\r\n\u202ec") == "a [31mb   c"
    client.close()


# ---- pace


def test_i10_routes_have_budgets_of_their_own(tmp_path):
    source = Source(small_company(), tmp_path / "x", knobs={"limiter": Limiter(calls=10)})
    source.workspace.permissions["api-bypass-rate-limit"]["roles"] = []
    client = source.client()
    began = source.time.monotonic()
    for endpoint in (ME, TEAMS, ROLES, PERMISSIONS, USERS, USERS_BY_STATUS):
        for _ in range(10):
            client.ask(endpoint).rows.close()
    assert source.time.monotonic() - began < 30
    client.ask(ME)
    assert source.time.monotonic() - began >= 60
    assert client.refusals == 0
    assert {entry.status for entry in source.server.log} == {200}
    client.close()


def test_how_long_was_waited_is_told_apart(source):
    source.workspace.permissions["api-bypass-rate-limit"]["roles"] = []
    source.server.add(Fault("html-502", route="me", times=3), Fault("neighbour-429", route="teams.listAll"))
    client = source.client(retry_for=100)
    client.ask(ME)
    client.ask(TEAMS)
    assert 50 < client.time.seconds["limiter"] <= 61, "to the end of a window that had begun before"
    assert 0.1 < client.time.seconds["retry"] < 20
    assert client.requests == 6
    client.close()


def test_an_answer_of_a_wrong_shape_is_not_asked_for_for_ever(source):
    source.server.add(Fault("row-without-id", route="teams.listAll", times=-1))
    fails(source, retry_for=10_000)
    assert len(source.routes) == 4


def test_a_large_answer_comes_as_a_stream(tmp_path):
    rows = b",".join(json.dumps({"_id": f"{n:06}", "name": "n" * 100}).encode() for n in range(9_000))
    with raw_server(http(b'{"teams":[' + rows + b'],"total":9000,"success":true}')) as (url, _):
        client = direct(url, folder=tmp_path)
        answer = client.ask(TEAMS)
        assert len(answer.rows) == answer.total == 9_000
        assert answer.rows.first.id == "000000"
        answer.rows.close()
        client.close()
