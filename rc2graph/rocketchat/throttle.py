"""Hold requests to one Rocket.Chat route inside the server's own window.

The server counts ten calls per route and client address in a fixed window that begins with the first call after the
last one ran out (rocketchat.md §2.2). Counting here alone drifts out of phase; its headers put us back in. Its clock
may be wrong by days, which does no harm: only differences on that clock are used, carried forward by our monotonic one.

A 429 that carries neither Rocket.Chat's headers nor its sentence comes from a proxy or firewall in front. Nothing is
known of that limit, so the route is slowed down by degrees, and speeds up again while nobody refuses.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from ratelimit import RateLimitDecorator, RateLimitException

LONGEST_WINDOW = 900.0
"""A window longer than this (seconds) is not believed."""

MARGIN = 0.005
"""At exactly the reset instant a request is still refused, one millisecond later it passes (rocketchat.md §2.2)."""

REFUSALS = 10
"""So many refusals in a row end a run: somebody else uses up every window."""

OLDEST_RESET = 10**11
"""Milliseconds. Rocket.Chat's `X-RateLimit-Reset` is an instant (rocketchat.md §2.3); a smaller figure is a gateway's,
which tells seconds in a header of that name."""

GAP = 0.05, 6.4
"""Seconds between two requests of a route after one refusal of a proxy, and at most: each refusal doubles them."""
CALM = 20
"""So many answers without such a refusal halve the gap again."""


@dataclass(frozen=True)
class Pace:
    """What to assume before the server says: `calls` per `period` seconds. `bound`: set by a person, never exceeded."""

    calls: int = 10
    period: float = 60.0
    bound: bool = False


@dataclass(frozen=True)
class RateLimitHeaders:
    """What one answer tells about the limiter. Epoch seconds on the server's clock; None where it does not say."""

    status: int
    limit: int | None
    remaining: int | None
    resets_at: float | None
    date: float | None
    sentence: float | None = None
    after: float | None = None
    """Seconds that `Retry-After` asks for. Rocket.Chat never sends it (rocketchat.md §2.3); proxies do."""

    @classmethod
    def of(cls, status: int, headers: Mapping[str, str], body: str = "") -> "RateLimitHeaders":
        told = re.search(r"must wait (\d{1,6}) seconds before trying", body)
        reset = _number(headers.get("X-RateLimit-Reset"))
        date = _instant(headers.get("Date"))
        return cls(
            status,
            _number(headers.get("X-RateLimit-Limit")) or None,
            _number(headers.get("X-RateLimit-Remaining")),
            None if reset is None or reset < OLDEST_RESET else reset / 1000,
            date,
            float(told[1]) if told else None,
            _after(headers.get("Retry-After"), date) if status in (429, 503) else None,
        )

    @property
    def rocketchats(self) -> bool:
        """Of a 429: whether it is Rocket.Chat's own, and not that of something in front of it."""
        return self.resets_at is not None or self.sentence is not None

    @property
    def limited(self) -> bool | None:
        """True: this caller is counted. False: it is not (rocketchat.md §2.2). None: the answer does not tell."""
        if self.remaining is not None or self.status == 429:
            return True
        return False if self.status == 200 else None


def _instant(text: str | None) -> float | None:
    try:
        return parsedate_to_datetime(text or "").timestamp()
    except (ValueError, OverflowError):
        return None


def _after(text: str | None, date: float | None) -> float | None:
    """`Retry-After` as seconds: it is a number of them, or an instant on the clock that wrote `Date`."""
    text = (text or "").strip()
    if (seconds := _number(text)) is not None:
        return float(seconds)
    instant = _instant(text)
    return None if instant is None else max(instant - (time.time() if date is None else date), 0.0)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None


