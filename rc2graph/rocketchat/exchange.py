"""One request and its answer: one GET, within bounds of time and size, and data or one typed error.

An answer is data only if its status is 200, its body JSON that says `success: true`, and the expected list is in it
(rocketchat.md §1.4: a wrong path answers 200 with HTML). Redirects are refused: the token headers would follow to
another host.
"""

import logging
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import requests
import urllib3

from rc2graph.errors import SourceError
from rc2graph.rocketchat import answer as answers
from rc2graph.rocketchat.address import Address
from rc2graph.rocketchat.answer import Answer
from rc2graph.rocketchat.credentials import Credentials, nobody
from rc2graph.rocketchat.endpoints import Endpoint
from rc2graph.rocketchat.failure import Failures
from rc2graph.rocketchat.foreign import is_json
from rc2graph.rocketchat.mapping import Malformed
from rc2graph.rocketchat.session import Session
from rc2graph.rocketchat.throttle import RateLimitHeaders, Throttle

log = logging.getLogger("rc2graph.rocketchat")

CONNECT_TIMEOUT = 10.0
ENCODINGS = ("", "identity", "gzip", "x-gzip", "deflate")
"""What an answer may be packed in. Packed twice, sixty kilobytes would become sixty gigabytes in one step."""
PAGED_ROWS = 10_000
"""Rows of an answer to a request for a page of one to a hundred; a server that sends more does not look at `count`."""


class Exchange:
    """May be used from several threads; each has a connection of its own."""

    def __init__(self, address: Address, credentials: Credentials, ca_bundle: str | None, folder: Path | None) -> None:
        self.address, self.credentials = address, credentials
        self.ca_bundle, self.folder = ca_bundle, folder
        self._failures = Failures(address, credentials.safe)
        self._local = threading.local()
        self._sessions: list[Session] = []

    def once(self, endpoint: Endpoint, parameters: dict[str, str | int], throttle: Throttle, timeout: float) -> Answer:
        """Errors: as `Failures` says; a `SourceError` of it may be worth another try."""
        log.debug("GET %s %s", endpoint.path, {**endpoint.fixed, **parameters})
        by = packed = ""
        try:
            with self._session().ask(
                endpoint.path,
                {**endpoint.fixed, **parameters},
                self.credentials if endpoint.authenticated else nobody,
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
                    raise self._failures.limited(endpoint, response, text, heard)
                failure = self._failures.refused(endpoint, response, text)
                if isinstance(failure, SourceError):
                    failure.after = heard.after
                raise failure
        except (answers.Broken, answers.TooMuch, Malformed) as error:
            raise self._failures.no_data(endpoint, error, by) from error
        except (requests.exceptions.ContentDecodingError, urllib3.exceptions.DecodeError) as error:
            raise self._failures.undecodable(endpoint, packed, by) from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise self._failures.unreachable(endpoint, error) from error

    def _session(self) -> Session:
        session: Session | None = getattr(self._local, "session", None)
        if session is None:
            session = Session(self.address.url, ca_bundle=self.ca_bundle, direct=self.address.direct)
            self._local.session = session
            self._sessions.append(session)
        return session

    def _text(self, response: requests.Response) -> str:
        """The beginning of an error's body, as far as it comes."""
        body, text = _Body(response), b""
        with suppress(urllib3.exceptions.HTTPError, OSError):
            while len(text) < 65_536 and (chunk := body.read()):
                text += chunk
        return text.decode("utf-8", "replace")

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


def _most(count: str | int | None) -> int:
    """Rows that an answer may have: of a page a hundred times as many as it should, of a whole list what fits."""
    return PAGED_ROWS if isinstance(count, int) and count else answers.MOST_ROWS
