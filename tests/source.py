"""What the tests of collecting share: small companies, a run against one, and what the snapshot then says.

Nothing here waits: time is a clock that sleepers put forward. Requests reach the simulator without a socket, and the
lanes, which are threads in earnest, are worked off one by one in an order that a seed decides: so the nth request is
the same one in every run, and other seeds try other interleavings. `earnest=True` is the real thing.
"""

import io
import random
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self
from unittest import mock
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import BaseAdapter

import rc2graph.collection.pass_
import rc2graph.snapshot.writer
from rc2graph.collection import Collected, collect
from rc2graph.errors import Rc2graphError
from rc2graph.model import TEAM, NodeType
from rc2graph.rocketchat.address import Address
from rc2graph.rocketchat.client import Client
from rc2graph.rocketchat.credentials import Credentials
from rc2graph.rocketchat.exchange import Exchange
from rc2graph.rocketchat.route_workers import Done
from rc2graph.rocketchat.session import Session
from rc2graph.rocketchat.throttle import Pace
from rc2graph.simulator import Workspace
from rc2graph.simulator.routes import parse_version
from rc2graph.snapshot import Collection, Snapshot
from tests.faults import Simulator

VERSIONS = ("6.7.0", "7.7.1", "8.6.1", "9.0.0")
"""The releases at which everything is tried that depends on one: the newest of each line that people still run."""
OLDEST = VERSIONS[0]
"""Has `users.list` alone, which leaves the nameless out and needs `view-full-other-user-info` (rocketchat.md §4.1)."""
Pair = tuple[str, str]

KEPT = {
    *("view-d-room", "view-all-teams", "view-full-other-user-info", "view-outside-room", "view-statistics"),
    *("api-bypass-rate-limit", "access-permissions", "create-team"),
}
"""Of the 172 permissions, those that a small company has: the rest only takes time."""


def lists_by_status(version: str) -> bool:
    """Whether the release has `users.listByStatus`, which shows the nameless, and who is federated
    (rocketchat.md §4.2)."""
    return parse_version(version) >= (6, 8, 0)


class Time:
    """A clock that jumps where somebody sleeps, and goes on a little whenever somebody looks: the same on any machine,
    however busy."""

    A_LOOK = 0.001
    BEGAN = 1_780_000_000.0

    def __init__(self) -> None:
        self._lock, self._gone = threading.Lock(), 0.0

    def monotonic(self) -> float:
        self.sleep(self.A_LOOK)
        return self._gone

    def epoch_ms(self) -> float:
        return (self.BEGAN + self.monotonic()) * 1000

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._gone += max(seconds, 0.0)


# ---- companies


def small_company(*, seed: int = 0) -> Workspace:
    """One of each: private and public teams, an empty one, leavers, a deleted member, odd accounts."""
    workspace = Workspace(seed=seed)
    for permission in set(workspace.permissions) - KEPT:
        workspace.delete_permission(permission)
    workspace.add_user("ana", roles=["user", "admin"], last_login="2026-07-11T15:02:11.482Z")
    workspace.add_user("ben")
    workspace.add_user("olaf", last_login="2025-01-20T09:30:00.000Z")
    workspace.add_user("rita", roles=["user", "66a1f0c2d3e4b5a697889999"])
    workspace.add_user(None, id="kT2wV9uJc6SzMd4Ph", name=None, roles=None, type=None, emails=None)
    workspace.add_team("vault", private=True, owner="ana")
    workspace.add_member("vault", "olaf", ["owner"])
    workspace.add_member("vault", "rita")
    workspace.add_orphan("vault")
    workspace.add_team("plaza", owner="ben")
    workspace.add_member("plaza", "olaf")
    workspace.add_team("void", private=True)
    workspace.deactivate("olaf")
    workspace.deactivate("rita")
    return workspace


def tidy_company(*, seed: int = 0) -> Workspace:
    """No row of a deleted user anywhere: every team's numbers add up exactly, which is where a sum can deceive."""
    workspace = small_company(seed=seed)
    for team in ("vault", "plaza", "void"):
        workspace.delete_team(team)
    workspace.add_team("vault", private=True, owner="ana")
    workspace.add_member("vault", "olaf", ["owner"])
    workspace.add_team("plaza", owner="ben")
    workspace.add_team("void", private=True)
    return workspace


NOTHING: Mapping[str, int] = MappingProxyType({})


