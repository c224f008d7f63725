"""What is said on stderr while a verb works: log lines or JSON, and never silence for long.

What takes long says what it does (`doing`, `ProgressReport`); `Watch` says it, with the time it has taken, when
nothing else was said for some seconds. So no verb has to think of the clock, and none is ever silent for long.
"""

import json
import logging
import os
import shutil
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TextIO

from rc2graph.cli import next_steps
from rc2graph.text import harmless, short

if TYPE_CHECKING:
    from rc2graph.errors import Rc2graphError

log = logging.getLogger("rc2graph")

SILENT_AT_MOST = 10.0
"""Seconds: nothing is ever silent for longer."""
SOON = {"lines": 8.0, "terminal": 3.0}
"""Seconds of silence after which the watch speaks."""
FOR_A_PERSON = ("getpass", "termui", "socketserver")
"""Modules in which the main thread waits for a person, who knows that."""


class LogFormat(StrEnum):
    text = "text"
    json = "json"


class LogSettings:
    """What was chosen for this process, before the verb begins."""

    verb = ""
    format = LogFormat.text


def is_terminal(stream: TextIO) -> bool:
    """One on which a line can be written over: no pipe, no file, and no `TERM=dumb`."""
    return stream.isatty() and os.environ.get("TERM", "") not in ("dumb", "unknown")


# ---- lines


def set_up_logging(*, verbose: bool, quiet: bool, terse: bool = False) -> None:
    """Our own log, and nobody else's, on stderr. `terse`: warnings, and a word where something takes long."""
    handler = _Stderr()
    handler.setFormatter(_Json() if LogSettings.format is LogFormat.json else _Text())
    root = logging.getLogger("rc2graph")
    root.handlers[:] = [handler]
    root.propagate = False
    root.setLevel(logging.DEBUG if verbose else logging.WARNING if quiet or terse else logging.INFO)
    watch.stop()
    if not quiet:
        watch.start(f"rc2graph {LogSettings.verb}".rstrip() + " is at work")


class _Stderr(logging.Handler):
    """Writes to what stderr is at the moment: above the bars, while there are any."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            watch.say(self.format(record))
        except OSError:
            self.handleError(record)


class _Text(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        return next_steps.complete(harmless(super().format(record)))


class _Json(logging.Formatter):
    """An object a line: time (ISO, UTC), level, message, and the fields of the event where it has any."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        told = {"time": at, "level": record.levelname, "message": next_steps.complete(harmless(record.getMessage()))}
        return json.dumps({**told, **getattr(record, "fields", {})}, default=str)


def event(name: str, **fields: object) -> dict[str, dict[str, object]]:
    """Fields for `extra=` of a log line: in JSON they stand beside the message."""
    return {"fields": {"event": name, **fields}}


def note(text: str, level: int = logging.WARNING, **fields: object) -> None:
    """A line on stderr that no option takes away: plain text, or an object where the log is JSON."""
    if LogSettings.format is LogFormat.json:
        record = logging.LogRecord("rc2graph", level, "", 0, text, None, None)
        record.fields = fields
        watch.say(_Json().format(record))
    else:
        watch.say("\n".join(next_steps.complete(harmless(line)) for line in text.splitlines()))


def failed(error: "Rc2graphError") -> None:
    """What failed, why, and what to do next."""
    if LogSettings.format is LogFormat.json:
        note(
            error.what, logging.ERROR, event="failed", why=next_steps.complete(harmless(error.why)),
            next=next_steps.complete(harmless(error.next_step)),
            exitCode=error.exit_code,
        )  # fmt: skip
    else:
        note(
            "\n".join(
                part for line in str(error).splitlines() for part in folded(next_steps.complete(line), sys.stderr)
            )
        )


def folded(line: str, stream: TextIO) -> list[str]:
    """Between words where that is a terminal. A line with a command stays one, so that it can be copied."""
    width = shutil.get_terminal_size().columns if is_terminal(stream) else 0
    if width <= 20 or len(line) <= width or "rc2graph " in line:
        return [line]
    return textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)


def interrupted(text: str) -> None:
    if LogSettings.format is LogFormat.json:
        note(f"Interrupted. {text}".rstrip(), logging.ERROR, event="interrupted", exitCode=130)
    else:
        watch.say(f"\nInterrupted. {next_steps.complete(text)}".rstrip())


