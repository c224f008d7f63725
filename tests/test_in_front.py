"""What stands in front of a Rocket.Chat: sign-on pages, firewalls, gateways that give up, rate limits of their own.

The error names who answered and the step that fits. What a gateway gives up on is asked for in smaller parts.
"""

import json
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from rc2graph.errors import SourceError
from rc2graph.rocketchat.address import Address
from rc2graph.rocketchat.client import Client
from rc2graph.rocketchat.credentials import Credentials
from rc2graph.rocketchat.endpoints import INFO, ME, MEMBERS, TEAMS
from rc2graph.rocketchat.estimate import estimate
from rc2graph.rocketchat.failure import LONGEST_AFTER, TooMuchAtOnce
from rc2graph.rocketchat.preflight import preflight
from rc2graph.rocketchat.probe import probe
from rc2graph.rocketchat.throttle import REFUSALS, Pace
from rc2graph.simulator.answers import Answer
from tests.source import Source, Time, differences, small_company
from tests.test_rooms import with_rooms

TOKEN = "t" * 43
Reply = tuple[int, dict[str, str], str]


@contextmanager
def front(reply: Callable[[str, dict[str, list[str]]], Reply]) -> Iterator[tuple[str, list[str]]]:
    """A server at a real socket, and the targets it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked.append(self.path)
            parts = urlsplit(self.path)
            status, headers, body = reply(parts.path, parse_qs(parts.query))
            self.send_response_only(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            data = body.encode()
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def client_of(url: str, **options: Any) -> Iterator[tuple[Client, Time]]:
    clock = Time()
    client = Client(
        Address.parse(url), Credentials("u" * 17, TOKEN), clock=clock.monotonic, sleep=clock.sleep, **options
    )
    try:
        yield client, clock
    finally:
        client.close()


HTML = {"Content-Type": "text/html; charset=utf-8"}
CHALLENGE = "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>…</body></html>"
NASTY = "<title>\x1b[31m\u202eAccess&#27;[2J Denied " + "x" * 500 + f" {TOKEN}</title>"

IN_FRONT = {
    "single sign-on": (
        (302, {"Location": f"https://sso.example.org/login?rd=%2Fapi&token={TOKEN}"}, ""),
        ["redirects info to https://sso.example.org.", "sign-in page", "/api through"],
        ["login?rd"],
    ),
    "sign-on on the same host": (
        (303, {"Location": "/oauth2/sign_in?rd=x"}, ""), ["redirects info to /oauth2/sign_in."], ["rd=x"]
    ),
    "challenge": (
        (403, {**HTML, "Server": "cloudflare", "cf-mitigated": "challenge"}, CHALLENGE),
        ['the page "Just a moment..." (status 403, server: cloudflare)', "curl -i http", "/api/info"],
        ["in a browser: it must show JSON"],
    ),
    "firewall, nasty": (
        (403, {**HTML, "Server": "x\u00ad" * 300}, NASTY),
        ["Access", "Denied", "…"], ["\x1b", "\u202e", TOKEN, "x" * 81],
    ),
    "basic": (
        (401, {**HTML, "WWW-Authenticate": 'Basic realm="staff"', "Server": "nginx/1.27"},
         "<html><head><title>401 Authorization Required</title></head>"),
        ["sign-in of its own", 'Basic realm="staff"', "Rocket.Chat has not refused the token", "nginx/1.27"],
        ["personal access token"],
    ),
    "a page that speaks of signing in": (
        (401, {**HTML, "Server": "nginx"}, "<title>Portal</title>You must be logged in to do this."),
        ['the page "Portal"', "Rocket.Chat has not refused the token"], ["personal access token"],
    ),
    "basic, as JSON": (
        (401, {"WWW-Authenticate": "Basic"}, '{"error":"unauthorized","success":false}'),
        ["sign-in of its own (Basic)", "Rocket.Chat has not refused the token"], ["personal access token"],
    ),
    "API gateway": (
        (401, {"Server": "kong/3.4"}, '{"message":"Unauthorized"}'),
        ["kong/3.4", "has not refused the token"], ["personal access token"],
    ),
    "forbidden by a gateway": (
        (403, {"Server": "awselb/2.0"}, '{"message":"Forbidden"}'),
        ["not Rocket.Chat's API", "Forbidden", "awselb/2.0"], ["ermission"],
    ),
    "page with 200": (
        (200, {**HTML, "Server": "Apache"}, "<title>Sign in — Example SSO</title>"),
        ['the page "Sign in — Example SSO" (status 200, server: Apache)', "wrong path"], [],
    ),
    "maintenance as JSON": (
        (200, {"Server": "nginx"}, '{"status":"maintenance"}'), ["status 'maintenance'", "server: nginx"], []
    ),
    "gateway": (
        (502, {**HTML, "Server": "nginx"}, "<title>502 Bad Gateway</title>"),
        ['"502 Bad Gateway" (status 502, server: nginx)', "Rocket.Chat runs"], [],
    ),
    "plain text": (
        (503, {"Content-Type": "text/plain"}, "no healthy upstream"), ['the text "no healthy upstream"'], []
    ),
    "nothing": ((503, {"Content-Type": "text/plain"}, ""), ["an empty body (status 503)"], []),
    "client certificate": (
        (400, {**HTML, "Server": "nginx"}, "<title>400 No required SSL certificate was sent</title>"),
        ["TLS client certificate", "rc2graph has none"], [],
    ),
    "http at a port for https": (
        (400, {**HTML, "Server": "nginx"}, "<title>400 The plain HTTP request was sent to HTTPS port</title>"),
        ["That port speaks TLS", "https://"], [],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("reply", "texts", "never"), IN_FRONT.values(), ids=IN_FRONT)
def test_who_answered_instead_is_named_and_the_step_fits(reply: Reply, texts: list[str], never: list[str]) -> None:
    with (
        front(lambda path, query: reply) as (url, _),
        client_of(url, retry_for=0.0) as (client, _time),
        pytest.raises(SourceError) as caught,
    ):
        client.ask(INFO if "redirects" in texts[0] else ME)
    told = str(caught.value)
    assert caught.value.exit_code == 5
    assert caught.value.next_step
    for text in texts:
        assert text in told, told
    for text in never:
        assert text not in told, told
    assert all(line.isprintable() for line in told.splitlines())
    assert max(map(len, told.splitlines())) < 400


# ---- a rate limit that is not Rocket.Chat's


def refusing(times: int, **headers: str) -> Callable[[str, dict[str, list[str]]], Reply]:
    left = [times]

    def reply(path: str, query: dict[str, list[str]]) -> Reply:
        left[0] -= 1
        if left[0] >= 0:
            head = {name.replace("_", "-"): value for name, value in headers.items()}
            return (
                429,
                {**HTML, "Server": "cloudflare", **head},
                "<title>Error 1015: You are being rate limited</title>",
            )
        return 200, {}, '{"teams":[],"total":0,"success":true}'

    return reply


@pytest.mark.parametrize(
    ("headers", "times", "least", "most"),
    [
        ({}, 6, 0.3, 40),
        ({"Retry_After": "7"}, 6, 42, 43),
        ({"Retry_After": "Sun, 06 Nov 1994 08:49:57 GMT", "Date": "Sun, 06 Nov 1994 08:49:37 GMT"}, 2, 40, 41),
        ({"Retry_After": "0"}, 3, 0, 2),
        ({"Retry_After": "soon"}, 3, 0, 10),
        ({"X_RateLimit_Limit": "60", "X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "17"}, 3, 0, 10),
    ],
    ids=["no figure", "seconds", "date", "now", "nonsense", "a gateway's headers"],
)
def test_a_rate_limit_in_front_is_waited_out_as_it_asks_or_by_degrees(
    headers: dict[str, str], times: int, least: float, most: float
) -> None:
    random.seed(4)
    with front(refusing(times, **headers)) as (url, asked), client_of(url, retry_for=60.0) as (client, clock):
        began = clock.monotonic()
        assert client.ask(TEAMS).total == 0
        assert least <= clock.monotonic() - began <= most
        assert (len(asked), client.refusals) == (times + 1, times)


def test_what_a_proxy_asks_for_holds_for_every_route() -> None:
    with front(refusing(1, Retry_After="9")) as (url, _), client_of(url) as (client, clock):
        members, held = client.throttle(MEMBERS.route), list[float]()

        def sleep(seconds: float) -> None:
            held.append(members._free_at() - clock.monotonic())
            clock.sleep(seconds)

        client.sleep = sleep
        client.ask(TEAMS)
    assert held[0] == pytest.approx(9, abs=0.5)


@pytest.mark.parametrize(
    ("headers", "requests", "text"),
    [
        ({"Retry_After": "86400"}, 1, "wait for 86,400 s"),
        ({"Retry_After": "5"}, REFUSALS, "10 times in a row"),
        ({}, None, "Tried "),
    ],
    ids=["a day", "for ever", "for ever, no figure"],
)
def test_a_rate_limit_in_front_that_does_not_end_is_said_whose_it_is(
    headers: dict[str, str], requests: int | None, text: str
) -> None:
    with front(refusing(10_000, **headers)) as (url, asked), client_of(url, retry_for=20.0) as (client, clock):
        began = clock.monotonic()
        with pytest.raises(SourceError) as caught:
            client.ask(TEAMS)
        assert clock.monotonic() - began < LONGEST_AFTER
    told = str(caught.value)
    assert text in told
    assert "not Rocket.Chat's" in told
    assert "Error 1015" in told
    assert "cloudflare" in told
    assert "api-bypass-rate-limit" not in told
    assert requests is None or len(asked) == requests


def test_a_server_in_maintenance_is_left_alone_as_long_as_it_asks() -> None:
    replies = iter([(503, {**HTML, "Retry-After": "25"}, "<title>Maintenance</title>")])
    good = 200, {}, '{"teams":[],"total":0,"success":true}'
    with front(lambda *asked: next(replies, good)) as (url, asked), client_of(url, retry_for=60.0) as (client, clock):
        began = clock.monotonic()
        client.ask(TEAMS)
        assert 25 <= clock.monotonic() - began < 27
        assert len(asked) == 2


# ---- an account that holds api-bypass-rate-limit, on a release that counts it all the same


def many_teams(tmp_path: Path) -> Source:
    """Every answer carries the headers of the limit, and none is refused."""
    workspace = small_company()
    workspace.permissions["api-bypass-rate-limit"]["roles"] = ["admin", "user"]
    for number in range(40):
        workspace.add_team(f"team.{number}", owner="ana")
    source = Source(workspace, tmp_path / "s.sqlite")
    source.server.limiter.counts_bypass_holders = True
    return source


def test_a_load_of_an_account_that_bypasses_the_limit_waits_for_nothing(tmp_path: Path) -> None:
    source = many_teams(tmp_path)
    began = source.time.monotonic()
    done = source.collect()
    assert source.time.monotonic() - began < 1
    assert done.seconds["limiter"] == 0
    assert differences(source.content(), source.workspace.oracle()) == {}


def test_check_advises_nothing_that_the_account_has(tmp_path: Path) -> None:
    source = many_teams(tmp_path)
    for pace in (None, Pace(2, 60.0, bound=True)):
        client = source.client(pace=pace)
        expected = estimate(client, probe(client, preflight(client)))
        client.close()
        assert (expected.minutes or 0) > 0 if pace else expected.minutes == 0
        told = " ".join([expected.limiter_text, *expected.advice])
        assert "grant" not in told
        assert ("The pace that you set" in told) is bool(pace)


# ---- a list that a gateway gives up on


def gateway(source: Source, route: str, give_up: Callable[[], Answer]) -> Source:
    """In front of `source`: whole lists of `route` are more than it waits for."""
    respond = source.server.respond

    def through(method: str, path: str, query: str, *rest: Any) -> Answer:
        whole = path.endswith(f"/{route}") and parse_qs(query).get("count") == ["0"]
        answer = respond(method, path, query, *rest)
        return give_up() if whole else answer

    source.server.respond = through  # type: ignore[method-assign]
    return source


def page_of(status: int) -> Callable[[], Answer]:
    return lambda: Answer(status, {"Content-Type": "text/html"}, b"<title>Gateway time-out</title>")


def stalled() -> Answer:
    answer = Answer(200, {"Content-Type": "application/json"}, b"")
    answer.wire, answer.seconds = "stall", 3600
    return answer


def cut() -> Answer:
    return Answer(200, {"Content-Type": "application/json"}, b'{"users":[{"_id":"a"')


GIVES_UP = {
    "504": page_of(504), "524": page_of(524), "time-out": stalled, "cut": cut, "502": page_of(502), "500": page_of(500)
}  # fmt: skip


@pytest.mark.parametrize(
    ("why", "route"),
    [
        *((why, "users.listByStatus") for why in GIVES_UP),
        *(("504", route) for route in ("teams.listAll", "teams.members", "rooms.adminRooms")),
    ],
)
def test_a_list_that_does_not_come_as_a_whole_is_asked_for_in_pages(tmp_path: Path, why: str, route: str) -> None:
    source = gateway(Source(with_rooms(), tmp_path / "s.sqlite"), route, GIVES_UP[why])
    began = source.time.monotonic()
    done = source.collect(retry_for=20.0)
    assert done.complete
    assert differences(source.content(), source.workspace.oracle()) == {}
    assert source.time.monotonic() - began < 150
    whole = [entry for entry in source.server.log if entry.route == route and "count=0" in entry.query]
    assert len(whole) > 3 if why in ("502", "500") else len(whole) == 2, "and no other list of the route as a whole"


def test_a_list_that_does_not_come_in_pages_either_ends_the_run(tmp_path: Path) -> None:
    source = Source(small_company(), tmp_path / "s.sqlite")
    respond = source.server.respond

    def through(method: str, path: str, *rest: Any) -> Answer:
        answer = respond(method, path, *rest)
        return page_of(504)() if path.endswith("teams.listAll") else answer

    source.server.respond = through  # type: ignore[method-assign]
    began = source.time.monotonic()
    with pytest.raises(SourceError, match="status 504") as caught:
        source.collect(retry_for=60.0)
    assert not isinstance(caught.value, TooMuchAtOnce)
    assert source.time.monotonic() - began < 140


def test_a_list_that_moves_is_read_anew_in_pages_where_it_did_not_come_as_a_whole(tmp_path: Path) -> None:
    source = gateway(Source(small_company(), tmp_path / "s.sqlite"), "users.listByStatus", page_of(504))
    lies = [3]
    respond = source.server.respond

    def through(method: str, path: str, query: str, *rest: Any) -> Answer:
        answer = respond(method, path, query, *rest)
        if path.endswith("users.listByStatus") and "count=100" in query and lies:
            body = json.loads(answer.body)
            body["total"] += lies.pop()
            answer.body = json.dumps(body).encode()
        return answer

    source.server.respond = through  # type: ignore[method-assign]
    source.collect(retry_for=20.0)
    assert differences(source.content(), source.workspace.oracle()) == {}
    whole = [entry for entry in source.server.log if entry.route == "users.listByStatus" and "count=0" in entry.query]
    assert len(whole) == 2


def test_a_header_that_promises_another_body_is_not_a_connection_that_failed() -> None:
    """A proxy that unpacks answers and leaves `Content-Encoding` as it was."""
    body = json.dumps({"teams": [], "total": 0, "success": True})
    headers = {"Content-Encoding": "gzip", "Server": "squid/6.1"}
    with front(lambda path, query: (200, headers, body)) as (url, _), client_of(url, retry_for=1) as (client, _):
        with pytest.raises(SourceError) as failed:
            client.ask(TEAMS, {"count": 0, "offset": 0})
        assert failed.value.what == "The answer of teams.listAll could not be decoded."
        assert "(Content-Encoding: gzip)" in failed.value.why
        assert "(server: squid/6.1)" in failed.value.why
        assert f"'curl -i {url}/api/v1/teams.listAll'" in failed.value.next_step
