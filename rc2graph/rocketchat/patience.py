"""How long a request that fails is tried again."""

import backoff
import requests

from rc2graph.errors import SourceError
from rc2graph.rocketchat import answer as answers
from rc2graph.rocketchat.failure import UnknownRoute
from rc2graph.rocketchat.mapping import Malformed
from rc2graph.rocketchat.unreachable import explained

READ_TIMEOUT = 120.0
"""Seconds without a byte. `teams.members` loads every active user of the workspace, so it is slow
(rocketchat.md §6.2)."""
MALFORMED_TRIES = 4
"""JSON of a wrong shape will not mend itself for long."""
UNKNOWN_TRIES = 3
"""A proxy answers 404 too, while the server behind it starts: that must not be taken for an old server."""
NAME_TRIES = 2
"""So often a name server must say that there is no such name. Everything else that a look-up ends in may pass."""
WHOLE_TRIES = 2
"""So often a whole list may take too long or break off before it is asked for in pages. A gateway gives up after a
minute or two, at the same place each time, so a third try would only cost another such wait."""


class Patience:
    """For one request: `seconds` of failing, fewer tries of what will not mend itself."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.failing, self.tries = seconds, 0.0, 0
        self._unknown_names = 0
        self._pauses = backoff.expo(base=2, factor=0.5, max_value=30)
        self._pauses.send(None)

    @property
    def timeout(self) -> float:
        return min(READ_TIMEOUT, max(self.seconds, 1.0))

    def failed(self, error: SourceError, took: float) -> None:
        self.tries += 1
        self.failing += took
        self._unknown_names = self._unknown_names + 1 if _no_such_name(error) else 0

    def is_over(self, error: SourceError) -> bool:
        return (
            not error.retryable
            or self.failing >= self.seconds
            or self._unknown_names >= NAME_TRIES
            or (isinstance(error.__cause__, Malformed) and self.tries >= MALFORMED_TRIES)
            or (isinstance(error, UnknownRoute) and self.tries >= UNKNOWN_TRIES)
        )

    def is_too_much(self, error: SourceError) -> bool:
        """Whether a whole list is better asked for in pages: it came too late, not to its end or without one, or the
        server failed over it for half of the patience. Where nobody answers at all, pages are no better."""
        if isinstance(error.__cause__, answers.TooMuch):
            return True
        if error.late:
            return self.tries >= WHOLE_TRIES or self.failing >= self.seconds
        return (
            type(error) is SourceError and error.retryable and not error.__cause__ and self.failing >= self.seconds / 2
        )

    def pause(self, error: SourceError) -> float:
        """Seconds to wait before the next try, which count as failing."""
        pause = max(backoff.full_jitter(next(self._pauses)) + 0.05, error.after or 0.0)
        pause = min(pause, max(self.seconds - self.failing, 0.05))
        self.failing += pause
        return pause


def _no_such_name(error: SourceError) -> bool:
    return isinstance(error.__cause__, requests.RequestException) and explained(error.__cause__).no_such_name
