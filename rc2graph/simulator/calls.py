"""One request on its way through a handler: who calls, what they may, what they asked."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .answers import Answer, Version, failure, forbidden
from .defaults import Document
from .queries import Paging, Query, Schema, items, parse_sort
from .workspace import Workspace


@dataclass
class Settings:
    """Knobs of the server beside the limiter's; all may be turned while it runs."""

    version: Version
    paging: Paging
    random: random.Random
    document_limit: int = 16 * 1024 * 1024
    """One database document; `users.list` comes back as one (rocketchat.md §4.1)."""
    outside_room: bool = False
    """API_Apply_permission_view-outside-room_on_users-list (rocketchat.md §1.5)."""
    typed_refusals: Literal["nowhere", "handlers", "everywhere"] = "handlers"
    """Whose 403 says `errorType` from 9.0 on. That the handlers' does is in the notes; of the check of a route's own
    permission it was not seen, and a candidate had the status before the type (rocketchat.md §1.3.1)."""
    orders: dict[str, tuple[object, list[Document]]] | None = None
    """Users in sort order, so that the thousandth page is as quick as the first."""

    @property
    def modern(self) -> bool:
        """9.0 or newer: who is refused for want of a permission gets 403, and 401 is about the session alone."""
        return self.version >= (9,)

    def typed(self, by: Literal["route", "handler"]) -> bool:
        return self.modern and self.typed_refusals in ("everywhere", *(("handlers",) if by == "handler" else ()))


@dataclass
class Call:
    workspace: Workspace
    settings: Settings
    query: Query
    caller: Document
    token: str = ""

    @property
    def version(self) -> Version:
        return self.settings.version

    def may(self, permission: str, *, room_roles: Sequence[str] = ()) -> bool:
        """Whether the caller's roles, with those in a room if one is at stake, hold it (rocketchat.md §1.5)."""
        holders = items(self.workspace.permissions.get(permission, {}).get("roles"))
        return any(role in holders for role in (*items(self.caller.get("roles")), *room_roles))

    def unauthorized(self) -> Answer:
        """Refused by the handler in one word: 403 in every release (rocketchat.md §1.3)."""
        return forbidden("unauthorized", typed=self.settings.typed("handler"))

    def refused(self, error: str, error_type: str | None = None) -> Answer:
        """A refusal by permission that was 400 up to 8.9 and is 403 from 9.0 on (rocketchat.md §1.3.1)."""
        if self.settings.modern:
            return forbidden(error, typed=self.settings.typed("handler"))
        return failure(error, error_type)

    def sort(self, default: dict[str, int] | None = None) -> dict[str, int]:
        """What the caller wants sorted by, or else `default`; an empty order is one too: none."""
        asked = parse_sort(self.query, self.version)
        return (default or {}) if asked is None else asked

    def page(self, rows: Sequence[Document]) -> tuple[Sequence[Document], int]:
        return self.settings.paging.page(rows, self.query)

    def natural(self, rows: Sequence[Document]) -> Sequence[Document]:
        """Rows in no defined order: as inserted, or shuffled anew (rocketchat.md §3.3)."""
        return self.settings.random.sample(rows, len(rows)) if self.settings.paging.shuffle else rows


Handler = Callable[[Call], Answer]


@dataclass(frozen=True)
class Route:
    """`schema` None: unknown parameters are ignored (rocketchat.md §3.2). `open`: no login asked, and no limiter."""

    handler: Handler
    permission: str | None = None
    schema: Schema | None = None
    since: Version = (0, 0, 0)
    open: bool = False
    nameless: bool = False
    """Serves accounts without a username, where all others crash (rocketchat.md §1.1)."""


Routes = dict[str, Route]
Payload = dict[str, Any]
