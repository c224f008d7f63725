"""`rc2graph demo`: a made-up company on two days, loaded into a graph, and what was found in it. Needs nothing."""

import os
import shlex
import shutil
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from rc2graph.cli import options as o
from rc2graph.cli.interrupt import Interrupted
from rc2graph.cli.terminal import say
from rc2graph.config import DEMO
from rc2graph.errors import UsageError
from rc2graph.text import harmless, listed

MARK = "made-by-rc2graph-demo"
"""A file that tells a folder of the demo from one that is somebody's."""
WIDTH = 80
MORE = (
    ("review",),
    ("who", "admin"),
    ("query", "revocations-outstanding"),
)
OWN = ("check", "load", "query deactivated-members")


@o.group
class Terse(o.LogOptions):
    """The log is not what a person wants to see here."""

    terse = True


def register(app: typer.Typer) -> None:
    @app.command(short_help="Load a made-up company into a graph, and show what is found.")
    def demo(
        folder: Annotated[
            Path, typer.Argument(help="Where to keep graph and snapshots.", show_default=str(DEMO))
        ] = DEMO,
        *,
        remove: Annotated[bool, typer.Option("--remove", help="Remove what an earlier demo left there.")] = False,
        keep: Annotated[bool, typer.Option("--keep", help="Keep the graph, as it does anyway.", hidden=True)] = False,
        logging: Terse,
    ) -> None:
        """Simulate a company on two days, load both into an embedded graph, and show what a list of accounts does not.

        Example: rc2graph demo
        """
        began = time.monotonic()
        if remove:
            _remove(folder)
            return
        if os.environ.get("NEO4J_URI"):
            say("NEO4J_URI is set; the demo does not touch that Neo4j, it makes a graph of its own.")
        try:
            with _home(folder) as home:
                _tell(home, kept=home == folder, began=began)
        except Interrupted:
            raise Interrupted(f"Go on with: {o.as_typed()}") from None


def _tell(home: Path, *, kept: bool, began: float) -> None:
    from rc2graph.cli.demo_days import COMPANY, load_two_days
    from rc2graph.cli.demo_findings import findings, overnight
    from rc2graph.config import GraphTarget
    from rc2graph.graph import state
    from rc2graph.graph.connect import connect

    requests = load_two_days(home)
    program, folder = _program(), shlex.quote(str(home if kept else DEMO))
    before = "NEO4J_URI= " if os.environ.get("NEO4J_URI") else ""

    def command(*words: str) -> None:
        say(harmless(f"     {before}{program} {shlex.join(words)} --home {folder}"))

    with connect(GraphTarget(home=home), write=False, wait=10) as opened:
        graph = opened.workspace(COMPANY)
        there = state.counts(graph)
        _paragraph(
            f"{requests} requests later it is a graph, of yesterday and today: {there['users']:,} accounts, "
            f"{there['roles']:,} roles, {there['teams']:,} teams, {there['MEMBER_OF']:,} memberships. "
            "What a list of accounts does not show:"
        )
        for number, found in enumerate(chain(findings(graph), overnight(home)), 1):
            say()
            _paragraph(found.text, f"{number}. ")
            command(*found.command)
    say()
    seconds = f"Done in {time.monotonic() - began:.1f} s"
    if kept:
        _paragraph(f"{seconds}. Graph and snapshots stay in {home}. More to ask:")
    else:
        _paragraph(f"{seconds}. This folder cannot be written, so nothing is left of it. In one that can, also ask:")
    for words in MORE:
        command(*words)
    say(f"     {program} demo --remove{'' if home == DEMO else f' {folder}'}")
    say("For your own workspace, set ROCKETCHAT_URL, ROCKETCHAT_USER_ID and\nROCKETCHAT_AUTH_TOKEN, then:")
    for line in OWN:
        say(f"     {program} {line}")


def _program() -> str:
    """What to type: `rc2graph`, or with its folder where no shell would find it, as in an environment not activated."""
    typed = Path(sys.argv[0])
    return "rc2graph" if typed.stem != "rc2graph" or shutil.which("rc2graph") else shlex.quote(str(typed))


@contextmanager
def _home(folder: Path) -> Iterator[Path]:
    """The folder, new or emptied of an earlier demo; where that cannot be written and was not asked for, one that goes.
    Errors: `UsageError`."""
    from rc2graph.scratch import scratch
    from rc2graph.snapshot.home import require_writable

    if folder.is_dir() and any(folder.iterdir()):
        _require_ours(folder, "rc2graph demo FOLDER")
        _empty(folder)
    try:
        require_writable(folder)
    except UsageError:
        if folder != DEMO:
            raise
        with scratch("demo") as temporary:
            yield temporary
        return
    (folder / MARK).touch(mode=0o600)
    yield folder


def _remove(folder: Path) -> None:
    """Remove what the demo has made. What somebody has put there besides stays. Errors: `UsageError`."""
    if not folder.exists():
        say(f"There is no folder {folder}.")
        return
    _require_ours(folder, "rc2graph demo --remove FOLDER")
    _empty(folder)
    (folder / MARK).unlink()
    if left := sorted(path.name for path in folder.iterdir()):
        say(harmless(f"Removed what the demo made. {folder} stays, for it also holds {listed(left)}."))
        return
    folder.rmdir()
    say(harmless(f"Removed {folder}."))


def _require_ours(folder: Path, example: str) -> None:
    if not (folder / MARK).exists():
        raise UsageError(
            f"The folder {folder} holds something else.",
            "It is not empty, and not of an earlier demo.",
            f"Name another: {example}",
        )


def _empty(folder: Path) -> None:
    """Remove what the demo makes, but for its mark."""
    from rc2graph.cli.demo_days import WORKSHEET
    from rc2graph.snapshot import past_reviews, store

    for name in ("graph", "graph.lock", store.FOLDER, store.LOADED, past_reviews.FILE, WORKSHEET):
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _paragraph(text: str, label: str = "") -> None:
    for line in textwrap.wrap(
        harmless(text), WIDTH, initial_indent=label, subsequent_indent=" " * len(label),
        break_long_words=False, break_on_hyphens=False,
    ):  # fmt: skip
        say(line)
