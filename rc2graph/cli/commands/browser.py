"""`rc2graph browser`: Neo4j Browser set up for looking at access: colours, favourites, a guide, links."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from rc2graph.cli import options as o
from rc2graph.cli.activity import working
from rc2graph.cli.terminal import print_json, say
from rc2graph.text import counted, harmless

if TYPE_CHECKING:
    from rc2graph.reports.browser.serve import Server

PORT = 8474


def register(app: typer.Typer) -> None:
    @app.command(short_help="Write what makes Neo4j Browser show access as pictures.")
    def browser(
        *,
        folder: Annotated[Path, typer.Option("--dir", help="Folder to write into.")] = Path("rc2graph-browser"),
        overwrite: o.Overwrite = False,
        browser_url: Annotated[str, typer.Option("--browser-url", help="Its address, where it is not the usual.")] = "",
        serve: Annotated[bool, typer.Option("--serve", help="Serve the folder here until Ctrl-C, for :play.")] = False,
        port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port of --serve; 0: a free one.")] = PORT,
        at: o.GraphOptions,
        output: o.OutputOptions,
        logging: o.LogOptions,
    ) -> None:
        """Write what makes Neo4j Browser show access, and say what to open.

        Example: rc2graph browser --serve --overwrite
        """
        from contextlib import ExitStack

        from rc2graph.graph.connect import connect
        from rc2graph.graph.workspace import chosen_workspace
        from rc2graph.reports.browser import FILES, browser_of, write_kit
        from rc2graph.reports.browser.favourites import param
        from rc2graph.reports.browser.serve import Server

        page = browser_of(at.target(), browser_url)
        with connect(at.target(), write=False, wait=10) as graph:
            name = chosen_workspace(graph, at.workspace).name
        with ExitStack() as stack:
            server = stack.enter_context(Server(folder, port)) if serve else None
            guide = f"http://localhost:{server.server_port if server else port or PORT}/guide.html"
            count = write_kit(folder, page, name, guide_url=guide, overwrite=overwrite)
            if output.json:
                print_json({
                    "workspace": name, "statements": count, "files": [str(folder / file) for file in FILES],
                    "connect": page.connect(), "workspaceLink": page.edit(param("workspace", name)), "guide": guide,
                })  # fmt: skip
            else:
                say(harmless(f"Written: {folder} ({counted(count, 'statement')} for {name})."))
                say()
                say(harmless(f"Begin with    {(folder / 'index.html').resolve().as_uri()}"))
                say(harmless(f"The Browser   {page.edit(param('workspace', name))}"))
                if not browser_url:
                    usual = urlsplit(page.url).port
                    say(f"              (port {usual} is assumed; --browser-url names another address)")
                say()
                say("Neo4j Browser 5:   drop rc2graph.grass and then favourites.zip on its page;")
                say(f"                   :play {guide}" + ("" if serve else " (while rc2graph browser --serve runs)"))
                say("Newer, or Aura:    it takes neither; use the links and texts of index.html.")
            if server is None:
                return
            sys.stdout.flush()
            working.stop()
            typer.echo(f"Serving {folder} at http://localhost:{server.server_port}/ until Ctrl-C.", err=True)
            _serve(server)


def _serve(server: "Server") -> None:
    from rc2graph.cli.interrupt import Interrupted

    try:
        server.serve_forever()
    except Interrupted:
        return
