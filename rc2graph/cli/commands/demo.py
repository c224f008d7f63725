"""`rc2graph demo`: a made-up company, loaded into a graph, and what was found in it. Needs nothing, leaves nothing."""

import os
import shlex
import shutil
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from rc2graph.cli import options as o
from rc2graph.cli.activity import doing
from rc2graph.cli.interrupt import Interrupted
from rc2graph.cli.terminal import say
from rc2graph.config import Source
from rc2graph.errors import UsageError
from rc2graph.text import harmless

COMPANY = "demo"
FOLDER = Path("rc2graph-demo")
MARK = "made-by-rc2graph-demo"
"""A file that tells a folder of the demo from one that is somebody's."""
WIDTH = 80
MORE = (
    ("review",),
    ("who", "admin"),
    ("status",),
)
OWN = ("check", "load", "query deactivated-members")


@o.group
class Terse(o.LogOptions):
    """The log is not what a person wants to see here."""

    terse = True


def register(app: typer.Typer) -> None:
    @app.command(short_help="Load a made-up company into a graph, and show what is found.")
    def demo(
        folder: Annotated[Path, typer.Argument(help="With --keep: where.", show_default=str(FOLDER))] = FOLDER,
        *,
        keep: Annotated[bool, typer.Option("--keep", help="Leave graph and snapshot there, to ask them more.")] = False,
        logging: Terse,
    ) -> None:
        """Simulate a company, load it into an embedded graph, and show what a list of its accounts does not.

        Example: rc2graph demo --keep
        """
        if folder != FOLDER and not keep:
            raise UsageError(
                "The demo leaves nothing behind.",
                f"What should be in {folder}?",
                f"rc2graph demo --keep {shlex.quote(str(folder))}",
            )
        began = time.monotonic()
        if os.environ.get("NEO4J_URI"):
            say("NEO4J_URI is set; the demo does not touch that Neo4j, it makes a graph of its own.")
        try:
            with _home(folder if keep else None) as home:
                _tell(home, keep=keep, began=began)
        except Interrupted:
            raise Interrupted(f"Go on with: {o.as_typed()}" if keep else "Nothing is left behind.") from None


def _tell(home: Path, *, keep: bool, began: float) -> None:
    from rc2graph.cli.demo_findings import findings
    from rc2graph.config import GraphTarget
    from rc2graph.graph import state
    from rc2graph.graph.connect import connect

    requests = _load(home)
    program = _program()
    before = "NEO4J_URI= " if keep and os.environ.get("NEO4J_URI") else ""
    after = f" --home {shlex.quote(str(home))}" if keep else ""

    def command(*words: str) -> None:
        say(harmless(f"     {before}{program} {shlex.join(words)}{after}"))

    with connect(GraphTarget(home=home), write=False, wait=10) as opened:
        graph = opened.workspace(COMPANY)
        there = state.counts(graph)
        _paragraph(
            f"{requests} requests later it is a graph: {there['users']:,} accounts, {there['roles']:,} roles, "
            f"{there['teams']:,} teams, {there['MEMBER_OF']:,} memberships. What a list of accounts does not show:"
        )
        for number, found in enumerate(findings(graph), 1):
            say()
            _paragraph(found.text, f"{number}. ")
            command(*found.command)
    say()
    seconds = f"Done in {time.monotonic() - began:.1f} s"
    if keep:
        _paragraph(f"{seconds}. Graph and snapshot are in {home}; delete it when you are done. More to ask:")
        for words in MORE:
            command(*words)
    else:
        say(f"{seconds}; nothing is left behind. To ask that graph more:")
        command("demo", "--keep")
    say("For your own workspace, set ROCKETCHAT_URL, ROCKETCHAT_USER_ID and\nROCKETCHAT_AUTH_TOKEN, then:")
    for line in OWN:
        say(f"     {program} {line}")


def _program() -> str:
    """What to type: `rc2graph`, or with its folder where no shell would find it, as in an environment not activated."""
    typed = Path(sys.argv[0])
    return "rc2graph" if typed.stem != "rc2graph" or shutil.which("rc2graph") else shlex.quote(str(typed))


def _load(home: Path) -> int:
    """Simulate the company, collect it and load it, as `rc2graph load` does. How many requests that took."""
    from rc2graph.cli.reporter import CommandReporter
    from rc2graph.config import GraphTarget
    from rc2graph.pipeline import load
    from rc2graph.simulator.demo import demo_server

    with doing("reading the company"), demo_server() as simulator:
        say(f"A made-up company answers at {simulator.url} as a Rocket.Chat would.")
        source, reporter = Source(simulator.url, *simulator.credentials), CommandReporter()
        loaded = load(source, GraphTarget(home=home), workspace=COMPANY, reporter=reporter)
    return loaded.collected.requests if loaded.collected else 0


@contextmanager
def _home(folder: Path | None) -> Iterator[Path]:
    """Where the demo works: a folder that is kept, or one that goes. Errors: `UsageError`."""
    from rc2graph.scratch import scratch
    from rc2graph.snapshot.home import require_writable

    if folder is None:
        with scratch("demo") as temporary:
            yield temporary
        return
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise UsageError(
            f"The folder {folder} holds something else.",
            "It is not empty, and not of an earlier demo.",
            "Name another: rc2graph demo --keep FOLDER",
        )
    require_writable(folder)
    (folder / MARK).touch(mode=0o600)
    yield folder


def _paragraph(text: str, label: str = "") -> None:
    for line in textwrap.wrap(
        harmless(text), WIDTH, initial_indent=label, subsequent_indent=" " * len(label),
        break_long_words=False, break_on_hyphens=False,
    ):  # fmt: skip
        say(line)
