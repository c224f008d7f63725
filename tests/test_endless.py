"""A server that never ends: interim answers, heads and bodies that drip, lists without end. Time and size are bounded,
and Ctrl-C ends the command at any moment.
"""

import itertools
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from rc2graph.errors import SourceError
from rc2graph.rocketchat import answer, wire
from rc2graph.rocketchat.address import Address
from rc2graph.rocketchat.client import Client
from rc2graph.rocketchat.credentials import Credentials
from rc2graph.rocketchat.endpoints import ROLES, TEAMS
from rc2graph.rocketchat.exchange import PAGED_ROWS
from rc2graph.rocketchat.failure import TooMuchAtOnce
from tests.commands import Desk, ended
from tests.faults import Fault
from tests.source import Source, small_company

GOOD = b'{"teams":[],"total":0,"success":true}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
WHOLE = HEAD + b"Content-Length: %d\r\n\r\n" % len(GOOD) + GOOD
Script = Callable[[socket.socket], None]


@contextmanager
def scripted(script: Script) -> Iterator[str]:
    """A server whose connections each run `script` after a request was read."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.recv(65_536)
            script(connection)

    def serve() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=run, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def send(*parts: bytes, pause: float = 0.0) -> Script:
    """`parts`, the last of them for ever."""

    def script(connection: socket.socket) -> None:
        for part in itertools.chain(parts, itertools.repeat(parts[-1])):
            connection.sendall(part)
            if pause:
                time.sleep(pause)

    return script


def rows(start: bytes, row: bytes = b'{"_id":"%d","name":"x","type":0},') -> Script:
    """A list without end."""

    def script(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"\r\n" + start)
        for number in itertools.count():
            connection.sendall(b"".join(row % (number * 1000 + each) for each in range(1000)))

    return script


ENDLESS = {
    "100 Continue": send(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "100 Continue, dripping": send(b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.05),
    "103 Early Hints": send(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
    "a status line that drips": send(b"HTTP/1.1 200 ", b"O", pause=0.05),
    "a header that drips": send(HEAD + b"X-Long: ", b"x", pause=0.05),
    "headers that drip": send(HEAD, b"X-One: 1\r\n", pause=0.1),
    "a body that drips": send(HEAD + b"Content-Length: 99999\r\n\r\n{", b" ", pause=0.05),
    "chunks that drip": send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", pause=0.05),
    "the length of a chunk that drips": send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0", pause=0.05),
    "an error's page that drips": send(b"HTTP/1.1 502 Bad\r\nContent-Type: text/html\r\n\r\n", b"x", pause=0.05),
    "blanks": send(HEAD + b"\r\n", b" " * 100_000),
    "a name without end": send(HEAD + b'\r\n{"teams":[{"_id":"', b"x" * 100_000),
    "rows without end": rows(b'{"teams":['),
    "keys without end": rows(b"{", b'"k%d":1,'),
}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bounds, so low that a test is soon over; their ratios are the same."""
    monkeypatch.setattr(wire, "LONGEST", 3.0)
    monkeypatch.setattr(wire, "SLOWEST", (0.5, 5_000))
    monkeypatch.setattr(answer, "MOST_ROWS", 20_000)
    monkeypatch.setattr(answer, "MOST_BYTES", 2**24)
    monkeypatch.setattr(answer, "LARGEST", 2**23)


def client_of(url: str, folder: Path | None = None) -> Client:
    return Client(
        Address.parse(url), Credentials("u" * 17, "t" * 43), retry_for=0.0, folder=folder, sleep=lambda seconds: None
    )


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("script", ENDLESS.values(), ids=ENDLESS)
def test_an_answer_without_end_has_one(script: Script, tmp_path: Path) -> None:
    with scripted(script) as url:
        client, began = client_of(url, tmp_path), time.monotonic()
        with pytest.raises(SourceError) as caught:
            client.ask(TEAMS, {"count": 100, "offset": 0})
        client.close()
    assert time.monotonic() - began < 8
    assert caught.value.next_step
    assert caught.value.exit_code == 5


