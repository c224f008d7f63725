"""Ask Rocket.Chat, one GET at a time and route, and give back data or one typed error.

An answer is data only if its status is 200, its body JSON that says `success: true`, and the expected list is in it
(rocketchat.md §1.4: a wrong path answers 200 with HTML). Redirects are refused: the token headers would follow to
another host. Nothing is ever written to the server, and nothing but the routes of `endpoints.py` is asked.
"""

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import backoff
import requests
import urllib3
from requests.auth import AuthBase

from rc2graph.config import Source
from rc2graph.errors import CredentialsError, MissingPermissionError, Rc2graphError, SourceError, UsageError
from rc2graph.rocketchat import answer as answers
from rc2graph.rocketchat import foreign
from rc2graph.rocketchat.address import Address
from rc2graph.rocketchat.answer import Answer
from rc2graph.rocketchat.endpoints import Endpoint
from rc2graph.rocketchat.foreign import is_json
from rc2graph.rocketchat.mapping import Malformed
from rc2graph.rocketchat.session import Session
from rc2graph.rocketchat.throttle import REFUSALS, Pace, RateLimitHeaders, Throttle
from rc2graph.rocketchat.unreachable import explained

log = logging.getLogger("rc2graph.rocketchat")

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 120.0
"""Seconds without a byte. `teams.members` loads every active user of the workspace, so it is slow
(rocketchat.md §6.2)."""
ENCODINGS = ("", "identity", "gzip", "x-gzip", "deflate")
"""What an answer may be packed in. Packed twice, sixty kilobytes would become sixty gigabytes in one step."""
MALFORMED_TRIES = 4
"""JSON of a wrong shape will not mend itself for long."""
UNKNOWN_TRIES = 3
"""A proxy answers 404 too, while the server behind it starts: that must not be taken for an old server."""
NAME_TRIES = 2
"""So often a name server must say that there is no such name. Everything else that a look-up ends in may pass."""
WHOLE_TRIES = 2
"""So often a whole list may take too long or break off before it is asked for in pages. A gateway gives up after a
minute or two, at the same place each time, so a third try would only cost another such wait."""
LATE = (408, 504, 522, 524, 598, 599)
"""What gateways answer when nothing came in time."""
LONGEST_AFTER = 300.0
"""Seconds that a proxy may ask us to stay away (`Retry-After`), and we wait. Longer ends the run, and says so."""
PAGED_ROWS = 10_000
"""Rows of an answer to a request for a page of one to a hundred; a server that sends more does not look at `count`."""
FORBIDDEN = re.compile(
    r"\[?(?:error-)?(?:unauthorized|not-authorized(?:-federation)?|not-allowed|not_authorized|no-permission|forbidden)\]?"
)
"""Codes of a missing permission. From 9.0 on they all come with 403, before some came with 400
(rocketchat.md §1.3.1)."""


@dataclass(frozen=True)
class Credentials(AuthBase):
    """The pair (rocketchat.md §1.1). Never shown: neither in `repr` nor in any message."""

    user_id: str = field(repr=False)
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        """Errors: `UsageError` for what cannot be sent; the library's own words for that would show the token."""
        for name, value in (("user id", self.user_id), ("token", self.token)):
            if not value or not all("!" <= char <= "~" for char in value):
                raise UsageError(
                    f"The {name} {'holds characters that none has' if value else 'is empty'}.",
                    "",
                    "Set ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN to the pair as Rocket.Chat showed it.",
                )

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["X-User-Id"] = self.user_id
        request.headers["X-Auth-Token"] = self.token
        return request


class Refused(SourceError):
    """A 4xx for this one request: asking again brings the same. `text` is the server's word."""

    def __init__(self, route: str, text: str, status: int = 400) -> None:
        again = "Look at the server's log, then run the same command again."
        super().__init__(f"Rocket.Chat refuses {route}: {text.rstrip('.')}.", f"It answered {status}.", again)
        self.text, self.status = text, status