# ---- never silent


class Watch:
    """Says what is being done when nothing was said for some seconds: a line in a log, and on a terminal one that is
    written over, and gone when anything else is printed."""

    def __init__(self) -> None:
        self.doing = ""
        self._lock = threading.RLock()
        self._end: threading.Event | None = None
        self._began = self._heard = time.monotonic()
        self._screen, self._live = sys.stderr, False
        self._shown = False
        self._resting = 0

    def start(self, doing: str) -> None:
        self.doing, self._end = doing, threading.Event()
        self._began = self._heard = time.monotonic()
        self._screen, self._live = sys.stderr, is_terminal(sys.stderr) and LogSettings.format is LogFormat.text
        if self._live:
            sys.stderr = _Clearing(sys.stderr, self)
            if sys.stdout.isatty():
                sys.stdout = _Clearing(sys.stdout, self)
        threading.Thread(target=self._watch, args=(self._end,), name="watch", daemon=True).start()

    def stop(self) -> None:
        if self._end is not None:
            self._end.set()
            self._end = None
        self.clear()
        if isinstance(sys.stdout, _Clearing):
            sys.stdout = sys.stdout.stream
        if isinstance(sys.stderr, _Clearing):
            sys.stderr = sys.stderr.stream

    def say(self, line: str) -> None:
        """A line on stderr."""
        with self._lock:
            self.clear()
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()
            self._heard = time.monotonic()

    def clear(self) -> None:
        """Take the line away that is written over. Without one no lock is taken: the bars have theirs."""
        self._heard = time.monotonic()
        if not self._shown:
            return
        with self._lock:
            if self._shown:
                self._screen.write("\r\x1b[2K")
                self._screen.flush()
                self._shown = False

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Somebody else shows that things go on."""
        with self._lock:
            self.clear()
            self._resting += 1
        try:
            yield
        finally:
            self._resting -= 1
            self._heard = time.monotonic()

    def _watch(self, end: threading.Event) -> None:
        soon = SOON["terminal" if self._live else "lines"]
        while not end.wait(1.0 if self._shown else max(soon - (time.monotonic() - self._heard), 0.5)):
            with self._lock:
                silent = time.monotonic() - self._heard
                if end.is_set() or self._resting or (silent < soon and not self._shown) or _person():
                    continue
                self._tell()

    def _tell(self) -> None:
        seconds = time.monotonic() - self._began
        if self._live:
            width = max(shutil.get_terminal_size().columns - 1, 20)
            text = harmless(f"{self.doing} ({seconds:.0f} s)")
            self._screen.write(f"\r\x1b[2K{short(text, width)}")
            self._screen.flush()
            self._shown = True
            return
        record = log.makeRecord(
            log.name, logging.INFO, "", 0, "%s (%.0f s)", (self.doing, seconds), None,
            extra=event("working", doing=self.doing, seconds=round(seconds, 1)),
        )  # fmt: skip
        for handler in log.handlers:
            handler.handle(record)


def _person() -> bool:
    """Whether it is a person that the main thread waits for."""
    main = threading.main_thread().ident
    frame = sys._current_frames().get(main or 0)
    while frame is not None:
        if frame.f_globals.get("__name__", "").rpartition(".")[2] in FOR_A_PERSON:
            return True
        frame = frame.f_back
    return False


class _Clearing:
    """stdout or stderr that takes the watch's line away before it writes: it is all the same terminal."""

    def __init__(self, stream: TextIO, watch: Watch) -> None:
        self.stream, self._watch = stream, watch

    def write(self, text: str) -> int:
        self._watch.clear()
        return self.stream.write(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


watch = Watch()


@contextmanager
def doing(what: str) -> Iterator[None]:
    """What the watch says of this block, where it takes long."""
    before, watch.doing = watch.doing, what
    try:
        yield
    finally:
        watch.doing = before


def batches(step: str, done: int, total: int) -> None:
    """How far a load is in the graph (`graph.plan.Progress`)."""
    of = f" {done:,} of {total:,}" if total > done else f" {done:,}" if done else ""
    watch.doing = f"in the graph: {step}{of}"
