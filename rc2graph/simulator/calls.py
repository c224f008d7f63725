"""One request on its way through a handler: who calls, what they may, what they asked."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .answers import Answer, Version
from .defaults import Document
from .queries import Paging, Query, Schema
from .workspace import Workspace


@dataclass
class Settings:
    """Knobs of the server beside the limiter's; all may be turned while it runs."""

    version: Version
    paging: Paging
    random: random.Random
    document_limit: int = 16 * 1024 * 1024
    """One database document; `users.list` comes back as one (api.md §4.1)."""
    outside_room: bool = False
    """API_Apply_permission_view-outside-room_on_users-list (api.md §1.5)."""
    orders: dict[str, tuple[object, list[Document]]] | None = None
    """Users in sort order, so that the thousandth page is as quick as the first."""


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
        """Whether the caller's roles, with those in a room if one is at stake, hold it (api.md §1.5)."""
        holders = self.workspace.permissions.get(permission, {}).get("roles", ())
        return any(role in holders for role in (*self.caller.get("roles", ()), *room_roles))

    def page(self, rows: Sequence[Document]) -> tuple[Sequence[Document], int]:
        return self.settings.paging.page(rows, self.query)

    def natural(self, rows: Sequence[Document]) -> Sequence[Document]:
        """Rows in no defined order: as inserted, or shuffled anew (api.md §3.3)."""
        return self.settings.random.sample(rows, len(rows)) if self.settings.paging.shuffle else rows


Handler = Callable[[Call], Answer]


@dataclass(frozen=True)
class Route:
    """`schema` None: unknown parameters are ignored (api.md §3.2). `open`: no login asked, and no limiter."""

    handler: Handler
    permission: str | None = None
    schema: Schema | None = None
    since: Version = (0, 0, 0)
    open: bool = False
    nameless: bool = False
    """Serves accounts without a username, where all others crash (api.md §1.1)."""


Routes = dict[str, Route]
Payload = dict[str, Any]