def test_a_page_holds_what_was_asked_for_and_not_without_end() -> None:
    """Of a server that ignores that a hundred rows were asked for, more are taken, but not all that it has."""
    with scripted(rows(b'{"teams":[')) as url:
        client = client_of(url)
        with pytest.raises(SourceError, match=f"more than {PAGED_ROWS:,} rows"):
            client.ask(TEAMS, {"count": 100, "offset": 0})
        client.close()


@pytest.mark.usefixtures("small")
def test_a_whole_list_that_is_larger_than_any_is_asked_for_in_pages() -> None:
    with scripted(rows(b'{"teams":[')) as url:
        client = client_of(url)
        with pytest.raises(TooMuchAtOnce, match="more than 20,000 rows"):
            client.ask(TEAMS, {"count": 0, "offset": 0})
        client.close()
    with scripted(rows(b'{"roles":[')) as url:
        client = client_of(url)
        with pytest.raises(SourceError, match="more than 20,000 rows"):
            client.ask(ROLES)
        client.close()
        assert client.requests == 1, "asking again brings the same"


@pytest.mark.parametrize("route", ["users.listByStatus", "teams.listAll", "teams.members"])
def test_a_list_whose_total_is_beyond_all_bounds_is_not_read_page_by_page(tmp_path: Path, route: str) -> None:
    source = Source(small_company(), tmp_path / "s.sqlite")
    source.server.add(Fault("lying-total", route=route, times=-1, value=10**9))
    with pytest.raises(SourceError, match=r"says that it has 1,000,000,00\d rows"):
        source.collect()
    assert source.routes.count(route) == 2, "once as a whole, once as a page"


@pytest.mark.parametrize(
    "interim",
    [
        b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n",
        b"HTTP/1.1 102 Processing\r\n\r\n" * 12,
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n",
    ],
    ids=["103", "102", "mixed"],
)
def test_an_interim_answer_is_none(interim: bytes) -> None:
    with scripted(lambda connection: connection.sendall(interim + WHOLE)) as url:
        client = client_of(url)
        assert client.ask(TEAMS).total == 0
        client.close()


def test_a_slow_answer_that_comes_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that thinks, and then sends in pieces, faster than the least speed."""
    monkeypatch.setattr(wire, "SLOWEST", (0.2, 1_000))
    body = json.dumps(
        {"teams": [{"_id": f"{n:04}", "name": "n" * 60} for n in range(400)], "total": 400, "success": True}
    )

    def script(connection: socket.socket) -> None:
        time.sleep(0.7)
        connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body))
        for start in range(0, len(body), 2_000):
            time.sleep(0.05)
            connection.sendall(body[start : start + 2_000].encode())

    with scripted(script) as url:
        client = client_of(url)
        answered = client.ask(TEAMS)
        assert (len(answered.rows), answered.total) == (400, 400)
        client.close()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("kind", ["100 Continue", "a header that drips", "a body that drips", "rows without end"])
def test_ctrl_c_ends_a_command_that_such_a_server_keeps_busy(tmp_path: Path, kind: str) -> None:
    asked = threading.Event()

    def script(connection: socket.socket) -> None:
        asked.set()
        ENDLESS[kind](connection)

    with scripted(script) as url:
        desk = Desk(tmp_path).at(
            ROCKETCHAT_URL=url, ROCKETCHAT_USER_ID="u" * 17, ROCKETCHAT_AUTH_TOKEN="t" * 43, RC2GRAPH_RETRY_FOR="300",
            PYTHONWARNINGS="",  # an interrupt may come between opening a socket and whoever closes it
        )  # fmt: skip
        process: subprocess.Popen[str] = desk.start("collect", "--snapshot", "a.sqlite")
        assert asked.wait(30)
        time.sleep(0.5)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        said = ended(process)
    assert time.monotonic() - began < 5
    assert (said.code, said.out) == (130, "")
    assert "Traceback" not in said.err
