"""Permission checks: who are we, and may we still see? What came since the last good one counts only after the next.

A permission that is gone may show as an empty list (rocketchat.md §6.2), so the last request of every collection is a
check.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from rc2graph.errors import MissingPermissionError, SourceError
from rc2graph.rocketchat.answer import Answer
from rc2graph.rocketchat.client import Client
from rc2graph.rocketchat.endpoints import ME, PERMISSIONS, USERS, Endpoint
from rc2graph.rocketchat.preflight import Preflight, ask_caller, ask_permissions, though_held
from rc2graph.snapshot import Collection, Page

EVERY = 300.0
"""Seconds between two checks: when one fails, what came since the last good one is thrown away."""
EVERY_ASKED = 55.0
"""The same while accounts are asked for their teams: none is asked a second time only because nobody was found, so no
answer may be further than a minute from a check."""


def instant(when: datetime) -> str:
    """As the server writes instants: UTC, milliseconds, Z."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03}Z"


class Checks:
    """The checks of one collection. `source`: where users are read, which decides what is needed."""

    def __init__(self, client: Client, file: Collection, first: Preflight, now: Callable[[], datetime]) -> None:
        self.client, self.file, self.now = client, file, now
        self.version, self.caller = first.version, first.caller
        self.source: Endpoint = USERS if file.meta("users_source") == USERS.route else first.source
        self.tells_approval = first.tells_approval if self.source is not USERS else False
        self.held = first.held
        self.silent: set[str] = set()
        """Routes, and subjects of the list of users, that a run can do without, and that have not answered in this one:
        they are not asked again."""
        self._at = self._sure = 0.0
        self._asked = False

    def due(self) -> bool:
        now = self.client.clock()
        return now - self._at > EVERY or (self._asked and now - self._sure > EVERY_ASKED)

    def before_asking(self) -> None:
        """An account is asked for its teams now. Errors: those of `again`."""
        if self.client.clock() - self._sure > EVERY_ASKED:
            self.again()
        self._asked = True

    def proven(self) -> None:
        """An answer has shown a private team that we are not in: all teams are shown to us at this moment."""
        self._sure = self.client.clock()

    def passed(self, answer: Answer, *, keep: bool) -> None:
        """Write a good check down. `keep`: its permissions too, for the graph."""
        at = instant(self.now())
        look = 1 + sum(1 for _ in self.file.pages(PERMISSIONS.route))
        self.file.commit(Page(ME.route, look, rows=1, at=at))
        line = self.file.commit(
            Page(PERMISSIONS.route, look, rows=len(answer.rows), at=at), answer.rows if keep else ()
        )
        self.file.set_meta(checked_line=str(line))
        answer.rows.close()
        self._at = self._sure = self.client.clock()
        self._asked = False

    def again(self, *, keep: bool = False) -> None:
        """Errors: `MissingPermissionError`, which names what is gone."""
        caller = ask_caller(self.client)
        if caller.id != self.caller.id:
            raise SourceError(
                f"{self.client.address} now says that the token belongs to {caller.id}, not to {self.caller.id}.",
                "Another workspace may have taken its place behind the same address.",
                "Look where the address leads, then run the same command again.",
            )
        answer, held = ask_permissions(self.client, caller)
        Preflight(self.version, caller, held, len(answer.rows), answer).require(self.source)
        self.held = held
        self.passed(answer, keep=keep)

    def fall_back(self) -> None:
        """The server does not know `users.listByStatus`: `users.list` needs one permission more."""
        self.source, self.tells_approval = USERS, False
        self.file.set_meta(users_source=USERS.route)
        self.again()

    def refused(self, endpoint: Endpoint, error: MissingPermissionError) -> MissingPermissionError:
        """What a refusal means, after what is held was asked again. Errors: `MissingPermissionError`, which names what
        is gone."""
        self.failed()
        self.again()
        return though_held(error, endpoint, self.held, self.caller)

    def failed(self) -> None:
        """Throw away what came since the last good check: something may have been hidden from us."""
        self.file.drop_after(int(self.file.meta("checked_line") or 0))
