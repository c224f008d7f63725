"""The limiter's window is met, not run into: on a virtual clock, against the server's own arithmetic
(rocketchat.md §2.2)."""

import math
import random
from dataclasses import dataclass, field
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc2graph.rocketchat.throttle import REFUSALS, Pace, RateLimitHeaders, Throttle
from rc2graph.simulator import Limiter

EPOCH = 1_783_929_600.0
DAY = 86_400.0


@dataclass
class World:
    """A server with its limiter and a caller with a throttle, some `latency` apart, on one clock.

    `into`: seconds that the window is old when the caller arrives. `ahead`: the server's clock minus ours. `proxy`: a
    Date that is not the server's, so many seconds off; None: no Date at all.
    """

    into: float = 0.0
    latency: float = 0.0
    ahead: float = 0.0
    proxy: float | None = 0.0
    calls: int = 10
    period: float = 60.0
    pace: Pace = field(default_factory=Pace)
    headers: bool = True

    def __post_init__(self) -> None:
        self.now = 1_000.0
        self.limiter = Limiter(calls=self.calls, interval=self.period * 1000, clock=self.server_ms)
        self.limiter._last["r"] = self.server_ms() - self.into * 1000
        self.throttle = Throttle(self.pace, clock=lambda: self.now, sleep=self.sleep)
        self.refused = 0
        self.arrivals: list[float] = []

    def server_ms(self) -> float:
        return (self.now + EPOCH + self.ahead) * 1000

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds

    def neighbour(self, calls: int, *, ip: str = "us") -> None:
        for _ in range(calls):
            self.limiter.check("r", ip)

    def once(self) -> int:
        """One request and its answer."""
        self.throttle.wait()
        self.now += self.latency / 2
        self.arrivals.append(self.now)
        verdict = self.limiter.check("r", "us") if self.headers else None
        status = 200 if verdict is None or verdict.allowed else 429
        told = {"Date": formatdate(self.server_ms() / 1000 + self.proxy, usegmt=True)} if self.proxy is not None else {}
        body = ""
        if verdict:
            told |= verdict.headers
            body = (
                f"You must wait {verdict.seconds} seconds before trying this endpoint again." if status == 429 else ""
            )
        self.now += self.latency / 2
        self.refused += status == 429
        self.throttle.heard(RateLimitHeaders.of(status, told, body))
        return status

    def run(self, calls: int) -> float:
        """So many successful requests; how long they took."""
        began, done = self.now, 0
        while done < calls:
            done += self.once() == 200
            assert self.throttle.refusals < REFUSALS
        return self.now - began


CALLS = 95


def test_i10_alone_no_request_is_refused_whatever_the_phase():
    chance, worst = random.Random(1), 0.0
    for _ in range(400):
        world = World(
            into=chance.uniform(0, 70), latency=chance.choice((0.0, 0.003, 0.05, 0.4, 1.7)), ahead=chance.uniform(-1, 1)
        )
        took = world.run(CALLS)
        assert world.refused == 0
        windows = math.ceil(CALLS / 10) - 1
        slow = windows * world.latency if world.latency > 1 else 0.0  # a window begins when the request arrives
        worst = max(worst, took / (windows * 60 + max(60 - world.into, 0) + slow))
    assert worst <= 1.03


@pytest.mark.parametrize("ahead", [-400 * DAY, -DAY, -3600, -90, -7, 7, 90, 3600, DAY, 400 * DAY])
@pytest.mark.parametrize("latency", [0.0, 0.3])
def test_i10_the_servers_clock_may_be_wrong_by_days(ahead, latency):
    for into in (0, 0.4, 13.7, 59.99, 61):
        world = World(into=into, ahead=ahead, latency=latency)
        took = world.run(CALLS)
        assert world.refused == 0
        assert took <= 1.03 * (9 * 60 + max(60 - into, 0)) + 10 * latency


@pytest.mark.parametrize(
    "proxy", [-400 * DAY, -DAY, -3600, -120, -30, -3, -1, 1, 3, 30, 120, 3600, DAY, 400 * DAY, None]
)
def test_a_date_that_is_not_the_servers_costs_one_refusal_at_most(proxy):
    """A proxy's clock ahead of the server's makes us come early once; a 429 tells the truth about it. One that is
    behind looks like a longer window, which is waited out: nothing tells the two apart without a refusal."""
    behind = -proxy if proxy and -900 <= proxy < -1 else 0.0
    for into in (0, 13.7, 41.2, 59.5):
        for ahead in (0.0, 5 * DAY):
            world = World(into=into, proxy=proxy, latency=0.05, ahead=ahead)
            took = world.run(CALLS)
            assert world.refused <= 1, (proxy, into, world.refused)
            if proxy is None:
                assert world.refused == 0
            assert took <= 1.03 * (9 * (60 + behind) + 60) + 60


