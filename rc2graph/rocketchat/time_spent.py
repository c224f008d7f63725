"""Where the time of a collection goes, apart from our own work."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


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
