"""While a server is away: one line when it begins, which says until when it is tried, and one when it is over."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from rc2graph.errors import SourceError

log = logging.getLogger(__name__)


class Outage:
    """Told of each request that fails and is tried again, and of each that succeeds, from any thread."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._began = 0.0
        self._routes = set[str]()
        """What has failed and has not answered since."""

    def failed(self, route: str, error: SourceError, seconds: float) -> None:
        """It is tried for at most so many `seconds` more."""
        with self._lock:
            if not self._routes:
                self._began = self._clock()
                until = (datetime.now().astimezone() + timedelta(seconds=seconds)).strftime("%H:%M:%S")
                log.warning("%s Trying again until %s.", error.what, until)
            else:
                log.debug("%s Trying again.", error.what)
            self._routes.add(route)

    def answered(self, route: str) -> None:
        if route not in self._routes:
            return
        with self._lock:
            self._routes.discard(route)
            if not self._routes:
                log.info("Rocket.Chat answers again, after %.0f s.", self._clock() - self._began)

    def given_up(self, route: str) -> None:
        """The error itself says so."""
        with self._lock:
            self._routes.discard(route)
