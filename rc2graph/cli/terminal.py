"""What a person sees: tables, plain or JSON output, progress. Foreign text is data and never drives the terminal."""

import csv
import io
import json
import logging
import math
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from rc2graph.text import harmless, harmless_cell

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

    from rc2graph.collect import Progress

log = logging.getLogger("rc2graph")

SILENT_AT_MOST = 10.0
"""Seconds: nothing is ever silent for longer."""


def say(text: str = "") -> None:
    """A line on stdout."""
    sys.stdout.write(f"{text}\n")


def print_json(value: object) -> None:
    json.dump(_finite(value), sys.stdout, indent=2, ensure_ascii=True, default=str)
    sys.stdout.write("\n")


def _finite(value: object) -> object:
    """JSON has no NaN and no Infinity, which a statement of a person's own may return: they become text."""
    match value:
        case float():
            return value if math.isfinite(value) else str(value)
        case Mapping():
            return {key: _finite(one) for key, one in value.items()}
        case list() | tuple():
            return [_finite(one) for one in value]
    return value


def print_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([harmless_cell(column) for column in columns])
    for row in rows:
        writer.writerow([harmless_cell(shown(value)) for value in row])
    sys.stdout.write(buffer.getvalue())


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=sys.stdout, highlight=False)
    if not console.is_terminal:
        console.width = 4096  # a pipe has no width: cut nothing
    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(Text(harmless(column)), overflow="fold")
    for row in rows:
        table.add_row(*(Text(harmless("" if value is None else shown(value))) for value in row))
    with console.capture() as capture:
        console.print(table)
    sys.stdout.writelines(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def orphans_text(fetched: int | None, total: int | None) -> str:
    """Why a complete list of members is shorter than the rows that the server counts; "" where it is not."""
    rows = (total or 0) - (fetched or 0)
    if rows <= 0:
        return ""
    if rows == 1:
        return "1 row of team members belongs to an account that was deleted."
    return f"{rows} rows of team members belong to accounts that were deleted."


def shown(value: object) -> object:
    """One value of an answer as text: lists by their members, nodes by what names them, paths by their steps."""
    if value is None or isinstance(value, bool | int | float | str):
        return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
    plain_value = plain(value)
    if isinstance(plain_value, list):
        return ", ".join(str(shown(item)) for item in plain_value)
    if isinstance(plain_value, dict) and "path" in plain_value:
        return plain_value["path"]
    if isinstance(plain_value, dict):
        return json.dumps(plain_value, ensure_ascii=False, default=str)
    return str(plain_value)


def plain(value: object) -> Any:
    """Values of the driver as JSON knows them."""
    from neo4j.graph import Node, Path, Relationship

    if isinstance(value, Node):
        return {"labels": sorted(value.labels), **dict(value)}
    if isinstance(value, Relationship):
        return {"type": value.type, **dict(value)}
    if isinstance(value, Path):
        steps = [_name(value.start_node)]
        for edge in value.relationships:
            forward = edge.start_node is not None and steps and _name(edge.start_node) == steps[-1]
            other = edge.end_node if forward else edge.start_node
            steps += [f"-{edge.type}->" if forward else f"<-{edge.type}-", _name(other)]
        return {"path": " ".join(steps)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, bool | int | float | str) or value is None:
        return value
    return str(value)


def _name(node: Any) -> str:
    return str(node.get("username") or node.get("name") or node.get("id") or "?")


class Teller:
    """Tells how far a collection is: a bar on a terminal, lines elsewhere, nothing when asked to be quiet."""

    def __init__(self, *, quiet: bool, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr
        self.quiet = quiet
        self._bars: Bars | None = None
        self._task: Any = None
        self._last, self._last_text = time.monotonic(), ""

    def __call__(self, progress: "Progress") -> None:
        text = self._text(progress)
        if self.quiet:
            return
        if not self.stream.isatty():
            due = time.monotonic() - self._last
            if due >= SILENT_AT_MOST or (text != self._last_text and due >= 5):
                log.info(text)
                self._last, self._last_text = time.monotonic(), text
            return
        if self._bars is None:
            from rich.console import Console
            from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bars

            self._bars = Bars(
                SpinnerColumn(),
                TextColumn("{task.description}", markup=False),
                BarColumn(bar_width=30),
                TimeElapsedColumn(),
                console=Console(file=self.stream),
                transient=True,
            )
            self._bars.start()
            self._task = self._bars.add_task("reading", total=None)
        done = progress.teams + progress.accounts_asked
        total = (progress.teams_total or 0) + progress.accounts_asked + progress.accounts_left
        self._bars.update(self._task, description=text, completed=done, total=total or None)

    def _text(self, progress: "Progress") -> str:
        parts = [progress.stage]
        if progress.users_total is not None:
            parts.append(f"{progress.users:,} of {progress.users_total:,} users")
        if progress.teams_total is not None:
            parts.append(f"members of {progress.teams:,} of {progress.teams_total:,} teams")
        if progress.accounts_asked or progress.accounts_left:
            parts.append(
                f"{progress.accounts_asked:,} accounts asked for teams, at most {progress.accounts_left:,} more"
            )
        if progress.seconds_left:
            parts.append(f"about {max(round(progress.seconds_left / 60), 1)} min left")
        return ", ".join(parts)

    def close(self) -> None:
        if self._bars is not None:
            self._bars.stop()
            self._bars = None


def set_up_logging(*, verbose: bool, quiet: bool) -> None:
    """Our own log, and nobody else's, on stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Harmless("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S"))
    root = logging.getLogger("rc2graph")
    root.handlers[:] = [handler]
    root.propagate = False
    root.setLevel(logging.DEBUG if verbose else logging.WARNING if quiet else logging.INFO)


class _Harmless(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return harmless(super().format(record))
