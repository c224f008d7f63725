"""One thread for each route: routes have separate budgets, so they run side by side, one request in flight on each.

The threads only ask; whoever holds the lanes takes the answers one by one and is the only one to write them down. A
request that is sent while another of its route is under way waits for its turn: so the route need not stand still while
an answer is written down.
"""

import queue
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from rc2graph.rocketchat.answer import Answer


@dataclass(frozen=True)
class Done:
    """What became of a request: its `ticket` as given, and an answer or an error."""

    ticket: Any
    answer: Answer | None
    error: Exception | None


class RouteWorkers:
    def __init__(self) -> None:
        self._lanes: dict[str, queue.SimpleQueue[tuple[Any, Callable[[], Answer]] | None]] = {}
        self._done: queue.SimpleQueue[Done] = queue.SimpleQueue()
        self._sent: Counter[str] = Counter()
        self._over = False

    def sent(self, route: str) -> int:
        """How many requests of a route were sent and not taken yet."""
        return self._sent[route]

    @property
    def idle(self) -> bool:
        return not self._sent.total()

    def send(self, route: str, ticket: Any, request: Callable[[], Answer]) -> None:
        """Let the route's thread run `request`; its result comes out of `take` with `ticket`."""
        if route not in self._lanes:
            self._lanes[route] = queue.SimpleQueue()
            # daemon: an interrupted run must not wait for a thread that sleeps until the next window
            threading.Thread(target=self._work, args=(route,), name=route, daemon=True).start()
        self._sent[route] += 1
        self._lanes[route].put((ticket, request))

    def take(self, seconds: float | None = None) -> tuple[str, Done] | None:
        """The next finished request and its route; None when nothing came within `seconds`."""
        try:
            done = self._done.get(timeout=seconds)
        except queue.Empty:
            return None
        route, ticket = done.ticket
        self._sent[route] -= 1
        return route, Done(ticket, done.answer, done.error)

    def _work(self, route: str) -> None:
        while (job := self._lanes[route].get()) and not self._over:
            ticket, request = job
            try:
                done = Done((route, ticket), request(), None)
            except Exception as error:
                done = Done((route, ticket), None, error)
            self._done.put(done)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._over = True
        for lane in self._lanes.values():
            lane.put(None)
