"""Scripted misfortune: what proxies, restarts, neighbours and broken data do to answers (rocketchat.md §1.4, §12.1).

    Fault("html-502", route="teams.members", nth=3)          # the third request to that route, once
    Fault("stall", seconds=2, times=-1)                      # from now on, for ever
    Fault("short-page", when=lambda r: "count=0" in r.query) # the next request that fits

A fault either takes the place of the server's answer, spoils an answer the server gave, or breaks the connection.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from rc2graph.simulator.answers import Answer
from rc2graph.simulator.routes import Request
from rc2graph.simulator.workspace import Workspace
from tests.faults.mishaps import REPLACES, SPOILS, WIRE

Hook = Callable[[Workspace], object]

KINDS = (*REPLACES, *SPOILS, *WIRE, "neighbour-429")


@dataclass(frozen=True)
class Fault:
    """One scripted fault; see `KINDS`.

    `nth`: fires on the nth request to `route`, or the nth of all if no route is named, counted from the server's start;
    without it on the next one. `times`: on so many requests from there on, -1 for ever. `value`, `field`, `seconds`:
    what, where and how long, for the kinds that need it (`mishaps`).
    """

    kind: str
    route: str | None = None
    nth: int | None = None
    when: Callable[[Request], bool] | None = None
    times: int = 1
    value: object = None
    field: str | None = None
    seconds: float = 3600

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no such fault: {self.kind}; one of {', '.join(sorted(KINDS))}")

    def fits(self, request: Request) -> bool:
        if self.route is not None and self.route != request.route:
            return False
        number = request.n if self.route is None else request.nth
        if self.nth is not None and number < self.nth:
            return False
        return self.when is None or self.when(request)

    def replacement(self, request: Request) -> Answer | None:
        """The answer given in place of the server's, or None if the server is asked."""
        make = REPLACES.get(self.kind)
        return make(self, request) if make else None

    def spoil(self, answer: Answer) -> Answer:
        """The server's answer, spoilt; errors stay as they are."""
        if self.kind in SPOILS and answer.status == 200 and answer.headers["Content-Type"] == "application/json":
            return SPOILS[self.kind](self, answer)
        return WIRE[self.kind](self, answer) if self.kind in WIRE else answer


class Faults:
    """The script of one simulator: faults and hooks not yet spent."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[tuple[Fault, list[int]]] = []
        self._hooks: list[tuple[str | None, int, Hook]] = []

    def add(self, *faults: Fault) -> None:
        with self._lock:
            self._faults += [(fault, [fault.times]) for fault in faults]

    def clear(self) -> None:
        """Forget faults and hooks."""
        with self._lock:
            self._faults.clear()
            self._hooks.clear()

    def before(self, nth: int, hook: Hook, *, route: str | None = None) -> None:
        """Run `hook(workspace)` before the nth request (to `route`, or of all) is answered: data moves during a run."""
        with self._lock:
            self._hooks.append((route, nth, hook))

    @property
    def pending(self) -> list[Fault]:
        """Faults that may still fire."""
        with self._lock:
            return [fault for fault, left in self._faults if left[0]]

    def hooks_for(self, request: Request) -> list[Hook]:
        with self._lock:
            due = [
                entry
                for entry in self._hooks
                if (entry[0] is None and entry[1] == request.n) or (entry[0], entry[1]) == (request.route, request.nth)
            ]
            self._hooks = [entry for entry in self._hooks if entry not in due]
        return [hook for _, _, hook in due]

    def due(self, request: Request) -> list[Fault]:
        """The faults that strike this request, each spent by one."""
        with self._lock:
            struck = []
            for fault, left in self._faults:
                if left[0] and fault.fits(request):
                    left[0] -= 1
                    struck.append(fault)
            return struck
