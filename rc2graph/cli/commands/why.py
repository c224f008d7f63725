"""`rc2graph why`: every path from a person to a permission, role, team or room; without one, all of it."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rc2graph.cli import complete
from rc2graph.cli import options as o
from rc2graph.cli.terminal import print_json, say
from rc2graph.errors import UsageError
from rc2graph.text import harmless

if TYPE_CHECKING:
    from rich.console import RenderableType

    from rc2graph.config import GraphTarget


@o.group
class WhyOutput(o.OutputOptions):
    mermaid: Annotated[bool, typer.Option("--mermaid", help="Print a Mermaid flowchart on stdout.")] = False
    link: Annotated[bool, typer.Option("--link", help="Print a link into Neo4j Browser on stdout.")] = False
    html: Annotated[Path | None, typer.Option("--html", help="Write a page with a picture to this file.")] = None


def register(app: typer.Typer) -> None:
    @app.command()
    def why(
        user: Annotated[
            str, typer.Argument(help="Username, id (also id:…) or name of the account.", autocompletion=complete.people)
        ],
        access: o.Access = "",
        *,
        as_of: o.AsOf = "",
        at: o.GraphOptions,
        output: WhyOutput,
        logging: o.LogOptions,
    ) -> None:
        """Say through what somebody has access, or what they have at all.

        Example: rc2graph why kurt.keys admin
        """
        from rc2graph import ask
        from rc2graph.render import html as render_html
        from rc2graph.render import terminal as render_terminal
        from rc2graph.render.mermaid import mermaid
        from rc2graph.reports.browser.link import browser_link

        target, html = at.target(), output.html
        at_day = {"workspace": at.workspace, "as_of": as_of}
        found = ask.why(target, user, access, **at_day) if access else ask.why(target, user, **at_day)
        link = None if as_of else browser_link(target, found.statement, found.params)
        if html:
            _write(html, render_html.page(found, link=link))
        if output.json:
            print_json({**found.as_dict(), "browser": link})
        elif output.mermaid:
            sys.stdout.write(mermaid(found.paths))
        elif output.link:
            say(_one(link, target, as_of))
        else:
            show(render_terminal.shown(found))
            if link:
                show([f"[link={link}]Open in Neo4j Browser[/link] (--link prints the address)"])
            if html:
                say(harmless(f"Page: {html}"))


def _one(link: str | None, target: "GraphTarget", as_of: str) -> str:
    if link is None:
        why = "The graph is embedded." if target.is_embedded else "Its Browser takes none, or an id is of an odd form."
        why = "A snapshot is asked, which is in no Neo4j." if as_of else why
        raise UsageError(
            f"There is no link into a Neo4j Browser for {target.inside}.", why, "rc2graph why … --html FILE"
        )
    return link


def show(parts: Iterable["RenderableType"]) -> None:
    from rich.console import Console

    console = Console(file=sys.stdout, highlight=False)
    if not console.is_terminal:
        console.width = 4096  # a pipe has no width: fold nothing
    with console.capture() as capture:
        for part in parts:
            console.print(part)
    for line in capture.get().splitlines():
        say(line.rstrip())


def _write(file: Path, page: str) -> None:
    """For its owner's eyes, as everything that says who has access to what."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as out:
            out.write(page)
    except OSError as error:
        raise UsageError(
            f"The page {str(file)!r} cannot be written.", f"{error.strerror}.", "Name another file with --html."
        ) from error
