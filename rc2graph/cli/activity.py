"""That a verb is at work, and on what: rich's own display on a terminal, a line now and then in a log.

`doing` and `ProgressReport` say what is done; it is shown where nothing else was said for some seconds. So no verb has
to think of the clock, and none is silent for long.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rc2graph.cli.streams import Stream, is_terminal
from rc2graph.text import harmless

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

SILENT_AT_MOST = 10.0
"""Seconds: nothing is ever silent for longer."""
SOON = {"lines": 8.0, "terminal": 3.0}
"""Seconds of silence after which it is said what is done."""
TICK = 0.5


class Activity:
    """What is being done. On a terminal rich shows and refreshes it below what is printed there, and takes it away."""

    def __init__(self) -> None:
        self.doing, self.display = "", False
        self.bars: RenderableType | None = None
        self._lock = threading.RLock()
        self._end: threading.Event | None = None
        self._began = self._heard = time.monotonic()
        self._live: Live | None = None

    def start(self, doing: str, tell: Callable[[str, float], None], *, lines: bool) -> None:
        """Begin. `tell` says in a log what is done, and for how many seconds: where that is wanted (`lines`), or there
        is no terminal."""
        self.doing, self._tell = doing, tell
        self._began = time.monotonic()
        self.display = not lines and is_terminal(sys.stderr) and not os.environ.get("CI")
        if self.display and isinstance(sys.stdout, Stream) and sys.stdout.isatty():
            sys.stdout.before = self.hide
        self._resume()

    def stop(self) -> None:
        if self._end:
            self._end.set()
            self._end = None
        self.hide()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """A person is asked something, and knows that we wait."""
        on = self._end is not None
        self.stop()
        try:
            yield
        finally:
            if on:
                self._resume()

    def _resume(self) -> None:
        self._heard, self._end = time.monotonic(), threading.Event()
        threading.Thread(target=self._remind, args=(self._end,), name="working", daemon=True).start()

    def _remind(self, end: threading.Event) -> None:
        soon = SOON["terminal" if self.display else "lines"]
        while not end.wait(max(self._heard + soon - time.monotonic(), TICK)):
            with self._lock:
                if end.is_set() or self._live or time.monotonic() - self._heard < soon:
                    continue
                if self.display:
                    self.show()
                else:
                    self._tell(self.doing, time.monotonic() - self._began)

    def say(self, line: str) -> None:
        """A line on stderr, above what is shown."""
        with self._lock:
            if self._live:
                from rich.text import Text

                self._live.console.print(Text(line), soft_wrap=True)
            else:
                sys.stderr.write(f"{line}\n")
                sys.stderr.flush()
            self._heard = time.monotonic()

    def show(self) -> None:
        """Now, and not only when it takes long."""
        from rich.console import Console
        from rich.live import Live
        from rich.spinner import Spinner

        with self._lock:
            if self._live or not self.display or not self._end:
                return
            self._spinner = Spinner("dots")
            self._live = Live(
                console=Console(file=sys.stderr, highlight=False), get_renderable=self._rendered, transient=True,
                redirect_stdout=False, redirect_stderr=False,
            )  # fmt: skip
            self._live.start(refresh=True)

    def hide(self) -> None:
        """Something else is printed. Where nothing is shown no lock is taken."""
        self._heard = time.monotonic()
        if live := self._live:
            with self._lock:
                self._live = None
                try:
                    live.stop()
                finally:  # a second Ctrl-C does not leave a terminal without its cursor
                    live.console.show_cursor()

    def _rendered(self) -> "RenderableType":
        from rich.console import Group
        from rich.text import Text

        seconds = time.monotonic() - self._began
        said = harmless(f"{self._spinner.render(time.monotonic())} {self.doing} ({seconds:.0f} s)")
        line = Text(said, no_wrap=True, overflow="ellipsis")
        return Group(line, self.bars) if self.bars else line


working = Activity()


@contextmanager
def doing(what: str) -> Iterator[None]:
    """What is shown of this block, where it takes long."""
    before, working.doing = working.doing, what
    try:
        yield
    finally:
        working.doing = before