def limited(company: Workspace) -> Workspace:
    """The same, and the rate limit counts what the account asks."""
    company.permissions["api-bypass-rate-limit"]["roles"] = ["admin"]
    return company


class Remembered:
    """A graph that was loaded from `truth` earlier: the `PreviousState` of a second run."""

    def __init__(self, truth: Any, *, worth: bool = True, unconfirmed: Mapping[str, int] = NOTHING) -> None:
        self.worth, self._unconfirmed = worth, unconfirmed
        self._roles, self._teams, self._users = set(truth["roles"]), set(truth["teams"]), set(truth["users"])
        self._roleless = self._users - {user for user, _ in truth["has_role"]}
        self._named = {id_ for id_, doc in truth["users"].items() if doc.keys() & {"username", "name", "emails"}}
        self._orphans = dict(truth["orphans"])
        self._members: dict[str, set[str]] = {team: set() for team in self._teams}
        for user, team in truth["member_of"]:
            self._members[team].add(user)
        self.asked: list[str] = []

    def role_ids(self) -> set[str]:
        return set(self._roles)

    def orphan_rows(self) -> dict[str, int]:
        return dict(self._orphans)

    def rows_of_nobody(self) -> dict[str, int]:
        return dict(Counter(self._orphans) + Counter(self._unconfirmed))

    @classmethod
    def loaded(cls, path: Path) -> "Remembered":
        """What a graph would remember of this snapshot."""
        found = Content.of(path)
        with Snapshot.open(path) as snapshot:
            rows = snapshot.db.execute("SELECT id, orphan_rows, unconfirmed_rows FROM team WHERE unsettled IS NULL")
            rows = {id_: (orphans, unconfirmed) for id_, orphans, unconfirmed in rows}
        return cls(
            {"roles": found.roles, "teams": found.teams, "users": {id_: {"name": ""} for id_ in found.users},
             "has_role": found.has_role, "member_of": found.member_of,
             "orphans": {team: orphans for team, (orphans, _) in rows.items() if orphans}},
            unconfirmed={team: unconfirmed for team, (_, unconfirmed) in rows.items() if unconfirmed},
        )  # fmt: skip

    def members(self, team_ids: Iterable[str]) -> dict[str, set[str]]:
        return {team: set(self._members[team]) for team in team_ids if team in self._members}

    def missing_users(self, rows: sqlite3.Connection) -> list[str]:
        return sorted(self._users - {user for (user,) in rows.execute("SELECT id FROM user")})

    def named(self, user_ids: Iterable[str]) -> set[str]:
        return set(user_ids) & self._named

    def may_hold_roles(self, user_ids: Iterable[str]) -> set[str]:
        return set(user_ids) - self._roleless

    def ids(self, one: NodeType) -> set[str]:
        return set(self._teams) if one is TEAM else set()

    def worth_asking(self, vanished: int, known: int) -> bool:
        return self.worth


# ---- a run without sockets


class _Raw(io.BytesIO):
    """The body as a socket would give it, with the end that the script wants."""

    def __init__(self, body: bytes, end: Exception | None) -> None:
        super().__init__(body)
        self.end = end

    def read1(self, size: int | None = -1, /) -> bytes:
        got = super().read1(-1 if size is None else size)
        if not got and self.end:
            raise self.end
        return got


