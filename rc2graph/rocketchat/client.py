"""Ask Rocket.Chat, one GET at a time and route, as long as that may help, and give back data or one typed error.

A request goes through `throttle` (when it may be sent), `exchange` (one GET and its answer), `failure` (what it means
when no data came) and `patience` (whether it is tried again). Nothing is ever written to the server, and nothing but
the routes of `endpoints.py` is asked.
"""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from rc2graph.config import Source
from rc2graph.errors import SourceError
from rc2graph.rocketchat.address import Address
from rc2graph.rocketchat.answer import Answer
from rc2graph.rocketchat.credentials import Credentials
from rc2graph.rocketchat.endpoints import Endpoint
from rc2graph.rocketchat.exchange import Exchange
from rc2graph.rocketchat.failure import LONGEST_AFTER, Failures, Limited, LimitedInFront, TooMuchAtOnce
from rc2graph.rocketchat.outage import Outage
from rc2graph.rocketchat.patience import Patience
from rc2graph.rocketchat.throttle import REFUSALS, Pace, Throttle
from rc2graph.rocketchat.time_spent import TimeSpent

log = logging.getLogger("rc2graph.rocketchat")


class Client:
    """One workspace, one pair of credentials. `ask` may be called from several threads, one a route."""

    def __init__(
        self,
        address: Address,
        credentials: Credentials,
        *,
        pace: Pace | None = None,
        retry_for: float = 300.0,
        ca_bundle: str | None = None,
        folder: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.address, self.credentials = address, credentials
        self.retry_for = retry_for
        self.clock, self.sleep = clock, sleep
        self.time = TimeSpent(clock)
        self.pace = pace or Pace()
        self.requests = 0
        self.refusals = 0
        self._bypass = False
        self._outage = Outage(clock)
        self._failing: dict[int, bool] = {}
        """Per thread that asks, whether its last try failed."""
        self._in_pages: dict[str, TooMuchAtOnce] = {}
        """Routes whose whole lists do not come: each further one would cost the same wait again."""
        self._throttles: dict[str, Throttle] = {}
        self.exchange = Exchange(address, credentials, ca_bundle, folder)
        self._failures = Failures(address, credentials.safe)

    @classmethod
    def of(cls, source: Source, *, folder: Path | None = None) -> "Client":
        """For what a person has set. Errors: `UsageError` for an address that is none."""
        bound = source.rate_calls is not None or source.rate_period is not None
        usual = Pace()
        return cls(
            Address.parse(source.url, insecure=source.insecure_http),
            Credentials(source.user_id, source.token),
            pace=Pace(
                source.rate_calls or usual.calls,
                source.rate_period.total_seconds() if source.rate_period else usual.period,
                bound,
            ),
            retry_for=source.retry_for.total_seconds(),
            ca_bundle=str(source.ca_bundle) if source.ca_bundle else None,
            folder=folder,
        )

    def throttle(self, route: str) -> Throttle:
        """The pace of one route; every route has a budget of its own (rocketchat.md §2.2)."""
        if route not in self._throttles:
            throttle = Throttle(self.pace, clock=self.clock, sleep=self._limiter_sleep, bypass=self._bypass)
            self._throttles.setdefault(route, throttle)
        return self._throttles[route]

    @property
    def bypass(self) -> bool:
        """Whether the account holds `api-bypass-rate-limit`, as far as it was asked."""
        return self._bypass

    @bypass.setter
    def bypass(self, held: bool) -> None:
        self._bypass = held
        for throttle in list(self._throttles.values()):
            throttle.bypass = held

    @property
    def away(self) -> bool:
        """Whether all that is asked at the moment has failed, and is tried again."""
        failing = list(self._failing.values())
        return bool(failing) and all(failing)

    def ask(
        self, endpoint: Endpoint, parameters: dict[str, str | int] | None = None, patience: float | None = None
    ) -> Answer:
        """GET one page. Waits out the limiter, repeats what may pass, raises what will not.

        Errors: `CredentialsError`, `MissingPermissionError`, `Refused`, `UnknownRoute`, `SourceError`.
        """
        self._failing[threading.get_ident()] = False
        try:
            return self._ask(endpoint, parameters or {}, Patience(self.retry_for if patience is None else patience))
        finally:
            del self._failing[threading.get_ident()]

    def _ask(self, endpoint: Endpoint, parameters: dict[str, str | int], patience: Patience) -> Answer:
        whole = parameters.get("count") == 0
        if whole and (known := self._in_pages.get(endpoint.route)):
            raise TooMuchAtOnce(endpoint.route, known)
        throttle = self.throttle(endpoint.route)
        while True:
            throttle.wait()
            began = self.clock()
            self.requests += 1
            try:
                with self.time.spent("ask"):
                    answer = self.exchange.once(endpoint, parameters, throttle, patience.timeout)
                self._outage.answered(endpoint.route)
                return answer
            except SourceError as error:
                if isinstance(error, Limited):
                    self.refusals += 1
                    if self._waits(error, throttle):
                        if throttle.refusals >= REFUSALS:
                            raise self._endless(endpoint, error) from None
                        log.info("%s Waiting, then asking again.", error.what)
                        continue
                patience.failed(error, self.clock() - began)
                if whole and patience.is_too_much(error):
                    log.warning("%s Asking for such lists in pages from now on.", error.what)
                    self._in_pages[endpoint.route] = TooMuchAtOnce(endpoint.route, error)
                    raise self._in_pages[endpoint.route] from error
                if patience.is_over(error):
                    self._outage.given_up(endpoint.route)
                    if isinstance(error, Limited):
                        error = self._endless(endpoint, error)
                    if patience.tries > 1:
                        error.why = f"{error.why} Tried {patience.tries} times in {patience.failing:.0f} s.".strip()
                    raise error
                self._outage.failed(endpoint.route, error, patience.seconds - patience.failing)
                pause = patience.pause(error)
                self._failing[threading.get_ident()] = True
                with self.time.spent("retry"):
                    self.sleep(pause)

    def _waits(self, error: Limited, throttle: Throttle) -> bool:
        """Whether the end of a refusal was announced. What a proxy asks for holds for all routes, as it knows none."""
        if not isinstance(error, LimitedInFront):
            return True
        if error.after is None or error.after > LONGEST_AFTER:
            return False
        for each in list(self._throttles.values()):
            each.hold(error.after)
        return True

    def _endless(self, endpoint: Endpoint, error: Limited) -> SourceError:
        return self._failures.endless(endpoint, error, self.throttle(endpoint.route).refusals, bypass=self.bypass)

    def _limiter_sleep(self, seconds: float) -> None:
        with self.time.spent("limiter"):
            self.sleep(seconds)

    def close(self) -> None:
        self.exchange.close()
