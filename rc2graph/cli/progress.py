"""How far a collection is: bars on a terminal, lines elsewhere."""

import math
import sys
import time
from typing import TYPE_CHECKING, Any, TextIO

from rc2graph.cli.logging import LogFormat, LogSettings, event, is_terminal, log, watch
from rc2graph.text import counted

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

    from rc2graph.collection import Progress

OFTEN = 5.0
"""Seconds between two lines. Where a collection stands still, the watch speaks."""
WAITING = "waiting for the limiter"


class ProgressReport:
    """Tells how far a collection is: bars on a terminal, lines elsewhere, nothing when asked to be quiet."""

    def __init__(self, *, quiet: bool, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr
        self.quiet = quiet
        self._bars: Bars | None = None
        self._tasks: dict[str, Any] = {}
        self._rest: Any = None
        self._last, self._last_text = time.monotonic(), ""

    def __call__(self, progress: "Progress") -> None:
        if self.quiet:
            return
        if LogSettings.format is LogFormat.text and is_terminal(self.stream):
            self._show(progress)
            return
        text = in_words(progress)
        watch.doing = text
        if text != self._last_text and time.monotonic() - self._last >= OFTEN:
            log.info("%s", text, extra=event("progress", **fields(progress)))
            self._last, self._last_text = time.monotonic(), text

    def _show(self, progress: "Progress") -> None:
        if self._bars is None:
            self._bars = _bars(self.stream)
            self._rest = watch.resting()
            self._rest.__enter__()
            self._bars.start()
        for name, done, total in (
            ("users", progress.users, progress.users_total),
            ("members of teams", progress.teams, progress.teams_total),
            ("accounts asked for teams", progress.accounts_asked, progress.accounts_asked + progress.accounts_left),
        ):
            if total:
                if name not in self._tasks:
                    self._tasks[name] = self._bars.add_task(name, total=total, end="")
                self._bars.update(self._tasks[name], completed=done, total=total)
        if "stage" not in self._tasks:
            self._tasks["stage"] = self._bars.add_task("", total=None, end="")
        self._bars.update(
            self._tasks["stage"], description=WAITING if progress.waiting else progress.stage, end=left(progress)
        )

    def close(self) -> None:
        if self._bars is not None:
            self._bars.stop()
            self._bars = None
            self._rest.__exit__(None, None, None)


def _bars(stream: TextIO) -> "Bars":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
    from rich.text import Text

    class Far(ProgressColumn):
        def render(self, task: Task) -> Text:
            if task.total is not None:
                return Text(f"{task.completed:,.0f} of {task.total:,.0f}")
            minutes, seconds = divmod(int(task.elapsed or 0), 60)
            return Text(f"{minutes}:{seconds:02}{', ' if task.fields['end'] else ''}{task.fields['end']}")

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        Far(),
        console=Console(file=stream),
        transient=True,
        redirect_stdout=False,
    )


def in_words(progress: "Progress") -> str:
    parts = [progress.stage]
    if progress.users_total is not None:
        parts.append(f"{progress.users:,} of {counted(progress.users_total, 'user')}")
    if progress.teams_total is not None:
        parts.append(f"members of {progress.teams:,} of {counted(progress.teams_total, 'team')}")
    if progress.accounts_asked or progress.accounts_left:
        parts.append(
            f"{counted(progress.accounts_asked, 'account')} asked for teams, at most {progress.accounts_left:,} more"
        )
    return ", ".join(part for part in (*parts, left(progress), WAITING if progress.waiting else "") if part)


def left(progress: "Progress") -> str:
    """Minutes that the limiter will still make it take; "" where that is not known, or no matter."""
    if not progress.seconds_left:
        return ""
    minutes = progress.seconds_left / 60
    if progress.at_most:
        return f"at most {math.ceil(minutes)} min left"
    return f"about {max(round(minutes), 1)} min left"


def fields(progress: "Progress") -> dict[str, object]:
    return {
        "stage": progress.stage, "users": progress.users, "usersTotal": progress.users_total,
        "teams": progress.teams, "teamsTotal": progress.teams_total, "accountsAsked": progress.accounts_asked,
        "accountsLeft": progress.accounts_left, "requests": progress.requests, "secondsLeft": progress.seconds_left,
        "waiting": progress.waiting,
    }  # fmt: skip
