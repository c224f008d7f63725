"""A Rocket.Chat server for tests and trials: the workspace behind real HTTP on 127.0.0.1.

    with Simulator(demo_company()) as server:
        user_id, token = server.credentials
        requests.get(server.url + "/api/v1/me", headers={"X-User-Id": user_id, "X-Auth-Token": token})

`answer()` is the same server without sockets, for tests on a virtual clock. It is no kinder than the real one
(rocketchat.md §12).
"""

import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import Self

from .answers import Answer, html
from .calls import Settings
from .limiter import Clock, Limiter, client_ip, wall_clock
from .queries import Paging
from .releases import upgrade
from .routes import Api, Request, parse_version, route_of
from .wire import Server
from .workspace import Workspace

WINDOW = 60_000


@dataclass(frozen=True)
class Entry:
    """One line of the request log."""

    n: int
    method: str
    route: str
    query: str
    status: int
    caller: str | None
    """Username (or id) of the caller; None without a valid token."""
    ip: str
    ms: float
    faults: tuple[str, ...] = ()
    at: float = 0.0
    """When it came: epoch milliseconds on the server's clock."""


class Simulator:
    """One Rocket.Chat server process before a workspace, which it upgrades to its release as it is made.

    `time_scale=60` makes the limiter's minute last one second; clock, Date and reset stay those of the real second.
    `clock_offset`: seconds the server's clock is ahead of yours. `date_offset`: seconds by which a proxy's Date is off,
    and only the Date. `reader`: whose token `credentials` is. Knobs may be turned while it runs: `paging`, `limiter`,
    `settings`, `clock_offset`, `date_offset`.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        version: str = "8.6.1",
        limiter: Limiter | None = None,
        paging: Paging | None = None,
        path_prefix: str = "",
        time_scale: float = 1.0,
        clock: Clock = wall_clock,
        clock_offset: float = 0.0,
        date_offset: float = 0.0,
        forwarded_count: int = 1,
        reader: str = "svc.review",
        host: str = "127.0.0.1",
        port: int = 0,
        seed: int = 0,
    ) -> None:
        self.workspace = workspace
        self.clock_offset = clock_offset
        self.date_offset = date_offset
        self.forwarded_count = forwarded_count
        self.path_prefix = path_prefix.rstrip("/")
        self.paging = paging or Paging()
        self.settings = Settings(parse_version(version), self.paging, random.Random(seed))
        upgrade(workspace, self.settings.version)
        self._clock = clock
        self.limiter = limiter or Limiter(interval=WINDOW / time_scale)
        self.limiter.clock = self.now  # one process, one clock
        self.limiter.restart()
        self.log: list[Entry] = []
        self.api = Api(workspace, self.settings, self.limiter)
        self._lock = threading.Lock()
        self._numbers: dict[str, int] = {}
        self._n = 0
        self._reader = reader
        self._credentials: tuple[str, str] | None = None
        self._address = (host, port)
        self._server: Server | None = None

    # who may come in

    @property
    def credentials(self) -> tuple[str, str]:
        """User id and token of the reading account."""
        if self._credentials is None:
            self._credentials = self.issue_token(self._reader)
        return self._credentials

    @property
    def headers(self) -> dict[str, str]:
        """The two header values of `credentials`, ready to send."""
        user_id, token = self.credentials
        return {"X-User-Id": user_id, "X-Auth-Token": token}

    def issue_token(self, user: str) -> tuple[str, str]:
        return self.workspace.issue_token(user)

    def revoke_token(self, user: str) -> None:
        """Take all tokens of a user away."""
        self.workspace.revoke_token(user)

    # answering

    def now(self) -> float:
        """Server time, epoch milliseconds."""
        return self._clock() + self.clock_offset * 1000

    def respond(self, method: str, path: str, query: str, headers: Mapping[str, str], peer: str, now: float) -> Answer:
        """The answer, and one line in the log."""
        started = time.perf_counter()
        lower = {name.lower(): value for name, value in headers.items()}
        inside = path.startswith(self.path_prefix + "/")
        path = path.removeprefix(self.path_prefix) if inside else path
        route = route_of(path)
        with self._lock:
            self._n += 1
            self._numbers[route] = nth = self._numbers.get(route, 0) + 1
            n = self._n
        ip = client_ip(lower, peer, self.forwarded_count)
        request = Request(n, nth, method, path, query, lower, ip, now, self.settings.version)
        answer, kinds = self.asked(request, inside)
        known = self.api.caller(lower)
        caller = known[0].get("username", known[0]["_id"]) if known else None
        ms = (time.perf_counter() - started) * 1000
        entry = Entry(n, method, route, query, answer.status, caller, ip, ms, kinds, now)
        with self._lock:
            self.log.append(entry)
        if answer.sends_date:
            seconds = now / 1000 + self.date_offset + answer.date_shift
            answer.headers["Date"] = formatdate(seconds, usegmt=True)
        return answer

    def asked(self, request: Request, inside: bool) -> tuple[Answer, tuple[str, ...]]:
        """What is answered, and what befell it: here nothing ever does."""
        return self.api.answer(request) if inside else html(404, "404 Not Found"), ()

    def answer(
        self,
        method: str,
        path: str,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        ip: str = "127.0.0.1",
        now_ms: float | None = None,
    ) -> tuple[int, dict[str, str], bytes]:
        """One request without sockets. Faults of the wire raise what a client would raise."""
        now = self.now() if now_ms is None else now_ms
        answer = self.respond(method, path, query, headers or {}, ip, now)
        if answer.wire == "reset":
            raise ConnectionResetError
        if answer.wire == "stall":
            raise TimeoutError
        body = answer.body[: len(answer.body) // 2] if answer.wire == "cut" else answer.body
        return answer.status, {**answer.headers, "Content-Length": str(len(answer.body))}, body

    # the socket

    @property
    def url(self) -> str:
        """Base address, with the path prefix and without a slash at the end."""
        if self._server is None:
            raise RuntimeError("the simulator is not started")
        host, port = self._server.address
        return f"http://{host}:{port}{self.path_prefix}"

    def start(self) -> Self:
        self._server = Server(self._address, self.respond, self.now)
        self._server.start()
        return self

    def stop(self) -> None:
        """Hang up. A mistake in here, which the client saw as a 500, is raised."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()
            if server.errors:
                raise server.errors[0]

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()
