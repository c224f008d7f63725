"""How far a collection is: bars on a terminal, lines in a log."""

import math
import time
from typing import TYPE_CHECKING

from rc2graph.cli.activity import working
from rc2graph.cli.logging import event, log
from rc2graph.text import counted

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

    from rc2graph.collection import Progress

OFTEN = 5.0
"""Seconds between two lines. Where a collection stands still, `working` speaks."""


class ProgressReport:
    """Says how far a collection is."""

    def __init__(self) -> None:
        self._bars: Bars | None = None
        self._before, self._last, self._last_text = working.doing, time.monotonic(), ""

    def __call__(self, progress: "Progress") -> None:
        if working.display:
            working.doing = ", ".join(filter(None, (progress.stage, left(progress), waiting(progress))))
            self._show(progress)
            return
        text = working.doing = in_words(progress)
        if text != self._last_text and time.monotonic() - self._last >= OFTEN:
            log.info("%s", text, extra=event("progress", **fields(progress)))
            self._last, self._last_text = time.monotonic(), text

    def _show(self, progress: "Progress") -> None:
        self._bars = working.bars = self._bars or _bars()
        counts = {
            "users": (progress.users, progress.users_total),
            "members of teams": (progress.teams, progress.teams_total),
            "accounts asked for teams": (progress.accounts_asked, progress.accounts_asked + progress.accounts_left),
        }
        for task, (done, total) in zip(self._bars.tasks, counts.values(), strict=True):
            self._bars.update(task.id, completed=done, total=total, visible=bool(total))
        working.show()

    def close(self) -> None:
        if self._bars:
            self._bars = working.bars = None
            working.hide()
        working.doing = self._before


def _bars() -> "Bars":
    """Cyan until they are full: what is not finished has not failed."""
    from rich.progress import BarColumn, Progress, TextColumn

    bars = Progress(
        TextColumn("  {task.description}"),
        BarColumn(bar_width=20, complete_style="cyan", finished_style="green"),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f}"),
    )
    for name in ("users", "members of teams", "accounts asked for teams"):
        bars.add_task(name, total=1, visible=False)
    return bars


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
    return ", ".join(part for part in (*parts, left(progress), waiting(progress)) if part)


def waiting(progress: "Progress") -> str:
    """What nothing moves for; "" where something does."""
    if progress.away:
        return "waiting for Rocket.Chat to answer again"
    return "waiting for the rate limit" if progress.waiting else ""


def left(progress: "Progress") -> str:
    """Minutes that the rate limit will still make it take; "" where that is not known, or no matter."""
    if not progress.seconds_left or progress.away:
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
        "waiting": progress.waiting or progress.away,
    }  # fmt: skip