class Throttle:
    """One route's pace. Ask `wait` before every request and tell `heard` of every answer, one request at a time.

    `bypass`: the account holds `api-bypass-rate-limit`. A release may count its requests all the same and say that none
    remain while it answers them (rocketchat.md §2.2, "Coming"), so then only a refusal holds anything up.
    """

    def __init__(
        self, pace: Pace, *, clock: Callable[[], float], sleep: Callable[[float], None], bypass: bool = False
    ) -> None:
        self.pace, self.clock, self.sleep, self.bypass = pace, clock, sleep, bypass
        self.limit, self.period = pace.calls, pace.period
        self.refusals = 0
        self._counted: bool | None = None
        self._answered = self._refused = False
        self._remaining: int | None = None
        self._refused_until = 0.0
        self._used_up_until = 0.0
        self._gap, self._last, self._calm = 0.0, 0.0, 0
        self._offset: float | None = None  # at least so far is the server's clock ahead of ours
        self._trust_date = True
        self._slots = self._new_slots()
        self._bound = _slots(pace.calls, pace.period, clock) if pace.bound else None

    @property
    def limited(self) -> bool | None:
        """Whether Rocket.Chat's rate limit holds this caller up, as far as its answers tell."""
        return (self._refused if self._answered else None) if self.bypass else self._counted

    def hold(self, seconds: float) -> None:
        """Send nothing for so long: a proxy asked for it."""
        self._refused_until = max(self._refused_until, self.clock() + seconds)

    def wait(self) -> float:
        """Block until the next request may go, and say how many seconds that took."""
        began = self.clock()
        while (left := self._free_at() - self.clock()) > 0:
            self.sleep(left)
        for slots in (self._bound, self._slots if self.limited is not False and not self.bypass else None):
            while slots:
                try:
                    slots()
                    break
                except RateLimitException as refused:
                    self.sleep(max(refused.period_remaining, 0.001))
        return self.clock() - began

    def ahead(self, calls: int) -> float:
        """Seconds that so many calls more will wait in all, as far as the limiter can be seen from here."""
        if calls <= 0 or (self.limited is False and not self.pace.bound):
            return 0.0
        limit, period = max(self.limit, 1), self.period
        if self.pace.bound:
            limit, period = min(limit, self.pace.calls), max(period, self.pace.period)
        hold = max(self._free_at() - self.clock(), 0.0)
        free = 0 if hold else limit if self._remaining is None else self._remaining
        windows = -(-max(calls - free, 0) // limit)
        return (hold or period) + (windows - 1) * period if windows else 0.0

    def _free_at(self) -> float:
        until = self._refused_until if self.bypass else max(self._refused_until, self._used_up_until)
        return max(until, self._last + self._gap) if self._gap else until

    def heard(self, answer: RateLimitHeaders) -> None:
        """Learn the server's limit, window and phase from an answer that has just come."""
        now = self.clock()
        if answer.status == 429:
            self.refusals += 1
            if not answer.rocketchats:
                self._gap, self._last, self._calm = min(max(2 * self._gap, GAP[0]), GAP[1]), now, 0
                return
            self._answered = self._refused = True
        else:
            self.refusals, self._answered = 0, True
            if self._gap:
                self._last, self._calm = now, self._calm + 1
                if self._calm >= CALM:
                    self._gap, self._calm = self._gap / 2 if self._gap > GAP[0] else 0.0, 0
            if self.bypass:
                return
        if answer.limited is not None:
            self._counted = answer.limited
        if not answer.limited:
            self._remaining = None
            return
        self._learn(answer, now)
        began = self._remaining is None or (answer.remaining or 0) > self._remaining
        self._remaining = answer.remaining
        if answer.status == 429 or answer.remaining == 0:
            until = now + self._left(answer, now)
            if answer.status == 429:
                self._refused_until = max(self._refused_until, until)
            self._used_up_until = until
            self._remaining = None
            self._slots = self._new_slots()
        elif began:
            self._slots = self._new_slots(used=self.limit - (answer.remaining or 0))

    def _learn(self, answer: RateLimitHeaders, now: float) -> None:
        if answer.limit is not None:
            self.limit = answer.limit
        if answer.resets_at is None:
            return
        date = answer.date if self._trust_date else None
        if date is not None and not -2 < answer.resets_at - date <= LONGEST_WINDOW:
            self._trust_date, date = False, None  # a proxy's clock, or nonsense: not the one that Reset is on
        if date is not None and answer.resets_at - date > self.period + 1.5:
            self.period = answer.resets_at - date  # windows of 600 s have been shipped (#35180)
        if answer.status == 429 and answer.sentence is not None:
            told = answer.resets_at - answer.sentence - now  # the sentence rounds up, so this is never too far ahead
            if self._offset is None or self._offset > told + 1:
                self._trust_date = self._trust_date and self._offset is None
                self._offset = told
            self._offset = max(self._offset, told)
            self.period = max(self.period, min(answer.sentence, LONGEST_WINDOW))
            return
        # Both are lower bounds of the server's clock: Date is floored to the second, and a window cannot have more
        # left than its whole length. The best bound seen so far holds.
        bounds = [answer.resets_at - self.period, *([date] if date is not None else [])]
        self._offset = max([bound - now for bound in bounds] + ([self._offset] if self._offset is not None else []))

    def _left(self, answer: RateLimitHeaders, now: float) -> float:
        """Seconds until the window ends; a whole one where nothing tells."""
        if answer.resets_at is not None and self._offset is not None:
            left = answer.resets_at - (now + self._offset)
        elif answer.sentence is not None:
            left = answer.sentence
        else:
            left = self.period
        longest = max(self.period, min(answer.sentence or 0, LONGEST_WINDOW))
        return min(max(left, 0.0), longest) + MARGIN

    def _new_slots(self, used: int = 0) -> Callable[[], None]:
        return _slots(self.limit, self.period, self.clock, used)


def _slots(calls: int, period: float, clock: Callable[[], float], used: int = 0) -> Callable[[], None]:
    """`ratelimit`'s own bound, begun now with `used` calls made: one more than `calls` in `period` seconds raises."""
    limit = RateLimitDecorator(calls=calls, period=period, clock=clock)
    limit.num_calls = max(used, 0)
    slots: Callable[[], None] = limit(lambda: None)
    return slots
