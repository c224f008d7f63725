"""All routes, and the order in which the server checks a request before a handler sees it (rocketchat.md §1.3).

From 8.0: login, permission, query string, schema, limiter, handler; so only what passed the first four is counted.
Before: login, limiter, schema, permission; there a refusal for want of a permission counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from . import roles, system, teams, users
from .answers import (
    Answer,
    Refused,
    Version,
    bad_parameters,
    crashed,
    failure,
    html,
    logged_out,
    not_found,
    not_permitted,
    too_many_requests,
)
from .calls import Call, Route, Routes, Settings
from .defaults import Document
from .limiter import Limiter
from .queries import parse_query
from .workspace import Workspace

ROUTES: Routes = {**system.ROUTES, **users.ROUTES, **roles.ROUTES, **teams.ROUTES}


@dataclass(frozen=True)
class Request:
    n: int
    """Number among all requests, from 1."""
    nth: int
    """Number among the requests to this route, from 1."""
    method: str
    path: str
    """Without the workspace's path prefix."""
    query: str
    headers: Mapping[str, str]
    """Names in lower case."""
    ip: str
    now: float
    """Server time, epoch milliseconds."""
    version: Version = (8, 6, 1)
    """Of the server that is asked."""

    @property
    def route(self) -> str:
        return route_of(self.path)


def route_of(path: str) -> str:
    """`/api/v1/teams.members` is `teams.members`; `/api/info` is `info`."""
    return "info" if path == "/api/info" else path.removeprefix("/api/v1/")


def parse_version(version: str) -> Version:
    major, minor, patch = (int(part) for part in version.split("."))
    return major, minor, patch


def limits(version: Version) -> bool:
    """7.x before 7.9.0 never found its own limiter rules (rocketchat.md §2.3)."""
    return not (7, 0, 0) <= version < (7, 9, 0)


class Api:
    """Answers requests from a workspace, without sockets."""

    def __init__(self, workspace: Workspace, settings: Settings, limiter: Limiter) -> None:
        self.workspace = workspace
        self.settings = settings
        self.limiter = limiter

    def caller(self, headers: Mapping[str, str]) -> tuple[Document, str] | None:
        """The account behind the two headers, if they are a pair (rocketchat.md §1.1)."""
        id_, token = headers.get("x-user-id", ""), headers.get("x-auth-token", "")
        user = self.workspace.users.get(id_)
        return (user, token) if user is not None and token in self.workspace.tokens.get(id_, ()) else None

    def answer(self, request: Request, *, limit_anyway: bool = False) -> Answer:
        """`limit_anyway`: count even a caller or a version the limiter lets go."""
        if not request.path.startswith("/api/"):
            return html(200, "Rocket.Chat")
        route = (
            ROUTES.get(request.route) if request.path.startswith("/api/v1/") or request.path == "/api/info" else None
        )
        misplaced = route is not None and route.open and request.path != "/api/info"
        if route is None or misplaced or request.method != "GET" or self.settings.version < route.since:
            return not_found()
        with self.workspace.lock:
            try:
                return self._checked(request, route, limit_anyway)
            except Refused as refused:
                return refused.answer

    def _checked(self, request: Request, route: Route, limit_anyway: bool) -> Answer:
        known = self.caller(request.headers)
        if known is None and not route.open:
            return logged_out(self.settings.version)
        user, token = known or ({}, "")
        call = Call(self.workspace, self.settings, {}, user, token)
        if route.open:
            return route.handler(call)
        if "username" not in user and not route.nameless:
            return crashed()
        modern = self.settings.version >= (8,)
        if modern and (refusal := self._unmet(call, route, request)):
            return refusal
        exempt = call.may("api-bypass-rate-limit") and not limit_anyway
        limited = self.limiter.enabled and limits(self.settings.version)
        if not (limit_anyway or (limited and (not exempt or self.limiter.counts_bypass_holders))):
            return self._handled(call, route, request)
        verdict = self.limiter.check(request.route, request.ip, request.now)
        passes = verdict.allowed or exempt
        answer = self._handled(call, route, request) if passes else too_many_requests(verdict.seconds)
        answer.headers |= verdict.headers
        return answer

    def _handled(self, call: Call, route: Route, request: Request) -> Answer:
        try:
            if self.settings.version < (8,) and (refusal := self._unmet(call, route, request)):
                return refusal
            return route.handler(call)
        except Refused as refused:
            return refused.answer

    def _unmet(self, call: Call, route: Route, request: Request) -> Answer | None:
        """Permission, query string and schema, in the version's order; leaves the query on the call."""
        version, schema = self.settings.version, route.schema
        forbidden = route.permission is not None and not call.may(route.permission)
        if forbidden and version >= (8,):
            return not_permitted(typed=self.settings.typed("route"))
        call.query = parse_query(request.query)
        if schema is not None and schema.stands(version):
            if (problem := schema.problem(call.query, version)) is not None:
                return bad_parameters(problem, version)
            call.query = schema.coerced(call.query, version)
        elif schema is not None and schema.before_8 == "check" and not set(schema.one_of) & set(call.query):
            return failure("Match error: Failed Match.OneOf, Match.Maybe or Match.Optional validation")
        return not_permitted() if forbidden else None
