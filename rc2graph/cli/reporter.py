"""What `load`, `collect` and `demo` show while a workspace is read, and how they go on after an interruption."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rc2graph.cli.activity import working
from rc2graph.cli.interrupt import Interrupted
from rc2graph.cli.logging import event, log
from rc2graph.cli.options import as_typed
from rc2graph.cli.progress import ProgressReport
from rc2graph.pipeline import Reporter

if TYPE_CHECKING:
    from rc2graph.collection import Progress
    from rc2graph.config import GraphTarget, Source
    from rc2graph.rocketchat.preflight import Preflight

PARTIAL = 5
"""Exit code of a run that has ended well, and has not seen everything."""


class CommandReporter(Reporter):
    """Lines in the log, and how far it is below them. `again`: the command that goes on after an interruption,
    "" as long as nothing was read."""

    def __init__(self, *, again: str = "") -> None:
        self.progress, self.again = ProgressReport(), again

    def reached(self, graph: "GraphTarget", version: str | None) -> None:
        log.info("%s is reached%s", graph, f" (version {version})" if version else ", and empty yet")

    def reading(self, source: "Source", workspace: str, *, resumed: bool) -> None:
        self.again, working.doing = as_typed(), f"reading {source.url}"
        log.info(
            "reading %s%s", source.url, ", going on where the last run stopped" if resumed else "",
            extra=event("reading", url=source.url, workspace=workspace, resumed=resumed),
        )  # fmt: skip

    def caller(self, found: "Preflight") -> None:
        log.info(
            "Rocket.Chat%s; the token belongs to %s (roles: %s)",
            f" {found.version}" if found.version else ", version not known",
            found.caller.username, ", ".join(found.caller.roles or ()),
            extra=event("caller", version=found.version, username=found.caller.username, roles=found.caller.roles),
        )  # fmt: skip
        for warning in found.warnings:
            log.warning("%s", warning)

    def collecting(self, progress: "Progress") -> None:
        self.progress(progress)

    def ended(self) -> None:
        self.progress.close()

    def collected(self, snapshot: Path) -> None:
        self.again = as_typed("--snapshot", snapshot)

    def loading(self, step: str, done: int, total: int) -> None:
        of = f" {done:,} of {total:,}" if total > done else f" {done:,}" if done else ""
        working.doing = f"in the graph: {step}{of}"

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        try:
            yield
        except Interrupted:
            raise Interrupted(f"What was read is kept. Go on with: {self.again}" if self.again else "") from None


def time_text(seconds: dict[str, float]) -> str:
    names = {
        "working": "working",
        "limiter": "waiting for the rate limit",
        "retrying": "retrying",
        "graph": "in the graph",
    }
    return ", ".join(f"{value:.1f} s {names.get(name, name)}" for name, value in seconds.items())
