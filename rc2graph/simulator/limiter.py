"""The server's rate limiter: a fixed window per route, shared by all addresses, with a counter for each.

Its arithmetic is the server's own (rocketchat.md §2.2, §12.3), odd corners included: the window begins with the first
request after the last one lapsed, refused requests count, and at the very instant of the reset one is still refused.
"""

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Clock = Callable[[], float]
"""Server time in epoch milliseconds."""


def wall_clock() -> float:
    return time.time() * 1000


@dataclass(frozen=True, slots=True)
class Verdict:
    allowed: bool
    limit: int
    remaining: int
    reset: int
    """Epoch milliseconds on the server's clock (rocketchat.md §2.3)."""
    seconds: int
    """What the refusal tells the caller to wait; 0 at the instant of the reset."""

    @property
    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
        }


class Limiter:
    """Counts requests by route and address; `calls` in `interval` milliseconds pass. Knobs work at once.

    `counts_bypass_holders`: a coming release asks for `api-bypass-rate-limit` only where the limit is exceeded. Whoever
    holds it is then counted and sees the headers, down to `Remaining: 0`, but is refused nothing (rocketchat.md §2.2).
    """

    def __init__(
        self,
        *,
        enabled: bool = True,
        calls: int = 10,
        interval: float = 60_000,
        counts_bypass_holders: bool = False,
        clock: Clock = wall_clock,
    ) -> None:
        self.enabled = enabled
        self.calls = calls
        self.interval = interval
        self.counts_bypass_holders = counts_bypass_holders
        self.clock = clock
        self._lock = threading.Lock()
        self.restart()

    def restart(self) -> None:
        """Forget everything, as a restarted server process does (rocketchat.md §2.2)."""
        with self._lock:
            self._started = self.clock()
            self._last: dict[str, float] = {}
            self._counts: dict[str, dict[str, int]] = {}

    def check(self, route: str, ip: str, now: float | None = None) -> Verdict:
        """Count one request and say whether it passes."""
        now = self.clock() if now is None else now
        with self._lock:
            counts = self._window(route, now)
            counts[ip] = number = counts.get(ip, 0) + 1
            left = self.interval - (now - self._last[route])
            return Verdict(
                allowed=number <= self.calls,
                limit=self.calls,
                remaining=max(0, self.calls - number),
                reset=math.ceil(now + left),
                seconds=math.ceil(left / 1000),
            )

    def exhaust(self, route: str, ip: str, now: float | None = None) -> None:
        """Use up the window of a route, as a neighbour behind the same address does (rocketchat.md §9)."""
        now = self.clock() if now is None else now
        with self._lock:
            counts = self._window(route, now)
            counts[ip] = max(counts.get(ip, 0), self.calls)

    def _window(self, route: str, now: float) -> dict[str, int]:
        last = self._last.setdefault(route, self._started)
        counts = self._counts.setdefault(route, {})
        if now - last > self.interval:
            counts.clear()
            self._last[route] = now
        return counts


def client_ip(headers: Mapping[str, str], peer: str, forwarded_count: int = 1) -> str:
    """The address a request is counted under: the n-th from the end of X-Forwarded-For (rocketchat.md §2.2).

    `headers` has lower-case names. With the default of one, all clients behind two proxies share a bucket.
    """
    forwarded = [part.strip() for part in headers.get("x-forwarded-for", "").split(",") if part.strip()]
    if forwarded_count > 0 and len(forwarded) >= forwarded_count:
        return forwarded[-forwarded_count]
    return headers.get("x-real-ip") or peer