class TooMuchAtOnce(Refused):
    """A whole list (`count=0`) did not come: in pages it may."""

    def __init__(self, route: str, error: SourceError) -> None:
        super().__init__(route, error.what, 504)
        self.what, self.why, self.next_step = error.what, error.why, error.next_step


class Limited(SourceError):
    """429 of Rocket.Chat. Its wait is announced, so it is no failure; ten in a row are."""


class LimitedInFront(Limited):
    """429 of a proxy or firewall. Where it does not say when to come back (`after`), it is a failure like any other."""


class UnknownRoute(SourceError):
    """404: this server has no such route."""


class TimeSpent:
    """Seconds spent waiting for the limiter and retrying, counted once however many routes do it side by side."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._active = {"limiter": 0, "retry": 0, "ask": 0}
        self._since = clock()
        self.seconds = {"limiter": 0.0, "retry": 0.0}

    @contextmanager
    def spent(self, on: str) -> Iterator[None]:
        self._change(on, 1)
        try:
            yield
        finally:
            self._change(on, -1)

    def _change(self, on: str, by: int) -> None:
        with self._lock:
            now = self._clock()
            if not self._active["ask"]:
                idle = "limiter" if self._active["limiter"] else "retry" if self._active["retry"] else None
                if idle:
                    self.seconds[idle] += now - self._since
            self._since = now
            self._active[on] += by


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
        self.retry_for, self.ca_bundle, self.folder = retry_for, ca_bundle, folder
        self.clock, self.sleep = clock, sleep
        self.time = TimeSpent(clock)
        self.pace = pace or Pace()
        self.requests = 0
        self.refusals = 0
        self._bypass = False
        self._failing: dict[int, bool] = {}
        """Per thread that asks, whether its last try failed."""
        self._in_pages: dict[str, TooMuchAtOnce] = {}
        """Routes whose whole lists do not come: each further one would cost the same wait again."""
        self._throttles: dict[str, Throttle] = {}
        self._local = threading.local()
        self._sessions: list[Session] = []

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
            return self._ask(endpoint, parameters, patience)
        finally:
            del self._failing[threading.get_ident()]

    def _ask(self, endpoint: Endpoint, parameters: dict[str, str | int] | None, patience: float | None) -> Answer:
        parameters = parameters or {}
        whole = parameters.get("count") == 0
        if whole and (known := self._in_pages.get(endpoint.route)):
            raise TooMuchAtOnce(endpoint.route, known)
        throttle = self.throttle(endpoint.route)
        patience = self.retry_for if patience is None else patience
        pauses = backoff.expo(base=2, factor=0.5, max_value=30)
        pauses.send(None)
        failing, tries, unknown_names = 0.0, 0, 0
        while True:
            throttle.wait()
            began = self.clock()
            try:
                with self.time.spent("ask"):
                    return self._once(endpoint, parameters, throttle, min(READ_TIMEOUT, max(patience, 1.0)))
            except SourceError as error:
                if isinstance(error, Limited):
                    self.refusals += 1
                    if self._waits(error, throttle):
                        if throttle.refusals >= REFUSALS:
                            raise self._endless(endpoint, error, throttle.refusals) from None
                        log.info("%s Waiting, then asking again.", error.what)
                        continue
                tries += 1
                failing += self.clock() - began
                unknown_names = unknown_names + 1 if _no_such_name(error) else 0
                if whole and _too_much(error, tries, failing, patience):
                    log.warning("%s Asking for such lists in pages from now on.", error.what)
                    self._in_pages[endpoint.route] = TooMuchAtOnce(endpoint.route, error)
                    raise self._in_pages[endpoint.route] from error
                if (
                    not error.retryable
                    or failing >= patience
                    or unknown_names >= NAME_TRIES
                    or (isinstance(error.__cause__, Malformed) and tries >= MALFORMED_TRIES)
                    or (isinstance(error, UnknownRoute) and tries >= UNKNOWN_TRIES)
                ):
                    if isinstance(error, Limited):
                        error = self._endless(endpoint, error, throttle.refusals)
                    if tries > 1:
                        error.why = f"{error.why} Tried {tries} times in {failing:.0f} s.".strip()
                    raise error
                pause = max(backoff.full_jitter(next(pauses)) + 0.05, error.after or 0.0)
                pause = min(pause, max(patience - failing, 0.05))
                log.warning("%s Trying again in %.1f s.", error.what, pause)
                self._failing[threading.get_ident()] = True
                with self.time.spent("retry"):
                    self.sleep(pause)
                failing += pause

    def _waits(self, error: Limited, throttle: Throttle) -> bool:
        """Whether the end of a refusal was announced. What a proxy asks for holds for all routes, as it knows none."""
        if not isinstance(error, LimitedInFront):
            return True
        if error.after is None or error.after > LONGEST_AFTER:
            return False
        for each in list(self._throttles.values()):
            each.hold(error.after)
        return True

    def _once(self, endpoint: Endpoint, parameters: dict[str, str | int], throttle: Throttle, timeout: float) -> Answer:
        self.requests += 1
        log.debug("GET %s %s", endpoint.path, {**endpoint.fixed, **parameters})
        by = packed = ""
        try:
            with self._session().ask(
                endpoint.path,
                {**endpoint.fixed, **parameters},
                self.credentials if endpoint.authenticated else _nobody,
                (min(CONNECT_TIMEOUT, timeout), timeout),
            ) as response:
                by = response.headers.get("Server", "")
                packed = response.headers.get("Content-Encoding", "")
                if packed.lower() not in ENCODINGS:
                    raise answers.Broken("it is encoded in a way that nobody asked for")
                data = response.status_code == 200 and is_json(response)
                text = "" if data else self._text(response)
                heard = RateLimitHeaders.of(response.status_code, response.headers, text)
                throttle.heard(heard)
                if data:
                    return answers.read(
                        _Body(response),
                        endpoint.array,
                        endpoint.mapper(parameters),
                        self.folder,
                        self.credentials.token if len(self.credentials.token) > 15 else "",
                        most=_most(parameters.get("count")),
                    )
                if response.status_code == 429:
                    raise self._limited(endpoint, response, text, heard)
                failure = self._failure(endpoint, response, text)
                if isinstance(failure, SourceError):
                    failure.after = heard.after
                raise failure
        except (answers.Broken, answers.TooMuch, Malformed) as error:
            raise self._no_data(endpoint, error, by) from error
        except (requests.exceptions.ContentDecodingError, urllib3.exceptions.DecodeError) as error:
            raise self._undecodable(endpoint, packed, by) from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise self._unreachable(endpoint, error) from error

    def _no_data(self, endpoint: Endpoint, error: Exception, by: str) -> SourceError:
        server = f" (server: {foreign.named(by, self.safe)})" if by else ""
        failed = SourceError(
            f"{endpoint.route} answered something that is no data: {self.safe(str(error))}.",
            f"A proxy may have cut or changed it, or this is no Rocket.Chat{server}.",
            f"Look at {self.address}{endpoint.path} and at the server's log, then run the same command again.",
            retryable=not isinstance(error, answers.TooMuch),
        )
        failed.late = isinstance(error, answers.Cut)
        return failed

    def _undecodable(self, endpoint: Endpoint, packed: str, by: str) -> SourceError:
        server = f" (server: {foreign.named(by, self.safe)})" if by else ""
        said = foreign.named(packed, self.safe)
        return SourceError(
            f"The answer of {endpoint.route} could not be decoded.",
            f"Its header says that it is packed (Content-Encoding: {said}), and its body is not, or is damaged. Most "
            f"likely a proxy in front unpacked or changed the body and left the header as it was{server}.",
            f"Have the proxy pass answers of /api on as they are, or turn its compression off for them; 'curl -i "
            f"{self.address}{endpoint.path}' shows what comes. Then run the same command again.",
            retryable=True,
        )

    def _limited(self, endpoint: Endpoint, response: requests.Response, text: str, heard: RateLimitHeaders) -> Limited:
        """Whose limit a 429 is: Rocket.Chat's says so in its headers or its sentence (rocketchat.md §2.3)."""
        if heard.rocketchats:
            return Limited(f"{endpoint.route}: too many requests (429).", self._word(response, text))
        asks = f" It asks to wait for {heard.after:,.0f} s." if heard.after is not None else ""
        limited = LimitedInFront(
            f"{endpoint.route}: too many requests, says something in front of Rocket.Chat (429).",
            f"This rate limit is not Rocket.Chat's, whose headers are missing: a proxy or firewall sent "
            f"{foreign.described(response, text, self.safe)}.{asks}",
            "Have its administrator raise that limit for this machine, or send fewer requests, with --rate-calls and "
            "--rate-period; then run the same command again. A permission of Rocket.Chat does not help here.",
            retryable=heard.after is None or heard.after <= LONGEST_AFTER,
        )
        limited.after = heard.after
        return limited

    def _failure(self, endpoint: Endpoint, response: requests.Response, text: str) -> Rc2graphError:
        """The one error that a refused or foreign answer means (rocketchat.md §1.3)."""
        status, route, again = response.status_code, endpoint.route, "then run the same command again."
        word = self._word(response, text)
        if 300 <= status < 400:
            to = foreign.redirected(response.headers.get("Location", ""), self.address.url, self.safe)
            return SourceError(
                f"{self.address} redirects {route} to {to}.",
                "Redirects are refused: the token would follow to another place.",
                "Set ROCKETCHAT_URL to the address that the workspace really has (https?). Where that is a sign-in "
                f"page, have its proxy let GET requests of this machine to {self.address}/api through.",
            )
        ours = foreign.is_rocketchats(response, text) and "WWW-Authenticate" not in response.headers
        if status == 404 and (ours or not (is_json(response) or word.startswith("<"))):
            return UnknownRoute(
                f"{self.address} does not know {endpoint.path}.",
                "The address may be wrong (a path in front of /api?), or the server very old.",
                "Check ROCKETCHAT_URL.",
                retryable=ours or endpoint.authenticated,
            )
        forbidden = ours and (status == 403 or (status in (400, 401) and _forbids(text)))
        if status == 401 and not forbidden and (ours or (is_json(response) and "logged in" in word)):
            return CredentialsError(
                f"{self.address} does not accept the user id and token.",
                f"The server says: {word}",
                "Make a personal access token (avatar → Profile → Personal Access Tokens) and set "
                "ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN to the pair it shows.",
            )
        if forbidden:
            return MissingPermissionError(
                f"Permission {endpoint.needs!r} is missing: {route} was refused."
                if endpoint.needs
                else f"{route} was refused.",
                f"The server says: {word.rstrip('.')}.",
                f"An administrator grants it under Workspace → Permissions to a role that the account holds, {again}"
                if endpoint.needs
                else f"Any account may ask for that: look at the server's log and at the proxy in front, {again}",
            )
        if not ours and (status in (200, 401, 403, 404, 407) or not is_json(response)):
            why, step = foreign.meaning(response, text, str(self.address), self.safe)
            failed = SourceError(
                f"{route} was answered by something that is not Rocket.Chat's API: "
                f"{foreign.described(response, text, self.safe)}.",
                why,
                step,
                retryable=status in (200, 408, 425) or status >= 500,
            )
            failed.late = status in LATE
            return failed
        if 400 <= status < 500 and status not in LATE:
            return Refused(route, word, status)
        failed = SourceError(
            f"{route} failed on the server (status {status}).",
            word,
            f"Look at the server's log, {again}",
            retryable=True,
        )
        failed.late = status in LATE
        return failed

    def _unreachable(self, endpoint: Endpoint, error: Exception) -> SourceError:
        found = explained(error)
        asked = f" ({endpoint.route})" if endpoint.authenticated else ""  # the first question of all needs no name
        failed = SourceError(
            f"{self.address} cannot be reached{asked}: {self.safe(found.reason)}.",
            "",
            found.next_step,
            retryable=found.retryable,
        )
        failed.late = found.late
        return failed

    def _endless(self, endpoint: Endpoint, error: Limited, refusals: int) -> SourceError:
        times = f" {refusals} times in a row" if refusals > 1 else ""
        what = f"{endpoint.route} was refused{times} (429, too many requests)."
        if isinstance(error, LimitedInFront):
            return SourceError(what, error.why, error.next_step)
        if self.bypass:
            return SourceError(
                what,
                "The account holds 'api-bypass-rate-limit', and Rocket.Chat counts its requests all the same.",
                "Have an administrator look at 'API_Enable_Rate_Limiter_Limit_Calls_Default' and at what else sends "
                "requests from this address, then run the same command again.",
            )
        return SourceError(
            what,
            "Something else behind the same address uses up every window of the server's limiter.",
            "Stop the other client, or have an administrator grant 'api-bypass-rate-limit' to a role of this account; "
            "then run the same command again.",
        )

    def _session(self) -> Session:
        session: Session | None = getattr(self._local, "session", None)
        if session is None:
            session = Session(self.address.url, ca_bundle=self.ca_bundle, direct=self.address.direct)
            self._local.session = session
            self._sessions.append(session)
        return session

    def _limiter_sleep(self, seconds: float) -> None:
        with self.time.spent("limiter"):
            self.sleep(seconds)

    def _text(self, response: requests.Response) -> str:
        """The beginning of an error's body, as far as it comes."""
        body, text = _Body(response), b""
        with suppress(urllib3.exceptions.HTTPError, OSError):
            while len(text) < 65_536 and (chunk := body.read()):
                text += chunk
        return text.decode("utf-8", "replace")

    def _word(self, response: requests.Response, text: str) -> str:
        """What the server says went wrong, in one safe line."""
        found = re.search(r'"(?:error|message)"\s*:\s*"((?:[^"\\]|\\.)*)"', text) if is_json(response) else None
        return self.safe(found[1] if found else text)[:300]

    def safe(self, text: str) -> str:
        """Foreign text without our token in it (a server may echo it), without control characters."""
        for secret in (self.credentials.token, self.credentials.user_id):
            if len(secret) > 5:
                text = re.sub(re.escape(secret), "…", text, flags=re.IGNORECASE)  # host names come in lower case
        return "".join(char if char.isprintable() else " " for char in text).strip()

    def close(self) -> None:
        for session in self._sessions:
            session.close()


