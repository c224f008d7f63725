"""The bytes of an answer as they leave the socket, with an end to endless ones.

The timeout of a socket counts from one byte to the next. A server that sends a byte now and then, or one interim answer
after the other, never runs into it: so the head, the body and the speed of an answer have bounds of their own.
"""

import http.client
import io
import time
from typing import Any

import urllib3

HEAD = 2.0
"""A head must be there within so many timeouts: the server may think for one, and then sends it in one go."""
LONGEST = 1_800.0
"""Seconds that an answer may take. What the largest workspace measured sends, 60 MB, then comes at 35 KB a second."""
SLOWEST = 60.0, 60_000
"""An answer that has begun must bring so many bytes in so many seconds; less is a timeout that never ends. A modem has
more, and what is smaller has ended by then."""
INTERIM = 100
"""Interim answers (`100 Continue`, `103 Early Hints`) before the real one. Few servers send any, none a hundred."""


class _Timed(io.RawIOBase):
    """What `raw` reads, while it is in time."""

    def __init__(self, raw: Any, seconds: float) -> None:
        self._raw, self._until = raw, time.monotonic() + seconds
        self._since, self._bytes = self._until, 0

    def body(self) -> None:
        """The head is there: from now on the bounds of a body hold."""
        self._since = time.monotonic()
        self._until = self._since + LONGEST

    def readinto(self, buffer: Any, /) -> Any:
        now = time.monotonic()
        if now > self._until:
            raise TimeoutError("the answer does not end")
        if now - self._since > SLOWEST[0]:
            if self._bytes < SLOWEST[1]:
                raise TimeoutError("the answer is too slow")
            self._since, self._bytes = now, 0
        count = self._raw.readinto(buffer)
        self._bytes += count or 0
        return count

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._raw.close()
        super().close()


class Response(http.client.HTTPResponse):
    """An answer that comes in time, or raises `TimeoutError`. Interim answers are skipped, not only `100`."""

    def __init__(self, sock: Any, *more: Any, **options: Any) -> None:
        super().__init__(sock, *more, **options)
        self._timed = _Timed(self.fp.detach(), HEAD * (sock.gettimeout() or 60.0))
        self.fp = io.BufferedReader(self._timed)

    def begin(self) -> None:
        super().begin()
        self._timed.body()

    def _read_status(self) -> tuple[str, int, str]:
        for _ in range(INTERIM):
            found: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]
            if found[1] == 101 or not 100 <= found[1] < 200:
                return found
            http.client.parse_headers(self.fp)
        raise TimeoutError("the answer does not end")


class Plain(urllib3.connection.HTTPConnection):
    response_class = Response


class Secure(urllib3.connection.HTTPSConnection):
    response_class = Response


def bound(pool: urllib3.HTTPConnectionPool) -> urllib3.HTTPConnectionPool:
    """`pool`, with connections that read answers in time only."""
    pool.ConnectionCls = Secure if isinstance(pool, urllib3.HTTPSConnectionPool) else Plain
    return pool