@pytest.mark.parametrize("calls", [3, 10, 40, 100])
@pytest.mark.parametrize("period", [0.5, 2.5, 30.0, 60.0, 600.0])
def test_i10_limits_other_than_the_default_are_learnt(calls, period):
    for into in (0.0, 0.31, 0.99):
        world = World(into=into * period, calls=calls, period=period, latency=0.002)
        wanted = 5 * calls + 1
        took = world.run(wanted)
        known = calls <= 10 or period >= 60  # before the first answer nobody knows of fewer calls, or longer windows
        assert world.refused <= (0 if known else 1), (calls, period, into)
        assert world.throttle.limit == calls
        if period <= 60:
            assert took <= 60 * 6 + 1


@pytest.mark.parametrize("into", [0.0, 200.0, 550.0, 590.0])
def test_i10_a_window_of_ten_minutes_is_met(into):
    """A release candidate shipped 600 s (rocketchat.md §2.1)."""
    world = World(into=into, period=600.0, latency=0.05)
    took = world.run(45)
    assert world.refused == 0
    assert took <= 1.03 * (4 * 600 + (600 - into))


@pytest.mark.parametrize("used", [1, 5, 9])
def test_i10_a_window_partly_used_up_before_is_no_problem(used):
    for into in (0, 12, 44):
        world = World(into=into, latency=0.02)
        world.neighbour(used)
        assert world.run(CALLS) <= 1.03 * (10 * 60)
        assert world.refused == 0


@pytest.mark.parametrize("used", [10, 11, 30])
def test_a_window_used_up_before_costs_one_refusal(used):
    for into in (0, 12, 44, 59.9):
        world = World(into=into, latency=0.02)
        world.neighbour(used)
        assert world.run(CALLS) <= 1.03 * (9 * 60 + (60 - into)) + 1
        assert world.refused == 1


def test_i10_newcomers_of_another_address_shift_the_window_and_nothing_breaks():
    chance = random.Random(5)
    for _ in range(60):
        world = World(into=chance.uniform(0, 61), latency=0.05)
        done = 0
        while done < CALLS:
            if chance.random() < 0.3:
                world.neighbour(1, ip=f"other-{chance.random()}")
            if chance.random() < 0.05:
                world.now += chance.uniform(0, 90)  # we are busy with something else, and others begin a window
                world.neighbour(1, ip="newcomer")
            done += world.once() == 200
        assert world.refused == 0


def test_a_neighbour_behind_the_same_address_costs_a_bounded_number_of_refusals():
    chance = random.Random(9)
    for _ in range(40):
        world = World(into=chance.uniform(0, 60), latency=0.05)
        done = requests = 0
        while done < 60:
            if chance.random() < 0.25:
                world.neighbour(chance.randint(1, 10))
            done += world.once() == 200
            requests += 1
            assert world.throttle.refusals < REFUSALS
        assert world.refused <= requests / 3
        assert world.now - 1000 < 60 * 60


@dataclass
class Gateway:
    """A proxy that lets `rate` requests a second through, `burst` at once, and refuses the rest without a figure."""

    rate: float = 5.0
    burst: float = 5.0

    def __post_init__(self) -> None:
        self.now, self.tokens, self.refused = 1_000.0, self.burst, 0
        self.throttle = Throttle(Pace(), clock=lambda: self.now, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds
        self.tokens = min(self.burst, self.tokens + seconds * self.rate)

    def run(self, calls: int) -> float:
        began = self.now
        while calls:
            self.throttle.wait()
            self.sleep(0.01)  # the way there and back
            passes = self.tokens >= 1
            self.tokens -= passes
            calls -= passes
            self.refused += not passes
            self.throttle.heard(RateLimitHeaders.of(200 if passes else 429, {"Server": "nginx"}))
        return self.now - began


@pytest.mark.parametrize("rate", [2.0, 5.0, 20.0])
def test_a_refusal_that_is_not_rocketchats_slows_the_route_down_by_degrees(rate):
    gateway = Gateway(rate=rate)
    took = gateway.run(300)
    assert gateway.refused <= 300 * 0.1
    assert took <= 1.5 * 300 / rate


def test_a_route_that_was_slowed_down_is_as_fast_as_before_when_nobody_refuses_any_more():
    gateway = Gateway(rate=2.0)
    gateway.run(100)
    gateway.rate = gateway.burst = gateway.tokens = 1e6
    gateway.run(200)
    assert gateway.run(100) < 1.1


def test_a_refusal_that_is_not_rocketchats_says_nothing_of_its_windows():
    now = [0.0]
    throttle = Throttle(Pace(), clock=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds))
    throttle.heard(
        RateLimitHeaders.of(429, {"X-RateLimit-Limit": "3", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "12"})
    )
    assert throttle.limit == 10
    assert throttle.wait() < 1


@pytest.mark.parametrize(
    ("header", "date", "seconds"),
    [
        ("30", None, 30), (" 30 ", None, 30), ("0", None, 0),
        ("-3", None, None), ("soon", None, None), ("", None, None),
        ("Sun, 06 Nov 1994 08:50:07 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", 30),
        ("Sun, 06 Nov 1994 08:49:07 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", 0),
        ("Sun, 06 Nov 1994 08:49:07 GMT", None, 0),
    ],
)  # fmt: skip
def test_retry_after_is_a_number_of_seconds_or_an_instant_on_the_clock_that_wrote_date(header, date, seconds):
    headers = {"Retry-After": header} | ({"Date": date} if date else {})
    for status in (429, 503):
        assert RateLimitHeaders.of(status, headers).after == seconds
    assert RateLimitHeaders.of(200, headers).after is None


