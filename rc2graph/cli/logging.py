"""What is said on stderr while a verb works: log lines, or JSON."""

import json
import logging
import shutil
import sys
import textwrap
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TextIO

from rc2graph.cli import next_steps
from rc2graph.cli.activity import working
from rc2graph.cli.streams import is_terminal
from rc2graph.text import harmless

if TYPE_CHECKING:
    from rc2graph.errors import Rc2graphError

log = logging.getLogger("rc2graph")


class LogFormat(StrEnum):
    text = "text"
    json = "json"


class LogSettings:
    """What was chosen for this process, before the verb begins."""

    verb = ""
    format = LogFormat.text


def set_up_logging(*, verbose: bool, quiet: bool, terse: bool = False) -> None:
    """Our own log, and nobody else's, on stderr. `terse`: warnings, and a word where something takes long."""
    handler = _Stderr()
    handler.setFormatter(_Json() if LogSettings.format is LogFormat.json else _Text())
    root = logging.getLogger("rc2graph")
    root.handlers[:] = [handler]
    root.propagate = False
    root.setLevel(logging.DEBUG if verbose else logging.WARNING if quiet or terse else logging.INFO)
    working.stop()
    if not quiet:
        said = f"rc2graph {LogSettings.verb}".rstrip() + " is at work"
        working.start(said, _still, lines=LogSettings.format is LogFormat.json)


def _still(doing: str, seconds: float) -> None:
    """Said also where the log is of warnings alone."""
    fields = event("working", doing=doing, seconds=round(seconds, 1))
    said = (doing, seconds)
    log.handle(log.makeRecord(log.name, logging.INFO, "", 0, "%s (%.0f s)", said, None, extra=fields))


class _Stderr(logging.Handler):
    """Writes to what stderr is at the moment: above what is shown there."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            working.say(self.format(record))
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
        working.say(_Json().format(record))
    else:
        working.say("\n".join(next_steps.complete(harmless(line)) for line in text.splitlines()))


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
    """Between words where that is a terminal, indented as the line is. A line with a command stays one, so that it can
    be copied."""
    width = shutil.get_terminal_size().columns if is_terminal(stream) else 0
    if width <= 20 or len(line) <= width or "rc2graph " in line:
        return [line]
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.wrap(line, width, subsequent_indent=indent * 3, break_long_words=False, break_on_hyphens=False)


def interrupted(text: str) -> None:
    if LogSettings.format is LogFormat.json:
        note(f"Interrupted. {text}".rstrip(), logging.ERROR, event="interrupted", exitCode=130)
    else:
        working.say(f"\nInterrupted. {next_steps.complete(text)}".rstrip())
