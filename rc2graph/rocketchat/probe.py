"""Ask every route that a load asks, once: what refuses, or cannot be read, is known before a load begins.

Users and teams are asked for as a whole, as a load does: only so it is seen whose values cannot be read.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rc2graph.errors import MissingPermissionError, Rc2graphError, SourceError
from rc2graph.rocketchat import unreadable
from rc2graph.rocketchat.answer import Answer
from rc2graph.rocketchat.client import Client
from rc2graph.rocketchat.endpoints import (
    MEMBERS,
    OPTIONAL,
    ROLES,
    TEAMS,
    TEAMS_OF_USER,
    USERS,
    USERS_BY_STATUS,
    Endpoint,
    OptionalList,
)
from rc2graph.rocketchat.failure import Refused, UnknownRoute
from rc2graph.rocketchat.listing import PAGE
from rc2graph.rocketchat.preflight import LESS_PATIENCE, Preflight, though_held


@dataclass
class Probe:
    """`source`: where users are read. Numbers are None where they may not be seen."""

    source: Endpoint
    users: int | None = None
    deactivated: int | None = None
    teams: int | None = None
    refused: Rc2graphError | None = None
    """What would stop a load, though every permission that it needs is held."""
    partial: dict[str, str] = field(default_factory=dict)
    """List → why a load will not see it in full."""
    steps: dict[str, str] = field(default_factory=dict)
    """The same lists → what to do about it."""


def probe(client: Client, found: Preflight) -> Probe:
    """Errors: those of `Client.ask` that no permission explains."""
    return _Prober(client, found).run()


class _Prober:
    def __init__(self, client: Client, found: Preflight) -> None:
        self.client, self.found, self.told = client, found, Probe(found.source)

    def run(self) -> Probe:
        told = self.told
        self._permissions()
        self._users()
        teams = self._list(TEAMS, "teams")
        if teams is not None:
            told.teams = teams.total
            first = next((team.id for team in teams.rows if team.member_rows != 0), None)
            teams.rows.close()
            if first:
                self._small(MEMBERS, "members", {"teamId": first, "count": 1, "offset": 0})
        self._list(ROLES, "roles", {})
        self._small(TEAMS_OF_USER, "deactivatedMembers", {"userId": self.found.caller.id})
        for endpoint in OPTIONAL:
            if endpoint.needs in self.found.held:
                self._optional(endpoint)
        return told

    def _permissions(self) -> None:
        rows = self.found.answer.rows
        self._readable("permissions", rows)
        if roles_hidden := [row.id for row in rows if row.roles is None and not row.unreadable]:
            more = f" and {len(roles_hidden) - unreadable.SHOWN} more" if len(roles_hidden) > unreadable.SHOWN else ""
            why = f"{', '.join(roles_hidden[: unreadable.SHOWN])}{more} do not show which roles hold them"
            self._short("permissions", why, unreadable.HOLDERS)

    def _users(self) -> None:
        told = self.told
        try:
            users = self._list(told.source, "users")
        except UnknownRoute:
            told.source = USERS
            users = self._list(USERS, "users")
        if users is None:
            return
        told.users = users.total
        users.rows.close()
        if told.source is USERS_BY_STATUS:
            answer = self._allowed(told.source, {"count": 1, "offset": 0, "status": "deactivated"})
            told.deactivated = answer.total if answer else None

    def _list(self, endpoint: Endpoint, name: str, whole: dict[str, str | int] | None = None) -> Answer | None:
        """A list as a load asks for it: as a whole, else in pages."""
        answer = self._allowed(endpoint, {"count": 0, "offset": 0} if whole is None else whole, in_pages=whole is None)
        if answer:
            self._readable(name, answer.rows)
        return answer

    def _allowed(
        self, endpoint: Endpoint, parameters: dict[str, str | int], *, in_pages: bool = False
    ) -> Answer | None:
        """What is answered; None for what stops a load, which is kept."""
        try:
            try:
                return self.client.ask(endpoint, parameters)
            except UnknownRoute:
                raise
            except SourceError as error:
                if not in_pages or not (isinstance(error, Refused) or error.retryable):
                    raise
                return self.client.ask(endpoint, {**parameters, "count": PAGE})
        except MissingPermissionError as error:
            if endpoint.needs is None or endpoint.needs in self.found.held:
                self.told.refused = self.told.refused or though_held(
                    error, endpoint, self.found.held, self.found.caller
                )
        except Refused as error:
            self.told.refused = self.told.refused or error
        return None

    def _small(self, endpoint: Endpoint, name: str, parameters: dict[str, str | int]) -> None:
        """Of what is asked for each team and account, one. A load goes on without those that are refused (400)."""
        try:
            self.client.ask(endpoint, parameters).rows.close()
        except MissingPermissionError as error:
            if endpoint.needs in self.found.held:
                self.told.refused = self.told.refused or though_held(
                    error, endpoint, self.found.held, self.found.caller
                )
        except Refused as error:
            self._short(name, f"{endpoint.route} is refused: {error.text}", error.next_step)

    def _optional(self, endpoint: OptionalList) -> None:
        try:
            patience = self.client.retry_for / LESS_PATIENCE
            self.client.ask(endpoint, {"count": 1, "offset": 0}, patience).rows.close()
        except (MissingPermissionError, UnknownRoute):
            pass  # a load is complete without it
        except SourceError as error:
            if "error-not-authorized" not in error.what:
                self._short(endpoint.brings.noun, f"they do not come: {error.what.rstrip('.')}", endpoint.step)

    def _readable(self, name: str, rows: Iterable[Any]) -> None:
        if odd := [(row.unreadable, _called(row)) for row in rows if row.unreadable]:
            self._short(name, unreadable.why(odd), unreadable.CORRECT)

    def _short(self, name: str, why: str, step: str) -> None:
        before = self.told.partial.get(name)
        self.told.partial[name] = f"{before}; {why}" if before else why
        self.told.steps[name] = step


def _called(row: Any) -> str:
    return unreadable.display_name(getattr(row, "username", None) or getattr(row, "name", None), row.id)
