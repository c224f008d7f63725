"""Ask Rocket.Chat, one GET at a time and route, and give back data or one typed error.

An answer is data only if its status is 200, its body JSON that says `success: true`, and the expected list is in it
(api.md §1.4: a wrong path answers 200 with HTML). Redirects are refused: the token headers would follow to another
host. Nothing is ever written to the server, and nothing but the routes of `endpoints.py` is asked.
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
from urllib.parse import urlsplit

import backoff
import requests
import urllib3
from requests.auth import AuthBase

from rc2graph.errors import CredentialsError, MissingPermissionError, Rc2graphError, SourceError, UsageError
from rc2graph.rocketchat import answer as answers
from rc2graph.rocketchat.address import Address
from rc2graph.rocketchat.answer import Answer
from rc2graph.rocketchat.endpoints import Endpoint
from rc2graph.rocketchat.mapping import Malformed
from rc2graph.rocketchat.session import Session
from rc2graph.rocketchat.throttle import REFUSALS, Heard, Pace, Throttle

log = logging.getLogger("rc2graph.rocketchat")

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 120.0
"""Seconds without a byte. `teams.members` loads every active user of the workspace, so it is slow (api.md §6.2)."""
SLOWEST = 60.0, 1_000
"""An answer that has begun must bring so many bytes in so many seconds; less is a stall that never ends."""
ENCODINGS = ("", "identity", "gzip", "x-gzip", "deflate")
"""What an answer may be packed in. Packed twice, sixty kilobytes would become sixty gigabytes in one step."""
MALFORMED_TRIES = 4
"""JSON of a wrong shape will not mend itself for long."""
NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "record layer failure", "PACKET_LENGTH_TOO_LONG")
"""What OpenSSL says, one version or another, of an answer that is no TLS."""
UNKNOWN_TRIES = 3
"""A proxy answers 404 too, while the server behind it starts: that must not be taken for an old server."""


@dataclass(frozen=True)
class Credentials(AuthBase):
    """The pair (api.md §1.1). Never shown: neither in `repr` nor in any message."""

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
    """400 for this one request: asking again brings the same. `text` is the server's word."""

    def __init__(self, route: str, text: str) -> None:
        again = "Look at the server's log, then run the same command again."
        super().__init__(f"Rocket.Chat refuses {route}: {text.rstrip('.')}.", "It answered 400.", again)
        self.text = text