# ---- an account that holds api-bypass-rate-limit


def counted_but_not_refused(world, calls):
    """A release that asks for the permission only when the limit is exceeded (rocketchat.md §2.2, "Coming")."""
    for _ in range(calls):
        world.throttle.wait()
        verdict = world.limiter.check("r", "us")
        world.throttle.heard(RateLimitHeaders.of(200, verdict.headers))


def test_an_account_that_bypasses_the_limit_is_held_up_by_no_header():
    world = World(into=5.0)
    world.throttle.bypass = True
    counted_but_not_refused(world, 500)
    assert world.now == 1_000.0
    assert world.throttle.limited is False


def test_what_was_held_up_before_the_permission_was_known_goes_on_when_it_is():
    world = World(into=5.0)
    counted_but_not_refused(world, 10)
    assert world.throttle.ahead(1) > 50
    world.throttle.bypass = True
    assert world.throttle.ahead(1) == 0
    counted_but_not_refused(world, 10)
    assert world.now == 1_000.0


def test_i10_a_refusal_holds_up_an_account_that_should_bypass_the_limit_too():
    """A server that does not honour the permission (rocketchat.md §10, #15820): one refusal a window, and no more."""
    world = World(into=20.0, latency=0.01)
    world.throttle.bypass = True
    took = world.run(CALLS)
    assert world.refused <= 10
    assert took <= 1.03 * 10 * 60
    assert world.throttle.limited is True


def test_i10_a_permission_that_is_taken_away_brings_the_window_back():
    world = World(into=20.0, latency=0.01)
    world.throttle.bypass = True
    counted_but_not_refused(world, 30)
    world.throttle.bypass = False
    world.run(40)
    assert world.refused <= 1


def test_a_refusal_that_only_speaks_is_waited_out_as_it_says():
    throttle_time = [0.0]

    def sleep(seconds):
        throttle_time[0] += seconds

    throttle = Throttle(Pace(), clock=lambda: throttle_time[0], sleep=sleep)
    throttle.wait()
    throttle.heard(RateLimitHeaders.of(429, {}, "You must wait 37 seconds before trying this endpoint again."))
    assert throttle.wait() == pytest.approx(37, abs=0.1)


def test_without_headers_the_caller_is_not_limited_and_nothing_is_waited():
    world = World(headers=False)
    assert world.run(500) == 0


def test_i10_headers_that_vanish_and_come_back():
    """`api-bypass-rate-limit` granted and taken away again during a run (rocketchat.md §2.2)."""
    world = World(into=20, latency=0.01)
    world.run(7)
    world.headers = False
    assert world.run(100) < 2
    world.headers = True
    world.run(40)
    assert world.refused == 0


def test_a_pace_that_a_person_set_is_never_exceeded():
    """RC2GRAPH_RATE_CALLS, RC2GRAPH_RATE_PERIOD; fractions of seconds are allowed."""
    for headers in (True, False):
        world = World(headers=headers, pace=Pace(calls=2, period=0.5, bound=True), calls=1000)
        world.run(40)
        for first, third in zip(world.arrivals, world.arrivals[2:], strict=False):
            assert third - first >= 0.25
        assert world.now - 1000 >= 19 * 0.5 - 0.01


def test_a_pace_faster_than_the_servers_does_not_beat_the_headers():
    world = World(pace=Pace(calls=100, period=1.0, bound=True), latency=0.01)
    world.run(40)
    assert world.refused <= 1


heads = st.dictionaries(
    st.sampled_from(["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Date"]),
    st.text(max_size=20)
    | st.integers().map(str)
    | st.sampled_from(
        [
            *("0", "10", "999999999999999", "1783929637000", "-1", "NaN", "１０", "Sun, 06 Nov 1994 08:49:37 GMT"),
            *("Mon, 01 Jan 0001 00:00:00 -0000", "Fri, 31 Dec 9999 23:59:59 -2359", "Thu, 01 Jan 1970 00:00:00 +9999"),
        ]
    ),
)


@given(st.lists(st.tuples(st.sampled_from([200, 400, 429, 500]), heads, st.text(max_size=30)), max_size=6))
def test_no_header_breaks_it_or_makes_it_wait_for_ever(answers):
    now = [0.0]

    def sleep(seconds):
        now[0] += seconds

    throttle = Throttle(Pace(), clock=lambda: now[0], sleep=sleep)
    for status, headers, body in answers:
        before = now[0]
        throttle.wait()
        assert now[0] - before <= 901
        throttle.heard(RateLimitHeaders.of(status, headers, body))


def test_an_absurd_limit_costs_no_time():
    throttle = Throttle(Pace(), clock=lambda: 0.0, sleep=lambda seconds: None)
    heads = {"X-RateLimit-Limit": "999999999999999", "X-RateLimit-Remaining": "5", "X-RateLimit-Reset": "1"}
    throttle.heard(RateLimitHeaders.of(200, heads))