class _Body:
    """The decoded bytes of an answer as they come."""

    def __init__(self, response: requests.Response) -> None:
        self._raw: Any = response.raw

    def read(self, size: int = 65_536) -> bytes:
        chunk: bytes = self._raw.read1(size, decode_content=True) if size else b""
        return chunk


def _too_much(error: SourceError, tries: int, failing: float, patience: float) -> bool:
    """Whether a whole list is better asked for in pages: it came too late, not to its end or without one, or the server
    failed over it for half of the patience. Where nobody answers at all, pages are no better."""
    if isinstance(error.__cause__, answers.TooMuch):
        return True
    if error.late:
        return tries >= WHOLE_TRIES or failing >= patience
    return type(error) is SourceError and error.retryable and not error.__cause__ and failing >= patience / 2


def _most(count: str | int | None) -> int:
    """Rows that an answer may have: of a page a hundred times as many as it should, of a whole list what fits."""
    return PAGED_ROWS if isinstance(count, int) and count else answers.MOST_ROWS


def _forbids(text: str) -> bool:
    """Whether the code of a refusal, alone or behind its sentence (rocketchat.md §1.2), means a missing permission."""
    return any(
        FORBIDDEN.fullmatch(said) or FORBIDDEN.fullmatch(said.rpartition(" ")[2])
        for said in re.findall(r'"(?:error|errorType)"\s*:\s*"([^"\\]*)"', text[:4_000])
    )


def _no_such_name(error: SourceError) -> bool:
    return isinstance(error.__cause__, requests.RequestException) and explained(error.__cause__).no_such_name


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """No credentials, and none from a .netrc either."""
    return request