class Limited(SourceError):
    """429. Its wait is announced, so it is no failure; ten in a row are."""


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
        self._throttles: dict[str, Throttle] = {}
        self._local = threading.local()
        self._sessions: list[Session] = []

    def throttle(self, route: str) -> Throttle:
        """The pace of one route; every route has a budget of its own (api.md §2.2)."""
        if route not in self._throttles:
            throttle = Throttle(self.pace, clock=self.clock, sleep=self._limiter_sleep)
            self._throttles.setdefault(route, throttle)
        return self._throttles[route]

    def ask(
        self, endpoint: Endpoint, parameters: dict[str, str | int] | None = None, patience: float | None = None
    ) -> Answer:
        """GET one page. Waits out the limiter, repeats what may pass, raises what will not.

        Errors: `CredentialsError`, `MissingPermissionError`, `Refused`, `UnknownRoute`, `SourceError`.
        """
        parameters = parameters or {}
        throttle = self.throttle(endpoint.route)
        patience = self.retry_for if patience is None else patience
        pauses = backoff.expo(base=2, factor=0.5, max_value=30)
        pauses.send(None)
        failing, tries = 0.0, 0
        while True:
            throttle.wait()
            began = self.clock()
            try:
                with self.time.spent("ask"):
                    answer = self._once(endpoint, parameters, throttle, min(READ_TIMEOUT, max(patience, 1.0)))
            except Limited:
                self.refusals += 1
                if throttle.refusals >= REFUSALS:
                    raise self._endless(endpoint) from None
                log.info("%s: refused (429), waiting for the next window", endpoint.route)
                continue
            except SourceError as error:
                tries += 1
                failing += self.clock() - began
                if (
                    not error.retryable
                    or failing >= patience
                    or (isinstance(error.__cause__, Malformed) and tries >= MALFORMED_TRIES)
                    or (isinstance(error, UnknownRoute) and tries >= UNKNOWN_TRIES)
                ):
                    if tries > 1:
                        error.why = f"{error.why} Tried {tries} times in {failing:.0f} s.".strip()
                    raise
                pause = min(backoff.full_jitter(next(pauses)) + 0.05, max(patience - failing, 0.05))
                log.warning("%s Trying again in %.1f s.", error.what, pause)
                with self.time.spent("retry"):
                    self.sleep(pause)
                failing += pause
                continue
            return answer

    def _once(self, endpoint: Endpoint, parameters: dict[str, str | int], throttle: Throttle, timeout: float) -> Answer:
        self.requests += 1
        log.debug("GET %s %s", endpoint.path, {**endpoint.fixed, **parameters})
        try:
            with self._session().ask(
                endpoint.path,
                {**endpoint.fixed, **parameters},
                self.credentials if endpoint.authenticated else _nobody,
                (min(CONNECT_TIMEOUT, timeout), timeout),
            ) as response:
                if response.headers.get("Content-Encoding", "").lower() not in ENCODINGS:
                    raise answers.Broken("it is encoded in a way that nobody asked for")
                text = "" if response.status_code == 200 else self._text(response)
                throttle.heard(Heard.of(response.status_code, response.headers, text))
                if response.status_code == 200 and _is_json(response):
                    return answers.read(
                        _Body(response, self.clock),
                        endpoint.array,
                        endpoint.mapper(parameters),
                        self.folder,
                        self.credentials.token if len(self.credentials.token) > 15 else "",
                    )
                raise self._failure(endpoint, response, text)
        except (answers.Broken, Malformed) as error:
            raise SourceError(
                f"{endpoint.route} answered something that is no data: {error}.",
                "A proxy may have cut or changed it, or this is no Rocket.Chat.",
                f"Look at {self.address}{endpoint.path} and at the server's log, then run the same command again.",
                retryable=True,
            ) from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise self._unreachable(endpoint, error) from error

    def _failure(self, endpoint: Endpoint, response: requests.Response, text: str) -> Rc2graphError:
        """The one error that a refused or foreign answer means (api.md §1.3)."""
        status, route, again = response.status_code, endpoint.route, "then run the same command again."
        word = self._word(response, text)
        if 300 <= status < 400:
            to = self.safe(_host(response.headers.get("Location", "")))
            return SourceError(
                f"{self.address} redirects {route} to {to or 'another path'}.",
                "Redirects are refused: the token would follow to another place.",
                "Set ROCKETCHAT_URL to the address that the workspace really has (https?).",
            )
        if status == 429:
            return Limited(f"{route}: too many requests.", word)
        if status == 200 or not _is_json(response):
            if status == 404 and not word.startswith("<"):
                return UnknownRoute(
                    f"{self.address} does not know {endpoint.path}.",
                    "The address may be wrong (a path in front of /api?), or the server very old.",
                    "Check ROCKETCHAT_URL.",
                    retryable=endpoint.authenticated,
                )
            return SourceError(
                f"{route} was answered by something that is not Rocket.Chat's API (status {status}, no JSON).",
                "A proxy or firewall in front may have answered, or the address has a wrong path.",
                f"Open {self.address}/api/info in a browser: it must show JSON. Mend ROCKETCHAT_URL or proxy, {again}",
                retryable=status in (200, 408, 425) or status >= 500,
            )
        if status == 401 and "logged in" in word:
            return CredentialsError(
                f"{self.address} does not accept the user id and token.",
                f"The server says: {word}",
                "Make a personal access token (avatar → Profile → Personal Access Tokens) and set "
                "ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN to the pair it shows.",
            )
        if status in (401, 403):
            return MissingPermissionError(
                f"Permission {endpoint.needs!r} is missing: {route} was refused."
                if endpoint.needs
                else f"{route} was refused.",
                f"The server says: {word}",
                f"An administrator grants it under Workspace → Permissions to a role that the account holds, {again}",
            )
        if status == 404:
            return UnknownRoute(
                f"{self.address} answers 404 to {route}: {word}.", "", "Check ROCKETCHAT_URL.", retryable=True
            )
        if 400 <= status < 500:
            return Refused(route, word)
        return SourceError(
            f"{route} failed on the server (status {status}).",
            word,
            f"Look at the server's log, {again}",
            retryable=True,
        )

    def _unreachable(self, endpoint: Endpoint, error: Exception) -> SourceError:
        reason = "the connection failed"
        secure = isinstance(error, requests.exceptions.SSLError)
        untrusted = secure and "CERTIFICATE" in str(error).upper()
        if untrusted:
            reason = "its TLS certificate is not trusted"
        elif secure and any(word in str(error) for word in NO_TLS):
            reason = "that port does not speak TLS"
        elif secure:
            reason = "it does not agree with this machine on how to speak TLS"
        elif isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError):
            reason = "it did not answer in time"
        elif "NameResolution" in repr(error):
            reason = "its name is not known"
        elif "refused" in str(error).lower():
            reason = "it refuses connections"
        asked = f" ({endpoint.route})" if endpoint.authenticated else ""  # the first question of all needs no name
        return SourceError(
            f"{self.address} cannot be reached{asked}: {reason}.",
            "",
            "Name the certificate authority with --ca-bundle." if untrusted else
            "Check the scheme and the port of ROCKETCHAT_URL." if secure else
            "Check ROCKETCHAT_URL, the network and the server, then run the same command again.",
            retryable=not secure and "NameResolution" not in repr(error),
        )  # fmt: skip

    def _endless(self, endpoint: Endpoint) -> SourceError:
        return SourceError(
            f"{endpoint.route} was refused {REFUSALS} times in a row (429, too many requests).",
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
        body, text = _Body(response, self.clock), b""
        with suppress(urllib3.exceptions.HTTPError, OSError):
            while len(text) < 65_536 and (chunk := body.read()):
                text += chunk
        return text.decode("utf-8", "replace")

    def _word(self, response: requests.Response, text: str) -> str:
        """What the server says went wrong, in one safe line."""
        found = re.search(r'"(?:error|message)"\s*:\s*"((?:[^"\\]|\\.)*)"', text) if _is_json(response) else None
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
    """The decoded bytes of an answer as they come, with an end to endless ones."""

    def __init__(self, response: requests.Response, clock: Callable[[], float]) -> None:
        self._raw: Any = response.raw
        self._clock, self._since, self._bytes = clock, clock(), 0

    def read(self, size: int = 65_536) -> bytes:
        chunk: bytes = self._raw.read1(size, decode_content=True) if size else b""
        self._bytes += len(chunk)
        if (now := self._clock()) - self._since > SLOWEST[0]:
            if self._bytes < SLOWEST[1]:
                raise TimeoutError("the answer stalled")
            self._since, self._bytes = now, 0
        return chunk


def _is_json(response: requests.Response) -> bool:
    return response.headers.get("Content-Type", "").split(";")[0].strip().lower() == "application/json"


def _host(location: str) -> str:
    try:
        target = urlsplit(location)
        return f"{target.scheme}://{target.hostname}" if target.hostname else ""
    except ValueError:
        return ""


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """No credentials, and none from a .netrc either."""
    return request