class Adapter(BaseAdapter):
    """Carries requests into a simulator in the same thread."""

    def __init__(self, server: Simulator) -> None:
        super().__init__()
        self.server = server

    def send(self, request: Any, timeout: Any = None, **rest: Any) -> requests.Response:  # type: ignore[override]
        parts = urlsplit(request.url)
        try:
            answer = self.server.respond(
                request.method, parts.path, parts.query, dict(request.headers), "127.0.0.1", self.server.now()
            )
        except Exception as error:  # a hook's own mistake must not look like a broken server
            raise AssertionError("a hook failed") from error
        if answer.wire == "reset":
            raise requests.ConnectionError("Connection reset by peer")
        if answer.wire in ("stall", "slow", "drip") and answer.seconds > 60:
            raise requests.ReadTimeout("Read timed out.")
        body, end = answer.body, None
        if answer.wire == "cut":
            body, end = body[: len(body) // 2], urllib3.exceptions.ProtocolError("Connection broken: IncompleteRead")
        raw = urllib3.HTTPResponse(_Raw(body, end), headers=answer.headers, status=answer.status, preload_content=False)
        response = requests.Response()
        response.status_code, response.raw, response.request, response.url = answer.status, raw, request, request.url
        response.headers = requests.structures.CaseInsensitiveDict(answer.headers)
        return response

    def close(self) -> None:
        """Nothing is open."""


class Direct(Exchange):
    """Whose connection is the simulator itself."""

    def __init__(self, address: Address, credentials: Credentials, server: Simulator) -> None:
        super().__init__(address, credentials, None, None)
        self.server = server

    def _session(self) -> Session:
        session = super()._session()
        if not isinstance(session.adapters["http://"], Adapter):
            session.mount("http://", Adapter(self.server))
        return session


class OneByOne:
    """RouteWorkers without threads: what was sent is done when it is taken, in an order that a seed decides."""

    def __init__(self, seed: int = 0) -> None:
        self._jobs: dict[str, list[tuple[Any, Callable[[], Any]]]] = {}
        self._random = random.Random(seed)

    def sent(self, route: str) -> int:
        return len(self._jobs.get(route, ()))

    @property
    def idle(self) -> bool:
        return not self._jobs

    def send(self, route: str, ticket: Any, request: Callable[[], Any]) -> None:
        self._jobs.setdefault(route, []).append((ticket, request))

    def take(self, seconds: float | None = None) -> tuple[str, Done]:
        route = self._random.choice(sorted(self._jobs))
        ticket, request = self._jobs[route].pop(0)
        if not self._jobs[route]:
            del self._jobs[route]
        try:
            return route, Done(ticket, request(), None)
        except Exception as error:
            return route, Done(ticket, None, error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._jobs.clear()


_connect = sqlite3.connect


def unsynced(*arguments: Any, **options: Any) -> sqlite3.Connection:
    """A connection that does not wait for the disk: of all a small run does, that takes longest."""
    db = _connect(*arguments, **options)
    with suppress(sqlite3.DatabaseError):  # no database: whoever opens it finds out
        db.execute("PRAGMA synchronous = OFF")
    return db


@dataclass
class Source:
    """One workspace behind one server, and a snapshot file it is collected into."""

    workspace: Workspace
    path: Path
    version: str = "8.6.1"
    seed: int = 0
    knobs: dict[str, Any] = field(default_factory=dict)
    time: Time = field(default_factory=Time)

    def __post_init__(self) -> None:
        self.server = Simulator(self.workspace, version=self.version, clock=self.time.epoch_ms, **self.knobs)

    def client(self, *, retry_for: float = 2.0, pace: Pace | None = None) -> Client:
        client = Client(
            Address.parse("http://127.0.0.1:3000"),
            Credentials(*self.server.credentials),
            retry_for=retry_for,
            pace=pace,
            clock=self.time.monotonic,
            sleep=self.time.sleep,
        )
        client.exchange = Direct(client.address, client.credentials, self.server)
        return client

    def collect(self, *, overwrite: bool = False, retry_for: float = 2.0, **options: Any) -> Collected:
        """Run the command once; an unfinished file goes on."""
        options.setdefault("workspace", "w")
        client = self.client(retry_for=retry_for)
        lanes = mock.patch.object(rc2graph.collection.pass_, "RouteWorkers", partial(OneByOne, self.seed))
        disk = mock.patch.object(rc2graph.snapshot.writer.sqlite3, "connect", unsynced)
        try:
            with lanes, disk, Collection.open(self.path, overwrite=overwrite) as file:
                file.db.execute("PRAGMA synchronous = OFF")
                return collect(client, file, **options)
        finally:
            client.close()

    def collect_until_done(self, tries: int = 4, **options: Any) -> list[Rc2graphError]:
        """The same command until it succeeds; the errors on the way."""
        errors: list[Rc2graphError] = []
        for _ in range(tries):
            try:
                self.collect(**options)
            except Rc2graphError as error:
                errors.append(error)
            else:
                return errors
        raise AssertionError(f"never done: {errors}")

    @property
    def routes(self) -> list[str]:
        return [entry.route for entry in self.server.log]

    @property
    def lists_of_users(self) -> list[int]:
        """Which of the requests were for all accounts, from 0: not those behind it, for some (test_never_approved)."""
        some = ("inactiveReason", "status")
        return [
            number for number, entry in enumerate(self.server.log)
            if entry.route == "users.listByStatus" and not any(one in entry.query for one in some)
        ]  # fmt: skip

    def content(self) -> "Content":
        return Content.of(self.path)


# ---- what a snapshot says


@dataclass(frozen=True)
class Content:
    """A finished snapshot in plain sets, worded as the simulator's oracle."""

    users: frozenset[str]
    unlisted: frozenset[str]
    roles: frozenset[str]
    dangling: frozenset[str]
    teams: frozenset[str]
    has_role: frozenset[Pair]
    member_of: frozenset[Pair]
    grants: frozenset[Pair]
    owners: frozenset[Pair]
    orphans: frozenset[tuple[str, int]]
    unsettled: frozenset[str]
    states: frozenset[Pair]
    seals: frozenset[tuple[str, str | None]]

    @classmethod
    def of(cls, path: Path) -> "Content":
        with Snapshot.open(path) as snapshot:

            def rows(sql: str) -> frozenset[Any]:
                found = snapshot.db.execute(sql).fetchall()
                return frozenset(row if len(row) > 1 else row[0] for row in found)

            return cls(
                rows("SELECT id FROM user WHERE unlisted = 0"),
                rows("SELECT id FROM user WHERE unlisted = 1"),
                rows("SELECT id FROM role WHERE dangling = 0"),
                rows("SELECT id FROM role WHERE dangling = 1"),
                rows("SELECT id FROM team"),
                rows("SELECT user_id, role_id FROM has_role"),
                rows("SELECT user_id, team_id FROM member"),
                rows("SELECT role_id, permission_id FROM grants"),
                rows("SELECT user_id, team_id FROM member WHERE owner = 1"),
                rows("SELECT id, orphan_rows + unconfirmed_rows FROM team WHERE orphan_rows + unconfirmed_rows > 0"),
                rows("SELECT id FROM team WHERE unsettled IS NOT NULL"),
                rows("SELECT name, state FROM dataset"),
                rows("SELECT id, fingerprint FROM user UNION ALL SELECT id, fingerprint FROM role"
                     " UNION ALL SELECT id, fingerprint FROM team"),
            )  # fmt: skip


def facts(found: "Content") -> dict[str, frozenset[Any]]:
    """What is compared with the oracle, by name."""
    return {
        "users": found.users,
        "teams": found.teams,
        "has_role": found.has_role,
        "member_of": found.member_of,
        "grants": found.grants,
        "owners": found.owners,
        "orphans": found.orphans,
    }


def truth(oracle: Any, *, nameless: bool = True) -> dict[str, frozenset[Any]]:
    """The oracle in the same words. `nameless=False`: without the accounts that `users.list` leaves out."""
    users = {
        id_: user for id_, user in oracle["users"].items()
        if nameless or user.keys() & {"username", "name", "emails"}
    }  # fmt: skip
    return {
        "users": frozenset(users),
        "teams": frozenset(oracle["teams"]),
        "has_role": frozenset(pair for pair in oracle["has_role"] if pair[0] in users),
        "member_of": frozenset(oracle["member_of"]),
        "grants": frozenset(oracle["grants"]),
        "owners": frozenset(pair for pair, roles in oracle["team_roles"].items() if "owner" in (roles or ())),
        "orphans": frozenset(oracle["orphans"].items()),
    }


def differences(found: "Content", oracle: Any, *, nameless: bool = True) -> dict[str, tuple[set[Any], set[Any]]]:
    """Per fact, what the snapshot lacks and what it has too much; empty when it is the truth."""
    seen, true = facts(found), truth(oracle, nameless=nameless)
    return {
        name: (set(true[name] - seen[name]), set(seen[name] - true[name])) for name in true if true[name] != seen[name]
    }


def tables(path: Path) -> dict[str, list[Any]]:
    """Every row that a finished snapshot holds of the workspace, but not how it was collected."""
    names: Sequence[str] = ("user", "role", "permission", "team", "member", "has_role", "grants")
    db = sqlite3.connect(path)
    try:
        return {
            name: sorted(
                (
                    tuple(value for column, value in zip(columns, row, strict=True) if column not in ("look", "line"))
                    for cursor in [db.execute(f"SELECT * FROM {name}")]
                    for columns in [[about[0] for about in cursor.description]]
                    for row in cursor
                ),
                key=repr,
            )
            for name in names
        }
    finally:
        db.close()
